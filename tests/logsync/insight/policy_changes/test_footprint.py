"""Who was denied and let in around a change, counted by another way, and where nothing is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from logsync.insight.policy_changes.change import Origin, PolicyChange
from logsync.insight.policy_changes.footprint import footprints
from tests.conftest import NOW

CHANGED = NOW - timedelta(hours=30)
APP = "13d976ec-915a-4e59-afab-cef6291764b8"
HOUR = timedelta(hours=1)
PEOPLE_BY_HAND = """
    SELECT COUNT(DISTINCT person) FROM logsync_accessrequest
    WHERE account_id = %s AND app_uid = %s AND allowed = %s AND created_at >= %s AND created_at < %s
"""


@pytest.fixture
def change(account):
    return PolicyChange(
        Origin.SNAPSHOT, 1, account.pk, "group", "g1", "Engineers", CHANGED - 2 * HOUR, CHANGED, CHANGED - HOUR / 2
    )


@pytest.fixture
def known(stream, cover):
    """The time around the change is known."""
    cover(stream, NOW - timedelta(days=9), NOW)


@pytest.fixture
def attempts(make_login, change):
    """Four people, each with what became of them before the change and after it."""
    moment = change.moment
    for email, before, after in (
        ("ada", [True], [False, False]),
        ("bob", [True, True], [True]),
        ("cy", [False], [False]),
        ("dee", [], [False]),
    ):
        for place, is_allowed in enumerate(before, start=1):
            make_login(user_email=f"{email}@meridian.example", allowed=is_allowed, created_at=moment - place * HOUR)
        for place, is_allowed in enumerate(after, start=1):
            make_login(user_email=f"{email}@meridian.example", allowed=is_allowed, created_at=moment + place * HOUR)
    make_login(user_email="eve@meridian.example", allowed=False, app_uid="another app", created_at=moment + HOUR)
    make_login(user_email="old@meridian.example", allowed=False, created_at=moment - 25 * HOUR)


def counted_by_hand(account, side):
    found = []
    for is_allowed in (False, True):
        with connection.cursor() as cursor:
            ends = [connection.ops.adapt_datetimefield_value(at) for at in side.span]
            cursor.execute(PEOPLE_BY_HAND, [account.pk, APP, is_allowed, *ends])
            found.append(cursor.fetchone()[0])
    return found


@pytest.mark.usefixtures("known", "attempts")
def test_counts_people_of_both_days(account, change):
    [found] = footprints(change, [APP], 5, NOW)
    assert [found.before.denied, found.before.let_in] == counted_by_hand(account, found.before) == [1, 2]
    assert [found.after.denied, found.after.let_in] == counted_by_hand(account, found.after) == [3, 1]
    assert (found.shut_out, found.after.is_whole, found.after.is_over) == (1, True, True)
    # There were denials before, and no spike.
    assert found.first_denial is None


@pytest.mark.usefixtures("known")
def test_first_denial_after_a_quiet_day(change, make_login):
    make_login(allowed=False, created_at=change.moment + 12 * HOUR / 60)
    [found] = footprints(change, [APP], 5, NOW)
    assert found.first_denial == change.moment + timedelta(minutes=12)


@pytest.mark.usefixtures("attempts")
def test_first_denial_of_a_spike(known, change, make_login):
    first = change.moment + timedelta(minutes=14)
    for number in range(12):
        make_login(user_email=f"p{number}@meridian.example", allowed=False, created_at=first + number * HOUR / 60)
    [found] = footprints(change, [APP], 5, NOW)
    assert found.first_denial == first


def test_unknown_time_is_no_zero(change):
    [found] = footprints(change, [APP], 5, NOW)
    assert (found.before.denied, found.after.let_in, found.shut_out) == (None, None, None)


def test_time_known_in_part(stream, cover, change, make_login):
    since = change.moment + 20 * HOUR
    cover(stream, since, NOW)
    make_login(allowed=False, created_at=since + HOUR)
    [found] = footprints(change, [APP], 5, NOW)
    assert (found.before.denied, found.after.denied, found.after.is_whole) == (None, 1, False)
    assert found.first_denial is None


@pytest.mark.usefixtures("known")
def test_day_after_is_not_over(change):
    [found] = footprints(change, [APP], 5, change.moment + HOUR)
    assert (found.after.denied, found.after.is_whole, found.after.is_over) == (0, True, False)


@pytest.mark.usefixtures("known", "attempts")
def test_cost_of_many_apps(change, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        assert len(footprints(change, [APP, *map(str, range(20))], 10, NOW)) == 10
