"""A rule group that was edited, with what bears on it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.snapshots import keep_snapshot
from logsync.models import AccessObject, AuditLogChange, Snapshot
from logsync.words import rfc3339
from tests.conftest import NOW

Kind = AccessObject.Kind
HOUR = timedelta(hours=1)
EDITED = NOW - 2 * HOUR
GROUP = {"id": "g1", "name": "Engineers", "include": [{"okta": {"name": "eng"}}], "require": []}
POLICY = {"id": "p1", "name": "Engineering", "decision": "allow", "include": [{"group": {"id": "g1"}}]}


@pytest.fixture
def edited_group(account, read_policies):
    """The group Engineers, on which Grafana rests: nora replaced its only rule two hours ago."""
    read_policies(POLICY, groups=[GROUP], until=EDITED - HOUR)
    edited = GROUP | {"include": [{"okta": {"name": "eng-prod"}}], "updated_at": rfc3339(EDITED)}
    keep_snapshot(account, Kind.GROUP, "g1", edited, EDITED + HOUR)
    AuditLogChange.objects.create(
        account=account,
        entry_id="e1",
        changed_at=EDITED,
        action="update",
        actor_email="nora@meridian.example",
        kind=Kind.GROUP,
        object_id="g1",
        object_name="Engineers",
    )
    return Snapshot.objects.get(is_first=False)


@pytest.fixture
def make_change(account):
    """Keep another form of an object, which was read at a time."""

    def make(content, at, kind=Kind.POLICY):
        return keep_snapshot(account, kind, content["id"], content, at)

    return make
