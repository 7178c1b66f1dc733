"""The test of a test: what the order of calls proves."""

from __future__ import annotations

from tests.faults.calls import Call, most_calls_in, read_by_two

LOGINS = "/client/v4/accounts/1/access/logs/access_requests"
MONDAY = ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")
MONDAY_MORNING = ("2026-11-23T00:00:00Z", "2026-11-23T12:00:00Z")
MONDAY_EVENING = ("2026-11-23T11:59:58Z", "2026-11-24T00:00:00Z")
ONE_SECOND = ("2026-11-23T08:00:00Z", "2026-11-23T08:00:04Z")


def calls(*asked, path=LOGINS):
    """Calls for these windows and pages, one second apart."""
    return [
        Call(at, path, {"since": since, "until": until, "page": str(page), "per_page": "1000", "direction": "asc"})
        for at, ((since, until), page) in enumerate(asked)
    ]


def test_single_reader_pages_and_restarts():
    assert not read_by_two(calls((MONDAY, 1), (MONDAY, 1), (MONDAY, 2), (MONDAY, 3), (MONDAY, 1), (MONDAY, 2)))


def test_single_reader_may_check_other_second():
    assert not read_by_two(calls((MONDAY, 1), (ONE_SECOND, 1), (ONE_SECOND, 2), (MONDAY, 2)))


def test_readers_of_adjacent_windows_are_allowed():
    assert not read_by_two(calls((MONDAY_MORNING, 1), (MONDAY_EVENING, 1), (MONDAY_MORNING, 2), (MONDAY_EVENING, 2)))


def test_readers_of_different_logs_are_allowed():
    other = [Call(0.5, "/client/v4/accounts/2/access/logs/access_requests", call.query) for call in calls((MONDAY, 1))]
    assert not read_by_two([*calls((MONDAY, 1), (MONDAY, 2)), *other])


def test_two_readers_of_window_are_detected():
    assert read_by_two(calls((MONDAY, 1), (MONDAY, 2), (MONDAY, 1), (MONDAY, 3)))


def test_overlapping_readers_are_detected():
    assert read_by_two(calls((MONDAY, 1), (MONDAY_MORNING, 1), (MONDAY, 2)))


def test_the_busiest_moments_are_found():
    assert most_calls_in([Call(at, LOGINS, {}) for at in (0, 5, 6, 7, 20)], seconds=3) == 3
