"""Who may read a stream, when, and what is noted about it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings as project
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from logsync.models import Account, ApiToken, Claim, Installation, Log, Stream, SyncRun, WrongIdentityKeyError
from logsync.models.bookkeeping import LONGEST_PAUSE
from logsync.models.directory import LONGEST_BLOCK
from tests.logsync.ingest.workers import at_once, only_on_postgresql

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def due(now):
    return list(Stream.objects.due(now))


# The installation


def test_identity_key_is_in_no_column(settings):
    assert Installation.identity_key() == settings.IDENTITY_KEY
    assert len(settings.IDENTITY_KEY) == 32
    stored = str(Installation.objects.values())
    assert settings.IDENTITY_KEY.hex() not in stored
    assert str(settings.IDENTITY_KEY) not in stored


def test_another_identity_key_is_refused(settings):
    kept, check = settings.IDENTITY_KEY, Installation.get().identity_check
    settings.IDENTITY_KEY = bytes(32)
    with pytest.raises(WrongIdentityKeyError, match="Give IDENTITY_KEY its earlier value"):
        Installation.identity_key()
    settings.IDENTITY_KEY = kept
    assert Installation.identity_key() == kept
    assert Installation.get().identity_check == check


# The lease


SECOND = timedelta(seconds=1)


@pytest.fixture(params=["stream", "claim"])
def lease(request, stream, now):
    """What one worker at a time may hold."""
    if request.param == "stream":
        return stream
    return Claim.objects.create(stream=stream, since=now - MINUTE, until=now)


def ends(lease, left):
    """Have a lease end so much from now, by the database's clock."""
    type(lease).objects.filter(pk=lease.pk).update(lease_expires_at=Now() + left)


def is_held(lease):
    return type(lease).objects.filter(type(lease).held(), pk=lease.pk).exists()


def test_only_one_worker_gets_lease(lease):
    assert not is_held(lease)
    assert lease.take_lease("ada")
    assert is_held(lease)
    assert not lease.take_lease("bob")
    assert not lease.take_lease("ada")


def test_released_lease_can_be_taken(lease):
    lease.take_lease("ada")
    lease.release_lease("ada")
    assert not is_held(lease)
    assert lease.take_lease("bob")


def test_lease_length_follows_database_clock(lease):
    lease.take_lease("ada")
    taken = type(lease).objects.filter(pk=lease.pk)
    assert taken.filter(lease_expires_at__gt=Now() + project.LEASE - MINUTE).exists()
    assert not taken.filter(lease_expires_at__gt=Now() + project.LEASE).exists()


def test_killed_worker_loses_its_lease(lease):
    lease.take_lease("ada")
    ends(lease, 5 * SECOND)
    assert is_held(lease)
    assert not lease.take_lease("bob")
    ends(lease, -SECOND)
    assert not is_held(lease)
    assert lease.take_lease("bob")


def test_local_clock_affects_no_lease(lease, now, time_machine):
    lease.take_lease("ada")
    for moment in (now + 9 * project.LEASE, now - 9 * project.LEASE):
        time_machine.move_to(moment, tick=False)
        assert not lease.take_lease("bob")


def test_lease_from_future_is_free(lease):
    lease.take_lease("ada")
    ends(lease, 2 * project.LEASE + MINUTE)
    assert not is_held(lease)
    assert lease.take_lease("bob")
    assert not lease.keep_lease("ada")


def test_active_worker_keeps_its_lease(lease):
    lease.take_lease("ada")
    ends(lease, SECOND)
    assert lease.keep_lease("ada")
    assert type(lease).objects.filter(pk=lease.pk, lease_expires_at__gt=Now() + project.LEASE - 10 * SECOND).exists()
    assert not lease.take_lease("bob")


def test_slow_worker_learns_of_lost_lease(lease):
    lease.take_lease("ada")
    ends(lease, -SECOND)
    lease.take_lease("bob")
    assert not lease.keep_lease("ada")


def test_vanished_lease_cannot_be_kept(stream, now):
    claim = Claim.objects.create(stream=stream, since=now - MINUTE, until=now)
    claim.take_lease("ada")
    Claim.objects.all().delete()
    assert not claim.keep_lease("ada")


def test_release_affects_only_own_lease(lease):
    lease.take_lease("bob")
    lease.release_lease("ada")
    assert not lease.take_lease("cid")


def test_lease_without_owner_is_free(lease):
    ends(lease, MINUTE)
    assert not is_held(lease)
    assert lease.take_lease("ada")


def test_leases_of_other_streams_are_free(stream, make_stream):
    other = make_stream(Log.SCIM_UPDATES, "411d")
    stream.take_lease("ada")
    assert other.take_lease("bob")
    stream.release_lease("ada")
    assert not other.take_lease("cid")


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_takers_get_one_lease(stream):
    owners = [f"worker {number}" for number in range(6)]
    taken = at_once(*(partial(stream.take_lease, owner) for owner in owners))
    assert sorted(taken) == [False] * 5 + [True]
    assert Stream.objects.get().lease_owner == owners[taken.index(True)]


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_delayed_taker_respects_younger_lease(stream):
    is_locked = threading.Event()

    def first():
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            is_locked.set()
            time.sleep(0.3)
            return stream.take_lease("first")

    def second():
        is_locked.wait(timeout=10)
        return stream.take_lease("second")

    assert at_once(first, second) == [True, False]


def test_taking_lease_keeps_other_fields(stream):
    Stream.objects.update(error="from elsewhere")
    stream.take_lease("ada")
    stream.refresh_from_db()
    assert (stream.error, stream.lease_owner) == ("from elsewhere", "ada")


# Due


def test_idle_stream_is_due(stream, now):
    assert due(now) == [stream]


