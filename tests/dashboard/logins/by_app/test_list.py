"""Failed logins by app: what is counted, against what, and who is still locked out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from logsync.derived import recount
from logsync.models import AccessRequest, Account, Application
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, records_of, rows_in
from tests.examples import examples

ADDRESS = "/logins/by-app/"


def at(hours):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def apps(signed_in):
    """The applications on the page, in its order."""

    def shown(query=""):
        response = signed_in.get(f"{ADDRESS}?{query}")
        assert response.status_code == 200
        return [row.record for row in response.context["table"].rows]

    return shown


@pytest.fixture
def app(apps):
    """The one application on the page."""

    def shown(query=""):
        [app] = apps(query)
        return app

    return shown


# What makes an application


def test_path_or_name_never_splits_app(make_login, app):
    make_login(app_domain="grafana.example/login", app_name="Grafana")
    make_login(app_domain="grafana.example/api", app_name="Grafana (old)")
    make_login(app_domain="grafana.example/", app_name="")
    assert (app().denied, app().rows) == (1, 3)


def test_same_named_apps_are_kept_apart(make_login, apps):
    make_login(app_uid="a")
    make_login(app_uid="b")
    assert [(app.app_uid, app.denied) for app in apps()] == [("a", 1), ("b", 1)]


def test_same_id_in_accounts_is_separate(make_login, apps):
    other = Account.objects.create(account_id="1" * 32, name="Other")
    make_login()
    make_login(account=other)
    make_login(account=other, created_at=at(2))
    assert [(str(app.account), app.denied) for app in apps()] == [("Other", 2), ("Meridian", 1)]


def test_app_without_failures_is_not_listed(make_login, apps):
    make_login(allowed=True)
    make_login(allowed=None)
    assert apps() == []


# Its name


def test_app_uses_directory_name(account, make_login, app):
    Application.objects.create(account=account, app_uid="a", name="Grafana (production)")
    make_login(app_uid="a", app_name="grafana")
    assert app().name == "Grafana (production)"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "Grafana"),
        ({"app_name": ""}, "grafana.meridian.example/login"),
        ({"app_name": "", "app_domain": ""}, "13d976ec-915a-4e59-afab-cef6291764b8"),
        ({"app_name": "", "app_domain": "", "app_uid": ""}, "Unnamed app"),
    ],
)
def test_unknown_app_uses_name_from_login(values, name, make_login, app):
    Application.objects.create(account=Account.objects.create(account_id="1" * 32), app_uid="", name="Elsewhere")
    make_login(**values)
    assert app().name == name


def test_nameless_directory_entry_is_ignored(account, make_login, app):
    make_login(app_uid="a", app_name="Jira")
    Application.objects.create(account=account, app_uid="a", name="")
    assert app().name == "Jira"


def test_newest_name_wins(make_login, apps):
    for hours in (3, 2, 1):
        make_login(app_uid="a", created_at=at(hours), app_name=f"A {hours}")
        make_login(app_uid="b", created_at=at(hours + 1), app_name=f"B {hours}")
    assert {app.name for app in apps()} == {"A 1", "B 1"}


# What is counted


def test_denials_people_and_times_match_range(make_login, app):
    make_login(created_at=at(25))
    make_login(created_at=at(5), user_email="ada@meridian.example")
    make_login(created_at=at(4), user_email="ADA@meridian.example")
    make_login(created_at=at(3), user_email="bob@meridian.example")
    make_login(created_at=at(2), user_email="")
    make_login(created_at=at(1), allowed=True, user_email="eve@meridian.example")
    found = app()
    assert (found.denied, found.people, found.others) == (3, 2, 1)
    assert (found.first, found.last) == (at(5), at(3))


def test_one_page_load_is_one_denial(make_login, app, signed_in):
    """A page that loads thirty files is one attempt, in thirty rows."""
    for number in range(30):
        at_once = at(1).replace(microsecond=number)
        make_login(app_domain=f"grafana.example/{number}.js", created_at=at_once)
    found = app()
    assert (found.denied, found.rows, found.people, found.share) == (1, 30, 1, 100)
    assert [bar.count for bar in found.trend] == [1]
    # Whichever of them a filter leaves.
    assert app("app_domain=29.js").denied == app("app_domain=grafana").denied == 1
    page = page_of(signed_in.get(ADDRESS))
    assert "1 denied attempt (30 rows) at 1 app; nobody locked out now, 1 never had access" in page.text
    assert len(rows_in(follow(signed_in, ADDRESS, page.link("30 rows")))) == 30


def test_others_are_beside_people(make_login, app, signed_in):
    """Rows of services, or without an address, are denied too, but are no attempts of people."""
    make_login()
    make_login(user_email="")
    make_login(connection="nonidentity")
    make_login(action="logout")
    found = app()
    assert (found.denied, found.people, found.others) == (1, 1, 2)
    page = page_of(signed_in.get(ADDRESS))
    assert len(rows_in(follow(signed_in, ADDRESS, page.link("+ 2 other rows")))) == 2
    only_services = page_of(signed_in.get(f"{ADDRESS}?identity=service"))
    assert len(rows_in(follow(signed_in, ADDRESS, only_services.link("+ 1 other row")))) == 1


def test_app_that_denied_only_services_is_listed(make_login, app, signed_in):
    make_login(connection="service_token", created_at=at(3))
    found = app()
    assert (found.denied, found.people, found.others, found.share, found.first) == (0, 0, 1, None, at(3))
    assert signed_in.get(f"{ADDRESS}?open={found.key}").status_code == 200


# The same numbers on every page


CALLERS = ["ada@x.example", "Ada@x.example", "bob@x.example", "", "non_identity@x.cloudflareaccess.com"]
LOGINS = st.lists(
    st.fixed_dictionaries(
        {
            "user_email": st.sampled_from(CALLERS),
            "app_uid": st.sampled_from(["a", "b"]),
            "allowed": st.sampled_from([True, False, False, None]),
            "action": st.sampled_from(["login", "Login", "", "logout"]),
            "connection": st.sampled_from(["okta", "nonidentity", ""]),
            "created_at": st.builds(
                lambda hours, microseconds: at(hours) - timedelta(microseconds=microseconds),
                st.sampled_from([1, 2, 30]),
                st.sampled_from([0, 1, 900_000]),
            ),
        }
    ),
    min_size=1,
    max_size=14,
)
BY_SQL = """
    SELECT COUNT(*), COUNT(DISTINCT email) FROM (
        SELECT DISTINCT LOWER(user_email) AS email, {second} AS second
        FROM logsync_accessrequest
        WHERE app_uid = %s AND NOT allowed AND created_at >= %s AND LOWER(action) IN ('login', '')
            AND user_email <> '' AND user_email NOT LIKE 'non!_identity@%%' ESCAPE '!' AND connection <> 'nonidentity'
    ) AS attempts
