"""The kinds of filters, one parameter each: exact values, parts of texts, options, moments.

`condition` says which rows match any of some values, so that the same filter can include and exclude.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from dashboard.lists.phrases import words_of
from dashboard.page.timerange import parse_moment
from logsync.models.lookups import fold

# The value that lifts a default restriction.
ANY = "any"


class ManyInput(forms.TextInput):
    """A text field that reads all values of its parameter and shows the first."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if isinstance(data, QueryDict) else [data.get(name, "")]
        return [value.strip() for value in values if value.strip()]

    def format_value(self, value: Any) -> str:
        return value[0] if value else ""


class ManySelect(forms.SelectMultiple):
    """A select whose options are only suggestions; the form shows it as a drop-down."""

    allow_multiple_selected = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return ManyInput().value_from_datadict(data, files, name)

    def format_value(self, value: Any) -> Any:
        return list(value or [])[:1]


class ManyField(forms.Field):
    """The values of a parameter, as a list of text."""

    widget = ManyInput


class ValuesFilter(django_filters.Filter):
    """Rows whose field equals one of the values. `options` only suggests values.

    `by_name` is the filter that looks for the name of what the values are ids of; blank if there is none.
    """

    field_class = ManyField

    def __init__(
        self,
        *args: Any,
        options: Callable[[], Iterable[tuple[str, str]]] | None = None,
        upper: bool = False,
        empty_label: str = "any",
        by_name: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        self.by_name = by_name
        self.upper = upper
        self.empty_label = empty_label

    @property
    def field(self) -> Any:
        if self.options and not hasattr(self, "_field") and (options := list(self.options())):
            self.extra["widget"] = ManySelect(choices=[("", self.empty_label), *options])
        return super().field

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return queryset.filter(self.condition(values)) if values else queryset

    def condition(self, values: list[str]) -> Q:
        """Which rows have any of the values."""
        return Q(**{f"{self.field_name}__in": [self.key(value) for value in values]})

    def key(self, value: str) -> str:
        """The value as it is compared with the rows."""
        return value.upper() if self.upper else value

    def refusal(self, values: list[str]) -> str:
        """Why the user may not look for one of the values; blank if they may."""
        return ""


class TextFilter(django_filters.Filter):
    """Rows whose field contains all words of one of the texts, in any case."""

    field_class = ManyField

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return queryset.filter(self.condition(values or []))

    def condition(self, values: list[str]) -> Q:
        """Which rows contain all words of any of the texts."""
        return any_text(values, lambda word: Q(**{f"{self.field_name}__holds": word}))

    def key(self, value: str) -> str:
        """The text as it is looked for in the rows."""
        return fold(value)

    def refusal(self, values: list[str]) -> str:
        """Why the user may not look for one of the texts; blank if they may."""
        return ""


def any_text(values: Iterable[str], holds: Callable[[str], Q]) -> Q:
    """Which rows have all words of any of the texts, where `holds` says which have one word."""
    found = Q()
    for value in values:
        found |= Q(*map(holds, words_of(value)))
    return found


class MomentsField(forms.Field):
    """The values of a parameter, as moments."""

    widget = ManyInput

    def to_python(self, value: list[str] | None) -> list[datetime]:
        moments = [parse_moment(text) for text in value or []]
        if None in moments:
            raise forms.ValidationError("is not a time")
        return [moment for moment in moments if moment]


class SinceFilter(django_filters.Filter):
    """Rows at that moment or later (RFC 3339); of several moments the first counts, since any of them will do."""

    field_class = MomentsField

    def filter(self, queryset: QuerySet[Any], values: list[datetime]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__gte": min(values)}) if values else queryset


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Rows under any of the chosen options; no other values are accepted.

    `conditions` says which rows an option means, where it is not simply the field's value.
    """

    def __init__(self, *args: Any, conditions: dict[str, Q] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, widget=ManySelect, distinct=False, **kwargs)
        self.conditions = conditions or {}

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return queryset.filter(self.condition(values)) if values and ANY not in values else queryset

    def condition(self, values: list[str]) -> Q:
        """Which rows match any of the options."""
        found = Q()
        for value in values:
            found |= self.conditions.get(value, Q(**{self.field_name: value}))
        return found

    def key(self, value: str) -> str:
        """An option as it is."""
        return value