@pytest.mark.parametrize(("wait", "is_due"), [(-MINUTE, True), (0 * MINUTE, True), (MINUTE, False)])
def test_stream_is_due_at_next_try(stream, now, wait, is_due):
    Stream.objects.update(retry_at=now + wait)
    assert due(now) == ([stream] if is_due else [])


def test_overlong_pause_is_ignored(stream, now):
    Stream.objects.update(retry_at=now + LONGEST_PAUSE)
    assert due(now) == []
    Stream.objects.update(retry_at=now + LONGEST_PAUSE + timedelta(seconds=1))
    assert due(now) == [stream]


@pytest.mark.parametrize(
    ("wait", "is_due"),
    [(timedelta(), True), (MINUTE, False), (LONGEST_BLOCK, False), (LONGEST_BLOCK + MINUTE, True)],
)
def test_blocked_tokens_streams_are_not_due(stream, make_stream, account, now, wait, is_due):
    account.api_token = ApiToken.objects.create(fingerprint="a", blocked_until=now + wait)
    account.save()
    token = ApiToken.objects.create(fingerprint="b")
    other = Account.objects.create(account_id="another", name="Zeta", api_token=token)
    elsewhere = Stream.objects.create(account=other, log=Log.ACCESS_REQUESTS, backfill_since=now)
    assert due(now) == ([stream, elsewhere] if is_due else [elsewhere])


def test_an_inactive_stream_is_never_due(stream, now):
    Stream.objects.update(is_active=False)
    assert due(now) == []


# Waiting


@pytest.mark.parametrize(
    ("attempted", "waits"), [(None, True), (2 * MINUTE + SECOND, True), (2 * MINUTE, False), (MINUTE, False)]
)
def test_overdue_newest_time_makes_stream_wait(stream, now, attempted, waits):
    stream.note(attempted_at=now - attempted if attempted else None)
    assert list(Stream.objects.waiting(now)) == ([stream] if waits else [])


def test_stream_being_read_is_not_waiting(stream, now):
    stream.take_lease("ada")
    assert not Stream.objects.waiting(now).exists()
    ends(stream, -SECOND)
    assert Stream.objects.waiting(now).exists()


def test_stream_not_due_is_not_waiting(stream, now):
    stream.note(retry_at=now + MINUTE)
    assert not Stream.objects.waiting(now).exists()


# What is noted


def test_failure_is_noted_with_next_try(stream, now):
    stream.fail("Give the token a permission.", needs_person=True, retry_after=300)
    noted = Stream.objects.get()
    assert (noted.error, noted.needs_person) == ("Give the token a permission.", True)
    assert (noted.error_since, noted.retry_at) == (now, now + 5 * MINUTE)


def test_second_failure_keeps_error_since(stream, now, time_machine):
    stream.fail("One.", needs_person=True, retry_after=0)
    time_machine.move_to(now + MINUTE, tick=False)
    stream.fail("Another.", needs_person=False, retry_after=10)
    noted = Stream.objects.get()
    assert (noted.error, noted.needs_person) == ("Another.", False)
    assert (noted.error_since, noted.retry_at) == (now, now + timedelta(seconds=70))


def test_success_clears_the_error(stream, now):
    stream.fail("One.", needs_person=True, retry_after=300)
    stream.succeed()
    noted = Stream.objects.get()
    assert (noted.error, noted.needs_person, noted.error_since, noted.retry_at) == ("", False, None, None)
    assert noted.succeeded_at == now


def test_failure_keeps_last_success_and_lease(stream, now):
    stream.take_lease("ada")
    stream.succeed()
    stream.fail("One.", needs_person=False, retry_after=0)
    noted = Stream.objects.get()
    assert (noted.succeeded_at, noted.lease_owner) == (now, "ada")


# Rows


def test_log_of_account_is_one_stream(stream, make_stream):
    with pytest.raises(IntegrityError):
        make_stream()


def test_stream_is_named_after_its_provider(stream, make_stream, okta):
    assert str(stream) == "Logins · Meridian"
    assert str(make_stream(Log.SCIM_UPDATES, okta.idp_id)) == "SCIM · Okta · Meridian"
    assert str(make_stream(Log.SCIM_UPDATES, "411d")) == "SCIM · 411d · Meridian"


def test_noting_changes_only_given_fields(stream, now):
    Stream.objects.update(error="from elsewhere", oldest_at=now)
    stream.note(attempted_at=now)
    in_database = Stream.objects.get()
    assert (in_database.error, in_database.oldest_at, in_database.attempted_at) == ("from elsewhere", now, now)


def test_runs_have_readable_names(stream, now):
    run = SyncRun(stream=stream, since=now - MINUTE, until=now)
    assert str(run) == "Logins · Meridian: 2026-11-19 14:05 to 2026-11-19 14:06"


def test_newest_runs_come_first(stream, now):
    runs = [
        SyncRun.objects.create(stream=stream, started_at=now + number * MINUTE, since=now, until=now)
        for number in (0, 2, 1, 2)
    ]
    assert list(SyncRun.objects.all()) == [runs[3], runs[1], runs[2], runs[0]]


def test_unfinished_run_is_running(stream, now):
    run = SyncRun.objects.create(stream=stream, started_at=now, since=now, until=now)
    assert (run.outcome, run.finished_at, run.is_backfill) == (SyncRun.Outcome.RUNNING, None, False)


def test_inactive_scim_stream_is_not_expected(make_stream):
    logins = make_stream()
    make_stream("scim_updates", "gone", is_active=False)
    assert list(Stream.objects.expected()) == [logins]


def test_inactive_login_stream_is_expected(make_stream):
    logins = make_stream(is_active=False)
    assert list(Stream.objects.expected()) == [logins]
