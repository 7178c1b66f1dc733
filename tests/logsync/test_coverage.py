"""Time that was read, held against the simplest model of time: a set of minutes."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsync.coverage import Coverage, Span, cover, coverage_of, first_event_of, intersect, merge, spans_of, subtract
from logsync.models import Account, CoveredRange, Log
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
LAST = 30

minutes = st.integers(0, LAST)


def span(since, until):
    """The span from one minute to another."""
    return Span(NOW + since * MINUTE, NOW + until * MINUTE)


def minutes_of(spans):
    """The set of minutes in spans."""
    return {
        minute
        for since, until in spans
        for minute in range(-10, LAST + 10)
        if since <= NOW + minute * MINUTE and NOW + (minute + 1) * MINUTE <= until
    }


def check_shortest(spans):
    """Fail unless the spans are in order, not empty, and neither overlap nor touch."""
    assert all(one.since < one.until for one in spans)
    assert all(one.until < other.since for one, other in itertools.pairwise(spans))


# Some spans are empty, and some end before they begin.
spans = st.lists(st.builds(span, minutes, minutes), max_size=8)
modestly = settings(max_examples=150, deadline=None)


@given(spans)
@modestly
def test_merging_keeps_the_same_time_in_the_fewest_spans(some):
    merged = merge(some)
    assert minutes_of(merged) == minutes_of(some)
    check_shortest(merged)


@given(spans, spans)
@modestly
def test_subtracting_leaves_the_time_that_is_in_no_other(some, others):
    left = subtract(some, others)
    assert minutes_of(left) == minutes_of(some) - minutes_of(others)
    check_shortest(left)


@given(spans, spans)
@modestly
def test_intersecting_leaves_the_time_that_is_in_both(some, others):
    both = intersect(some, others)
    assert minutes_of(both) == minutes_of(some) & minutes_of(others)
    check_shortest(both)


def test_time_is_cut_to_the_microsecond():
    tick = timedelta(microseconds=1)
    hour = Span(NOW, NOW + 60 * MINUTE)
    assert subtract([hour], [Span(NOW + tick, hour.until - tick)]) == [
        Span(NOW, NOW + tick),
        Span(hour.until - tick, hour.until),
    ]


# What a stream has read


def settled(stream):
    return spans_of(stream, is_settled=True)


def provisional(stream):
    return spans_of(stream, is_settled=False)


@pytest.fixture
def stream(make_stream):
    return make_stream()


def test_what_was_read_is_settled_up_to_a_moment_and_provisional_from_there(stream):
    cover(stream, span(0, 20), NOW + 15 * MINUTE)
    assert settled(stream) == [span(0, 15)]
    assert provisional(stream) == [span(15, 20)]


@pytest.mark.parametrize(
    ("edge", "settled_minutes", "provisional_minutes"), [(25, [span(5, 20)], []), (3, [], [span(5, 20)])]
)
def test_what_was_read_may_be_of_one_kind_alone(stream, edge, settled_minutes, provisional_minutes):
    cover(stream, span(5, 20), NOW + edge * MINUTE)
    assert (settled(stream), provisional(stream)) == (settled_minutes, provisional_minutes)


def test_provisional_time_that_is_read_again_becomes_settled(stream):
    cover(stream, span(0, 20), NOW + 5 * MINUTE)
    cover(stream, span(0, 25), NOW + 10 * MINUTE)
    assert (settled(stream), provisional(stream)) == ([span(0, 10)], [span(10, 25)])


def test_provisional_time_stays_so_until_it_is_read_again(stream):
    cover(stream, span(0, 5), NOW)
    cover(stream, span(10, 30), NOW + 20 * MINUTE)
    assert (settled(stream), provisional(stream)) == ([span(10, 20)], [span(0, 5), span(20, 30)])


def test_settled_time_never_becomes_provisional_again(stream):
    cover(stream, span(0, 20), NOW + 20 * MINUTE)
    cover(stream, span(10, 30), NOW)
    assert (settled(stream), provisional(stream)) == ([span(0, 20)], [span(20, 30)])


def test_reading_nothing_covers_nothing(stream):
    cover(stream, span(5, 5), NOW + 20 * MINUTE)
    assert not CoveredRange.objects.exists()


def test_streams_are_covered_each_by_itself(stream, make_stream):
    other = make_stream(Log.SCIM_UPDATES, "411d")
    cover(stream, span(0, 20), NOW + 10 * MINUTE)
    cover(other, span(5, 8), NOW + 10 * MINUTE)
    assert (settled(stream), settled(other), provisional(other)) == ([span(0, 10)], [span(5, 8)], [])


def test_time_that_was_covered_already_is_not_written_again(stream):
    cover(stream, span(0, 20), NOW + 20 * MINUTE)
    before = list(CoveredRange.objects.values_list("id"))
    cover(stream, span(5, 15), NOW + 20 * MINUTE)
    assert list(CoveredRange.objects.values_list("id")) == before


@given(readings=st.lists(st.tuples(minutes, minutes, minutes), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_readings_leave_what_the_set_of_minutes_says(stream, readings):
    CoveredRange.objects.all().delete()
    known, sure = set(), set()
    for since, until, edge in readings:
        cover(stream, span(since, until), NOW + edge * MINUTE)
        known |= minutes_of([span(since, until)])
        sure |= minutes_of([span(since, min(until, edge))])
    assert minutes_of(settled(stream)) == sure
    assert minutes_of(provisional(stream)) == known - sure
    check_shortest(settled(stream))
    check_shortest(provisional(stream))


# What may be said of a range


def test_where_nothing_is_read_nothing_is_known():
    assert coverage_of([], span(0, 30)) == Coverage(span(0, 30), [], [], [span(0, 30)], None)


def test_a_range_is_settled_provisional_and_missing_in_parts(stream):
    cover(stream, span(5, 20), NOW + 15 * MINUTE)
    coverage = coverage_of([stream], span(0, 30))
    assert coverage.settled == [span(5, 15)]
    assert coverage.provisional == [span(15, 20)]
    assert coverage.known == [span(5, 20)]
    assert coverage.missing == [span(0, 5), span(20, 30)]


def test_a_range_is_cut_to_what_was_asked(stream):
    cover(stream, span(0, 30), NOW + 15 * MINUTE)
    coverage = coverage_of([stream], span(10, 20))
    assert (coverage.settled, coverage.provisional, coverage.missing) == ([span(10, 15)], [span(15, 20)], [])


def test_time_is_known_only_where_every_stream_knows_it(stream, make_stream):
    other = make_stream(Log.SCIM_UPDATES, "411d")
    cover(stream, span(0, 20), NOW + 15 * MINUTE)
    cover(other, span(10, 30), NOW + 12 * MINUTE)
    coverage = coverage_of([stream, other], span(0, 30))
    assert (coverage.settled, coverage.provisional) == ([span(10, 12)], [span(12, 20)])
    assert coverage.missing == [span(0, 10), span(20, 30)]


def test_one_stream_that_was_never_read_makes_all_unknown(stream, make_stream):
    cover(stream, span(0, 30), NOW + 30 * MINUTE)
    coverage = coverage_of([stream, make_stream(Log.SCIM_UPDATES, "411d")], span(0, 30))
    assert (coverage.known, coverage.missing) == ([], [span(0, 30)])


@given(
    first=st.lists(st.tuples(minutes, minutes, minutes), max_size=4), second=spans, asked=st.tuples(minutes, minutes)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_two_streams_know_what_both_sets_of_minutes_say(account, make_stream, first, second, asked):
    account.streams.all().delete()
    one, other = make_stream(), make_stream(Log.SCIM_UPDATES, "411d")
    for since, until, edge in first:
        cover(one, span(since, until), NOW + edge * MINUTE)
    for part in second:
        cover(other, part, NOW + LAST * MINUTE)
    coverage = coverage_of([one, other], span(*sorted(asked)))
    wanted = minutes_of([coverage.asked])
    sure = minutes_of(settled(one)) & minutes_of(second) & wanted
    known = minutes_of(settled(one) + provisional(one)) & minutes_of(second) & wanted
    assert minutes_of(coverage.settled) == sure
    assert minutes_of(coverage.provisional) == known - sure
    assert minutes_of(coverage.missing) == wanted - known


def test_a_hole_lies_between_what_is_known(stream):
    cover(stream, span(5, 10), NOW + 30 * MINUTE)
    cover(stream, span(12, 15), NOW + 30 * MINUTE)
    cover(stream, span(20, 25), NOW)
    coverage = coverage_of([stream], span(0, 30))
    assert coverage.missing == [span(0, 5), span(10, 12), span(15, 20), span(25, 30)]
    assert coverage.holes == [span(10, 12), span(15, 20)]


def test_without_anything_known_there_is_no_hole(stream):
    assert coverage_of([stream], span(0, 30)).holes == []


# How far back rows are proven to reach


def test_known_time_before_the_first_row_is_unproven(stream, make_login):
    cover(stream, span(0, 30), NOW + 30 * MINUTE)
    make_login(created_at=NOW + 12 * MINUTE)
    coverage = coverage_of([stream], span(5, 30))
    assert coverage.proven_since == NOW + 12 * MINUTE
    assert coverage.unproven == [span(5, 12)]


def test_known_time_after_the_first_row_is_proven(stream, make_login):
    cover(stream, span(0, 30), NOW + 30 * MINUTE)
    make_login(created_at=NOW - MINUTE)
    assert coverage_of([stream], span(5, 30)).unproven == []


def test_without_a_row_all_known_time_is_unproven(stream):
    cover(stream, span(10, 20), NOW + 15 * MINUTE)
    coverage = coverage_of([stream], span(0, 30))
    assert (coverage.proven_since, coverage.unproven) == (None, [span(10, 20)])


def test_time_is_proven_only_where_every_stream_proves_it(stream, make_stream, make_login, make_update):
    updates = make_stream(Log.SCIM_UPDATES, "411d2f50-92ce-442f-a163-866113f28168")
    for part in (stream, updates):
        cover(part, span(0, 30), NOW + 30 * MINUTE)
    make_login(created_at=NOW + 3 * MINUTE)
    assert coverage_of([stream, updates], span(0, 30)).unproven == [span(0, 30)]
    make_update(logged_at=NOW + 8 * MINUTE)
    assert coverage_of([stream, updates], span(0, 30)).proven_since == NOW + 8 * MINUTE


def test_the_first_event_is_the_oldest_of_this_stream(stream, make_stream, make_login, make_update):
    okta, entra = (make_stream(Log.SCIM_UPDATES, idp_id) for idp_id in ("okta", "entra"))
    for number in (5, 3, 4):
        make_login(created_at=NOW + number * MINUTE)
        make_update(idp_id="okta", logged_at=NOW + 2 * number * MINUTE)
    make_login(account=Account.objects.create(account_id="another"), created_at=NOW)
    assert first_event_of(stream) == NOW + 3 * MINUTE
    assert first_event_of(okta) == NOW + 6 * MINUTE
    assert first_event_of(entra) is None
