"""One rule at a time: whether a login met it, by what that is known, and which value was compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from logsync.cloudflare.policies import Rule
from logsync.insight.why.answer import Result, Source
from logsync.insight.why.facts import Evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one rule; see RuleAnswer for the fields."""

    result: Result
    source: Source
    seen: str = ""
    where: str = ""
    reason: str = ""


def unknown(reason: str, seen: str = "") -> Finding:
    """A rule of which nothing is known, and why."""
    return Finding(Result.UNKNOWN, Source.NONE, seen, reason=reason)


def by_row(is_met: bool, seen: str) -> Finding:
    """A rule that the login's own row decides."""
    return Finding(Result.MET if is_met else Result.NOT_MET, Source.ROW, seen, "login")


def find(rule: Rule, evidence: Evidence) -> Finding:
    """What is known of a rule other than a rule group."""
    check = CHECKS.get(rule.kind)
    return check(rule, evidence) if check else unknown("Gatehouse doesn’t know this kind of rule")


def _everyone(rule: Rule, evidence: Evidence) -> Finding:
    return by_row(True, "")


def _email(rule: Rule, evidence: Evidence) -> Finding:
    email, wanted = evidence.login.user_email, rule.text("email")
    if not wanted:
        return unknown("the rule names no e-mail address")
    return by_row(email.lower() == wanted.lower(), email) if email else unknown("the login names no e-mail address")


def _email_domain(rule: Rule, evidence: Evidence) -> Finding:
    email, wanted = evidence.login.user_email, rule.text("domain").lower().removeprefix("@")
    if not wanted:
        return unknown("the rule names no domain")
    if not email:
        return unknown("the login names no e-mail address")
    return by_row(email.lower().rpartition("@")[2] == wanted, email)


def _ip(rule: Rule, evidence: Evidence) -> Finding:
    seen = evidence.login.ip_address
    try:
        address, network = ip_address(seen), ip_network(rule.text("ip"), strict=False)
    except ValueError:
        return unknown("the rule or the login has no IP address that can be read", seen)
    return by_row(address in network, seen)


def _country(rule: Rule, evidence: Evidence) -> Finding:
    seen, wanted = evidence.login.country, rule.text("country_code").upper()
    if not seen or not wanted:
        return unknown("the rule or the login names no country", seen)
    return by_row(seen.upper() == wanted, seen)


CHECKS: dict[str, Callable[[Rule, Evidence], Finding]] = {
    "everyone": _everyone,
    "email": _email,
    "email_domain": _email_domain,
    "ip": _ip,
    "geo": _country,
}
