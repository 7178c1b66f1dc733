"""The kinds of events that charts tell apart, failures first."""

from __future__ import annotations

from django.db.models import Q

from dashboard.charts.counts import Kind
from logsync.models.events import FAILED_STATUSES, SUCCESS

LOGIN_KINDS = (
    Kind("Denied", "m-bad", Q(allowed=False)),
    Kind("Allowed", "m-calm", Q(allowed=True)),
    Kind("Not said", "m-mid", Q(allowed=None)),
)
UPDATE_KINDS = (
    Kind("Failed", "m-bad", Q(status__in=FAILED_STATUSES)),
    Kind("Successful", "m-calm", Q(status=SUCCESS)),
    Kind("Other", "m-mid", Q()),
)
