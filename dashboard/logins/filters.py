"""Which logins: every field of the Access authentication log."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django.db.models import Q

from dashboard.ui.filters import ANY, EventFilterSet, TextFilter, ValuesFilter
from logsync.models import AccessRequest, Application

RESULTS = [("false", "denied"), ("true", "allowed"), ("unknown", "not said"), (ANY, "any")]
IDENTITIES = [("people", "people only"), ("service", "services only")]


class LoginFilter(EventFilterSet):
    """Denied logins of the last 24 hours, unless the address says otherwise."""

    time_field = "created_at"
    default = ("allowed", "Result", "denied")

    q = django_filters.CharFilter(label="Anything", method="filter_anything")
    user_email = TextFilter(label="Person")
    app_uid = ValuesFilter(label="App", options=lambda: application_options())
    app_name = TextFilter(label="App name")
    app_domain = TextFilter(label="Host or path")
    app_type = ValuesFilter(label="App type")
    connection = ValuesFilter(label="Provider")
    allowed = django_filters.ChoiceFilter(
        label="Result", choices=RESULTS, method="filter_allowed", empty_label="denied (default)"
    )
    action = ValuesFilter(label="Action")
    ip_address = ValuesFilter(label="IP address")
    country = ValuesFilter(label="Country", upper=True)
    ray_id = ValuesFilter(label="Ray ID")
    user_id = ValuesFilter(label="User ID")
    identity = django_filters.ChoiceFilter(
        label="Identity", choices=IDENTITIES, method="filter_identity", empty_label="any"
    )

    class Meta:
        model = AccessRequest
        fields: list[str] = []

    def rows_without(self, *names: str) -> Any:
        rows = super().rows_without(*names)
        return rows.denied() if self.is_default_in_force and "allowed" not in names else rows

    def filter_allowed(self, rows: Any, name: str, value: str) -> Any:
        return rows if value == ANY else rows.filter(allowed={"true": True, "false": False, "unknown": None}[value])

    def filter_identity(self, rows: Any, name: str, value: str) -> Any:
        return rows.by_people() if value == "people" else rows.by_services()

    def filter_anything(self, rows: Any, name: str, value: str) -> Any:
        """Any field that could hold what was pasted: ids whole, names and addresses by part."""
        # A Ray ID is often copied with the data centre that answered: 6ad96d0a4873697b-FRA.
        ray = re.sub(r"-[A-Za-z]{3}$", "", value).lower()
        exact = Q(ray_id=ray) | Q(ip_address=value) | Q(app_uid=value) | Q(user_id=value)
        return rows.filter(exact | Q(user_email__holds=value) | Q(app_name__holds=value) | Q(app_domain__holds=value))


class FailedLoginFilter(LoginFilter):
    """For pages that are about denials only: the same filters less the one on the result."""

    default = ("", "", "")
    allowed = None

    def rows_without(self, *names: str) -> Any:
        return EventFilterSet.rows_without(self, *names)


def application_options() -> list[tuple[str, str]]:
    """Application ids with their names."""
    return [(app.app_uid, str(app)) for app in Application.objects.all()]
