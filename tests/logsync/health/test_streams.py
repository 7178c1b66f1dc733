"""Checks of streams: lag, expiring time, lateness and failed time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from logsync.health import look_around
from logsync.ingest.retention_probe import SHORTEST_RETENTION
from logsync.models import LatenessCount, Log, Stream
from tests.logsync.health.found import of, states, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("beat_was_seen", "broker")]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


# Lag


@pytest.fixture
def log(make_stream, cover, now):
    """A log that is read up to now."""
    stream = make_stream(succeeded_at=now - MINUTE, backfill_since=now - DAY)
    cover(stream, now - DAY, now - 15 * MINUTE)
    return stream


def change(stream, **values):
    Stream.objects.filter(pk=stream.pk).update(**values)


def test_logs_that_are_read_on_time_are_one_line(log):
    assert the(look_around(), "lag") == (
        "good",
        "1 of 1 log read on time; settled to 19 Nov 13:51 UTC at least.",
        "",
    )


def test_a_passing_error_is_no_lag(log):
    change(log, error="Cloudflare answered 502; it is asked again by itself.")
    assert states(look_around(), "lag") == ["good"]


@pytest.mark.parametrize(("minutes", "state"), [(6, "warn"), (61, "bad")])
def test_a_log_that_nobody_reads_lags(log, minutes, state, now):
    change(log, succeeded_at=now - minutes * MINUTE)
    found = the(look_around(), "lag")
    assert found[0] == state
    assert found[1].startswith("Logins · Meridian was last read 19 Nov 1")
    assert found[1].endswith(", settled to 19 Nov 13:51 UTC.")
    assert found[2] == "See that a worker and beat run."


def test_a_log_that_is_refused_is_bad_at_once(log):
    change(log, error="Cloudflare refused (403). Give the token the permission.", needs_person=True)
    state, words, hint = the(look_around(), "lag")
    assert (state, hint) == ("bad", "Give the token the permission.")
    assert words.endswith(": Cloudflare refused (403).")


def test_a_log_that_was_never_read_wants_a_look(make_stream):
    make_stream()
    assert the(look_around(), "lag")[:2] == ("warn", "Logins · Meridian was never read.")


def test_logs_that_lag_alike_are_one_line_and_others_of_their_own(make_stream, now):
    make_stream(succeeded_at=now - 8 * MINUTE)
    for idp_id, minutes in (("p1", 9), ("p2", 10)):
        make_stream(Log.SCIM_UPDATES, idp_id, succeeded_at=now - minutes * MINUTE)
    make_stream(Log.SCIM_UPDATES, "p3", error="Cloudflare refused (403). Mend it.", needs_person=True)
    refused, late = of(look_around(), "lag")
    assert refused == ("bad", "SCIM · p3 · Meridian was never read: Cloudflare refused (403).", "Mend it.")
    assert late[1] == (
        "SCIM · p2 · Meridian was last read 19 Nov 13:56 UTC (late as well: SCIM · p1 · Meridian, Logins · Meridian)."
    )


def test_without_a_log_there_is_something_to_mend():
    assert the(look_around(), "lag")[:2] == ("warn", "There is no log to be read yet.")


def test_logs_that_are_read_no_more_do_not_lag(log, make_stream):
    make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert states(look_around(), "lag") == ["good"]


def test_slow_rounds_are_no_lag(log, settings, now):
    settings.SYNC_EVERY = HOUR
    change(log, succeeded_at=now - 4 * HOUR)
    assert states(look_around(), "lag") == ["good"]


# Expiring


@pytest.fixture
def racing(log, now, cover):
    """A log of which an hour is missing that is nearly a day old; Cloudflare is known to keep a day."""
    log.covered_ranges.all().delete()
    cover(log, now - 19 * HOUR, now - 15 * MINUTE)
    change(log, backfill_since=now - 20 * HOUR)
    ran_long_ago(log, now)
    assert SHORTEST_RETENTION == DAY
    return log


def ran_long_ago(log, now):
    """Let a log have been read hours ago, and not since: its backfill does not get on."""
    log.runs.create(started_at=now - 5 * HOUR, since=now - DAY, until=now, outcome="stopped", is_backfill=True)


def test_a_backfill_that_is_done_soon_loses_nothing_to_speak_of(racing, now):
    racing.runs.create(
        started_at=now - 2 * MINUTE, since=now - 2 * DAY, until=now - DAY, outcome="read", is_backfill=True
    )
    assert of(look_around(), "expiring") == []


def test_a_backfill_that_has_only_begun_is_given_its_time(racing):
    racing.runs.all().delete()
    assert of(look_around(), "expiring") == []


def test_time_that_is_read_leaves_nothing_to_lose(log):
    assert of(look_around(), "expiring") == []


def test_unread_time_that_cloudflare_soon_forgets_is_told_with_the_command_that_saves_it(racing):
    assert the(look_around(), "expiring") == (
        "warn",
        "18 Nov 18:06 UTC of Logins · Meridian is not read yet and may leave Cloudflare's reach within 4 h.",
        "Have it read first: python manage.py backfill --account 0123456789abcdef0123456789abcdef "
        "--log access_requests --since 2026-11-18T18:06:12Z --until 2026-11-18T19:06:12Z",
    )


def test_a_longer_retention_that_rows_prove_leaves_more_time(racing, now):
    change(racing, oldest_at=now - 30 * DAY, probed_at=now)
    assert of(look_around(), "expiring") == []


def test_unread_time_that_cannot_be_read_is_bad(racing, now):
    error = "Cloudflare refused (403). Give the token the permission."
    racing.failed_ranges.create(since=now - DAY, until=now - 19 * HOUR, error=error, failed_at=now, retry_at=now)
    state, words, hint = the(look_around(), "expiring")
    assert (state, hint) == ("bad", "Give the token the permission.")
    assert words.endswith("within 4 h, and cannot be read: Cloudflare refused (403).")


def test_of_several_logs_the_first_to_lose_something_is_told(racing, make_stream, now):
    make_stream(Log.SCIM_UPDATES, "p1", backfill_since=now - 22 * HOUR)
    _, words, _ = the(look_around(), "expiring")
    assert words == (
        "18 Nov 16:06 UTC of SCIM · p1 · Meridian is not read yet and may leave Cloudflare's reach within 2 h "
        "(so may other time, of: Logins · Meridian)."
    )


def test_the_command_for_a_provider_names_it_safely(make_stream, now):
    ran_long_ago(make_stream(Log.SCIM_UPDATES, "a provider; rm", backfill_since=now - 30 * DAY), now)
    _, words, hint = the(look_around(), "expiring")
    assert "leave Cloudflare's reach now" in words
    assert "--log scim_updates --idp-id 'a provider; rm' --since 2026-11-18T14:06:12Z" in hint


# Lateness and failed time


def test_rows_that_came_later_than_the_overlap_propose_a_longer_one(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=1000, count=30)
    assert the(look_around(), "lateness") == (
        "warn",
        "Rows came up to 17 min late (Logins · Meridian); the overlap is 15 min.",
        "Set SYNC_OVERLAP_MINUTES to 25.",
    )


def test_rows_that_came_within_the_overlap_are_good(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=60, count=30)
    found = ("good", "Rows came up to 60 s late (Logins · Meridian); the overlap is 15 min.", "")
    assert the(look_around(), "lateness") == found


def test_of_too_few_rows_nothing_is_said(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=1000, count=3)
    assert of(look_around(), "lateness") == []


def test_nothing_that_failed_is_good(log):
    assert the(look_around(), "failed") == ("good", "No time is left that could not be read.", "")


@pytest.mark.parametrize(("tries", "state"), [(1, "warn"), (5, "bad")])
def test_failed_time_is_told_with_its_first_reason(log, tries, state, now):
    for hours in (2, 3):
        error = f"Cloudflare answered 50{hours}; it is asked again by itself."
        since, until = now - hours * HOUR, now - hours * HOUR + MINUTE
        log.failed_ranges.create(since=since, until=until, error=error, failed_at=now, tries=tries, retry_at=now)
    assert the(look_around(), "failed") == (
        state,
        "2 ranges could not be read, of Logins · Meridian; Logins · Meridian from 19 Nov 11:06 UTC: "
        "Cloudflare answered 503; it is asked again by itself.",
        "It is tried again by itself, up to an hour later each time.",
    )


def test_any_number_of_logs_takes_the_same_number_of_queries(log, make_stream, now):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            look_around()
        return len(counted)

    make_stream(Log.SCIM_UPDATES, "p0", succeeded_at=now - HOUR)
    before = queries()
    for name in ("p1", "p2", "p3"):
        make_stream(Log.SCIM_UPDATES, name, succeeded_at=now - HOUR)
    assert queries() == before
