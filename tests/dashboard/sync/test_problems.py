"""What is wrong with the sync is said in a sentence each, with what mends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account, ApiToken, Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of


def test_what_is_refused_is_said_with_what_mends_it_and_since_when(make_stream, page):
    make_stream(
        error="Give the token the permission “Access: Audit Logs Read”.",
        needs_person=True,
        error_since=NOW - timedelta(hours=2),
        retry_at=NOW + timedelta(minutes=5),
    )
    text = page().text
    assert "Logins · Meridian is refused since 19 Nov 12:06:12" in text
    assert "Give the token the permission “Access: Audit Logs Read”. Next try at 14:11:12" in text


def test_what_mends_itself_is_failing_and_comes_after_what_needs_a_person(make_stream, okta, page):
    make_stream(error="Cloudflare answered 500.", error_since=NOW)
    make_stream(Log.SCIM_UPDATES, okta.idp_id, error="Cloudflare refused.", needs_person=True, error_since=NOW)
    text = page().text
    assert text.index("SCIM · Okta · Meridian is refused") < text.index("Logins · Meridian is failing")


def test_what_stops_everything_comes_first(make_stream, page):
    ApiToken.objects.create(fingerprint="a", error="Cloudflare does not accept the API token.")
    make_stream(error="refused", error_since=NOW)
    text = page().text
    assert text.index("The accounts of the API token could not be listed") < text.index("is failing")
    assert "Cloudflare does not accept the API token." in text


def test_of_many_tokens_each_is_named_by_its_account(account, page):
    ApiToken.objects.create(fingerprint="a", name="1" * 32, error="Expired.")
    ApiToken.objects.create(fingerprint="b", name="2" * 32)
    ApiToken.objects.create(fingerprint="c", name="3" * 32, error="Taken away.", is_active=False)
    text = page().text
    assert f"The accounts of the API token of {'1' * 32} could not be listed Expired." in text
    assert "2" * 32 not in text
    assert "Taken away." not in text


def test_a_blocked_token_is_said_to_wait_and_until_when(account, page):
    ApiToken.objects.create(fingerprint="a", blocked_until=NOW + timedelta(minutes=4))
    text = page().text
    assert "Cloudflare has the API token wait" in text
    assert (
        "Cloudflare refuses every call of it, for there were too many; all streams that it reads wait. "
        "Next try at 14:10:12"
    ) in text


@pytest.mark.parametrize("blocked_until", [None, NOW, NOW - timedelta(minutes=4)])
def test_a_token_whose_block_is_over_is_not_said_to_wait(blocked_until, account, page):
    ApiToken.objects.create(fingerprint="a", blocked_until=blocked_until)
    assert "wait" not in page().text


# Time that could not be read


def test_time_that_could_not_be_read_is_named_with_why_how_often_and_what_comes_next(make_stream, fail, page):
    stream = make_stream()
    fail(stream, NOW - timedelta(days=3), NOW - timedelta(days=2), tries=3)
    text = page().text
    assert "Logins · Meridian: 16 Nov 14:06 to 17 Nov 14:06 UTC could not be read" in text
    assert "Cloudflare answered 500. It was tried 3 times. Next try at 14:16:12" in text


def test_several_such_times_are_counted(make_stream, fail, page):
    stream = make_stream()
    for days in (9, 6, 3):
        fail(stream, NOW - timedelta(days=days), NOW - timedelta(days=days, minutes=-30))
    text = page().text
    assert "Logins · Meridian: 10 Nov 14:06 to 14:36 UTC and 2 more could not be read" in text
    assert "It was tried once." in text


def test_a_stream_that_fails_as_a_whole_is_said_to_once(make_stream, fail, page):
    fail(make_stream(error="Cloudflare answered 500.", error_since=NOW), NOW - timedelta(days=3), NOW)
    text = page().text
    assert "Logins · Meridian is failing" in text
    assert "could not be read It was" not in text
    assert "UTC could not be read" not in text


def test_what_went_wrong_with_a_stream_that_is_no_longer_read_is_no_trouble(make_stream, fail, signed_in):
    make_stream()
    make_stream(Log.SCIM_UPDATES, "gone", is_active=False, error="Gone.", error_since=NOW)
    failed = make_stream(Log.SCIM_UPDATES, "left", is_active=False)
    fail(failed, NOW - timedelta(days=3), NOW - timedelta(days=2))
    assert signed_in.get("/sync/").context["sync_problems"] == []


# Time that Cloudflare is about to delete


@pytest.fixture
def racing(make_stream, cover):
    """A stream whose log Cloudflare keeps for ten days, with a hole of an hour that begins to leave in two days."""
    stream = make_stream(
        backfill_since=NOW - timedelta(days=10), oldest_at=NOW - timedelta(days=10), probed_at=NOW, succeeded_at=NOW
    )
    cover(stream, NOW - timedelta(days=10), NOW - timedelta(days=8))
    cover(stream, NOW - timedelta(days=8, hours=-1), NOW)
    return stream


RACE = "Logins · Meridian: the unread time from 11 Nov 14:06 UTC leaves Cloudflare’s reach"


def test_time_that_nobody_gets_at_before_it_is_lost_is_named(racing, fail, page):
    fail(racing, NOW - timedelta(days=8), NOW - timedelta(days=8, hours=-1))
    text = page().text
    assert RACE in text
    assert (
        "Cloudflare is known to keep this log for 10 days; what is not read before it is dropped is lost for good. "
        "The first of it goes within 2 days."
    ) in text


def test_it_is_named_too_where_the_stream_cannot_be_read_at_all(racing, page):
    racing.note(error="Give the token a permission.", needs_person=True, error_since=NOW)
    assert RACE in page().text


def test_a_race_that_has_only_begun_is_no_trouble(racing, make_run, page):
    assert RACE not in page().text
    make_run(racing, 10)
    assert RACE not in page().text


def test_a_race_that_workers_are_winning_is_no_trouble(racing, make_run, page):
    make_run(racing, 60)
    make_run(racing, 4, is_backfill=True)  # an hour of log in four minutes
    assert RACE not in page().text


@pytest.mark.parametrize("minutes", [60, 4], ids=["no worker for long", "too slow a one"])
def test_a_race_that_workers_are_losing_is_named(minutes, racing, make_run, page):
    make_run(racing, minutes, is_backfill=True, until=NOW - timedelta(minutes=59))
    assert RACE in page().text


def test_time_that_stays_within_reach_for_long_is_no_race(racing, fail, page):
    # Of a month, the eighth day leaves in 22.
    racing.note(oldest_at=NOW - timedelta(days=30))
    fail(racing, NOW - timedelta(days=8), NOW - timedelta(days=8, hours=-1))
    assert "leaves Cloudflare’s reach" not in page().text


def test_all_providers_of_an_account_prove_one_retention(okta, make_stream, cover, fail, page):
    stream = make_stream(Log.SCIM_UPDATES, okta.idp_id, backfill_since=NOW - timedelta(days=10))
    cover(stream, NOW - timedelta(days=10, hours=-1), NOW)
    fail(stream, NOW - timedelta(days=10), NOW - timedelta(days=10, hours=-1))
    make_stream(Log.SCIM_UPDATES, "entra", oldest_at=NOW - timedelta(days=11), probed_at=NOW)
    assert "SCIM · Okta · Meridian: the unread time from 9 Nov 14:06 UTC leaves Cloudflare’s reach" in page().text


# Events that come late


@pytest.fixture
def arrive():
    """Count rows of a stream that came so many seconds late today."""

    def count(stream, seconds, rows=1):
        stream.lateness_counts.create(day=NOW.date(), seconds=seconds, count=rows)

    return count


def test_rows_that_come_later_than_the_overlap_propose_a_longer_one(make_stream, arrive, page):
    stream = make_stream()
    arrive(stream, 10, 100)
    arrive(stream, 1800)
    text = page().text
    assert "Logins · Meridian: events arrive later than the overlap" in text
    assert (
        "The latest in seven days came 30 min after it happened; only 15 min are read again before time counts as "
        "settled. Set SYNC_OVERLAP_MINUTES to 45 and restart."
    ) in text


def test_of_many_streams_the_latest_counts(make_stream, okta, arrive, page):
    for stream, seconds in ((make_stream(), 1800), (make_stream(Log.SCIM_UPDATES, okta.idp_id), 3000)):
        arrive(stream, seconds, 20)
    text = page().text
    assert "SCIM · Okta · Meridian: events arrive later than the overlap" in text
    assert "Set SYNC_OVERLAP_MINUTES to 75 and restart." in text
    assert text.count("SYNC_OVERLAP_MINUTES") == 1


@pytest.mark.parametrize(("seconds", "rows"), [(900, 1000), (5000, 19)], ids=["within the overlap", "too few"])
def test_rows_that_come_in_time_or_are_too_few_propose_nothing(seconds, rows, make_stream, arrive, page):
    arrive(make_stream(), seconds, rows)
    assert "SYNC_OVERLAP_MINUTES" not in page().text


# Lists of names


def test_directories_that_could_not_be_listed_are_named_with_their_account(account, page):
    Account.objects.update(providers_error="No permission for providers.", applications_error="None for applications.")
    text = page().text
    assert "The identity providers of Meridian, and so its SCIM logs" in text
    assert "The applications of Meridian could not be listed" in text
    assert "No permission for providers." in text
    assert "None for applications." in text


def test_without_troubles_none_is_said(all_logins_known, signed_in):
    response = signed_in.get("/sync/")
    assert response.context["sync_problems"] == []
    assert not [element for element in page_of(response).elements if "gh-say" in (element.attrs.get("class") or "")]
