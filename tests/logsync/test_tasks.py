"""The tasks are thin: what is queued, when a turn ends, and what beat asks for exists."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import httpx
import pytest
from celery.signals import worker_shutting_down
from django.db.models.functions import Now
from django.utils import timezone

from dashboard.celery import app
from logsync import tasks
from logsync.cloudflare.client import CloudflareClient
from logsync.coverage import State, ask_for, cover, spans_of
from logsync.ingest import tokens
from logsync.ingest.directory import sync_directory
from logsync.ingest.sync import CUT_OFF
from logsync.models import (
    AccessRequest,
    Account,
    ApiToken,
    AskedRange,
    Claim,
    FailedRange,
    Installation,
    Log,
    Reading,
    ScimUpdate,
    Stream,
    SyncRun,
    UserReading,
)
from logsync.simulator import Simulator
from logsync.spans import Span
from tests.logsync.cloudflare.answers import LogServer, failure, success

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _new_worker(monkeypatch):
    """Every test has a worker of its own, which has heard nothing of Cloudflare yet."""
    monkeypatch.setattr(tasks, "_connections", tokens.Connections())


@pytest.fixture
def at_once():
    """Tasks run where they are queued."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def queued(monkeypatch):
    """What is queued, in order: the name of each task, its arguments, and after how many seconds it is dropped."""
    found = []
    for name in ("sync_stream", "list_streams", "backfill", "read_policies"):

        def keep(args=(), *, expires, name=name):
            found.append((name, *args, expires))

        monkeypatch.setattr(getattr(tasks, name), "apply_async", keep)
    return found


@pytest.fixture
def connected(monkeypatch):
    """Have everything that is asked of Cloudflare go to this transport, through the gate of the token."""

    def connect(transport):
        def client(secret, *, base_url, gate, clock):
            return CloudflareClient(
                secret, base_url="http://cloudflare.example/client/v4", transport=transport, gate=gate, clock=clock
            )

        monkeypatch.setattr(tokens, "CloudflareClient", client)

    return connect


@pytest.fixture
def simulator(connected, now):
    """The tasks reach a small Cloudflare."""

    def connect(**habits):
        connected(
            httpx.WSGITransport(Simulator(**{"logins_per_day": 300, "scim_per_day": 60, "lateness": None} | habits))
        )

    return connect


@pytest.fixture
def token(account, settings):
    """The token that reads the account."""
    settings.CLOUDFLARE_API_TOKENS = {"": "a-token"}
    [account.api_token] = tokens.api_tokens()
    account.save()
    return account.api_token


@pytest.fixture
def stream(make_stream, token, now, settings):
    return make_stream(backfill_since=now - 2 * settings.SYNC_OVERLAP)


@pytest.fixture
def expire():
    """Have a lease end a moment ago, as if its worker had been killed a while ago."""

    def expire(lease):
        type(lease).objects.filter(pk=lease.pk).update(lease_expires_at=Now() - timedelta(seconds=1))

    return expire


@pytest.fixture
def old(make_stream, token, now):
    """A stream of four days whose newest time was read just now, of an account whose policies were."""
    for account in Account.objects.all():
        Reading.objects.create(account=account, part=Reading.Part.AUDIT_LOG, attempted_at=now)
    return make_stream(
        backfill_since=now - 4 * DAY,
        oldest_at=now - 40 * DAY,
        probed_at=now,
        attempted_at=now,
        succeeded_at=now,
    )


@pytest.fixture
def server(now, connected):
    """Six logins of the last half hour, two a page; the tasks reach it."""
    rows = [{"ray_id": str(age), "created_at": (now - age * MINUTE).isoformat()} for age in range(25, 19, -1)]
    server = LogServer(rows, cap=2, ignores_window=False)
    connected(httpx.MockTransport(server))
    return server


