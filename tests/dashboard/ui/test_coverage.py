"""One line says what is known of a range, in the same words everywhere."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from dashboard.ui.coverage import is_known, line_for
from dashboard.ui.timerange import TimeRange
from dashboard.ui.viewer import Viewer
from logsync.coverage import Span, coverage_of
from logsync.models import Account, Log, Stream
from tests.conftest import NOW
from tests.dashboard.reading import page_of

DAY_AGO = NOW - timedelta(hours=24)


def at(hours: float, minutes: float = 0):
    """So long ago."""
    return NOW - timedelta(hours=hours, minutes=minutes)


@pytest.fixture
def line():
    """The line about the last 24 hours of every stream, or about another range."""

    def line(query="", viewer=None):
        return line_for(Stream.objects.all(), TimeRange.read(QueryDict(query), NOW), viewer or Viewer())

    return line


@pytest.fixture
def stream(make_stream, make_login):
    """The logins' stream, of which a row from long ago is known."""
    make_login(created_at=at(24 * 29), allowed=True)
    return make_stream()


def test_a_range_without_a_gap_is_complete(stream, cover, line):
    cover(stream, at(48), NOW)
    assert line().kind == "complete"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC."


def test_the_newest_minutes_are_provisional_and_still_complete(stream, cover, line):
    cover(stream, at(48), at(0, 15))
    cover(stream, at(0, 15), NOW, is_settled=False)
    assert line().kind == "complete"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 13:51 UTC, provisional since 19 Nov 13:51."


def test_the_time_between_two_rounds_is_no_gap(stream, cover, line):
    cover(stream, at(48), at(0, 4))
    assert line().kind == "complete"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 14:02 UTC."


def test_a_hole_is_named(stream, cover, line):
    cover(stream, at(48), at(11))
    cover(stream, at(10, 30), NOW)
    assert line().kind == "partial"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC, hole 19 Nov 03:06 to 19 Nov 03:36."


@pytest.mark.parametrize(
    ("holes", "words"), [(3, " to 19 Nov 13:06."), (4, ", and 1 more hole."), (6, ", and 3 more holes.")]
)
def test_many_holes_are_counted_after_the_third(holes, words, stream, cover, line):
    for hour in range(0, holes * 2, 2):
        cover(stream, at(hour + 1), at(hour))
    cover(stream, at(48), at(holes * 2))
    assert line().sentence.count("hole 19 Nov") == 3
    assert line().sentence.endswith(words)


def test_a_range_that_is_not_read_to_its_end_says_since_when(stream, cover, line):
    cover(stream, at(48), at(2))
    assert line().kind == "partial"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 12:06 UTC. Not synced since 19 Nov 12:06."


def test_a_range_that_is_not_read_from_its_beginning_says_so(stream, cover, line):
    cover(stream, at(5), NOW)
    assert line().kind == "partial"
    assert line().sentence == "Complete from 19 Nov 09:06 to 19 Nov 14:06 UTC. What came before is not synced."


def test_what_is_only_provisional_is_known_and_not_complete(stream, cover, line):
    cover(stream, at(1), NOW, is_settled=False)
    assert line().kind == "partial"
    assert line().sentence == (
        "Known from 19 Nov 13:06 UTC, provisional since 19 Nov 13:06. What came before is not synced."
    )


def test_time_before_the_first_row_is_no_proof_of_quiet(make_stream, make_login, cover, line):
    make_login(created_at=at(6))
    cover(make_stream(), at(48), NOW)
    assert line().kind == "partial"
    assert line().sentence == (
        "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC. Cloudflare sent no row from before 19 Nov 08:06; "
        "it may keep no older ones, so that is no proof of quiet."
    )


def test_a_log_without_any_row_proves_nothing(make_stream, cover, line):
    cover(make_stream(), at(48), NOW)
    assert line().kind == "partial"
    assert "no proof of quiet" in line().sentence


def test_nothing_is_known_of_a_range_that_was_not_read(stream, cover, line):
    cover(stream, at(48), at(30))
    assert line().kind == "unknown"
    assert line().sentence == "Nothing of this range has been synced, so nothing is known of it."


def test_why_nothing_could_be_read_is_said_once(make_stream, line):
    for idp in ("okta", "entra"):
        make_stream(Log.SCIM_UPDATES, idp, error="Give the token the permission “Access: SCIM Logs Read”.")
    make_stream(Log.SCIM_UPDATES, "ping")
    assert line().sentence == (
        "Nothing of this range has been synced, so nothing is known of it. "
        "Give the token the permission “Access: SCIM Logs Read”."
    )


def test_nothing_is_known_without_a_stream(account, line):
    assert line().kind == "unknown"
    assert line().sentence == "No log has been synced yet, so nothing is known."


