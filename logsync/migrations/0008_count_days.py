"""Count the logins of each application and day that are there already."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db import migrations
from django.db.models import Count, Q
from django.db.models.functions import TruncDate


def count_days(apps: Any, schema_editor: Any) -> None:
    daily = apps.get_model("logsync", "DailyCount")
    logins = apps.get_model("logsync", "AccessRequest").objects.exclude(allowed=None).order_by()
    days = logins.annotate(day=TruncDate("created_at", tzinfo=UTC)).values("day", "account_id", "app_uid")
    daily.objects.bulk_create(
        daily(**row) for row in days.annotate(judged=Count("id"), denied=Count("id", filter=Q(allowed=False)))
    )


class Migration(migrations.Migration):
    dependencies = [("logsync", "0007_sums_by_app_and_day")]

    operations = [migrations.RunPython(count_days, migrations.RunPython.noop)]