@pytest.fixture
def seconds(monkeypatch):
    """The monotonic clock of the tasks, which a test moves: a list of one number."""
    passed = [1000.0]
    monkeypatch.setattr(tasks, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    return passed


# A round


@pytest.mark.usefixtures("at_once")
def test_rounds_find_and_read_streams(simulator, settings, now):
    settings.BACKFILL = timedelta(hours=30)
    simulator()
    for _ in range(2):
        tasks.start_syncs.delay()
    assert Stream.objects.exclude(succeeded_at=None).count() == 3
    assert AccessRequest.objects.exists()
    assert ScimUpdate.objects.exists()
    for stream in Stream.objects.all():
        assert spans_of(stream, State.SETTLED) == [Span(now - timedelta(hours=30), now - 15 * MINUTE)]


@pytest.mark.usefixtures("at_once")
def test_round_skips_waiting_and_vanished_streams(simulator, cloudflare, settings, now):
    settings.BACKFILL = HOUR
    sync_directory(lambda _: cloudflare())
    waiting, gone, due = Stream.objects.order_by("log", "idp_id").reverse()
    Stream.objects.filter(pk=waiting.pk).update(retry_at=now + MINUTE)
    Stream.objects.filter(pk=gone.pk).update(is_active=False, idp_id="gone")
    simulator()
    tasks.start_syncs.delay()
    read = set(SyncRun.objects.values_list("stream", flat=True))
    assert due.pk in read
    assert read.isdisjoint({waiting.pk, gone.pk})


@pytest.mark.usefixtures("at_once")
def test_round_with_wrong_token_is_noted(simulator):
    simulator(token="another")
    tasks.start_syncs.delay()
    assert "does not accept the API token" in ApiToken.objects.get().error
    assert not SyncRun.objects.exists()


def test_round_queues_newest_time_before_backfills(old, make_stream, queued, settings, now):
    waiting = make_stream(Log.SCIM_UPDATES, "waits", retry_at=now + MINUTE)
    due = make_stream(Log.SCIM_UPDATES, "due", backfill_since=now)
    tasks.start_syncs()
    names = [name for name, *_ in queued]
    assert {pk for name, pk, *_ in queued if name == "sync_stream"} == {old.pk, due.pk} - {waiting.pk}
    assert names == ["sync_stream"] * 2 + ["list_streams"] + ["backfill"] * 5
    assert {expires for *_, expires in queued} == {settings.SYNC_EVERY.total_seconds()}


def test_round_queues_only_useful_backfills(old, queued, now):
    cover(old, Span(now - 4 * DAY, now - DAY), now)
    tasks.start_syncs()
    assert [name for name, *_ in queued].count("backfill") == 2


def test_round_queues_limited_backfills(old, queued, now):
    old.note(backfill_since=now - 400 * DAY)
    tasks.start_syncs()
    assert [name for name, *_ in queued].count("backfill") == tasks.MOST_BACKFILLS


def test_scheduled_round_records_beat(queued, now):
    tasks.start_syncs()
    assert Installation.get().beat_seen_at is None
    tasks.start_syncs(by_beat=True)
    assert Installation.get().beat_seen_at == now


def test_wrong_identity_key_queues_nothing(stream, queued, settings, caplog):
    Installation.get()
    settings.IDENTITY_KEY = bytes(32)
    tasks.start_syncs()
    tasks.ask_doctor()
    assert queued == []
    assert "IDENTITY_KEY is not the key" in caplog.text


def test_round_marks_runs_cut_off(stream, queued, now):
    SyncRun.objects.create(stream=stream, owner="killed", started_at=now, since=now, until=now)
    tasks.start_syncs()
    assert SyncRun.objects.get().error == CUT_OFF


def test_new_streams_are_read_immediately(simulator, queued, now):
    simulator()
    tasks.list_streams()
    found = set(Stream.objects.values_list("pk", flat=True))
    assert len(found) == 3
    assert {pk for name, pk, *_ in queued if name == "sync_stream"} == found
    queued.clear()
    Stream.objects.update(attempted_at=now)
    tasks.list_streams()
    assert [name for name, *_ in queued] == ["read_policies"]


# The newest time


def test_stream_is_read_by_primary_key(stream, server):
    tasks.sync_stream(stream.pk)
    assert AccessRequest.objects.count() == 6


@pytest.mark.parametrize("change", [{"is_active": False}, {"retry_at": "later"}])
def test_queued_stream_respects_later_pause(stream, server, now, change):
    Stream.objects.update(**{name: now + MINUTE if value == "later" else value for name, value in change.items()})
    tasks.sync_stream(stream.pk)
    assert server.asked == []


def test_queued_stream_respects_blocked_token(stream, server, now):
    ApiToken.objects.update(blocked_until=now + MINUTE)
    tasks.sync_stream(stream.pk)
    assert server.asked == []
    assert not SyncRun.objects.exists()


def test_stream_without_token_is_skipped(stream, server, account):
    account.api_token = None
    account.save()
    tasks.sync_stream(stream.pk)
    assert server.asked == []


def test_stream_deleted_while_queued_is_skipped(server):
    tasks.sync_stream(4711)
    assert server.asked == []


def test_turn_ends_after_page_at_timeout(stream, server, connected, seconds):
    def slow(request):
        seconds[0] += tasks.TURN.total_seconds() * 0.6
        return server(request)

    connected(httpx.MockTransport(slow))
    tasks.sync_stream(stream.pk)
    assert len(server.asked) == 2
    assert AccessRequest.objects.count() == 4
    assert Stream.objects.get().lease_owner == ""
    assert SyncRun.objects.get().outcome == SyncRun.Outcome.STOPPED


@pytest.fixture
def shutting_down():
    """The worker has just been told to stop."""
    worker_shutting_down.send(sender="worker", sig="TERM", how="warm", exitcode=0)
    yield
    tasks._is_shutting_down.clear()


@pytest.mark.usefixtures("shutting_down")
def test_shutdown_ends_turn_after_page(stream, server):
    tasks.sync_stream(stream.pk)
    assert AccessRequest.objects.count() == 2


# Old time


def days_read():
    return [f"{run.since:%d}" for run in SyncRun.objects.order_by("id")]


def test_backfill_reads_newest_first_until_done(old, server, now):
    tasks.backfill()
    assert days_read() == ["19", "18", "17", "16", "15"]
    assert spans_of(old, State.SETTLED) == [Span(now - 4 * DAY, now - 30 * MINUTE)]
    tasks.backfill()
    assert len(days_read()) == 5


def test_newest_time_interrupts_backfill(old, make_stream, server, connected, seconds, now):
    def slow(request):
        seconds[0] += tasks.LOOK_EVERY_SECONDS
        return server(request)

    connected(httpx.MockTransport(slow))
    waiting = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now, attempted_at=now - 3 * MINUTE)
    tasks.backfill()
    assert days_read() == ["19"]
    waiting.note(attempted_at=now)
    tasks.backfill()
    assert len(days_read()) == 5