def test_a_range_in_the_future_is_not_known(stream, cover, line):
    cover(stream, at(48), NOW)
    assert line("since=2026-11-20").kind == "unknown"


def test_a_range_is_judged_up_to_now_where_it_ends_later(stream, cover, line):
    cover(stream, at(48), NOW)
    assert line("since=2026-11-19&until=2026-11-21").kind == "complete"


def test_all_time_begins_where_the_backfill_does(stream, cover, line):
    cover(stream, at(24 * 30), NOW)
    assert line("range=all").sentence.startswith("Complete from 20 Oct 14:06 to 19 Nov 14:06 UTC.")
    assert line("range=all").kind == "partial"  # the first row came a day later
    assert line("since=2026-10-22").kind == "complete"


def test_only_what_every_stream_has_read_is_known(stream, make_stream, make_update, cover, line):
    make_update(idp_id="okta", logged_at=at(24 * 29))
    cover(stream, at(48), NOW)
    cover(make_stream(Log.SCIM_UPDATES, "okta"), at(48), at(3))
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 11:06 UTC. Not synced since 19 Nov 11:06."


def test_times_are_on_the_clock_that_comes_first(stream, cover, line):
    cover(stream, at(48), at(2))
    berlin = Viewer(zone=ZoneInfo("Europe/Berlin"), clock="local")
    assert line(viewer=berlin).sentence == (
        "Complete from 18 Nov 15:06 to 19 Nov 13:06 Berlin. Not synced since 19 Nov 13:06."
    )
    assert line(viewer=Viewer(zone=ZoneInfo("Europe/Berlin"))).sentence.startswith("Complete from 18 Nov 14:06")


@pytest.mark.parametrize(
    ("read", "oldest_row", "known"),
    [
        ((48, 0), 48, True),
        ((48, 0), 24, True),
        ((48, 0), 23, False),  # an empty answer from before the first row proves nothing
        ((48, 1), 48, False),
        ((23, 0), 48, False),
    ],
)
def test_a_time_is_known_if_all_of_it_was_read_and_rows_prove_it(
    read, oldest_row, known, make_stream, make_login, cover
):
    make_login(created_at=at(oldest_row))
    cover(make_stream(), at(read[0]), at(read[1]))
    assert is_known(coverage_of(Stream.objects.all(), Span(DAY_AGO, NOW))) is known


def test_no_time_is_known_without_a_stream(db):
    assert is_known(coverage_of([], Span(DAY_AGO, NOW))) is False


# On the pages


@pytest.mark.parametrize("path", ["/logins/", "/logins/by-app/", "/logins/?user_email=nobody", "/logins/?range=5y"])
def test_every_page_of_logins_carries_the_line(path, stream, cover, signed_in):
    cover(stream, at(48), at(2))
    page = page_of(signed_in.get(path))
    assert "Complete from 18 Nov 14:06 to 19 Nov 12:06 UTC. Not synced since 19 Nov 12:06." in page.text


def test_a_list_depends_on_its_own_log_alone(stream, okta, make_stream, cover, signed_in):
    make_stream(Log.SCIM_UPDATES, okta.idp_id)
    cover(stream, at(48), NOW)
    assert signed_in.get("/logins/").context["line"].kind == "complete"
    assert signed_in.get("/scim/").context["line"].kind == "unknown"


def test_filters_that_choose_among_streams_choose_the_line_too(make_stream, make_update, cover, signed_in, account):
    make_update(idp_id="okta", logged_at=at(24 * 29))
    cover(make_stream(Log.SCIM_UPDATES, "okta"), at(48), NOW)
    make_stream(Log.SCIM_UPDATES, "entra")
    other = Account.objects.create(account_id="1" * 32)
    Stream.objects.create(account=other, log=Log.SCIM_UPDATES, idp_id="okta", backfill_since=at(24))
    chosen = f"account={account.account_id}&idp_id=okta"
    kinds = {
        query: signed_in.get(f"/scim/?{query}").context["line"].kind
        for query in ("", "idp_id=okta", f"account={account.account_id}", chosen)
    }
    assert [query for query, kind in kinds.items() if kind == "complete"] == [chosen]


def test_a_provider_that_no_longer_sends_scim_leaves_no_gap(all_updates_known, make_stream, signed_in):
    make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert signed_in.get("/scim/").context["line"].kind == "complete"
    make_stream(Log.SCIM_UPDATES, "new")
    assert signed_in.get("/scim/").context["line"].kind == "unknown"


def test_a_range_that_nothing_is_known_of_says_what_the_stream_needs(make_stream, line):
    make_stream(error="Give the token the permission “Access: Audit Logs Read”.")
    assert line().sentence.endswith("nothing is known of it. Give the token the permission “Access: Audit Logs Read”.")
