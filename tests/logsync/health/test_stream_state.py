"""What is wrong with a stream, which the doctor and every page ask in one place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.health.stream_state import latest, states_of
from logsync.models import Account, IdentityProvider, LatenessCount, Log, Stream

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ERROR = "Cloudflare answered with an error."


@pytest.fixture
def racing(make_stream, cover, now):
    """A stream of which the oldest two hours are missing, and leave Cloudflare's reach in four hours.

    It was asked for older time in vain.
    """
    stream = make_stream(backfill_since=now - 20 * HOUR)
    stream.covered_ranges.create(since=now - 50 * HOUR, until=now - 40 * HOUR, state="beyond")
    cover(stream, now - 18 * HOUR, now - 15 * MINUTE)
    return stream


@pytest.fixture
def state(now):
    """The state of a stream, or of the only one."""

    def get(stream=None):
        streams = Stream.objects.with_ranges()
        [found] = states_of(streams.filter(pk=stream.pk) if stream else streams, now)
        return found

    return get


def fail(stream, since, until, now):
    stream.failed_ranges.create(since=since, until=until, error=ERROR, failed_at=now, retry_at=now)


def test_missing_time_expires_with_the_retention(racing, state, now):
    expiring = state().expiring
    assert (expiring.span.since, expiring.leaves_at) == (now - 20 * HOUR, now + 4 * HOUR)


def test_unlisted_streams_prove_the_retention_too(racing, make_stream, state, now):
    Stream.objects.filter(pk=racing.pk).update(log=Log.SCIM_UPDATES, idp_id="okta")
    make_stream(Log.SCIM_UPDATES, "entra", oldest_at=now - 30 * DAY, probed_at=now)
    assert state(racing).expiring is None


@pytest.mark.parametrize("needs_person", [True, False])
def test_unproven_retention_loses_nothing(racing, state, now, needs_person):
    racing.covered_ranges.filter(state="beyond").delete()
    assert state().expiring is None
    racing.note(error=ERROR, needs_person=needs_person, error_since=now)
    assert state().expiring is None
    # Rows of less than a day prove no more than nothing does.
    racing.note(oldest_at=now - 30 * HOUR, probed_at=now - 6 * HOUR)
    assert state().expiring is None


def test_rows_prove_retention_of_refused_stream(racing, state, now):
    racing.covered_ranges.filter(state="beyond").delete()
    racing.note(error=ERROR, needs_person=True, error_since=now, oldest_at=now - 25 * HOUR, probed_at=now)
    assert (state().expiring.retention, state().expiring.is_proven) == (25 * HOUR, True)


@pytest.mark.parametrize("gone", ["beyond", "refused"])
def test_older_time_in_vain_proves_retention(racing, state, now, gone):
    racing.covered_ranges.filter(state="beyond").update(state=gone)
    racing.note(error=ERROR, needs_person=False, error_since=now)
    assert state().is_losing
    assert not state().expiring.is_proven


def test_an_inactive_stream_loses_nothing(racing, state):
    Stream.objects.update(is_active=False)
    assert state().expiring is None
    assert not state().is_losing


def test_failed_time_that_expires_is_lost(racing, state, now):
    fail(racing, now - 20 * HOUR, now - 19 * HOUR, now)
    assert state().is_losing
    assert state().expiring_error == ERROR


def test_later_failure_loses_nothing_yet(racing, state, now):
    fail(racing, now - 19 * HOUR, now - 18 * HOUR, now)
    assert not state().is_losing
    assert state().expiring_error == ""


def test_known_time_does_not_expire(racing, cover, state, now):
    cover(racing, now - 20 * HOUR, now - 18 * HOUR)
    racing.asked_ranges.create(since=now - 20 * HOUR, until=now - 18 * HOUR, again=True, asked_at=now)
    assert state().to_read != []
    assert state().expiring is None


def test_settled_to_is_the_end(racing, state, now):
    assert state().settled_to == now - 15 * MINUTE


def test_nothing_is_settled_at_first(make_stream, state):
    make_stream()
    assert state().settled_to is None


def test_accounts_may_share_a_provider_id(account, make_stream, now):
    other = Account.objects.create(account_id="b" * 32, name="Other")
    for owner, name in ((account, "Okta"), (other, "Entra ID")):
        IdentityProvider.objects.create(account=owner, idp_id="same", name=name)
    make_stream(Log.SCIM_UPDATES, "same")
    Stream.objects.create(account=other, log=Log.SCIM_UPDATES, idp_id="same", backfill_since=now)
    names = {state.name for state in states_of(Stream.objects.with_ranges(), now)}
    assert names == {"SCIM · Okta · Meridian", "SCIM · Entra ID · Other"}


def test_the_latest_rows_are_found(make_stream, now):
    streams = [make_stream(), make_stream(Log.SCIM_UPDATES, "okta"), make_stream(Log.SCIM_UPDATES, "entra")]
    for stream, seconds, rows in zip(streams, (60, 1000, 5000), (20, 20, 19), strict=True):
        LatenessCount.objects.create(stream=stream, day=now.date(), seconds=seconds, count=rows)
    found = latest(states_of(Stream.objects.with_ranges(), now))
    assert found is not None
    # Few rows as well, if they came after their time was called complete.
    assert (found[0].stream, found[1].latest) == (streams[2], timedelta(seconds=5000))


def test_too_few_rows_are_no_latest(make_stream, now):
    make_stream()
    assert latest(states_of(Stream.objects.with_ranges(), now)) is None
