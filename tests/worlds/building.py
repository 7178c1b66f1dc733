"""Stores a world as the sync would have: every row goes through the code that reads and stores Cloudflare's answers."""

from __future__ import annotations

from datetime import timedelta

from logsync.cloudflare import records
from logsync.ingest.snapshots import keep_snapshot
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import (
    AccessObject,
    Account,
    ApiToken,
    CoveredRange,
    FailedRange,
    IdentityProvider,
    LastSeenIdentity,
    Stream,
)
from logsync.models import Log as LogName
from tests.worlds.making import REFUSAL
from tests.worlds.policies import OKTA, READ_SINCE, Setup
from tests.worlds.world import Company, Log, State, World

STATES = {
    State.SETTLED: "settled",
    State.PROVISIONAL: "provisional",
    State.LATE: "late",
    State.DELETED: "deleted",
    State.GONE: "beyond",
}


def build(world: World) -> None:
    """Store all of a world."""
    token = ApiToken.objects.create(fingerprint="f" * 32, listed_at=world.now)
    for company in world.companies:
        account = Account.objects.create(
            account_id=company.account_id, name=company.name, api_token=token, names_listed_at=world.now
        )
        _list_providers(account, company)
        for log in company.logs:
            _note_coverage(account, log, world)
            _store_rows(account, log, world)
        if company.account_id in world.setups:
            _keep_setup(account, world.setups[company.account_id], world)


def _list_providers(account: Account, company: Company) -> None:
    IdentityProvider.objects.bulk_create(
        IdentityProvider(
            account=account,
            idp_id=provider.idp_id,
            name=provider.name,
            type="okta" if provider.name == "Okta" else "azureAD",
            scim_enabled=provider.has_scim,
        )
        for provider in company.providers
    )


def _keep_setup(account: Account, setup: Setup, world: World) -> None:
    """Keep what the account is set up to do, and what was seen of its people."""
    begin = world.now - READ_SINCE
    for app_uid, policies in setup.apps.items():
        content = {"id": app_uid, "policies": [{"id": id, "precedence": at} for at, id in enumerate(policies, 1)]}
        for at in (begin, world.now):
            keep_snapshot(account, AccessObject.Kind.APP, app_uid, content, at)
    for kind, things in ((AccessObject.Kind.POLICY, setup.policies), (AccessObject.Kind.GROUP, setup.groups)):
        for thing in things.values():
            for form in thing.forms:
                for at in (form.since, form.until):
                    keep_snapshot(account, kind, thing.id, form.content, at)
    LastSeenIdentity.objects.bulk_create(
        LastSeenIdentity(
            account=account,
            access_id=user,
            user_id=user,
            seen_at=at,
            first_read_at=at,
            last_read_at=at,
            content={"idp": {"id": OKTA, "type": "okta"}} | ({} if groups is None else {"groups": groups}),
            digest=f"{at:%Y%m%d%H%M%S}",
        )
        for user, seen in setup.seen.items()
        for at, groups in seen
    )


def _note_coverage(account: Account, log: Log, world: World) -> None:
    was_read = log.known_until is not None
    gone = [part for part in log.stretches if part.state is State.GONE]
    stream = Stream.objects.create(
        account=account,
        log=LogName.SCIM_UPDATES if log.is_scim else LogName.ACCESS_REQUESTS,
        idp_id=log.idp_id,
        backfill_since=log.stretches[0].since,
        attempted_at=world.now if was_read or log.error else None,
        succeeded_at=log.known_until,
        error=log.error,
        needs_person=log.error == REFUSAL,
        error_since=log.known_until or world.now if log.error else None,
        retry_at=world.now + timedelta(minutes=5) if log.error else None,
        oldest_at=gone[-1].until if gone else None,
        probed_at=world.now if gone else None,
    )
    CoveredRange.objects.bulk_create(
        CoveredRange(stream=stream, since=part.since, until=part.until, state=STATES[part.state])
        for part in log.stretches
        if part.state in STATES
    )
    FailedRange.objects.bulk_create(
        FailedRange(
            stream=stream,
            since=part.since,
            until=part.until,
            error=log.error or "Cloudflare answered 500; it is retried automatically.",
            failed_at=world.now,
            retry_at=world.now + timedelta(minutes=5),
        )
        for part in log.stretches
        if part.state is State.FAILED
    )


def _store_rows(account: Account, log: Log, world: World) -> None:
    window_since = world.now - timedelta(minutes=30)
    if not log.rows:
        return
    if log.is_scim:
        page = [records.ScimUpdate.from_json(row) for row in log.rows]
        store_scim_updates(account, page, window_since, log.idp_id)
    else:
        logins = [records.AccessRequest.from_json(row) for row in log.rows]
        store_access_requests(account, logins, window_since)
