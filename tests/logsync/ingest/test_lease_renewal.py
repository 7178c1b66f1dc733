"""A lease is renewed while its holder works, and by nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest
from django.db import OperationalError, connection

from logsync.ingest import lease_renewal
from logsync.ingest.lease_renewal import RENEWALS_IN_A_LEASE, renewed
from logsync.ingest.sync import read_newest
from logsync.models import AccessRequest, Stream, SyncRun
from tests.logsync.cloudflare.answers import LogServer, client_of
from tests.logsync.ingest.workers import only_on_postgresql

SOON = 10


class Lease:
    """Counts how often it is renewed; `answers` are what becomes of it, True afterwards."""

    def __init__(self, *answers):
        self.renewals = threading.Semaphore(0)
        self.owners = set()
        self.answers = list(answers)

    def keep_lease(self, owner):
        self.owners.add(owner)
        self.renewals.release()
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer

    def is_renewed(self, times=1, within=SOON):
        return all(self.renewals.acquire(timeout=within) for _ in range(times))


@pytest.fixture(autouse=True)
def _short_leases(settings):
    settings.LEASE = timedelta(milliseconds=80)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_lease_is_renewed_meanwhile():
    lease = Lease()
    with renewed(lease, "ada"):
        assert lease.is_renewed(RENEWALS_IN_A_LEASE)
    assert lease.owners == {"ada"}
    assert not threads()


def test_failure_ends_renewal_too():
    lease = Lease()
    with pytest.raises(RuntimeError), renewed(lease, "ada"):
        raise RuntimeError
    assert not threads()


def test_lost_lease_is_renewed_no_more():
    lease = Lease(True, False)
    with renewed(lease, "ada"):
        assert lease.is_renewed(2)
        for thread in threads():
            thread.join(timeout=SOON)
        assert not threads()


def test_database_failure_does_not_end_renewal():
    lease = Lease(OperationalError("the database is away"))
    with renewed(lease, "ada"):
        assert lease.is_renewed(2)


def test_hanging_worker_loses_lease(monkeypatch):
    monkeypatch.setattr(lease_renewal, "LONGEST_WORK", timedelta(milliseconds=60))
    lease = Lease()
    with renewed(lease, "ada"):
        assert lease.is_renewed(3)
        for thread in threads():
            thread.join(timeout=SOON)
        assert not threads()


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_slow_answer_keeps_stream(make_stream, now, settings):
    settings.LEASE = timedelta(seconds=1)
    stream = make_stream(backfill_since=now - timedelta(minutes=30))
    taken = []

    def answer(request):
        # Longer than the lease, within one call.
        time.sleep(2.5)
        taken.append(Stream.objects.get().take_lease("another"))
        return LogServer([])(request)

    assert read_newest(stream, client_of(answer))
    assert set(taken) == {False}
    assert Stream.objects.get().lease_owner == ""


STOPPED_WORKER = """
import sys
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.conf import settings
settings.LEASE = timedelta(seconds=1)
from logsync.ingest.sync import read_newest
from logsync.models import Stream
from tests.logsync.cloudflare.answers import LogServer, client_of

def answer(request):
    print("asked", flush=True)
    sys.stdin.readline()
    at = datetime.now(UTC) - timedelta(minutes=5)
    return LogServer([{"created_at": at.isoformat(), "ray_id": "of the stopped"}])(request)

print(read_newest(Stream.objects.get(), client_of(answer)), flush=True)
"""


@pytest.fixture
def worker(make_stream):
    """Another process that reads the stream; it asks, and waits for a line before it goes on."""
    make_stream()
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    settings = {"DJANGO_SETTINGS_MODULE": "dashboard.settings", "SECRET_KEY": "tests", "DATABASE_URL": url}
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED_WORKER],
        env=os.environ | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def said(process):
    return process.stdout.readline().strip()


def take_over():
    """The seconds until another worker gets the stream, and what it reads."""
    began = time.monotonic()
    while not read_newest(Stream.objects.get(), client_of(LogServer([]))):
        assert time.monotonic() - began < SOON
        time.sleep(0.05)
    return time.monotonic() - began


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_stopped_worker_writes_nothing_later(worker, settings):
    settings.LEASE = timedelta(seconds=1)
    assert said(worker) == "asked"
    worker.send_signal(SIGSTOP)
    assert take_over() < 3
    worker.send_signal(SIGCONT)
    worker.stdin.write("go on\n")
    worker.stdin.flush()
    assert said(worker) == "False"
    assert not AccessRequest.objects.exists()
    run = SyncRun.objects.order_by("pk")[0]
    assert (run.outcome, run.error) == (SyncRun.Outcome.STOPPED, "Another worker took it over.")


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_killed_worker_is_replaced_soon(worker, settings):
    settings.LEASE = timedelta(seconds=1)
    assert said(worker) == "asked"
    # It renews its lease for as long as it works.
    time.sleep(2.5)
    assert not read_newest(Stream.objects.get(), client_of(LogServer([])))
    worker.send_signal(SIGKILL)
    assert take_over() < 3
