import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("logsync", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lease_owner", models.CharField(blank=True, max_length=32)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("fingerprint", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(blank=True, max_length=64)),
                ("is_active", models.BooleanField(default=True)),
                ("blocked_until", models.DateTimeField(null=True)),
                ("remaining", models.PositiveIntegerField(null=True)),
                ("limit", models.PositiveIntegerField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
                ("listed_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="AskedRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("again", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["since"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lease_owner", models.CharField(blank=True, max_length=32)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "ordering": ["since"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FailedRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("error", models.TextField()),
                ("failed_at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=1)),
                ("retry_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["since"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HourlyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "log",
                    models.CharField(choices=[("access_requests", "Logins"), ("scim_updates", "SCIM")], max_length=20),
                ),
                ("idp_id", models.TextField(blank=True)),
                ("hour", models.DateTimeField()),
                ("total", models.PositiveIntegerField()),
                ("failed", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["hour"],
            },
        ),
        migrations.CreateModel(
            name="LatenessCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("seconds", models.PositiveIntegerField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["seconds"],
            },
        ),
        migrations.RemoveField(
            model_name="installation",
            name="directory_error",
        ),
        migrations.AddField(
            model_name="account",
            name="names_listed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="coveredrange",
            name="state",
            field=models.CharField(
                choices=[("settled", "Settled"), ("provisional", "Provisional"), ("beyond", "Beyond")],
                default="settled",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identityprovider",
            name="first_listed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="identityprovider",
            name="vanished_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="installation",
            name="beat_seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="installation",
            name="lease_owner",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="installation",
            name="lease_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="installation",
            name="checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="installation",
            name="checks",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="stream",
            name="attempted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="stream",
            name="oldest_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="stream",
            name="probed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="syncrun",
            name="is_backfill",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="syncrun",
            name="outcome",
            field=models.CharField(
                choices=[("running", "Running"), ("read", "Read"), ("stopped", "Stopped"), ("failed", "Failed")],
                default="running",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="syncrun",
            name="owner",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(fields=["started_at"], name="run_by_time"),
        ),
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(
                condition=models.Q(("outcome", "running")), fields=["started_at"], name="run_unfinished"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="api_token",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="accounts", to="logsync.apitoken"
            ),
        ),
        migrations.AddField(
            model_name="askedrange",
            name="stream",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="asked_ranges", to="logsync.stream"
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="stream",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="logsync.stream"
            ),
        ),
        migrations.AddField(
            model_name="failedrange",
            name="stream",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="failed_ranges", to="logsync.stream"
            ),
        ),
        migrations.AddField(
            model_name="hourlycount",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hourly_counts",
                to="logsync.account",
            ),
        ),
        migrations.AddField(
            model_name="latenesscount",
            name="stream",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lateness_counts", to="logsync.stream"
            ),
        ),
        migrations.AddConstraint(
            model_name="hourlycount",
            constraint=models.UniqueConstraint(fields=("account", "log", "idp_id", "hour"), name="one_count_per_hour"),
        ),
        migrations.AddConstraint(
            model_name="latenesscount",
            constraint=models.UniqueConstraint(fields=("stream", "day", "seconds"), name="one_count_per_lateness"),
        ),
    ]
