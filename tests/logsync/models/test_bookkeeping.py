"""Who may read a stream, when, and what is noted about it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from logsync.models import CoveredRange, Installation, Log, Stream, SyncRun
from tests.logsync.workers import at_once, only_on_postgresql

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(make_stream, now):
    return make_stream()


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


def test_one_worker_has_the_lease_and_no_other_gets_it(stream):
    assert stream.take_lease("ada", 300)
    assert not stream.take_lease("bob", 300)
    assert not stream.take_lease("ada", 300)


def test_a_lease_that_was_given_back_can_be_taken(stream):
    stream.take_lease("ada", 300)
    stream.release_lease("ada")
    assert stream.take_lease("bob", 300)


def test_a_killed_worker_loses_its_lease_by_itself(stream, now, time_machine):
    stream.take_lease("ada", 300)
    time_machine.move_to(now + timedelta(seconds=300), tick=False)
    assert not stream.take_lease("bob", 300)
    time_machine.move_to(now + timedelta(seconds=301), tick=False)
    assert stream.take_lease("bob", 300)


def test_a_living_worker_keeps_its_lease(stream, now, time_machine):
    stream.take_lease("ada", 300)
    time_machine.move_to(now + timedelta(seconds=200), tick=False)
    assert stream.keep_lease("ada", 300)
    time_machine.move_to(now + timedelta(seconds=499), tick=False)
    assert not stream.take_lease("bob", 300)


def test_a_worker_that_was_too_slow_is_told_so(stream, now, time_machine):
    stream.take_lease("ada", 300)
    time_machine.move_to(now + timedelta(seconds=301), tick=False)
    stream.take_lease("bob", 300)
    assert not stream.keep_lease("ada", 300)


def test_giving_back_a_lease_takes_it_from_nobody_else(stream):
    stream.take_lease("bob", 300)
    stream.release_lease("ada")
    assert not stream.take_lease("cid", 300)


def test_leases_of_other_streams_are_free(stream, make_stream):
    other = make_stream(Log.SCIM_UPDATES, "411d")
    stream.take_lease("ada", 300)
    assert other.take_lease("bob", 300)
    stream.release_lease("ada")
    assert not other.take_lease("cid", 300)


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_of_workers_that_reach_for_a_lease_at_once_one_gets_it(stream):
    owners = [f"worker {number}" for number in range(6)]
    taken = at_once(*(partial(stream.take_lease, owner, 300) for owner in owners))
    assert sorted(taken) == [False] * 5 + [True]
    assert Stream.objects.get().lease_owner == owners[taken.index(True)]


def test_taking_a_lease_changes_nothing_else_that_others_noted(stream):
    Stream.objects.update(error="from elsewhere")
    stream.take_lease("ada", 300)
    stream.refresh_from_db()
    assert (stream.error, stream.lease_owner) == ("from elsewhere", "ada")


# Due


def test_a_stream_that_waits_for_nothing_is_due(stream, now):
    assert due(now) == [stream]


@pytest.mark.parametrize(("wait", "is_due"), [(-MINUTE, True), (0 * MINUTE, True), (MINUTE, False)])
def test_a_stream_is_due_from_its_next_try_on(stream, now, wait, is_due):
    Stream.objects.update(retry_at=now + wait)
    assert due(now) == ([stream] if is_due else [])


def test_an_inactive_stream_is_never_due(stream, now):
    Stream.objects.update(is_active=False)
    assert due(now) == []


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
    stream.take_lease("ada", 300)
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


def test_ranges_and_runs_say_what_they_are(stream, now, cover):
    assert str(cover(stream, now - MINUTE, now)) == "2026-11-19 14:05 to 2026-11-19 14:06"
    run = SyncRun(stream=stream, since=now - MINUTE, until=now)
    assert str(run) == "Logins · Meridian: 2026-11-19 14:05 to 2026-11-19 14:06"


def test_newest_runs_come_first_and_oldest_ranges(stream, now, cover):
    runs = [
        SyncRun.objects.create(stream=stream, started_at=now + number * MINUTE, since=now, until=now)
        for number in (0, 2, 1, 2)
    ]
    assert list(SyncRun.objects.all()) == [runs[3], runs[1], runs[2], runs[0]]
    ranges = [cover(stream, now + number * MINUTE, now + 9 * MINUTE) for number in (1, 0)]
    assert list(CoveredRange.objects.all()) == ranges[::-1]


def test_a_provider_that_no_longer_sends_scim_is_not_expected(make_stream):
    logins = make_stream()
    make_stream("scim_updates", "gone", is_active=False)
    assert list(Stream.objects.expected()) == [logins]


def test_a_stream_is_expected_though_nothing_of_its_account_is_read_any_more(make_stream):
    logins = make_stream(is_active=False)
    assert list(Stream.objects.expected()) == [logins]
