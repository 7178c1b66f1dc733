"""What is too old is forgotten, and so is the claim to know it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.coverage import Span, coverage_of, spans_of
from logsync.models import AccessRequest, ScimUpdate, Stream, SyncRun
from logsync.retention import forget_before, forget_runs_before
from logsync.sync import missing_spans

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def moment(now):
    return now - 10 * DAY


def test_events_from_before_the_moment_go_and_are_counted(make_login, make_update, moment):
    kept = make_login(created_at=moment), make_update(logged_at=moment)
    for _ in range(2):
        make_login(created_at=moment - TICK)
    make_update(logged_at=moment - TICK)
    assert forget_before(moment) == 3
    assert (AccessRequest.objects.get(), ScimUpdate.objects.get()) == kept


def test_forgotten_time_is_not_claimed_to_be_known(make_stream, cover, moment, now):
    stream = make_stream()
    cover(stream, moment - 5 * DAY, moment - 3 * DAY)
    cover(stream, moment - 2 * DAY, moment)
    cover(stream, moment - DAY, moment + DAY, is_settled=False)
    cover(stream, moment + 2 * DAY, now)
    forget_before(moment)
    assert spans_of(stream, is_settled=True) == [Span(moment + 2 * DAY, now)]
    assert spans_of(stream, is_settled=False) == [Span(moment, moment + DAY)]
    assert coverage_of([stream], Span(moment - DAY, moment)).missing == [Span(moment - DAY, moment)]


def test_forgotten_time_is_not_read_again(make_stream, cover, moment, now):
    old, new = make_stream(), make_stream("scim_updates", "411d", backfill_since=now - DAY)
    cover(old, moment - DAY, now)
    forget_before(moment)
    assert missing_spans(Stream.objects.get(pk=old.pk), now) == []
    assert Stream.objects.get(pk=old.pk).backfill_since == moment
    assert Stream.objects.get(pk=new.pk).backfill_since == now - DAY


def test_where_nothing_is_too_old_nothing_goes(make_login, make_stream, cover, now):
    make_login()
    cover(make_stream(), now - DAY, now)
    assert forget_before(now - 31 * DAY) == 0
    assert AccessRequest.objects.count() == 1


def test_old_runs_go_and_are_counted(make_stream, now):
    stream = make_stream()
    for age in (3, 2, 1):
        SyncRun.objects.create(stream=stream, started_at=now - age * DAY, since=now, until=now)
    assert forget_runs_before(now - 2 * DAY) == 1
    assert {run.started_at for run in SyncRun.objects.all()} == {now - 2 * DAY, now - DAY}
