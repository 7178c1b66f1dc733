"""Filters of logins, one for every field of the Access authentication log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q

from dashboard.lists.email_filter import EmailFilter
from dashboard.lists.filters import ANY, ChoicesFilter, EventFilterSet, SinceFilter, TextFilter, ValuesFilter
from dashboard.lists.parameters import any_text
from dashboard.lists.phrases import words_of
from dashboard.permissions.masking import address_refusal
from logsync.datasets import DATASETS
from logsync.insight.app_names import name_of_id
from logsync.insight.connection_names import ConnectionNames, connection_names
from logsync.models import AccessRequest, Application, Log, person_of
from logsync.models.directory import ids_of
from logsync.models.events import BY_SERVICE, IS_LOGIN, LOGIN_ACTIONS, OF_PERSON, WITHOUT_EMAIL
from logsync.models.lookups import spellings_of_ip
from logsync.models.masking import masked_address, network_around
from logsync.models.networks import in_network, network_named
from logsync.models.sight import sight
from logsync.words import NO_COUNTRIES, country_name

RESULTS = [
    ("false", "denied"),
    ("true", "allowed"),
    ("unknown", "no result recorded"),
    ("other", "other action, not a login"),
    (ANY, "any"),
]
RESULTS_OF_ACTIONS = {
    "true": Q(allowed=True),
    "false": Q(allowed=False),
    "unknown": Q(allowed=None),
    "other": ~IS_LOGIN,
}
# Only a login is allowed or denied, so a result asked for means logins, unless the address asks for an action.
RESULTS_OF_LOGINS = {
    value: where if value == "other" else IS_LOGIN & where for value, where in RESULTS_OF_ACTIONS.items()
}
IDENTITIES = [("people", "people only"), ("service", "services only"), ("unknown", "no e-mail address")]


def result_of(allowed: bool | None, action: str) -> str:
    """The value of `allowed` that finds a row with these values, where no action is asked for."""
    return result_of_action(allowed) if action in LOGIN_ACTIONS else "other"


def result_of_action(allowed: bool | None, action: str = "") -> str:
    """The same where an action is asked for."""
    return {True: "true", False: "false", None: "unknown"}[allowed]


class ExactEmailFilter(ValuesFilter):
    """Rows of exactly one person; the case of the address doesn't matter."""

    def key(self, value: str) -> str:
        return person_of(value)


class IpFilter(ValuesFilter):
    """Rows from one of the addresses, however they are written, or from a network such as 198.51.100.0/24."""

    def condition(self, values: list[str]) -> Q:
        networks = [network for value in values if (network := network_named(value))]
        addresses = [value for value in values if network_named(value) is None]
        found = Q(**{f"{self.field_name}__in": sorted(set().union(*map(spellings_of_ip, addresses)))})
        for network in networks:
            found |= in_network(self.field_name, network)
        return found

    def refusal(self, values: list[str]) -> str:
        return address_refusal(values)


class AnywhereFilter(TextFilter):
    """Words in any field; an IP address among them is looked for as in IpFilter."""

    def refusal(self, values: list[str]) -> str:
        return address_refusal(word for value in values for word in words_of(value) if network_around(word))


