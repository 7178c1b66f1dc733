"""An empty list says why it is empty: nothing there, not read yet, never asked for, no longer there, or hidden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from logsync.coverage import ask_for
from logsync.ingest.retention import forget_before
from logsync.models import Log
from logsync.spans import Span
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, rows_in


@pytest.fixture
def empty(signed_in):
    """Why the list at an address is empty, as its title, its words, and what its ways out say."""

    def why(address):
        response = signed_in.get(address)
        empty = response.context["empty"]
        page = page_of(response)
        assert empty.title in page.text
        assert empty.words in page.text
        return empty.title, empty.words, [way.words for way in empty.ways]

    return why


# A real zero


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/logins/", "No denied logins in this range"),
        ("/logins/?allowed=any", "No logins in this range"),
        ("/logins/by-app/", "No failed logins in this range"),
        ("/logins/?user_email=nobody", "No denied logins in this range"),
    ],
)
def test_fully_synced_list_is_really_empty(address, title, all_logins_known, empty):
    assert empty(address) == (
        title,
        "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC. So there were none.",
        [],
    )


def test_fully_synced_updates_are_really_empty(all_updates_known, empty):
    title, words, _ = empty("/scim/")
    assert title == "No failed SCIM updates in this range"
    assert words.endswith("So there were none.")


def test_zero_denials_link_to_allowed(all_logins_known, make_login, empty):
    make_login(allowed=True)
    make_login(allowed=None)
    title, words, ways = empty("/logins/")
    assert title == "No denied logins in this range"
    assert words.endswith("So there were none.")
    assert ways == ["Remove Result filter (2 rows)"]


def test_single_row_is_singular(all_logins_known, make_login, empty):
    make_login(allowed=True)
    assert empty("/logins/")[2] == ["Remove Result filter (1 row)"]


# Not known


@pytest.mark.parametrize("address", ["/logins/", "/logins/by-app/", "/scim/"])
def test_missing_stream_is_not_synced_yet(address, account, empty):
    assert empty(address) == (
        "Not synced yet",
        "No log has been synced yet, so nothing is known. There may be some that Gatehouse doesn’t have.",
        ["Open Sync"],
    )


def test_unread_range_is_not_synced_yet(make_stream, empty):
    make_stream()
    title, words, ways = empty("/logins/")
    assert (title, ways) == ("Not synced yet", ["Open Sync"])
    assert words == ("This range has not been synced yet. There may be some that Gatehouse doesn’t have.")


def test_expired_range_cannot_be_known(make_stream, cover, empty):
    stream = make_stream()
    cover(stream, NOW - timedelta(days=5), NOW)
    cover(stream, NOW - timedelta(days=30), NOW - timedelta(days=5), state="beyond")
    title, words, ways = empty("/logins/?since=2026-11-01&until=2026-11-02")
    assert title == "Nothing can be known about this time"
    assert words == (
        "This range is past Cloudflare’s reach: it sent no rows, and may no longer keep this time. "
        "Nobody can tell any more whether anything happened then."
    )
    assert ways == ["Show all synced time"]


@pytest.mark.parametrize("address", ["/logins/?until=2026-09-02", "/logins/?since=2026-09-01&until=2026-09-02"])
def test_range_before_backfill_was_never_requested(address, all_logins_known, empty):
    assert empty(address) == (
        "Never fetched",
        "This range was not requested. A backfill would fetch it.",
        ["Open Sync", "Show all synced time"],
    )


def test_requested_range_is_not_synced_yet(all_logins_known, empty):
    span = Span(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 2, tzinfo=UTC))
    ask_for(all_logins_known, span, again=False, asked_by="sam")
    assert empty("/logins/?since=2026-09-01&until=2026-09-02")[0] == "Not synced yet"


@pytest.mark.parametrize("part", ["beyond", "never asked"])
def test_partly_expired_range_may_be_read(part, make_stream, cover, empty):
    stream = make_stream(backfill_since=datetime(2026, 11, 1, 12 if part == "never asked" else 0, tzinfo=UTC))
    if part == "beyond":
        cover(stream, stream.backfill_since, stream.backfill_since + timedelta(hours=12), state="beyond")
    title, words, ways = empty("/logins/?since=2026-11-01&until=2026-11-02")
    assert (title, ways) == ("Not synced yet", ["Open Sync"])
    assert words.endswith("There may be some that Gatehouse doesn’t have.")


def test_expired_stream_is_told_apart(okta, make_stream, cover, empty):
    day = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    cover(make_stream(Log.SCIM_UPDATES, okta.idp_id), *day)
    cover(make_stream(Log.SCIM_UPDATES, "entra"), *day, state="beyond")
    title, words, _ = empty("/scim/?since=2026-11-01&until=2026-11-02")
    assert title == "Nothing found, but part of this range is unknown"
    assert "SCIM of Okta: complete. SCIM of entra: past Cloudflare’s reach." in words
    assert empty("/scim/?since=2026-11-01&until=2026-11-02&idp_id=entra")[0] == "Nothing can be known about this time"
    assert empty(f"/scim/?since=2026-11-01&until=2026-11-02&idp_id={okta.idp_id}")[0].startswith("No failed")


def test_failed_range_is_not_synced_yet(make_stream, cover, fail, empty):
    stream = make_stream()
    cover(stream, NOW - timedelta(days=5), NOW)
    fail(stream, NOW - timedelta(days=30), NOW - timedelta(days=5))
    assert empty("/logins/?since=2026-11-01&until=2026-11-02")[0] == "Not synced yet"


def test_unread_hole_is_not_expired(make_stream, cover, empty):
    cover(make_stream(), NOW - timedelta(days=5), NOW)
    assert empty("/logins/?since=2026-11-01&until=2026-11-02")[0] == "Not synced yet"


def test_link_shows_all_known_time(all_logins_known, make_login, signed_in):
    row = make_login()
    address = "/logins/?since=2026-08-02&until=2026-09-02&user_email=ada"
    everything = page_of(signed_in.get(address)).link("Show all synced time")
    response = follow(signed_in, "/logins/", everything)
    assert rows_in(response) == [row]
    assert response.wsgi_request.GET.dict() == {"user_email": "ada", "range": "all"}


@pytest.mark.parametrize(
    ("since", "until"),
    [(timedelta(hours=48), timedelta(hours=1)), (timedelta(hours=5), timedelta(0))],
    ids=["ends early", "begins late"],
)
def test_nothing_found_in_partly_unknown_range(since, until, make_stream, make_login, cover, empty):
    cover(make_stream(), NOW - since, NOW - until)
    make_login(created_at=NOW - timedelta(days=29))
    title, words, ways = empty("/logins/")
    assert title == "Nothing found, but part of this range is unknown"
    assert words.startswith("No denied logins in the time that is synced. Complete from ")
    assert words.endswith("There may be some that Gatehouse doesn’t have.")
    assert ways == ["Open Sync"]


def test_nothing_found_in_partly_expired_range(make_stream, cover, empty):
    stream = make_stream()
    cover(stream, NOW - timedelta(hours=20), NOW)
    cover(stream, NOW - timedelta(days=30), NOW - timedelta(hours=20), state="beyond")
    title, words, _ = empty("/logins/")
    assert title == "Nothing found, but part of this range is unknown"
    assert "so rows of it may be missing" in words


def test_unknown_part_and_filter_are_named(make_stream, make_login, cover, empty):
    cover(make_stream(), NOW - timedelta(hours=5), NOW)
    make_login()
    title, _, ways = empty("/logins/?user_email=nobody")
    assert title == "Nothing found, but part of this range is unknown"
    assert ways == ["Remove Person filter (1 row)", "Open Sync"]


def test_list_with_rows_is_not_empty(make_stream, make_login, cover, signed_in):
    cover(make_stream(), NOW - timedelta(hours=5), NOW)
    make_login()
    response = signed_in.get("/logins/")
    assert response.context["empty"] is None
    assert "Earlier time is not synced yet." in page_of(response).text


def test_deleted_time_is_told_apart(all_logins_known, make_login, empty):
    make_login(created_at=NOW - timedelta(days=25))
    forget_before(NOW - timedelta(days=20))
    title, words, ways = empty("/logins/?since=2026-10-25&until=2026-10-27")
    assert (title, ways) == ("Deleted from Gatehouse", ["Show all synced time"])
    assert words == "This range was deleted here: it is older than events are kept (KEEP_EVENTS_DAYS)."
    assert empty("/logins/?since=2026-10-01&until=2026-10-02")[0] == "Never fetched"
    title, words, _ = empty("/logins/?range=30d")
    assert title == "Nothing found, but part of this range is unknown"
    assert "Complete from 30 Oct 14:00 to 19 Nov 14:06 UTC. Earlier time was deleted here." in words


def test_nothing_so_far_is_no_zero(make_stream, cover, empty):
    stream = make_stream()
    cover(stream, NOW - timedelta(days=2), NOW - timedelta(minutes=15))
    cover(stream, NOW - timedelta(minutes=15), NOW - timedelta(seconds=30), is_settled=False)
    assert empty("/logins/?range=15m") == (
        "No denied logins so far",
        "Synced from 19 Nov 13:51 to 19 Nov 14:05 UTC; all of it may still change. Some may still arrive.",
        [],
    )
    assert empty("/logins/")[:2] == (
        "No denied logins so far",
        "Synced from 18 Nov 14:06 to 19 Nov 14:05 UTC; the last 15 minutes may still change. Some may still arrive.",
    )


@pytest.mark.parametrize("query", ["since=2026-11-20", "since=2026-11-20&until=2026-11-21"])
def test_future_has_not_happened_yet(query, all_logins_known, empty):
    title, words, ways = empty(f"/logins/?{query}")
    assert (title, words) == ("This has not happened yet", "The range starts in the future.")
    assert ways == ["Show the last 24 hours"]


# Hidden by a filter


def test_hiding_filter_is_named_with_count(all_logins_known, make_login, empty):
    for _ in range(3):
        make_login(country="DE", app_name="Jira")
    make_login(country="NL", app_name="Vault")
    title, words, ways = empty("/logins/?country=NL&app_name=Jira")
    assert title == "Hidden by a filter"
    assert words.endswith("Nothing matches all filters together.")
    assert ways == ["Remove App name filter (1 row)", "Remove Country filter (3 rows)"]


def test_each_suggestion_finds_stated_rows(all_logins_known, make_login, signed_in):
    for allowed in (False, True, True):
        make_login(country="DE", allowed=allowed)
    make_login(country="NL", allowed=True)
    address = "/logins/?country=NL&sort=ray_id"
    ways = signed_in.get(address).context["empty"].ways
    counts = {way.words: len(rows_in(follow(signed_in, "/logins/", way.href))) for way in ways}
    assert counts == {"Remove Result filter (1 row)": 1, "Remove Country filter (1 row)": 1}


def test_jointly_hiding_filters_are_lifted_together(all_logins_known, make_login, signed_in):
    row = make_login(country="DE", app_name="Jira", allowed=True)
    response = signed_in.get("/logins/?country=NL&app_name=Vault")
    empty = response.context["empty"]
    assert empty.title == "Hidden by a filter"
    assert [way.words for way in empty.ways] == ["Remove all filters (1 row)"]
    assert rows_in(follow(signed_in, "/logins/", empty.ways[0].href)) == [row]


def test_chosen_default_counts_as_filter(all_logins_known, make_login, empty):
    make_login(allowed=False)
    assert empty("/logins/?allowed=true") == (
        "Hidden by a filter",
        "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC. Nothing matches all filters together.",
        ["Remove Result filter (1 row)"],
    )


def test_hidden_updates_are_counted_too(all_updates_known, make_update, empty):
    make_update(request_method="POST")
    make_update(request_method="PATCH", status="SUCCESS")
    _, _, ways = empty("/scim/?request_method=PATCH")
    assert ways == ["Remove Status filter (1 row)", "Remove Method filter (1 row)"]


def test_list_of_groups_counts_no_rows(all_logins_known, make_login, empty):
    make_login(country="DE")
    make_login(country="NL", allowed=True)
    assert empty("/logins/by-app/?country=NL")[2] == ["Remove Country filter"]


def test_hidden_allowed_logins_are_no_failures(all_logins_known, make_login, empty):
    make_login(allowed=True)
    assert empty("/logins/by-app/?country=DE")[0] == "No failed logins in this range"


def test_hidden_rows_are_counted_to_cap(all_logins_known, make_login, empty, monkeypatch):
    monkeypatch.setattr("dashboard.lists.paging.COUNT_CAP", 2)
    for _ in range(3):
        make_login()
    assert empty("/logins/?country=DE")[2] == ["Remove Country filter (2+ rows)"]


def test_invalid_query_is_not_called_empty(all_logins_known, signed_in):
    response = signed_in.get("/logins/?contry=red")
    assert response.context["empty"] is None
    assert "So there were none" not in page_of(response).text
