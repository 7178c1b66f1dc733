"""Notes: further facts beside the headline. A verdict has every one of NOTES that is true, in that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from logsync.insight.policy_changes.change import KINDS
from logsync.insight.policy_changes.sentences import before_denial
from logsync.insight.sentence import Email, Quote, Value
from logsync.insight.verdict.facts import Facts, Failing, Lockout, Login
from logsync.insight.verdict.sentences import fill
from logsync.insight.verdict.statement import Certainty, Comparison, Statement, rows_of, selection_of
from logsync.words import counted, country_name

Note: TypeAlias = Callable[[Facts, str, str], Statement | None]
LockoutNote: TypeAlias = Callable[[Lockout, str, str], Statement | None]

OUT = ("H3", "H4", "H5")
FEWEST_ALLOWED = 5


def when_out(rule: LockoutNote) -> Note:
    """Make a note of a rule about the lockout, for a headline that is about the lockout too."""

    def rule_when_out(facts: Facts, headline: str, covered: str) -> Statement | None:
        return rule(facts.lockout, headline, covered) if facts.lockout and headline in OUT else None

    return rule_when_out


def other_connection(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N1: a different connection than at the last allowed login."""
    before, now = lockout.last_allowed, lockout.run.last
    if before is None or not _differ(before.connection, now.connection):
        return None
    sentence = fill("N1", now=Quote(lockout.provider(now)), before=Quote(lockout.provider(before)), covered=covered)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(before, now))