"""


@examples(15)
@given(logins=LOGINS)
def test_each_page_counts_the_same_people(account, make_login, signed_in, logins):
    """The list, its CSV, the app's own page and its people say the same, and so does the database by itself."""
    AccessRequest.objects.all().delete()
    recount.rebuild()
    for login in logins:
        make_login(**login)
    second = "date_trunc('second', created_at)" if connection.vendor == "postgresql" else "substr(created_at, 1, 19)"
    listed = {row.record.app_uid: row.record for row in signed_in.get(ADDRESS).context["table"].rows}
    lines = {line["app_uid"]: line for line in records_of(signed_in.get("/logins/by-app.csv"))}
    for app_uid in ("a", "b"):
        with connection.cursor() as cursor:
            since = connection.ops.adapt_datetimefield_value(NOW - timedelta(days=1))
            cursor.execute(BY_SQL.format(second=second), [app_uid, since])
            attempts, people = cursor.fetchone()
        query = f"account={account.account_id}&app_uid={app_uid}"
        assert signed_in.get(f"/logins/by-person/?{query}").context["count"] == people
        own = signed_in.get(f"{ADDRESS}app/?{query}").context
        assert (own["people_count"], own["count"]) == (people, attempts)
        if app_uid in listed:
            assert (listed[app_uid].people, listed[app_uid].denied) == (people, attempts)
            assert (lines[app_uid]["people"], lines[app_uid]["denied"]) == (str(people), str(attempts))
        else:
            assert (people, attempts) == (0, 0)


