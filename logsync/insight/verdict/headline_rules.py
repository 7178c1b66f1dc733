"""Headlines: the one thing to know about a person. The first rule in HEADLINES that applies gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from logsync.insight.sentence import Email, Quote, Sentence, Value
from logsync.insight.verdict.coverage_rules import gap_words, range_words
from logsync.insight.verdict.facts import Attempts, Facts, Login, OtherRows, Others
from logsync.insight.verdict.sentences import fill
from logsync.insight.verdict.statement import Certainty, Comparison, Statement, rows_of, selection_of
from logsync.words import action_name, counted

Rule: TypeAlias = Callable[[Facts, str], Statement | None]

# At least this many others must be denied, and this many times the number allowed, for it not to be one person's
# problem.
FEWEST_OTHERS, SHARE = 4, 4
# Name this many actions that are no logins.
MOST_ACTIONS = 3


def shared_by_services(facts: Facts, covered: str) -> Statement | None:
    """H11: the address of services, which says nothing about anyone."""
    if not facts.is_service:
        return None
    rows = counted(facts.other_rows.by_services, "row")
    sentence = fill("H11", email=Quote(facts.email), rows=rows, first=facts.first, covered=covered)
    return Statement(sentence, Certainty.ON_RECORD)


def allowed_after_deactivation(facts: Facts, covered: str) -> Statement | None:
    """H1: deactivated, and a later login was allowed."""
    off = facts.deactivation
    if off is None or off.allowed is None or off.still_on:
        return None
    first = off.allowed.first
    sentence = fill(
        "H1",
        off=off.update.at,
        app=Quote(first.app),
        allowed=first.at,
        later=first.at - off.update.at,
    )
    gap = fill("H1 gap", gaps=gap_words(off.gaps)) if off.gaps else None
    evidence = rows_of(off.update, off.allowed)
    return Statement(sentence, Certainty.ON_RECORD, evidence, selection_of(off.allowed), detail=gap)


def denied_after_deactivation(facts: Facts, covered: str) -> Statement | None:
    """H2: deactivated, and every later login was denied."""
    off = facts.deactivation
    if off is None or off.denied is None or off.others or off.still_on:
        return None
    sentence = fill("H2", off=off.update.at, denied=attempts_words(off.denied), covered=covered)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(off.update, off.denied), selection_of(off.denied))


def others_are_out_too(facts: Facts, covered: str) -> Statement | None:
    """H3: locked out of an app, and so are most others who tried it."""
    lockout = facts.lockout
    if lockout is None or not _are_out(lockout.others):
        return None
    others = lockout.others
    sentence = fill(
        "H3",
        out=others.denied,
        people=others.denied + others.allowed,
        app=Quote(lockout.app.name),
        since=others.since,
        covered=covered,
    )
    comparison = Comparison(lockout.app.account_id, lockout.app.app_uid, others.since)
    evidence = rows_of(lockout.run.last, *others.denied_rows)
    return Statement(sentence, Certainty.ON_RECORD, evidence, comparison=comparison, detail=_own_state(facts, covered))


def _own_state(facts: Facts, covered: str) -> Sentence | None:
    """What the person's own lockout would say, were it not that others are out too."""
    statement = not_yet_allowed(facts, covered) or no_longer_allowed(facts, covered)
    return statement.sentence if statement else None


def _are_out(others: Others) -> bool:
    return others.denied >= FEWEST_OTHERS and others.denied >= SHARE * others.allowed


def not_yet_allowed(facts: Facts, covered: str) -> Statement | None:
    """H4: locked out of an app that has never allowed the person, as far as the log goes back."""
    lockout = facts.lockout
    if lockout is None or lockout.last_allowed is not None:
        return None
    run = lockout.run
    sentence = fill(
        "H4" if run.attempts > 1 else "H4 once",
        denied=attempts_words(run),
        app=Quote(lockout.app.name),
        last=run.last.time,
        first=facts.first,
    )
    return Statement(sentence, Certainty.COVERED, rows_of(run), selection_of(run, lockout.app.app_uid))


def no_longer_allowed(facts: Facts, covered: str) -> Statement | None:
    """H5: locked out of an app that used to let the person in."""
    lockout = facts.lockout
    if lockout is None or lockout.last_allowed is None:
        return None
    run, allowed = lockout.run, lockout.last_allowed
    sentence = fill(
        "H5",
        denied=attempts_words(run),
        app=Quote(lockout.app.name),
        since=run.first.time,
        covered=covered,
    )
    gap = _gap("gap earlier", allowed, run.first)
    detail = fill("last got in", allowed=allowed.time, gap=gap, covered=covered and f",{covered}")
    selection = selection_of(run, lockout.app.app_uid)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(allowed, run), selection, detail=detail)