class LoginFilter(EventFilterSet):
    """Logins: by default those denied in the last 24 hours."""

    has_box = True
    example = "user:ada -country:NL"
    default = ("allowed", "Result", "denied")
    default_values = ("false",)
    time_field = DATASETS[Log.ACCESS_REQUESTS].time_field

    q = AnywhereFilter(label="Text", method="filter_anything")
    arrived_since = SinceFilter(label="Arrived here since", field_name="arrived_at")
    user_email = EmailFilter(label="Person", seen=("login_at", "other_at"))
    person = ExactEmailFilter(label="Exact e-mail")
    app_uid = ValuesFilter(label="App", options=lambda: application_options(), by_name="app_name")
    app_name = TextFilter(label="App name")
    app_domain = TextFilter(label="Host or path")
    app_type = ValuesFilter(label="App type")
    connection = ValuesFilter(label="Provider")
    allowed = ChoicesFilter(
        label="Result",
        choices=[("", "denied (default)"), *RESULTS],
        conditions=RESULTS_OF_LOGINS,
    )
    action = ValuesFilter(label="Action")
    ip_address = IpFilter(label="IP address")
    country = ValuesFilter(label="Country", upper=True)
    ray_id = ValuesFilter(label="Ray ID")
    user_id = ValuesFilter(label="User ID")
    identity = ChoicesFilter(
        label="Identity",
        choices=[("", "any"), *IDENTITIES],
        conditions={"people": OF_PERSON, "service": BY_SERVICE, "unknown": WITHOUT_EMAIL},
    )
    # A missing field has no value to filter by.
    blank = ChoicesFilter(
        label="Missing field", choices=[("", "any"), ("app_uid", "App ID")], conditions={"app_uid": Q(app_uid="")}
    )

    class Meta:
        model = AccessRequest
        fields: list[str] = []

    @cached_property
    def connection_names(self) -> ConnectionNames:
        return connection_names()

    def word_for(self, name: str, value: str) -> str:
        if name == "connection":
            return self.connection_names.name(value)
        return country_name(value) if name == "country" else super().word_for(name, value)

    def chip_word(self, name: str, value: str) -> str:
        """An app that Cloudflare does not list goes by the name in its newest login."""
        if name == "ip_address" and address_refusal([value]):
            return masked_address(value)
        word = self.word_for(name, value)
        if name != "app_uid" or word != value:
            return word
        found = name_of_id(value)
        is_taken = any(found == label for known, label in self.choices_of(name) if known != value)
        return f"{found} ({ids_of(value)[0]})" if is_taken else found

    def choices_of(self, name: str) -> list[tuple[str, str]]:
        if name == "connection":
            return self.connection_names.known
        return list(NO_COUNTRIES.items()) if name == "country" else super().choices_of(name)

    @property
    def asks_for_action(self) -> bool:
        return bool(self.values_of("action"))

    @property
    def implied(self) -> Sequence[str]:  # type: ignore[override]
        """A result brings the restriction to logins with it."""
        return ["action"] if "allowed" in self.in_force and not self.asks_for_action else []

    def rows_outside_range(self, *names: str) -> Any:
        rows = super().rows_outside_range("allowed", *names)
        if "allowed" in names:
            return rows
        result = self.filters["allowed"]
        result.conditions = RESULTS_OF_ACTIONS if self.asks_for_action or "action" in names else RESULTS_OF_LOGINS
        rows = self.narrowed(rows, "allowed")
        return rows.filter(result.condition(self.default_values)) if self.is_default_in_force else rows

    def filter_anything(self, rows: Any, name: str, values: list[str]) -> Any:
        """All words, each in any field that could contain it: whole ids, parts of names and e-mail addresses."""
        return rows.filter(any_text(values, _anywhere))


def _anywhere(word: str) -> Q:
    """Which logins have a word in some field."""
    # A Ray ID is often copied with the code of its data centre: 6ad96d0a4873697b-FRA.
    ray = re.sub(r"-[A-Za-z]{3}$", "", word).lower()
    found = Q(ray_id=ray) | Q(app_uid=word) | Q(user_id=word)
    if not sight().is_masked:
        found |= Q(ip_address=word)
    return found | Q(user_email__holds=word) | Q(app_name__holds=word) | Q(app_domain__holds=word)


class FailedLoginFilter(LoginFilter):
    """The same filters without the one on the result, for pages about denials only."""

    default = ("", "", "")
    allowed = None  # type: ignore[assignment]
    # Whether someone is still locked out depends on all rows, not on those that came late.
    arrived_since = None  # type: ignore[assignment]

    def rows_outside_range(self, *names: str) -> Any:
        rows = EventFilterSet.rows_outside_range(self, *names)
        return rows if "allowed" in names else rows.denied()


def application_options() -> list[tuple[str, str]]:
    """The ids of applications, with their names."""
    return [(app.app_uid, str(app)) for app in Application.objects.all()]
