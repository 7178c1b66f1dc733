"""Which logins: every field of the Access authentication log."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q

from dashboard.lists.email_filter import AddressPartFilter
from dashboard.lists.filters import ANY, ChoicesFilter, EventFilterSet, SinceFilter, TextFilter, ValuesFilter
from logsync.models import AccessRequest, Application, person_of
from logsync.models.events import AccessRequestQuerySet

RESULTS = [("false", "denied"), ("true", "allowed"), ("unknown", "not said"), (ANY, "any")]
IDENTITIES = [("people", "people only"), ("service", "services only")]


class AddressFilter(ValuesFilter):
    """Rows of exactly one person, whatever the case of the address."""

    def key(self, value: str) -> str:
        return person_of(value)


class LoginFilter(EventFilterSet):
    """Denied logins of the last 24 hours, unless the address says otherwise."""

    default = ("allowed", "Result", "denied")
    default_values = ("false",)
    time_field = "created_at"

    q = TextFilter(label="Anything", method="filter_anything")
    arrived_since = SinceFilter(label="Arrived here since", field_name="arrived_at")
    user_email = AddressPartFilter(label="Person", seen="login_at")
    person = AddressFilter(label="Address, whole")
    app_uid = ValuesFilter(label="App", options=lambda: application_options())
    app_name = TextFilter(label="App name")
    app_domain = TextFilter(label="Host or path")
    app_type = ValuesFilter(label="App type")
    connection = ValuesFilter(label="Provider")
    allowed = ChoicesFilter(
        label="Result",
        choices=[("", "denied (default)"), *RESULTS],
        conditions={"true": Q(allowed=True), "false": Q(allowed=False), "unknown": Q(allowed=None)},
    )
    action = ValuesFilter(label="Action")
    ip_address = ValuesFilter(label="IP address")
    country = ValuesFilter(label="Country", upper=True)
    ray_id = ValuesFilter(label="Ray ID")
    user_id = ValuesFilter(label="User ID")
    identity = ChoicesFilter(
        label="Identity",
        choices=[("", "any"), *IDENTITIES],
        conditions={"people": ~AccessRequestQuerySet.service(), "service": AccessRequestQuerySet.service()},
    )
    # What Cloudflare left out has no value to ask for.
    blank = ChoicesFilter(
        label="Left out", choices=[("", "any"), ("app_uid", "App ID")], conditions={"app_uid": Q(app_uid="")}
    )

    class Meta:
        model = AccessRequest
        fields: list[str] = []

    def rows_without(self, *names: str) -> Any:
        rows = super().rows_without(*names)
        return rows.denied() if self.is_default_in_force and "allowed" not in names else rows

    def filter_anything(self, rows: Any, name: str, values: list[str]) -> Any:
        """Any field that could hold what was pasted: ids whole, names and addresses by part."""
        found = Q()
        for value in values:
            # A Ray ID is often copied with the data centre that answered: 6ad96d0a4873697b-FRA.
            ray = re.sub(r"-[A-Za-z]{3}$", "", value).lower()
            found |= Q(ray_id=ray) | Q(ip_address=value) | Q(app_uid=value) | Q(user_id=value)
            found |= Q(user_email__holds=value) | Q(app_name__holds=value) | Q(app_domain__holds=value)
        return rows.filter(found)


class FailedLoginFilter(LoginFilter):
    """For pages that are about denials only: the same filters less the one on the result."""

    default = ("", "", "")
    allowed = None  # type: ignore[assignment]
    # Whether somebody is still locked out is said of every row there is, not of those that came late.
    arrived_since = None  # type: ignore[assignment]

    def rows_without(self, *names: str) -> Any:
        rows = EventFilterSet.rows_without(self, *names)
        return rows if "allowed" in names else rows.denied()


def application_options() -> list[tuple[str, str]]:
    """Application ids with their names."""
    return [(app.app_uid, str(app)) for app in Application.objects.all()]
