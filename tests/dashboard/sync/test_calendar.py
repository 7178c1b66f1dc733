"""The calendar: what is known of a stream, a column a day, a row an hour, and the way from each hour to its rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.sync.calendar import COLUMN, DAYS, HEAD, ROW, STATES
from logsync.derived.counts import rebuild
from logsync.models import Account, Log, Stream
from tests.conftest import NOW
from tests.dashboard.reading import Page, follow, page_of, rows_in

TODAY = NOW.replace(hour=0, minute=0, second=0)
FIRST_DAY = TODAY - timedelta(days=DAYS - 1)


def at(day: int, hour: float = 0):
    """A time in November."""
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour)


@dataclass
class Block:
    """A link on the calendar: what its title says, where it leads, and what is drawn in it."""

    title: str
    href: str
    rects: list[dict[str, Any]]
    crosses: int = 0


@dataclass
class Drawing:
    """The calendar as it is drawn, with the page around it."""

    blocks: list[Block]
    labels: list[str]
    page: Page

    def titled(self, start: str) -> Block:
        [block] = [block for block in self.blocks if block.title.startswith(start)]
        return block

    @property
    def hours(self) -> int:
        return sum(len(block.rects) for block in self.blocks)


def drawing_of(page: Page) -> Drawing:
    drawing = Drawing([], [], page)
    is_inside = False
    for element in page.elements:
        if element.tag == "svg":
            is_inside = (element.attrs.get("aria-label") or "").startswith("Coverage by hour")
        elif not is_inside:
            continue
        elif element.tag == "a":
            drawing.blocks.append(Block(element.text, element.href, []))
        elif element.tag == "rect":
            drawing.blocks[-1].rects.append(element.attrs)
        elif element.tag == "path":
            drawing.blocks[-1].crosses += 1
        elif element.tag == "text":
            drawing.labels.append(element.text)
    return drawing


@pytest.fixture
def calendar(signed_in):
    return lambda query="": drawing_of(page_of(signed_in.get(f"/sync/?{query}")))


@pytest.fixture
def stream(make_stream):
    """A stream that was read from 5 November on, by days; what each day lacks is for the test to say."""
    return make_stream(backfill_since=at(5), succeeded_at=NOW)


# What is drawn


@pytest.mark.parametrize(
    ("state", "css", "words"),
    [
        ("settled", "m-good", "complete, 0 rows"),
        ("provisional", "m-dots", "may still change"),
        ("late", "m-warn", "being read again, as a row arrived late"),
        ("beyond", "m-none", "past Cloudflare’s reach"),
        ("failed", "m-bad", "could not be read"),
        ("", "m-wait", "not synced yet"),
    ],
)
def test_every_state_is_drawn_and_named(state, css, words, stream, cover, fail, calendar):
    if state == "failed":
        fail(stream, at(10), at(11))
    elif state:
        cover(stream, at(10), at(11), state=state)
    block = calendar().titled("10 Nov")
    assert block.title == f"10 Nov 00:00 to 24:00 UTC: {words}"
    assert {rect["class"] for rect in block.rects} == {css}
    assert len(block.rects) == 24


def test_deleted_time_is_not_unrequested(stream, cover, calendar):
    stream.backfill_since = at(11)
    stream.save()
    cover(stream, at(10), at(11), state="deleted")
    drawing = calendar()
    assert drawing.titled("10 Nov").title.endswith(": deleted here")
    assert drawing.titled("9 Nov").title.endswith(": not requested")


def test_pause_since_last_round_may_change(stream, cover, calendar):
    cover(stream, at(18), NOW - timedelta(minutes=7))
    assert calendar().blocks[-1].title == "19 Nov 13:00 to 15:00 UTC: may still change"


def test_unwanted_time_is_drawn_as_unrequested(stream, calendar):
    block = calendar().titled("4 Nov")
    assert block.title == "4 Nov 00:00 to 24:00 UTC: not requested"
    assert {rect["class"] for rect in block.rects} == {"m-hatch"}


def test_failure_is_marked_beyond_colour(stream, fail, calendar):
    fail(stream, at(10, 3), at(10, 5))
    drawing = calendar()
    assert drawing.titled("10 Nov 03:00 to 05:00").crosses == 2
    assert sum(block.crosses for block in drawing.blocks) == 2


def test_legend_names_what_is_drawn(stream, cover, fail, signed_in):
    def legend():
        return [word for _, word in signed_in.get("/sync/").context["calendar"].legend]

    assert legend() == ["Not requested", "Not synced yet"]
    states = ["settled", "provisional", "late", "deleted", "beyond", "refused"]
    for number, state in enumerate(states):
        cover(stream, at(10 + number - 1), at(10 + number), state=state)
    stream.backfill_since = at(15)
    stream.save()
    fail(stream, at(16), at(17))
    assert legend() == [
        "Complete",
        "May still change",
        "Being read again, as a row arrived late",
        "Deleted here",
        "Refused by Cloudflare as too old",
        "Past Cloudflare’s reach",
        "Not requested",
        "Not synced yet",
        "Could not be read",
    ]


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        (["settled", "provisional"], "may still change"),
        (["provisional", "beyond"], "past Cloudflare’s reach"),
        (["beyond", ""], "not synced yet"),
        (["", "failed"], "could not be read"),
        (["failed", "settled"], "could not be read"),
        (["settled", "beyond", "", "failed"], "could not be read"),
    ],
)
def test_the_worst_of_an_hour_wins(states, worst, stream, cover, fail, calendar):
    length = timedelta(hours=1) / len(states)
    for number, state in enumerate(states):
        since = at(10, 7) + number * length
        if state == "failed":
            fail(stream, since, since + length)
        elif state:
            cover(stream, since, since + length, state=state)
    cover(stream, at(10), at(10, 7))
    cover(stream, at(10, 8), at(11))
    assert calendar().titled("10 Nov 07:00 to 08:00 UTC").title.split(": ")[1] == worst


def test_partly_unrequested_hour_is_not_complete(make_stream, cover, calendar):
    stream = make_stream(backfill_since=at(10, 7) + timedelta(seconds=1))
    cover(stream, stream.backfill_since, NOW)
    drawing = calendar()
    assert drawing.titled("10 Nov 00:00 to 08:00 UTC").title.endswith("not requested")
    assert "complete" in drawing.titled("10 Nov 08:00 to 24:00 UTC").title
    cover(stream, at(10), stream.backfill_since, state="beyond")
    assert calendar().titled("10 Nov 00:00 to 08:00").title.endswith("past Cloudflare’s reach")


def test_equal_hours_merge_within_day(stream, cover, calendar):
    cover(stream, at(10, 22), at(11, 3))
    drawing = calendar()
    assert [block.title for block in drawing.blocks if block.title.startswith(("10 Nov", "11 Nov"))] == [
        "10 Nov 00:00 to 22:00 UTC: not synced yet",
        "10 Nov 22:00 to 24:00 UTC: complete, 0 rows",
        "11 Nov 00:00 to 03:00 UTC: complete, 0 rows",
        "11 Nov 03:00 to 24:00 UTC: not synced yet",
    ]


def test_hours_have_their_own_cells(stream, cover, calendar):
    cover(stream, at(10, 22), at(10, 23))
    [rect] = calendar().titled("10 Nov 22:00").rects
    assert int(rect["x"]) == (at(10) - FIRST_DAY).days * COLUMN
    assert int(rect["y"]) == HEAD + 22 * ROW


def test_no_cell_is_drawn_twice(stream, cover, fail, calendar):
    cover(stream, at(8), at(10, 7.3))
    fail(stream, at(10, 7.3), at(10, 7.6))
    cover(stream, at(10, 7.6), NOW - timedelta(minutes=15))
    places = Counter((rect["x"], rect["y"]) for block in calendar().blocks for rect in block.rects)
    assert set(places.values()) == {1}


def test_future_hours_are_not_drawn(stream, calendar):
    drawing = calendar()
    assert drawing.hours == (DAYS - 1) * 24 + 15  # it is six minutes past two
    assert drawing.blocks[-1].title == "19 Nov 00:00 to 15:00 UTC: not synced yet"
    assert "20 Nov" not in drawing.labels


def test_new_day_starts_with_one_hour(stream, calendar, time_machine):
    time_machine.move_to(TODAY + timedelta(days=1, seconds=1), tick=False)
    assert calendar().titled("20 Nov").title == "20 Nov 00:00 to 01:00 UTC: not synced yet"


def test_new_day_is_empty_at_midnight(stream, calendar, time_machine):
    time_machine.move_to(TODAY + timedelta(days=1), tick=False)
    drawing = calendar()
    assert not [block for block in drawing.blocks if block.title.startswith("20 Nov")]
    assert drawing.hours == (DAYS - 1) * 24
    assert drawing.labels[-1] == "20 Nov"


def test_every_fourth_day_is_labelled(stream, calendar):
    assert calendar().labels == ["18 Oct", "22 Oct", "26 Oct", "30 Oct", "3 Nov", "7 Nov", "11 Nov", "15 Nov", "19 Nov"]


def test_new_stream_has_calendar(make_stream, calendar):
    make_stream(backfill_since=NOW)
    assert {block.title.split(": ")[1] for block in calendar().blocks} == {"not requested"}


# Rows


def test_rows_are_counted_by_block(stream, cover, make_login, calendar):
    cover(stream, at(10), at(11))
    cover(stream, at(11), at(11, 12), is_settled=False)
    for created_at in (at(10), at(10, 23.9), at(11, 5), at(12, 3)):
        make_login(created_at=created_at, allowed=True)
    make_login(created_at=at(10, 4))
    rebuild()
    drawing = calendar()
    assert drawing.titled("10 Nov").title.endswith("complete, 3 rows")
    assert drawing.titled("11 Nov 00:00").title.endswith("may still change, 1 row")
    # There are rows in what is not known, too; none is no news there.
    assert drawing.titled("12 Nov").title.endswith("not synced yet, 1 row")
    assert drawing.titled("13 Nov").title.endswith("not synced yet")


def test_row_counts_have_commas(stream, account, cover, calendar):
    account.hourly_counts.create(log=Log.ACCESS_REQUESTS, hour=at(10, 3), total=12345, failed=0)
    assert calendar().titled("10 Nov").title.endswith("not synced yet, 12,345 rows")


def test_each_block_links_to_its_rows(stream, cover, fail, make_login, calendar, signed_in, other_account):
    cover(stream, at(8), at(10, 7))
    fail(stream, at(10, 7), at(10, 9))
    cover(stream, at(10, 9), at(11, 5))
    cover(stream, at(11, 5), at(11, 6), state="beyond")
    second = timedelta(seconds=1)
    for moment in (at(9), at(10), at(10, 7), at(10, 8), at(10, 9), at(11), at(11, 5), at(11, 6)):
        for created_at in (moment - second, moment):
            make_login(created_at=created_at, allowed=[True, False, None][moment.hour % 3])
            make_login(created_at=created_at, account=other_account)
    rebuild()
    counted = {}
    for block in calendar().blocks:
        if "row" in block.title:
            rows = rows_in(follow(signed_in, "/sync/", block.href))
            counted[block.title] = len(rows)
            assert block.title.split(", ")[1] == f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
            assert {row.account_id for row in rows} <= {stream.account_id}
    assert sum(counted.values()) == 16
    assert counted["10 Nov 07:00 to 09:00 UTC: could not be read, 4 rows"] == 4
    assert counted["11 Nov 05:00 to 06:00 UTC: past Cloudflare’s reach, 2 rows"] == 2


def test_updates_block_links_to_its_provider(okta, make_stream, cover, make_update, calendar, signed_in):
    stream = make_stream(Log.SCIM_UPDATES, okta.idp_id, backfill_since=at(5))
    cover(stream, at(10), at(11))
    for status in ("SUCCESS", "FAILURE"):
        make_update(logged_at=at(10, 5), status=status)
        make_update(logged_at=at(10, 5), status=status, idp_id="another")
    rebuild()
    block = calendar(f"stream={stream.pk}").titled("10 Nov")
    assert block.title.endswith("complete, 2 rows")
    rows = rows_in(follow(signed_in, "/sync/", block.href))
    assert [row.idp_id for row in rows] == [okta.idp_id] * 2


def test_linked_list_agrees_with_block(stream, cover, calendar, signed_in):
    cover(stream, at(10), at(11))
    drawing = calendar()
    found = {
        day: follow(signed_in, "/sync/", drawing.titled(day).href).context["line"].kind
        for day in ("10 Nov", "11 Nov", "4 Nov")
    }
    assert found == {"10 Nov": "complete", "11 Nov": "unknown", "4 Nov": "unknown"}
    assert "This range was not requested." in page_of(follow(signed_in, "/sync/", drawing.titled("4 Nov").href)).text


# Other days, other streams


def test_earlier_and_later_link_without_gaps(make_stream, signed_in):
    make_stream(backfill_since=NOW - timedelta(days=100))
    drawing = drawing_of(page_of(signed_in.get("/sync/")))
    assert not drawing.page.has_link("Later")
    days: list[str] = []
    while True:
        days = [block.title.partition(":")[0][:6] for block in drawing.blocks] + days
        if not drawing.page.has_link("Earlier"):
            break
        drawing = drawing_of(page_of(follow(signed_in, "/sync/", drawing.page.link("Earlier"))))
    assert len(dict.fromkeys(days)) == 3 * DAYS
    # And back again.
    back = drawing_of(page_of(follow(signed_in, "/sync/", drawing.page.link("Later"))))
    assert back.titled("15 Oct").title.startswith("15 Oct 00:00 to 24:00 UTC")
    newest = drawing_of(page_of(follow(signed_in, "/sync/", back.page.link("Later"))))
    assert newest.blocks[-1].title.startswith("19 Nov")
    assert not newest.page.has_link("Later")


def test_earlier_needs_wanted_time(stream, calendar):
    assert not calendar().page.has_link("Earlier")


def test_requested_range_is_earlier(stream, calendar):
    stream.asked_ranges.create(since=at(-60), until=at(-59), asked_at=NOW)
    assert calendar().page.has_link("Earlier")


@pytest.mark.parametrize("day", ["2026-11-10", "2026-11-10T13:37", "2026-11-10T01:00:00%2B02:00"])
def test_calendar_ends_with_requested_day(day, stream, calendar):
    drawing = calendar(f"day={day}")
    last = {"2026-11-10T01:00:00%2B02:00": "9 Nov"}.get(day, "10 Nov")
    assert drawing.labels[-1] == last
    assert drawing.blocks[-1].title == f"{last} 00:00 to 24:00 UTC: not synced yet"
    assert drawing.hours == DAYS * 24


@pytest.mark.parametrize("day", ["", "x", "2026-13-01", "2026-11-20", "9999-12-31", "2026-02-30"])
def test_invalid_or_future_day_means_today(day, stream, calendar):
    assert calendar(f"day={day}").labels[-1] == "19 Nov"


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-10", "0001-03-01", "1000-01-01"])
def test_ancient_day_still_has_calendar(day, stream, calendar):
    drawing = calendar(f"day={day}")
    assert drawing.hours == DAYS * 24
    assert not drawing.page.has_link("Earlier")
    assert drawing.page.has_link("Later")


def test_chosen_stream_stays_while_paging(make_stream, signed_in):
    make_stream(backfill_since=NOW - timedelta(days=100))
    second = make_stream(Log.SCIM_UPDATES, "okta", backfill_since=NOW - timedelta(days=100))
    page = page_of(signed_in.get(f"/sync/?stream={second.pk}"))
    earlier = follow(signed_in, "/sync/", page.link("Earlier"))
    assert earlier.context["shown"].stream == second
    assert follow(signed_in, "/sync/", page_of(earlier).link("Later")).context["shown"].stream == second


def test_first_stream_with_hole_is_shown(make_stream, cover, fail, signed_in):
    for idp in ("entra", "okta", "ping"):
        cover(make_stream(Log.SCIM_UPDATES, idp), NOW - timedelta(days=30), NOW)
    assert signed_in.get("/sync/").context["shown"].stream.idp_id == "entra"
    fail(Stream.objects.get(idp_id="okta"), at(-20), at(-19))
    assert signed_in.get("/sync/").context["shown"].stream.idp_id == "okta"


def test_calendar_hours_are_always_utc(stream, cover, signed_in):
    cover(stream, at(10), at(11))
    signed_in.cookies.load({"clock": "local", "time_zone": "Asia/Tokyo"})
    drawing = drawing_of(page_of(signed_in.get("/sync/")))
    assert drawing.titled("10 Nov").title == "10 Nov 00:00 to 24:00 UTC: complete, 0 rows"


def test_state_table_lists_worst_first():
    assert list(STATES) == [
        "failed",
        "waiting",
        "never_asked",
        "beyond",
        "refused",
        "unproven",
        "deleted",
        "late",
        "provisional",
        "settled",
    ]


def test_same_provider_elsewhere_lends_no_rows(okta, make_stream, make_update, other_account, calendar):
    Account.objects.filter(pk=other_account.pk).update(name="Aardvark")
    theirs = Stream.objects.create(
        account=other_account, log=Log.SCIM_UPDATES, idp_id=okta.idp_id, backfill_since=at(5)
    )
    make_update(logged_at=at(10, 5))
    rebuild()
    assert "row" not in calendar(f"stream={theirs.pk}").titled("10 Nov").title
