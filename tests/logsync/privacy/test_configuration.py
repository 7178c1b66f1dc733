"""A person is erased as a user of Access, too; the text of policies stays as it is at Cloudflare."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.cloudflare.audit_entries import AuditEntry
from logsync.ingest.configuration.audit_log import keep_entries
from logsync.ingest.configuration.users import keep_users
from logsync.ingest.configuration.wanted import keep_identity
from logsync.models import AuditLogChange, CloudflareUser, LastSeenIdentity, Snapshot, UserReading
from logsync.privacy.erase import erase
from logsync.privacy.everything import kept_about
from tests.conftest import NOW
from tests.logsync.privacy.conftest import ADA, BOB
from tests.logsync.privacy.test_erase import tables_naming

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def change(number, actor, named, at=NOW):
    rule = {"email": {"email": named}}
    return AuditEntry.from_json(
        {
            "id": f"e{number}",
            "action": {"type": "update", "time": at.isoformat()},
            "actor": {"email": actor},
            "raw": {"uri": "/accounts/a/access/groups/g1"},
            "resource": {"request": {"include": [rule]}, "response": {"id": "g1"}},
        }
    )


@pytest.fixture
def users(account, make_login, read_policies):
    """Ada and Bob as users, what was read of them, and what they changed."""
    kept = []
    for serial, email in enumerate((ADA, BOB)):
        make_login(user_email=email, user_id=f"id {serial}")
        kept += keep_users(account, [{"id": f"u{serial}", "email": email}], NOW)
    for user in kept:
        keep_identity(user, {"email": user.email, "iat": int(NOW.timestamp()), "manager": ADA}, NOW)
        UserReading.objects.create(
            account=account, person=user.person, subject="sessions", wanted_at=NOW, content=[{"by": ADA}]
        )
    keep_entries(account, [change(1, ADA, BOB), change(2, BOB, ADA)])
    read_policies({"id": "p1", "name": "Staff", "decision": "allow", "include": [{"email": {"email": ADA}}]})
    return kept


def test_everything_of_a_user_is_exported(users):
    found = kept_about(ADA)
    names = (
        *("cloudflare_users", "last_seen_identities", "last_seen_identities_of_others", "read_of_the_user"),
        *("read_of_other_users", "changes_at_cloudflare", "rules_of_policies"),
    )
    assert [len(found[name]) for name in names] == [1, 1, 1, 1, 1, 2, 1]


def test_erased_user_is_left_in_rules_alone(users):
    done = erase(ADA)
    assert tables_naming(ADA) == ["logsync_snapshot.content"]
    assert done.others == 4
    for model in (CloudflareUser, LastSeenIdentity, UserReading):
        assert [row.person for row in model.objects.all()] == [BOB]
    assert {row.actor_email for row in AuditLogChange.objects.all()} == {"erased@erased.invalid", BOB}
    assert ADA in json.dumps(Snapshot.objects.get(object__object_id="p1").content)


def test_erased_user_does_not_come_back(users, account, make_login, time_machine):
    erase(ADA)
    time_machine.shift(60)
    assert keep_users(account, [{"id": "u0", "email": ADA}], NOW) == []
    make_login(user_email=ADA)
    [user] = keep_users(account, [{"id": "u0", "email": ADA}], NOW)
    before, after = (int((NOW + timedelta(seconds=seconds)).timestamp()) for seconds in (-60, 60))
    keep_identity(user, {"email": ADA, "iat": before}, NOW)
    assert not LastSeenIdentity.objects.filter(person=ADA).exists()
    keep_identity(user, {"email": ADA, "iat": after}, NOW)
    assert LastSeenIdentity.objects.filter(person=ADA).exists()
    keep_entries(
        account, [change(3, ADA, ADA, NOW - timedelta(days=1)), change(4, ADA, ADA, NOW + timedelta(seconds=60))]
    )
    assert AuditLogChange.objects.get(entry_id="e3").actor_email == "erased@erased.invalid"
    assert AuditLogChange.objects.get(entry_id="e4").actor_email == ADA
