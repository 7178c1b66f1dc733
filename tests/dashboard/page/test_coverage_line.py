"""One line says what is known of a range, in the same words everywhere."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from dashboard.page.coverage_line import line_for
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from logsync.coverage import ask_for, coverage_of, coverage_of_stream
from logsync.models import Account, IdentityProvider, Log, Stream
from logsync.spans import Span, length, merge
from tests.conftest import NOW
from tests.dashboard.reading import lines_of, page_of, text_of

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
def stream(make_stream):
    """The logins' stream."""
    return make_stream()


def test_range_without_gap_is_complete(stream, cover, line):
    cover(stream, at(48), NOW)
    assert line().kind == "complete"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC."


def test_provisional_minutes_are_never_complete(stream, cover, line):
    cover(stream, at(48), at(0, 15))
    cover(stream, at(0, 15), NOW, is_settled=False)
    assert line().kind == "provisional"
    assert line().sentence == ("Synced from 18 Nov 14:06 to 19 Nov 14:06 UTC; the last 15 minutes may still change.")


def test_range_with_row_set_aside_is_partial(stream, cover, line):
    cover(stream, at(48), NOW)
    stream.set_aside_rows.create(key=uuid4(), received_at=NOW, since=at(30), until=at(23), reason="It is a list.")
    stream.note(set_aside=1)
    assert line().kind == "partial"
    assert "1 row couldn’t be read" in line().sentence
    assert line("range=1h").kind == "complete"


def test_time_between_rounds_may_change(stream, cover, line):
    cover(stream, at(48), at(0, 10))
    assert line().kind == "provisional"
    assert line().sentence == ("Synced from 18 Nov 14:06 to 19 Nov 13:56 UTC; the last 10 minutes may still change.")


def test_range_in_the_past_is_complete(stream, cover, line):
    cover(stream, at(48), at(0, 15))
    cover(stream, at(0, 15), NOW, is_settled=False)
    assert line("since=2026-11-18T12:00:00Z&until=2026-11-19T12:00:00Z").kind == "complete"
    just_past = line("since=2026-11-19T12:00:00Z&until=2026-11-19T14:00:00Z")
    assert just_past.kind == "provisional"
    assert just_past.sentence.endswith("; the last 9 minutes of this range may still change.")


def test_a_hole_is_named(stream, cover, line):
    cover(stream, at(48), at(11))
    cover(stream, at(10, 30), NOW)
    assert line().kind == "partial"
    assert line().sentence == (
        "Synced from 18 Nov 14:06 to 19 Nov 14:06 UTC, except 19 Nov 03:06 to 03:36 (not synced yet)."
    )


@pytest.mark.parametrize(
    ("holes", "words"), [(3, " to 13:06 (not synced yet)."), (4, ", and 1 more hole."), (6, ", and 3 more holes.")]
)
def test_holes_after_third_are_counted(holes, words, stream, cover, line):
    for hour in range(0, holes * 2, 2):
        cover(stream, at(hour + 1), at(hour))
    cover(stream, at(48), at(holes * 2))
    assert line().sentence.count("(not synced yet)") == 3
    assert line().sentence.endswith(words)


def test_unread_end_says_since_when(stream, cover, line):
    cover(stream, at(48), at(2))
    assert line().kind == "partial"
    assert line().sentence == "Complete from 18 Nov 14:06 to 19 Nov 12:06 UTC. Not synced since 19 Nov 12:06."


def test_unread_beginning_is_stated(stream, cover, line):
    cover(stream, at(5), NOW)
    assert line().kind == "partial"
    assert line().sentence == "Complete from 19 Nov 09:06 to 19 Nov 14:06 UTC. Earlier time is not synced yet."


def test_beginning_is_past_retention(stream, cover, line):
    cover(stream, at(5), NOW)
    cover(stream, at(48), at(5), state="beyond")
    assert line().kind == "partial"
    assert line().sentence == (
        "Complete from 19 Nov 09:06 to 19 Nov 14:06 UTC. "
        "Earlier time is past Cloudflare’s reach, so rows of it may be missing."
    )


