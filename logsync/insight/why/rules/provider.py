"""The rule about the login method: which identity provider a login came through.

The login log has the type of the provider, not which one of that type.
"""

from __future__ import annotations

from datetime import timedelta

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence, Identity
from logsync.insight.why.rules.finding import IDENTITY, Finding, by_older, by_row, unknown

# An identity that was seen this close to a login came through the same provider.
SAME_LOGIN = timedelta(minutes=5)


def login_method(rule: Rule, evidence: Evidence) -> Finding:
    wanted = rule.texts("id")
    if not wanted:
        return unknown("the rule names no identity provider", evidence.login.connection)
    return _by_type(wanted, evidence) or _by_identity(wanted, evidence)


def _by_type(wanted: list[str], evidence: Evidence) -> Finding | None:
    """Decided by the type: if all providers of this type will do, or none."""
    connection, types = evidence.login.connection, evidence.surroundings.provider_types
    if not connection.strip() or types is None:
        return None
    of_type = {idp_id for idp_id, kind in types.items() if kind.casefold() == connection.strip().casefold()}
    if of_type.isdisjoint(wanted):
        return by_row(False, evidence.login, connection)
    return by_row(True, evidence.login, connection) if of_type <= set(wanted) else None


def _by_identity(wanted: list[str], evidence: Evidence) -> Finding:
    login, identity = evidence.login, evidence.own_identity
    if identity and identity.idp_id and _is_of_login(identity, evidence):
        name = evidence.surroundings.provider_names.get(identity.idp_id, identity.idp_id)
        return by_older(identity.idp_id in wanted, name, IDENTITY, identity.seen_at)
    if not login.connection:
        return unknown("the login has no provider")
    if evidence.surroundings.provider_types is None:
        return unknown("the identity providers could not be listed", login.connection)
    return unknown("several identity providers are of this type; the log doesn’t say which it was", login.connection)


def _is_of_login(identity: Identity, evidence: Evidence) -> bool:
    at, seen_at = evidence.login.at, identity.seen_at
    return at is not None and seen_at is not None and abs(seen_at - at) <= SAME_LOGIN
