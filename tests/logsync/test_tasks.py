"""The tasks are thin: what is queued, when a turn ends, and what beat asks for exists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.signals import worker_shutting_down

from dashboard.celery import app
from logsync import tasks
from logsync.directory import sync_directory
from logsync.models import AccessRequest, Installation, Log, ScimUpdate, Stream, SyncRun
from tests.logsync.cloudflare.answers import LogServer, client_of

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at_once():
    """Tasks run where they are queued."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def connected(monkeypatch):
    """Have the tasks make their clients so."""
    return lambda connect: monkeypatch.setattr(tasks, "connect", connect)


@pytest.fixture
def stream(make_stream, now, settings):
    return make_stream(backfill_since=now - 2 * settings.SYNC_OVERLAP)


@pytest.fixture
def server(now):
    """Six logins of the last half hour, two a page."""
    rows = [{"ray_id": str(age), "created_at": (now - age * MINUTE).isoformat()} for age in range(25, 19, -1)]
    return LogServer(rows, cap=2)


@pytest.mark.usefixtures("at_once")
def test_a_round_finds_the_streams_and_reads_them(connected, cloudflare, settings):
    settings.BACKFILL = timedelta(hours=6)
    connected(cloudflare)
    tasks.start_syncs.delay()
    assert Stream.objects.exclude(succeeded_at=None).count() == 3
    assert AccessRequest.objects.exists()
    assert ScimUpdate.objects.exists()


@pytest.mark.usefixtures("at_once")
def test_a_round_leaves_out_streams_that_wait_and_those_that_are_gone(connected, cloudflare, settings, now):
    settings.BACKFILL = timedelta(hours=1)
    sync_directory(cloudflare())
    waiting, gone, due = Stream.objects.order_by("log", "idp_id").reverse()
    Stream.objects.filter(pk=waiting.pk).update(retry_at=now + MINUTE)
    Stream.objects.filter(pk=gone.pk).update(idp_id="gone")
    connected(cloudflare)
    tasks.start_syncs.delay()
    read = set(SyncRun.objects.values_list("stream", flat=True))
    assert due.pk in read
    assert read.isdisjoint({waiting.pk, gone.pk})


@pytest.mark.usefixtures("at_once")
def test_a_round_with_a_wrong_token_says_so_and_ends(connected, cloudflare):
    connected(lambda: cloudflare("wrong"))
    tasks.start_syncs.delay()
    assert "does not accept the API token" in Installation.get().directory_error
    assert not SyncRun.objects.exists()


def test_streams_that_are_due_are_queued_until_the_next_round(connected, cloudflare, settings, monkeypatch, now):
    queued = []
    monkeypatch.setattr(tasks.sync_stream, "apply_async", lambda args, **options: queued.append((*args, options)))
    sync_directory(cloudflare())
    waiting, *due = Stream.objects.order_by("pk").values_list("pk", flat=True)
    Stream.objects.filter(pk=waiting).update(retry_at=now + MINUTE)
    connected(cloudflare)
    tasks.start_syncs()
    options = {"expires": settings.SYNC_EVERY.total_seconds()}
    assert sorted(queued, key=str) == [(pk, options) for pk in due]


def test_a_stream_is_read_by_its_number(stream, server, connected):
    connected(lambda: client_of(server))
    tasks.sync_stream(stream.pk)
    assert AccessRequest.objects.count() == 6


@pytest.mark.parametrize("change", [{"is_active": False}, {"retry_at": "later"}])
def test_a_stream_that_was_asked_to_wait_since_it_was_queued_is_left_alone(stream, server, connected, now, change):
    Stream.objects.update(**{name: now + MINUTE if value == "later" else value for name, value in change.items()})
    connected(lambda: client_of(server))
    tasks.sync_stream(stream.pk)
    assert server.asked == []


def test_a_stream_that_was_deleted_since_it_was_queued_is_no_error(connected, server):
    connected(lambda: client_of(server))
    tasks.sync_stream(4711)
    assert server.asked == []


def test_a_turn_ends_after_the_page_at_which_its_time_is_up(stream, server, connected, time_machine):
    def slow(request):
        time_machine.shift(tasks.TURN * 0.6)
        return server(request)

    connected(lambda: client_of(slow))
    tasks.sync_stream(stream.pk)
    assert len(server.asked) == 2
    assert AccessRequest.objects.count() == 4
    assert Stream.objects.get().lease_owner == ""


def test_a_worker_that_shuts_down_ends_its_turns_after_the_page(stream, server, connected):
    connected(lambda: client_of(server))
    try:
        worker_shutting_down.send(sender="worker", sig="TERM", how="warm", exitcode=0)
        tasks.sync_stream(stream.pk)
    finally:
        tasks._is_shutting_down.clear()
    assert AccessRequest.objects.count() == 2


def test_at_night_old_events_and_old_runs_are_forgotten(make_login, make_update, stream, now, settings):
    settings.KEEP_EVENTS = timedelta(days=90)
    ages = [timedelta(days=89), timedelta(days=91)]
    for age in ages:
        make_login(created_at=now - age)
        make_update(logged_at=now - age)
    for days in (13, 15):
        SyncRun.objects.create(stream=stream, started_at=now - timedelta(days=days), since=now, until=now)
    tasks.forget_old_events()
    assert (AccessRequest.objects.count(), ScimUpdate.objects.count(), SyncRun.objects.count()) == (1, 1, 1)


def test_beat_asks_for_tasks_that_exist_and_lets_none_pile_up(settings):
    app.finalize()
    schedule = app.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} == {
        "logsync.tasks.start_syncs",
        "logsync.tasks.forget_old_events",
    }
    assert {entry["task"] for entry in schedule.values()} <= set(app.tasks)
    every = settings.SYNC_EVERY.total_seconds()
    assert schedule["sync"]["schedule"] == every
    assert schedule["sync"]["options"]["expires"] < every


def test_the_logs_of_every_kind_are_known_to_the_tasks(make_stream, connected, now, settings):
    updates = [{"idp_resource_id": "1", "logged_at": (now - MINUTE).isoformat()}]
    scim = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now - 2 * settings.SYNC_OVERLAP)
    connected(lambda: client_of(LogServer(updates)))
    tasks.sync_stream(scim.pk)
    assert ScimUpdate.objects.get().idp_id == "411d"
