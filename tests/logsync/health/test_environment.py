"""Checks of the database, the disk, the broker, the worker and beat."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from dashboard.celery import app
from logsync.health import Check, State, environment, look_around
from logsync.models import HourlyCount, Installation, Log
from tests import services
from tests.logsync.health.found import states, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("beat_was_seen", "broker")]
DAY = timedelta(days=1)
BROKER = ("broker_url", "broker_transport_options")


def test_healthy_database_shows_rows_and_latency(account, now):
    HourlyCount.objects.create(account=account, log=Log.ACCESS_REQUESTS, hour=now, total=1_900_000, failed=0)
    state, words, _ = the(look_around(), "database")
    assert state == "good"
    assert words.startswith(f"Database ({connection.display_name} ")
    assert "1.9 million rows, " in words
    assert words.endswith(" ms.")


def test_small_tables_are_counted_exactly():
    assert ", 0 rows, " in the(look_around(), "database")[1]


def test_slow_database_is_warned_about(monkeypatch):
    monkeypatch.setattr(environment, "SLOW_SECONDS", -1)
    assert states(look_around(), "database") == ["warn"]


def test_wrong_identity_key_is_only_finding(settings):
    Installation.get()
    settings.IDENTITY_KEY = bytes(32)
    [(name, state, words, hint)] = [(one.name, one.state, one.words, one.hint) for one in look_around()]
    assert (name, state) == ("database", State.BAD)
    assert words.startswith("IDENTITY_KEY is not the key that this database was begun with")
    assert "Give IDENTITY_KEY its earlier value" in hint


def test_unreachable_database_is_only_finding(monkeypatch):
    def refuse():
        raise OperationalError('connection to server at "db" failed:\n\tConnection refused')

    monkeypatch.setattr(connection, "cursor", refuse)
    assert look_around() == [
        Check(
            "database",
            State.BAD,
            'The database is not answering (OperationalError: connection to server at "db" failed: '
            "Connection refused).",
            "Start it, or check DATABASE_URL.",
        )
    ]


def test_missing_tables_are_only_finding():
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="logsync").latest("name").name
    recorder.record_unapplied("logsync", last)
    assert look_around() == [
        Check("database", State.BAD, "The database is missing 1 migration.", "Run: python manage.py migrate")
    ]


@pytest.mark.parametrize(("free", "state"), [(5 * 10**9, "good"), (10**9, "warn"), (10**8, "bad")])
def test_full_disk_under_sqlite_is_reported(free, state, tmp_path, monkeypatch):
    file = SimpleNamespace(vendor="sqlite", is_in_memory_db=lambda: False, settings_dict={"NAME": tmp_path})
    monkeypatch.setattr(environment, "connection", file)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    found = the(environment.disk(), "disk")
    assert found[:2] == (state, f"The disk under the database has {free / 10**9:.1f} GB left.")
    assert (str(tmp_path) in found[2]) == (state != "good")


def test_database_server_disk_is_not_checked(monkeypatch):
    monkeypatch.setattr(environment, "connection", SimpleNamespace(vendor="postgresql"))
    assert list(environment.disk()) == []


# Broker, worker, beat


WORKER = """
import json, sys
from celery import Celery
app = Celery()
app.conf.update(json.loads(sys.argv[1]))
app.worker_main(["worker", "--pool=solo", "--loglevel=critical"])
"""


@contextmanager
def worker():
    """A worker at the test's broker, in a process of its own, that knows no task."""
    command = [sys.executable, "-W", "ignore", "-c", WORKER, json.dumps({name: app.conf[name] for name in BROKER})]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            assert any(app.control.ping(timeout=1, limit=1) for _ in range(30))
            with pytest.MonkeyPatch.context() as patch:
                # The first answer ends the wait; beside other tests it may take its time.
                patch.setattr(environment, "PING_SECONDS", 20.0)
                yield
        finally:
            process.terminate()


