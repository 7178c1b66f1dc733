"""Filters of the list of what Access is set up to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from dashboard.lists.filters import ANY, ChoicesFilter, EventFilterSet, TextFilter, ValuesFilter
from dashboard.lists.parameters import any_text
from dashboard.policies.rows import Configured, ObjectRow
from dashboard.policies.wording import DECISION_CHOICES, FINDING_CHOICES, KIND_CHOICES
from logsync.cloudflare.references import APP, Reference
from logsync.models import AccessObject

Kind = AccessObject.Kind
SOME = "some"
PAGE = "page"


class NameFilter(TextFilter):
    """Objects with all words of one of the texts in their name or id."""

    def condition(self, values: list[str]) -> Q:
        return any_text(values, lambda word: Q(name__holds=word) | Q(object_id__holds=word))


class ObjectFilter(EventFilterSet):
    """Objects of Access: applications unless the address says otherwise.

    What an object is made of is read with all others of its account; so some filters leave the rows of the table, and
    choose from what was made of them (see `chosen`).
    """

    default = ("kind", "Kind", "applications")
    default_values = (Kind.APP.value,)
    other_parameters = (*EventFilterSet.other_parameters, PAGE)

    q = NameFilter(label="Name or ID", field_name="name")
    kind = ChoicesFilter(
        label="Kind",
        choices=[
            ("", "applications (default)"),
            *KIND_CHOICES,
            (ANY, "any"),
        ],
    )
    decision = ChoicesFilter(label="Decision", choices=[("", "any"), *DECISION_CHOICES], method="leave")
    finding = ChoicesFilter(
        label="Finding",
        choices=[
            ("", "any or none"),
            (SOME, "has a finding"),
            *FINDING_CHOICES,
        ],
        method="leave",
    )
    app_uid = ValuesFilter(label="Part of the app", method="leave")

    class Meta:
        fields: list[str] = []

    def leave(self, rows: Any, name: str, values: list[str]) -> Any:
        """Leave the rows: this is no field of theirs."""
        return rows

    def rows_outside_range(self, *names: str) -> Any:
        rows = super().rows_outside_range(*names)
        return rows.filter(kind__in=self.default_values) if self.is_default_in_force and "kind" not in names else rows

    def chosen(self, rows: Iterable[ObjectRow]) -> list[ObjectRow]:
        """The objects that the address asks for, of those under its other filters."""
        decisions, findings, apps = (
            self.form.cleaned_data.get(name) or [] for name in ("decision", "finding", "app_uid")
        )
        parts = _Parts(apps)
        return [
            row
            for row in rows
            if (not decisions or {*decisions} & {*row.decisions})
            and (not findings or _has(row, findings))
            and (not apps or row.reference in parts[row.configured])
        ]


class _Parts(dict[Configured, frozenset[Reference]]):
    """All that some applications are made of, by the setup that they are in."""

    def __init__(self, apps: list[str]) -> None:
        super().__init__()
        self.apps = apps

    def __missing__(self, configured: Configured) -> frozenset[Reference]:
        parts = [configured.setup.parts_of(Reference(APP, app_uid)) for app_uid in self.apps]
        self[configured] = frozenset().union(*parts)
        return self[configured]


def _has(row: ObjectRow, kinds: list[str]) -> bool:
    return bool(row.findings) if SOME in kinds else any(finding.kind in kinds for finding in row.findings)
