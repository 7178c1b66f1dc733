"""What is known of a range, in words. Every page, export and ticket takes its words from here.

"Nothing happened" is never confused with "we don't know", nor with "nothing yet", and what is wrong with one log is
never said of another. No database: all that the words depend on is in a `LogFacts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.page.viewer import Viewer
from dashboard.page.wording import short_moment, span_words
from logsync.coverage import Coverage
from logsync.spans import Span, intersect
from logsync.words import counted

COMPLETE, PROVISIONAL, PARTIAL, UNKNOWN = "complete", "provisional", "partial", "unknown"

# Why time is unknown, by the name of its list in a `Coverage`.
REASONS = {
    "failed": "could not be read",
    "waiting": "not synced yet",
    "beyond": "past Cloudflare’s reach",
    "refused": "refused by Cloudflare as too old",
    "unproven": "no rows sent, so some may be missing",
    "deleted": "deleted here",
    "never_asked": "not requested",
    "future": "has not happened yet",
}
BEFORE = {
    "failed": "could not be read",
    "waiting": "is not synced yet",
    "beyond": "is past Cloudflare’s reach, so rows of it may be missing",
    "refused": "is refused by Cloudflare as too old",
    "unproven": "brought no rows, but Cloudflare may no longer have it",
    "deleted": "was deleted here",
    "never_asked": "was not requested",
}
MAY_CHANGE = "may still change"
NO_LOG = "No log has been synced yet, so nothing is known."
# True as well where rows are here of time that was not read to its end.
NOT_SYNCED = "This range has not been synced yet."
FUTURE = "This range has not happened yet."

# A range that begins this short before what is known needs no word of why.
A_LITTLE = timedelta(minutes=5)
# So many holes of a log, and so many logs with gaps, are named; the others are counted.
MOST_HOLES, MOST_NAMED = 3, 3
# So much of what Cloudflare said of an error is quoted in a sentence about time.
LONGEST_REASON = 80


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is known of a range in one log of one account.

    `name` tells the log apart from the others of the same sentence ("Zenith, SCIM"); `account` is its account. `error`
    says why it cannot be read now, since `error_since`; blank if it can. `failures` are the parts of its time that
    could not be read, each with the reason. `too_old` is what Cloudflare says of time that it refuses as too old.
    """

    name: str
    account: str
    coverage: Coverage
    error: str = ""
    error_since: datetime | None = None
    failures: Sequence[tuple[Span, str]] = ()
    too_old: str = ""
    # How many rows of its time could not be read, so are in no list.
    set_aside: int = 0

    def kind(self, now: datetime) -> str:
        """As `kind_of` its coverage, but never complete while a row is in no list."""
        kind = kind_of(self.coverage, now)
        return PARTIAL if self.set_aside and kind in (COMPLETE, PROVISIONAL) else kind


def kind_of(coverage: Coverage, now: datetime) -> str:
    """Complete if all is settled, provisional if rows may still come, partial if a part is unknown, or unknown."""
    if not coverage.known:
        return UNKNOWN
    if coverage.is_settled:
        return COMPLETE
    return PARTIAL if coverage.gaps(now) or coverage.late else PROVISIONAL


def kind_of_all(kinds: Sequence[str]) -> str:
    """The kind of several logs together: complete only if every one is, unknown only if every one is."""
    found = set(kinds) or {UNKNOWN}
    if len(found) == 1:
        return found.pop()
    return PROVISIONAL if found == {COMPLETE, PROVISIONAL} else PARTIAL


def short_reason(error: str) -> str:
    """What was wrong, in a few words: "permission", or the first sentence of what is said of the error."""
    if "permission" in error.lower():
        return "permission"
    first = " ".join(error.split()).partition(". ")[0].rstrip(".")
    return first if len(first) <= LONGEST_REASON else f"{first[:LONGEST_REASON].rstrip()}…"


def names_listed(names: Sequence[str]) -> str:
    """The names of logs, as many as one line holds: "Zenith, SCIM", "60 logs"."""
    if len(names) > MOST_NAMED:
        return f"{len(names):,} logs"
    return " and ".join(filter(None, ["; ".join(names[:-1]), *names[-1:]]))