@pytest.fixture
def beat_was_not_seen(beat_was_seen):
    Installation.objects.update(beat_seen_at=datetime.now(UTC) - DAY)


def test_events_kept_too_long_are_told(settings):
    assert not states(look_around(), "retention")
    Installation.get()
    Installation.objects.update(held_back_before=datetime(2026, 8, 21, 14, tzinfo=UTC))
    assert the(look_around(), "retention") == (
        "warn",
        f"Events from before 21 Aug 2026 are older than KEEP_EVENTS_DAYS ({settings.KEEP_EVENTS // DAY}) and have "
        "not been deleted yet: each run deletes at most one day, in case a clock is wrong.",
        "They are deleted day by day. To delete them all now: python manage.py forget --confirm",
    )


def test_beat_round_proves_beat_and_worker():
    checks = look_around()
    assert the(checks, "broker") == ("good", "The embedded broker works.", "")
    assert the(checks, "worker") == ("good", "A worker is running.", "")
    assert the(checks, "beat") == ("good", "Beat is running: it last started a round 0 s ago.", "")


@pytest.mark.usefixtures("beat_was_not_seen")
def test_beat_is_unknown_without_worker(tmp_path):
    checks = look_around()
    assert the(checks, "worker") == ("bad", "No worker answers.", "Start everything: python manage.py up")
    state, words, hint = the(checks, "beat")
    assert (state, hint) == ("warn", "Start a worker, then check again.")
    assert words.startswith("Can't tell whether beat is running: its last round started ")


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_worker_without_rounds_means_beat_stopped():
    with worker():
        checks = look_around()
    assert the(checks, "worker") == ("good", "A worker answers.", "")
    state, words, hint = the(checks, "beat")
    assert (state, hint) == ("bad", "Start everything: python manage.py up")
    assert words.startswith("Beat is not running: its last round started ")


@pytest.mark.usefixtures("beat_was_not_seen")
def test_beat_is_unknown_while_tasks_wait(monkeypatch):
    monkeypatch.setattr(environment, "_ping", lambda broker: True)
    app.send_task("logsync.tasks.start_syncs")
    checks = look_around()
    state, words, _ = the(checks, "worker")
    assert (state, words) == ("warn", "A worker answers; waiting: 1 task.")
    assert states(checks, "beat") == ["warn"]


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_unanswered_pings_leave_no_messages(tmp_path):
    with worker():
        pass
    look_around()
    assert list((tmp_path / "messages").iterdir()) == []


def test_beat_never_seen_is_reported():
    Installation.objects.update(beat_seen_at=None)
    assert "it has never started a round" in the(look_around(), "beat")[1]


def test_unwritable_broker_folder_is_bad(broker, tmp_path):
    gone = str(tmp_path / "gone")
    broker("filesystem://localhost", data_folder_in=gone, data_folder_out=gone, control_folder=gone)
    state, words, hint = the(look_around(), "broker")
    assert state == "bad"
    assert words.startswith("The folder of the embedded broker can't be written to (FileNotFoundError")
    assert gone in hint


@pytest.mark.usefixtures("beat_was_not_seen")
def test_broker_failure_leaves_workers_unknown(broker):
    broker("redis://127.0.0.1:1/0")
    checks = look_around()
    state, words, hint = the(checks, "broker")
    assert (state, hint) == ("bad", "Start Redis, or check REDIS_URL.")
    assert "Connection refused" in words
    assert states(checks, "worker") == ["warn"]
    assert states(checks, "beat") == []


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_redis_workers_are_pinged(broker):
    services.require("redis")
    with services.redis() as url:
        broker(url)
        checks = look_around()
        assert the(checks, "broker") == ("good", "The broker answers.", "")
        assert the(checks, "worker")[2].startswith("Start it: docker compose up --detach worker (or by hand: celery")
        with worker():
            checks = look_around()
    assert states(checks, "worker") == ["good"]
    assert the(checks, "beat")[2].startswith("Start it: docker compose up --detach beat")
