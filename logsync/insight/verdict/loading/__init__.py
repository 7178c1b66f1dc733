"""Gathers what is known of one person from the database, in a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Sequence

from logsync.insight.identity.person import Person, person_named
from logsync.insight.identity.similar import similar_to
from logsync.insight.verdict.facts import Facts, Login
from logsync.insight.verdict.loading.coverage import gaps_of, logins_known, streams_of
from logsync.insight.verdict.loading.logins import (
    Tally,
    alias_of,
    apps_of,
    counts_in,
    lockout_of,
    recovery_of,
    service_rows_of,
    tallies_of,
)
from logsync.insight.verdict.loading.removals import with_removal
from logsync.insight.verdict.loading.rows import Providers, newest_login
from logsync.insight.verdict.loading.time_range import RequestedRange
from logsync.insight.verdict.loading.updates import deactivation_of, failing_of, seen_of, with_change
from logsync.models import Log

__all__ = ["Person", "RequestedRange", "Tally", "facts_of", "person_named", "tallies_of"]


def facts_of(person: Person, asked: RequestedRange, tallies: Sequence[Tally] | None = None) -> Facts:
    """Everything that the catalogue judges; `tallies` are those of the same person and range, if they are at hand."""
    tallies = tallies_of(person, asked) if tallies is None else tallies
    providers = Providers(person.accounts)
    scim_streams = streams_of(person.accounts, Log.SCIM_UPDATES)
    apps = apps_of(person, tallies)
    lockout = with_removal(lockout_of(person, apps, asked), person, providers)
    newest = _newest(person, tallies)
    scim = None if newest else seen_of(person, providers)
    is_unknown = newest is None and scim is None
    return Facts(
        email=person.email,
        now=asked.now,
        range=asked.words,
        span=asked.span,
        logins=logins_known(streams_of(person.accounts, Log.ACCESS_REQUESTS), asked.span, asked.now),
        gaps=gaps_of(scim_streams, asked.span, asked.now, providers),
        apps=apps,
        in_range=counts_in(person, asked, tallies),
        newest=newest,
        newest_allowed=_newest(person, [tally for tally in tallies if tally.allowed]),
        lockout=lockout,
        recovery=None if lockout else with_change(recovery_of(person, apps, asked), person, providers),
        deactivation=deactivation_of(person, scim_streams, asked, providers),
        failing=failing_of(person, providers),
        alias=alias_of(person, asked),
        scim=scim,
        service_rows=service_rows_of(person) if is_unknown else 0,
        similar=similar_to(person.email, person.accounts) if is_unknown else (),
    )


def _newest(person: Person, tallies: Sequence[Tally]) -> Login | None:
    """The newest row of these; of several at one time a denied one, which counts as the later."""
    if not tallies:
        return None
    at = max(tally.last for tally in tallies)
    results = {tally.allowed for tally in tallies if tally.last == at}
    rows = person.logins().filter(created_at=at)
    return newest_login(rows.filter(allowed=False if False in results else True if True in results else None))