def test_every_number_links_to_what_it_counts(all_logins_known, make_login, signed_in):
    """People, Before, Share and Locked out lead to lists of just so many."""
    for person, hours in (("ada", 1), ("bob", 2), ("ada", 30), ("cleo", 31)):
        for microsecond in range(2):
            when = at(hours).replace(microsecond=microsecond)
            make_login(user_email=f"{person}@x.example", created_at=when)
    make_login(user_email="bob@x.example", created_at=at(1), allowed=True)
    make_login(user_email="bob@x.example", connection="nonidentity")
    make_login(user_email="cleo@x.example", app_uid="other")
    links = [link for link in page_of(signed_in.get(ADDRESS)).all("a") if "app_uid=13d976ec" in link.href]

    def led_to(start, words):
        href = next(one.href for one in links if one.href.startswith(start) and one.text.strip() == words)
        return signed_in.get(href).context["count"]

    assert led_to("/logins/by-person/", "2") == 2
    assert led_to("/logins/by-person/", "1 person") == 1
    assert led_to("/logins/?", "66.7 %") == 5
    counts = [signed_in.get(one.href).context["count"] for one in links if one.text.strip() == "4 rows"]
    assert counts == [4, 4]


@pytest.mark.parametrize(
    ("results", "share"), [([False], 100), ([False, True, True, True], 25), ([False, None, None], 100)]
)
def test_share_counts_all_decided_logins(results, share, make_login, app):
    for seconds, allowed in enumerate(results):
        make_login(allowed=allowed, created_at=at(1) + timedelta(seconds=seconds))
    assert app().share == share


@pytest.mark.parametrize(
    "query",
    [
        "range=24h",
        "range=7d",
        "range=all",
        "since=2026-11-17T00:00:00Z",
        "since=2026-11-17T00:00:00Z&until=2026-11-19T00:00:00Z",
        "since=2026-11-17T09:00:00Z&until=2026-11-18T15:00:00Z",
        "since=2026-11-18T09:00:00Z&until=2026-11-18T21:00:00Z",
        "since=2026-11-17T23:59:59.999999Z&until=2026-11-18T00:00:00.000001Z",
        "until=2026-11-18T12:00:00Z",
    ],
)
def test_share_by_days_matches_rows(query, make_login, apps):
    for hours in range(0, 24 * 9, 5):
        for minutes in (0, 6):
            values = {"app_uid": f"app-{hours % 2}", "allowed": [True, False, True, None][hours % 4]}
            # One on the hour, and on some days at midnight.
            make_login(created_at=at(hours).replace(minute=minutes, second=0), **values)
    make_login(created_at=NOW.replace(day=18, hour=0, minute=0, second=0), app_uid="app-0")

    def shares(filters):
        return {app.app_uid: app.share for app in apps(f"{query}{filters}")}

    by_rows = shares("&country=NL")
    assert by_rows
    assert shares("") == by_rows
    assert shares("&app_uid=app-0&account=0123456789abcdef0123456789abcdef") == {
        app_uid: share for app_uid, share in by_rows.items() if app_uid == "app-0"
    }


def test_most_denials_first_with_stable_ties(make_login, apps):
    for hours, app_uid in enumerate(("c", "a", "b", "b")):
        make_login(app_uid=app_uid, created_at=at(hours + 1))
    assert [app.app_uid for app in apps()] == ["b", "a", "c"]


def test_login_filters_apply(make_login, app):
    make_login(country="NL")
    make_login(country="DE")
    make_login(country="DE", user_email="", connection="nonidentity")
    assert (app("country=DE&identity=people").denied, app("country=DE").others) == (1, 1)
    found = app("q=meridian&range=7d")
    assert (found.denied, found.rows, found.others) == (1, 2, 1)


def test_summary_adds_everything_up(make_login, signed_in):
    for app_uid in "ab":
        make_login(app_uid=app_uid, created_at=at(50), allowed=True)
        make_login(app_uid=app_uid)
    text = page_of(signed_in.get(ADDRESS)).text
    assert "2 denied attempts at 2 apps; 1 person locked out now (2 person-app pairs)" in text


# Before


@pytest.fixture
def known_since(make_stream, make_login, cover):
    """The log was read from so many hours ago to now, and a row of then proves it."""

    def known(hours):
        cover(make_stream(), at(hours), NOW)
        make_login(created_at=at(hours), app_uid="proof", allowed=True)

    return known


def test_denials_are_compared_with_previous_period(known_since, make_login, app):
    known_since(48)
    for hours in (50, 47, 46, 25, 24, 1):
        make_login(created_at=at(hours))
    found = app()
    assert (found.before, found.denied, found.change) == (3, 2, -1)