def count_words(number: int, kind: str) -> str:
    """A number of rows of a range of this kind: a zero is one only where all of the range is settled."""
    zero = {COMPLETE: "0", PROVISIONAL: "none so far", PARTIAL: "none known", UNKNOWN: "not known"}
    return f"{number:,}" if number else zero[kind]


def no_scim(accounts: Sequence[str], *, are_all: bool) -> str:
    """That these accounts have no SCIM log; `are_all` if the page is about no other account."""
    if are_all:
        which = "this account" if len(accounts) == 1 else "these accounts"
        return f"No identity provider of {which} has SCIM turned on, so there is no SCIM log."
    if len(accounts) > MOST_NAMED:
        return f"{len(accounts):,} more accounts have no identity provider with SCIM turned on."
    return " ".join(f"{account}: no identity provider has SCIM turned on." for account in accounts)


# One log


def full_sentence(log: LogFacts, viewer: Viewer, now: datetime) -> str:
    """All that is known of a range in one log, in one or two sentences."""
    coverage = log.coverage
    if coverage.future == [coverage.asked]:
        return FUTURE
    known = coverage.known
    if not known:
        return _nothing_known(log, viewer)
    first, last = short_moment(known[0].since, viewer), short_moment(known[-1].until, viewer)
    holes = [_hole_words(hole, reason, viewer) for hole, reason in _holes(log)]
    change = _what_may_change(coverage, viewer, now)
    parts = [
        "Synced" if holes or change or log.set_aside else "Complete",
        f" from {first} to {last} {viewer.first_word}",
    ]
    if holes:
        parts.append(f", except {_listed(holes, MOST_HOLES, 'more hole')}")
    if change:
        parts.append(f"; {change} {MAY_CHANGE}")
    return f"{''.join(parts)}.{_before(log)}{_after(log, viewer, now)}{_set_aside(log)}"


def short_words(log: LogFacts, viewer: Viewer, now: datetime) -> str:
    """The same in a few words, behind the name of the log: "complete", "not readable since 19 Nov 09:03 UTC"."""
    coverage = log.coverage
    kind, known = log.kind(now), coverage.known
    if kind == COMPLETE:
        return "complete"
    if kind == PROVISIONAL:
        return f"synced; {_what_may_change(coverage, viewer, now)} {MAY_CHANGE}"
    if not coverage.is_up_to_date(now) and log.error:
        return _not_readable(log, viewer)
    if not known:
        return _nothing_known_in_short(log)
    parts = [f"hole {_hole_words(hole, reason, viewer)}" for hole, reason in _holes(log)]
    said = [_listed(parts, 1, "more hole")] if parts else []
    if before := _before_name(coverage):
        said.append(f"before {short_moment(known[0].since, viewer)} {REASONS[before]}")
    if not coverage.is_up_to_date(now):
        said.append(f"not synced since {short_moment(known[-1].until, viewer)}")
    words = f"{'; '.join(said)} ({viewer.first_word})" if said else ""
    if log.set_aside:
        return f"{words or 'synced'}; {counted(log.set_aside, 'row')} set aside as unreadable"
    return words or f"from {short_moment(known[0].since, viewer)} on"


def _nothing_known(log: LogFacts, viewer: Viewer) -> str:
    reasons = log.coverage.reasons_for(log.coverage.asked)
    if log.error and not {"beyond", "refused", "unproven", "deleted"} & set(reasons):
        since = f": not readable since {_moment(log.error_since, viewer)}" if log.error_since else ""
        return f"This range could not be read{since}. {' '.join(log.error.split())}"
    sentences = {
        "failed": f"This range could not be read{_because(log, log.coverage.asked)}.",
        "beyond": "This range is past Cloudflare’s reach: it sent no rows, and may no longer keep this time.",
        "refused": f"This range could not be read. {log.too_old}".strip(),
        "unproven": "Cloudflare sent no rows of this range, and nothing proves that it still has that time.",
        "deleted": "This range was deleted here: it is older than events are kept (KEEP_EVENTS_DAYS).",
        "never_asked": "This range was not requested.",
    }
    if len(reasons) == 1 and reasons[0] in sentences:
        return sentences[reasons[0]]
    return NOT_SYNCED


