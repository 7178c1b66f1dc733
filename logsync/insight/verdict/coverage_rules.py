"""What a verdict says first: which time is known. The rules are closed, and all that hold are said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from logsync.insight.verdict.facts import Facts, Gap, LoginsKnown
from logsync.insight.verdict.sentences import Quote, Sentence, Value, say
from logsync.insight.verdict.statement import Certainty, Statement
from logsync.spans import Span

# Coverage that ends this short before now is up to date.
LATE = timedelta(minutes=10)
COVERED = " in the covered time"


def nothing_known(facts: Facts) -> Statement | None:
    """C1: no second of the range is covered, so that nothing else may be said."""
    if any(known.is_in_range for known in facts.logins):
        return None
    needs = dict.fromkeys(known.needs for known in facts.logins if known.needs)
    sentence = say("C1", range=range_words(facts), email=Quote(facts.email), needs=Quote(" ".join(needs)))
    return Statement("C1", sentence, Certainty.UNKNOWN)


def coverage_lines(facts: Facts) -> tuple[Statement, ...]:
    """C2 to C5, those that hold."""
    return tuple(line for rule in (_holes, _ends, _scim_gaps, _begins) for line in rule(facts))


def _holes(facts: Facts) -> Iterator[Statement]:
    for known in facts.logins:
        if not known.is_in_range:
            yield Statement("C2", say("C2 whole", of=_of(known), range=range_words(facts)), Certainty.COVERED)
        elif known.holes:
            yield Statement("C2", say("C2", of=_of(known), holes=span_words(known.holes)), Certainty.COVERED)


def _ends(facts: Facts) -> Iterator[Statement]:
    for known in facts.logins:
        if known.is_in_range and known.end and facts.now - known.end > LATE:
            sentence = say("C3", of=_of(known), end=known.end, age=facts.now - known.end)
            yield Statement("C3", sentence, Certainty.COVERED)


def _scim_gaps(facts: Facts) -> Iterator[Statement]:
    if facts.gaps:
        yield Statement("C4", say("C4", gaps=gap_words(facts.gaps)), Certainty.UNKNOWN)


def _begins(facts: Facts) -> Iterator[Statement]:
    for known in facts.logins:
        if known.is_in_range and known.first and facts.span.since < known.first:
            yield Statement("C5", say("C5", of=_of(known), first=known.first), Certainty.COVERED)


def _of(known: LoginsKnown) -> Value:
    return say("of", account=Quote(known.account)) if known.account else ""


def range_words(facts: Facts) -> Value:
    """The range in words, or by its ends."""
    return facts.range or span_words([facts.span])


def span_words(spans: Sequence[Span]) -> list[Sentence]:
    """Spans by their ends; of many the first, and how many there are more."""
    shown = [_span(span) for span in spans[:3]]
    return [*shown, say("text", text=f"and {len(spans) - 3} more")] if len(spans) > 3 else shown


def _span(span: Span) -> Sentence:
    if span.since.year == 1:
        return say("before", until=span.until)
    return say("span", since=span.since, until=span.until)


def gap_words(gaps: Sequence[Gap]) -> list[Sentence]:
    """What of which provider is missing."""
    return [
        say("C4 gap" if gap.spans else "C4 unread", provider=Quote(gap.provider), holes=span_words(gap.spans))
        for gap in gaps
    ]
