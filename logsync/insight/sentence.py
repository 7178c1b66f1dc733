"""Sentences made of our own words and of values: log text stays apart, and a moment knows no clock yet.

A sentence is words with names in braces, as in `str.format`, and a value for each name; `{last:at}` is a moment with
its "at" or "on". Log text goes in as a Quote and a moment as a datetime, so that the page decides how to mark the one
and which clock to use for the other. The words of a subject are in one place, its catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from string import Formatter
from typing import TypeAlias

from logsync.words import spoken_duration


@dataclass(frozen=True, slots=True)
class Quote:
    """Text from a row. Anyone may have written it, so it must not look like our own words."""

    text: str


class Email(Quote):
    """An e-mail address from a row, of someone other than the person the verdict is about."""


@dataclass(frozen=True, slots=True)
class At:
    """A moment with the word before it: "at 09:06", "on 29 Nov at 23:46"."""

    moment: datetime


Part: TypeAlias = "str | datetime | At | Quote"
Value: TypeAlias = "str | int | datetime | timedelta | Quote | Sentence | Sequence[Sentence]"


@dataclass(frozen=True)
class Sentence:
    """A sentence of a catalogue by its id, with its values; a value may itself be a sentence."""

    id: str
    catalogue: Mapping[str, str] = field(repr=False, compare=False)
    values: Mapping[str, Value] = field(default_factory=dict)

    def parts(self) -> Iterator[Part]:
        """The sentence in parts: our own words, moments, and quotes."""
        for words, name, spec, _ in Formatter().parse(self.catalogue[self.id]):
            if words:
                yield words
            if name:
                yield from [_at(self.values[name])] if spec == "at" else parts_of(self.values[name])

    def text(self, clock: Callable[[datetime], str], quote: Callable[[str], str] = str) -> str:
        """The sentence as plain text, with moments written by `clock` and quotes by `quote`."""

        def written(part: Part) -> str:
            if isinstance(part, At):
                return f"at {clock(part.moment)}"
            if isinstance(part, datetime):
                return clock(part)
            return quote(part.text) if isinstance(part, Quote) else part

        return "".join(map(written, self.parts()))


def _at(value: Value) -> Part:
    return At(value) if isinstance(value, datetime) else "at an unknown time"


def parts_of(value: Value) -> Iterator[Part]:
    """A value in parts."""
    if isinstance(value, str | datetime | Quote):
        yield value
    elif isinstance(value, int):
        yield f"{value:,}"
    elif isinstance(value, timedelta):
        yield spoken_duration(value)
    elif isinstance(value, Sentence):
        yield from value.parts()
    else:
        for at, one in enumerate(value):
            yield ", " if at else ""
            yield from one.parts()
