"""The filters of the overview: a range of time and the accounts."""

from __future__ import annotations

from dashboard.lists.filters import EventFilterSet
from dashboard.page.timerange import RANGE_PARAMETERS
from logsync.models import AccessRequest


class OverviewFilter(EventFilterSet):
    """The last 24 hours of every account, unless the address says otherwise.

    The account is the only filter, so `narrowed` works on any rows that belong to an account.
    """

    default_values = ("false",)
    time_field = "created_at"
    other_parameters = RANGE_PARAMETERS

    class Meta:
        model = AccessRequest
        fields: list[str] = []
