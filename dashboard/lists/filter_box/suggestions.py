"""What the filter box suggests while someone types: names of filters, and the values that rows really have.

Values are those of the newest rows, as in the facets, so that no number of rows makes it slow. People are also looked
up among all known addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import FieldDoesNotExist

from dashboard.lists.email_filter import EmailFilter
from dashboard.lists.facets import FacetField, Reader, Tally, most_frequent
from dashboard.lists.filter_box.reading import TIME, names_of, read, words_filter
from dashboard.lists.filter_box.tokens import Token, tokens_of, written
from dashboard.lists.filter_state import FilterState
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.names import SHORT_NAMES, full_name
from dashboard.lists.parameters import ChoicesFilter, SinceFilter
from dashboard.page.links import LONGEST_VALUE
from dashboard.page.timerange import RANGES
from logsync.models import PersonAddress, person_of
from logsync.models.sight import sight

MOST = 8
# For a word without a name, values of these filters are suggested, so many of each.
ANYWHERE = ("user_email", "resource_user_email", "app_uid", "resource_group_name", "connection", "idp_id", "country")
MOST_ANYWHERE = 3
# A shorter word is in too many values.
SHORTEST_WORD = 2
# These are offered first, in this order.
FIRST_NAMES = ("user", "app", "country", "ip", "ray", "result", "provider", "method", "group", "error")
# Nobody types these, and hardly two rows share one. An IP address is suggested only to those who see it whole.
NOT_SUGGESTED = ("ray_id", "request_body", "error_description", "problem", "resource")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line below the box: what `kind` of thing it is, its `words`, and a `note` such as how many rows there are.

    Choosing it leads to `href`; if that is blank, it leaves `text` in the box, to be completed.
    """

    kind: str
    words: str
    note: str
    text: str
    href: str = ""


@dataclass(frozen=True)
class SuggestionsContext:
    """What `lists/suggestions.html` is given."""

    suggestions: list[Suggestion]


def suggestions(filterset: EventFilterSet, facets: Sequence[FacetField], text: str) -> list[Suggestion]:
    """What can be made of the end of a text: the most likely first."""
    return list(islice(_Completion(filterset, facets, text).suggestions(), 2 * MOST))


class _Completion:
    """The last token of a text, which is being typed, and all that stands `before` it."""

    def __init__(self, filterset: EventFilterSet, facets: Sequence[FacetField], text: str) -> None:
        self.filterset, self.whole = filterset, text
        self.facets = {facet.name: facet for facet in facets}
        self.last = _last_token(text)
        self.before = text[: self.last.start]

    def suggestions(self) -> Iterator[Suggestion]:
        if not self.last.name:
            yield from self._of_word(self.last.value)
            return
        name = full_name(self.last.name.lower(), names_of(self.filterset))
        if name == "range":
            yield from self._ranges(self.last.value)
        elif name and name not in TIME and (not self.last.is_excluded or self.filterset.can_exclude(name)):
            self.read = self._reader([name])
            yield from islice(self._values(name, self.last.value), MOST)

    def _of_word(self, word: str) -> Iterator[Suggestion]:
        yield from self._names(word.lower())
        if len(word) < SHORTEST_WORD:
            return
        names = [name for name in ANYWHERE if name in self.filterset.filters]
        self.read = self._reader(names)
        for name in names:
            yield from islice(self._values(name, word), MOST_ANYWHERE)
        if words_filter(self.filterset):
            href = read(self.filterset, self.whole).href
            yield Suggestion("Search", word, "in every field", self.whole, href)

    # Names

    def _names(self, start: str) -> Iterator[Suggestion]:
        known = names_of(self.filterset)
        short = [name for name in (*FIRST_NAMES, *SHORT_NAMES) if full_name(name, known) not in ("", *TIME)]
        seen = set()
        minus, start = ("-", start[1:]) if start.startswith("-") else ("", start)
        for name in (*short, *known):
            full = full_name(name, known)
            label = self._label(full)
            is_near = any(one.startswith(start) for one in (name, full, label.lower()))
            if full in seen or full == words_filter(self.filterset) or not is_near:
                continue
            seen.add(full)
            yield Suggestion("", f"{minus}{name}:", label, f"{self.before}{minus}{name}:")

    def _label(self, name: str) -> str:
        return name.capitalize() if name in TIME else self.filterset.filters[name].label

    # Values

    def _ranges(self, start: str) -> Iterator[Suggestion]:
        for name, (_, words) in RANGES.items():
            if name.startswith(start):
                yield self._suggestion("range", name, words, "")

    def _values(self, name: str, part: str) -> Iterator[Suggestion]:
        """The values of a filter that contain a part, those that begin with it first."""
        found: dict[str, tuple[str, str, str]] = {}
        ignores_case = isinstance(self.filterset.filters[name], EmailFilter)
        for one in self._known(name, part):
            found.setdefault(one[0].casefold() if ignores_case else one[0], one)
        part = part.casefold()
        likely = [one for one in found.values() if part in one[0].casefold() or part in one[1].casefold()]
        likely.sort(key=lambda one: not any(text.casefold().startswith(part) for text in one[:2]))
        for value, words, note in likely:
            yield self._suggestion(name, value, words, note)

    def _known(self, name: str, part: str) -> Iterator[tuple[str, str, str]]:
        """Values with their words and how many rows have them, as far as that is known; most rows first."""
        if field := self._field(name):
            tally = Tally(field, FilterState(self.filterset, name), self.read)
            for key, words in tally.told_apart(most_frequent(tally.counts, len(tally.counts))).items():
                if value := tally.value(key):
                    yield value, words, tally.rows.words(tally.counts[key])
        one: Any = self.filterset.filters[name]
        if isinstance(one, ChoicesFilter) or getattr(one, "options", None):
            for value, words in self.filterset.choices_of(name):
                yield value, words, ""
        if isinstance(one, EmailFilter) and part:
            people = PersonAddress.objects.filter(person__contains=person_of(part)).exclude(**dict.fromkeys(one.seen))
            for person in people.order_by("person").values_list("person", flat=True).distinct()[: 2 * MOST]:
                yield person, person, ""

    def _field(self, name: str) -> FacetField | None:
        """How the values of a filter are counted; None if they are not."""
        one: Any = self.filterset.filters[name]
        is_unsuggested = name in NOT_SUGGESTED or (name == "ip_address" and sight().is_masked)
        if is_unsuggested or isinstance(one, SinceFilter) or not self.filterset.time_field:
            return None
        if name in self.facets:
            return self.facets[name]
        try:
            self.filterset.queryset.model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        return None if name == "account" else FacetField(name, one.label)

    def _reader(self, names: Sequence[str]) -> Reader:
        return Reader(self.filterset, [field for name in names if (field := self._field(name))])

    def _suggestion(self, name: str, value: str, words: str, note: str) -> Suggestion:
        is_excluded = self.last.is_excluded
        text = f"{self.before}{written(name, value, is_excluded=is_excluded)} "
        href = read(self.filterset, self.before, (name, value, is_excluded)).href
        label = self._label(name)
        return Suggestion(f"{label} is not" if is_excluded else label, words[:LONGEST_VALUE], note, text, href)


def _last_token(text: str) -> Token:
    """The token that is being typed: the last one, whose quote may still be open, or a new one after a blank."""
    closed = tokens_of(text + '"')
    if closed and closed[-1].is_quoted:
        return closed[-1]
    tokens = tokens_of(text)
    if not tokens or text[-1:].isspace():
        return Token("", "", len(text))
    return tokens[-1]
