"""What came after one login, for the page of that login: the verdict's headline may be about another app."""

from __future__ import annotations

from logsync.insight.sentence import Quote, Sentence
from logsync.insight.verdict.facts import Facts, Row, Update
from logsync.insight.verdict.sentences import fill


def without_a_person(row: Row) -> Sentence | None:
    """E2: what to do about a login that names nobody."""
    return None if isinstance(row, Update) or row.person else fill("E2 next")


def got_in_after(facts: Facts, row: Row) -> Sentence | None:
    """E1: the app that denied this login let the person in later, and has not denied them since."""
    if isinstance(row, Update) or row.allowed is not False or row.lacks_time:
        return None
    app = next((app for app in facts.apps if (app.account_id, app.app_uid) == (row.account_id, row.app_uid)), None)
    if app is None or app.is_out or app.allowed_lacks_time or app.allowed_at is None or app.allowed_at <= row.at:
        return None
    return fill("E1", app=Quote(app.name), allowed=app.allowed_at)
