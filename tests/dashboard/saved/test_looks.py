"""What is new since somebody last looked at a list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.saved.models import ONE_LOOK, LastLook
from tests.conftest import NOW
from tests.dashboard.reading import follow, lines_of, page_of, problems_in, rows_in
from tests.dashboard.test_fields import LOGINS, SCIM

HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture(params=[LOGINS, SCIM], ids=["logins", "scim"])
def log(request):
    return request.param


@pytest.fixture
def fail(log, account, clock):
    """Make failures that arrive now."""
    failed = {"allowed": False} if log is LOGINS else {"status": "FAILURE"}

    def make(count=1, **values):
        values |= {"account": account, "arrived_at": clock.now, log.time: clock.now - timedelta(minutes=1)} | failed
        return [log.make(**values) for _ in range(count)]

    return make


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, time_machine):
        self._machine = time_machine
        self.now = NOW

    def pass_by(self, time):
        self.now += time
        self._machine.move_to(self.now, tick=False)


@pytest.fixture
def clock(time_machine, now):
    return Clock(time_machine)


@pytest.fixture
def look(log, signed_in):
    """Look at the list as sam: the rows marked as new, and what the page says of them."""

    def read(query="", browser=signed_in, **kwargs):
        response = browser.get(f"{log.page}?{query}" if query else log.page, **kwargs)
        marked = [line.record for line in response.context["table"].lines if line.is_new]
        said = page_of(response)
        [words] = [element.text for element in said.all("p") if element.attrs.get("class") == "gh-lead"]
        assert said.text.count("New ") == len(marked)
        return marked, words.rpartition(" · ")[2]

    return read


@pytest.fixture
def looked(look, clock):
    """Sam has looked once, an hour ago."""
    look()
    clock.pass_by(HOUR)


def test_first_visit_marks_nothing_new(fail, look):
    fail(2)
    marked, words = look()
    assert marked == []
    assert "you last looked" not in words


def test_rows_since_last_visit_are_marked(fail, look, looked):
    rows = fail(2)
    assert look() == (rows[::-1], "2 new since you last looked at 14:06:12")


def test_earlier_rows_are_not_new(fail, look, clock):
    fail(2)
    clock.pass_by(timedelta(seconds=1))
    look()
    clock.pass_by(HOUR)
    assert look() == ([], "Nothing new since you last looked at 14:06:13")


def test_late_rows_are_new(log, fail, look, looked):
    [row] = fail()
    setattr(row, log.time, NOW - 5 * HOUR)
    row.save()
    assert look()[0] == [row]


def test_last_visit_names_other_day(fail, look, clock):
    look()
    clock.pass_by(timedelta(hours=20))
    fail()
    assert look()[1] == "1 new since you last looked at 19 Nov 14:06:12"


def test_last_visit_follows_viewers_clock(fail, look, looked, signed_in):
    signed_in.cookies.load({"clock": "local", "time_zone": "Europe/Berlin"})
    fail()
    assert look()[1] == "1 new since you last looked at 15:06:12 14:06"


def test_new_rows_are_counted_to_cap(fail, look, looked, monkeypatch):
    fail(3)
    monkeypatch.setattr("dashboard.lists.paging.COUNT_CAP", 2)
    assert look()[1].startswith("2+ new since")


def test_link_leads_to_new_rows(log, fail, look, clock, signed_in):
    fail(2)
    clock.pass_by(timedelta(seconds=1))
    look()
    clock.pass_by(HOUR)
    rows = fail(3)
    page = page_of(signed_in.get(f"{log.page}?sort=-{log.time}"))
    new = follow(signed_in, log.page, page.link("3 new"))
    assert rows_in(new) == rows[::-1]
    assert new.wsgi_request.GET.dict() == {"sort": f"-{log.time}", "arrived_since": "2026-11-19T14:06:13Z"}


# What is a look


def test_reload_keeps_marks_for_hour(fail, look, looked, clock):
    rows = fail(2)
    clock.pass_by(timedelta(seconds=1))
    first = look()
    clock.pass_by(ONE_LOOK - timedelta(seconds=1))
    assert look() == first == (rows[::-1], "2 new since you last looked at 14:06:12")
    clock.pass_by(timedelta(seconds=1))
    assert look() == ([], "Nothing new since you last looked at 15:06:13")


def test_constant_reloading_still_counts_as_visits(fail, look, looked, clock):
    for _ in range(10):
        look()
        clock.pass_by(timedelta(minutes=1))
    assert look()[1].endswith("at 15:11:12")


def test_rows_during_visit_are_new_next(fail, look, clock):
    look()
    clock.pass_by(timedelta(minutes=2))
    [row] = fail()
    assert look()[0] == []
    clock.pass_by(HOUR)
    assert look()[0] == [row]


@pytest.mark.parametrize(
    "query",
    ["range=7d", "q=x", "open=x", "after=-created_at.1", "colour=red", "arrived_since=2026-11-19", "per_page=7"],
)
def test_filtered_list_is_no_visit(query, look, looked, log, signed_in):
    before = LastLook.objects.values_list("looked_at", "before_at").get()
    response = signed_in.get(f"{log.page}?{query}")
    assert response.context["new_to_me"] is None
    assert LastLook.objects.values_list("looked_at", "before_at").get() == before


@pytest.mark.parametrize("query", ["", "density=compact", "per_page=25&columns=&sort=", "q="])
def test_layout_parameters_still_count_as_visit(query, look, looked):
    look(query)
    assert LastLook.objects.get().looked_at == NOW + HOUR


def test_polling_is_no_visit(log, look, looked, signed_in):
    signed_in.get(log.page, {"arrived_after": "2026-11-19T14:00:00Z"})
    signed_in.get(log.page, headers=HTMX)
    signed_in.head(log.page)
    assert LastLook.objects.get().looked_at == NOW


def test_export_is_no_visit(log, account, signed_in):
    lines_of(signed_in.get(log.export))
    assert not LastLook.objects.exists()


def test_marks_stay_under_a_filter(log, fail, look, looked):
    [row] = fail()
    look()
    assert look("range=7d")[0] == [row]


def test_visits_are_separate_per_user(fail, look, looked, kims_browser):
    fail()
    assert look(browser=kims_browser)[0] == []
    assert LastLook.objects.count() == 2


def test_each_list_has_own_last_visit(account, signed_in, sam):
    signed_in.get("/logins/")
    signed_in.get("/scim/")
    assert set(LastLook.objects.values_list("page", flat=True)) == {"logins:list", "scim:list"}


def test_noting_visit_takes_two_queries(account, sam, clock, django_assert_num_queries):
    LastLook.note(sam, "logins:list", clock.now)
    with django_assert_num_queries(1):
        LastLook.note(sam, "logins:list", clock.now)
    with django_assert_num_queries(2):
        assert LastLook.note(sam, "logins:list", clock.now + HOUR) == NOW


def test_simultaneous_visits_agree(account, sam, monkeypatch):
    LastLook.note(sam, "logins:list", NOW)
    stale = LastLook.objects.get()
    assert LastLook.note(sam, "logins:list", NOW + HOUR) == NOW
    monkeypatch.setattr(LastLook.objects, "get_or_create", lambda **_: (stale, False))
    assert LastLook.note(sam, "logins:list", NOW + HOUR) == NOW
    monkeypatch.undo()
    look = LastLook.objects.get()
    assert (look.before_at, look.looked_at) == (NOW, NOW + HOUR)


def test_visit_is_deleted_with_its_user(account, signed_in, sam):
    signed_in.get("/logins/")
    sam.delete()
    assert not LastLook.objects.exists()


# The filter


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (["2026-11-19T14:06:12Z"], 2),
        (["2026-11-19T14:06:12.000001Z"], 1),
        (["2026-11-19T15:06:12+00:00"], 1),
        (["2026-11-19T15:06:13Z"], 0),
        (["2026-11-19T15:06:13Z", "2026-11-19"], 2),
        ([""], 2),
    ],
)
def test_list_and_export_filter_by_arrival(moments, expected, log, fail, clock, signed_in):
    fail()
    clock.pass_by(HOUR)
    fail()
    assert len(rows_in(signed_in.get(log.page, {"arrived_since": moments}))) == expected
    assert len(lines_of(signed_in.get(log.export, {"arrived_since": moments}))) == expected + 1


def test_arrival_filter_has_removable_chip(log, fail, signed_in):
    fail()
    page = page_of(signed_in.get(f"{log.page}?arrived_since=2026-11-19T14:00:00Z&range=7d"))
    label = "Remove filter: Arrived here since 2026-11-19T14:00:00Z"
    assert page.link(label) == "?range=7d"
    assert page.link("Export CSV") == f"{log.export}?arrived_since=2026-11-19T14%3A00%3A00Z&range=7d"


@pytest.mark.parametrize("moment", ["soon", "2026-13-01", "14:06", "9" * 5000])
def test_invalid_arrival_time_answers_400(moment, log, account, signed_in):
    response = signed_in.get(log.page, {"arrived_since": ["2026-11-19", moment]})
    assert response.status_code == 400
    assert problems_in(response) == [f"arrived_since={moment} is not a time; write it as 2026-11-19T14:00:00Z."]


def test_list_emptied_by_arrival_says_so(log, fail, look, all_logins_known, all_updates_known, signed_in):
    fail()
    response = signed_in.get(f"{log.page}?arrived_since=2027-01-01")
    assert response.context["empty"].title == "Hidden by a filter"
    assert page_of(response).has_link("Remove Arrived here since filter")


def test_by_app_rejects_arrival_filter(account, signed_in):
    assert signed_in.get("/logins/by-app/?arrived_since=2026-11-19").status_code == 400
