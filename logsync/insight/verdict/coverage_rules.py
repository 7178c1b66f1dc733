"""Coverage: which time is known. A verdict has every one of these that is true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logsync.coverage import FRESH
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.verdict.facts import Facts, Gap, LoginsKnown
from logsync.insight.verdict.sentences import fill
from logsync.insight.verdict.statement import Certainty, Statement
from logsync.spans import BEGINNING, Span

COVERED = " in the logs we have"


def nothing_known(facts: Facts) -> Statement | None:
    """C1: nothing in the range is known, so nothing else can be said."""
    if any(known.is_in_range for known in facts.logins):
        return None
    needs = dict.fromkeys(known.needs for known in facts.logins if known.needs)
    sentence = fill("C1", range=range_words(facts), email=Quote(facts.email), needs=Quote(" ".join(needs)))
    return Statement(sentence, Certainty.UNKNOWN)


def coverage_statements(facts: Facts) -> tuple[Statement, ...]:
    """C2 to C6: those that are true."""
    return tuple(statement for rule in (_holes, _ends, _scim_gaps, _without_scim, _begins) for statement in rule(facts))


def _holes(facts: Facts) -> Iterator[Statement]:
    for known in facts.logins:
        if not known.is_in_range:
            yield Statement(fill("C2 whole", of=_of(known), range=range_words(facts)), Certainty.COVERED)
        elif known.holes:
            yield Statement(fill("C2", of=_of(known), holes=span_sentences(known.holes)), Certainty.COVERED)


def _ends(facts: Facts) -> Iterator[Statement]:
    for known in facts.logins:
        if known.is_in_range and known.end and facts.now - known.end > FRESH:
            sentence = fill("C3", of=_of(known), end=known.end, age=facts.now - known.end)
            yield Statement(sentence, Certainty.COVERED)


def _scim_gaps(facts: Facts) -> Iterator[Statement]:
    if facts.gaps:
        yield Statement(fill("C4", gaps=gap_words(facts.gaps)), Certainty.UNKNOWN)


def _without_scim(facts: Facts) -> Iterator[Statement]:
    for account in facts.without_scim:
        of = fill("of", account=Quote(account)) if account else ""
        yield Statement(fill("C6", of=of), Certainty.ON_RECORD)


def _begins(facts: Facts) -> Iterator[Statement]:
    for known in facts.logins:
        if known.is_in_range and known.first and facts.span.since < known.first:
            yield Statement(fill("C5", of=_of(known), first=known.first), Certainty.COVERED)


def _of(known: LoginsKnown) -> Value:
    return fill("of", account=Quote(known.account)) if known.account else ""


def range_words(facts: Facts) -> Value:
    """The range by its name, or by its ends if it has none."""
    return facts.range or span_sentences([facts.span])


def span_sentences(spans: Sequence[Span]) -> list[Sentence]:
    """Spans by their ends: the first three, and how many more there are."""
    shown = [
        fill("before", until=span.until)
        if span.since == BEGINNING
        else fill("span", since=span.since, until=span.until)
        for span in spans[:3]
    ]
    return [*shown, fill("text", text=f"and {len(spans) - 3} more")] if len(spans) > 3 else shown


def gap_words(gaps: Sequence[Gap]) -> list[Sentence]:
    """What is missing, by provider."""
    return [
        fill("C4 gap" if gap.spans else "C4 unread", provider=Quote(gap.provider), holes=span_sentences(gap.spans))
        for gap in gaps
    ]