def test_newest_time_being_read_interrupts_nothing(old, make_stream, server, connected, seconds, now):
    def slow(request):
        seconds[0] += tasks.LOOK_EVERY_SECONDS
        return server(request)

    connected(httpx.MockTransport(slow))
    make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now, attempted_at=None).take_lease("ada")
    tasks.backfill()
    assert len(days_read()) == 5


def test_backfill_ends_with_its_round(old, server, connected, seconds, settings):
    def slow(request):
        seconds[0] += settings.SYNC_EVERY.total_seconds() * 0.6
        return server(request)

    connected(httpx.MockTransport(slow))
    tasks.backfill()
    assert days_read() == ["19", "18"]


@pytest.mark.usefixtures("shutting_down")
def test_shutdown_starts_no_backfill(old, server):
    tasks.backfill()
    assert server.asked == []


@pytest.mark.parametrize(
    "change",
    [{"error": "It is said why."}, {"retry_at": "later"}, {"is_active": False}],
    ids=["in error", "has to wait", "no longer read"],
)
def test_failing_stream_is_not_backfilled(old, server, queued, now, change):
    Stream.objects.update(**{name: now + MINUTE if value == "later" else value for name, value in change.items()})
    tasks.backfill()
    tasks.start_syncs()
    assert server.asked == []
    assert "backfill" not in [name for name, *_ in queued]


