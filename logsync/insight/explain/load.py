"""The evidence on logins, and the answer for one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import prefetch_related_objects

from logsync.insight.explain.configuration import Configuration
from logsync.insight.explain.identities import identities_of
from logsync.insight.explain.memberships import memberships_of
from logsync.insight.explain.snapshots import Key, Moments, Snapshots
from logsync.insight.why.answer import Why
from logsync.insight.why.facts import AppPolicies, Evidence, Identity, LoginFacts, Surroundings, Who
from logsync.insight.why.judge import explain
from logsync.models import AccessRequest, Account
from logsync.models.events import Caller
from logsync.models.sight import Unmasked, seeing, sight

_WHO = {Caller.PERSON: Who.PERSON, Caller.SERVICE: Who.SERVICE, Caller.UNKNOWN: Who.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of one login, the answer that follows from it, and the account of both."""

    evidence: Evidence
    why: Why
    account: Account


def explained(login: AccessRequest) -> Explained:
    """What can be said of why a login had the result that it has, with all that it rests on."""
    [found] = explained_each([login])
    return found


def explained_each(logins: Sequence[AccessRequest]) -> list[Explained]:
    """The same for several logins, in as many queries as for one if their accounts are loaded."""
    found = zip(logins, evidence_on(logins), strict=True)
    return [Explained(evidence, explain(evidence), login.account) for login, evidence in found]


def why_of(login: AccessRequest) -> Why:
    """What can be said of why a login had the result that it has."""
    return explained(login).why


def evidence_on(logins: Iterable[AccessRequest]) -> list[Evidence]:
    """What is known of each of these logins. The number of queries doesn't grow with them, nor with their accounts.

    It is the same for whoever asks: to be shown, what was seen is yet to be masked for those who may not see addresses.
    """
    logins = list(logins)
    with seeing(Unmasked(sight().accounts)):
        configurations = configurations_of(logins)
        # Where no policies were read, nothing else matters.
        apps = [_app_of(login, configurations) for login in logins]
        if any(app.policies is not None for app in apps):
            prefetch_related_objects([one.account for one in configurations.values()], "identity_providers")
        judged = [login for login, app in zip(logins, apps, strict=True) if app.policies]
        identities = identities_of(judged)
        mentioned = {account: one.provider_groups for account, one in configurations.items()}
        memberships = memberships_of(judged, mentioned)
        found = []
        for login, app in zip(logins, apps, strict=True):
            identity, groups = identities.get(login.pk), memberships.get(login.pk, ())
            surroundings = Surroundings()
            if app.policies is not None:
                surroundings = configurations[login.account_id].surroundings(_time_of(login), app)
                surroundings = _with_names(surroundings, identity)
            found.append(Evidence(login_facts(login), app, surroundings, identity, groups))
    return found


def configurations_of(logins: Sequence[AccessRequest]) -> dict[int, Configuration]:
    """The configuration of each account of these logins, with all that is needed of their applications and times."""
    wanted: dict[Key, Moments] = defaultdict(set)
    for login in logins:
        wanted[login.account_id, login.app_uid].add(_time_of(login))
    accounts = {account for account, _ in wanted}
    snapshots = Snapshots(accounts)
    snapshots.prepare(wanted)
    rows = Account.objects.filter(pk__in=accounts).prefetch_related("readings")
    return {account.pk: Configuration(account, snapshots) for account in rows}


def login_facts(login: AccessRequest) -> LoginFacts:
    """What the row says that the login brought."""
    return LoginFacts(
        at=_time_of(login),
        user_email=login.user_email,
        user_id=login.user_id,
        ip_address=login.ip_address,
        country=login.country,
        connection=login.connection,
        who=_WHO[login.caller],
        allowed=login.allowed,
    )


def _app_of(login: AccessRequest, configurations: Mapping[int, Configuration]) -> AppPolicies:
    """The policies of a login's application, which is called as the row says if nothing else names it."""
    found = configurations[login.account_id].app(login.app_uid, _time_of(login))
    return found if found.app else replace(found, app=login.app_name)


def _time_of(login: AccessRequest) -> datetime | None:
    return None if login.lacks_time else login.created_at


def _with_names(surroundings: Surroundings, identity: Identity | None) -> Surroundings:
    """With the names of the device posture checks, which only identities tell."""
    checks = identity.device_posture.items() if identity else ()
    names = {check: posture.name for check, posture in checks if posture.name}
    return replace(surroundings, names={**names, **surroundings.names}) if names else surroundings
