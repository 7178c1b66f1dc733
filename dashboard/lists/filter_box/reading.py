"""What the text of the filter box asks of a list: its parameters, or why it cannot be understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.lists.filter_box.tokens import Token, tokens_of
from dashboard.lists.filter_state import FilterState
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.names import full_name, nearest_name
from dashboard.lists.parameters import ANY, ChoicesFilter, SinceFilter, TextFilter
from dashboard.lists.phrases import in_quotes, joined, words_of

# The time that a list is about is no filter, but may be asked for in the box as well.
TIME = ("range", "since", "until")
# What each of them replaces.
_OTHER_TIMES = {"range": ("since", "until"), "since": ("range",), "until": ("range",)}
# What can only be an id: an app that is no longer listed is still found by it.
_ID = re.compile(r"[0-9a-fA-F-]{12,}")


# A parameter, one of its values, and whether that is excluded.
Value = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Reading:
    """The query string that the text asks for, under what the address asks for already; or what is wrong with it."""

    href: str = ""
    problems: tuple[str, ...] = ()


def read(filterset: EventFilterSet, text: str, *values: Value) -> Reading:
    """What a text asks of a list, together with further values of filters."""
    reader = _Reader(filterset)
    for token in tokens_of(text):
        reader.take(token)
    for name, value, is_excluded in values:
        reader.add(name, [value], is_excluded=is_excluded)
    if reader.problems:
        return Reading(problems=tuple(dict.fromkeys(reader.problems)))
    return Reading(href=filterset.query_string.replacing(**reader.changes()))


def names_of(filterset: EventFilterSet) -> list[str]:
    """The parameters that may be named in the box."""
    return [*filterset.filters, *TIME]


def words_filter(filterset: EventFilterSet) -> str:
    """The parameter that takes words without a name; blank if the list has none."""
    texts = [name for name, one in filterset.filters.items() if isinstance(one, TextFilter)]
    return "q" if "q" in texts else next(iter(texts), "")


class _Reader:
    """Gathers what tokens ask for."""

    def __init__(self, filterset: EventFilterSet) -> None:
        self.filterset = filterset
        self.problems: list[str] = []
        self._words: list[str] = []
        self._times: dict[str, str | None] = {}
        self._chosen: dict[str, dict[str, str]] = {}
        self._excluded: dict[str, dict[str, str]] = {}

    def take(self, token: Token) -> None:
        """Add what a token asks for."""
        if not token.name:
            self._words.append(token.value)
            return
        name = full_name(token.name.lower(), names_of(self.filterset))
        if not name:
            self.problems.append(_unknown(token, self.filterset))
        elif not token.value.strip():
            self.problems.append(f"“{token.name}:” has no value.")
        elif token.is_excluded and not (name in self.filterset.filters and self.filterset.can_exclude(name)):
            self.problems.append(f"“{token.name}” cannot be excluded.")
        elif name in TIME:
            self.add(name, [token.value.strip()], is_excluded=False)
        elif isinstance(self.filterset.filters[name], SinceFilter):
            self._times[name] = token.value.strip()
        else:
            self._take_values(name, token)

    def _take_values(self, name: str, token: Token) -> None:
        name, values = values_meant(self.filterset, name, token)
        if not values:
            choices = ", ".join(word for _, word in self.filterset.choices_of(name))
            label = self.filterset.filters[name].label
            self.problems.append(f"{label} has no “{token.value}”; choose one of {choices}.")
            return
        self.add(name, values, is_excluded=token.is_excluded)

    def add(self, name: str, values: Sequence[str], *, is_excluded: bool) -> None:
        """Choose or exclude values of a filter."""
        if name in TIME:
            self._times |= {name: values[0]} | dict.fromkeys(_OTHER_TIMES[name])
            return
        state = FilterState(self.filterset, name)
        chosen = self._chosen.setdefault(name, dict(state.chosen))
        excluded = self._excluded.setdefault(name, dict(state.excluded))
        for value in values:
            into, out = (excluded, chosen) if is_excluded else (chosen, excluded)
            key = value if value == ANY else state.key(value)
            out.pop(key, None)
            into[key] = value

    def changes(self) -> dict[str, Any]:
        """The parameters that the text sets anew."""
        changes: dict[str, Any] = dict(self._times)
        for name in self._chosen:
            changes |= FilterState.parameters(name, self._chosen[name], self._excluded[name])
        if self._words:
            name = words_filter(self.filterset)
            given = changes.get(name) or self.filterset.values_of(name)
            # All words must match, so one more narrows what is looked for already.
            changes[name] = [joined([*words_of(one), *self._words]) for one in given] or joined(self._words)
        return changes


def values_meant(filterset: EventFilterSet, name: str, token: Token) -> tuple[str, list[str]]:
    """The parameter and the values that a token means by its filter of this name; no values if it accepts none such."""
    one = filterset.filters[name]
    if isinstance(one, TextFilter):
        return name, [token.text]
    text = token.value.strip()
    if found := _called(filterset.choices_of(name), text, is_closed=isinstance(one, ChoicesFilter)):
        return name, found
    if name == filterset.default[0] and text.casefold() == filterset.default[2]:
        return name, list(filterset.default_values)
    if isinstance(one, ChoicesFilter):
        return name, []
    if one.by_name in filterset.filters and not _ID.fullmatch(text):
        return one.by_name, [token.text]
    return name, [text]


def _called(choices: Iterable[tuple[str, str]], text: str, *, is_closed: bool) -> list[str]:
    """The values that go by this text: those that equal it, else those whose words begin with it."""
    text = text.casefold()
    told = [(value, word.casefold()) for value, word in choices]
    if same := [value for value, word in told if text in (value.casefold(), word, word.partition(" (")[0])]:
        return same
    begun = [value for value, word in told if word.startswith(text)]
    return [] if is_closed and len(begun) > 1 else begun


def _unknown(token: Token, filterset: EventFilterSet) -> str:
    nearest = nearest_name(token.name, names_of(filterset))
    text = in_quotes(f"{token.name}:{token.value}")
    advice = f"Did you mean “{nearest}:”?" if nearest else f"To search for this text, put it in quotes: {text}"
    return f"There is no filter “{token.name}”. {advice}"