def test_beginning_could_not_be_read(stream, cover, fail, line):
    cover(stream, at(5), NOW)
    fail(stream, at(30), at(6))
    cover(stream, at(48), at(30), state="beyond")
    assert line().kind == "partial"
    assert line().sentence.endswith(" UTC. Earlier time could not be read: Cloudflare answered 500.")


def test_beginning_was_never_requested(make_stream, cover, line):
    cover(make_stream(backfill_since=at(5)), at(5), NOW)
    assert line().kind == "partial"
    assert line().sentence.endswith(" UTC. Earlier time was not requested.")


def test_requested_beginning_is_not_synced_yet(make_stream, cover, line):
    stream = make_stream(backfill_since=at(5))
    cover(stream, at(5), NOW)
    ask_for(stream, Span(at(48), at(5)), again=False, asked_by="sam")
    assert line().sentence.endswith(" UTC. Earlier time is not synced yet.")


def test_provisional_range_is_known_but_incomplete(stream, cover, line):
    cover(stream, at(1), NOW, is_settled=False)
    assert line().kind == "partial"
    assert line().sentence == (
        "Synced from 19 Nov 13:06 to 19 Nov 14:06 UTC; 19 Nov 13:06 to 14:06 may still change. "
        "Earlier time is not synced yet."
    )


def test_failed_hole_says_so(stream, cover, fail, line):
    cover(stream, at(48), at(11))
    cover(stream, at(10, 30), NOW)
    fail(stream, at(11), at(10, 30))
    assert line().kind == "partial"
    assert line().sentence.endswith(", except 19 Nov 03:06 to 03:36 (could not be read: Cloudflare answered 500).")


def test_expired_hole_says_so(stream, cover, line):
    cover(stream, at(48), at(11))
    cover(stream, at(11), at(10, 30), state="beyond")
    cover(stream, at(10, 30), NOW)
    assert line().kind == "partial"
    assert line().sentence.endswith(", except 19 Nov 03:06 to 03:36 (past Cloudflare’s reach).")


def test_every_moment_has_one_state(stream, cover, fail):
    cover(stream, at(20), at(16), state="beyond")
    cover(stream, at(16), at(12))
    cover(stream, at(8), at(4), is_settled=False)
    fail(stream, at(12), at(8))
    stream.backfill_since = at(22)
    stream.save()
    asked = Span(DAY_AGO, NOW)
    found = coverage_of_stream(stream, asked)
    assert found.beyond == [Span(at(20), at(16))]
    assert found.settled == [Span(at(16), at(12))]
    assert found.failed == [Span(at(12), at(8))]
    assert found.provisional == [Span(at(8), at(4))]
    assert found.never_asked == [Span(DAY_AGO, at(22))]
    assert found.waiting == [Span(at(22), at(20)), Span(at(4), NOW)]
    lists = [found.settled, found.provisional, found.failed, found.waiting, found.beyond, found.never_asked]
    assert merge(span for spans in lists for span in spans) == [asked]
    assert sum((length(spans) for spans in lists), timedelta()) == asked.length


def test_a_hole_names_its_stream(make_stream, okta, cover, fail, line):
    entra = make_stream(Log.SCIM_UPDATES, "entra")
    cover(make_stream(Log.SCIM_UPDATES, okta.idp_id), at(48), NOW)
    cover(entra, at(48), at(5))
    cover(entra, at(4), NOW)
    fail(entra, at(5), at(4))
    assert line().kind == "partial"
    assert line().sentence == (
        "SCIM of Okta: complete. "
        "SCIM of entra: hole 19 Nov 09:06 to 10:06 (could not be read: Cloudflare answered 500) (UTC)."
    )


def test_unread_range_is_unknown(stream, cover, line):
    cover(stream, at(48), at(30))
    assert line().kind == "unknown"
    assert line().sentence == "This range has not been synced yet."


def test_equal_reasons_are_stated_once(make_stream, line):
    for idp in ("okta", "entra"):
        make_stream(Log.SCIM_UPDATES, idp, error="Give the token the permission “Access: SCIM Logs Read”.")
    make_stream(Log.SCIM_UPDATES, "ping")
    assert line().sentence == (
        "This range has not been synced yet. Give the token the permission “Access: SCIM Logs Read”."
    )


