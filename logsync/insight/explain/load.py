"""The evidence on logins, and the answer for one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from logsync.insight.explain.configuration import Configuration
from logsync.insight.why.answer import Why
from logsync.insight.why.facts import Evidence, LoginFacts, Who
from logsync.insight.why.judge import explain
from logsync.models import AccessRequest
from logsync.models.events import Caller

_WHO = {Caller.PERSON: Who.PERSON, Caller.SERVICE: Who.SERVICE, Caller.UNKNOWN: Who.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of one login, and the answer that follows from it."""

    evidence: Evidence
    why: Why


def explained(login: AccessRequest) -> Explained:
    """What can be said of why a login had the result that it has, with all that it rests on."""
    [evidence] = evidence_on([login])
    return Explained(evidence, explain(evidence))


def why_of(login: AccessRequest) -> Why:
    """What can be said of why a login had the result that it has."""
    return explained(login).why


def evidence_on(logins: Iterable[AccessRequest]) -> list[Evidence]:
    """What is known of each of these logins."""
    configurations: dict[int, Configuration] = {}
    found = []
    for login in logins:
        configuration = configurations.setdefault(login.account_id, Configuration(login.account))
        at = None if login.lacks_time else login.created_at
        found.append(Evidence(login_facts(login), configuration.app(login.app_uid, at), configuration.surroundings(at)))
    return found


def login_facts(login: AccessRequest) -> LoginFacts:
    """What the row says that the login brought."""
    return LoginFacts(
        at=None if login.lacks_time else login.created_at,
        user_email=login.user_email,
        user_id=login.user_id,
        ip_address=login.ip_address,
        country=login.country,
        connection=login.connection,
        who=_WHO[login.caller],
    )
