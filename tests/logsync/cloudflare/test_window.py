"""A window of a log that grows and shrinks while it is read: nothing that stays is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logsync.cloudflare.errors import WindowOverflowError
from logsync.cloudflare.records import AccessRequest
from logsync.cloudflare.window import MOST_READINGS, Window
from tests.examples import examples

START = datetime(2026, 11, 19, 10, 0, 0, tzinfo=UTC)
LENGTH = 40
SINCE, UNTIL = START, START + timedelta(seconds=LENGTH)

Row = tuple[int, str]  # the second in which it happened, and its ray


@dataclass
class ShrinkingLog:
    """A log that is cut into pages by offset. Before any request rows may arrive, and the oldest may be dropped.

    `late`: by the number of the request before which they arrive. `drops`: how many rows go, likewise. As with
    Cloudflare, no row arrives that is older than one that was dropped, and none that arrives late is dropped at once.
    """

    rows: list[Row]
    page_size: int
    late: dict[int, list[Row]] = field(default_factory=dict)
    drops: dict[int, int] = field(default_factory=dict)
    ignores_page: bool = False
    tie_seed: int | None = None
    requests: int = 0
    looks_at_the_front: int = 0

    def __post_init__(self) -> None:
        if self.tie_seed is not None:
            Random(self.tie_seed).shuffle(self.rows)
        self.rows.sort(key=lambda row: row[0])

    def fetch(self, since: datetime, until: datetime, page: int, direction: str) -> list[AccessRequest]:
        self.requests += 1
        self.looks_at_the_front += (since, page, direction) == (SINCE, 1, "asc") and until == UNTIL
        del self.rows[: self.drops.get(self.requests, 0)]
        self.rows = sorted([*self.rows, *self.late.get(self.requests, [])], key=lambda row: row[0])
        inside = [row for row in self.rows if since <= START + timedelta(seconds=row[0]) <= until]
        if direction == "desc":
            inside.reverse()
        start = 0 if self.ignores_page else (page - 1) * self.page_size
        return [record(*row) for row in inside[start : start + self.page_size]]

    def pages(self, page_size: int = 1) -> list[list[Row]]:
        window = Window(self.fetch, SINCE, UNTIL, page_size)
        return [[row_of(found) for found in page] for page in window.pages()]


def record(second: int, ray: str) -> AccessRequest:
    moment = START + timedelta(seconds=second)
    return AccessRequest.from_json({"created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "ray_id": ray})


def row_of(found: AccessRequest) -> Row:
    assert found.created_at is not None
    return int((found.created_at - START).total_seconds()), found.ray_id


def one_a_second(count: int) -> list[Row]:
    return [(second, f"{second:x}") for second in range(count)]


def most_together(pages: list[list[Row]]) -> Counter[Row]:
    """How often each row came within one page, at most: so many rows are stored."""
    most: Counter[Row] = Counter()
    for page in pages:
        most |= Counter(page)
    return most


# Rows that are dropped


def test_moved_row_is_found_by_rereading():
    # Between the first page and the second: what was the sixth row is the fifth, and on neither.
    log = ShrinkingLog(one_a_second(20), page_size=5, drops={2: 1})
    assert set(one_a_second(20)) == {row for page in log.pages() for row in page}
    # Of each reading the first page was asked for at its start and at its end.
    assert log.looks_at_the_front == 4


@pytest.mark.parametrize("request_number", range(2, 7))
def test_dropped_rows_hide_no_remaining_row(request_number):
    log = ShrinkingLog(one_a_second(20), page_size=5, drops={request_number: 3})
    assert set(one_a_second(20)[3:]) <= {row for page in log.pages() for row in page}


def test_drop_hiding_second_page_is_noticed():
    log = ShrinkingLog(one_a_second(6), page_size=5, drops={2: 1})
    assert {row for page in log.pages(page_size=5) for row in page} == set(one_a_second(6))


def test_drop_is_noticed_with_capped_pages():
    log = ShrinkingLog(one_a_second(20), page_size=5, drops={2: 1})
    assert set(one_a_second(20)) == {row for page in log.pages(page_size=1000) for row in page}


def test_partial_page_is_not_reread():
    log = ShrinkingLog(one_a_second(4), page_size=5)
    assert log.pages(page_size=5) == [one_a_second(4)]
    assert (log.requests, log.looks_at_the_front) == (2, 1)


def test_shrinking_window_is_always_reread():
    log = ShrinkingLog(one_a_second(10), page_size=5, drops={4: 1})
    assert len(log.pages()) == 4


def test_constantly_shrinking_window_overflows():
    log = ShrinkingLog(one_a_second(40), page_size=5, drops=dict.fromkeys(range(2, 100), 1))
    with pytest.raises(WindowOverflowError, match="dropped the oldest rows of a window each of the 4 times"):
        log.pages()
    assert log.looks_at_the_front == 2 * MOST_READINGS


def test_dropped_duplicate_row_is_noticed():
    alike = [(0, "a")] * 3
    log = ShrinkingLog([*alike, *one_a_second(9)[1:]], page_size=2, drops={5: 1})
    pages = log.pages()
    assert most_together(pages)[0, "a"] >= 2
    assert set(one_a_second(9)[1:]) <= {row for page in pages for row in page}


def test_dropped_row_beside_duplicate_is_noticed():
    first_instant = [(0, ray) for ray in "abac"]
    log = ShrinkingLog([*first_instant, *one_a_second(9)[1:]], page_size=2, drops={2: 2})
    assert (0, "c") in most_together(log.pages())


# Rows that are not


def test_late_rows_are_not_drops():
    log = ShrinkingLog(one_a_second(20)[1:], page_size=5, late={3: [(0, "late"), (0, "later")]})
    log.pages()
    assert log.looks_at_the_front == 2


@pytest.mark.parametrize("count", [1, 4, 5])
def test_ignored_page_is_not_a_drop(count):
    log = ShrinkingLog(one_a_second(count), page_size=5, ignores_page=True)
    assert log.pages() == [one_a_second(count)]


@pytest.mark.parametrize("page_size", [1, 2, 3])
def test_duplicate_rows_filling_pages_are_fine(page_size):
    log = ShrinkingLog([(0, "a")] * 5 + [(9, "b")], page_size=page_size)
    assert most_together(log.pages()) == Counter({(0, "a"): 5, (9, "b"): 1})


# All of it together

SECONDS = st.integers(0, LENGTH - 1)
RAYS = st.sampled_from("abc") | st.text("0123456789abcdef", min_size=8, max_size=8)
REQUESTS = st.integers(2, 40)


@st.composite
def shrinking_logs(draw: st.DrawFn) -> ShrinkingLog:
    seconds = draw(st.sampled_from([SECONDS, st.sampled_from([0, 5, 20])]))
    rows = sorted(draw(st.lists(st.tuples(seconds, RAYS), max_size=24)), key=lambda row: row[0])
    drops = draw(st.dictionaries(REQUESTS, st.integers(1, 3), max_size=4))
    gone = min(sum(drops.values()), len(rows))
    # No row comes late that is older than what is too old to be kept.
    youngest_dropped = rows[gone - 1][0] if gone else -1
    late = st.tuples(st.integers(youngest_dropped + 1, LENGTH), RAYS)
    return ShrinkingLog(
        rows,
        page_size=draw(st.integers(1, 9)),
        late=draw(st.dictionaries(REQUESTS, st.lists(late, min_size=1, max_size=3), max_size=4)),
        drops=drops if gone == sum(drops.values()) else {},
        tie_seed=draw(st.integers(0, 9)),
    )


@given(log=shrinking_logs())
@examples(400)
def test_remaining_rows_keep_their_count(log):
    at_first = Counter(log.rows)
    ever = at_first + Counter(row for rows in log.late.values() for row in rows)
    try:
        most = most_together(log.pages())
    except WindowOverflowError as error:
        event(str(error)[:30])
        return
    event("read")
    staying = at_first & Counter(log.rows)
    assert staying - most == Counter()
    assert most <= ever


@given(log=shrinking_logs())
@examples(100)
def test_few_drops_never_overflow_distinct_rows(log):
    log.rows = one_a_second(len(log.rows))
    log.late = {}
    log.drops = dict(list(log.drops.items())[: MOST_READINGS - 1])
    assert set(log.rows[sum(log.drops.values()) :]) <= {row for page in log.pages() for row in page}
