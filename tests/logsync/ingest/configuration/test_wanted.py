"""What pages and denials want of a user: who is asked about, what is kept, what a refusal costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from logsync.cloudflare.errors import PausedError
from logsync.cloudflare.limits import OpenGate
from logsync.ingest.configuration import read_wanted, want_identities
from logsync.ingest.configuration.denials import MOST_WANTED, WITHIN
from logsync.ingest.configuration.wanted import NO_USER
from logsync.models import CloudflareUser, LastSeenIdentity, UserReading
from logsync.models.configuration import ASK_AGAIN_AFTER
from tests.conftest import NOW
from tests.logsync.cloudflare.answers import client_of, failure, success
from tests.logsync.ingest.configuration.conftest import policy, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ADA = "ada@meridian.example"
OKTA = {"okta": {"name": "eng-prod", "identity_provider_id": "i1"}}
Subject = UserReading.Subject
IDENTITY = {
    "email": ADA,
    "user_uuid": "57171132-e453-4ee8-b2a5-8cbaad333207",
    "iat": int((NOW - timedelta(days=4)).timestamp()),
    "idp": {"id": "i1", "type": "okta"},
    "groups": ["eng-prod", {"id": "1", "name": "Password admins"}],
    "devicePosture": {"d1": {"success": True, "rule_name": "Disk encryption"}},
    "oidc_fields": {"access_token": "hush"},
}


@pytest.fixture
def want(account, make_login):
    make_login()
    return lambda subject=Subject.IDENTITY: UserReading.objects.want(account, ADA, subject)


@pytest.fixture
def read_users(cloudflare_has, account):
    cloudflare_has.lists["users"] = [{"id": "u1", "email": ADA}]
    cloudflare_has.unlisted["last_seen_identity"] = IDENTITY

    def read():
        with client_of(cloudflare_has) as client:
            return read_wanted(client, account)

    return read


def raises(error):
    """A function that raises this, whatever it is given."""

    def fail(*args):
        raise error

    return fail


def reading():
    return UserReading.objects.get()


# What is kept


def test_identity_is_kept_without_secrets(want, read_users):
    want()
    assert read_users() == 1
    [identity] = LastSeenIdentity.objects.all()
    assert (identity.person, identity.user_id, identity.access_id) == (ADA, IDENTITY["user_uuid"], "u1")
    assert identity.seen_at == NOW - timedelta(days=4)
    assert identity.content["groups"] == IDENTITY["groups"]
    assert identity.content["devicePosture"] == IDENTITY["devicePosture"]
    assert "hush" not in str(identity.content)
    assert (reading().read_at, reading().is_waiting, reading().error) == (NOW, False, "")


def test_same_identity_is_kept_once(want, read_users, time_machine, cloudflare_has):
    want()
    read_users()
    time_machine.shift(ASK_AGAIN_AFTER)
    want()
    read_users()
    [identity] = LastSeenIdentity.objects.all()
    assert identity.last_read_at - identity.first_read_at == ASK_AGAIN_AFTER
    # The user is known by now.
    assert cloudflare_has.asked["access/users"] == 1


def test_sessions_are_kept_without_proof(want, read_users, cloudflare_has):
    apps = {"a1": {"name": "Grafana", "uid": "a1"}}
    cloudflare_has.by_path["access/users/u1/active_sessions"] = [
        {"expiration": 1, "name": "hush", "metadata": {"apps": apps, "nonce": "hush", "iat": 5}}
    ]
    want(Subject.SESSIONS)
    read_users()
    assert reading().content == [{"expiration": 1, "metadata": {"apps": apps, "iat": 5}}]


def test_failed_logins_are_kept(want, read_users, cloudflare_has):
    row = {"expiration": 1, "metadata": {"app_name": "Grafana", "ray_id": "187d944c61940c77", "token": "hush"}}
    cloudflare_has.by_path["access/users/u1/failed_logins"] = [row]
    want(Subject.FAILED_LOGINS)
    read_users()
    assert reading().content[0]["metadata"]["ray_id"] == "187d944c61940c77"
    assert "hush" not in str(reading().content)


def test_nothing_seen_is_an_answer(want, read_users, cloudflare_has):
    cloudflare_has.unlisted.clear()
    want()
    read_users()
    assert (reading().read_at, reading().error) == (NOW, "")
    assert not LastSeenIdentity.objects.exists()


def test_address_without_user_says_so(want, read_users, cloudflare_has):
    cloudflare_has.lists["users"] = []
    want()
    read_users()
    assert reading().error == NO_USER


# What goes wrong


def test_refusal_is_asked_for_once(want, read_users, cloudflare_has, make_login, account):
    make_login(user_email="bob@meridian.example")
    want()
    UserReading.objects.want(account, "bob@meridian.example", Subject.IDENTITY)
    cloudflare_has.lists["users"] = refusal()
    assert read_users() == 0
    assert cloudflare_has.calls() == 1
    for row in UserReading.objects.all():
        assert "Access: Audit Logs Read" in row.error
        assert not row.is_waiting


def test_failure_of_one_costs_no_other(want, read_users, cloudflare_has):
    want()
    want(Subject.SESSIONS)
    cloudflare_has.unlisted["last_seen_identity"] = success(["no object"])
    cloudflare_has.by_path["access/users/u1/active_sessions"] = []
    assert read_users() == 1
    errors = dict(UserReading.objects.values_list("subject", "error"))
    assert "is not an object" in errors[Subject.IDENTITY]
    assert errors[Subject.SESSIONS] == ""


def test_pause_leaves_it_waiting(want, read_users, cloudflare_has, monkeypatch):
    want()
    monkeypatch.setattr(OpenGate, "before_call", raises(PausedError("The token waits.")))
    read_users()
    assert (reading().is_waiting, reading().error, cloudflare_has.calls()) == (True, "", 0)
    monkeypatch.undo()
    assert read_users() == 1


def test_block_is_said(want, read_users, cloudflare_has):
    want()
    cloudflare_has.lists["users"] = failure(429, 971, **{"Retry-After": "200"})
    read_users()
    assert not reading().is_waiting
    assert "pause" in reading().error


# Whose identity a denial needs


@pytest.fixture
def ask_for(account):
    def want():
        want_identities(account, timezone.now())
        return sorted(UserReading.objects.values_list("person", flat=True))

    return want


def test_denial_needs_what_a_group_rule_asks(make_login, read_policies, ask_for):
    read_policies(policy("p1", OKTA))
    make_login(created_at=NOW - timedelta(minutes=1))
    make_login(user_email="allowed@meridian.example", allowed=True, created_at=NOW)
    make_login(user_email="earlier@meridian.example", created_at=NOW - WITHIN - timedelta(seconds=1))
    make_login(user_email="elsewhere@meridian.example", app_uid="another", created_at=NOW)
    assert ask_for() == [ADA]


def test_groups_in_a_circle_are_walked_once(make_login, read_policies, ask_for):
    circle = [policy("g1", {"group": {"id": "g2"}}), policy("g2", {"group": {"id": "g1"}})]
    read_policies(policy("p1", {"group": {"id": "g1"}}), groups=circle)
    make_login(created_at=NOW)
    assert ask_for() == []
    read_policies(
        policy("p1", {"group": {"id": "g1"}}), groups=[circle[0], policy("g2", {"group": {"id": "g1"}}, OKTA)]
    )
    assert ask_for() == [ADA]


@pytest.mark.parametrize(
    "one", [policy("p1", {"email": {"email": ADA}}), policy("p1", OKTA, decision="deny"), policy("p1", None, 7)]
)
def test_rules_of_the_row_need_no_identity(make_login, read_policies, ask_for, one):
    read_policies(one)
    make_login(created_at=NOW)
    assert ask_for() == []


def test_only_the_newest_denials_are_wanted(make_login, read_policies, ask_for):
    read_policies(policy("p1", OKTA))
    for number in range(MOST_WANTED + 2):
        make_login(user_email=f"p{number:02}@meridian.example", created_at=NOW - timedelta(minutes=number))
    assert ask_for() == [f"p{number:02}@meridian.example" for number in range(MOST_WANTED)]


def test_denial_that_was_read_needs_no_more(make_login, read_policies, ask_for, time_machine):
    read_policies(policy("p1", OKTA))
    make_login(created_at=NOW - timedelta(minutes=1))
    ask_for()
    UserReading.objects.update(attempted_at=NOW, read_at=NOW)
    time_machine.shift(ASK_AGAIN_AFTER)
    ask_for()
    assert not reading().is_waiting


def test_users_come_only_of_record(want, read_users, cloudflare_has):
    cloudflare_has.lists["users"] += [{"id": "u2", "email": ADA.upper()}]
    want()
    read_users()
    assert {user.person for user in CloudflareUser.objects.all()} == {ADA}
