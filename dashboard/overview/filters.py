"""What the overview is about: a range of time, and one account or more."""

from __future__ import annotations

from dashboard.lists.filters import EventFilterSet
from logsync.models import AccessRequest


class OverviewFilter(EventFilterSet):
    """Every login of the last 24 hours in every account, unless the address says otherwise.

    The account is the only filter, so that `narrowed` may be asked of anything that belongs to one.
    """

    default_values = ("false",)
    time_field = "created_at"
    other_parameters = ("range", "since", "until")  # type: ignore[assignment]

    class Meta:
        model = AccessRequest
        fields: list[str] = []
