"""What is too old is forgotten, and so is the claim to know it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.coverage import State, ask_for, coverage_of_stream, missing_spans, note_failure, spans_of
from logsync.derived.counts import differences, rebuild
from logsync.ingest.retention import forget_before, forget_runs_before
from logsync.models import (
    AccessRequest,
    AskedRange,
    FailedRange,
    HourlyCount,
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
