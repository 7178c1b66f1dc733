"""Filters of people, and of what one person did."""

from __future__ import annotations

from django.db.models import Q

from dashboard.lists.filters import ChoicesFilter, EventFilterSet, TextFilter, ValuesFilter
from dashboard.lists.phrases import words_of
from logsync.insight.app_names import name_of_id
from logsync.insight.identity.names import people_called
from logsync.models import Account

DEFAULT_RANGE, DEPROVISIONED_RANGE = "7d", "30d"
# At most so many people are found by their names, the newest first.
MOST_CALLED = 200
# What of a timeline is shown. Log-outs and other actions stand in the login log, but are no logins.
LOGS = [("", "All"), ("logins", "Logins"), ("scim", "SCIM"), ("other", "Other")]
RESULTS = {"false": Q(allowed=False), "true": Q(allowed=True), "unknown": Q(allowed=None)}


class _OfPeople(EventFilterSet):
    """The filters of pages about people."""

    class Meta:
        fields: list[str] = []

    @property
    def accounts(self) -> list[Account] | None:
        """The chosen accounts; None means all."""
        chosen = self.form.cleaned_data.get("account") if self.form.is_valid() else None
        return list(Account.objects.filter(account_id__in=chosen)) if chosen else None


class NameFilter(TextFilter):
    """People with all words of one of the texts in their address, or in the name that SCIM gives them."""

    def condition(self, values: list[str]) -> Q:
        called = [address for value in values for address in people_called(words_of(value), MOST_CALLED)]
        return super().condition(values) | Q(person__in=called) if called else super().condition(values)


class PeopleFilter(_OfPeople):
    """People by any part of their e-mail address or name."""

    q = NameFilter(label="E-mail or name", field_name="person")


class PersonFilter(_OfPeople):
    """One person's logins and SCIM updates. A filter on an app or a result leaves only logins."""

    log = ChoicesFilter(label="Log", choices=LOGS, conditions={})
    app_uid = ValuesFilter(label="App")
    allowed = ChoicesFilter(label="Result", choices=[(name, name) for name in RESULTS], conditions=RESULTS)

    def chip_word(self, name: str, value: str) -> str:
        return name_of_id(value) if name == "app_uid" else super().chip_word(name, value)

    @property
    def log_name(self) -> str:
        """What is shown alone: logins, scim, or other; blank for all."""
        logs = set(self.values_of("log"))
        return logs.pop() if len(logs) == 1 else ""

    @property
    def is_denied_alone(self) -> bool:
        """Whether only denied logins are shown."""
        return self.values_of("allowed") == ["false"]

    @property
    def is_about_results(self) -> bool:
        """Whether a filter applies that only logins have, and no log-out."""
        return "allowed" in self.in_force

    @property
    def is_about_logins(self) -> bool:
        """Whether a filter applies that only logins have."""
        return any(name in self.in_force for name in ("app_uid", "allowed"))


class DeprovisionedFilter(_OfPeople):
    """Deactivations and deletions in a range."""

    idp_id = ValuesFilter(label="Provider")