def _nothing_known_in_short(log: LogFacts) -> str:
    reasons = log.coverage.reasons_for(log.coverage.asked)
    return "nothing synced yet" if reasons == ["waiting"] else ", ".join(REASONS[name] for name in reasons)


def _not_readable(log: LogFacts, viewer: Viewer) -> str:
    known = log.coverage.known
    since = known[-1].until if known else log.error_since
    when = f" since {_moment(since, viewer)}" if since else ""
    return f"not readable{when} ({short_reason(log.error)})"


def _moment(at: datetime, viewer: Viewer) -> str:
    return f"{short_moment(at, viewer)} {viewer.first_word}"


def _holes(log: LogFacts) -> Iterator[tuple[Span, str]]:
    """The holes of a log, each in as many parts as it has reasons."""
    for hole in log.coverage.holes:
        for name in log.coverage.reasons_for(hole):
            for part in intersect([hole], getattr(log.coverage, name)):
                yield part, REASONS[name] + (_because(log, part) if name == "failed" else "")
    for part in log.coverage.late:
        yield part, "being read again, as a row arrived late"


def _because(log: LogFacts, span: Span) -> str:
    """Why a span could not be read, after a colon; blank if nobody knows."""
    found = (why for failed, why in log.failures if failed.since < span.until and span.since < failed.until)
    reason = short_reason(next(found, ""))
    return f": {reason}" if reason else ""


def _quote_of(error: str) -> str:
    """Cloudflare's own sentence out of an error; the first of the error if it holds none."""
    quote = re.search("“[^”]*”", error)
    return quote[0] if quote else short_reason(error)


def _hole_words(hole: Span, reason: str, viewer: Viewer) -> str:
    return f"{span_words(hole, viewer)} ({reason})"


