"""One app's own page, the lists of who is out, and the export of the table of apps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict

from dashboard.charts.sparkline import shares_of
from dashboard.logins.by_app.lockout_tables import GotInTable, NeverInTable, PeopleOfAppTable, StillOutTable
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.models import Account, Application
from logsync.spans import Span
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, problems_in, rows_in, shown, text_of

ADDRESS = "/logins/by-app/"
HOSTILE = '"><img src=x onerror=alert(1)>\u202egnp.exe/../?a=b&c#d'


def at(hours):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def own_page(signed_in):
    """The page of the first app on the list, by the link of its name."""

    def read(query=""):
        app = signed_in.get(f"{ADDRESS}?{query}").context["lines"][0].record
        page = page_of(signed_in.get(f"{ADDRESS}?{query}"))
        return signed_in.get(page.link(app.name))

    return read


# The app's own page


@pytest.mark.parametrize("app_uid", ["a", "a/b", "..", "", "?x=1&y", HOSTILE, "ñ%2F+"])
def test_any_app_id_has_page(app_uid, make_login, own_page, account):
    make_login(app_uid=app_uid, app_name="Grafana")
    make_login(app_uid=app_uid, app_name="Namesake", account=Account.objects.create(account_id="1" * 32))
    response = own_page()
    assert response.status_code == 200
    assert (response.context["app_uid"], response.context["account"]) == (app_uid, account)
    assert response.context["open"].app.denied == 1
    assert [row.run.app_uid for row in response.context["people"].data] == [app_uid]


@pytest.mark.parametrize("query", ["", "app_uid=a", "account={0}", "account={0}&app_uid=a&app_uid=b", "blank=app_uid"])
def test_ambiguous_app_redirects_to_list(query, account, signed_in):
    query = query.format(account.account_id)
    response = signed_in.get(f"{ADDRESS}app/?{query}")
    assert response.status_code == 302
    assert response["Location"] == f"{ADDRESS}?{query}"


def test_invalid_query_names_mistake(make_login, own_page, signed_in):
    make_login()
    href = own_page().request["QUERY_STRING"]
    response = signed_in.get(f"{ADDRESS}app/?{href}&range=5y")
    assert response.status_code == 400
    assert "There is no range" in problems_in(response)[0]


def test_people_are_listed_with_outcome(make_login, own_page):
    for hours, allowed in ((30, True), (4, False), (3, False)):
        make_login(created_at=at(hours), allowed=allowed)
    make_login(created_at=at(2), user_email="bob@x")
    make_login(created_at=at(1), user_email="bob@x", allowed=True)
    make_login(created_at=at(1), user_email="cleo@x")
    response = own_page()
    ada, bob, cleo = sorted(response.context["people"].data, key=lambda row: row.run.person)
    assert (ada.run.tries, ada.run.last_allowed, ada.allowed_at) == (2, at(30), None)
    assert (bob.run.tries, bob.run.last_allowed, bob.allowed_at) == (1, None, at(1))
    assert (cleo.run.tries, cleo.run.last_allowed, cleo.allowed_at) == (1, None, None)
    page = page_of(response)
    lead = "4 denied attempts by 3 people, 80.0 % of all attempts; 1 person locked out now, 1 never had access"
    assert lead in page.text
    [_, *lines] = [row.text for row in page.all("tr") if "@" in row.text]
    assert [words in line for words, line in zip(("Never had access", "Got in", "Locked out"), lines, strict=False)]


def test_remaining_people_are_counted(make_login, own_page, monkeypatch):
    monkeypatch.setattr("dashboard.logins.by_app.page.MOST_PEOPLE", 2)
    for number in range(3):
        make_login(user_email=f"{number}@x", created_at=at(number + 1))
    response = own_page()
    assert [row.run.person for row in response.context["people"].data] == ["0@x", "1@x"]
    assert "2 of 3 are shown, the newest denial first." in page_of(response).text


def test_names_are_listed_newest_first(account, make_login, own_page):
    Application.objects.create(account=account, app_uid="a", name="Grafana (production)")
    for hours, name in ((5, "Grafana"), (4, "Grafana"), (3, ""), (2, "Dashboards")):
        make_login(app_uid="a", app_name=name, created_at=at(hours), allowed=hours != 2)
    response = own_page()
    assert [(name.name, name.logins) for name in response.context["names"]] == [
        ("Dashboards", 1),
        ("", 1),
        ("Grafana", 2),
    ]
    assert "<h1>Grafana (production)</h1>" in response.content.decode()


def test_chart_includes_allowed_logins(make_login, own_page):
    make_login()
    make_login(allowed=True)
    make_login(allowed=True, app_uid="other")
    chart = own_page().context["chart"]
    assert [item.words for item in chart.legend if item.css in ("m-bad", "m-calm")] == ["Denied 1", "Allowed 1"]


def test_chart_bar_narrows_page(make_login, own_page, signed_in):
    make_login()
    bar = next(bar for bar in own_page().context["chart"].bars if bar.numbers[0])
    query = own_page().wsgi_request.META["QUERY_STRING"]
    assert query.split("&")[0] in bar.href
    assert signed_in.get(f"{ADDRESS}app/{bar.href}").status_code == 200


def test_quiet_app_page_says_why(all_logins_known, account, make_login, signed_in):
    make_login(app_uid="a", app_name="Quiet", allowed=True)
    response = signed_in.get(f"{ADDRESS}app/?account={account.account_id}&app_uid=a")
    assert "No failed logins in this range" in page_of(response).text
    assert (response.context["title"], response.context["open"]) == ("Quiet", None)


@pytest.mark.parametrize("app_uid", ["nowhere", "x" * 200])
def test_unknown_app_is_shown_by_id(app_uid, account, signed_in):
    response = signed_in.get(f"{ADDRESS}app/?account={account.account_id}&app_uid={app_uid}")
    assert (response.status_code, response.context["title"]) == (200, app_uid)


# Earlier names, and time that is not known


def test_earlier_names_stand_beside_name(make_login, signed_in):
    for hours, name in ((3, "Old"), (2, "Older"), (1, "New")):
        make_login(app_uid="a", app_name=name, created_at=at(hours))
    [line] = signed_in.get(ADDRESS).context["lines"]
    assert (line.record.name, line.record.other_names) == ("New", ["Older", "Old"])
    assert "also Older" in page_of(signed_in.get(ADDRESS)).text


def test_trend_baseline_breaks_at_unknown_time(make_stream, cover, make_login, signed_in):
    stream = make_stream()
    cover(stream, at(24), at(18))
    cover(stream, at(12), NOW)
    make_login()
    page = page_of(signed_in.get(ADDRESS))
    [line] = [path.attrs["d"] for path in page.all("path") if path.attrs.get("class") == "m-calm"]
    assert line == "M0 94H250V100H0zM500 94H1000V100H500z"


def test_known_time_is_percentage_of_range():
    whole = Span(at(10), at(0))
    assert shares_of([Span(at(20), at(9)), Span(at(5), at(-5))], whole) == [(0.0, 10.0), (50.0, 100.0)]
    assert shares_of([], whole) == []


def test_share_of_too_many_is_omitted(make_login, signed_in, monkeypatch):
    monkeypatch.setattr("logsync.insight.failures_by_app.count_of_hours", lambda hours, span: 10**9)
    make_login()
    make_login(app_uid="b")
    lines = signed_in.get(f"{ADDRESS}?sort=-share&country=NL").context["lines"]
    assert [line.record.share for line in lines] == [None, None]


# Who is out


@pytest.fixture
def lockouts(signed_in):
    def read(query=""):
        response = signed_in.get(f"{ADDRESS}?{query}")
        return response.context["lockouts"], page_of(response)

    return read


def test_locked_out_differ_from_let_in(account, make_login, lockouts):
    Application.objects.create(account=account, app_uid="a", name="Grafana (production)")
    make_login(app_uid="a", created_at=at(50), allowed=True)
    make_login(app_uid="a", created_at=at(3))
    make_login(app_uid="a", created_at=at(3), user_email="bob@x")
    make_login(app_uid="a", created_at=at(2), user_email="bob@x", allowed=True)
    make_login(app_uid="a", created_at=at(2), user_email="cleo@x")
    found, page = lockouts()
    assert [(row.run.person, row.app_name) for row in found.out] == [("ada@meridian.example", "Grafana (production)")]
    assert [(row.run.person, row.run.last_allowed) for row in found.never_in] == [("cleo@x", None)]
    assert [(row.run.person, row.allowed_at) for row in found.got_in] == [("bob@x", at(2))]
    headings = [heading.text for heading in page.all("h2")]
    assert headings[:4] == ["People who were denied", "Lost access", "Never had access", "Denied, then got in"]


def test_nobody_locked_out_is_stated(make_login, lockouts):
    make_login(created_at=at(3))
    make_login(created_at=at(2), allowed=True)
    _, page = lockouts()
    assert "Nobody who was denied in this range has lost access." in page.text
    assert "Never had access" not in [heading.text for heading in page.all("h2")]


def test_missing_success_shows_since_when(all_logins_known, make_login, lockouts):
    make_login()
    assert "none on record since 20 Oct" in lockouts()[1].text


def test_attempts_link_to_exactly_their_rows(make_login, lockouts, signed_in):
    other = Account.objects.create(account_id="1" * 32)
    make_login(created_at=at(50), allowed=True)
    for hours in (40, 3, 2):
        make_login(created_at=at(hours))
    make_login(created_at=at(2))
    for values in ({"user_email": "x-ada@meridian.example"}, {"app_uid": "b"}, {"account": other}):
        make_login(created_at=at(2), **values)
    found, page = lockouts()
    row = next(row for row in found.out if row.run.rows == 4)
    assert row.run.tries == 3
    assert "3 (4 rows)" in page.text
    assert len(rows_in(signed_in.get(row.rows_href))) == 4


def test_remaining_locked_out_people_are_linked(make_login, lockouts, signed_in):
    for number in range(30):
        make_login(user_email=f"{number}@x", created_at=at(1 + number / 10))
        make_login(user_email=f"{number}@y", created_at=at(1 + number / 10))
        make_login(user_email=f"{number}@y", created_at=at(50), allowed=True)
    found, page = lockouts("country=NL")
    assert (len(found.out), found.out_count) == (len(found.never_in), found.never_in_count) == (25, 30)
    assert page.text.count("25 of 30 are shown") == 2
    for link in ("Everyone who lost access", "Everyone who never had access"):
        assert follow(signed_in, ADDRESS, page.link(link)).context["count"] == 30


def test_hostile_name_links_to_person_safely(make_login, lockouts, signed_in):
    make_login(user_email=HOSTILE)
    found, page = lockouts()
    assert found.never_in[0].person_href
    assert shown(HOSTILE) in page.whole.text_as_it_is
    assert signed_in.get(found.never_in[0].person_href).status_code == 200


@pytest.mark.parametrize(
    ("table", "headers"),
    [
        (StillOutTable, "Person, App, Provider, Attempts, First denied, Last denied, Last got in"),
        (NeverInTable, "Person, App, Provider, Attempts, First denied, Last denied, Successful logins there"),
        (GotInTable, "Person, App, Provider, Attempts, First denied, Last denied, Last got in, Got in"),
        (PeopleOfAppTable, "Person, Provider, Attempts, First denied, Last denied, Last got in, Now"),
    ],
)
def test_each_lockout_table_has_its_columns(table, headers):
    columns = table([], viewer=Viewer(), query_string=QueryString(QueryDict())).columns
    assert ", ".join(column.header for column in columns) == headers
    assert not any(column.orderable for column in columns)


# The export


@pytest.fixture
def exported(signed_in):
    def read(query=""):
        response = signed_in.get(f"/logins/by-app.csv?{query}")
        assert response.status_code == 200
        header, *lines = [line.split(",") for line in text_of(response).splitlines()]
        return response, [dict(zip(header, line, strict=True)) for line in lines]

    return read


def test_the_export_is_the_table(all_logins_known, account, make_login, exported):
    make_login(app_uid="a", app_name="A")
    make_login(app_uid="b", app_name="=B", created_at=at(2))
    make_login(app_uid="b", app_name="=B", created_at=at(1), user_email="bob@x")
    make_login(app_uid="b", app_name="=B", created_at=at(3), allowed=True, user_email="bob@x")
    response, [b, a] = exported()
    assert b == {
        "account": account.account_id,
        "app_uid": "b",
        "app_name": "'=B",
        "denied": "2",
        "before": "0",
        "people": "2",
        "share": "66.7",
        "first": "2026-11-19T12:06:12.000000Z",
        "last": "2026-11-19T13:06:12.000000Z",
        "locked_out": "1",
        "never_had_access": "1",
        "denied_rows": "2",
        "other_denied_rows": "0",
    }
    assert (a["app_name"], a["denied"]) == ("A", "1")
    assert "complete" in response["Content-Disposition"]
    assert response["Coverage"].startswith("Complete from")


def test_the_export_keeps_filters_and_order(make_login, exported, signed_in):
    for app_uid, country in (("a", "NL"), ("b", "NL"), ("b", "NL"), ("c", "DE")):
        make_login(app_uid=app_uid, app_name=app_uid, country=country)
    page = page_of(signed_in.get(f"{ADDRESS}?country=NL&sort=denied"))
    assert page.link("Export CSV, 2 rows") == "/logins/by-app.csv?country=NL&sort=denied"
    assert [row["app_uid"] for row in exported("country=NL&sort=denied")[1]] == ["a", "b"]


def test_unknown_value_is_blank_in_export(make_login, exported):
    make_login()
    assert exported()[1][0]["before"] == ""


def test_invalid_export_answers_with_sentence(signed_in):
    response = signed_in.get("/logins/by-app.csv?sort=colour")
    assert response.status_code == 400
    assert "cannot be sorted" in response.content.decode()


def test_remaining_apps_are_counted(make_login, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.logins.by_app.views.AppListView.most", 2)
    for app_uid in "abc":
        make_login(app_uid=app_uid)
    assert "2 of 3 apps are shown; the export has them all." in page_of(signed_in.get(ADDRESS)).text