def other_place(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N2: a different country or IP address than at the last allowed login."""
    before, now = lockout.last_allowed, lockout.run.last
    if before is None or not (
        _differ(before.country.upper(), now.country.upper()) or _differ(before.ip_address, now.ip_address)
    ):
        return None
    sentence = fill("N2", now=_place(now), before=_place(before), covered=covered)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(before, now))


def _differ(before: str, now: str) -> bool:
    """True if both values are known and differ."""
    return bool(before and now) and before != now


def _place(login: Login) -> Value:
    ip_address = Quote(login.ip_address or "an unknown IP")
    if not login.country:
        return fill("place without country", ip_address=ip_address)
    return fill("place", ip_address=ip_address, country=Quote(country_name(login.country)))


def nothing_differs(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N3: the same connection, country and IP address as at the last allowed login."""
    before, now = lockout.last_allowed, lockout.run.last
    if before is None or headline != "H5" or _trace(before) != _trace(now) or not all(_trace(now)):
        return None
    return Statement(fill("N3", covered=covered), Certainty.ON_RECORD, rows_of(before, now))


def _trace(login: Login) -> tuple[str, str, str]:
    return login.connection, login.country.upper(), login.ip_address


def others_get_in(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N4: others were allowed in the same time."""
    others = lockout.others
    if headline == "H3" or others.allowed < FEWEST_ALLOWED:
        return None
    sentence = fill("N4", people=others.allowed, app=Quote(lockout.app.name))
    comparison = Comparison(lockout.app.account_id, lockout.app.app_uid, others.since)
    return Statement(sentence, Certainty.ON_RECORD, others.allowed_rows, comparison=comparison)


def requests_fail(facts: Facts, headline: str, covered: str) -> Statement | None:
    """N5: SCIM requests about the person fail, and the person has logged in."""
    failing = facts.failing
    if failing is None or facts.newest is None:
        return None
    sentence = fill("N5", **_requests(failing), since=failing.first.time, template=_template(failing))
    return Statement(sentence, Certainty.ON_RECORD, rows_of(failing.first, failing.last), failures=failing.lists)


def requests_fail_without_login(facts: Facts, headline: str, covered: str) -> Statement | None:
    """N6: SCIM requests about the person fail, and the log has no login."""
    failing = facts.failing
    if failing is None or facts.newest is not None:
        return None
    sentence = fill("N6", **_requests(failing), email=Quote(facts.email), first=facts.first, covered=covered)
    return Statement(sentence, Certainty.COVERED, rows_of(failing.first, failing.last), failures=failing.lists)


def _requests(failing: Failing) -> dict[str, str]:
    return {"requests": counted(failing.requests, "SCIM request"), "have": "has" if failing.requests == 1 else "have"}


def _template(failing: Failing) -> Value:
    template = Quote(failing.template)
    if not failing.further:
        return template
    return fill("more", text=template, count=counted(failing.further, "other error"))


def removed_between(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N7: removed from a group between the last allowed and the first denied login."""
    removal = lockout.removal
    if removal is None or headline != "H5":
        return None
    sentence = fill("N7", group=Quote(removal.resource), at=removal.at, covered=covered)
    return Statement(sentence, Certainty.FITS, rows_of(removal))


def allowed_elsewhere(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N8: allowed at another app about then, through the same connection."""
    elsewhere = lockout.elsewhere
    if elsewhere is None:
        return None
    sentence = fill("N8", app=Quote(elsewhere.app), at=elsewhere.at, connection=Quote(lockout.provider(elsewhere)))
    return Statement(sentence, Certainty.ON_RECORD, rows_of(elsewhere))


def one_time_pin(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N9: a denied login was by one-time PIN."""
    if lockout.one_time_pin is None:
        return None
    return Statement(fill("N9"), Certainty.UNKNOWN, rows_of(lockout.one_time_pin))


def nameless_denials(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N10: denials without an e-mail address from the same IP address about then."""
    nameless = lockout.nameless
    if nameless is None:
        return None
    rows = f" ({counted(nameless.rows, 'row')})" if nameless.rows != nameless.attempts else ""
    denied = f"{counted(nameless.attempts, 'denied attempt')}{rows}"
    return Statement(fill("N10", denied=denied), Certainty.FITS, rows_of(nameless))


def after_a_revocation(facts: Facts, headline: str, covered: str) -> Statement | None:
    """N11: denied within a minute after a SCIM update that may revoke sessions, and allowed since."""
    recovery = facts.recovery
    if recovery is None or recovery.change is None or headline != "H6":
        return None
    denied, allowed, change = recovery.denied.last, recovery.allowed, recovery.change
    sentence = fill(
        "N11",
        seconds=denied.at - change.at,
        change=change.change,
        later=allowed.at - denied.at,
        setting=change.setting,
    )
    return Statement(sentence, Certainty.FITS, rows_of(change, denied, allowed))


def other_address(facts: Facts, headline: str, covered: str) -> Statement | None:
    """N12: another address of the same person was allowed."""
    alias = facts.alias
    if alias is None:
        return None
    login = alias.login
    sentence = fill("N12", shared=alias.shared, other=Email(alias.person), app=Quote(login.app), at=login.time)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(login))


def still_active_elsewhere(facts: Facts, headline: str, covered: str) -> Statement | None:
    """N13: one provider deactivated the person, and another still has them active."""
    off = facts.deactivation
    if off is None or not off.still_on:
        return None
    providers = [fill("text", text=Quote(name)) for name in off.still_on]
    has = "has" if len(providers) == 1 else "have"
    values: dict[str, Value] = {
        "provider": Quote(off.update.provider),
        "off": off.update.at,
        "others": providers,
        "has": has,
    }
    if off.allowed is None:
        return Statement(fill("N13", **values), Certainty.ON_RECORD, rows_of(off.update))
    first = off.allowed.first
    later = first.at - off.update.at
    sentence = fill("N13 allowed", **values, app=Quote(first.app), allowed=first.at, later=later)
    return Statement(sentence, Certainty.ON_RECORD, rows_of(off.update, off.allowed), selection_of(off.allowed))


def policy_changed_before(lockout: Lockout, headline: str, covered: str) -> Statement | None:
    """N14: something that bears on the app changed in the day before the first denial of the run."""
    if not lockout.changes:
        return None
    latest, *others = lockout.changes
    values: dict[str, Value] = {
        "what": KINDS.get(latest.kind, "object"),
        "name": Quote(latest.name or latest.object_id),
        "changed": before_denial(latest, lockout.run.first.at),
    }
    if others:
        values["others"] = counted(len(others), "other change")
    sentence = fill("N14 others" if others else "N14", **values)
    return Statement(sentence, Certainty.FITS, rows_of(lockout.run.first))


NOTES: tuple[Note, ...] = (
    when_out(other_connection),
    when_out(other_place),
    when_out(nothing_differs),
    when_out(others_get_in),
    requests_fail,
    requests_fail_without_login,
    when_out(removed_between),
    when_out(policy_changed_before),
    when_out(allowed_elsewhere),
    when_out(one_time_pin),
    when_out(nameless_denials),
    after_a_revocation,
    other_address,
    still_active_elsewhere,
)
