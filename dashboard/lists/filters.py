"""The filters of a list, and the chips that show which ones apply.

A parameter has the API's field name. Given more than once, it means any of the values. Ids and words match exactly;
e-mail addresses, domains, names and texts match by any part, in any case. With "not." before its name a parameter
excludes: `not.app_uid=X` means the rows whose `app_uid` is not X.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from dashboard.lists.names import NOT, nearest_name, no_filter
from dashboard.lists.parameters import (
    ANY,
    ChoicesFilter,
    ManySelect,
    MomentsField,
    SinceFilter,
    TextFilter,
    ValuesFilter,
)
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import RANGE_PARAMETERS, TimeRange, parse_moment
from logsync.models import Account

__all__ = ["ANY", "NOT", "Chip", "ChoicesFilter", "EventFilterSet", "SinceFilter", "TextFilter", "ValuesFilter"]

# What is typed into the filter box: as it is sent, and while suggestions are asked for.
FILTER, COMPLETE = BOX = ("filter", "complete")
# More than a person would type, and not so much that reading it takes long.
LONGEST_TYPED = 2000
# No address that people pass on has more unknown parameters than this.
MOST_IGNORED = 50


@dataclass(frozen=True, slots=True)
class Chip:
    """One restriction that applies; `is_default` if nobody chose it. `lift` is the address without it."""

    label: str
    value: str
    lift: str
    is_default: bool = False


class EventFilterSet(django_filters.FilterSet):
    """The filters of a list: a range of time, and any field.

    `problems` has a sentence for everything in the address that could not be read. A list with problems shows no rows:
    they would answer another question.
    """

    # A restriction by default: its parameter, its label, and the word for it.
    default: tuple[str, str, str] = ("", "", "")
    # The values that it stands for.
    default_values: tuple[str, ...] = ()
    # When a row happened.
    time_field = ""
    # The filters that another one brings with it, though the address does not name them.
    implied: Sequence[str] = ()
    # Whether the page has the box in which filters are typed.
    has_box = False
    # What is typed into it, for instance.
    example = ""
    # The parameters of a page that are not filters.
    other_parameters: tuple[str, ...] = (
        *RANGE_PARAMETERS,
        "sort",
        "columns",
        "density",
        "per_page",
        "after",
        "before",
        "open",
        "arrived_after",
        "head",
        "facet",
        "facet_text",
    )

    account = ChoicesFilter(
        label="Account", field_name="account__account_id", choices=lambda: [("", "any"), *account_options()]
    )

    def __init__(self, data: QueryDict, *, request: HttpRequest, range: TimeRange, queryset: QuerySet[Any]) -> None:
        super().__init__(data, queryset=queryset, request=request)
        self.range = range
        self._words: dict[str, dict[str, str]] = {}
        self.query_string = QueryString(_without(data, self.ignored))
        for name, field in self.form.fields.items():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs |= {"id": f"filter-{name}", "class": "form-select" if is_select else "form-control"}
            if isinstance(field.widget, ManySelect):
                # A chosen value that is not among the suggestions must survive sending the form again.
                known = [(str(value), word) for value, word in field.widget.choices]
                asked = [(value, value) for value in data.getlist(name) if value not in dict(known)]
                field.widget.choices = [*known, *asked]

    @property
    def typed(self) -> str:
        """What was typed into the filter box."""
        return self.data.get(FILTER, "")[:LONGEST_TYPED] if self.has_box else ""

    @property
    def is_default_in_force(self) -> bool:
        """True unless the address says something about the parameter with a default."""
        name = self.default[0]
        return bool(name) and not self.values_of(name) and name not in self.excluded

    @cached_property
    def excluded(self) -> dict[str, list[str]]:
        """The values that the address excludes, by parameter; none of a parameter with a value that is not known."""
        asked = self._asked_exclusions
        return {name: values for name, values in asked.items() if not self._exclusion_problem(name, values)}

    @cached_property
    def _asked_exclusions(self) -> dict[str, list[str]]:
        asked = {name: self.values_of(NOT + name) for name in self.filters if self.can_exclude(name)}
        return {name: [value.strip() for value in values] for name, values in asked.items() if values}

    def can_exclude(self, name: str) -> bool:
        """Whether a filter can leave out what it finds."""
        return hasattr(self.filters[name], "condition") and self.filters[name].method is None

    @property
    def in_force(self) -> list[str]:
        """The names of the filters that may hide rows, including the default restriction."""
        default = [self.default[0]] if self.is_default_in_force else []
        chosen = [name for name, value in self.form.cleaned_data.items() if value and ANY not in value]
        return list(dict.fromkeys([*default, *chosen, *self.excluded]))

    @property
    def problems(self) -> list[str]:
        found = [self.range.problem] if self.range.problem else []
        if not self.form.is_valid():
            found += [self._problem(name) for name in self.form.errors]
        found += [self._exclusion_problem(name, values) for name, values in self._asked_exclusions.items()]
        found += [no_filter(name, self._known) for name in self._unknown if name not in self.ignored]
        found += self.refusals
        return list(dict.fromkeys(problem for problem in found if problem))

    @property
    def refusals(self) -> list[str]:
        """Why the user may not look for what the address asks for; none if they may."""
        return refusals_of(self.filters, self.data)

    @property
    def _known(self) -> list[str]:
        excluding = [NOT + name for name in self.filters if self.can_exclude(name)]
        return [*self.filters, *self.other_parameters, *(BOX if self.has_box else ()), *excluding]

    @property
    def _unknown(self) -> list[str]:
        return [name for name in self.data if name not in self._known]

    @cached_property
    def ignored(self) -> list[str]:
        """The parameters of the address that mean nothing here, such as those by which mails track clicks."""
        return [name for at, name in enumerate(self._unknown) if at < MOST_IGNORED and not self._is_meant(name)]

    def _is_meant(self, name: str) -> bool:
        """Whether an unknown parameter was meant to be a filter: the answer must not be that of another question."""
        is_elsewhere = any(name in one.base_filters for one in _all_filtersets(EventFilterSet))
        return name.startswith(NOT) or is_elsewhere or bool(nearest_name(name, self._known))

    def _exclusion_problem(self, name: str, values: list[str]) -> str:
        """A sentence if these values cannot be excluded; blank if they can."""
        is_closed = isinstance(self.filters[name], ChoicesFilter)
        options = getattr(self.form.fields[name].widget, "choices", ())
        choices = [str(value) for value, _ in options if value not in ("", ANY)]
        is_any = name == self.default[0] and ANY in values
        wrong = [ANY] if is_any else [value for value in values if is_closed and value not in choices]
        return f"{NOT}{name}={wrong[0]} is not known here; choose one of {', '.join(choices)}." if wrong else ""

    def _problem(self, name: str) -> str:
        choices = [str(value) for value, _ in getattr(self.form.fields[name], "choices", ()) if value != ""]
        values = [value for value in self.data.getlist(name) if value.strip() not in ("", *choices)]
        if isinstance(self.form.fields[name], MomentsField):
            unread = next(value for value in values if parse_moment(value) is None)
            return f"{name}={unread} is not a time; write it as 2026-11-19T14:00:00Z."
        return f"{name}={values[0]} is not known here; choose one of {', '.join(choices)}."

    def rows(self) -> Any:
        """The rows under all filters; none if there is a problem."""
        if self.problems:
            return self.queryset.none()
        return self.rows_without()

    def rows_without(self, *names: str) -> Any:
        """The rows of the range under all filters except these."""
        return self.rows_outside_range(*names).between(self.range.since, self.range.until)

    def rows_outside_range(self, *names: str) -> Any:
        """The rows of any time under all chosen filters except these."""
        rows = self.queryset
        for name in self.form.cleaned_data:
            if name not in names:
                rows = self.narrowed(rows, name)
        return rows

    def narrowed(self, rows: Any, name: str) -> Any:
        """The rows under one filter, less those that it excludes."""
        rows = self.filters[name].filter(rows, self.form.cleaned_data[name])
        values = self.excluded.get(name)
        return rows.exclude(self.filters[name].condition(values)) if values else rows

    def at(self, query: QueryDict, range: TimeRange) -> Self:
        """The same filters at another address, for its chips: the fields, and so their words, are those of this one."""
        other = copy(self)
        for name in [name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)]:
            del other.__dict__[name]
        other.data, other.range = query, range
        other.query_string = QueryString(query)
        return other

    @property
    def chips(self) -> list[Chip]:
        chips = [] if self.range.name == "all" else [self._range_chip()]
        name, label, word = self.default
        if self.is_default_in_force:
            chips.append(Chip(label, word, self.query_string.replacing(**{name: ANY}), is_default=True))
        return chips + [chip for field in self.filters for chip in self._chips_of(field)]

    def _range_chip(self) -> Chip:
        lifted = "all" if self.range.is_default else None
        lift = self.query_string.replacing(**dict.fromkeys(RANGE_PARAMETERS) | {"range": lifted})
        return Chip("Range", self.range.words, lift, self.range.is_default)

    @property
    def further_values(self) -> list[tuple[str, str]]:
        """What the form carries in hidden fields: each visible field holds one value only."""
        return [(name, value) for name in self.filters for value in self.values_of(name)[1:]]

    def values_of(self, name: str) -> list[str]:
        """The values of a parameter in the address, as they came."""
        return [value for value in self.data.getlist(name) if value.strip()]

    def _chips_of(self, name: str) -> list[Chip]:
        label = self.filters[name].label
        values = self.values_of(name)
        if name == self.default[0] and ANY in values:
            values = []
        chips = [Chip(label, self.chip_word(name, value), self.query_string.without(name, value)) for value in values]
        for value in self.values_of(NOT + name) if name in self.excluded else []:
            lift = self.query_string.without(NOT + name, value)
            chips.append(Chip(f"{label} is not", self.chip_word(name, value.strip()), lift))
        return chips

    def chip_word(self, name: str, value: str) -> str:
        """The word for a value that the address chooses; it may be looked up."""
        return self.word_for(name, value)

    def word_for(self, name: str, value: str) -> str:
        """The form's word for a value, or the value itself."""
        if name not in self._words:
            self._words[name] = dict(self.choices_of(name))
        return self._words[name].get(value, value)

    def choices_of(self, name: str) -> list[tuple[str, str]]:
        """The values of a filter that have words of their own, with these words."""
        choices = getattr(self.form.fields[name].widget, "choices", ())
        return [(str(value), str(word)) for value, word in choices if value != ""]


def refusals_of(filters: Mapping[str, Any], query: QueryDict) -> list[str]:
    """Why the user may not look for what a query asks these filters for; none if they may."""
    refusing = {name: one for name, one in filters.items() if hasattr(one, "refusal")}
    asked = {name: [*query.getlist(name), *query.getlist(NOT + name)] for name in refusing}
    found = [refusing[name].refusal([one.strip() for one in values if one.strip()]) for name, values in asked.items()]
    return [refusal for refusal in found if refusal]


def _all_filtersets(of: type[EventFilterSet]) -> Iterator[type[EventFilterSet]]:
    for one in of.__subclasses__():
        yield one
        yield from _all_filtersets(one)


def _without(data: QueryDict, names: Sequence[str]) -> QueryDict:
    left = data.copy()
    for name in names:
        del left[name]
    return left


def account_options() -> list[tuple[str, str]]:
    """Account ids with their names."""
    return [(account.account_id, str(account)) for account in Account.objects.all()]
