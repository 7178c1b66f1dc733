"""What the first release stored is carried over: no row is lost, and nothing is claimed that they do not prove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from logsync.models import AccessRequest, ApiToken, CoveredRange, HourlyCount, Installation, Log, Stream, SyncRun
from logsync.summaries import differences

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = [("logsync", "0001_initial")]
NOW = datetime(2026, 11, 19, 14, 6, 12, 345678, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def migrate(targets=None):
    """Migrate to these, or to the latest of all; the models as they are then."""
    executor = MigrationExecutor(connection)
    targets = targets or executor.loader.graph.leaf_nodes()
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


class FirstRelease:
    """The tables of the first release, filled by hand."""

    def __init__(self, apps):
        self._apps = apps
        self.account = self.make("Account", account_id="a1", name="Meridian")
        self._serial = 0

    def make(self, kind, **values):
        return self._apps.get_model("logsync", kind).objects.create(**values)

    def stream(self, log=Log.ACCESS_REQUESTS, idp_id="", **values):
        row = {"account": self.account, "log": log, "idp_id": idp_id, "backfill_since": NOW - 30 * DAY}
        return self.make("Stream", **row | values)

    def login(self, at, **values):
        return self.make("AccessRequest", **{"account": self.account, "arrived_at": NOW, "created_at": at} | values)

    def update(self, at, **values):
        row = {"account": self.account, "arrived_at": NOW, "logged_at": at, "idp_id": "p1", "status": "FAILURE"}
        return self.make("ScimUpdate", **row | values)

    def range(self, stream, since, until, is_settled=True):
        self.make("CoveredRange", stream=stream, since=since, until=until, is_settled=is_settled)

    def run(self, stream, **values):
        return self.make("SyncRun", stream=stream, started_at=NOW - HOUR, since=NOW - DAY, until=NOW, **values).pk


@pytest.fixture
def first_release():
    """An empty database of the first release; whatever happens, the tables are the latest afterwards."""
    try:
        yield FirstRelease(migrate(FIRST))
    finally:
        migrate()


def ranges(stream):
    found = CoveredRange.objects.filter(stream=stream.pk)
    return [(range.since, range.until, range.state) for range in found.order_by("since")]


def test_ranges_stay_settled_or_provisional(first_release):
    stream = first_release.stream()
    first_release.login(NOW - 10 * DAY)
    first_release.range(stream, NOW - 10 * DAY, NOW - 5 * DAY)
    first_release.range(stream, NOW - 4 * DAY, NOW - HOUR)
    first_release.range(stream, NOW - HOUR, NOW, is_settled=False)
    migrate()
    assert ranges(stream) == [
        (NOW - 10 * DAY, NOW - 5 * DAY, "settled"),
        (NOW - 4 * DAY, NOW - HOUR, "settled"),
        (NOW - HOUR, NOW, "provisional"),
    ]


def test_time_before_the_first_row_is_forgotten(first_release):
    stream = first_release.stream()
    for days in (3, 8, 5):
        first_release.login(NOW - days * DAY)
    first_release.range(stream, NOW - 20 * DAY, NOW - 15 * DAY)
    first_release.range(stream, NOW - 14 * DAY, NOW - HOUR)
    first_release.range(stream, NOW - HOUR, NOW, is_settled=False)
    migrate()
    assert ranges(stream) == [(NOW - 8 * DAY, NOW - HOUR, "settled"), (NOW - HOUR, NOW, "provisional")]


def test_time_of_a_stream_without_rows_is_forgotten(first_release):
    stream = first_release.stream()
    first_release.range(stream, NOW - 20 * DAY, NOW - HOUR)
    first_release.range(stream, NOW - HOUR, NOW, is_settled=False)
    migrate()
    assert ranges(stream) == []
    assert Stream.objects.get().backfill_since == NOW - 30 * DAY


def test_only_rows_of_its_own_provider_account_and_log_prove_the_time_of_a_stream(first_release):
    streams = [first_release.stream(Log.SCIM_UPDATES, idp_id) for idp_id in ("p1", "p2")]
    logins = first_release.stream()
    another = first_release.make("Account", account_id="a2")
    first_release.update(NOW - 8 * DAY, idp_id="p1")
    first_release.update(NOW - 6 * DAY, idp_id="p2")
    first_release.login(NOW - 4 * DAY)
    first_release.login(NOW - 9 * DAY, account=another)
    for stream in (*streams, logins):
        first_release.range(stream, NOW - 10 * DAY, NOW)
    migrate()
    assert [ranges(stream)[0][0] for stream in (*streams, logins)] == [NOW - 8 * DAY, NOW - 6 * DAY, NOW - 4 * DAY]


def test_runs_say_how_they_ended(first_release):
    stream = first_release.stream()
    read = first_release.run(stream, finished_at=NOW, fetched=7, stored=3)
    failed = first_release.run(stream, finished_at=NOW, error="Cloudflare answered 502.")
    cut_off = first_release.run(stream)
    cut_off_with_error = first_release.run(stream, error="Cloudflare answered 502.")
    migrate()
    runs = SyncRun.objects.in_bulk()
    assert (runs[read].outcome, runs[read].fetched, runs[read].stored) == ("read", 7, 3)
    assert (runs[failed].outcome, runs[failed].error) == ("failed", "Cloudflare answered 502.")
    for pk in (cut_off, cut_off_with_error):
        assert (runs[pk].outcome, runs[pk].finished_at) == ("stopped", NOW - HOUR)
    assert not SyncRun.objects.filter(outcome="running").exists()


def test_the_sums_equal_a_recount(first_release):
    another = first_release.make("Account", account_id="a2")
    for minutes in range(0, 300, 7):
        at = NOW - minutes * timedelta(minutes=1)
        first_release.login(at, allowed=[True, False, None][minutes % 3])
        first_release.login(at, account=another, allowed=False)
        first_release.update(at, idp_id=f"p{minutes % 2}", status=["FAILURE", "ERROR", "SUCCESS", ""][minutes % 4])
    migrate()
    assert differences() == []
    assert sum(row.total for row in HourlyCount.objects.all()) == 3 * 43
    assert {row.log for row in HourlyCount.objects.all()} == {"access_requests", "scim_updates"}


def test_every_row_is_kept_as_it_was(first_release):
    login = first_release.login(NOW - DAY, user_email="ada@meridian.example", extra={"new": [1]}, ray_id="r1")
    migrate()
    kept = AccessRequest.objects.get()
    assert (kept.key, kept.created_at, kept.user_email) == (login.key, NOW - DAY, "ada@meridian.example")
    assert (kept.extra, kept.ray_id) == ({"new": [1]}, "r1")


def test_the_installation_and_its_directory_are_known_on(first_release):
    first_release.make("Installation", pk=1, identity_key=b"k" * 32, directory_error="Once.")
    first_release.make("IdentityProvider", account=first_release.account, idp_id="p1", name="Okta")
    first_release.stream(error="Trouble.", error_since=NOW, lease_owner="w", lease_expires_at=NOW)
    migrate()
    stream = Stream.objects.get()
    assert bytes(Installation.get().identity_key) == b"k" * 32
    assert (stream.error, stream.account.name, stream.account.api_token) == ("Trouble.", "Meridian", None)
    assert stream.account.identity_providers.get().vanished_at is None
    assert not ApiToken.objects.exists()


def test_an_empty_database_is_carried_over(first_release):
    migrate()
    assert differences() == []
