"""A list is a page of rows, with what it counts, what is new, and what one row says when it is opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from dashboard.logins.by_app.views import AppExportView
from dashboard.logins.views import LoginList
from dashboard.page.timerange import RANGES
from dashboard.scim.problems.views import ProblemListView
from dashboard.scim.views import ScimList
from logsync.models import AccessRequest, ScimProblem, ScimUpdate
from tests.conftest import NOW
from tests.dashboard.reading import follow, lines_of, page_of, problems_in, records_of, rows_in
from tests.dashboard.test_fields import LOGINS, SCIM

BODY = '{"userName":"ada@meridian.example","externalId":"body-of-ada"}'
HTMX = {"HX-Request": "true"}


@pytest.fixture(params=[LOGINS, SCIM], ids=["logins", "scim"])
def log(request):
    return request.param


@pytest.fixture
def failures(log, account):
    """Make failures of either log, the newest first."""
    failed = {"allowed": False} if log is LOGINS else {"status": "FAILURE"}

    def make(count, **values):
        return [
            log.make(account=account, **failed, **{log.time: NOW - timedelta(minutes=number)}, **values)
            for number in range(count)
        ]

    return make


def test_the_newest_row_comes_first(log, failures, signed_in):
    rows = failures(3)
    assert rows_in(signed_in.get(log.page)) == rows


def test_last_stored_row_wins_tie(make_login, signed_in):
    rows = [make_login(created_at=NOW) for _ in range(3)]
    assert rows_in(signed_in.get("/logins/")) == rows[::-1]


def test_page_shows_total_of_range(log, failures, account, signed_in):
    failures(2)
    log.make(account=account)
    log.make(account=account, **{log.time: NOW - timedelta(days=2)})
    text = page_of(signed_in.get(log.page)).text
    assert "2 of 3 " in text
    assert "as of 14:06:12 UTC" in text


def test_capped_count_is_marked(log, failures, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.lists.paging.COUNT_CAP", 55)
    failures(56)
    page = page_of(signed_in.get(log.page))
    assert "55+ of 55+ " in page.text
    assert page.has_link("Export CSV, 55+ rows")


def test_later_page_counts_whole_list(log, failures, signed_in):
    failures(60)
    later = follow(signed_in, log.page, page_of(signed_in.get(log.page)).link("More"))
    assert len(rows_in(later)) == 10
    assert page_of(later).has_link("Export CSV, 60 rows")


# How much it costs


@pytest.mark.parametrize("query", ["", "columns={every}", "q=x"])
def test_query_count_is_constant(log, query, failures, okta, signed_in, django_assert_max_num_queries):
    address = f"{log.page}?{query.format(every=','.join(log.table.base_columns))}"
    values = {name: "x" for name in log.texts if name != "status"}
    failures(1, **values)
    with django_assert_max_num_queries(30) as one:
        signed_in.get(address)
    failures(49, **values)
    with django_assert_max_num_queries(len(one)):
        signed_in.get(address)


def test_later_page_costs_one_more_query(log, failures, signed_in, django_assert_max_num_queries):
    failures(120)
    with django_assert_max_num_queries(30) as first:
        more = page_of(signed_in.get(log.page)).link("More")
    with django_assert_max_num_queries(len(first) + 1):
        follow(signed_in, log.page, more)


# Columns and days


def test_query_string_chooses_columns_in_order(make_login, signed_in):
    make_login(country="NL", ray_id="6ad96d0a4873697b")
    page = page_of(signed_in.get("/logins/?columns=ray_id,country"))
    assert page.rows[-1][1:] == ["6ad96d0a4873697b", "NL"]


def test_repeated_columns_are_shown_once(make_login, signed_in):
    make_login()
    page = page_of(signed_in.get("/logins/?columns=country&columns=country,country"))
    assert len(page.rows[-1]) == 2
    assert lines_of(signed_in.get(page.link("Export CSV"))) == [["country"], ["NL"]]


def test_columns_menu_checks_shown_columns(log, account, signed_in):
    page = page_of(signed_in.get(f"{log.page}?columns={log.time}"))
    boxes = [
        box for box in page.all("input") if box.attrs.get("type") == "checkbox" and box.attrs.get("name") == "columns"
    ]
    assert [box.attrs["value"] for box in boxes] == list(log.table.base_columns)
    assert [box.attrs["value"] for box in boxes if "checked" in box.attrs] == [log.time]


def test_days_follow_viewers_time_zone(make_login, signed_in):
    for hours in (1, 2, 15, 16):
        make_login(created_at=NOW - timedelta(hours=hours))

    def days():
        page = page_of(signed_in.get("/logins/"))
        return [head.text for head in page.all("th") if head.attrs.get("scope") == "rowgroup"]

    assert days() == ["Thursday 19 November 2026", "Wednesday 18 November 2026"]
    signed_in.cookies.load({"clock": "local", "time_zone": "Asia/Tokyo"})
    assert days() == ["Thursday 19 November 2026"]


def test_days_appear_only_when_sorted_chronologically(make_login, signed_in):
    make_login()
    page = page_of(signed_in.get("/logins/?sort=ray_id"))
    assert not [head for head in page.all("th") if head.attrs.get("scope") == "rowgroup"]


def test_row_without_time_shows_none(log, account, signed_in):
    log.make(account=account, lacks_time=True)
    page = page_of(signed_in.get(f"{log.page}?{log.anything}&columns={log.time}"))
    assert "No time given" in page.text
    assert not page.all("time")
    assert [row[log.time] for row in records_of(signed_in.get(f"{log.export}?{log.anything}"))] == [""]


# One row, opened


def test_row_opens_by_url_without_script(log, failures, signed_in):
    row = failures(1)[0]
    folded = page_of(signed_in.get(log.page))
    [opener] = [link for link in folded.all("a") if "aria-expanded" in link.attrs]
    assert opener.attrs["aria-expanded"] == "false"
    opened = follow(signed_in, log.page, opener.href)
    assert opened.context["open"].event == row
    assert rows_in(opened) == [row]
    [closer] = [link for link in page_of(opened).all("a") if "aria-expanded" in link.attrs]
    assert closer.attrs["aria-expanded"] == "true"
    assert follow(signed_in, log.page, closer.href).context["open"] is None


def test_opening_row_keeps_its_page(log, failures, signed_in):
    failures(60)
    more = page_of(signed_in.get(log.page)).link("More")
    later = follow(signed_in, log.page, more)
    opener = next(link for link in page_of(later).all("a") if "aria-expanded" in link.attrs)
    assert rows_in(follow(signed_in, log.page, opener.href)) == rows_in(later)


@pytest.mark.parametrize("key", ["x", "0" * 32, "{", "é"])
def test_unknown_key_opens_no_row(log, key, failures, signed_in):
    failures(1)
    response = signed_in.get(log.page, {"open": key})
    assert (response.status_code, response.context["open"]) == (200, None)


def test_request_body_appears_only_when_opened(make_update, signed_in):
    update = make_update(request_body=BODY)
    assert "body-of-ada" not in signed_in.get("/scim/").content.decode()
    assert "body-of-ada" in page_of(signed_in.get(f"/scim/?open={update.key.hex}")).text


def test_htmx_gets_only_unfolded_row(log, failures, signed_in):
    row = failures(1)[0]
    [opener] = [link for link in page_of(signed_in.get(log.page)).all("a") if "aria-expanded" in link.attrs]
    assert opener.attrs["hx-get"] == row.get_absolute_url()
    unfolded = page_of(signed_in.get(opener.attrs["hx-get"], headers=HTMX))
    assert [element.tag for element in unfolded.elements][:2] == ["tr", "td"]
    assert len(unfolded.all("tr")) == 1
    assert not unfolded.all("html")


def test_htmx_response_matches_full_page(make_update, signed_in):
    update = make_update(request_body=BODY)
    unfolded = page_of(signed_in.get(update.get_absolute_url(), headers=HTMX)).text
    assert "body-of-ada" in unfolded
    assert unfolded in page_of(signed_in.get(f"/scim/?open={update.key.hex}")).text


# What is new


@pytest.fixture
def news(log, signed_in):
    """What the line over a list says when the page asks, as its words and its link."""

    def ask(query=""):
        page = page_of(signed_in.get(f"{log.page}?{query}"))
        [poll] = [element for element in page.elements if "every" in (element.attrs.get("hx-trigger") or "")]

        def answer():
            answer = page_of(signed_in.get(log.page + poll.attrs["hx-get"]))
            assert not answer.all("html")
            return answer.text, [link.href for link in answer.all("a")]

        return answer

    return ask


def test_no_new_rows_show_nothing(log, failures, news):
    failures(3)
    assert news()() == ("", [])


def test_new_rows_are_counted_and_linked(log, failures, news, signed_in):
    failures(1)
    later = news("sort=-" + log.time)
    failures(2, arrived_at=NOW + timedelta(seconds=1))
    words, [href] = later()
    assert words == "2 new rows, show them"
    assert len(rows_in(follow(signed_in, log.page, href))) == 3
    assert "arrived_after" not in href


def test_single_new_row_is_singular(log, failures, news):
    later = news()
    failures(1, arrived_at=NOW + timedelta(microseconds=1))
    assert later()[0] == "1 new row, show it"


def test_only_matching_rows_are_new(log, failures, news, account):
    later = news("since=2026-11-19T14:00:00Z")
    failures(1, arrived_at=NOW + timedelta(seconds=1))
    log.make(account=account, arrived_at=NOW + timedelta(seconds=1))
    log.make(account=account, arrived_at=NOW + timedelta(seconds=1), **{log.time: NOW - timedelta(hours=2)})
    assert later()[0] == "1 new row, show it"


def test_new_rows_are_counted_to_cap(log, failures, news, monkeypatch):
    monkeypatch.setattr("dashboard.lists.paging.COUNT_CAP", 2)
    later = news()
    failures(3, arrived_at=NOW + timedelta(seconds=1))
    assert later()[0] == "2+ new rows, show them"


def test_later_page_checks_no_new_rows(log, failures, signed_in):
    failures(60)
    later = follow(signed_in, log.page, page_of(signed_in.get(log.page)).link("More"))
    assert later.context["poll_href"] == ""


def test_invalid_query_has_no_new_rows(log, failures, signed_in):
    failures(1, arrived_at=NOW + timedelta(days=1))
    moment = quote("2026-11-19T14:06:12+00:00")
    assert page_of(signed_in.get(f"{log.page}?accuont=red&arrived_after={moment}")).text == ""


def test_unreadable_moment_returns_page(log, failures, signed_in):
    failures(1)
    response = signed_in.get(f"{log.page}?arrived_after=soon")
    assert (problems_in(response), len(rows_in(response))) == ([], 1)


# Choosing a range


def test_range_menu_keeps_other_parameters(account, signed_in):
    page = page_of(signed_in.get("/logins/?country=NL&since=2026-11-01&sort=ray_id"))
    for name, (_, words) in RANGES.items():
        chosen = follow(signed_in, "/logins/", page.link(words.capitalize()))
        assert chosen.wsgi_request.GET.dict() == {"country": "NL", "sort": "ray_id", "range": name}


def test_range_form_reads_shown_clock(make_login, signed_in):
    signed_in.cookies.load({"clock": "local", "time_zone": "Europe/Berlin"})
    row = make_login(created_at=datetime(2026, 11, 18, 23, 30, tzinfo=UTC))
    make_login(created_at=datetime(2026, 11, 18, 22, 30, tzinfo=UTC))
    page = page_of(signed_in.get("/logins/?country=NL"))
    form = next(form for form in page.forms if "zone" in dict(form.fields))
    sent = dict(form.fields) | {"since": "19 Nov", "until": "19 Nov"}
    assert (sent["country"], sent["zone"]) == ("NL", "Europe/Berlin")
    found = signed_in.get("/logins/", sent)
    assert rows_in(found) == [row]
    assert "19 Nov 2026 (Berlin)" in page_of(found).text


@pytest.mark.parametrize(
    "page", ["/", "/logins/", "/logins/by-app/", "/scim/problems/", "/people/ada@meridian.example/"]
)
def test_every_page_takes_calendar_ranges(page, all_logins_known, make_login, signed_in):
    make_login()
    response = signed_in.get(page, {"range": "today", "zone": "Europe/Berlin"})
    assert response.status_code == 200
    assert "Today (Berlin)" in page_of(response).text


def test_stepping_through_time_shows_rows_once(make_login, signed_in, time_machine):
    time_machine.move_to(NOW + timedelta(microseconds=700_000), tick=False)
    rows = [make_login(created_at=NOW - timedelta(hours=hours, microseconds=-500_000)) for hours in (0, 1, 2, 3)]
    here = signed_in.get("/logins/?range=1h&country=NL")
    met = [rows_in(here)]
    for _ in range(3):
        here = follow(signed_in, "/logins/", page_of(here).link("The same length of time before"))
        met.append(rows_in(here))
    assert met == [[row] for row in rows]
    for row in rows[2:0:-1]:
        here = follow(signed_in, "/logins/", page_of(here).link("The same length of time after"))
        assert rows_in(here) == [row]
    assert here.wsgi_request.GET["country"] == "NL"


def test_range_reaching_now_has_no_next(account, signed_in):
    assert not page_of(signed_in.get("/logins/")).has_link("The same length of time after")
    assert not page_of(signed_in.get("/logins/?range=all")).has_link("The same length of time before")


@pytest.mark.parametrize("since", ["0001-01-01", "0900-01-01", "1500-01-01", "2026-11-20", "9999-12-31"])
def test_stepping_back_always_gives_valid_range(since, account, signed_in):
    page = page_of(signed_in.get(f"/logins/?since={since}"))
    if page.has_link("The same length of time before"):
        assert follow(signed_in, "/logins/", page.link("The same length of time before")).status_code == 200


def test_response_varies_on_htmx_header(signed_in, make_login):
    answer = signed_in.get(make_login().get_absolute_url(), headers={"HX-Request": "true"})
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize(
    ("listed", "model"),
    [
        (LoginList, AccessRequest),
        (AppExportView, AccessRequest),
        (ScimList, ScimUpdate),
        (ProblemListView, ScimProblem),
    ],
)
def test_a_list_filters_its_log(listed, model):
    assert listed.model is model