def test_blocked_token_is_not_backfilled(old, server, queued, now):
    ApiToken.objects.update(blocked_until=now + MINUTE)
    tasks.backfill()
    tasks.start_syncs()
    assert server.asked == []
    assert [name for name, *_ in queued] == ["list_streams"]


def test_backfill_leaves_calls_for_newest_time(old, stream_of_calls, settings, now):
    settings.RATE_LIMIT_PERCENT = 80
    # 60 of 100 calls are what old time may use; the newest may use 80.
    stream_of_calls.remaining = 40
    tasks.backfill()
    assert len(stream_of_calls.asked) == 1
    tasks.backfill()
    assert len(stream_of_calls.asked) == 1
    tasks.sync_stream(old.pk)
    assert spans_of(old, State.PROVISIONAL) == [Span(now - 15 * MINUTE, now)]
    stream_of_calls.remaining = 20
    stream_of_calls.asked.clear()
    for _ in range(2):
        tasks.sync_stream(old.pk)
    assert len(stream_of_calls.asked) == 1
    assert (Stream.objects.get().error, FailedRange.objects.count()) == ("", 0)


@pytest.fixture
def stream_of_calls(server, connected):
    """The server, which says how many of a hundred calls are left."""
    server.remaining = 100

    def answer(request):
        response = server(request)
        response.headers["Ratelimit"] = f'"default";r={server.remaining};t=200'
        response.headers["Ratelimit-Policy"] = '"default";q=100;w=300'
        return response

    connected(httpx.MockTransport(answer))
    return server


def test_failing_backfill_stops_no_other(old, make_stream, server, connected, now):
    values = {"oldest_at": now - 40 * DAY, "probed_at": now, "attempted_at": now}
    other = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now - 4 * DAY, **values)

    def broken_logins(request):
        return failure(400, 12130) if "access_requests" in request.url.path else server(request)

    connected(httpx.MockTransport(broken_logins))
    tasks.backfill()
    assert not spans_of(old, State.SETTLED)
    assert spans_of(other, State.SETTLED) == [Span(now - 4 * DAY, now - 30 * MINUTE)]


# Once a night


def test_two_days_are_reread(old, server, now):
    tasks.backfill()
    SyncRun.objects.all().delete()
    tasks.reread_recent_days()
    asked = AskedRange.objects.get()
    assert (f"{asked.since:%d %H:%M}", f"{asked.until:%d %H:%M}") == ("17 00:00", "19 00:00")
    tasks.backfill()
    assert days_read() == ["18", "17"]
    assert not AskedRange.objects.exists()


def test_requested_range_is_read_next(old, server, now):
    tasks.backfill()
    ask_for(old, Span(now - 9 * DAY, now - 8 * DAY), again=False, asked_by="ada")
    SyncRun.objects.all().delete()
    tasks.backfill()
    assert days_read() == ["11", "10"]


def test_old_events_are_deleted_nightly(make_login, make_update, stream, now, settings):
    settings.KEEP_EVENTS = timedelta(days=90)
    ages = [timedelta(days=89), timedelta(days=91)]
    for age in ages:
        make_login(created_at=now - age)
        make_update(logged_at=now - age)
    for days in (13, 15):
        SyncRun.objects.create(stream=stream, started_at=now - timedelta(days=days), since=now, until=now)
    tasks.forget_old_events()
    assert (AccessRequest.objects.count(), ScimUpdate.objects.count(), SyncRun.objects.count()) == (1, 1, 1)


def test_events_are_deleted_by_cloudflares_clock(
    make_login, token, connected, now, settings, time_machine, monkeypatch
):
    monkeypatch.setattr(tasks, "_connections", tokens.Connections())
    settings.KEEP_EVENTS = 90 * DAY
    for age in (1, 30, 89, 91):
        make_login(created_at=now - age * DAY)
    told = format_datetime(now, usegmt=True)
    connected(httpx.MockTransport(lambda _: failure(403, 10000, Date=told)))
    time_machine.move_to(now + 405 * DAY, tick=False)
    tasks.forget_old_events()
    assert AccessRequest.objects.count() == 3
    assert not Installation.get().held_back_before


