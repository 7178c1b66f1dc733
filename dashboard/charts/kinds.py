"""The kinds of events that charts tell apart, failures first."""

from __future__ import annotations

from django.db.models import Q

from dashboard.charts.counts import Kind
from logsync.models.events import FAILED_STATUSES, IS_LOGIN, SUCCESS

LOGIN_KINDS = (
    Kind("Denied", "m-bad", IS_LOGIN & Q(allowed=False)),
    Kind("Allowed", "m-calm", IS_LOGIN & Q(allowed=True)),
    Kind("No result recorded", "m-mid", IS_LOGIN),
    Kind("Other action", "m-mid", Q()),
)
UPDATE_KINDS = (
    Kind("Failed", "m-bad", Q(status__in=FAILED_STATUSES)),
    Kind("Successful", "m-calm", Q(status=SUCCESS)),
    Kind("Other", "m-mid", Q()),
)
