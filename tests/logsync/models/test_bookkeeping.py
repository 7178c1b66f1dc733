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

from logsync.models import Account, ApiToken, Claim, Installation, Log, Stream, SyncRun
from logsync.models.bookkeeping import LONGEST_PAUSE
from logsync.models.directory import LONGEST_BLOCK
from tests.logsync.ingest.workers import at_once, only_on_postgresql

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def due(now):
    return list(Stream.objects.due(now))


# The installation


def test_the_identity_key_is_made_once_and_stays():
    key = bytes(Installation.get().identity_key)
    assert len(key) == 32
    assert bytes(Installation.get().identity_key) == key
    assert Installation.objects.count() == 1


def test_every_installation_has_a_key_of_its_own():
    key = bytes(Installation.get().identity_key)
    Installation.objects.all().delete()
    assert bytes(Installation.get().identity_key) != key


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


def test_one_worker_has_the_lease_and_no_other_gets_it(lease):
    assert not is_held(lease)
    assert lease.take_lease("ada")
    assert is_held(lease)
    assert not lease.take_lease("bob")
    assert not lease.take_lease("ada")


def test_a_lease_that_was_given_back_can_be_taken(lease):
    lease.take_lease("ada")
    lease.release_lease("ada")
    assert not is_held(lease)
    assert lease.take_lease("bob")


def test_a_lease_is_taken_for_as_long_as_is_set_by_the_databases_clock(lease):
    lease.take_lease("ada")
    taken = type(lease).objects.filter(pk=lease.pk)
    assert taken.filter(lease_expires_at__gt=Now() + project.LEASE - MINUTE).exists()
    assert not taken.filter(lease_expires_at__gt=Now() + project.LEASE).exists()


def test_a_killed_worker_loses_its_lease_by_itself(lease):
    lease.take_lease("ada")
    ends(lease, 5 * SECOND)
    assert is_held(lease)
    assert not lease.take_lease("bob")
    ends(lease, -SECOND)
    assert not is_held(lease)
    assert lease.take_lease("bob")


def test_this_machines_clock_moves_no_lease(lease, now, time_machine):
    lease.take_lease("ada")
    for moment in (now + 9 * project.LEASE, now - 9 * project.LEASE):
        time_machine.move_to(moment, tick=False)
        assert not lease.take_lease("bob")


def test_a_lease_from_before_the_databases_clock_was_set_back_is_free(lease):
    lease.take_lease("ada")
    ends(lease, 2 * project.LEASE + MINUTE)
    assert not is_held(lease)
    assert lease.take_lease("bob")
    assert not lease.keep_lease("ada")


def test_a_living_worker_keeps_its_lease(lease):
    lease.take_lease("ada")
    ends(lease, SECOND)
    assert lease.keep_lease("ada")
    assert type(lease).objects.filter(pk=lease.pk, lease_expires_at__gt=Now() + MINUTE).exists()
    assert not lease.take_lease("bob")


def test_a_worker_that_was_too_slow_is_told_so(lease):
    lease.take_lease("ada")
    ends(lease, -SECOND)
    lease.take_lease("bob")
    assert not lease.keep_lease("ada")


def test_a_lease_that_is_gone_altogether_cannot_be_kept(stream, now):
    claim = Claim.objects.create(stream=stream, since=now - MINUTE, until=now)
    claim.take_lease("ada")
    Claim.objects.all().delete()
    assert not claim.keep_lease("ada")


def test_giving_back_a_lease_takes_it_from_nobody_else(lease):
    lease.take_lease("bob")
    lease.release_lease("ada")
    assert not lease.take_lease("cid")


def test_a_lease_without_an_owner_is_held_by_nobody(lease):
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
def test_of_workers_that_reach_for_a_lease_at_once_one_gets_it(stream):
    owners = [f"worker {number}" for number in range(6)]
    taken = at_once(*(partial(stream.take_lease, owner) for owner in owners))
    assert sorted(taken) == [False] * 5 + [True]
    assert Stream.objects.get().lease_owner == owners[taken.index(True)]


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_had_to_wait_for_the_row_does_not_take_a_lease_that_is_younger_than_its_question(stream):
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


def test_taking_a_lease_changes_nothing_else_that_others_noted(stream):
    Stream.objects.update(error="from elsewhere")
    stream.take_lease("ada")
    stream.refresh_from_db()
    assert (stream.error, stream.lease_owner) == ("from elsewhere", "ada")


# Due


def test_a_stream_that_waits_for_nothing_is_due(stream, now):
    assert due(now) == [stream]


@pytest.mark.parametrize(("wait", "is_due"), [(-MINUTE, True), (0 * MINUTE, True), (MINUTE, False)])
def test_a_stream_is_due_from_its_next_try_on(stream, now, wait, is_due):
    Stream.objects.update(retry_at=now + wait)
    assert due(now) == ([stream] if is_due else [])