def _what_may_change(coverage: Coverage, viewer: Viewer, now: datetime) -> str:
    """The time of which rows may still come: "the last 15 minutes", a span, or blank if there is none."""
    known, asked = coverage.known, coverage.asked
    settled = coverage.settled[-1].until if coverage.settled else asked.since
    reaches_end = coverage.is_up_to_date(now)
    if reaches_end and coverage.provisional and coverage.provisional[0].since <= asked.since:
        return "all of it"
    if reaches_end and settled < asked.until and settled >= known[-1].since:
        minutes = -((settled - asked.until) // timedelta(minutes=1))
        of = "" if asked.until >= now else " of this range"
        return f"the last {counted(minutes, 'minute')}{of}" if minutes > 1 else f"the last minute{of}"
    parts = [span_words(span, viewer) for span in coverage.provisional]
    return _listed(parts, MOST_HOLES, "more part") if parts else ""


def _before_name(coverage: Coverage) -> str:
    """The name of the list that says why the time before the first known moment is unknown; blank if it is short."""
    before = Span(coverage.asked.since, coverage.known[0].since)
    return coverage.reasons_for(before)[0] if before.length > A_LITTLE else ""


def _before(log: LogFacts) -> str:
    name = _before_name(log.coverage)
    if not name:
        return ""
    because = _because(log, Span(log.coverage.asked.since, log.coverage.known[0].since)) if name == "failed" else ""
    if name == "refused" and log.too_old:
        because = f": {_quote_of(log.too_old)}"
    return f" Earlier time {BEFORE[name]}{because}."


def _after(log: LogFacts, viewer: Viewer, now: datetime) -> str:
    """Since when nothing has come, and why."""
    if log.coverage.is_up_to_date(now):
        return ""
    if log.error:
        words = _not_readable(log, viewer)
        return f" {words[0].upper()}{words[1:]}."
    return f" Not synced since {short_moment(log.coverage.known[-1].until, viewer)}."


def _set_aside(log: LogFacts) -> str:
    rows = counted(log.set_aside, "row")
    return f" {rows} couldn’t be read; the sync page shows what arrived." if log.set_aside else ""


def _listed(words: Sequence[str], most: int, more: str) -> str:
    """These words with commas, as many as may be; the others are counted."""
    left = len(words) - most
    return ", ".join(words[:most]) + (f", and {counted(left, more)}" if left > 0 else "")


# Several logs


def sentence_of_all(logs: Sequence[LogFacts], viewer: Viewer, now: datetime) -> str:
    """What is known of several logs, in one line: of few each by its name, of many how many have gaps."""
    if not logs:
        return NO_LOG
    sentences = dict.fromkeys(full_sentence(log, viewer, now) for log in logs)
    if len(sentences) == 1:
        return next(iter(sentences))
    kinds = [log.kind(now) for log in logs]
    if set(kinds) == {UNKNOWN}:
        return " ".join([NOT_SYNCED, *_errors(logs)])
    if kind_of_all(kinds) in (COMPLETE, PROVISIONAL):
        return _synced_in_all(logs, viewer, now)
    by_name = _by_account(logs, viewer, now)
    if len(by_name) <= MOST_NAMED + 1:
        return " ".join(f"{name}: {words}." for name, words in by_name)
    return _counted(logs, kinds)


def _errors(logs: Iterable[LogFacts]) -> list[str]:
    return list(dict.fromkeys(" ".join(log.error.split()) for log in logs if log.error))


def _synced_in_all(logs: Sequence[LogFacts], viewer: Viewer, now: datetime) -> str:
    """All logs are known, each up to its own moment: what is true of every one of them."""
    asked = logs[0].coverage.asked
    settled = min(log.coverage.settled[-1].until if log.coverage.settled else asked.since for log in logs)
    known = min(log.coverage.known[-1].until for log in logs)
    both = Coverage(asked, settled=[Span(asked.since, settled)], provisional=[Span(settled, max(known, settled))])
    if settled <= asked.since:
        both = Coverage(asked, provisional=[Span(asked.since, known)])
    return full_sentence(LogFacts("", "", both), viewer, now)


def _by_account(logs: Sequence[LogFacts], viewer: Viewer, now: datetime) -> list[tuple[str, str]]:
    """The logs by name, each with its words. An account of which all logs are well, in the same words, is one line."""
    words = [short_words(log, viewer, now) for log in logs]
    said: dict[str, set[tuple[str, bool]]] = {}
    for log, short in zip(logs, words, strict=True):
        is_well = log.kind(now) in (COMPLETE, PROVISIONAL)
        said.setdefault(log.account, set()).add((short, is_well))
    alike = {account for account, found in said.items() if len(found) == 1 and next(iter(found))[1]}
    named = alike if len(said) > 1 else set()
    names = [log.account if log.account in named else log.name for log in logs]
    return list(dict.fromkeys(zip(names, words, strict=True)))


def _counted(logs: Sequence[LogFacts], kinds: Sequence[str]) -> str:
    """How many have no gaps, and the names of those that have, if they are few."""
    by_account: dict[str, list[str]] = {}
    for log, kind in zip(logs, kinds, strict=True):
        by_account.setdefault(log.account, []).append(kind)
    noun = "account"
    if len(by_account) == 1:
        noun, by_account = "log", {log.name: [kind] for log, kind in zip(logs, kinds, strict=True)}
    gaps = [name for name, found in by_account.items() if kind_of_all(found) not in (COMPLETE, PROVISIONAL)]
    provisional = any(kind_of_all(found) == PROVISIONAL for found in by_account.values())
    well = f"{len(by_account) - len(gaps):,} of {counted(len(by_account), noun)}"
    is_how = f"synced, of which the last minutes {MAY_CHANGE}" if provisional else "complete"
    named = f": {', '.join(gaps)}" if len(gaps) <= MOST_NAMED else ""
    return f"{well} {is_how}; {len(gaps):,} with gaps{named}."