def test_lost_newest_time_is_taken_over(stream, make_stream, queued, expire):
    other = make_stream(Log.SCIM_UPDATES, "p1")
    for held in (stream, other):
        held.take_lease("killed")
    tasks.take_over()
    assert queued == []
    expire(stream)
    tasks.take_over()
    assert [(name, pk) for name, pk, *_ in queued if name == "sync_stream"] == [("sync_stream", stream.pk)]


def test_lost_windows_are_taken_over(old, queued, expire, now):
    claim = Claim.objects.create(stream=old, since=now - 2 * DAY, until=now - DAY)
    claim.take_lease("killed")
    run = SyncRun.objects.create(stream=old, owner="killed", started_at=now, since=now, until=now)
    tasks.take_over()
    assert queued == []
    expire(claim)
    tasks.take_over()
    assert {name for name, *_ in queued} == {"backfill"}
    run.refresh_from_db()
    assert run.error == CUT_OFF


def test_nothing_lost_queues_nothing(old, queued):
    tasks.take_over()
    assert queued == []


# Policies and users


def refuse_policies(request):
    """A Cloudflare whose every answer about policies and users is broken, and whose logs are well."""
    if "/access/logs/" in request.url.path:
        return LogServer([])(request)
    return httpx.Response(200, content=b"{broken")


def answer_with_nothing(connected):
    """Have every list be empty; the calls."""
    calls: list[httpx.Request] = []

    def answer(request):
        calls.append(request)
        return success([])

    connected(httpx.MockTransport(answer))
    return calls


def test_broken_policies_cost_no_log(stream, connected, now):
    connected(httpx.MockTransport(refuse_policies))
    tasks.sync_stream(stream.pk)
    tasks.read_policies()
    UserReading.objects.create(account=stream.account, person="ada@x.example", subject="identity", wanted_at=now)
    tasks.read_users_wanted()
    tasks.sync_stream(stream.pk)
    stream.refresh_from_db()
    assert (stream.error, stream.succeeded_at) == ("", now)
    assert all("cut short or is not JSON" in reading.error for reading in Reading.objects.all())
    assert Reading.objects.count() == 6
    assert "cut short" in UserReading.objects.get().error


def test_policies_rest_between_readings(stream, connected, now, settings, time_machine):
    calls = answer_with_nothing(connected)
    tasks.sync_stream(stream.pk)
    for rest in (timedelta(), settings.POLICIES_EVERY / 2 - MINUTE):
        time_machine.shift(rest)
        calls.clear()
        tasks.read_policies()
        assert bool(calls) == (not rest)
    time_machine.shift(2 * MINUTE)
    tasks.sync_stream(stream.pk)
    calls.clear()
    tasks.read_policies()
    assert calls


def test_account_read_in_part_comes_first(stream, connected, now, settings, time_machine):
    other = Account.objects.create(account_id="b" * 32, api_token=stream.account.api_token)
    calls = answer_with_nothing(connected)
    tasks.sync_stream(stream.pk)
    settings.RATE_LIMIT_PERCENT, settings.POLICY_CALLS_PERCENT = 100, 1
    tasks.read_policies()
    read = set(Reading.objects.filter(part=Reading.Part.AUDIT_LOG).values_list("account", flat=True))
    assert read == {stream.account.pk}
    time_machine.shift(10 * MINUTE)
    tasks.sync_stream(stream.pk)
    tasks._connections = tokens.Connections()
    calls.clear()
    tasks.read_policies()
    assert other.account_id in calls[0].url.path


def test_policies_wait_for_a_log_that_waits(stream, connected):
    calls = answer_with_nothing(connected)
    assert Stream.objects.waiting(timezone.now()).exists()
    tasks.read_policies()
    tasks.read_users_wanted()
    assert calls == []


