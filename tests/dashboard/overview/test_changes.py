"""What changed most: sorted by the size of the change, every number that of the rows it leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Application
from tests.conftest import NOW
from tests.dashboard.overview.test_figures import make_many
from tests.dashboard.reading import page_of

TABLES = ["Apps", "People", "Providers", "SCIM errors"]


def rows_of(response, title):
    if title == "Apps":
        return response.context["overview"].apps.rows
    return next(table.rows for table in response.context["overview"].changes if table.title == title)


@pytest.fixture
def denials(make_login):
    """Make so many denials in the range, and so many in the day before it."""

    def make(now, before, **values):
        for number in range(now + before):
            at = NOW - timedelta(hours=1 if number < now else 30, seconds=number)
            make_login(created_at=at, **values)

    return make


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("query", ["", "?range=1h", "?range=all"])
def test_every_number_matches_linked_rows(
    query, seed, both_known, make_login, make_update, account, other_account, overview, number_at
):
    make_many(seed, make_login, make_update, [account, other_account])
    response = overview(query)
    for title in TABLES:
        for row in rows_of(response, title):
            assert number_at(row.now_href) == (row.now if row.rows is None else row.rows)
            assert (row.before is None) == (query == "?range=all") == (not row.before_href)
            before = row.before if row.rows_before is None else row.rows_before
            assert row.before is None or number_at(row.before_href) == before


def test_largest_change_comes_first(both_known, denials, overview):
    for app_uid, now, before in (("up", 5, 1), ("big", 9, 9), ("down", 0, 6), ("same", 2, 2)):
        denials(now, before, app_uid=app_uid, app_name=app_uid.upper())
    apps = overview().context["overview"].apps.rows
    assert [(app.now, app.before, app.change) for app in apps] == [(0, 6, -6), (5, 1, 4), (9, 9, 0), (2, 2, 0)]
    assert "DOWN" in apps[0].name


def test_only_the_most_changed_are_shown(both_known, denials, overview):
    for number in range(9):
        denials(number + 1, 0, app_uid=f"app-{number}", user_email=f"p{number}@x", connection=f"c{number}")
    response = overview()
    assert [app.now for app in rows_of(response, "Apps")] == [9, 8, 7, 6, 5, 4, 3]
    assert [row.now for row in rows_of(response, TABLES[1])] == [9, 8, 7, 6, 5]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"app_uid": "a"}, "Grafana"),
        ({"app_uid": "a", "app_name": ""}, "grafana.meridian.example/login"),
        ({"app_uid": "a", "app_name": "", "app_domain": ""}, "a"),
        ({"app_uid": "", "app_name": "", "app_domain": ""}, "Unnamed app"),
        ({"app_uid": "listed"}, "Listed"),
    ],
    ids=["name", "host", "id", "nothing", "listed"],
)
def test_app_uses_best_known_name(values, word, both_known, account, denials, overview):
    Application.objects.create(account=account, app_uid="listed", name="Listed")
    denials(1, 0, **values)
    [app] = overview().context["overview"].apps.rows
    assert app.name == f"<bdi>{word}</bdi>"


@pytest.mark.parametrize("values", [{"app_uid": ""}, {"app_uid": " a"}], ids=["none", "blank-at-its-end"])
def test_unfilterable_number_has_no_link(values, both_known, denials, overview):
    denials(2, 0, **values)
    [app] = overview().context["overview"].apps.rows
    assert (app.now, app.now_href, app.before_href) == (2, "", "")


def test_same_named_apps_differ_by_account(both_known, account, other_account, denials, overview):
    denials(1, 0)
    denials(2, 0, account=other_account)
    assert [(app.now, app.beside) for app in overview().context["overview"].apps.rows] == [
        (2, "Zenith"),
        (1, "Meridian"),
    ]


def test_person_ignores_case_but_not_prefix(both_known, denials, overview, number_at):
    for address in ("Ada@x.example", "ada@X.example", "xada@x.example"):
        denials(1, 0, user_email=address)
    rows = rows_of(overview(), TABLES[1])
    assert [(row.now, row.rows) for row in rows] == [(1, 1), (1, 2)]
    assert [number_at(row.now_href) for row in rows] == [1, 2]


def test_missing_person_or_provider_is_omitted(both_known, denials, overview):
    denials(1, 0, user_email="", connection="")
    response = overview()
    assert not rows_of(response, TABLES[1])
    assert not rows_of(response, TABLES[2])


def test_ignored_errors_are_left_out(both_known, make_update, overview):
    update = make_update()
    assert len(rows_of(overview(), TABLES[3])) == 1
    update.problem.is_ignored = True
    update.problem.save()
    assert not rows_of(overview(), TABLES[3])


def test_trend_baseline_breaks_at_unknown_time(make_stream, cover, denials, overview):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - timedelta(hours=24), NOW - timedelta(hours=18))
    cover(stream, NOW - timedelta(hours=12), NOW)
    denials(1, 0)
    assert overview().context["overview"].apps.known_parts == [(0.0, 25.0), (50.0, 100.0)]


def test_unknown_previous_period_shows_no_change(make_stream, cover, denials, overview):
    cover(make_stream(succeeded_at=NOW), NOW - timedelta(hours=30), NOW)
    denials(2, 1)
    page = page_of(overview())
    headings = [heading.text for heading in page.all("h2")]
    assert {"Apps denied most", "People denied most", "Providers denied most"} <= set(headings)
    assert "Before" not in {header.text for header in page.all("th")}
