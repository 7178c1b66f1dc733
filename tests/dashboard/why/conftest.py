"""The table of cases, kept in the database as if it had been read from Cloudflare."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.snapshots import keep_snapshot
from logsync.models import AccessObject, IdentityProvider, LastSeenIdentity, person_of
from tests.why_cases import APP, LOGIN, LOGIN_AT, READ_AT, Case


@pytest.fixture
def keep(account, make_login, read_policies):
    """Keep what a case says is known; returns its login."""

    def store(case: Case):
        for idp_id, (kind, name) in case.providers.items():
            IdentityProvider.objects.create(account=account, idp_id=idp_id, name=name, type=kind)
        before = LOGIN_AT - timedelta(days=1)
        read_policies(*case.policies, groups=case.groups, at=before, until=READ_AT, **(APP | case.app))
        for one in case.lists:
            for at in (before, READ_AT):
                keep_snapshot(account, AccessObject.Kind.LIST, one["id"], one, at)
        if case.identity is not None:
            LastSeenIdentity.objects.create(
                account=account,
                access_id="7f1d1ed9-54c6-4c8a-8c0f-6ac8f1d3a1b0",
                user_id=case.identity["user_uuid"],
                person=person_of(case.identity["email"]),
                seen_at=LOGIN_AT - case.identity_age,
                first_read_at=READ_AT,
                last_read_at=READ_AT,
                content=case.identity,
                digest=case.name[:64],
            )
        return make_login(**(LOGIN | case.login))

    return store
