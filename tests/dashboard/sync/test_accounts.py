"""Many accounts and many streams: each by its name, each reachable, and a page that costs no more for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account, Claim, IdentityProvider, Log, Stream
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, rows_in

DAY = timedelta(days=1)


@pytest.fixture
def two_accounts(account, other_account, okta):
    """Two accounts with a login stream and an Okta each."""
    theirs = IdentityProvider.objects.create(account=other_account, idp_id="their-okta", name="Okta", scim_enabled=True)
    for owner, idp in ((account, okta), (other_account, theirs)):
        Stream.objects.create(account=owner, log=Log.ACCESS_REQUESTS, backfill_since=NOW - 30 * DAY)
        Stream.objects.create(account=owner, log=Log.SCIM_UPDATES, idp_id=idp.idp_id, backfill_since=NOW - 30 * DAY)
    return account, other_account


NAMES = ["Logins · Meridian", "SCIM · Okta · Meridian", "Logins · Zenith", "SCIM · Okta · Zenith"]


def test_every_stream_shows_its_account(two_accounts, page):
    shown = page()
    assert [row[0] for row in shown.rows[1:5]] == NAMES
    assert "4 streams, read every" in shown.text
    assert [option.text for option in shown.all("option")] == ["Every stream", *NAMES]


def test_calendar_links_to_streams_own_account(two_accounts, cover, make_login, signed_in):
    ours, theirs = (make_login(account=account, created_at=NOW - 2 * DAY) for account in two_accounts)
    whole = page_of(signed_in.get("/sync/"))
    for name, row, account in (
        ("Logins · Meridian", ours, two_accounts[0]),
        ("Logins · Zenith", theirs, two_accounts[1]),
    ):
        response = follow(signed_in, "/sync/", whole.link(name))
        assert response.context["shown"].name == name
        [href] = {link.href for link in page_of(response).all("a") if link.text.startswith("17 Nov 00:00")}
        assert rows_in(follow(signed_in, "/sync/", href)) == [row]
        assert f"account={account.account_id}" in href


@pytest.mark.parametrize("path", ["/logins/", "/scim/"])
def test_account_filter_limits_lists_and_coverage(path, two_accounts, cover, make_login, make_update, signed_in):
    ours, theirs = two_accounts
    for stream in ours.streams.all():
        cover(stream, NOW - 30 * DAY, NOW)
    make = make_login if path == "/logins/" else make_update
    row, other = make(account=ours), make(account=theirs)
    both = signed_in.get(path)
    assert {shown.pk for shown in rows_in(both)} == {row.pk, other.pk}
    assert both.context["line"].kind == "partial"
    log = "logins" if path == "/logins/" else "SCIM"
    assert both.context["line"].sentence == f"Meridian: complete. Zenith, {log}: nothing synced yet."
    narrowed = signed_in.get(path, {"account": ours.account_id})
    assert rows_in(narrowed) == [row]
    assert narrowed.context["line"].kind == "complete"
    assert rows_in(signed_in.get(path, {"account": theirs.account_id})) == [other]
    page = page_of(both)
    assert {"Meridian", "Zenith"} <= {option.text for option in page.all("option")}
    assert page.all("option")


def test_broken_account_spares_the_other(two_accounts, page):
    ours, theirs = two_accounts
    theirs.streams.update(error="Give the token a permission.", needs_person=True, error_since=NOW)
    ours.streams.update(succeeded_at=NOW)
    shown = page()
    states = {row[0]: row[1] for row in shown.rows[1:5]}
    assert [states[name] for name in NAMES] == ["Backfilling", "Backfilling", "Refused", "Refused"]
    assert "Logins · Zenith is refused" in shown.text
    assert "Logins · Meridian is" not in shown.text


def test_nameless_account_is_shown_by_id(db, page):
    account = Account.objects.create(account_id="e" * 32)
    Stream.objects.create(account=account, log=Log.ACCESS_REQUESTS, backfill_since=NOW - DAY)
    assert f"Logins · {'e' * 32}" in page().text


# Size


@pytest.fixture
def make_streams(account):
    """Make so many streams in as many accounts, each in a state that is costly to show."""

    def make(number, state):
        days_read = {"read": 30, "behind": 20, "racing": 0.5}[state]
        for index in range(number):
            owner = Account.objects.create(account_id=f"{index:032x}", name=f"Account {index}")
            IdentityProvider.objects.create(account=owner, idp_id=f"idp-{index}", name="Okta", scim_enabled=True)
            stream = Stream.objects.create(
                account=owner, log=Log.SCIM_UPDATES, idp_id=f"idp-{index}", backfill_since=NOW - 30 * DAY
            )
            edge = NOW - days_read * DAY
            stream.covered_ranges.create(since=edge, until=NOW - timedelta(minutes=15), state="settled")
            stream.covered_ranges.create(since=NOW - timedelta(minutes=15), until=NOW, state="provisional")
            stream.asked_ranges.create(since=NOW - 50 * DAY, until=NOW - 49 * DAY, asked_at=NOW)
            stream.covered_ranges.create(since=NOW - 50 * DAY, until=NOW - 49 * DAY, state="beyond")
            stream.lateness_counts.create(day=NOW.date(), seconds=30, count=100)
            stream.runs.create(started_at=NOW - DAY, since=NOW - DAY, until=NOW, outcome="read")
            owner.hourly_counts.create(log=Log.SCIM_UPDATES, idp_id=stream.idp_id, hour=NOW - DAY, total=1, failed=0)
            if state == "behind":
                failed = {"error": "500", "failed_at": NOW, "retry_at": NOW}
                stream.failed_ranges.create(since=NOW - 25 * DAY, until=NOW - 24 * DAY, **failed)
                Claim.objects.create(stream=stream, since=NOW - 21 * DAY, until=NOW - 20 * DAY).take_lease("worker")

    return make


def queries_of(signed_in, django_assert_max_num_queries, most):
    with django_assert_max_num_queries(most) as queries:
        response = signed_in.get("/sync/")
    assert response.status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "state",
    [
        "read",
        "behind",
        "racing",
    ],
)
def test_page_query_count_is_constant(state, make_streams, signed_in, django_assert_max_num_queries):
    make_streams(5, state)
    few = queries_of(signed_in, django_assert_max_num_queries, 40)
    Account.objects.all().delete()
    make_streams(60, state)
    assert queries_of(signed_in, django_assert_max_num_queries, 40) <= few
    assert "60 streams" in page_of(signed_in.get("/sync/")).text


@pytest.mark.parametrize("path", ["/logins/", "/scim/", "/scim.csv"])
def test_list_query_count_is_constant(path, make_streams, signed_in, django_assert_max_num_queries):
    make_streams(5, "behind")
    with django_assert_max_num_queries(40) as few:
        signed_in.get(path)
    Account.objects.all().delete()
    make_streams(60, "behind")
    with django_assert_max_num_queries(len(few)):
        signed_in.get(path)
