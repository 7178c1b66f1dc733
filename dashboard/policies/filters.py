"""Filters of the list of what Access is set up to do."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from dashboard.lists.filters import ChoicesFilter, EventFilterSet, TextFilter
from dashboard.lists.parameters import any_text
from logsync.models import AccessObject

Kind = AccessObject.Kind


class NameFilter(TextFilter):
    """Objects with all words of one of the texts in their name or id."""

    def condition(self, values: list[str]) -> Q:
        return any_text(values, lambda word: Q(name__holds=word) | Q(object_id__holds=word))


class ObjectFilter(EventFilterSet):
    """Objects of Access by kind and name; applications unless the address says otherwise."""

    default = ("kind", "Kind", "applications")
    default_values = (Kind.APP.value,)

    q = NameFilter(label="Name or id", field_name="name")
    kind = ChoicesFilter(label="Kind", choices=[("", "applications (default)"), ("any", "any"), *Kind.choices])

    class Meta:
        fields: list[str] = []

    def rows_outside_range(self, *names: str) -> Any:
        rows = super().rows_outside_range(*names)
        return rows.filter(kind__in=self.default_values) if self.is_default_in_force and "kind" not in names else rows