def got_in_since(facts: Facts, covered: str) -> Statement | None:
    """H6: denied in the range, but allowed since at every app."""
    recovery = facts.recovery
    if recovery is None:
        return None
    denied, allowed = recovery.denied, recovery.allowed
    sentence = fill(
        "H6",
        denied=attempts_words(denied),
        app=Quote(recovery.app.name),
        allowed=allowed.time,
        gap=_gap("gap later", denied.last, allowed),
        the_logs="the logs we have" if covered else "the logs",
    )
    selection = selection_of(denied, recovery.app.app_uid)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(denied.last, allowed), selection)


def no_denial(facts: Facts, covered: str) -> Statement | None:
    """H7: logins in the range, none of them denied."""
    if not any(facts.in_range.values()) or facts.in_range.get(False):
        return None
    count = facts.in_range.get(None, 0)
    unsaid: Value = fill("unsaid", attempts=counted(count, "attempt")) if count else ""
    allowed = facts.newest_allowed
    if allowed is None:
        sentence = fill("H7 unsaid", range=range_words(facts), unsaid=unsaid, covered=covered)
        return Statement(sentence, Certainty.COVERED, rows_of(facts.newest))
    sentence = fill(
        "H7",
        range=range_words(facts),
        app=Quote(allowed.app),
        allowed=allowed.time,
        unsaid=unsaid,
        covered=covered and f",{covered}",
    )
    return Statement(sentence, Certainty.COVERED, rows_of(allowed))


def not_tried(facts: Facts, covered: str) -> Statement | None:
    """H9: no login in the range, but some before it."""
    newest = facts.newest
    if newest is None:
        return None
    sentence = fill(
        "H9 unsaid" if newest.allowed is None else "H9",
        range=range_words(facts),
        result="allowed" if newest.allowed else "denied",
        app=Quote(newest.app),
        last=newest.time,
        covered=covered and f",{covered}",
    )
    return Statement(sentence, Certainty.COVERED, rows_of(newest))


def scim_only(facts: Facts, covered: str) -> Statement | None:
    """H8: no login at all, but SCIM updates."""
    scim = facts.scim
    if scim is None:
        return None
    updates, since = counted(scim.updates, "update"), scim.oldest.time
    if others := _others(facts.other_rows):
        sentence = fill("H8 other", updates=updates, since=since, first=facts.first, others=others, covered=covered)
    else:
        sentence = fill("H8", updates=updates, since=since, first=facts.first, covered=covered)
    return Statement(sentence, Certainty.COVERED, rows_of(scim.newest))


def not_on_record(facts: Facts, covered: str) -> Statement:
    """H10: the address is in no row, or only in rows of service tokens and the like."""
    similar: Value = ""
    if facts.similar:
        addresses = [fill("text", text=Email(address)) for address in facts.similar]
        similar = fill("H10 similar", addresses=addresses)
    email = Quote(facts.email)
    if others := _others(facts.other_rows):
        sentence = fill("H10 other", email=email, first=facts.first, others=others, similar=similar, covered=covered)
    else:
        sentence = fill("H10", email=email, first=facts.first, similar=similar, covered=covered)
    return Statement(sentence, Certainty.COVERED)


def _others(rows: OtherRows) -> list[Sentence]:
    """The rows that are no login of a person, in words."""
    found = []
    if rows.by_services:
        found.append(fill("other services", rows=counted(rows.by_services, "row")))
    if rows.actions:
        names = [fill("text", text=Quote(action_name(action))) for action in list(rows.actions)[:MOST_ACTIONS]]
        number = sum(rows.actions.values())
        that_are = "that isn’t a login" if number == 1 else "that aren’t logins"
        found.append(fill("other actions", rows=counted(number, "row"), that_are=that_are, actions=names))
    return found


def _gap(words: str, earlier: Login, later: Login) -> Value:
    """How long it was between two logins, if both have a time."""
    return "" if earlier.lacks_time or later.lacks_time else fill(words, gap=later.at - earlier.at)


HEADLINES: tuple[Rule, ...] = (
    shared_by_services,
    allowed_after_deactivation,
    denied_after_deactivation,
    others_are_out_too,
    not_yet_allowed,
    no_longer_allowed,
    got_in_since,
    no_denial,
    not_tried,
    scim_only,
    not_on_record,
)


def attempts_words(attempts: Attempts) -> str:
    """How many, as attempts; the rows are behind the link to all of them."""
    return counted(attempts.attempts, "attempt")
