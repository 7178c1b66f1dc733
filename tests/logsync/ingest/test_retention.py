"""What is too old is forgotten, and so is the claim to know it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.coverage import State, ask_for, coverage_of_stream, missing_spans, note_failure, spans_of
from logsync.derived.counts import differences, rebuild
from logsync.ingest.retention import forget_before, forget_old_events, forget_runs_before
from logsync.models import (
    AccessRequest,
    AskedRange,
    FailedRange,
    HourlyCount,
    Installation,
    LatenessCount,
    Log,
    ScimUpdate,
    Stream,
    SyncRun,
)
from logsync.spans import Span

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def moment(now):
    """Ten days ago; a full hour, for hours are forgotten whole."""
    return (now - 10 * DAY).replace(minute=0, second=0, microsecond=0)


def test_expired_events_are_deleted_and_counted(make_login, make_update, moment):
    kept = make_login(created_at=moment), make_update(logged_at=moment)
    for _ in range(2):
        make_login(created_at=moment - TICK)
    make_update(logged_at=moment - TICK)
    assert forget_before(moment) == 3
    assert (AccessRequest.objects.get(), ScimUpdate.objects.get()) == kept


def test_only_fully_expired_hours_are_forgotten(make_login, moment):
    for age in (TICK, -TICK, -59 * timedelta(minutes=1)):
        make_login(created_at=moment - age)
    assert forget_before(moment + HOUR - TICK) == 1
    assert forget_before(moment + HOUR) == 2


def test_counts_of_forgotten_hours_are_deleted(make_login, make_update, moment):
    for hours in (-2, -1, 0, 1):
        make_login(created_at=moment + hours * HOUR)
        make_update(logged_at=moment + hours * HOUR)
    rebuild()
    forget_before(moment + HOUR / 2)
    assert differences() == []
    assert {row.hour for row in HourlyCount.objects.all()} == {moment, moment + HOUR}


def test_forgotten_time_is_not_claimed_known(make_stream, cover, moment, now):
    stream = make_stream()
    cover(stream, moment - 5 * DAY, moment - 3 * DAY)
    cover(stream, moment - 2 * DAY, moment)
    cover(stream, moment - DAY, moment + DAY, is_settled=False)
    cover(stream, moment + 2 * DAY, now)
    forget_before(moment)
    assert spans_of(stream, State.SETTLED) == [Span(moment + 2 * DAY, now)]
    assert spans_of(stream, State.PROVISIONAL) == [Span(moment, moment + DAY)]
    assert spans_of(stream, State.DELETED) == [Span(moment - 5 * DAY, moment - 3 * DAY), Span(moment - 2 * DAY, moment)]
    assert coverage_of_stream(stream, Span(moment - DAY, moment)).missing == [Span(moment - DAY, moment)]


def test_forgotten_time_is_not_reread(make_stream, cover, moment, now):
    old, new = make_stream(), make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now - DAY)
    cover(old, moment - DAY, now)
    forget_before(moment)
    assert missing_spans(Stream.objects.get(pk=old.pk), now) == []
    assert Stream.objects.get(pk=old.pk).backfill_since == moment
    assert Stream.objects.get(pk=new.pk).backfill_since == now - DAY


@pytest.mark.parametrize("again", [False, True])
def test_forgotten_time_drops_reread_requests(make_stream, moment, again):
    stream = make_stream(backfill_since=moment + 5 * DAY)
    for days in (-3, -1):
        ask_for(stream, Span(moment + days * DAY, moment + (days + 2) * DAY), again=again, asked_by="sam")
    forget_before(moment)
    assert [(range.since, range.until) for range in AskedRange.objects.all()] == [(moment, moment + DAY)]
    assert all(span.since >= moment for span in missing_spans(Stream.objects.get(), moment + 9 * DAY))


def test_forgotten_time_is_not_marked_failed(make_stream, moment, now):
    stream = make_stream()
    note_failure(stream, Span(moment - 2 * DAY, moment - DAY), "Cloudflare answered 502.", now)
    note_failure(stream, Span(moment - HOUR, moment + HOUR), "Cloudflare answered 502.", now)
    forget_before(moment)
    failed = FailedRange.objects.get()
    assert (failed.since, failed.until, failed.error) == (moment, moment + HOUR, "Cloudflare answered 502.")


def test_nothing_expired_deletes_nothing(make_login, make_stream, cover, now):
    make_login()
    rebuild()
    cover(make_stream(), now - DAY, now)
    assert forget_before(now - 31 * DAY) == 0
    assert (AccessRequest.objects.count(), HourlyCount.objects.count()) == (1, 1)


def test_old_runs_are_deleted_and_counted(make_stream, now):
    stream = make_stream()
    for age in (3, 2, 1):
        SyncRun.objects.create(stream=stream, started_at=now - age * DAY, since=now, until=now)
    assert forget_runs_before(now - 2 * DAY) == 1
    assert {run.started_at for run in SyncRun.objects.all()} == {now - 2 * DAY, now - DAY}


def test_lateness_is_forgotten_with_runs(make_stream, now):
    stream = make_stream()
    for age in (3, 2, 1):
        LatenessCount.objects.create(stream=stream, day=(now - age * DAY).date(), seconds=10, count=1)
    assert forget_runs_before(now - 2 * DAY) == 0
    assert LatenessCount.objects.count() == 2


# A wrong clock


@pytest.fixture
def keep(settings):
    settings.KEEP_EVENTS = 90 * DAY


def forgotten():
    row = Installation.get()
    return row.forgotten_before, row.held_back_before


def hour(moment):
    return moment.replace(minute=0, second=0, microsecond=0)


def ages(now):
    """How many days old the logins are, in whole days."""
    return sorted(round((now - at) / DAY) for at in AccessRequest.objects.values_list("created_at", flat=True))


def test_each_night_forgets_its_day(make_login, keep, now):
    for age in range(85, 92):
        make_login(created_at=now - age * DAY)
    assert forget_old_events(now) == 1
    assert forget_old_events(now) == 0
    assert forget_old_events(now + DAY) == 1
    assert ages(now) == [85, 86, 87, 88, 89]
    assert forgotten() == (hour(now - 89 * DAY), None)


@pytest.mark.parametrize("ahead", [405, 10_000, 100_000])
def test_clock_ahead_costs_a_day(make_login, make_update, make_stream, cover, keep, now, ahead):
    for age in range(80, 92):
        make_login(created_at=now - age * DAY)
        make_update(logged_at=now - age * DAY)
    stream = make_stream()
    cover(stream, now - 89 * DAY, now)
    forget_old_events(now)
    assert ages(now) == [*range(80, 91)]
    assert forget_old_events(now + ahead * DAY) == 2
    assert ages(now) == [*range(80, 90)]
    assert spans_of(stream, State.SETTLED) == [Span(now - 89 * DAY, now)]
    assert forgotten()[1] == hour(now + (ahead - 90) * DAY)


def test_clock_ahead_costs_a_day_at_first(make_login, keep, now):
    for age in range(30):
        make_login(created_at=now - age * DAY)
    assert forget_old_events(now + 405 * DAY) == 1
    assert ages(now) == [*range(29)]


def test_clock_ahead_costs_nothing_younger(make_login, keep, now):
    for age in range(30):
        make_login(created_at=now - age * DAY)
    forget_old_events(now)
    assert forget_old_events(now + 405 * DAY) == 0
    assert len(ages(now)) == 30


def test_covered_quiet_is_kept_too(make_stream, cover, keep, now):
    stream = make_stream()
    cover(stream, now - 30 * DAY, now)
    forget_old_events(now + 405 * DAY)
    assert spans_of(stream, State.SETTLED) == [Span(hour(now - 29 * DAY), now)]


def test_pause_is_made_up_for(make_login, keep, now):
    for age in range(80, 92):
        make_login(created_at=now - age * DAY)
    forget_old_events(now)
    # Five days later, and twice a day from then on.
    deleted = [forget_old_events(now + 5 * DAY + half * DAY / 2) for half in range(11)]
    assert deleted == [1] * 10 + [0]
    assert forgotten()[1] is None


def test_person_may_forget_all_at_once(make_login, keep, now):
    for age in range(80, 200, 5):
        make_login(created_at=now - age * DAY)
    forget_old_events(now)
    assert forgotten()[1] is not None
    forget_old_events(now, at_once=True)
    assert ages(now) == [80, 85, 90]
    assert forgotten() == (hour(now - 90 * DAY), None)


def test_longer_keeping_deletes_nothing(make_login, keep, now, settings):
    for age in range(80, 92):
        make_login(created_at=now - age * DAY)
    forget_old_events(now)
    settings.KEEP_EVENTS = 400 * DAY
    assert forget_old_events(now + DAY) == 0
    assert forgotten() == (hour(now - 90 * DAY), None)


def test_empty_installation_forgets_nothing(db, now):
    assert forget_old_events(now) == 0
    assert forgotten() == (None, None)
