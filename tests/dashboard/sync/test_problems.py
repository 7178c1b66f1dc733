"""What is wrong with the sync is said in a sentence each, with what mends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account, ApiToken, Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of


def test_refusal_shows_hint_and_since(make_stream, page):
    make_stream(
        error="Give the token the permission “Access: Audit Logs Read”.",
        needs_person=True,
        error_since=NOW - timedelta(hours=2),
        retry_at=NOW + timedelta(minutes=5),
    )
    text = page().text
    assert "Logins · Meridian is refused since 19 Nov 12:06:12" in text
    assert "Give the token the permission “Access: Audit Logs Read”. Next try at 14:11:12" in text


def test_temporary_failure_comes_after_refusals(make_stream, okta, page):
    make_stream(error="Cloudflare answered 500.", error_since=NOW)
    make_stream(Log.SCIM_UPDATES, okta.idp_id, error="Cloudflare refused.", needs_person=True, error_since=NOW)
    text = page().text
    assert text.index("SCIM · Okta · Meridian is refused") < text.index("Logins · Meridian is failing")


def test_token_problems_come_first(make_stream, page):
    ApiToken.objects.create(fingerprint="a", error="Cloudflare does not accept the API token.")
    make_stream(error="refused", error_since=NOW)
    text = page().text
    assert text.index("The accounts of the API token could not be listed") < text.index("is failing")
    assert "Cloudflare does not accept the API token." in text


def test_tokens_are_named_by_account(account, page):
    ApiToken.objects.create(fingerprint="a", name="1" * 32, error="Expired.")
    ApiToken.objects.create(fingerprint="b", name="2" * 32)
    ApiToken.objects.create(fingerprint="c", name="3" * 32, error="Taken away.", is_active=False)
    text = page().text
    assert f"The accounts of the API token of {'1' * 32} could not be listed Expired." in text
    assert "2" * 32 not in text
    assert "Taken away." not in text


def test_blocked_token_shows_until_when(account, page):
    ApiToken.objects.create(fingerprint="a", blocked_until=NOW + timedelta(minutes=4))
    text = page().text
    assert "Cloudflare is making the API token wait" in text
    assert (
        "There were too many calls, so Cloudflare refuses all of them for now. Every stream that uses this token "
        "waits. Next try at 14:10:12"
    ) in text


@pytest.mark.parametrize("blocked_until", [None, NOW, NOW - timedelta(minutes=4)])
def test_expired_block_is_not_shown(blocked_until, account, page):
    ApiToken.objects.create(fingerprint="a", blocked_until=blocked_until)
    assert "wait" not in page().text


# Time that could not be read


def test_failed_time_shows_reason_and_retry(make_stream, fail, page):
    stream = make_stream()
    fail(stream, NOW - timedelta(days=3), NOW - timedelta(days=2), tries=3)
    text = page().text
    assert "Logins · Meridian: 16 Nov 14:06 to 17 Nov 14:06 UTC could not be read" in text
    assert "Cloudflare answered 500. Tried 3 times. Next try at 14:16:12" in text


def test_several_failed_ranges_are_counted(make_stream, fail, page):
    stream = make_stream()
    for days in (9, 6, 3):
        fail(stream, NOW - timedelta(days=days), NOW - timedelta(days=days, minutes=-30))
    text = page().text
    assert "Logins · Meridian: 10 Nov 14:06 to 14:36 UTC and 2 more could not be read" in text
    assert "Tried once." in text


def test_failing_stream_is_reported_once(make_stream, fail, page):
    fail(make_stream(error="Cloudflare answered 500.", error_since=NOW), NOW - timedelta(days=3), NOW)
    text = page().text
    assert "Logins · Meridian is failing" in text
    assert "could not be read It was" not in text
    assert "UTC could not be read" not in text


def test_inactive_stream_reports_no_problems(make_stream, fail, signed_in):
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


RACE = "Logins · Meridian: time from 11 Nov 14:06 UTC isn’t read yet and may soon be gone from Cloudflare"


def test_expiring_unread_time_is_reported(racing, fail, page):
    fail(racing, NOW - timedelta(days=8), NOW - timedelta(days=8, hours=-1))
    text = page().text
    assert RACE in text
    assert (
        "Cloudflare keeps this log for at least 10 days, as its oldest row shows. What isn’t read in "
        "time is lost for good; the first of it may go within 2 days."
    ) in text


def test_refused_streams_proven_retention_is_reported(racing, page):
    racing.note(error="Give the token a permission.", needs_person=True, error_since=NOW)
    assert RACE in page().text


def test_refused_stream_has_no_retention(make_stream, page):
    make_stream(backfill_since=NOW - timedelta(days=2), error="Refused. Do it.", needs_person=True, error_since=NOW)
    text = page().text
    assert "may soon be gone from Cloudflare" not in text
    assert "24 h" not in text


def test_shortest_retention_is_called_so(make_stream, make_run, page):
    stream = make_stream(backfill_since=NOW - timedelta(hours=23))
    make_run(stream, 60, is_backfill=True)
    assert "may soon be gone from Cloudflare" not in page().text
    stream.covered_ranges.create(since=NOW - timedelta(days=9), until=NOW - timedelta(days=3), state="beyond")
    assert (
        "Cloudflare sent no older rows of this log, and 24 h is the shortest time that it documents. What isn’t read"
    ) in page().text


def test_young_backfill_is_no_problem(racing, make_run, page):
    assert RACE not in page().text
    make_run(racing, 10)
    assert RACE not in page().text


def test_fast_backfill_is_no_problem(racing, make_run, page):
    make_run(racing, 60)
    make_run(racing, 4, is_backfill=True)  # an hour of log in four minutes
    assert RACE not in page().text


@pytest.mark.parametrize("minutes", [60, 4], ids=["no worker for long", "too slow a one"])
def test_slow_backfill_is_reported(minutes, racing, make_run, page):
    make_run(racing, minutes, is_backfill=True, until=NOW - timedelta(minutes=59))
    assert RACE in page().text


def test_distant_expiry_is_no_problem(racing, fail, page):
    # Of a month, the eighth day leaves in 22.
    racing.note(oldest_at=NOW - timedelta(days=30))
    fail(racing, NOW - timedelta(days=8), NOW - timedelta(days=8, hours=-1))
    assert "may soon be gone from Cloudflare" not in page().text


def test_providers_share_proven_retention(okta, make_stream, cover, fail, page):
    stream = make_stream(Log.SCIM_UPDATES, okta.idp_id, backfill_since=NOW - timedelta(days=10))
    cover(stream, NOW - timedelta(days=10, hours=-1), NOW)
    fail(stream, NOW - timedelta(days=10), NOW - timedelta(days=10, hours=-1))
    make_stream(Log.SCIM_UPDATES, "entra", oldest_at=NOW - timedelta(days=11), probed_at=NOW)
    assert (
        "SCIM · Okta · Meridian: time from 9 Nov 14:06 UTC isn’t read yet and may soon be gone from Cloudflare"
        in page().text
    )


# Events that come late


@pytest.fixture
def arrive():
    """Count rows of a stream that came so many seconds late today."""

    def count(stream, seconds, rows=1):
        stream.lateness_counts.create(day=NOW.date(), seconds=seconds, count=rows)

    return count


def test_late_rows_propose_longer_overlap(make_stream, arrive, page):
    stream = make_stream()
    arrive(stream, 10, 100)
    arrive(stream, 1800)
    text = page().text
    assert "Logins · Meridian: rows arrive later than the overlap" in text
    assert (
        "In the last seven days, the latest row arrived 30 min after it happened. Only the newest 15 min are read "
        "again before time counts as complete. 1 row arrived after that; each such hour is read once more. Set "
        "SYNC_OVERLAP_MINUTES to 45 and restart."
    ) in text


def test_of_many_streams_the_latest_counts(make_stream, okta, arrive, page):
    for stream, seconds in ((make_stream(), 1800), (make_stream(Log.SCIM_UPDATES, okta.idp_id), 3000)):
        arrive(stream, seconds, 20)
    text = page().text
    assert "SCIM · Okta · Meridian: rows arrive later than the overlap" in text
    assert "Set SYNC_OVERLAP_MINUTES to 75 and restart." in text
    assert text.count("SYNC_OVERLAP_MINUTES") == 1


def test_rows_hours_late_propose_nothing(make_stream, arrive, page):
    arrive(make_stream(), 6 * 3600, 2)
    text = page().text
    assert (
        "2 rows arrived after that; each such hour is read once more. Rows as late as that are found at night" in text
    )
    assert "SYNC_OVERLAP_MINUTES" not in text


@pytest.mark.parametrize(("seconds", "rows"), [(900, 1000), (800, 19)], ids=["within the overlap", "too few"])
def test_few_or_punctual_rows_propose_nothing(seconds, rows, make_stream, arrive, page):
    arrive(make_stream(), seconds, rows)
    assert "SYNC_OVERLAP_MINUTES" not in page().text


# Lists of names


def test_unlisted_directories_name_their_account(account, page):
    Account.objects.update(providers_error="No permission for providers.", applications_error="None for applications.")
    text = page().text
    assert "Not all identity providers of Meridian could be listed, so SCIM logs may be missing" in text
    assert "The applications of Meridian could not be listed" in text
    assert "No permission for providers." in text
    assert "None for applications." in text


def test_healthy_page_shows_no_problems(all_logins_known, signed_in):
    response = signed_in.get("/sync/")
    assert response.context["sync_problems"] == []
    assert not [element for element in page_of(response).elements if "gh-say" in (element.attrs.get("class") or "")]
