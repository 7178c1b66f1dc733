"""A person's verdict as Markdown for a ticket, with times and a Ray ID, and without request bodies.

Log text goes into code spans, where nothing becomes a link, an image, a mention or HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from dashboard.page.markdown import code
from dashboard.page.viewer import Viewer
from dashboard.page.wording import exact_moment
from logsync.insight.verdict.event_rules import got_in_after, without_a_person
from logsync.insight.verdict.facts import NO_TIME, App, Facts, Login, Row
from logsync.insight.verdict.statement import Certainty, Statement, Verdict
from logsync.words import country_name


def ticket_text(
    facts: Facts,
    verdict: Verdict,
    viewer: Viewer,
    covered: str,
    href: str,
    about: Row | None = None,
    why: Sequence[str] = (),
) -> str:
    """The whole ticket. `covered` is our sentence about which time is known, `href` the person's page.

    `about` is the row that the ticket is opened for, if it is opened for one. `why` are lines on what the policies
    asked for of the login that the headline is about.
    """

    def words(statement: Statement) -> str:
        sentences = filter(None, (statement.sentence, statement.detail))
        return " ".join(sentence.text(lambda at: both_clocks(at, viewer), code) for sentence in sentences)

    def with_certainty(statement: Statement) -> str:
        return (
            words(statement)
            if statement.certainty is Certainty.ON_RECORD
            else f"{words(statement)} ({statement.certainty})"
        )

    headline = verdict.headline or verdict.coverage[0]
    parts = [
        [f"Access logins of {code(facts.email)}, as of {both_clocks(facts.now, viewer)}"],
        [words(headline)],
        [*why],
        _listed("Also locked out of" if headline.id == "H5" else "Locked out of", _apps(verdict.lost, viewer)),
        _listed("Never had access to", _apps(verdict.never, viewer)),
        [*(_about(facts, about, viewer) if about else ()), *(_facts(facts, viewer, about) if verdict.headline else ())],
        _listed("What to do next", [words(statement) for statement in verdict.next_steps]),
        _listed("Other findings", [with_certainty(statement) for statement in verdict.notes]),
        _listed("What the logs can’t show", [words(statement) for statement in verdict.limits]),
        [words(statement) for statement in verdict.coverage if statement is not headline],
        [covered, f"<{href}>"],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def row_ticket(login: Login, provider: str, viewer: Viewer, now: datetime, href: str, why: Sequence[str] = ()) -> str:
    """The ticket for a login that names no person; `href` is its own page, `why` what its policies asked for."""
    ask = without_a_person(login)
    parts = [
        [f"Access login without a person, as of {both_clocks(now, viewer)}"],
        [_this_login(login, viewer), f"- From: {_from(login, provider)}"],
        [*why],
        _listed("What to do next", [ask.text(lambda at: both_clocks(at, viewer), code)] if ask else []),
        [f"<{href}>"],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def both_clocks(moment: datetime, viewer: Viewer) -> str:
    """A moment in UTC, and in the viewer's own zone if we know it."""
    there = moment.astimezone(UTC)
    utc = exact_moment(there)
    if viewer.zone is None:
        return utc
    try:
        here = moment.astimezone(viewer.zone)
    except OverflowError:
        return utc
    day = "" if here.date() == there.date() else f"{here:%-d %b %Y} "
    return f"{utc} ({day}{here:%H:%M:%S} {viewer.zone_word})"


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [f"{title}:", *(f"- {line}" for line in lines)] if lines else []


def _apps(apps: Sequence[App], viewer: Viewer) -> list[str]:
    return [f"{code(app.name)}{_last_denied_at(app, viewer)}" for app in apps]


def _about(facts: Facts, row: Row, viewer: Viewer) -> Iterator[str]:
    """The row that the ticket is opened for, and what came after it."""
    if isinstance(row, Login):
        yield _this_login(row, viewer)
        if sentence := got_in_after(facts, row):
            yield sentence.text(lambda at: both_clocks(at, viewer), code)
    else:
        at = NO_TIME if row.lacks_time else both_clocks(row.at, viewer)
        yield f"This SCIM update: {row.change} from {code(row.provider)}, {code(row.status)}, {at}"


def _this_login(login: Login, viewer: Viewer) -> str:
    result = {True: "allowed", False: "denied", None: "no result recorded"}[login.allowed]
    return f"This login: {result}, {_login(login, viewer)}, Ray ID {code(login.ray_id)}"


def _last_denied_at(app: App, viewer: Viewer) -> str:
    if app.denied_at is None:
        return ""
    return f", last denied {NO_TIME if app.denied_lacks_time else both_clocks(app.denied_at, viewer)}"


def _facts(facts: Facts, viewer: Viewer, about: Row | None) -> Iterator[str]:
    denied, allowed = _last_denied(facts), facts.newest_allowed
    if denied and denied == about:
        yield f"- From: {_place(facts, denied)}"
    elif denied:
        yield f"- Last denied: {_login(denied, viewer)}, Ray ID {code(denied.ray_id)}"
        yield f"- From: {_place(facts, denied)}"
    if allowed:
        yield f"- Last got in: {_login(allowed, viewer)}, Ray ID {code(allowed.ray_id)}"


def _place(facts: Facts, login: Login) -> str:
    return _from(login, facts.connection_names.name(login.connection, login.account_id))


def _from(login: Login, provider: str) -> str:
    return f"{code(login.ip_address)} {code(country_name(login.country))} through {code(provider)}"


def _last_denied(facts: Facts) -> Login | None:
    if facts.lockout:
        return facts.lockout.run.last
    if facts.recovery:
        return facts.recovery.denied.last
    return facts.newest if facts.newest and facts.newest.allowed is False else None


def _login(login: Login, viewer: Viewer) -> str:
    return f"{NO_TIME if login.lacks_time else both_clocks(login.at, viewer)} at {code(login.app)}"
