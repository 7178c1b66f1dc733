"""What the tests of the page about the sync share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from kombu import pools

from dashboard.celery import app
from logsync.models import SyncRun
from tests.conftest import NOW
from tests.dashboard.reading import page_of

CELERY: Any = app
ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


@pytest.fixture
def page(signed_in):
    return lambda query="": page_of(signed_in.get(f"/sync/?{query}"))


@pytest.fixture
def make_run():
    """Make a run that read an hour of a stream in two seconds, so many minutes ago."""

    def make(stream, minutes=1, **values):
        at = NOW - timedelta(minutes=minutes)
        row = {
            "started_at": at,
            "finished_at": at + timedelta(seconds=2),
            "since": NOW - timedelta(hours=1),
            "until": NOW,
            "outcome": SyncRun.Outcome.READ,
        }
        return SyncRun.objects.create(stream=stream, **(row | values))

    return make


@pytest.fixture
def broker():
    """Have tasks sent to a broker at an address, or to none that answers."""
    usual = CELERY.conf.broker_url, CELERY.conf.task_publish_retry_policy

    def use(url, policy=ONCE):
        CELERY.conf.broker_url, CELERY.conf.task_publish_retry_policy = url, policy
        CELERY._pool = CELERY.amqp._producer_pool = None
        pools.reset()

    yield use
    use(*usual)


@pytest.fixture
def living_broker(broker):
    """A broker that answers; gives the names of the tasks that were sent to it since."""
    broker("memory://localhost")

    def sent():
        names: list[str] = []
        with CELERY.connection_for_read() as connection:
            queue = connection.SimpleQueue("celery")
            while True:
                try:
                    message = queue.get_nowait()
                except queue.Empty:
                    return names
                message.ack()
                names.append(message.headers["task"])

    sent()
    return sent


@pytest.fixture
def dead_broker(broker):
    """No broker answers."""
    broker("redis://127.0.0.1:1/0")
