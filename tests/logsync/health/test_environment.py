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


def test_a_good_database_tells_its_rows_and_how_fast_it_answers(account, now):
    HourlyCount.objects.create(account=account, log=Log.ACCESS_REQUESTS, hour=now, total=1_900_000, failed=0)
    state, words, _ = the(look_around(), "database")
    assert state == "good"
    assert words.startswith(f"Database ({connection.display_name} ")
    assert "1.9 million rows, " in words
    assert words.endswith(" ms.")


def test_few_rows_are_counted_to_the_last():
    assert ", 0 rows, " in the(look_around(), "database")[1]


def test_a_slow_database_wants_a_look(monkeypatch):
    monkeypatch.setattr(environment, "SLOW_SECONDS", -1)
    assert states(look_around(), "database") == ["warn"]


def test_a_database_that_does_not_answer_is_all_that_is_said(monkeypatch):
    def refuse():
        raise OperationalError('connection to server at "db" failed:\n\tConnection refused')

    monkeypatch.setattr(connection, "cursor", refuse)
    assert look_around() == [
        Check(
            "database",
            State.BAD,
            'The database does not answer (OperationalError: connection to server at "db" failed: Connection refused).',
            "Start it, or check DATABASE_URL.",
        )
    ]


def test_a_database_without_its_tables_is_all_that_is_said():
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="logsync").latest("name").name
    recorder.record_unapplied("logsync", last)
    assert look_around() == [
        Check("database", State.BAD, "The database lacks 1 migration.", "Run: python manage.py migrate")
    ]


@pytest.mark.parametrize(("free", "state"), [(5 * 10**9, "good"), (10**9, "warn"), (10**8, "bad")])
def test_the_disk_under_an_embedded_database_may_be_nearly_full(free, state, tmp_path, monkeypatch):
    file = SimpleNamespace(vendor="sqlite", is_in_memory_db=lambda: False, settings_dict={"NAME": tmp_path})
    monkeypatch.setattr(environment, "connection", file)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    found = the(environment.disk(), "disk")
    assert found[:2] == (state, f"The disk under the database has {free / 10**9:.1f} GB left.")
    assert (str(tmp_path) in found[2]) == (state != "good")


def test_the_disk_of_a_database_server_is_not_guessed_at(monkeypatch):
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


def test_a_round_of_beat_shows_that_beat_and_a_worker_run():
    checks = look_around()
    assert the(checks, "broker") == ("good", "The embedded broker works.", "")
    assert the(checks, "worker") == ("good", "A worker runs.", "")
    assert the(checks, "beat") == ("good", "Beat runs: the last round that it asked for began 0 s ago.", "")


@pytest.mark.usefixtures("beat_was_not_seen")
def test_without_a_worker_nothing_is_said_of_beat(tmp_path):
    checks = look_around()
    assert the(checks, "worker") == ("bad", "No worker answers.", "Start everything: python manage.py up")
    state, words, hint = the(checks, "beat")
    assert (state, hint) == ("warn", "Start a worker, and look again.")
    assert words.startswith("Whether beat runs is not known: of the rounds that it asks for, the last one began ")


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_a_worker_that_answers_without_beat_s_rounds_shows_that_beat_does_not_run():
    with worker():
        checks = look_around()
    assert the(checks, "worker") == ("good", "A worker answers.", "")
    state, words, hint = the(checks, "beat")
    assert (state, hint) == ("bad", "Start everything: python manage.py up")
    assert words.startswith("Beat does not run: of the rounds that it asks for, the last one began ")


@pytest.mark.usefixtures("beat_was_not_seen")
def test_while_tasks_wait_for_a_worker_nothing_is_said_of_beat(monkeypatch):
    monkeypatch.setattr(environment, "_ping", lambda broker: True)
    app.send_task("logsync.tasks.start_syncs")
    checks = look_around()
    state, words, _ = the(checks, "worker")
    assert (state, words) == ("warn", "A worker answers; waiting: 1 task.")
    assert states(checks, "beat") == ["warn"]


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_unanswered_questions_do_not_fill_the_folder_of_the_embedded_broker(tmp_path):
    with worker():
        pass
    look_around()
    assert list((tmp_path / "messages").iterdir()) == []


def test_a_beat_that_was_never_seen_is_said_so():
    Installation.objects.update(beat_seen_at=None)
    assert "none ever began" in the(look_around(), "beat")[1]


def test_a_folder_that_cannot_be_written_is_a_bad_embedded_broker(broker, tmp_path):
    gone = str(tmp_path / "gone")
    broker("filesystem://localhost", data_folder_in=gone, data_folder_out=gone, control_folder=gone)
    state, words, hint = the(look_around(), "broker")
    assert state == "bad"
    assert words.startswith("The folder of the embedded broker cannot be written (FileNotFoundError")
    assert gone in hint


@pytest.mark.usefixtures("beat_was_not_seen")
def test_a_broker_that_does_not_answer_leaves_the_workers_unknown(broker):
    broker("redis://127.0.0.1:1/0")
    checks = look_around()
    state, words, hint = the(checks, "broker")
    assert (state, hint) == ("bad", "Start Redis, or check REDIS_URL.")
    assert "Connection refused" in words
    assert states(checks, "worker") == ["warn"]
    assert states(checks, "beat") == []


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_the_workers_of_a_redis_are_asked_as_well(broker):
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
