"""Service tokens. A person brings none; which one a service brought, or whether it is valid, no row says."""

from __future__ import annotations

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence, Who
from logsync.insight.why.rules.finding import Finding, by_row, unknown

A_PERSON = "a person"


def service_token(rule: Rule, evidence: Evidence) -> Finding:
    return _of_person(evidence) or unknown("the log doesn’t say which service token was used")


def any_valid_service_token(rule: Rule, evidence: Evidence) -> Finding:
    return _of_person(evidence) or unknown("the log doesn’t say whether a valid service token was used")


def _of_person(evidence: Evidence) -> Finding | None:
    login = evidence.login
    return by_row(False, login, A_PERSON) if login.who is Who.PERSON else None