def test_zero_before_needs_known_time(known_since, make_login, app):
    known_since(48)
    make_login()
    assert app().before == 0


@pytest.mark.parametrize("hours", [47, 24, 1])
def test_unknown_previous_period_shows_nothing(hours, known_since, make_login, app):
    known_since(hours)
    make_login(created_at=at(0.5))
    make_login(created_at=at(30))
    assert (app().before, app().denied) == (None, 1)


@pytest.mark.parametrize("state", ["beyond", "provisional", "", "failed"])
def test_any_unknown_previous_time_shows_nothing(state, make_stream, make_login, cover, fail, app):
    stream = make_stream()
    cover(stream, at(25), NOW)
    if state == "failed":
        fail(stream, at(24 * 30), at(25))
    elif state:
        cover(stream, at(24 * 30 if state == "beyond" else 47), at(25), state=state)
    make_login()
    assert app().before is None


@pytest.mark.parametrize("query", ["range=all", "until=2026-11-20", "since=0001-01-01", "since=1000-01-01"])
def test_first_range_has_no_previous_period(query, known_since, make_login, app):
    known_since(48)
    make_login()
    assert app(query).before is None


def test_filters_narrow_previous_period(known_since, make_login, app):
    known_since(48)
    make_login(country="NL", created_at=at(30))
    make_login(country="DE", created_at=at(30))
    make_login(country="NL")
    assert app("country=NL").before == 1


def test_custom_range_has_previous_period(known_since, make_login, app):
    known_since(48)
    for hours in (6, 5, 4.9, 4):
        make_login(created_at=at(hours))
    found = app(f"since={at(4.5):%Y-%m-%dT%H:%M:%SZ}&until={at(3.5):%Y-%m-%dT%H:%M:%SZ}")
    assert (found.denied, found.before) == (1, 2)


# Locked out, or never let in


@pytest.mark.parametrize(
    ("story", "locked_out", "never_had_access"),
    [
        ([(2, False)], 0, 1),
        ([(3, True), (2, False)], 1, 0),
        ([(3, False), (2, True)], 0, 0),
        ([(4, False), (3, True), (2, False)], 1, 0),
        ([(4, True), (3, False), (2, True)], 0, 0),
        ([(2, True), (2, False)], 1, 0),  # at equal times the denial counts as the later
        ([(2, False), (1, None)], 0, 1),  # what Cloudflare did not judge lets nobody in
        ([(30, True), (2, False)], 1, 0),
        ([(30, False), (2, False), (1, True)], 0, 0),
    ],
)
def test_last_denial_means_no_access(story, locked_out, never_had_access, make_login, app):
    for hours, allowed in story:
        make_login(created_at=at(hours), allowed=allowed)
    assert (app().locked_out, app().never_had_access) == (locked_out, never_had_access)


def test_success_after_range_ends_lockout(make_login, app):
    until = f"since={at(24):%Y-%m-%dT%H:%M:%SZ}&until={at(2):%Y-%m-%dT%H:%M:%SZ}"
    make_login(created_at=at(30), allowed=True)
    make_login(created_at=at(3))
    assert app(until).locked_out == 1
    make_login(created_at=at(1), allowed=True)
    assert app(until).locked_out == 0


def test_success_after_range_gives_access(make_login, app):
    until = f"since={at(24):%Y-%m-%dT%H:%M:%SZ}&until={at(2):%Y-%m-%dT%H:%M:%SZ}"
    make_login(created_at=at(3))
    assert app(until).never_had_access == 1
    make_login(created_at=at(1), allowed=True)
    assert app(until).never_had_access == 0


def test_denial_after_range_starts_no_lockout(make_login, app):
    until = f"since={at(24):%Y-%m-%dT%H:%M:%SZ}&until={at(2):%Y-%m-%dT%H:%M:%SZ}"
    make_login(created_at=at(4))
    make_login(created_at=at(3), allowed=True)
    make_login(created_at=at(1))
    assert app(until).locked_out == 0


