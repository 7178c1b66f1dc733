"""A user who is limited to one account walks every address: it is as if there were no other account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dashboard.permissions.account_limits import ONLY_SOME_ACCOUNTS, limit_of, set_limit
from dashboard.permissions.masking import SightOfUser
from dashboard.permissions.roles import Role
from logsync.models import (
    AccessRequest,
    Account,
    Application,
    FailedRange,
    IdentityProvider,
    Log,
    ProblemNote,
    ScimProblem,
    SetAsideRow,
    Stream,
    SyncRun,
)
from logsync.models.sight import seeing
from tests.conftest import NOW
from tests.dashboard.reading import page_of
from tests.dashboard.walking import walk

# In every value of the other account.
OTHER = "zzz"
ADA = "ada@meridian.example"
# What differs between two answers that say the same.
CHANGING = re.compile(r'csrfmiddlewaretoken" value="\w+"|nonce-[^\']+|"csrftoken=.*|Export-Id: .*|-export-[0-9]+-')

# These are about users, and what they did.
ABOUT_GATEHOUSE = ("/audit", "/users", "/exports")


@pytest.fixture
def limited(account, make_user):
    user = make_user("lima")
    set_limit(user, [account])
    return user


@pytest.fixture
def lima(client, limited):
    client.force_login(limited)
    return client


@pytest.fixture
def world(all_logins_known, all_updates_known, make_login, make_update, other_world):
    """Two accounts that share a person."""
    for at in range(3):
        make_login(user_email=f"p{at}@meridian.example", user_id=f"p{at}", allowed=at == 0)
    make_login(allowed=True, created_at=NOW - timedelta(minutes=5))
    make_login()
    make_update()
    make_update(request_method="PUT", status="SUCCESS", error_description="", logged_at=NOW - timedelta(minutes=30))


@pytest.fixture
def other_world(db, cover, make_login, make_update):
    other = Account.objects.create(account_id=f"{OTHER}account", name=f"{OTHER}corp")
    provider = IdentityProvider.objects.create(
        account=other, idp_id=f"{OTHER}provider", name=f"{OTHER}okta", type="okta", scim_enabled=True
    )
    Application.objects.create(account=other, app_uid=f"{OTHER}app", name=f"{OTHER}wiki", domain=f"{OTHER}.example")
    for log, idp_id in ((Log.ACCESS_REQUESTS, ""), (Log.SCIM_UPDATES, provider.idp_id)):
        stream = Stream.objects.create(
            account=other, log=log, idp_id=idp_id, backfill_since=NOW - timedelta(days=30), error=f"{OTHER}error"
        )
        cover(stream, NOW - timedelta(days=3), NOW - timedelta(hours=2))
        span = {"since": NOW - timedelta(hours=2), "until": NOW - timedelta(hours=1)}
        FailedRange.objects.create(stream=stream, error=f"{OTHER}error", failed_at=NOW, retry_at=NOW, **span)
        SyncRun.objects.create(stream=stream, started_at=NOW, error=f"{OTHER}error", outcome="failed", **span)
        row = {"received_at": NOW, "reason": f"{OTHER}reason", "text": f"{OTHER}text"}
        SetAsideRow.objects.create(stream=stream, key=f"{stream.pk:032x}", **row, **span)
        stream.note(set_aside=1)
    for at in range(3):
        make_login(
            account=other,
            user_email=f"{OTHER}{at}@meridian.example" if at else ADA,
            **{name: f"{OTHER}{at}{name}" for name in ("user_id", "app_uid", "app_name", "app_domain", "connection")},
            ip_address=f"192.0.2.{at + 100}",
            country="IS",
            extra={f"{OTHER}field": f"{OTHER}value"},
        )
        make_update(
            account=other,
            resource_user_email=f"{OTHER}{at}@meridian.example" if at else ADA,
            idp_id=provider.idp_id,
            **{name: f"{OTHER}{at}{name}" for name in ("idp_resource_id", "cf_resource_id", "error_description")},
            request_body=f'{{"displayName": "{OTHER} name"}}',
        )
    problem = ScimProblem.objects.filter(account=other)[0]
    ProblemNote.objects.create(problem=problem, act="note", text=f"{OTHER}note", written_by="x", written_at=NOW)
    return other


def answers(client):
    return {
        address: CHANGING.sub("", text)
        for address, text in walk(client, [ADA, "p1@meridian.example"])
        if OTHER not in address
    }


def test_limited_user_sees_one_account_alone(world, other_world, account, make_user, client):
    # An analyst may do nothing that a limit takes away, so the pages have the same links without it.
    anna = make_user("anna", role=Role.ANALYST)
    set_limit(anna, [account])
    client.force_login(anna)
    seen = answers(client)
    leaks = [(address, text[max(text.find(OTHER) - 80, 0) :][:120]) for address, text in seen.items() if OTHER in text]
    assert not leaks
    for event in (*other_world.access_requests.all(), *other_world.scim_updates.all()):
        assert client.get(event.get_absolute_url()).status_code == 404
    Account.objects.filter(pk=other_world.pk).delete()
    set_limit(anna, [])
    alone = answers(client)
    of_logs = [address for address in alone if address in seen and not address.startswith(ABOUT_GATEHOUSE)]
    differing = [differences(address, seen[address], alone[address]) for address in of_logs]
    assert (list(filter(None, differing)), len(of_logs) > 100) == ([], True)


def differences(address, one, other):
    """The first lines that differ, under their address."""
    lines = [f"{line} | {its}" for line, its in zip(one.splitlines(), other.splitlines(), strict=False) if line != its]
    return [address, *lines[:3]] if one != other else []


def test_other_account_is_not_found_by_name(world, other_world, lima):
    assert lima.get(f"/logins/?account={other_world.account_id}").status_code == 400
    problem = ScimProblem.objects.filter(account=other_world)[0]
    assert lima.get(f"/scim/problems/{problem.key}/").status_code == 404
    assert lima.post(f"/scim/problems/{problem.key}/note/", {"text": "x", "act": "note"}).status_code == 404
    for text in (f"{OTHER}1@meridian.example", f"{OTHER}1app_name", f"{OTHER}1cf_resource_id", f"{OTHER}value"):
        links = [link.attrs["href"] or "" for link in page_of(lima.post("/search/", {"q": text})).all("a")]
        assert not [href for href in links if OTHER in href and not href.startswith("/people/")]
    page = page_of(lima.get(f"/people/{OTHER}1@meridian.example/?range=all"))
    assert f"{OTHER}1app_name" not in page.text


def test_actions_are_about_visible_streams_alone(world, other_world, lima, monkeypatch):
    stream = Stream.objects.filter(account=other_world)[0]
    lima.post("/sync/backfill/", {"stream": stream.pk, "since": "2026-11-01T00:00", "until": "2026-11-02T00:00"})
    assert not stream.asked_ranges.exists()


@pytest.mark.parametrize("address", ["/audit/", "/users/", f"/people/{ADA}/everything.json", f"/people/{ADA}/erase/"])
def test_what_is_about_all_accounts_is_refused(address, world, lima):
    response = lima.get(address)
    assert (response.status_code, ONLY_SOME_ACCOUNTS in response.content.decode()) == (403, True)


def test_limit_is_read_and_lifted(account, other_account, make_user):
    user = make_user("kim")
    assert limit_of(user) == []
    set_limit(user, [other_account])
    assert limit_of(user) == [other_account]
    set_limit(user, [])
    assert limit_of(user) == []
    assert not user.user_permissions.exists()


def test_superuser_sees_every_account(account, other_account, make_user, rf):
    request = rf.get("/")
    request.user = make_user("root", role=None, is_superuser=True)
    set_limit(request.user, [account])
    assert SightOfUser(request).accounts is None


def test_limit_without_accounts_shows_nothing(account, make_login, limited, rf):
    make_login()
    request = rf.get("/")
    request.user = limited
    limited.account_limit.accounts.clear()
    with seeing(SightOfUser(request)):
        assert (AccessRequest.objects.count(), Account.objects.count()) == (0, 0)
    assert AccessRequest.objects.count() == 1


def test_user_without_limit_costs_no_query(account, all_logins_known, make_user, rf, django_assert_num_queries):
    request = rf.get("/")
    request.user = make_user("kim")
    assert request.user.has_perm("permissions.view_events")
    with django_assert_num_queries(0):
        assert SightOfUser(request).accounts is None