def test_nothing_is_known_without_a_stream(account, line):
    assert line().kind == "unknown"
    assert line().sentence == "No log has been synced yet, so nothing is known."


def test_future_range_is_unknown(stream, cover, line):
    cover(stream, at(48), NOW)
    assert line("since=2026-11-20").kind == "unknown"
    assert line("since=2026-11-20").sentence == "This range has not happened yet."


def test_future_end_is_judged_until_now(stream, cover, line):
    cover(stream, at(48), NOW)
    assert line("since=2026-11-19&until=2026-11-21").kind == "complete"


def test_all_time_starts_with_backfill(stream, cover, line):
    cover(stream, at(24 * 30), NOW)
    assert line("range=all").sentence == "Complete from 20 Oct 14:06 to 19 Nov 14:06 UTC."
    assert line("range=all").kind == "complete"
    assert line("since=2026-10-22").kind == "complete"


def test_all_time_starts_with_requested_range(stream, cover, line):
    cover(stream, at(24 * 30), NOW)
    ask_for(stream, Span(at(24 * 40), at(24 * 35)), again=False, asked_by="sam")
    assert line("range=all").kind == "partial"
    assert line("range=all").coverage.asked.since == at(24 * 40)
    assert line("range=all").sentence.endswith(" UTC. Earlier time is not synced yet.")


def test_each_log_has_own_words(stream, make_stream, cover, line):
    cover(stream, at(48), NOW)
    cover(make_stream(Log.SCIM_UPDATES, "okta"), at(48), at(3))
    assert line().sentence == "Logins: complete. SCIM: not synced since 19 Nov 11:06 (UTC)."


def test_times_follow_viewers_first_clock(stream, cover, line):
    cover(stream, at(48), at(2))
    berlin = Viewer(zone=ZoneInfo("Europe/Berlin"), clock="local")
    assert line(viewer=berlin).sentence == (
        "Complete from 18 Nov 15:06 to 19 Nov 13:06 Berlin. Not synced since 19 Nov 13:06."
    )
    assert line(viewer=Viewer(zone=ZoneInfo("Europe/Berlin"))).sentence.startswith("Complete from 18 Nov 14:06")


@pytest.mark.parametrize(
    ("read", "beyond", "known"),
    [
        ((48, 0), None, True),
        ((24, 0), (48, 24), True),
        ((23, 0), (48, 23), False),  # an empty answer for what Cloudflare no longer has proves nothing
        ((48, 1), None, False),
        ((23, 0), None, False),
    ],
)
def test_time_is_known_when_fully_read(read, beyond, known, make_stream, cover):
    stream = make_stream()
    cover(stream, at(read[0]), at(read[1]))
    if beyond:
        cover(stream, at(beyond[0]), at(beyond[1]), state="beyond")
    assert coverage_of(Stream.objects.all(), Span(DAY_AGO, NOW)).is_known() is known


# On the pages


@pytest.mark.parametrize("path", ["/logins/", "/logins/by-app/", "/logins/?user_email=nobody", "/logins/?range=5y"])
def test_every_login_page_has_coverage_line(path, stream, cover, signed_in):
    cover(stream, at(48), at(2))
    page = page_of(signed_in.get(path))
    assert "Complete from 18 Nov 14:06 to 19 Nov 12:06 UTC. Not synced since 19 Nov 12:06." in page.text


def test_list_depends_on_own_log_only(stream, okta, make_stream, cover, signed_in):
    make_stream(Log.SCIM_UPDATES, okta.idp_id)
    cover(stream, at(48), NOW)
    assert signed_in.get("/logins/").context["line"].kind == "complete"
    assert signed_in.get("/scim/").context["line"].kind == "unknown"


def test_stream_filters_limit_coverage(make_stream, make_update, cover, signed_in, account):
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


def test_inactive_provider_leaves_no_gap(all_updates_known, make_stream, signed_in):
    make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert signed_in.get("/scim/").context["line"].kind == "complete"
    make_stream(Log.SCIM_UPDATES, "new")
    assert (
        signed_in.get("/scim/").context["line"].sentence == "SCIM of Okta: complete. SCIM of new: nothing synced yet."
    )


