"""What is known of a page's range, in one line that opens to a line for each log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.page.coverage_words import (
    COMPLETE,
    FUTURE,
    NO_LOG,
    PARTIAL,
    PROVISIONAL,
    UNKNOWN,
    LogFacts,
    full_sentence,
    kind_of_all,
    no_scim,
    sentence_of_all,
)
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from logsync.coverage import CoverageByStream, coverage_of, wanted_spans_of
from logsync.models import IdentityProvider, Log, SetAsideRow, Stream
from logsync.models.directory import ids_of
from logsync.spans import BEGINNING, Span
from logsync.words import told_apart

if TYPE_CHECKING:
    from logsync.models.directory import AccountQuerySet

ICONS = {COMPLETE: "circle-check", PROVISIONAL: "clock-hour-4", PARTIAL: "alert-triangle", UNKNOWN: "circle-dashed"}
# An HTTP header and the first line of a file hold no more.
LONGEST = 2000
WORST_FIRST = (UNKNOWN, PARTIAL, PROVISIONAL, COMPLETE)


@dataclass(frozen=True, slots=True)
class LogLine:
    """What is known of one log: its name, its kind, a sentence."""

    name: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One sentence about what is known, and one for each log if there are several, the worst first.

    `kind` is complete, provisional, partial or unknown: complete only if every log is settled for all of the range,
    provisional if only rows that may still come are missing, and unknown only if no log knows anything. `names` tell
    the streams of `coverage` apart.
    """

    kind: str
    sentence: str
    coverage: CoverageByStream
    names: Mapping[Stream, str] = field(default_factory=dict)
    logs: Sequence[LogLine] = ()

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def is_future(self) -> bool:
        """Whether nothing of the range has happened yet."""
        return self.sentence == FUTURE

    @property
    def has_no_scim(self) -> bool:
        """Whether there is no SCIM log because no identity provider has SCIM turned on."""
        return not self.coverage.of and self.sentence not in (NO_LOG, FUTURE)

    @property
    def has_details(self) -> bool:
        """Whether there is more to say of each log."""
        return len({log.sentence for log in self.logs}) > 1

    @property
    def in_full(self) -> str:
        """The sentences of all logs, one after another, for a file: cut where they get too long."""
        if not self.has_details:
            return self.sentence
        words = ""
        for at, log in enumerate(self.logs):
            more = f"{log.name}: {log.sentence} "
            if len(words) + len(more) > LONGEST:
                return f"{self.sentence} {words}And {len(self.logs) - at:,} more logs."
            words += more
        return words.strip()


def scim_line(streams: Iterable[Stream], range: TimeRange, viewer: Viewer, accounts: AccountQuerySet) -> CoverageLine:
    """Like `line_for`, for the SCIM logs of these accounts: it says so of an account that has none."""
    line, names = line_for(streams, range, viewer), [str(account) for account in accounts.without_scim()]
    if not names or line.is_future:
        return line
    if line.coverage.of:
        return replace(line, sentence=f"{line.sentence} {no_scim(names, are_all=False)}")
    # An account of which nobody knows yet whether it has SCIM may still get a log.
    return replace(line, sentence=no_scim(names, are_all=True)) if len(names) == accounts.count() else line


def line_for(streams: Iterable[Stream], range: TimeRange, viewer: Viewer) -> CoverageLine:
    """What is known of the range in each of these streams, which come with their ranges."""
    streams = list(streams)
    until = min(range.until or range.now, range.now)
    since = range.since or _beginning(streams, until)
    if since >= until:
        # All of it is in the future.
        asked = Span(since, max(range.until or since, since))
        return CoverageLine(UNKNOWN, FUTURE, coverage_of(streams, asked, range.now))
    coverage = coverage_of(streams, Span(since, until))
    if not streams:
        return CoverageLine(UNKNOWN, NO_LOG, coverage)
    names = names_of(streams)
    logs = _facts_of(coverage, names)
    kind = kind_of_all([log.kind(range.now) for log in logs])
    lines = _lines(logs, viewer, range.now) if len(logs) > 1 else ()
    return CoverageLine(kind, sentence_of_all(logs, viewer, range.now), coverage, names, lines)


def _beginning(streams: list[Stream], until: datetime) -> datetime:
    """Since when anything of these streams is wanted; the beginning of time if nothing is before `until`."""
    wanted = [span.since for stream in streams for span in wanted_spans_of(stream, until)]
    return min(wanted, default=BEGINNING)


def _lines(logs: Sequence[LogFacts], viewer: Viewer, now: datetime) -> list[LogLine]:
    lines = [LogLine(log.name, log.kind(now), full_sentence(log, viewer, now)) for log in logs]
    return sorted(lines, key=lambda line: WORST_FIRST.index(line.kind))


def _facts_of(coverage: CoverageByStream, names: Mapping[Stream, str]) -> list[LogFacts]:
    accounts = account_names(list(coverage.of))
    set_aside = SetAsideRow.objects.counts_in(coverage.asked, coverage.of)
    return [
        LogFacts(
            name=names[stream],
            account=accounts[stream.account_id],
            coverage=known,
            error=stream.error,
            error_since=stream.error_since,
            too_old=stream.too_old,
            failures=[(Span(failed.since, failed.until), failed.error) for failed in stream.failed_ranges.all()],
            set_aside=set_aside.get(stream.pk, 0),
        )
        for stream, known in coverage.of.items()
    ]


def account_names(streams: Sequence[Stream]) -> dict[int, str]:
    """The names of the accounts of these streams, with a part of the id where two have the same."""
    accounts = {stream.account_id: stream.account for stream in streams}
    return told_apart({pk: (str(account), *ids_of(account.account_id)) for pk, account in accounts.items()})


def names_of(streams: Sequence[Stream]) -> dict[Stream, str]:
    """What tells each of these streams apart from the others: "Logins", "Zenith, SCIM", "Zenith, SCIM of Okta".

    The account is named if there are several, and the provider if its account has several SCIM logs here.
    """
    accounts = account_names(streams)
    scim = Counter(stream.account_id for stream in streams if stream.log == Log.SCIM_UPDATES)
    has_several = any(count > 1 for count in scim.values())
    providers = IdentityProvider.objects.names_beside_account() if has_several else {}
    names = {}
    for stream in streams:
        log = "logins" if stream.log == Log.ACCESS_REQUESTS else "SCIM"
        if log == "SCIM" and scim[stream.account_id] > 1:
            log = f"SCIM of {providers.get((stream.account_id, stream.idp_id)) or stream.idp_id}"
        name = f"{accounts[stream.account_id]}, {log}" if len(accounts) > 1 else log
        names[stream] = f"{name[0].upper()}{name[1:]}"
    return names
