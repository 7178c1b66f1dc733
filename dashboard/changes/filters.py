"""Filters of the list of changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from dashboard.lists.filters import ChoicesFilter, EventFilterSet, TextFilter, ValuesFilter, account_options
from dashboard.lists.parameters import any_text
from logsync.insight.app_names import app_names
from logsync.insight.policy_changes.load import Sources, references_of_apps
from logsync.models import AccessObject, Account
from logsync.spans import BEGINNING, END, Span

Kind = AccessObject.Kind


def _apps() -> Iterable[tuple[str, str]]:
    keys = AccessObject.objects.filter(kind=Kind.APP).values_list("account_id", "object_id")
    named = sorted(app_names(keys).items(), key=lambda item: item[1].casefold())
    return [(app_uid, name) for (_, app_uid), name in named]


class TouchedAppFilter(ValuesFilter):
    """Changes of one of the applications, or of anything that bore on its logins in the range of the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each of the three sources of changes asks for the same.
        self._found: dict[tuple[str, ...], Q] = {}

    def condition(self, values: list[str]) -> Q:
        asked = tuple(values)
        if asked not in self._found:
            self._found[asked] = self._touching(asked)
        return self._found[asked]

    def _touching(self, app_uids: Sequence[str]) -> Q:
        found = Q(pk__in=[])
        for account in Account.objects.values_list("pk", flat=True):
            references = references_of_apps(account, app_uids)
            for kind, object_id in {key for app in app_uids for key in references.borne_on_by(app, self.span)}:
                found |= Q(account_number=account, of_kind=kind, of_id=object_id)
        return found

    @property
    def span(self) -> Span:
        range = self.parent.range
        return Span(range.since or BEGINNING, range.until or END)


class NameFilter(TextFilter):
    """Changes of what has all words of one of the texts in its name or id."""

    def condition(self, values: list[str]) -> Q:
        return any_text(values, lambda word: Q(called__holds=word) | Q(of_id__holds=word))


class WhoFilter(TextFilter):
    """Changes by somebody with all words of one of the texts in the e-mail address that the audit log has."""

    def condition(self, values: list[str]) -> Q:
        return any_text(values, lambda word: Q(who__holds=word))


class ChangeFilter(EventFilterSet):
    """Changes by what changed, who did it, and which application they touch."""

    has_box = True
    example = "kind:policy who:nora"

    account = ChoicesFilter(
        label="Account", field_name="account_name_id", choices=lambda: [("", "any"), *account_options()]
    )
    kind = ChoicesFilter(label="Kind", field_name="of_kind", choices=[("", "any"), *Kind.choices])
    app_uid = TouchedAppFilter(label="Touches app", options=_apps)
    q = NameFilter(label="Name or id", field_name="called")
    object_id = ValuesFilter(label="Id", field_name="of_id")
    who = WhoFilter(label="Who", field_name="who")

    class Meta:
        fields: list[str] = []

    def sources(self) -> Sources:
        """The changes of the range under all filters; none if there is a problem."""
        if self.problems:
            return Sources.all().narrowed(lambda rows: rows.none())
        range = self.range
        return Sources.all().narrowed(self._under_all).between(Span(range.since or BEGINNING, range.until or END))

    def _under_all(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for name in self.form.cleaned_data:
            rows = self.narrowed(rows, name)
        return rows
