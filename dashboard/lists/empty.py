"""Why a list is empty: a real zero, nothing so far, not known, not happened yet, or hidden by a filter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.lists.filters import ANY, NOT, EventFilterSet
from dashboard.lists.paging import count_up_to_cap, count_words
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import PARTIAL, PROVISIONAL, UNKNOWN
from logsync.insight.blind_spots.load import bypass_policies_of
from logsync.insight.blind_spots.sentences import meaning, what
from logsync.insight.sentence import Quote


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of an empty list: what to press, where it leads."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Empty:
    """Why a list is empty: its kind as an icon, a title, what is known, and what to do."""

    icon: str
    title: str
    words: str
    ways: list[Way]


SO_NONE = " So there were none."
OPEN_SYNC = Way("Open Sync", "/sync/")


def why_empty(
    filterset: EventFilterSet, line: CoverageLine, noun: str, *, at_the_end: bool, has_groups: bool = False
) -> Empty:
    """Why the list is empty under these filters, and what to do about it.

    A list that `has_groups` shows something else than the rows that its filters are about.
    """
    found = _why_empty(filterset, line, noun, at_the_end=at_the_end, has_groups=has_groups)
    note = "" if at_the_end or line.is_future else bypass_note(filterset)
    if not note:
        return found
    return replace(found, icon="alert-triangle", words=f"{found.words.removesuffix(SO_NONE)} {note}")


def bypass_note(filterset: EventFilterSet) -> str:
    """Why no rows prove nothing, if the list is of one app with a policy that bypasses Access; else blank."""
    apps = filterset.values_of("app_uid") if "app_uid" in filterset.filters else []
    policies = bypass_policies_of(apps[0], filterset.values_of("account")) if len(apps) == 1 else []
    if not policies:
        return ""
    said = what("bypass", policy=Quote(policies[0].name)), meaning("bypass")
    return " ".join(sentence.text(str) for sentence in said)


def _why_empty(
    filterset: EventFilterSet, line: CoverageLine, noun: str, *, at_the_end: bool, has_groups: bool
) -> Empty:
    if at_the_end and filterset.rows().exists():
        first = [Way("Back to the first page", filterset.query_string.replacing())]
        return Empty("archive", "This page is past the end of the list", "There are no more rows.", first)
    if line.is_future:
        now = [Way("Show the last 24 hours", filterset.query_string.replacing(range="24h", since=None, until=None))]
        return Empty("clock-hour-4", "This has not happened yet", "The range starts in the future.", now)
    if line.kind == UNKNOWN:
        return _not_known(filterset, line)
    hidden = _hidden(filterset, has_groups) or _hidden_together(filterset, has_groups)
    if filterset.is_default_in_force:
        noun = f"{filterset.default[2]} {noun}"
    if line.kind == PARTIAL:
        title = "Nothing found, but part of this range is unknown"
        words = f"No {noun} in the time that is synced. {line.sentence} There may be some that Gatehouse doesn’t have."
        return Empty("alert-triangle", title, words, [*hidden, OPEN_SYNC])
    if hidden and len(filterset.in_force) > filterset.is_default_in_force:
        words = f"{line.sentence} Nothing matches all filters together."
        return Empty("filter", "Hidden by a filter", words, hidden)
    if line.kind == PROVISIONAL:
        return Empty("clock-hour-4", f"No {noun} so far", f"{line.sentence} Some may still arrive.", hidden)
    return Empty("circle-check", f"No {noun} in this range", f"{line.sentence}{SO_NONE}", hidden)


def _not_known(filterset: EventFilterSet, line: CoverageLine) -> Empty:
    """The range is not known in any log: say why, if the reason is the same for all of it."""
    everything = Way("Show all synced time", filterset.query_string.replacing(range="all", since=None, until=None))
    if line.has_no_scim:
        return Empty("archive", "SCIM is not turned on", line.sentence, [OPEN_SYNC])
    found = {name for of in line.coverage.of.values() for name in of.reasons_for(of.asked)}
    if found and found <= {"beyond", "refused", "unproven"}:
        words = "Nobody can tell any more whether anything happened then."
        return Empty("archive", "Nothing can be known about this time", f"{line.sentence} {words}", [everything])
    if found == {"deleted"}:
        return Empty("archive", "Deleted from Gatehouse", line.sentence, [everything])
    if found == {"never_asked"}:
        words = f"{line.sentence} A backfill would fetch it."
        return Empty("archive", "Never fetched", words, [OPEN_SYNC, everything])
    return Empty(
        "history", "Not synced yet", f"{line.sentence} There may be some that Gatehouse doesn’t have.", [OPEN_SYNC]
    )


def _hidden(filterset: EventFilterSet, has_groups: bool) -> list[Way]:
    """Each filter that hides rows: how many, and the address without it."""
    ways = []
    for name in filterset.in_force:
        count = count_up_to_cap(filterset.rows_without(name))
        if count:
            words = f"Remove {filterset.filters[name].label} filter{_rows(count, has_groups)}"
            ways.append(Way(words, _lifting(filterset, name)))
    return ways


def _hidden_together(filterset: EventFilterSet, has_groups: bool) -> list[Way]:
    """How many rows there are without any filter, for when each hides what another hides too."""
    names = filterset.in_force
    count = count_up_to_cap(filterset.rows_without(*names))
    return [Way(f"Remove all filters{_rows(count, has_groups)}", _lifting(filterset, *names))] if count else []


def _lifting(filterset: EventFilterSet, *names: str) -> str:
    asked = {name: ANY if name == filterset.default[0] else None for name in names}
    return filterset.query_string.replacing(**asked, **{NOT + name: None for name in names})


def _rows(count: int, has_groups: bool) -> str:
    """The rows that a way leads to, in brackets; blank where it leads to groups, which nobody counted."""
    return "" if has_groups else f" ({count_words(count)} row{'' if count == 1 else 's'})"