def test_lockouts_are_separate_per_app(make_login, apps):
    other = Account.objects.create(account_id="1" * 32)
    make_login(app_uid="a", created_at=at(4), allowed=True)
    make_login(app_uid="a", created_at=at(3))
    make_login(app_uid="a", created_at=at(3), user_email="cleo@meridian.example")
    make_login(app_uid="a", created_at=at(3), user_email="bob@meridian.example")
    make_login(app_uid="a", created_at=at(2), user_email="BOB@meridian.example", allowed=True)
    make_login(app_uid="b", created_at=at(3))
    make_login(app_uid="b", created_at=at(2), allowed=True)
    make_login(app_uid="a", created_at=at(2), account=other, allowed=True)
    make_login(app_uid="a", created_at=at(2), user_email="")
    assert {app.app_uid: (app.locked_out, app.never_had_access) for app in apps()} == {"a": (1, 1), "b": (0, 0)}


# The links


def test_number_links_to_exactly_its_rows(make_login, signed_in, apps):
    other = Account.objects.create(account_id="1" * 32)
    for hours in (1, 2, 30):
        make_login(created_at=at(hours), country="NL", app_domain=f"grafana.example/{hours}")
    make_login(country="DE", created_at=at(3))
    make_login(country="NL", account=other)
    make_login(country="NL", app_uid="other")
    make_login(country="NL", allowed=True)
    make_login(country="NL", allowed=None)
    for query in ("", "country=NL", "range=7d&country=NL", "country=NL&country=DE&sort=-people", "app_uid=other"):
        page = page_of(signed_in.get(f"{ADDRESS}?{query}"))
        links = [link for link in page.all("a") if link.href.startswith("/logins/?") and link.text.endswith(" denied")]
        led_to = [rows_in(follow(signed_in, ADDRESS, link.href)) for link in links]
        assert [len(rows) for rows in led_to] == [app.denied for app in apps(query)]
        for rows, app in zip(led_to, apps(query), strict=True):
            assert {(row.account_id, row.app_uid, row.allowed) for row in rows} == {
                (app.account.pk, app.app_uid, False)
            }


def test_app_without_id_links_its_rows(make_login, signed_in):
    make_login(app_uid="", app_name="Nameless")
    make_login(app_uid="", app_name="Nameless", country="DE", created_at=at(2))
    make_login()
    page = page_of(signed_in.get(f"{ADDRESS}?sort=-denied"))
    href = next(link.href for link in page.all("a") if link.text == "2 denied")
    assert {row.app_name for row in rows_in(follow(signed_in, ADDRESS, href))} == {"Nameless"}
    assert page_of(signed_in.get(page.link("Nameless"))).has_link("Show 2 rows")


@pytest.mark.parametrize("app_uid", [" a", "a ", "a" * 321])
def test_unlinkable_id_has_no_link(app_uid, make_login, signed_in):
    make_login(app_uid=app_uid, app_name="Odd")
    page = page_of(signed_in.get(ADDRESS))
    assert "Odd" in page.text
    assert not page.has_link("Odd")
    assert not [link for link in page.all("a") if link.href.startswith("/logins/?app_uid")]


# The sparkline


def test_trend_sums_denials_by_hour(make_login, app):
    for minutes in (0, 1, 60, 61, 62, 300):
        make_login(created_at=NOW - timedelta(minutes=minutes))
    assert sorted(bar.count for bar in app().trend) == [1, 2, 3]


def test_trends_share_one_scale(make_login, apps):
    for count, app_uid in ((1, "a"), (4, "b")):
        for seconds in range(count):
            make_login(app_uid=app_uid, created_at=at(23.9) + timedelta(seconds=seconds))
        make_login(app_uid=app_uid, created_at=NOW)
    heights = {app.app_uid: max(bar.height for bar in app.trend) for app in apps()}
    assert heights["b"] == 98
    assert heights["a"] == pytest.approx(98 / 4, abs=0.1)
    for bar in [bar for app in apps("range=7d") + apps() for bar in app.trend]:
        assert 0 <= bar.x <= bar.x + bar.width <= 100


@pytest.mark.parametrize("query", ["range=all", "", "since=2026-11-19T14:06:12Z"])
@pytest.mark.parametrize("minutes", [0, -1, -70])
def test_fast_clock_breaks_no_trend(query, minutes, make_login, app):
    make_login(created_at=NOW - timedelta(minutes=minutes))
    [bar] = app(query).trend
    assert bar.count == 1
    assert 0 <= bar.x <= bar.x + bar.width <= 100


def test_long_range_has_daily_bars(make_login, app):
    for hours in (1, 2, 30, 31, 24 * 20):
        make_login(created_at=at(hours))
    assert sorted(bar.count for bar in app("range=30d").trend) == [1, 2, 2]
