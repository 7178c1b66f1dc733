"""Carry over what the tables say already: which time is known, how runs ended, and how many rows each hour has."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count, F, Q
from django.db.models.functions import TruncHour


def carry_over(apps: Any, schema_editor: Any) -> None:
    _name_states(apps.get_model("logsync", "CoveredRange"))
    _forget_time_that_no_row_proves(apps)
    _name_outcomes(apps.get_model("logsync", "SyncRun"))
    _count_hours(apps)


def _name_states(ranges: Any) -> None:
    ranges.objects.filter(is_settled=False).update(state="provisional")


def _forget_time_that_no_row_proves(apps: Any) -> None:
    """Time before a stream's first row is read again: an empty answer may only have meant "no longer kept"."""
    for stream in apps.get_model("logsync", "Stream").objects.all():
        if stream.log == "access_requests":
            logins = apps.get_model("logsync", "AccessRequest").objects.filter(account=stream.account_id)
            first = logins.order_by("created_at").values_list("created_at", flat=True).first()
        else:
            updates = apps.get_model("logsync", "ScimUpdate").objects.filter(account=stream.account_id)
            of_provider = updates.filter(idp_id=stream.idp_id).order_by("logged_at")
            first = of_provider.values_list("logged_at", flat=True).first()
        ranges = apps.get_model("logsync", "CoveredRange").objects.filter(stream=stream)
        if first is None:
            ranges.delete()
        else:
            ranges.filter(until__lte=first).delete()
            ranges.filter(since__lt=first).update(since=first)


def _name_outcomes(runs: Any) -> None:
    runs.objects.filter(finished_at=None).update(outcome="stopped", finished_at=F("started_at"))
    runs.objects.filter(outcome="running").exclude(error="").update(outcome="failed")
    runs.objects.filter(outcome="running").update(outcome="read")


def _count_hours(apps: Any) -> None:
    hourly = apps.get_model("logsync", "HourlyCount")
    logins = apps.get_model("logsync", "AccessRequest").objects.order_by().annotate(hour=TruncHour("created_at"))
    updates = apps.get_model("logsync", "ScimUpdate").objects.order_by().annotate(hour=TruncHour("logged_at"))
    hourly.objects.bulk_create(
        hourly(log="access_requests", **row)
        for row in logins.values("account_id", "hour").annotate(
            total=Count("id"), failed=Count("id", filter=Q(allowed=False))
        )
    )
    hourly.objects.bulk_create(
        hourly(log="scim_updates", **row)
        for row in updates.values("account_id", "idp_id", "hour").annotate(
            total=Count("id"), failed=Count("id", filter=Q(status__in=("FAILURE", "ERROR")))
        )
    )


class Migration(migrations.Migration):
    dependencies = [("logsync", "0002_trustworthy_sync")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