def test_unknown_range_says_what_stream_needs(make_stream, line):
    make_stream(error="Give the token the permission “Access: Audit Logs Read”.")
    assert line().sentence.endswith("could not be read. Give the token the permission “Access: Audit Logs Read”.")


def test_refused_account_hides_no_other(make_stream, other_account, cover, okta, make_update, signed_in):
    cover(make_stream(Log.SCIM_UPDATES, okta.idp_id), at(48), NOW)
    refused = Stream.objects.create(
        account=other_account, log=Log.SCIM_UPDATES, idp_id="entra", backfill_since=at(48), needs_person=True,
        error="Give the token the permission “Access: SCIM Logs Read”.", error_since=at(5),
    )  # fmt: skip
    make_update()
    words = "Meridian: complete. Zenith, SCIM: not readable since 19 Nov 09:06 UTC (permission)."
    for path in ("/scim/", "/scim/problems/"):
        page = page_of(signed_in.get(path))
        assert words in page.text
        assert "Each log" in page.text
        assert "Zenith, SCIM: This range could not be read: not readable since 19 Nov 09:06 UTC." in page.text
    assert signed_in.get("/scim/?idp_id=entra").context["line"].kind == "unknown"
    assert signed_in.get(f"/scim/?account={refused.account.account_id}").context["line"].kind == "unknown"


def test_sixty_accounts_are_one_line(sixty_accounts, signed_in):
    page = page_of(signed_in.get("/logins/"))
    assert "57 of 60 accounts complete; 3 with gaps: Company 07, Company 21, Company 42." in page.text
    assert "Company 07, logins: This range has not been synced yet." in page.text


def test_equal_names_are_told_apart(account, other_account, make_stream, cover, line):
    other_account.name = account.name
    other_account.save()
    cover(make_stream(), at(48), NOW)
    Stream.objects.create(account=other_account, log=Log.ACCESS_REQUESTS, backfill_since=at(48))
    assert line().sentence == "Meridian (01234567): complete. Meridian (ffffffff), logins: nothing synced yet."


def test_equal_providers_are_told_apart(account, make_stream, cover, line):
    for idp_id in ("11111111-aaaa", "22222222-bbbb"):
        IdentityProvider.objects.create(account=account, idp_id=idp_id, name="Azure AD")
    cover(make_stream(Log.SCIM_UPDATES, "11111111-aaaa"), at(48), NOW)
    make_stream(Log.SCIM_UPDATES, "22222222-bbbb")
    assert line().sentence == "SCIM of Azure AD (11111111): complete. SCIM of Azure AD (22222222): nothing synced yet."


# An account without SCIM


@pytest.fixture
def google(account):
    """An identity provider that does not push."""
    return IdentityProvider.objects.create(account=account, idp_id="3e3f", name="Google Workspace")


@pytest.mark.parametrize("path", ["/scim/", "/scim/problems/", "/"])
def test_account_without_scim_is_told_so(path, google, all_logins_known, signed_in):
    words = "No identity provider of this account has SCIM turned on, so there is no SCIM log."
    assert words in page_of(signed_in.get(path)).text
    google.scim_enabled = True
    google.save()
    assert words not in page_of(signed_in.get(path)).text


@pytest.mark.parametrize("error", ["", "Give the token the permission."])
def test_unlisted_providers_prove_nothing(error, account, signed_in):
    Account.objects.update(providers_error=error)
    if error:
        IdentityProvider.objects.create(account=account, idp_id="3e3f", name="Google Workspace")
    assert "has SCIM turned on" not in page_of(signed_in.get("/scim/")).text


def test_other_account_without_scim_is_named(all_updates_known, other_account, signed_in):
    IdentityProvider.objects.create(account=other_account, idp_id="3e3f", name="Google Workspace")
    words = "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC. Zenith: no identity provider has SCIM turned on."
    assert signed_in.get("/scim/").context["line"].sentence == words
    chosen = signed_in.get(f"/scim/?account={other_account.account_id}").context
    assert chosen["line"].sentence.startswith("No identity provider of this account has SCIM turned on")
    assert chosen["empty"].title == "SCIM is not turned on"


