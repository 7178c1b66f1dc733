"""Time that was read, held against the simplest model of time: a set of minutes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.coverage import (
    KNOWN,
    Coverage,
    State,
    ask_for,
    cover,
    coverage_of,
    coverage_of_stream,
    failed_spans_of,
    longest_pause,
    missing_spans,
    newest_edge,
    note_deleted,
    note_failure,
    older_time,
    spans_of,
    spans_to_read,
    wanted_spans_of,
    without_pause,
)
from logsync.models import AskedRange, CoveredRange, FailedRange, Log, Stream
from logsync.spans import BEGINNING, Span, intersect, length, merge, subtract
from tests.conftest import NOW
from tests.examples import examples

MINUTE = timedelta(minutes=1)
LAST = 30
OVERLAP = 15

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
modestly = examples(150)


@given(spans)
@modestly
def test_merge_keeps_time_in_fewest_spans(some):
    merged = merge(some)
    assert minutes_of(merged) == minutes_of(some)
    check_shortest(merged)


@given(spans, spans)
@modestly
def test_subtract_leaves_time_in_no_other(some, others):
    left = subtract(some, others)
    assert minutes_of(left) == minutes_of(some) - minutes_of(others)
    check_shortest(left)


@given(spans, spans)
@modestly
def test_intersect_leaves_time_in_both(some, others):
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


@given(spans)
@modestly
def test_merged_length_counts_each_minute_once(some):
    assert length(merge(some)) == len(minutes_of(some)) * MINUTE


# What a stream has read


def settled(stream):
    return spans_of(stream, State.SETTLED)


def provisional(stream):
    return spans_of(stream, State.PROVISIONAL)


def beyond(stream):
    return spans_of(stream, State.BEYOND)


def late(stream):
    return spans_of(stream, State.LATE)


def deleted(stream):
    return spans_of(stream, State.DELETED)


def at(minute):
    return NOW + minute * MINUTE


def settle(stream, *spans):
    """Note that these spans were read long after they happened."""
    for part in spans:
        cover(stream, part, at(LAST + OVERLAP))


@pytest.fixture(autouse=True)
def _overlap(settings):
    settings.SYNC_OVERLAP = OVERLAP * MINUTE


@pytest.fixture
def stream(make_stream):
    return make_stream(backfill_since=NOW)


def test_read_time_is_settled_before_overlap(stream):
    cover(stream, span(0, 20), at(20))
    assert settled(stream) == [span(0, 5)]
    assert provisional(stream) == [span(5, 20)]


@pytest.mark.parametrize(
    ("now", "settled_minutes", "provisional_minutes"), [(40, [span(5, 20)], []), (20, [], [span(5, 20)])]
)
def test_read_time_may_have_one_state(stream, now, settled_minutes, provisional_minutes):
    cover(stream, span(5, 20), at(now))
    assert (settled(stream), provisional(stream)) == (settled_minutes, provisional_minutes)


def test_provisional_time_settles_when_reread(stream):
    cover(stream, span(0, 20), at(20))
    cover(stream, span(0, 25), at(25))
    assert (settled(stream), provisional(stream)) == ([span(0, 10)], [span(10, 25)])


def test_provisional_time_stays_until_reread(stream):
    cover(stream, span(0, 5), at(5))
    cover(stream, span(10, 30), at(30))
    assert (settled(stream), provisional(stream)) == ([span(10, 15)], [span(0, 5), span(15, 30)])


def test_settled_time_stays_settled(stream):
    cover(stream, span(0, 20), at(35))
    cover(stream, span(10, 30), at(35), asked_at=at(15))
    assert settled(stream) == [span(0, 20)]


def test_age_counts_from_request_not_answer(stream):
    cover(stream, span(0, 20), at(60), asked_at=at(20))
    assert (settled(stream), provisional(stream)) == ([span(0, 5)], [span(5, 20)])


def test_slow_read_keeps_concurrent_results(stream):
    cover(stream, span(10, 30), at(30))
    cover(stream, span(0, 2), at(31), asked_at=at(18))
    assert (settled(stream), provisional(stream)) == ([span(0, 2), span(10, 15)], [span(15, 30)])


def test_future_time_is_not_known(stream):
    cover(stream, span(0, 30), at(20))
    assert (settled(stream), provisional(stream)) == ([span(0, 5)], [span(5, 20)])


def test_time_settled_by_fast_clock_reverts(stream):
    cover(stream, span(0, 29), at(40))
    assert (settled(stream), provisional(stream)) == ([span(0, 25)], [span(25, 29)])
    cover(stream, span(10, 20), at(20))
    assert (settled(stream), provisional(stream)) == ([span(0, 5)], [span(5, 20)])


def test_time_before_proven_is_beyond(stream):
    cover(stream, span(0, 10), at(60), at(4))
    assert (beyond(stream), settled(stream)) == ([span(0, 4)], [span(4, 10)])


def test_span_wholly_before_proven_is_beyond(stream):
    cover(stream, span(0, 10), at(60), at(20))
    assert (beyond(stream), settled(stream)) == ([span(0, 10)], [])


def test_settled_time_never_becomes_beyond(stream):
    cover(stream, span(0, 10), at(60), at(4))
    cover(stream, span(2, 10), at(60), at(20))
    assert (beyond(stream), settled(stream)) == ([span(0, 4)], [span(4, 10)])
    cover(stream, span(0, 10), at(60), at(2))
    assert (beyond(stream), settled(stream)) == ([span(0, 2)], [span(2, 10)])


def test_reading_nothing_covers_nothing(stream):
    cover(stream, span(5, 5), NOW + 20 * MINUTE)
    assert not CoveredRange.objects.exists()


def test_streams_are_covered_each_by_itself(stream, make_stream):
    other = make_stream(Log.SCIM_UPDATES, "411d")
    cover(stream, span(0, 20), at(25))
    cover(other, span(5, 8), at(25))
    assert (settled(stream), settled(other), provisional(other)) == ([span(0, 10)], [span(5, 8)], [])


def test_covered_time_is_not_rewritten(stream):
    cover(stream, span(0, 20), at(35))
    before = list(CoveredRange.objects.values_list("id"))
    cover(stream, span(5, 15), at(35))
    assert list(CoveredRange.objects.values_list("id")) == before


def test_late_time_settles_by_next_reading(stream):
    settle(stream, span(0, 20))
    cover(stream, span(0, 10), at(60), late=[span(5, 8)])
    assert (settled(stream), late(stream)) == ([span(0, 5), span(8, 20)], [span(5, 8)])
    cover(stream, span(0, 20), at(60), late=[span(5, 8)])
    assert (settled(stream), late(stream)) == ([span(0, 5), span(8, 20)], [span(5, 8)])
    cover(stream, span(0, 6), at(61))
    assert (settled(stream), late(stream)) == ([span(0, 6), span(8, 20)], [span(6, 8)])
    cover(stream, span(0, 20), at(61))
    assert (settled(stream), late(stream)) == ([span(0, 20)], [])


def test_late_time_is_known_and_missing(stream):
    settle(stream, span(0, 20))
    cover(stream, span(5, 5), at(60), late=[span(5, 8)])
    assert spans_of(stream, *KNOWN) == [span(0, 20)]
    assert missing_spans(stream, at(20)) == [span(5, 8)]
    note_failure(stream, span(0, 20), "It is said why.", at(61))
    assert failed_spans_of(stream) == [span(5, 8)]


def test_late_time_may_leave_reach(stream):
    settle(stream, span(0, 20))
    cover(stream, span(0, 10), at(60), late=[span(5, 8)])
    cover(stream, span(0, 10), at(61), at(7))
    assert (settled(stream), late(stream)) == ([span(0, 5), span(7, 20)], [])
    assert beyond(stream) == [span(5, 7)]


def test_deleted_time_is_told_apart(stream):
    settle(stream, span(0, 5), span(8, 20))
    cover(stream, span(8, 8), at(60), late=[span(8, 9)])
    cover(stream, span(5, 6), at(60), at(6))
    ask_for(stream, span(-9, 12), again=True, asked_by="ada")
    note_deleted(stream, at(10))
    assert (deleted(stream), settled(stream)) == ([span(0, 5), span(8, 10)], [span(10, 20)])
    assert (late(stream), beyond(stream), missing_spans(stream, at(20))) == ([], [], [])
    assert [part for part, _ in ranges(AskedRange)] == [span(10, 12)]
    note_deleted(stream, at(15))
    assert deleted(stream) == [span(0, 5), span(8, 15)]
    assert Stream.objects.get().backfill_since == at(15)


def test_deleted_time_stays_so(stream):
    settle(stream, span(0, 20))
    note_deleted(stream, at(10))
    note_deleted(stream, at(5))
    assert (deleted(stream), stream.backfill_since) == ([span(0, 10)], at(10))
    settle(stream, span(2, 3))
    assert (deleted(stream), settled(stream)) == ([span(0, 2), span(3, 10)], [span(2, 3), span(10, 20)])


readings = st.tuples(minutes, minutes, st.integers(0, LAST + OVERLAP), st.integers(0, LAST), st.integers(-LAST, LAST))


@given(readings=st.lists(readings, max_size=6))
@examples(40)
def test_any_reads_match_minute_sets(stream, readings):
    CoveredRange.objects.all().delete()
    known: set[int] = set()
    sure: set[int] = set()
    gone: set[int] = set()
    for since, until, now, ago, proven in readings:
        cover(stream, span(since, until), at(now), at(proven), asked_at=at(now - ago))
        read = minutes_of([span(since, until)])
        old = {minute for minute in read if minute < now - ago - OVERLAP}
        sure |= {minute for minute in old if minute >= proven}
        known |= sure | {minute for minute in read - old if minute < now - ago}
        # Of what is settled, what is too young is not; and nothing of the future is known.
        sure = {minute for minute in sure if minute < now - OVERLAP}
        known = {minute for minute in known if minute < now}
        gone = (gone | {minute for minute in read if minute < proven}) - known
    assert minutes_of(settled(stream)) == sure
    assert minutes_of(provisional(stream)) == known - sure
    assert minutes_of(beyond(stream)) == gone
    for spans in (settled(stream), provisional(stream), beyond(stream)):
        check_shortest(spans)


# What could not be read


def ranges(model):
    return [(Span(range.since, range.until), range) for range in model.objects.all()]


def test_failure_is_noted_with_next_try(stream):
    note_failure(stream, span(0, 20), "It is said why.", at(30))
    [(noted, failed)] = ranges(FailedRange)
    assert noted == span(0, 20)
    assert (failed.error, failed.tries, failed.failed_at, failed.retry_at) == ("It is said why.", 1, at(30), at(31))


def test_known_time_has_not_failed(stream):
    settle(stream, span(5, 10))
    note_failure(stream, span(0, 20), "It is said why.", at(30))
    assert failed_spans_of(stream) == [span(0, 5), span(10, 20)]


def test_failed_reread_stays_known(stream):
    settle(stream, span(0, 20))
    ask_for(stream, span(5, 10), again=True, asked_by="ada")
    note_failure(stream, span(0, 20), "It is said why.", at(30))
    assert failed_spans_of(stream) == [span(5, 10)]
    coverage = coverage_of_stream(stream, span(0, 20))
    assert (coverage.settled, coverage.failed) == ([span(0, 20)], [])


def test_repeated_failure_waits_longer(stream):
    for tries in range(1, 4):
        note_failure(stream, span(0, 20), f"Reason {tries}.", at(30))
    [(_, failed)] = ranges(FailedRange)
    assert (failed.tries, failed.error, failed.retry_at) == (3, "Reason 3.", at(34))


def test_repeated_partial_failure_splits_range(stream):
    note_failure(stream, span(0, 20), "One.", at(30))
    note_failure(stream, span(5, 10), "Another.", at(40))
    assert [(part, range.error, range.tries) for part, range in ranges(FailedRange)] == [
        (span(0, 5), "One.", 1),
        (span(5, 10), "Another.", 2),
        (span(10, 20), "One.", 1),
    ]


def test_adjacent_equal_failures_merge(stream):
    note_failure(stream, span(5, 10), "Why.", at(30))
    note_failure(stream, span(10, 20), "Why.", at(30))
    note_failure(stream, span(20, 25), "Why else.", at(30))
    assert [part for part, _ in ranges(FailedRange)] == [span(5, 20), span(20, 25)]


def test_due_failure_is_not_postponed(stream):
    note_failure(stream, span(5, 20), "Why.", at(30))
    note_failure(stream, span(10, 20), "Why.", at(32))
    assert [(part, range.retry_at) for part, range in ranges(FailedRange)] == [
        (span(5, 10), at(31)),
        (span(10, 20), at(34)),
    ]


def test_read_part_is_no_longer_failed(stream):
    note_failure(stream, span(0, 20), "It is said why.", at(30))
    note_failure(stream, span(0, 20), "It is said why.", at(30))
    settle(stream, span(5, 10))
    assert [(part, range.tries, range.retry_at) for part, range in ranges(FailedRange)] == [
        (span(0, 5), 2, at(32)),
        (span(10, 20), 2, at(32)),
    ]


def test_any_failures_match_minute_sets(stream):
    @given(st.lists(st.tuples(st.booleans(), minutes, minutes), max_size=8))
    @examples(40)
    def check(steps):
        CoveredRange.objects.all().delete()
        FailedRange.objects.all().delete()
        known: set[int] = set()
        failed: set[int] = set()
        for was_read, since, until in steps:
            part = minutes_of([span(since, until)])
            if was_read:
                settle(stream, span(since, until))
                known |= part
                failed -= part
            else:
                note_failure(stream, span(since, until), f"Asked for {since}.", at(60))
                failed |= part - known
        assert minutes_of(failed_spans_of(stream)) == failed
        together = [part for part, _ in ranges(FailedRange)]
        assert length(together) == length(merge(together))

    check()


# What is wanted


def test_wanted_time_includes_requested_ranges(stream):
    ask_for(stream, span(-9, -5), again=False, asked_by="ada")
    assert wanted_spans_of(stream, at(20)) == [span(-9, -5), span(0, 20)]


def test_request_keeps_only_unwanted_time(stream, time_machine):
    time_machine.move_to(at(30), tick=False)
    ask_for(stream, span(-9, 5), again=False, asked_by="ada")
    [(asked, range)] = ranges(AskedRange)
    assert (asked, range.again, range.asked_at, range.asked_by) == (span(-9, 0), False, at(30), "ada")


def test_requested_time_is_missing_until_known(stream):
    ask_for(stream, span(-9, -1), again=False, asked_by="ada")
    cover(stream, span(-9, -3), at(60), at(-5))
    assert missing_spans(stream, at(10)) == [span(-3, -1), span(0, 10)]
    settle(stream, span(-3, 10))
    assert missing_spans(stream, at(10)) == []
    assert wanted_spans_of(stream, at(10)) == [span(-9, -1), span(0, 10)]


def test_reread_request_ends_when_read(stream):
    settle(stream, span(0, 20))
    ask_for(stream, span(5, 15), again=True, asked_by="ada")
    assert (missing_spans(stream, at(20)), spans_to_read(stream, at(20))) == ([], [span(5, 15)])
    settle(stream, span(8, 12))
    assert spans_to_read(stream, at(20)) == [span(5, 8), span(12, 15)]
    settle(stream, span(0, 20))
    assert not AskedRange.objects.exists()


def test_requesting_failed_time_retries_immediately(stream, time_machine):
    time_machine.move_to(at(30), tick=False)
    for part in (span(0, 5), span(10, 15)):
        note_failure(stream, part, "It is said why.", at(30))
    ask_for(stream, span(2, 4), again=True, asked_by="ada")
    assert [range.retry_at for _, range in ranges(FailedRange)] == [at(30), at(31)]


def test_older_time_ends_at_newest_edge():
    assert older_time(at(30)) == Span(BEGINNING, newest_edge(at(30))) == Span(BEGINNING, at(0))


def test_prefetched_ranges_are_kept_current(stream):
    [fetched] = Stream.objects.with_ranges()
    assert spans_of(fetched, State.SETTLED) == []
    settle(stream, span(0, 5))
    cover(fetched, span(5, 10), at(60))
    assert spans_of(fetched, State.SETTLED) == [span(0, 10)]
    note_failure(fetched, span(0, 20), "It is said why.", at(60))
    assert failed_spans_of(fetched) == [span(10, 20)]


def test_streams_and_ranges_need_few_queries(stream, make_stream, account, django_assert_max_num_queries):
    for number in range(9):
        settle(make_stream(Log.SCIM_UPDATES, f"{number}", backfill_since=NOW), span(0, 5))
    with django_assert_max_num_queries(5):
        coverage_of(Stream.objects.with_ranges(), span(0, 30))


# What may be said of a range


def test_without_stream_nothing_is_known():
    coverage = coverage_of([], span(0, 30))
    assert (coverage.known_everywhere, coverage.known_somewhere, coverage.settled_everywhere) == ([], [], [])
    assert not coverage.is_complete()
    assert not coverage.is_known()
    assert not coverage.is_provisional()


def test_range_is_partly_settled_and_missing(stream):
    cover(stream, span(5, 20), at(30))
    coverage = coverage_of_stream(stream, span(0, 30))
    assert coverage.settled == [span(5, 15)]
    assert coverage.provisional == [span(15, 20)]
    assert coverage.known == [span(5, 20)]
    assert coverage.missing == [span(0, 5), span(20, 30)]


def test_coverage_is_cut_to_requested_range(stream):
    cover(stream, span(0, 30), at(30))
    coverage = coverage_of_stream(stream, span(10, 20))
    assert (coverage.settled, coverage.provisional, coverage.missing) == ([span(10, 15)], [span(15, 20)], [])


@pytest.fixture
def other(make_stream):
    return make_stream(Log.SCIM_UPDATES, "411d")


def test_each_stream_keeps_own_coverage(stream, other):
    cover(stream, span(0, 20), at(30))
    cover(other, span(10, 27), at(27))
    coverage = coverage_of([stream, other], span(0, 30))
    assert (coverage.of[stream].settled, coverage.of[stream].provisional) == ([span(0, 15)], [span(15, 20)])
    assert (coverage.of[other].settled, coverage.of[other].provisional) == ([span(10, 12)], [span(12, 27)])
    assert coverage.settled_everywhere == [span(10, 12)]
    assert coverage.known_everywhere == [span(10, 20)]
    assert coverage.known_somewhere == [span(0, 27)]


def test_streams_without_the_time_are_named(stream, other):
    settle(stream, span(0, 30))
    settle(other, span(10, 20))
    coverage = coverage_of([stream, other], span(0, 30))
    assert coverage.unknown_in(span(10, 20)) == []
    assert coverage.unknown_in(span(5, 15)) == [other]
    assert coverage_of([stream, other], span(-5, 30)).unknown_in(span(-5, 5)) == [stream, other]


@pytest.mark.parametrize(
    ("asked", "is_known", "is_complete"),
    [((10, 12), True, True), ((10, 13), True, False), ((10, 20), True, False), ((10, 21), False, False)],
)
def test_range_is_complete_once_settled_everywhere(asked, is_known, is_complete, stream, other):
    cover(stream, span(0, 20), at(30))
    cover(other, span(0, 27), at(27))
    coverage = coverage_of([stream, other], span(0, 30))
    assert coverage.is_known(span(*asked)) is is_known
    assert coverage.is_complete(span(*asked)) is is_complete
    assert coverage.is_provisional(span(*asked)) is (is_known and not is_complete)


def test_unread_stream_hides_no_other(stream, other):
    settle(stream, span(0, 30))
    coverage = coverage_of([stream, other], span(0, 30))
    assert (coverage.of[stream].missing, coverage.of[other].missing) == ([], [span(0, 30)])
    assert not coverage.is_known()


def test_empty_range_is_never_complete(stream):
    settle(stream, span(0, 30))
    assert not coverage_of([stream], span(5, 5)).is_complete()
    assert not coverage_of_stream(stream, span(5, 5)).is_settled


def test_future_has_not_happened_yet(stream):
    settle(stream, span(0, 10))
    coverage = coverage_of_stream(stream, span(0, 30), at(12))
    assert (coverage.waiting, coverage.future) == ([span(10, 12)], [span(12, 30)])
    assert coverage.gaps(at(12)) == []


def test_pause_counts_where_nothing_is_known(stream):
    coverage = coverage_of_stream(stream, span(0, 5), at(5))
    assert coverage.gaps(at(5)) == [span(0, 5)]


@pytest.mark.parametrize(("seconds", "minutes"), [(10, 10), (60, 10), (300, 15), (3600, 180)])
def test_pause_grows_with_rounds(seconds, minutes):
    assert longest_pause(timedelta(seconds=seconds)) == timedelta(minutes=minutes)


def test_unknown_time_always_has_reason(stream):
    cover(stream, span(3, 10), at(60), at(5))
    note_failure(stream, span(12, 15), "It is said why.", at(60))
    coverage = coverage_of_stream(stream, span(-5, 20))
    assert coverage.settled == [span(5, 10)]
    assert coverage.beyond == [span(3, 5)]
    assert coverage.failed == [span(12, 15)]
    assert coverage.waiting == [span(0, 3), span(10, 12), span(15, 20)]
    assert coverage.never_asked == [span(-5, 0)]


@given(
    first=st.lists(st.tuples(minutes, minutes, st.integers(15, 45), minutes), max_size=4),
    second=spans,
    failed=spans,
    since=minutes,
    asked=st.tuples(minutes, minutes),
)
@examples(30)
def test_two_streams_match_minute_sets(account, make_stream, first, second, failed, since, asked):
    account.streams.all().delete()
    one = make_stream(backfill_since=at(since))
    other = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=NOW)
    for begin, end, now, proven in first:
        cover(one, span(begin, end), at(now), at(proven))
    for part in second:
        settle(other, part)
    for part in failed:
        note_failure(other, part, "It is said why.", at(60))
    coverage = coverage_of([one, other], span(*sorted(asked)))
    within = minutes_of([coverage.asked])
    of_one, of_other = coverage.of[one], coverage.of[other]
    sure, known = minutes_of(settled(one)) & within, minutes_of(settled(one) + provisional(one)) & within
    gone = (within - known) & minutes_of(beyond(one))
    assert minutes_of(of_one.settled) == sure
    assert minutes_of(of_one.provisional) == known - sure
    assert minutes_of(of_one.beyond) == gone
    assert minutes_of(of_one.waiting) == {minute for minute in within - known - gone if minute >= since}
    assert minutes_of(of_one.never_asked) == {minute for minute in within - known - gone if minute < since}
    read = minutes_of(second) & within
    unread = (within - read) & minutes_of(failed_spans_of(other))
    assert minutes_of(of_other.settled) == read
    assert minutes_of(of_other.failed) == unread
    assert minutes_of(of_other.waiting) == within - read - unread
    assert minutes_of(coverage.settled_everywhere) == sure & read
    assert minutes_of(coverage.known_everywhere) == known & read
    assert minutes_of(coverage.known_somewhere) == known | read
    for of in (of_one, of_other):
        parts = [*of.known, *of.failed, *of.waiting, *of.beyond, *of.never_asked]
        assert merge(parts) == merge([coverage.asked])
        assert length(parts) == coverage.asked.length


def test_hole_lies_between_known_time(stream):
    settle(stream, span(5, 10), span(12, 15), span(20, 25))
    coverage = coverage_of_stream(stream, span(0, 30))
    assert coverage.missing == [span(0, 5), span(10, 12), span(15, 20), span(25, 30)]
    assert coverage.holes == [span(10, 12), span(15, 20)]


def test_nothing_known_means_no_holes(stream):
    assert coverage_of_stream(stream, span(0, 30)).holes == []


@pytest.mark.parametrize(
    ("known_to", "until", "is_up_to_date"),
    [(10, 0, True), (10.1, 0, False), (60, 60, True), (61, 60, False), (59, 60, True)],
)
def test_up_to_date_allows_the_pause(known_to, until, is_up_to_date):
    """Only up to now: before the end of a range in the past, a short gap is a gap."""
    now = datetime(2026, 11, 19, 14, tzinfo=UTC)
    asked = Span(now - timedelta(days=1), now - timedelta(minutes=until))
    known = intersect([Span(asked.since, now - timedelta(minutes=known_to))], [asked])
    missing = subtract([asked], known)
    coverage = Coverage(asked, known, [], failed=[], waiting=missing, beyond=[], never_asked=[])
    assert coverage.is_up_to_date(now) is is_up_to_date
    assert (without_pause(coverage.missing, now) == []) is is_up_to_date


def test_unknown_range_is_out_of_date():
    now = datetime(2026, 11, 19, 14, tzinfo=UTC)
    asked = Span(now - timedelta(minutes=5), now)
    coverage = Coverage(asked, [], [], failed=[], waiting=[asked], beyond=[], never_asked=[])
    assert not coverage.is_up_to_date(now)
