"""The overview as a page: its first sentence, its cards, and what it says where nothing is known."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.utils.html import strip_tags

from logsync.models import AccessRequest, Account, IdentityProvider, Log, PersonAtApp, ScimUpdate
from tests.conftest import NOW
from tests.dashboard.reading import page_of, problems_in, shown

HOSTILE = '"><script>alert(1)</script>=1+1\u202e'
HOUR = timedelta(hours=1)


@pytest.fixture
def said(overview):
    """The sentence that the page begins with, and the facts below it."""

    def read(query=""):
        headline = overview(query).context["overview"].headline
        return strip_tags(headline.title), strip_tags(headline.words)

    return read


@pytest.fixture
def crowd(make_login):
    """So many people are denied at an app within an hour, each once or more often; all had access long before."""

    def make(people, before=0, times=1, **values):
        for number in range(people):
            make_login(created_at=NOW - 480 * HOUR, user_email=f"p{number}@x.example", allowed=True, **values)
            for again in range(times):
                at = NOW - timedelta(hours=5) + timedelta(minutes=3 * number, seconds=again)
                make_login(created_at=at - timedelta(days=before), user_email=f"p{number}@x.example", **values)

    return make


def test_empty_installation_claims_nothing(said, overview):
    assert said() == (
        "Whether anyone was denied in the last 24 hours is not known.",
        "Logins: No log has been synced yet, so nothing is known.",
    )
    page = page_of(overview())
    assert "No logs yet. The first sync lists your accounts and their logs." in page.text
    assert "Not known: No log has been synced yet" in page.text
    assert not [element for element in page.elements if "bad" in (element.attrs.get("class") or "").split()]


def test_provisional_quiet_is_only_so_far(make_stream, okta, cover, said, overview):
    for log, idp_id in ((Log.ACCESS_REQUESTS, ""), (Log.SCIM_UPDATES, okta.idp_id)):
        stream = make_stream(log, idp_id, succeeded_at=NOW)
        cover(stream, NOW - timedelta(days=30), NOW - timedelta(minutes=15))
        cover(stream, NOW - timedelta(minutes=15), NOW, is_settled=False)
    assert said() == (
        "No denial and no failure so far in the last 24 hours.",
        "Both logs were read; the last minutes may still change.",
    )
    text = page_of(overview()).text
    assert "No denials at any app so far in the last 24 hours." in text
    assert "Nobody lost access so far in the last 24 hours." in text
    assert "no gap since 20 Oct 2026" in text


def test_unread_logins_hide_no_scim_log(make_stream, okta, cover, said):
    make_stream()
    cover(make_stream(Log.SCIM_UPDATES, okta.idp_id), NOW - timedelta(days=29), NOW)
    assert said() == (
        "Whether anyone was denied in the last 24 hours is not known.",
        "Logins: This range has not been synced yet. SCIM: Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC.",
    )


def test_real_zero_is_stated(both_known, said, overview):
    assert said() == ("No denial and no failure in the last 24 hours.", "Both logs were read for all of this range.")
    page = page_of(overview())
    assert "Nobody lost access in the last 24 hours." in page.text
    red = ("bad", "bad-text", "m-bad")
    assert not [element for element in page.elements if set(red) & set((element.attrs.get("class") or "").split())]


def test_missing_scim_log_is_stated(all_logins_known, said):
    assert said() == ("No denial in the last 24 hours.", "No SCIM log is read, so nothing is said of it.")


def test_zero_with_unknown_part_is_qualified(all_updates_known, make_stream, cover, said):
    cover(make_stream(succeeded_at=NOW), NOW - 12 * HOUR, NOW)
    title, words = said()
    assert title == "No denial and no failure on record in the last 24 hours, of which a part is not known."
    assert words.startswith("Logins: Complete from 19 Nov 02:06 to 19 Nov 14:06 UTC.")


def test_refused_stream_comes_first(both_known, make_stream, crowd, make_update, said):
    crowd(9)
    make_update()
    make_stream(Log.SCIM_UPDATES, "gone", error="403: <b>no</b>", needs_person=True, error_since=NOW, succeeded_at=NOW)
    title, words = said()
    assert title == "SCIM · gone · Meridian is refused, and could not be read so far."
    assert words == "403: &lt;b&gt;no&lt;/b&gt;"


def test_app_spike_comes_second(both_known, crowd, make_login, make_update, said, overview):
    make_update()
    crowd(9, times=2)
    make_login(user_email="p0@x.example", allowed=True)
    make_login(created_at=NOW - 4.9 * HOUR, user_email="z@x.example", allowed=True, connection="azureAD")
    make_login(created_at=NOW - 20 * HOUR, user_email="early@x.example")
    assert said() == (
        "Grafana: 9 people denied from 09:06 to 09:30 UTC; 1 has got in since, 8 are still locked out.",
        "All 18 denials came through Okta; in the same time 1 login there through Microsoft Entra ID was allowed and "
        "none denied.",
    )
    way = overview().context["overview"].headline.way
    assert way.words == "What they have in common"
    assert "app_uid=13d976ec-915a-4e59-afab-cef6291764b8" in way.href
    # To the end of the last hour in which more people were denied than usual.
    assert "since=2026-11-19T09%3A06%3A12Z&until=2026-11-19T10%3A06%3A12Z" in way.href


def test_long_app_name_is_shortened(both_known, crowd, said):
    crowd(9, app_name="w" * 4000)
    assert said()[0].startswith("w" * 79 + "…: 9 people denied")


def test_spike_links_to_apps_denials(both_known, crowd, make_login, overview, signed_in):
    crowd(9)
    make_login(created_at=NOW - 20 * HOUR)
    response = signed_in.get(overview().context["overview"].headline.way.href)
    assert response.status_code == 200
    assert "Grafana" in page_of(response).text


def test_chosen_time_is_what_headline_tells(both_known, crowd, make_login, make_update, said, overview, signed_in):
    """As after a drag over the chart: not the open problem, nor how many fewer there were before."""
    make_update()
    crowd(9)
    make_login(created_at=NOW - 4 * HOUR, user_email="p1@x.example", allowed=True)
    make_login(created_at=NOW - 4.7 * HOUR, user_email="new@x.example", app_uid="b", app_name="Payroll")
    chosen = "?since=2026-11-19T09:10:00Z&until=2026-11-19T09:31:00Z"
    assert said(chosen) == (
        "8 people denied from 09:10 to 09:31 UTC, at 2 apps, most at Grafana (7).",
        "7 are still locked out, 1 has no successful login there on record.",
    )
    way = overview(chosen).context["overview"].headline.way
    page = signed_in.get(way.href)
    assert (page.context["title"], page.context["people_count"]) == ("Grafana", 7)


def test_chosen_time_of_other_day_says_day(both_known, make_login, said):
    make_login(created_at=NOW - 30 * HOUR)
    make_login(created_at=NOW - 29 * HOUR, allowed=True)
    title, words = said("?since=2026-11-18T08:00:00Z&until=2026-11-18T09:00:00Z")
    assert title == "1 person denied from 18 Nov 08:00 to 09:00 UTC, at Grafana."
    assert words == "All have got in since."
    assert said("?since=2026-11-18T08:00:00Z")[0] == "1 person denied since 18 Nov 08:00 UTC, at Grafana."


def test_calm_chosen_time_is_called_calm(both_known, make_login, said):
    make_login()
    title, _ = said("?since=2026-11-18T08:00:00Z&until=2026-11-18T09:00:00Z")
    assert title == "No denial and no failure in this range."


def test_refused_log_is_no_news_of_past(both_known, make_login, make_stream, said):
    make_login(created_at=NOW - 30 * HOUR)
    make_stream(Log.SCIM_UPDATES, "gone", error="403", needs_person=True, error_since=NOW, succeeded_at=NOW)
    assert said("?since=2026-11-18T08:00:00Z&until=2026-11-18T09:00:00Z")[0].startswith("1 person denied from ")
    assert said()[0].startswith("SCIM · gone · Meridian is refused")


@pytest.mark.parametrize(
    ("people", "before", "is_jump"), [(9, 0, True), (9, 4, True), (9, 5, False), (5, 0, True), (4, 0, False)]
)
def test_spike_is_far_above_before(people, before, is_jump, both_known, crowd, said):
    crowd(people)
    crowd(before, before=1)
    assert (" denied from " in said()[0]) is is_jump


def test_unknown_previous_period_has_no_spike(make_stream, cover, crowd, said):
    cover(make_stream(succeeded_at=NOW), NOW - 30 * HOUR, NOW)
    crowd(9)
    assert said()[0] == "9 people are still locked out, at Grafana."


def test_scim_problem_comes_before_lockouts(both_known, make_login, make_update, said, overview):
    make_login()
    for number in range(2):
        make_update(cf_resource_id=f"cf-{number}", idp_resource_id=f"idp-{number}")
    assert said() == (
        "SCIM: 2 resources still fail with “username ‹value› already exists”.",
        "Okta · POST USER: 2 failed requests in this range.",
    )


def test_regressed_problem_says_so(both_known, make_update, said):
    for hours, status in ((3, "FAILURE"), (2, "SUCCESS"), (1, "FAILURE")):
        error = {} if status == "FAILURE" else {"error_description": ""}
        make_update(logged_at=NOW - hours * HOUR, status=status, **error)
    assert said()[1].endswith("; 1 of the resources had healed before, and failed again.")


def test_lockouts_come_last(both_known, make_login, said):
    for values in ({}, {"app_uid": "b", "app_name": "Payroll", "created_at": NOW - 2 * HOUR}):
        make_login(**values)
        make_login(**values | {"created_at": NOW - 50 * HOUR, "allowed": True})
    make_login(user_email="new@x.example")
    assert said() == (
        "1 person is still locked out, at 2 apps.",
        "They had access before. The last attempt was at 13:06 UTC; none of them has got in since.",
    )


def test_denial_without_access_is_no_lockout(both_known, make_login, said):
    make_login()
    assert said() == (
        "1 person was denied, and has no successful login on record at Grafana.",
        "Nobody lost access that they had before.",
    )


def test_resolved_failures_are_called_resolved(both_known, make_login, make_update, said):
    make_login()
    make_login(created_at=NOW - HOUR / 2, allowed=True)
    make_update()
    make_update(logged_at=NOW - HOUR / 2, status="SUCCESS", error_description="")
    assert said() == (
        "1 denial and 1 failed SCIM request in the last 24 hours; everyone it names has got in since and no problem "
        "that is watched is open.",
        "",
    )


def test_sentence_about_people_names_missing_time(make_stream, cover, make_login, said):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - 24 * HOUR, NOW - 3 * HOUR)
    make_login(created_at=NOW - 4 * HOUR)
    assert said()[1].endswith("Part of this range is missing; a login there would not show.")


# Cards


def test_lockouts_list_newest_attempt_first(both_known, make_login, overview, number_at):
    for name in ("Old", "New"):
        make_login(user_email=f"{name}@x.example", created_at=NOW - 50 * HOUR, allowed=True)
    make_login(user_email="Old@x.example", created_at=NOW - 3 * HOUR)
    for minutes in (50, 40):
        make_login(user_email="New@x.example", created_at=NOW - timedelta(minutes=minutes))
    make_login(user_email="New@x.example", created_at=NOW - timedelta(minutes=40) + timedelta(microseconds=5))
    lines = overview().context["overview"].lost_access.rows
    assert [strip_tags(line.name) for line in lines] == ["New@x.example", "Old@x.example"]
    assert [(line.tries, line.rows) for line in lines] == [(2, 3), (1, 1)]
    assert [number_at(line.rows_href) for line in lines] == [3, 1]


def test_remaining_lockouts_are_counted(both_known, make_login, overview, number_at):
    for number in range(11):
        make_login(user_email=f"p{number}@x.example", created_at=NOW - 50 * HOUR, allowed=True)
        make_login(user_email=f"p{number}@x.example")
    page = page_of(overview())
    assert number_at(page.link("All 11 people")) == 11


def test_people_without_access_are_listed_apart(both_known, make_login, overview, number_at):
    make_login(user_email="lost@x.example", created_at=NOW - 50 * HOUR, allowed=True)
    make_login(user_email="lost@x.example")
    for number in range(11):
        make_login(user_email=f"p{number}@x.example")
    response = overview()
    shown = response.context["overview"]
    assert [strip_tags(line.name) for line in shown.lost_access.rows] == ["lost@x.example"]
    assert (len(shown.never_had_access.rows), shown.never_had_access.more, shown.tiles[2].number) == (8, 3, 1)
    assert number_at(shown.never_had_access.more_href) == 11
    assert number_at(shown.never_had_access.rows[0].rows_href) == 1
    text = page_of(response).text
    assert "Lost access had access, denied since" in text
    assert "Never had access denied, no successful login on record" in text


def test_lockout_counts_attempts_before_range(both_known, make_login, overview, number_at):
    make_login(created_at=NOW - 50 * HOUR, allowed=True)
    for hours in (1, 40):
        make_login(created_at=NOW - hours * HOUR)
    [line] = overview().context["overview"].lost_access.rows
    assert (line.tries, line.since, number_at(line.rows_href)) == (2, NOW - 40 * HOUR, 2)


def test_problems_are_sorted_by_failing_resources(both_known, make_update, overview, number_at, signed_in):
    for number in range(3):
        make_update(cf_resource_id=f"a{number}", idp_resource_id=f"a{number}", error_description="one thing")
    for _ in range(4):
        make_update(cf_resource_id="b", idp_resource_id="b", error_description="another")
    problems = overview().context["overview"].problems.rows
    assert [(problem.template, problem.resources, problem.requests) for problem in problems] == [
        ("one thing", 3, 3),
        ("another", 1, 4),
    ]
    assert [number_at(problem.requests_href) for problem in problems] == [3, 4]
    href, _, anchor = problems[0].href.partition("#")
    response = signed_in.get(href)
    assert response.context["open"]
    assert [row.attrs["class"] for row in page_of(response).all("tr") if row.attrs.get("id") == anchor] == ["gh-picked"]


def test_open_problem_outside_range_is_listed(both_known, make_update, overview):
    make_update(logged_at=NOW - 50 * HOUR)
    [problem] = overview().context["overview"].problems.rows
    assert (problem.resources, problem.requests) == (1, 0)


def test_troubled_streams_are_listed_first(both_known, make_stream, fail, overview):
    failing = make_stream(Log.SCIM_UPDATES, "a", succeeded_at=NOW)
    fail(failing, NOW - 5 * HOUR, NOW - 4 * HOUR)
    make_stream(Log.SCIM_UPDATES, "b", error="<i>403</i>", needs_person=True, error_since=NOW, succeeded_at=NOW)
    make_stream(Log.SCIM_UPDATES, "c")
    fresh = overview().context["overview"].freshness.streams
    assert [strip_tags(stream.badge) for stream in fresh] == [
        "Refused",
        "Never read",
        "1 hole",
        "Up to date",
        "Up to date",
    ]
    assert [stream.words for stream in fresh][::2] == [
        "<i>403</i>",
        "19 Nov 09:06 to 10:06 UTC missing: Cloudflare answered 500.",
        "no gap since 20 Oct 2026",
    ]


def test_remaining_streams_are_counted(both_known, make_stream, overview):
    for number in range(7):
        make_stream(Log.SCIM_UPDATES, f"idp-{number}")
    page = page_of(overview())
    assert page.link("3 more") == "/sync/"


# Accounts, addresses, hostile text, cost


def test_one_account_can_be_shown_alone(both_known, make_login, make_update, other_account, overview):
    make_login()
    make_login(account=other_account, app_name="Theirs")
    make_update(account=other_account, cf_resource_id="z", idp_resource_id="z")
    page = page_of(overview(f"?account={'f' * 32}"))
    assert "Theirs" in page.text
    assert "Grafana" not in page.text
    make_login(created_at=NOW - 50 * HOUR, allowed=True)
    ours = overview(f"?not.account={'f' * 32}")
    assert [tile.number for tile in ours.context["overview"].tiles] == [1, 1, 1, 0]
    assert all(f"{'f' * 32}" in tile.href for tile in ours.context["overview"].tiles)


def test_account_filter_needs_several_accounts(account, overview):
    assert not page_of(overview()).has_link("Remove the default filter: Range")
    Account.objects.create(account_id="f" * 32, name="Zenith")
    assert page_of(overview()).has_link("Remove the default filter: Range")


@pytest.mark.parametrize("query", ["?range=never", "?since=yesterday", "?account=unknown", "?app_uid=x", "?acount=x"])
def test_invalid_query_answers_400_without_figures(query, account, signed_in):
    response = signed_in.get(f"/{query}")
    assert response.status_code == 400
    assert len(problems_in(response)) == 1
    assert "overview" not in response.context


def make_all(make_login, make_update, okta, text):
    for hours in (1, 2, 30):
        make_login(
            created_at=NOW - hours * HOUR,
            user_email=f"{text}@x.example",
            app_name=text,
            app_uid=text,
            app_domain=text,
            connection=text,
        )
        make_update(logged_at=NOW - hours * HOUR, error_description=text, request_method=text, idp_id=okta.idp_id)


def skeleton(page):
    """Every element, but for the marks of placeholders, of which each error text has its own."""
    shown = [element for element in page.elements if element.attrs.get("class") != "gh-hole" and not element.is_mark]
    return Counter((element.tag, *sorted(element.attrs)) for element in shown)


def test_hostile_text_stays_text(both_known, make_login, make_update, okta, overview):
    make_all(make_login, make_update, okta, "calm")
    calm = page_of(overview())
    AccessRequest.objects.filter(app_uid="calm").delete()
    PersonAtApp.objects.filter(app_uid="calm").delete()
    ScimUpdate.objects.filter(error_description="calm").delete()
    make_all(make_login, make_update, okta, HOSTILE)
    IdentityProvider.objects.update(name=HOSTILE)
    hostile = page_of(overview())
    assert skeleton(hostile) == skeleton(calm)
    assert shown(HOSTILE) in hostile.text


def test_every_link_works(both_known, make_login, make_update, okta, overview, signed_in):
    make_all(make_login, make_update, okta, "ä/?#&%" * 600)
    for href in {link.href for link in page_of(overview()).all("a")}:
        if href.startswith("/"):
            assert signed_in.get(href, follow=True).status_code == 200, href


def test_times_follow_preferred_clock(both_known, make_login, signed_in, said):
    make_login(created_at=NOW - 50 * HOUR, allowed=True)
    make_login()
    signed_in.post("/preferences/", {"clock": "local", "time_zone": "Europe/Berlin"})
    assert "The last attempt was at 14:06 Berlin;" in said()[1]