# With an export


@pytest.mark.parametrize(
    ("hours", "kind"),
    [((48, 0), "complete"), ((48, 2), "partial"), ((48, 30), "unknown")],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("room", ["logins", "scim"])
def test_file_name_and_header_state_coverage(room, hours, kind, make_stream, cover, signed_in):
    stream = make_stream() if room == "logins" else make_stream(Log.SCIM_UPDATES, "okta")
    cover(stream, at(hours[0]), at(hours[1]))
    response = signed_in.get(f"/{room}.csv")
    assert response["Content-Disposition"].endswith(f'-{kind}.csv"')
    assert response["Coverage"] == signed_in.get(f"/{room}/").context["line"].sentence


def test_coverage_header_is_plain_ascii(make_stream, cover, signed_in):
    stream = make_stream()
    cover(stream, at(48), at(11))
    cover(stream, at(11), at(10), state="beyond")
    cover(stream, at(10), NOW)
    assert signed_in.get("/logins.csv")["Coverage"].endswith("(past Cloudflare's reach).")
    stream.covered_ranges.all().delete()
    Stream.objects.update(error="Give the token “Access”.\r\nSet-Cookie: x=1\n\n<b>")
    response = signed_in.get("/logins.csv")
    assert response["Coverage"].endswith(' Give the token "Access". Set-Cookie: x=1 <b>')
    assert "x" not in response.cookies


def test_csv_can_start_with_coverage_note(make_stream, make_login, cover, signed_in):
    cover(make_stream(), at(48), at(2))
    make_login()
    plain = text_of(signed_in.get("/logins.csv"))
    page = page_of(signed_in.get("/logins/"))
    headed = text_of(signed_in.get(page.link("Export with coverage note")))
    assert headed == ("# Complete from 18 Nov 14:06 to 19 Nov 12:06 UTC. Not synced since 19 Nov 12:06.\r\n" + plain)
    assert not plain.startswith("#")


def test_coverage_note_export_keeps_filters(all_logins_known, make_login, signed_in):
    make_login(country="DE")
    make_login(country="NL")
    page = page_of(signed_in.get("/logins/?country=NL&range=7d"))
    lines = lines_of(signed_in.get(page.link("Export with coverage note") + "&columns=country"))
    assert lines[1:] == [["country"], ["NL"]]


@pytest.mark.parametrize("text", ["a\r\nb\nc", ",=1+1", ", =HYPERLINK(1)", ",@x", "\u2028=1", ",\uff1d1"])
def test_error_text_cannot_break_coverage_note(text, make_stream, signed_in):
    make_stream(error=f"Cloudflare answered 500, “{text}”, or {text}")
    response = signed_in.get("/logins.csv?head=coverage&columns=ray_id")
    content = text_of(response)
    assert content.startswith("# This range could not be read. Cloudflare answered 500")
    assert content.split("\r\n")[1:] == ["ray_id", ""]
    assert not content.split("\r\n")[0].count("\n")
    signs = ("=", "+", "-", "@", "\uff1d")
    assert not [part for part in content.split("\r\n")[0].split(",") if part.strip().startswith(signs)]


@pytest.mark.parametrize("head", ["", "x", "Coverage", "<b>"])
@pytest.mark.parametrize("path", ["/logins/", "/logins.csv", "/scim/", "/scim.csv"])
def test_unknown_head_parameter_is_rejected(path, head, account, signed_in):
    response = signed_in.get(path, {"head": head})
    sentence = f"head={head} is not known here; the only head is coverage."
    assert response.status_code == 400
    assert sentence in (response.content.decode() if path.endswith(".csv") else page_of(response).text)


def test_missing_export_has_no_coverage_note(stream, cover, signed_in):
    cover(stream, at(48), NOW)
    assert not page_of(signed_in.get("/logins/by-app/")).has_link("Export with coverage note")
    assert not page_of(signed_in.get("/logins/?range=5y")).has_link("Export with coverage note")