def test_first_backfill_reads_policies_first(old, connected):
    Reading.objects.all().delete()
    calls = answer_with_nothing(connected)
    tasks.backfill()
    paths = [request.url.path.partition("/access/")[2] for request in calls]
    assert paths[0] == "policies"
    assert "logs/access_requests" in paths
    calls.clear()
    tasks.backfill()
    assert not [request for request in calls if "/logs/access_requests" not in request.url.path]


def test_one_worker_reads_policies_at_a_time(stream, connected):
    calls = answer_with_nothing(connected)
    tasks.sync_stream(stream.pk)
    calls.clear()
    assert stream.account.take_lease("another worker")
    tasks.read_policies()
    assert calls == []
    stream.account.release_lease("another worker")
    tasks.read_policies()
    assert calls
    assert not Account.objects.filter(Account.held()).exists()


def test_accounts_never_read_are_queued(stream, connected, queued, settings):
    connected(httpx.MockTransport(lambda request: success([])))
    tasks.list_streams()
    assert ("read_policies", settings.SYNC_EVERY.total_seconds()) in queued


def test_beat_schedules_existing_tasks_that_expire(settings):
    app.finalize()
    # As a worker does when it starts.
    app.loader.import_default_modules()
    schedule = app.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} == {
        "logsync.tasks.start_syncs",
        "dashboard.audit_log.tasks.forget_old_audit_entries",
        "dashboard.exported.tasks.forget_old_exports",
        "dashboard.sign_in.tasks.forget_ended_sessions",
        "logsync.tasks.forget_old_events",
        "logsync.tasks.reread_recent_days",
        "logsync.tasks.forget_replays",
        "logsync.tasks.read_policies",
        "logsync.tasks.read_users_wanted",
        "logsync.tasks.ask_doctor",
        "logsync.tasks.take_over",
    }
    assert {entry["task"] for entry in schedule.values()} <= set(app.tasks)
    every = settings.SYNC_EVERY.total_seconds()
    assert schedule["sync"]["schedule"] == every
    assert schedule["sync"]["options"]["expires"] < every


def test_tasks_handle_both_logs(make_stream, token, connected, now, settings):
    updates = [{"idp_resource_id": "1", "logged_at": (now - MINUTE).isoformat()}]
    scim = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now - 2 * settings.SYNC_OVERLAP)
    connected(httpx.MockTransport(LogServer(updates)))
    tasks.sync_stream(scim.pk)
    assert ScimUpdate.objects.get().idp_id == "411d"


# What workers that start together ask for together


def test_recent_listing_is_not_repeated(now, settings, monkeypatch, db):
    monkeypatch.setattr(tasks, "sync_directory", lambda _: listed.append(1))
    listed: list[int] = []
    Installation.get()
    Installation.objects.update(directory_checked_at=now - settings.SYNC_EVERY / 3)
    tasks.list_streams()
    assert listed == []
    Installation.objects.update(directory_checked_at=now - settings.SYNC_EVERY)
    tasks.list_streams()
    assert listed == [1]


@pytest.mark.parametrize(("checked_ago", "is_asked"), [(timedelta(seconds=90), False), (timedelta(minutes=3), True)])
def test_doctor_runs_once_for_all_workers(now, monkeypatch, db, checked_ago, is_asked):
    monkeypatch.setattr(tasks, "look_from_here", lambda _: asked.append(1))
    asked: list[int] = []
    Installation.get()
    Installation.objects.update(checked_at=now - checked_ago)
    tasks.ask_doctor()
    assert bool(asked) is is_asked


def test_doctor_never_runs_twice_concurrently(monkeypatch, db):
    monkeypatch.setattr(tasks, "look_from_here", lambda _: asked.append(tasks.ask_doctor()))
    asked: list[None] = []
    tasks.ask_doctor()
    assert asked == [None]


def test_streams_found_by_doctor_are_read(simulator, queued, now):
    simulator()
    tasks.ask_doctor()
    found = set(Stream.objects.values_list("pk", flat=True))
    assert len(found) == 3
    assert {pk for name, pk, *_ in queued if name == "sync_stream"} == found
