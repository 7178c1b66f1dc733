"""When more denials than before are a spike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight.spikes import (
    PARTS,
    ConnectionCount,
    busiest,
    count_by_connection,
    counts_by_part,
    is_spike,
    largest_spike,
    may_have_spiked,
)
from logsync.models import AccessRequest
from logsync.spans import Span
from tests.conftest import NOW
from tests.examples import examples

WINDOW = timedelta(minutes=60)
PART = WINDOW / 2
APP = (1, "a")


def at(minutes):
    return [NOW + timedelta(minutes=minute) for minute in sorted(minutes)]


@pytest.mark.parametrize(
    ("minutes", "most", "since"),
    [
        ([0], 1, 0),
        ([0, 59], 2, 0),
        ([0, 60], 1, 0),
        ([0, 30, 70, 80, 89], 4, 30),
        ([0, 1, 200, 201], 2, 0),
        ([5, 5, 5], 3, 5),
    ],
    ids=str,
)
def test_first_busiest_window_wins(minutes, most, since):
    assert busiest(at(minutes), WINDOW) == (most, NOW + timedelta(minutes=since))


def test_no_events_have_no_busiest_window():
    assert busiest([], WINDOW)[0] == 0


@given(st.lists(st.integers(0, 500), min_size=1, max_size=30))
def test_no_window_exceeds_busiest(minutes):
    moments = at(minutes)
    most, since = busiest(moments, WINDOW)
    inside = [sum(start <= moment < start + WINDOW for moment in moments) for start in moments]
    assert most == max(inside)
    assert since == moments[inside.index(most)]


@pytest.mark.parametrize(
    ("now", "usual", "expected"),
    [(4, 0, False), (5, 0, True), (8, 4, False), (9, 4, True), (11, 6, False), (12, 6, True), (39, 20, False)],
)
def test_a_spike_doubles_and_adds_five(now, usual, expected):
    assert is_spike(now, usual) is expected


# The largest


def deny(make_login, people, hours, **values):
    for number in range(people):
        at = NOW - timedelta(hours=hours) + timedelta(minutes=number)
        make_login(created_at=at, user_email=f"{number}@x.example", **values)


@pytest.fixture
def spike():
    """The largest spike of the last day among all logins, or under filters."""
    span, before = (Span(NOW - timedelta(days=days), NOW - timedelta(days=days - 1)) for days in (1, 2))
    return lambda **filters: largest_spike(AccessRequest.objects.filter(**filters), span, before)


def test_the_app_with_most_new_people(make_login, spike, account):
    deny(make_login, 6, 3, app_uid="a")
    deny(make_login, 9, 5, app_uid="b")
    deny(make_login, 2, 30, app_uid="b")
    found = spike()
    assert (found.app, found.since, found.size) == ((account.pk, "b"), NOW - timedelta(hours=5), 7)


def test_episode_is_all_windows_above_usual(make_login, spike):
    """Two people are usual. Nine come five hours ago, and three of them keep trying until three hours ago."""
    deny(make_login, 2, 30)
    for hours, people in ((9, 3), (7, 2), (5, 9), (4, 3), (3, 3), (2, 2)):
        for number in range(people):
            who = f"{hours if hours > 5 else 'late'}-{number}@x.example"
            make_login(created_at=NOW - timedelta(hours=hours) + timedelta(minutes=number), user_email=who)
    found = spike()
    assert found.since == NOW - timedelta(hours=5)
    assert found.episode == Span(NOW - timedelta(hours=5), NOW - timedelta(hours=2))


def test_episode_may_begin_before_its_peak(make_login, spike):
    deny(make_login, 2, 30)
    for hours, people in ((6, 3), (5, 9)):
        for number in range(people):
            at = NOW - timedelta(hours=hours) + timedelta(minutes=number)
            make_login(created_at=at, user_email=f"{hours}-{number}@x.example")
    assert spike().episode == Span(NOW - timedelta(hours=6), NOW - timedelta(hours=4))


def test_episode_ends_with_the_span(make_login, spike):
    deny(make_login, 9, 0.5)
    found = spike()
    assert found.episode == Span(NOW - timedelta(minutes=30), NOW)


@given(now=st.lists(st.tuples(st.integers(0, 24 * 60 - 1), st.integers(0, 9)), max_size=30))
@examples(30)
def test_episode_holds_the_busiest_window(account, now):
    AccessRequest.objects.all().delete()
    rows = [
        AccessRequest(
            account=account,
            arrived_at=NOW,
            created_at=NOW + timedelta(minutes=minute),
            allowed=False,
            person=f"{who}@x.example",
            app_uid="a",
        )
        for minute, who in now
    ]
    AccessRequest.objects.bulk_create(rows)
    span, before = Span(NOW, NOW + timedelta(days=1)), Span(NOW - timedelta(days=1), NOW)
    found = largest_spike(AccessRequest.objects.all(), span, before)
    if found:
        assert span.since <= found.episode.since <= found.since
        assert min(found.since + WINDOW, span.until) <= found.episode.until <= span.until


def test_a_usual_crowd_is_no_spike(make_login, spike):
    deny(make_login, 9, 5)
    deny(make_login, 9, 30)
    assert spike() is None


def test_only_filtered_logins_can_spike(make_login, spike, account):
    deny(make_login, 9, 5, app_uid="b")
    deny(make_login, 6, 3, app_uid="a")
    assert spike(account=account, app_uid="a").app == (account.pk, "a")
    assert spike(account__account_id="elsewhere") is None


# Which apps are looked at


def parts_of(moments):
    """The moments counted in parts of half a window, from NOW on."""
    counts = [0] * PARTS
    for moment in moments:
        counts[(moment - NOW) // PART] += 1
    return counts


minutes_of_a_day = st.lists(st.integers(0, 24 * 60 - 1), max_size=40)


@given(now=minutes_of_a_day.filter(len), before=minutes_of_a_day)
def test_no_spike_is_missed(now, before):
    has = is_spike(busiest(at(now), WINDOW)[0], busiest(at(before), WINDOW)[0])
    looked_at = may_have_spiked({APP: parts_of(at(now))}, {APP: parts_of(at(before))})
    assert looked_at == [APP] or not has


def test_steadily_busy_app_is_skipped():
    steady = {APP: [20] * PARTS}
    assert may_have_spiked(steady, steady) == []


def test_person_counts_at_first_denial(make_login, account):
    def login(person, minutes, **values):
        moment = NOW + timedelta(minutes=minutes)
        make_login(**{"user_email": f"{person}@x.example", "app_uid": "a", "created_at": moment, **values})

    for person, *minutes in (
        ("ada", 31, 5, 700),
        ("bob", 29),
        ("cleo", 30),
        ("dan", 24 * 60 - 1),
        ("eve", -1, 24 * 60),
    ):
        for minute in minutes:
            login(person, minute)
    login("ada", 100, app_uid="b")
    login("fay", 100, allowed=True)
    login("gil", 100, connection="nonidentity")
    counts = counts_by_part(AccessRequest.objects.all(), Span(NOW, NOW + timedelta(days=1)))
    assert {key: {part: n for part, n in enumerate(found) if n} for key, found in counts.items()} == {
        (account.pk, "a"): {0: 2, 1: 1, PARTS - 1: 1},
        (account.pk, "b"): {3: 1},
    }


def test_results_by_connection(make_login):
    said = (("okta", False), ("okta", False), ("okta", True), ("azureAD", True), ("azureAD", None))
    for seconds, (connection, allowed) in enumerate(said):
        make_login(connection=connection, allowed=allowed, created_at=NOW - timedelta(seconds=seconds))
    # The same second is the same attempt.
    make_login(connection="okta", allowed=False, created_at=NOW)
    expected = [ConnectionCount("azureAD", 0, 1), ConnectionCount("okta", 2, 1)]
    assert count_by_connection(AccessRequest.objects.all()) == expected
