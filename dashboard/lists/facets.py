"""Facets: for each value of a field, how many rows of the list have it, and the addresses that ask for or exclude it.

A facet counts under all filters but its own, so that a chosen value does not hide the others. At most the newest
MOST_ROWS rows are counted, and rows that several facets share are read once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from dashboard.lists.filter_state import Choice
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.paging import COUNT_CAP
from dashboard.page.links import LONGEST_VALUE

MOST_ROWS = COUNT_CAP


@dataclass(frozen=True)
class FacetField:
    """What a room says of a facet: its parameter `name`, and how a row's `fields` make the parameter's value.

    The value is the field's own text where nothing is said.
    `words` names values for people; `name_field` is the field that names them in the rows, the newest row's first.
    `hides` says what rows of a value are called, where the page tells how many of them the filter hides.
    """

    name: str
    title: str
    fields: tuple[str, ...] = ()
    value_of: Callable[..., str] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    name_field: str = ""
    most: int = 8
    is_open: bool = True
    hides: Mapping[str, str] = field(default_factory=dict)

    @property
    def own_fields(self) -> tuple[str, ...]:
        return self.fields or (self.name,)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and how often it occurs. `href` chooses it, or takes the choice or the exclusion away.

    `exclude_href` is blank where the value is excluded already, and both are if no address can ask for the value.
    """

    words: str
    count: int
    count_words: str
    is_chosen: bool
    is_excluded: bool
    href: str
    exclude_href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of a facet, most frequent first. `more` says how many there are, if not all are shown."""

    title: str
    more: str
    entries: list[Entry]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows that a facet's filter hides: how many of what, the filter in words, and the address that shows them."""

    count_words: str
    what: str
    by: str
    href: str


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of a list. `cap` is set where only so many of the newest rows were counted."""

    facets: list[Facet]
    hidden: list[Hidden]
    cap: int | None


def check_facets(facets: Iterable[FacetField], filterset_class: type[EventFilterSet], model: type[Model]) -> None:
    """Raise an error for a facet that has no filter of its name, or reads a field that the model lacks."""
    for facet in facets:
        if facet.name not in filterset_class.base_filters:
            raise ImproperlyConfigured(f"The facet {facet.title} has no filter {facet.name!r}.")
        for name in filter(None, (*facet.own_fields, facet.name_field)):
            model._meta.get_field(name)


def facets_of(filterset: EventFilterSet, fields: Sequence[FacetField]) -> Facets:
    """Count every facet of a list."""
    read = _Reader(filterset, fields)
    tallies = [_Tally(field, Choice(filterset, field.name), read) for field in fields]
    return Facets(
        facets=[tally.facet() for tally in tallies if tally.keys()],
        hidden=[hidden for tally in tallies for hidden in tally.hidden()],
        cap=MOST_ROWS if any(tally.rows.is_capped for tally in tallies) else None,
    )


# Reading


@dataclass(frozen=True, slots=True)
class _Rows:
    """Columns of the newest rows; `is_capped` if there are more."""

    columns: dict[str, Sequence[Any]]
    is_capped: bool

    def words(self, count: int) -> str:
        return f"{count:,}+" if self.is_capped else f"{count:,}"


class _Reader:
    """Reads the rows of a list less some of its filters, each set of rows once."""

    def __init__(self, filterset: EventFilterSet, fields: Iterable[FacetField]) -> None:
        self.filterset = filterset
        names = (name for field in fields for name in (*field.own_fields, field.name_field) if name)
        self.names = tuple(dict.fromkeys(names))
        self._read: dict[frozenset[str], _Rows] = {}

    def rows_without(self, *names: str) -> _Rows:
        lifted = frozenset(names) & frozenset(self.filterset.in_force)
        if lifted not in self._read:
            rows = self.filterset.rows_without(*lifted).order_by(f"-{self.filterset.time_field}", "-id")
            found = list(rows.values_list(*self.names)[: MOST_ROWS + 1])
            columns = list(zip(*found[:MOST_ROWS], strict=True)) or [()] * len(self.names)
            self._read[lifted] = _Rows(dict(zip(self.names, columns, strict=True)), len(found) > MOST_ROWS)
        return self._read[lifted]


# Counting


class _Tally:
    """One facet's values, counted under the other filters; `others` are all that there are in the range."""

    def __init__(self, field: FacetField, choice: Choice, read: _Reader) -> None:
        self.field, self.choice = field, choice
        self.rows = read.rows_without(field.name)
        self.texts: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.counts = self._count(self.rows)
        others = read.rows_without(*read.filterset.in_force)
        self.others = self.counts if others is self.rows else self._count(others)

    def _count(self, rows: _Rows) -> Counter[str]:
        own, value_of = [rows.columns[name] for name in self.field.own_fields], self.field.value_of
        texts = list(map(value_of, *own)) if value_of else own[0]
        keys = [self.choice.key(text) for text in texts] if self.choice.is_by_part else texts
        # The newest row comes last, so that its spelling and its name are the ones that stay.
        if self.choice.is_by_part:
            self.texts = dict(zip(reversed(keys), reversed(texts), strict=True)) | self.texts
        if self.field.name_field:
            names = zip(reversed(keys), reversed(rows.columns[self.field.name_field]), strict=True)
            self.names = {key: name for key, name in names if name} | self.names
        counts = Counter(keys)
        del counts[""]
        return counts

    def keys(self) -> list[str]:
        """The most frequent values, the chosen ones, and some of which the other filters leave no row."""
        frequent = _most_frequent(self.counts, self.field.most)
        chosen = [*self.choice.asked, *self.choice.excluded]
        gone = {key: count for key, count in self.others.items() if key not in self.counts}
        return list(dict.fromkeys([*frequent, *chosen, *_most_frequent(gone, self.field.most - len(frequent))]))

    def facet(self) -> Facet:
        keys = self.keys()
        values = len(self.counts.keys() | self.others.keys() | set(keys))
        more = f"{len(keys)} of {self.rows.words(values)}" if values > len(keys) else ""
        is_open = self.field.is_open or bool(self.choice.asked or self.choice.excluded)
        return Facet(self.field.title, more, [self._entry(key) for key in keys], is_open)

    def _entry(self, key: str) -> Entry:
        value = self.choice.value_for(self.texts.get(key, key))
        is_excluded = key in self.choice.excluded
        count = self._found(value) if self.choice.is_by_part else self.counts[key]
        return Entry(
            words=self._words(key),
            count=count,
            count_words=self.rows.words(count),
            is_chosen=self.choice.is_chosen(key),
            is_excluded=is_excluded,
            href=self.choice.toggled(key, value) if value else "",
            exclude_href=self.choice.excluding(key, value) if value and not is_excluded else "",
        )

    def _found(self, value: str) -> int:
        """How many rows hold a text: those of which it is the whole, and others."""
        part = self.choice.key(value)
        return sum(count for key, count in self.counts.items() if part in key)

    def _words(self, key: str) -> str:
        word = self.field.words.get(key) or self.choice.filterset.word_for(self.field.name, key)
        if word == key:
            word = self.names.get(key) or self.texts.get(key, key)
        return word[:LONGEST_VALUE]

    def hidden(self) -> list[Hidden]:
        """What the facet's filter hides, a line a kind of row."""
        choice = self.choice
        if choice.name not in choice.filterset.in_force:
            return []
        asked = [choice.filterset.word_for(choice.name, key) for key in choice.asked]
        excluded = [f"not {choice.filterset.word_for(choice.name, key)}" for key in choice.excluded]
        by = ", ".join([*asked, *excluded])
        is_gone = {key: key in choice.excluded or (bool(asked) and key not in choice.asked) for key in self.field.hides}
        gone = [key for key, is_so in is_gone.items() if is_so and self.counts[key]]
        return [Hidden(self.rows.words(self.counts[key]), self.field.hides[key], by, choice.lifted()) for key in gone]


def _most_frequent(counts: Mapping[str, int], most: int) -> list[str]:
    """Keys in the order of their counts, equal ones in their own."""
    return nsmallest(most, counts, key=lambda key: (-counts[key], key))
