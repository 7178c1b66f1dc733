"""Load the facts about one person. The number of queries does not grow with the rows."""

from __future__ import annotations

from collections.abc import Sequence

from logsync.insight.connection_names import connection_names
from logsync.insight.explain.load import Explained, explained_each
from logsync.insight.identity.login_groups import LoginGroup, group_logins
from logsync.insight.identity.person import Person
from logsync.insight.identity.similar import similar_to
from logsync.insight.verdict.facts import Facts, Lockout, Login, OtherRows
from logsync.insight.verdict.loading.changes import with_policy_changes
from logsync.insight.verdict.loading.coverage import gaps_of, logins_known, streams_of, without_scim
from logsync.insight.verdict.loading.logins import (
    alias_of,
    apps_of,
    counts_in,
    lockout_of,
    other_rows_of,
    recovery_of,
)
from logsync.insight.verdict.loading.removals import with_removal
from logsync.insight.verdict.loading.rows import Providers, newest_login
from logsync.insight.verdict.loading.time_range import RequestedRange
from logsync.insight.verdict.loading.updates import deactivation_of, failing_of, seen_of, with_change
from logsync.models import AccessRequest, Log
from logsync.models.events import is_service_address

__all__ = ["RequestedRange", "facts_of"]


def facts_of(
    person: Person,
    requested: RequestedRange,
    groups: Sequence[LoginGroup] | None = None,
    beside: AccessRequest | None = None,
) -> Facts:
    """Everything the rules look at. Pass the person's login `groups` of the range if they are already loaded.

    A login `beside` which the verdict is shown is explained, too: it costs no queries of its own.
    """
    groups = group_logins(person, requested.span) if groups is None else groups
    span, now = requested.until_now, requested.now
    providers, names = Providers(person.accounts), connection_names()
    scim_streams = streams_of(person.seen_in, Log.SCIM_UPDATES)
    apps = apps_of(groups)
    lockout = with_removal(lockout_of(person, apps, requested.span, names), person, providers)
    lockout = with_policy_changes(lockout)
    explained, explained_beside = _explained(lockout, beside)
    newest = _newest(person, groups)
    scim = None if newest else seen_of(person, providers)
    other_rows = OtherRows() if newest else other_rows_of(person)
    is_service = is_service_address(person.email)
    is_unknown = newest is None and scim is None and not is_service
    return Facts(
        email=person.email,
        now=now,
        range=requested.words,
        span=span,
        logins=logins_known(streams_of(person.seen_in, Log.ACCESS_REQUESTS), span, now),
        gaps=gaps_of(scim_streams, span, now, providers),
        without_scim=without_scim(person.seen_in, scim_streams),
        apps=apps,
        in_range=counts_in(person, requested.span, groups),
        newest=newest,
        newest_allowed=_newest(person, [group for group in groups if group.allowed]),
        lockout=lockout,
        explained=explained,
        explained_beside=explained_beside,
        recovery=None if lockout else with_change(recovery_of(person, apps, requested.span), person, providers),
        deactivation=deactivation_of(person, scim_streams, requested, providers),
        failing=failing_of(person, providers),
        alias=alias_of(person, requested.span),
        scim=scim,
        other_rows=other_rows,
        is_service=is_service,
        similar=similar_to(person.email, person.accounts) if is_unknown else (),
        connection_names=names,
    )


def _explained(lockout: Lockout | None, beside: AccessRequest | None) -> tuple[Explained | None, Explained | None]:
    """What the policies asked of the newest denied login, and of the one beside which the verdict is shown."""
    rows = AccessRequest.objects.select_related("account")
    denied = rows.filter(key=lockout.run.last.key).first() if lockout else None
    found = iter(explained_each([login for login in (denied, beside) if login]))
    return next(found) if denied else None, next(found) if beside else None


def _newest(person: Person, groups: Sequence[LoginGroup]) -> Login | None:
    """The newest row of these groups; on a tie a denied one, which counts as newer."""
    if not groups:
        return None
    at = max(group.last for group in groups)
    results = {group.allowed for group in groups if group.last == at}
    rows = person.logins().filter(created_at=at)
    return newest_login(rows.filter(allowed=False if False in results else True if True in results else None))