def test_a_pause_longer_than_any_was_written_by_a_clock_that_ran_ahead_and_is_not_kept(stream, now):
    Stream.objects.update(retry_at=now + LONGEST_PAUSE)
    assert due(now) == []
    Stream.objects.update(retry_at=now + LONGEST_PAUSE + timedelta(seconds=1))
    assert due(now) == [stream]


@pytest.mark.parametrize(
    ("wait", "is_due"),
    [(timedelta(), True), (MINUTE, False), (LONGEST_BLOCK, False), (LONGEST_BLOCK + MINUTE, True)],
)
def test_streams_of_a_blocked_token_are_not_due_and_others_are(stream, make_stream, account, now, wait, is_due):
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
def test_a_stream_waits_if_its_newest_time_should_have_been_read_a_round_ago(stream, now, attempted, waits):
    stream.note(attempted_at=now - attempted if attempted else None)
    assert list(Stream.objects.waiting(now)) == ([stream] if waits else [])


def test_a_stream_that_somebody_reads_does_not_wait(stream, now):
    stream.take_lease("ada")
    assert not Stream.objects.waiting(now).exists()
    ends(stream, -SECOND)
    assert Stream.objects.waiting(now).exists()


def test_a_stream_that_is_not_due_does_not_wait(stream, now):
    stream.note(retry_at=now + MINUTE)
    assert not Stream.objects.waiting(now).exists()


# What is noted


def test_a_failure_is_noted_with_its_next_try(stream, now):
    stream.fail("Give the token a permission.", needs_person=True, retry_after=300)
    noted = Stream.objects.get()
    assert (noted.error, noted.needs_person) == ("Give the token a permission.", True)
    assert (noted.error_since, noted.retry_at) == (now, now + 5 * MINUTE)


def test_a_second_failure_is_the_same_trouble(stream, now, time_machine):
    stream.fail("One.", needs_person=True, retry_after=0)
    time_machine.move_to(now + MINUTE, tick=False)
    stream.fail("Another.", needs_person=False, retry_after=10)
    noted = Stream.objects.get()
    assert (noted.error, noted.needs_person) == ("Another.", False)
    assert (noted.error_since, noted.retry_at) == (now, now + timedelta(seconds=70))


def test_a_success_ends_the_trouble(stream, now):
    stream.fail("One.", needs_person=True, retry_after=300)
    stream.succeed()
    noted = Stream.objects.get()
    assert (noted.error, noted.needs_person, noted.error_since, noted.retry_at) == ("", False, None, None)
    assert noted.succeeded_at == now


def test_a_failure_leaves_the_last_success_and_the_lease(stream, now):
    stream.take_lease("ada")
    stream.succeed()
    stream.fail("One.", needs_person=False, retry_after=0)
    noted = Stream.objects.get()
    assert (noted.succeeded_at, noted.lease_owner) == (now, "ada")


# Rows


def test_a_log_of_an_account_is_one_stream(stream, make_stream):
    with pytest.raises(IntegrityError):
        make_stream()


def test_a_stream_goes_by_the_name_of_its_provider(stream, make_stream, okta):
    assert str(stream) == "Logins · Meridian"
    assert str(make_stream(Log.SCIM_UPDATES, okta.idp_id)) == "SCIM · Okta · Meridian"
    assert str(make_stream(Log.SCIM_UPDATES, "411d")) == "SCIM · 411d · Meridian"


def test_noting_one_thing_changes_nothing_else_that_others_noted(stream, now):
    Stream.objects.update(error="from elsewhere", oldest_at=now)
    stream.note(attempted_at=now)
    in_database = Stream.objects.get()
    assert (in_database.error, in_database.oldest_at, in_database.attempted_at) == ("from elsewhere", now, now)


def test_runs_say_what_they_are(stream, now):
    run = SyncRun(stream=stream, since=now - MINUTE, until=now)
    assert str(run) == "Logins · Meridian: 2026-11-19 14:05 to 2026-11-19 14:06"


def test_newest_runs_come_first(stream, now):
    runs = [
        SyncRun.objects.create(stream=stream, started_at=now + number * MINUTE, since=now, until=now)
        for number in (0, 2, 1, 2)
    ]
    assert list(SyncRun.objects.all()) == [runs[3], runs[1], runs[2], runs[0]]


def test_a_run_that_has_just_begun_is_running(stream, now):
    run = SyncRun.objects.create(stream=stream, started_at=now, since=now, until=now)
    assert (run.outcome, run.finished_at, run.is_backfill) == (SyncRun.Outcome.RUNNING, None, False)


def test_a_provider_that_no_longer_sends_scim_is_not_expected(make_stream):
    logins = make_stream()
    make_stream("scim_updates", "gone", is_active=False)
    assert list(Stream.objects.expected()) == [logins]


def test_a_stream_is_expected_though_nothing_of_its_account_is_read_any_more(make_stream):
    logins = make_stream(is_active=False)
    assert list(Stream.objects.expected()) == [logins]
