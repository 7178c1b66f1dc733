"""The control of the range says which time is shown, and its form reads times on the clock that is shown."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from dashboard.page.query_string import QueryString
from dashboard.page.range_picker import picker_of
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from tests.conftest import NOW

BERLIN = Viewer(zone=ZoneInfo("Europe/Berlin"), clock="local")


def picker(query: str = "", viewer: Viewer | None = None):
    data = QueryDict(query)
    return picker_of(TimeRange.read(data, NOW, viewer or Viewer()), QueryString(data))


def chosen(picker):
    return [link.words for link in (*picker.recent, *picker.calendar) if link.is_chosen]


@pytest.mark.parametrize(
    ("query", "words", "dates"),
    [
        ("", "Last 24 hours", "18 Nov 14:06 to 19 Nov 14:06"),
        ("range=15m", "Last 15 minutes", "19 Nov 13:51 to 14:06"),
        ("range=yesterday", "Yesterday", "18 Nov 2026"),
        ("range=last-week", "Last week", "9 to 15 Nov 2026"),
        ("range=this-week", "This week", "16 Nov 00:00 to 19 Nov 14:06"),
        ("range=all", "All time", ""),
        ("since=2026-11-17&until=2026-11-19", "17 to 18 Nov 2026 (UTC)", ""),
    ],
)
def test_button_has_words_and_dates(query, words, dates):
    assert (picker(query).words, picker(query).dates) == (words, dates)


def test_named_ranges_are_marked():
    assert chosen(picker()) == ["Last 24 hours"]
    assert chosen(picker("range=this-week")) == ["This week"]
    assert chosen(picker("since=2026-11-18")) == []
    assert chosen(picker("range=today", BERLIN)) == []
    assert chosen(picker("range=today&zone=Europe/Berlin", BERLIN)) == ["Today"]


def test_links_change_nothing_but_the_range():
    here = picker("country=NL&since=17 Nov&until=18 Nov&zone=Europe/Berlin&after=x", BERLIN)
    recent = {link.words: link.href for link in here.recent}
    calendar = {link.words: link.href for link in here.calendar}
    assert recent["Last hour"] == "?country=NL&range=1h"
    assert calendar["Today"] == "?country=NL&range=today&zone=Europe%2FBerlin"
    assert here.hidden == [("country", "NL")]
    assert here.earlier_href == "?country=NL&since=2026-11-14T23%3A00%3A00Z&until=2026-11-16T23%3A00%3A00Z"


@pytest.mark.parametrize("viewer", [Viewer(), BERLIN])
@pytest.mark.parametrize(
    "query", ["range=7d", "range=yesterday", "since=2026-11-17T08:30:00Z&until=2026-11-18T09:00:15Z"]
)
def test_fields_read_back_what_they_show(query, viewer):
    here, before = picker(query, viewer), TimeRange.read(QueryDict(query), NOW, viewer)
    sent = QueryDict(mutable=True)
    sent.update({"since": here.since, "until": here.until, "zone": here.zone})
    after = TimeRange.read(sent, NOW, viewer)
    assert not after.problem
    assert (after.span.since, after.until) == (before.span.since, before.until)


def test_days_are_those_of_the_shown_clock():
    here = picker("since=2026-11-17T23:30:00Z&until=2026-11-18T23:00:00Z", BERLIN)
    assert (here.first_day, here.last_day, here.today) == ("2026-11-18", "2026-11-18", "2026-11-19")
    assert (here.zone, here.zone_word) == ("Europe/Berlin", "Berlin")


def test_arrows_say_where_they_lead():
    assert picker("range=yesterday").earlier_words == "The day before"
    assert picker("range=this-week").earlier_words == "The week before"
    assert picker("range=last-month").later_words == "The month after"
    assert picker().earlier_words == "The same length of time before"
    assert picker().later_href == ""
