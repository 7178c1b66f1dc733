"""The four numbers: each is that of the rows it leads to, and is held against the time before where that is known."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils.html import strip_tags

from logsync.models import Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
QUERIES = ["", "?range=1h", "?range=7d", "?range=all", "?since=2026-11-19T06:00:00Z&until=2026-11-19T12:30:00Z"]
LABELS = ["Denied logins", "People denied", "People still locked out", "SCIM resources failing"]


def make_many(seed, make_login, make_update, accounts):
    """Random logins and updates of three days, of few people, apps and resources, so that stories arise."""
    random_ = random.Random(seed)
    for _ in range(60):
        at = NOW - timedelta(minutes=random_.randrange(3 * 24 * 60), microseconds=random_.randrange(1, 10**6))
        make_login(
            account=random_.choice(accounts),
            created_at=at,
            allowed=random_.choice([True, False, False, None]),
            user_email=random_.choice(["ada@x.example", "Ada@x.example", "xada@x.example", "bob@x.example", ""]),
            app_uid=random_.choice(["a", "b"]),
            connection=random_.choice(["okta", "azureAD"]),
        )
    for _ in range(15):
        number = random_.randrange(4)
        make_update(
            account=random_.choice(accounts),
            logged_at=NOW - timedelta(minutes=random_.randrange(3 * 24 * 60)),
            status=random_.choice(["FAILURE", "ERROR", "SUCCESS"]),
            cf_resource_id=f"cf-{number}",
            idp_resource_id=f"idp-{number}",
        )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("query", QUERIES)
def test_number_matches_linked_rows(query, seed, both_known, make_login, make_update, account, tiles, number_at):
    make_many(seed, make_login, make_update, [account])
    for label, tile in tiles(query).items():
        assert number_at(tile.href) == tile.number, label


def test_account_number_matches_linked_rows(
    both_known, make_login, make_update, account, other_account, tiles, number_at
):
    make_many(7, make_login, make_update, [account, other_account])
    both, one, other = (tiles(query) for query in ("", f"?account={account.account_id}", f"?not.account={'f' * 32}"))
    for label in LABELS:
        assert number_at(one[label].href) == one[label].number == other[label].number <= both[label].number, label


def make_page_load(make_login, hours=0.5, **values):
    """One attempt: a page that loads thirty files within a second."""
    for number in range(30):
        at = NOW.replace(microsecond=number) - timedelta(hours=hours)
        make_login(created_at=at, app_domain=f"wiki.example/{number}.js", **values)


def test_a_page_load_is_one_denial(both_known, make_login, overview, number_at):
    make_page_load(make_login)
    make_page_load(make_login, hours=30)
    response = overview()
    shown = response.context["overview"]
    [denied, people, *_] = shown.tiles
    assert (denied.number, denied.beside, denied.change, people.number) == (1, "attempt (30 rows)", 0, 1)
    assert number_at(denied.href) == 30
    text = page_of(response).text
    assert "1 attempt (30 rows)" in text
    assert "Denied logins 30" not in text
    [app] = shown.apps.rows
    assert (app.now, app.rows, app.before, app.rows_before, [bar.count for bar in app.bars]) == (1, 30, 1, 30, [1])
    assert (number_at(app.now_href), number_at(app.before_href)) == (30, 30)
    assert [table.rows[0].now for table in shown.changes[:2]] == [1, 1]
    assert sum(number or 0 for bar in shown.chart.bars for number in bar.numbers) == 1
    # Since they were last let in, which they never were.
    assert [(row.tries, row.rows) for row in shown.never_had_access.rows] == [(2, 60)]


def test_attempts_of_many_rows_are_read_from_hours(both_known, make_login, tiles, monkeypatch):
    make_page_load(make_login)
    make_page_load(make_login, hours=3)
    make_login(created_at=NOW - timedelta(hours=3), user_email="bob@x.example")
    before = tiles("?range=7d")["Denied logins"].number
    monkeypatch.setattr("logsync.derived.counts.MOST_ROWS", 0)
    for query in ("", "?range=7d", "?range=1h", "?range=all", "?since=2026-11-19T10:30:00Z&until=2026-11-19T11:06:12Z"):
        rows = {"?range=1h": 1}.get(query, 0 if "since" in query else 3)
        assert tiles(query)["Denied logins"].number == rows, query
    assert before == 3


def test_others_than_people_are_counted_apart(both_known, make_login, overview, tiles, number_at):
    make_login(connection="nonidentity")
    make_login(user_email="", connection="")
    make_login(user_email="warp_connector@x.cloudflareaccess.com")
    make_login(action="logout")
    response = overview()
    assert [tile.number for tile in response.context["overview"].tiles[:3]] == [0, 0, 0]
    assert response.context["overview"].headline.title == "No person was denied in the last 24 hours."
    words = "3 denied rows of services or without an e-mail address, counted in none of these numbers."
    assert words in page_of(response).text
    assert number_at(response.context["overview"].others_href) == 3


@pytest.mark.parametrize(("query", "is_now"), [("", False), ("?until=2026-11-19T13:30:00Z", True)])
def test_lockouts_of_past_range_are_said_to_be_now(query, is_now, both_known, make_login, overview):
    make_login(created_at=NOW - 2 * DAY, allowed=True)
    make_login()
    response = overview(query)
    shown = response.context["overview"]
    assert shown.tiles[2].words.endswith(", as of now") is is_now
    assert ("had access, denied since, as of now" in page_of(response).text) is is_now
    past, now = "1 person denied until 13:30 UTC, at Grafana.", "1 person is still locked out, at Grafana."
    assert strip_tags(shown.headline.title) == (past if is_now else now)


def test_failing_resources_are_as_of_the_range(both_known, make_update, tiles):
    make_update()
    words = tiles("?until=2026-11-19T13:30:00Z")["SCIM resources failing"].words
    assert words.endswith(", as of 13:30 UTC")


@pytest.mark.parametrize(
    ("before", "is_in_range", "is_before"),
    [
        (MOMENT, True, False),
        (DAY, True, False),
        (DAY + MOMENT, False, True),
        (2 * DAY, False, True),
        (2 * DAY + MOMENT, False, False),
    ],
    ids=["now", "first-moment", "just-before", "first-moment-before", "older"],
)
def test_row_counts_in_one_period(before, is_in_range, is_before, both_known, make_login, tiles):
    make_login(created_at=NOW - 20 * DAY, allowed=True)
    make_login(created_at=NOW - before)
    shown = tiles()
    for label in LABELS[:3]:
        tile = shown[label]
        assert (tile.number, tile.change) == (int(is_in_range), int(is_in_range) - int(is_before)), label


def test_failed_requests_are_compared_with_before(both_known, make_update, tiles):
    for hours in (1, 2, 30):
        make_update(logged_at=NOW - timedelta(hours=hours))
    tile = tiles()["SCIM resources failing"]
    assert (tile.number, tile.words) == (1, "2 failed requests, 1 the day before")


@pytest.mark.parametrize("query", ["", "?range=1h", "?range=7d"])
def test_unknown_previous_period_is_stated(query, make_stream, cover, okta, tiles):
    for log, idp_id in ((Log.ACCESS_REQUESTS, ""), (Log.SCIM_UPDATES, okta.idp_id)):
        cover(make_stream(log, idp_id, succeeded_at=NOW), NOW - timedelta(minutes=90), NOW)
    for label, tile in tiles(query).items():
        assert tile.change is None, label
        assert "nothing to compare with" in tile.words, label


def test_each_log_has_own_coverage(all_logins_known, tiles):
    found = tiles()
    assert found["Denied logins"].change == 0
    assert "nothing to compare with" in found["SCIM resources failing"].words


def test_hole_makes_previous_period_unknown(make_stream, cover, tiles):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - 3 * DAY, NOW - 1.5 * DAY)
    cover(stream, NOW - 1.4 * DAY, NOW)
    assert tiles()["Denied logins"].change is None
    assert tiles("?range=1h")["Denied logins"].change == 0


def test_all_time_has_no_previous_period(both_known, make_login, tiles):
    make_login()
    tile = tiles("?range=all")["Denied logins"]
    assert (tile.number, tile.change, tile.words) == (1, None, "nothing to compare with")


def test_earlier_lockouts_ignore_later_success(both_known, make_login, tiles):
    make_login(created_at=NOW - 20 * DAY, allowed=True)
    make_login(created_at=NOW - timedelta(hours=30))
    make_login(created_at=NOW - timedelta(hours=2), allowed=True)
    make_login(created_at=NOW - timedelta(hours=30), user_email="new@x.example")
    make_login(created_at=NOW - timedelta(hours=2), user_email="new@x.example", allowed=True)
    tile = tiles()["People still locked out"]
    assert (tile.number, tile.change) == (0, -1)


def test_person_at_several_apps_counts_once(both_known, make_login, tiles):
    for app_uid in ("a", "b"):
        make_login(app_uid=app_uid, created_at=NOW - 20 * DAY, allowed=True)
        make_login(app_uid=app_uid)
    found = tiles()
    assert found["People denied"].number == found["People still locked out"].number == 1
    assert found["People still locked out"].words == "0, at 2 apps"


def test_ignored_problem_counts_no_failures(both_known, make_update, tiles, number_at):
    update = make_update()
    update.problem.is_ignored = True
    update.problem.save()
    tile = tiles()["SCIM resources failing"]
    assert tile.number == number_at(tile.href) == 0


def test_long_range_skips_previous_lockouts(make_stream, cover, make_login, tiles):
    cover(make_stream(succeeded_at=NOW, backfill_since=NOW - 90 * DAY), NOW - 70 * DAY, NOW)
    make_login(created_at=NOW - 40 * DAY)
    found = tiles("?range=30d")
    assert (found["People denied"].change, found["People still locked out"].change) == (-1, None)
    assert found["People still locked out"].words == "not compared over so long a range"
    assert tiles("?range=7d")["People still locked out"].change == 0


@pytest.mark.parametrize("query", ["", "?range=15m"])
def test_provisional_zero_is_none_so_far(query, make_stream, cover, tiles):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - 3 * DAY, NOW - timedelta(minutes=15))
    cover(stream, NOW - timedelta(minutes=15), NOW, is_settled=False)
    assert tiles(query)["Denied logins"].shown == "none so far"


def test_zero_of_unread_time_is_unknown(make_stream, tiles):
    make_stream()
    found = tiles()
    assert found["Denied logins"].shown == "not known"
    assert found["SCIM resources failing"].shown == "not known"
    assert found["SCIM resources failing"].words.startswith("failed requests: not known")


def test_partly_known_range_is_not_compared(make_stream, make_login, cover, tiles):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - 3 * DAY, NOW - timedelta(hours=5))
    make_login(created_at=NOW - timedelta(hours=30))
    tile = tiles()["Denied logins"]
    assert (tile.shown, tile.words, tile.change) == ("none known", "1 the day before", None)
