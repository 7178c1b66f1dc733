"""Whatever the log looks like and however it is paged, the table ends as exactly the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsync.cloudflare.records import AccessRequest as Record
from logsync.cloudflare.window import Window
from logsync.models import AccessRequest, CoveredRange, Stream, SyncRun
from logsync.sync import sync_stream
from tests.conftest import NOW

HOUR = 3600
# By LAST every row is there, the oldest late one 13 minutes late: within what SYNC_OVERLAP_MINUTES allows.
LATEST = 9 * 60
LAST = NOW + timedelta(minutes=4)


@dataclass
class Log:
    """A log in memory that is cut into pages by offset, as Cloudflare cuts it.

    A row is its age at NOW in seconds, its ray_id, and after how many requests it shows up; at LAST it is there anyway.
    """

    rows: list[tuple[int, str, int]]
    page_size: int
    tie_seed: int = 0
    ignores_page: bool = False
    requests: int = field(default=0)

    def for_account(self, account_id):
        return self

    def access_requests(self, since, until):
        return Window(self.fetch, since, until).pages()

    def fetch(self, since, until, page, direction):
        self.requests += 1
        shown = self.requests if timezone.now() < LAST else 1000
        there = [(NOW - timedelta(seconds=age), ray) for age, ray, hidden in self.rows if hidden < shown]
        Random(self.tie_seed).shuffle(there)
        there.sort(key=lambda row: row[0])
        if direction == "desc":
            there.reverse()
        inside = [row for row in there if since - timedelta(seconds=1) <= row[0] <= until + timedelta(seconds=1)]
        start = 0 if self.ignores_page else (page - 1) * self.page_size
        return [self.record(*row) for row in inside[start : start + self.page_size]]

    @staticmethod
    def record(at, ray):
        return Record.from_json({"created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "ray_id": ray})


def ages(youngest, oldest):
    """Moments, most of them shared by several rows."""
    return st.one_of(st.integers(youngest, oldest), st.sampled_from([youngest, oldest // 2, oldest]))


RAYS = st.sampled_from(["a", "b", "c", "d"]) | st.text("0123456789abcdef", min_size=16, max_size=16)
OLD = st.tuples(ages(LATEST, HOUR - 60), RAYS, st.just(0))
LATE = st.tuples(ages(0, LATEST), RAYS, st.integers(0, 12))
ROWS = st.lists(OLD | LATE, max_size=24)
EXAMPLES = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sync_until_settled(stream, log):
    """Sync until every event is older than the overlap; return whether the last round was complete."""
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(9):
            is_complete = sync_stream(stream, log)
            clock.shift(150)
    return is_complete


def stored():
    return Counter(AccessRequest.objects.values_list("ray_id", "created_at"))


def expected(log):
    return Counter((ray, NOW - timedelta(seconds=age)) for age, ray, _ in log.rows)


@pytest.fixture
def fresh_stream(make_stream):
    """Make a stream that knows nothing, for one example after another."""

    def make():
        for model in (AccessRequest, SyncRun, CoveredRange, Stream):
            model.objects.all().delete()
        return make_stream(backfill_since=NOW - timedelta(seconds=HOUR))

    return make


@EXAMPLES
@given(rows=ROWS, page_size=st.integers(1, 12), tie_seed=st.integers(0, 9))
def test_any_rows_on_pages_of_any_size_are_stored_once_each(fresh_stream, rows, page_size, tie_seed):
    log = Log(rows, page_size, tie_seed)
    assert sync_until_settled(fresh_stream(), log)
    assert stored() == expected(log)


@EXAMPLES
@given(rows=st.lists(OLD, max_size=12, unique_by=lambda row: row[:2]), page_size=st.integers(4, 12))
def test_a_server_that_ignores_page_loses_nothing_in_silence(fresh_stream, rows, page_size):
    stream = fresh_stream()
    log: Any = Log(rows, page_size, ignores_page=True)
    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        is_complete = sync_stream(stream, log)
    stream.refresh_from_db()
    assert is_complete or "for every page of a window that holds more" in stream.error
    assert not is_complete or stored() == expected(log)
