"""Checks of streams: lag, expiring time, lateness and failed time."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from logsync.health import look_around
from logsync.health.checks import BY_ITSELF
from logsync.ingest.retention_probe import SHORTEST_RETENTION
from logsync.models import ApiToken, LatenessCount, Log, Stream
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


def test_punctual_logs_are_one_line(log):
    assert the(look_around(), "lag") == (
        "good",
        "1 of 1 log read on time; complete to at least 19 Nov 13:51 UTC.",
        "",
    )


def test_temporary_error_is_no_lag(log):
    change(log, error="Cloudflare answered 502; it is retried automatically.")
    assert states(look_around(), "lag") == ["good"]


@pytest.mark.parametrize(("minutes", "state"), [(6, "warn"), (61, "bad")])
def test_unread_log_lags(log, minutes, state, now):
    change(log, succeeded_at=now - minutes * MINUTE)
    found = the(look_around(), "lag")
    assert found[0] == state
    assert found[1].startswith("Logins · Meridian was last read 19 Nov 1")
    assert found[1].endswith(", complete to 19 Nov 13:51 UTC.")
    assert found[2] == "Check that a worker and beat are running."


def test_paused_log_waits_for_no_worker(log, now):
    token = ApiToken.objects.create(fingerprint="f", blocked_until=now + 2 * MINUTE)
    log.account.api_token = token
    log.account.save()
    change(log, succeeded_at=now - 6 * MINUTE)
    state, words, hint = the(look_around(), "lag")
    assert state == "warn"
    assert words.endswith(": Cloudflare has asked for a pause until 14:08:12 UTC.")
    assert hint == BY_ITSELF


def test_refused_log_is_bad_immediately(log):
    change(log, error="Cloudflare refused (403). Give the token the permission.", needs_person=True)
    state, words, hint = the(look_around(), "lag")
    assert (state, hint) == ("bad", "Give the token the permission.")
    assert words.endswith(": Cloudflare refused (403).")


def test_never_read_log_is_warned_about(make_stream):
    make_stream()
    assert the(look_around(), "lag")[:2] == ("warn", "Logins · Meridian was never read.")


def test_equal_lags_share_one_line(make_stream, now):
    make_stream(succeeded_at=now - 8 * MINUTE)
    for idp_id, minutes in (("p1", 9), ("p2", 10)):
        make_stream(Log.SCIM_UPDATES, idp_id, succeeded_at=now - minutes * MINUTE)
    make_stream(Log.SCIM_UPDATES, "p3", error="Cloudflare refused (403). Mend it.", needs_person=True)
    refused, late = of(look_around(), "lag")
    assert refused == ("bad", "SCIM · p3 · Meridian was never read: Cloudflare refused (403).", "Mend it.")
    assert late[1] == (
        "SCIM · p2 · Meridian was last read 19 Nov 13:56 UTC (also late: SCIM · p1 · Meridian, Logins · Meridian)."
    )


def test_missing_log_has_hint():
    assert the(look_around(), "lag")[:2] == ("warn", "There are no logs to read yet.")


def test_inactive_logs_do_not_lag(log, make_stream):
    make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert states(look_around(), "lag") == ["good"]


def test_slow_rounds_are_no_lag(log, settings, now):
    settings.SYNC_EVERY = HOUR
    change(log, succeeded_at=now - 4 * HOUR)
    assert states(look_around(), "lag") == ["good"]


# Expiring


@pytest.fixture
def racing(log, now, cover):
    """A log of which an hour is missing that is nearly a day old; of older time Cloudflare sent no rows."""
    log.covered_ranges.all().delete()
    in_vain(log, now)
    cover(log, now - 19 * HOUR, now - 15 * MINUTE)
    change(log, backfill_since=now - 20 * HOUR)
    ran_long_ago(log, now)
    assert SHORTEST_RETENTION == DAY
    return log


def in_vain(log, now):
    """Let a log have been asked for older time, of which Cloudflare sent no rows."""
    log.covered_ranges.create(since=now - 40 * DAY, until=now - 35 * DAY, state="beyond")


def ran_long_ago(log, now):
    """Let a log have been read hours ago, and not since: its backfill does not get on."""
    log.runs.create(started_at=now - 5 * HOUR, since=now - DAY, until=now, outcome="stopped", is_backfill=True)


def test_quick_backfill_loses_nothing(racing, now):
    racing.runs.create(
        started_at=now - 2 * MINUTE, since=now - 2 * DAY, until=now - DAY, outcome="read", is_backfill=True
    )
    assert of(look_around(), "expiring") == []


def test_young_backfill_is_given_time(racing):
    racing.runs.all().delete()
    assert of(look_around(), "expiring") == []


def test_read_time_loses_nothing(log):
    assert of(look_around(), "expiring") == []


def test_expiring_unread_time_shows_backfill_command(racing):
    assert the(look_around(), "expiring") == (
        "warn",
        "Logins · Meridian: time from 18 Nov 18:06 UTC is not read yet and may be gone from Cloudflare within 4 h.",
        "Read it now: python manage.py backfill --account 0123456789abcdef0123456789abcdef "
        "--log access_requests --since 2026-11-18T18:06:12Z --until 2026-11-18T19:06:12Z",
    )


def test_proven_longer_retention_leaves_more_time(racing, now):
    change(racing, oldest_at=now - 30 * DAY, probed_at=now)
    assert of(look_around(), "expiring") == []


def test_expiring_unreadable_time_is_bad(racing, now):
    error = "Cloudflare refused (403). Give the token the permission."
    racing.failed_ranges.create(since=now - DAY, until=now - 19 * HOUR, error=error, failed_at=now, retry_at=now)
    state, words, hint = the(look_around(), "expiring")
    assert (state, hint) == ("bad", "Give the token the permission.")
    assert words.endswith("within 4 h, and cannot be read: Cloudflare refused (403).")


def test_most_urgent_loss_is_shown(racing, make_stream, now):
    in_vain(make_stream(Log.SCIM_UPDATES, "p1", backfill_since=now - 22 * HOUR), now)
    _, words, _ = the(look_around(), "expiring")
    assert words == (
        "SCIM · p1 · Meridian: time from 18 Nov 16:06 UTC is not read yet and may be gone from Cloudflare within 2 h "
        "(also: Logins · Meridian)."
    )


def test_provider_name_is_quoted_in_command(make_stream, now):
    quiet = make_stream(Log.SCIM_UPDATES, "a provider; rm", backfill_since=now - 30 * DAY)
    in_vain(quiet, now)
    ran_long_ago(quiet, now)
    _, words, hint = the(look_around(), "expiring")
    assert "may be gone from Cloudflare now" in words
    assert "--log scim_updates --idp-id 'a provider; rm' --since 2026-11-18T14:06:12Z" in hint


# Lateness and failed time


def test_late_rows_propose_longer_overlap(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=1000, count=30)
    assert the(look_around(), "lateness") == (
        "warn",
        "Rows arrived up to 17 min late (Logins · Meridian); the overlap is 15 min. "
        "In seven days, 30 rows arrived after their time counted as complete.",
        "Set SYNC_OVERLAP_MINUTES to 25.",
    )


def test_rows_hours_late_are_found_at_night(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=6 * 3600, count=1)
    assert the(look_around(), "lateness") == (
        "warn",
        "Rows arrived up to 6 h late (Logins · Meridian); the overlap is 15 min. "
        "In seven days, 1 row arrived after its time counted as complete.",
        "Nothing to do: the last two days are read again every night, and so are the hours of late rows.",
    )


def test_rows_within_overlap_are_good(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=60, count=30)
    found = ("good", "Rows arrived up to 60 s late (Logins · Meridian); the overlap is 15 min.", "")
    assert the(look_around(), "lateness") == found


def test_few_rows_prove_no_lateness(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=800, count=3)
    assert of(look_around(), "lateness") == []


def test_no_failures_is_good(log):
    assert the(look_around(), "failed") == ("good", "No time is left that couldn't be read.", "")


@pytest.mark.parametrize(("tries", "state"), [(1, "warn"), (5, "bad")])
def test_failed_time_shows_first_reason(log, tries, state, now):
    for hours in (2, 3):
        error = f"Cloudflare answered 50{hours}; it is retried automatically."
        since, until = now - hours * HOUR, now - hours * HOUR + MINUTE
        log.failed_ranges.create(since=since, until=until, error=error, failed_at=now, tries=tries, retry_at=now)
    assert the(look_around(), "failed") == (
        state,
        "2 ranges could not be read (Logins · Meridian). The first: Logins · Meridian from 19 Nov 11:06 UTC: "
        "Cloudflare answered 503; it is retried automatically.",
        "It is retried automatically, at most an hour apart.",
    )


def test_rows_set_aside_are_counted(log, make_stream, now):
    assert not states(look_around(), "set aside")
    for stream, reason in ((log, "It is not a JSON object, but null."), (make_stream(Log.SCIM_UPDATES, "p1"), "Old.")):
        received_at = now - (HOUR if stream == log else DAY)
        stream.set_aside_rows.create(key=uuid4(), since=now, until=now, received_at=received_at, reason=reason)
    assert the(look_around(), "set aside") == (
        "warn",
        "2 rows could not be read and were set aside (Logins · Meridian, SCIM · p1 · Meridian); "
        "the newest arrived 19 Nov 13:06 UTC: It is not a JSON object, but null.",
        "All other rows are stored. The sync page shows these; please report them.",
    )


def test_query_count_is_constant(log, make_stream, now):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            look_around()
        return len(counted)

    make_stream(Log.SCIM_UPDATES, "p0", succeeded_at=now - HOUR)
    before = queries()
    for name in ("p1", "p2", "p3"):
        make_stream(Log.SCIM_UPDATES, name, succeeded_at=now - HOUR)
    assert queries() == before
