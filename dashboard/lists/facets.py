"""Facets: how many rows of the list have each value of a field, with links that choose or exclude the value.

A facet counts under all filters but its own, so that a chosen value doesn't hide the others. It counts the newest
MOST_ROWS rows at most, and rows that several facets share are read once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from dashboard.lists.filter_state import FilterState
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.paging import COUNT_CAP
from dashboard.page.links import LONGEST_VALUE
from logsync.models.directory import ids_of
from logsync.words import told_apart

MOST_ROWS = COUNT_CAP
# The most values that a facet shows; further ones are found by searching.
MOST_SHOWN = 200
# The parameters for the facet that shows all its values, and for what is looked for among them.
FACET, FACET_TEXT = "facet", "facet_text"


@dataclass(frozen=True)
class FacetField:
    """A facet as a room declares it: the parameter `name`, and how a row's `fields` make its value.

    By default the value is the text of the field of that name. `value_for` is for a value that depends on what else the
    address asks for: it finds the `value_of` for a filterset. `words` are names for values; `name_field` is the field
    that names them in the newest row, and `apart_field` tells equal names apart. `hides` names the rows of a value,
    where the page says how many are hidden.
    """

    name: str
    title: str
    fields: tuple[str, ...] = ()
    value_of: Callable[..., str] | None = None
    value_for: Callable[[Any], Callable[..., str]] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    name_field: str = ""
    apart_field: str = ""
    most: int = 8
    is_open: bool = True
    hides: Mapping[str, str] = field(default_factory=dict)

    @property
    def own_fields(self) -> tuple[str, ...]:
        return self.fields or (self.name,)

    @property
    def all_fields(self) -> tuple[str, ...]:
        """The fields of a row that have to be read."""
        return tuple(name for name in (*self.own_fields, self.name_field, self.apart_field) if name)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and how often it occurs. `href` chooses it, or drops its choice or exclusion.

    `exclude_href` is blank if the value is excluded already; both are blank if no address can give the value.
    """

    words: str
    count: int
    count_words: str
    is_chosen: bool
    is_excluded: bool
    href: str
    exclude_href: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The facet that is to show all its values, or all whose words contain a text; no facet if `name` is blank."""

    name: str = ""
    text: str = ""


NOTHING = Asked()


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of a facet, most frequent first. `more` says how many there are if some are not shown.

    `all_href` shows all of them, blank if there are no more; `fewer_href` goes back from there, blank if it need not.
    There the values can be searched, by `text`; `hidden` are the other fields of that form.
    """

    name: str
    title: str
    more: str
    entries: list[Entry]
    is_open: bool
    all_href: str = ""
    fewer_href: str = ""
    text: str = ""
    hidden: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows that a facet's filter hides: how many of what, the filter in words, and the address that shows them."""

    count_words: str
    what: str
    by: str
    href: str


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of a list. `cap` is set if only that many of the newest rows were counted."""

    facets: list[Facet]
    hidden: list[Hidden]
    cap: int | None


def check_facets(facets: Iterable[FacetField], filterset_class: type[EventFilterSet], model: type[Model]) -> None:
    """Raise an error for a facet that has no filter of its name, or reads a field that the model lacks."""
    for facet in facets:
        if facet.name not in filterset_class.base_filters:
            raise ImproperlyConfigured(f"The facet {facet.title} has no filter {facet.name!r}.")
        for name in filter(None, facet.all_fields):
            model._meta.get_field(name)


def facets_of(filterset: EventFilterSet, fields: Sequence[FacetField], asked: Asked = NOTHING) -> Facets:
    """Count every facet of a list."""
    read = Reader(filterset, fields)
    tallies = [_tally(field, filterset, read, asked) for field in fields]
    return Facets(
        facets=[tally.facet(asked) for tally in tallies if tally.keys()],
        hidden=[hidden for tally in tallies for hidden in tally.hidden()],
        cap=MOST_ROWS if any(tally.rows.is_capped for tally in tallies) else None,
    )


def facet_of(filterset: EventFilterSet, fields: Sequence[FacetField], asked: Asked) -> Facet | None:
    """Count the facet that is asked for alone; None if the list has none of this name."""
    field = next((field for field in fields if field.name == asked.name), None)
    return _tally(field, filterset, Reader(filterset, [field]), asked).facet(asked) if field else None


def _tally(field: FacetField, filterset: EventFilterSet, read: Reader, asked: Asked) -> Tally:
    # A choice among all values leaves them in sight.
    kept = {FACET: field.name} if asked.name == field.name else {}
    return Tally(field, FilterState(filterset, field.name, kept), read)


# Reading


@dataclass(frozen=True, slots=True)
class _Rows:
    """Columns of the newest rows; `is_capped` if there are more."""

    columns: dict[str, Sequence[Any]]
    is_capped: bool

    def words(self, count: int) -> str:
        return f"{count:,}+" if self.is_capped else f"{count:,}"


class Reader:
    """Reads the rows of a list without some of its filters, each set of rows once."""

    def __init__(self, filterset: EventFilterSet, fields: Iterable[FacetField]) -> None:
        self.filterset = filterset
        self.names = tuple(dict.fromkeys(name for field in fields for name in field.all_fields))
        self._read: dict[frozenset[str], _Rows] = {}

    def rows_without(self, *names: str) -> _Rows:
        lifted = frozenset(names) & frozenset([*self.filterset.in_force, *self.filterset.implied])
        if lifted not in self._read:
            rows = self.filterset.rows_without(*lifted).order_by(f"-{self.filterset.time_field}", "-id")
            found = list(rows.values_list(*self.names)[: MOST_ROWS + 1])
            columns = list(zip(*found[:MOST_ROWS], strict=True)) or [()] * len(self.names)
            self._read[lifted] = _Rows(dict(zip(self.names, columns, strict=True)), len(found) > MOST_ROWS)
        return self._read[lifted]


# Counting


class Tally:
    """The values of one facet, counted under the other filters."""

    def __init__(self, field: FacetField, state: FilterState, read: Reader) -> None:
        self.field, self.state = field, state
        self.rows = read.rows_without(field.name)
        self.texts: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.apart: dict[str, str] = {}
        self.counts = self._count(self.rows)
        self.read = read

    @cached_property
    def others(self) -> Counter[str]:
        """The values under no filter at all, so that a value that the others hide is still offered."""
        others = self.read.rows_without(*self.read.filterset.in_force)
        return self.counts if others is self.rows else self._count(others)

    def _count(self, rows: _Rows) -> Counter[str]:
        own, value_of = [rows.columns[name] for name in self.field.own_fields], self.field.value_of
        if self.field.value_for:
            value_of = self.field.value_for(self.state.filterset)
        texts = list(map(value_of, *own)) if value_of else own[0]
        keys = [self.state.key_of_row(text) for text in texts] if self.state.is_by_part else texts
        # The newest row comes last, so that its spelling and its name win.
        if self.state.is_by_part:
            self.texts = dict(zip(reversed(keys), reversed(texts), strict=True)) | self.texts
        self.names = self._newest(keys, rows, self.field.name_field) | self.names
        self.apart = self._newest(keys, rows, self.field.apart_field) | self.apart
        counts = Counter(keys)
        del counts[""]
        return counts

    @staticmethod
    def _newest(keys: Sequence[str], rows: _Rows, name: str) -> dict[str, str]:
        """What the newest row of each value that has this field says there."""
        pairs = zip(reversed(keys), reversed(rows.columns[name]), strict=True) if name else ()
        return {key: text for key, text in pairs if text}

    def keys(self) -> list[str]:
        """The most frequent values, the chosen ones, and some that the other filters hide."""
        frequent = most_frequent(self.counts, self.field.most)
        chosen = [*self.state.chosen, *self.state.excluded]
        gone = {key: count for key, count in self.others.items() if key not in self.counts}
        return list(dict.fromkeys([*frequent, *chosen, *most_frequent(gone, self.field.most - len(frequent))]))

    def all_keys(self, text: str) -> list[str]:
        """All values whose words contain a text, the most frequent first."""
        everything = [*self.counts, *self.state.chosen, *self.state.excluded, *self.others]
        part = text.casefold()
        found = {key for key in everything if not part or part in self.words(key).casefold() or part in key.casefold()}
        return most_frequent({key: self.counts[key] for key in found}, MOST_SHOWN)

    def facet(self, asked: Asked) -> Facet:
        is_whole = asked.name == self.field.name
        keys = self.all_keys(asked.text) if is_whole else self.keys()
        values = len(self.counts.keys() | self.others.keys() | set(self.keys()))
        address = self.state.filterset.query_string
        anchor = f"#facet-{self.field.name}"
        return Facet(
            name=self.field.name,
            title=self.field.title,
            more=f"{len(keys)} of {self.rows.words(values)}" if values > len(keys) else "",
            entries=[self._entry(key, words) for key, words in self.told_apart(keys).items()],
            is_open=self.field.is_open or is_whole or bool(self.state.chosen or self.state.excluded),
            all_href=address.replacing(facet=self.field.name) + anchor if values > len(keys) and not is_whole else "",
            fewer_href=address.replacing() + anchor if is_whole else "",
            text=asked.text,
            hidden=[*address.hidden(), (FACET, self.field.name)] if is_whole else (),
        )

    def told_apart(self, keys: Iterable[str]) -> dict[str, str]:
        """What to call these values beside each other."""
        return told_apart({key: (self.words(key), self.apart.get(key, ""), *ids_of(key)) for key in keys})

    def _entry(self, key: str, words: str) -> Entry:
        value = self.state.given(key) or self.value(key)
        is_excluded = key in self.state.excluded
        count = self._found(value) if self.state.is_by_part else self.counts[key]
        return Entry(
            words=words,
            count=count,
            count_words=self.rows.words(count),
            is_chosen=self.state.is_chosen(key),
            is_excluded=is_excluded,
            href=self.state.toggled(key, value) if value else "",
            exclude_href=self.state.excluding(key, value) if value and not is_excluded else "",
        )

    def value(self, key: str) -> str:
        """The value as an address can give it; blank if no address can."""
        text = self.texts.get(key, key)
        return self.state.value_for(text) if len(text) <= LONGEST_VALUE else ""

    def _found(self, value: str) -> int:
        """How many rows contain all words of a text."""
        return sum(count for key, count in self.counts.items() if self.state.holds(key, value))

    def words(self, key: str) -> str:
        """What to call a value."""
        word = self.field.words.get(key) or self.state.filterset.word_for(self.field.name, key)
        if word == key:
            word = self.names.get(key) or self.texts.get(key, key)
        return word[:LONGEST_VALUE]

    def hidden(self) -> list[Hidden]:
        """What the facet's filter hides, by kind of row."""
        state = self.state
        if state.name not in state.filterset.in_force:
            return []
        chosen = state.filterset.default_values if state.is_default else list(state.chosen)
        asked = [state.filterset.word_for(state.name, key) for key in chosen]
        excluded = [f"not {state.filterset.word_for(state.name, key)}" for key in state.excluded]
        by = ", ".join([*asked, *excluded])
        is_gone = {key: key in state.excluded or (bool(asked) and key not in chosen) for key in self.field.hides}
        gone = [key for key, is_so in is_gone.items() if is_so and self.counts[key]]
        return [
            Hidden(self.rows.words(self.counts[key]), self.field.hides[key], by, state.showing(key)) for key in gone
        ]


def most_frequent(counts: Mapping[str, int], most: int) -> list[str]:
    """The keys with the highest counts; equal counts in the order of the keys."""
    return nsmallest(most, counts, key=lambda key: (-counts[key], key))
