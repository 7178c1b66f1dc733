"""The failed logins of an app as Markdown for a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.logins.by_app.lockouts import LockoutRow, Lockouts
from dashboard.page.markdown import code, escaped
from dashboard.page.wording import exact_moment
from logsync.insight.comparison.phrases import NO_CAUSE
from logsync.insight.failures_by_app import App
from logsync.spans import BEGINNING, Span
from logsync.words import counted, counted_attempts

MOST_LISTED = 20


def ticket_text(
    app: App, lockouts: Lockouts, compared: Span | None, sentences: Sequence[str], coverage: str, href: str
) -> str:
    """The text of the ticket.

    `sentences` say what the denied of the `compared` span have in common, `coverage` which time is known.
    """
    lines = [
        f"Failed logins at {code(app.name)}: {counted_attempts(app.denied, app.rows, 'denied attempt')}, "
        f"{counted(app.people, 'person', 'people')}",
        "",
        f"- App: {code(app.app_uid)} in account {code(str(app.account))}",
        f"- First denial {exact_moment(app.first)}, last {exact_moment(app.last)}",
        f"- Got in since: {counted(lockouts.got_in_count, 'person', 'people')}",
        *_listed("Still locked out", lockouts.out, lockouts.out_count),
        *_listed("Never had access", lockouts.never_in, lockouts.never_in_count),
        f"- What the denied have in common{_time(compared)}:",
        *(f"  - {escaped(sentence)}" for sentence in sentences),
        f"- Data: {escaped(coverage)}",
        "",
        NO_CAUSE,
        href,
    ]
    return "\n".join(lines)


def _time(compared: Span | None) -> str:
    if compared is None:
        return ""
    since = "" if compared.since == BEGINNING else f", from {exact_moment(compared.since)}"
    return f"{since} to {exact_moment(compared.until)}"


def _listed(what: str, rows: Sequence[LockoutRow], count: int) -> list[str]:
    lines = [f"- {what}: {counted(count, 'person', 'people') if count else 'nobody'}"]
    lines += [f"  - {_person(row)}" for row in rows[:MOST_LISTED]]
    more = count - MOST_LISTED
    return lines + ([f"  - and {more:,} more"] if more > 0 else [])


def _person(row: LockoutRow) -> str:
    run = row.run
    first, last = exact_moment(run.first_denied), exact_moment(run.last_denied)
    tries = f"{counted(run.tries, 'attempt')}, first {first}, last {last}"
    allowed = f"last got in {exact_moment(run.last_allowed)}" if run.last_allowed else "no successful login on record"
    if not run.last_allowed and row.known_since:
        allowed += f" since {exact_moment(row.known_since)}"
    return f"{code(run.user_email)}: {tries}, {allowed}"
