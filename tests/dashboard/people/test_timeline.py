"""The timeline of a person: both logs in one order, page by page, with the time that is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.people.timeline import MISPLACED, PAGE_SIZE
from tests.conftest import NOW
from tests.dashboard.people.conftest import ADA
from tests.dashboard.reading import page_of

CF_ID = "bd97ef8d-7986-43e3-9ee0-c25dda33e4b0"

EVE = {"resource_user_email": "eve@meridian.example", "cf_resource_id": "cf-eve", "idp_resource_id": "idp-eve"}


def ago(**length):
    return NOW - timedelta(**length)


@pytest.fixture
def timeline(signed_in):
    """What the timeline of ada shows: its context, and the entries of all days."""

    def read(**query):
        context = signed_in.get(reverse("people:person", args=[ADA]), query).context
        return context["timeline"], [entry for day in context["timeline"].days for entry in day.entries]

    return read


def keys_of(entries):
    return [row.key for entry in entries for row in (entry.login, entry.update, *entry.folded) if row]


def join_group(make_update, **values):
    body = f'{{"Operations":[{{"op":"add","path":"members","value":[{{"value":"{CF_ID}"}}]}}]}}'
    group = {"resource_type": "GROUP", "resource_user_email": "", "resource_group_name": "eng-prod"}
    ids = {"cf_resource_id": "cf-eng", "idp_resource_id": "idp-eng"}
    return make_update(**group, **ids, request_method="PATCH", request_body=body, **values)


def test_timeline_mixes_logins_updates_and_groups(
    all_logins_known, all_updates_known, make_login, make_update, timeline
):
    login = make_login(created_at=ago(minutes=30))
    update = make_update(logged_at=ago(minutes=20))
    group = join_group(make_update, logged_at=ago(minutes=10))
    make_login(created_at=ago(minutes=25), user_email="eve@meridian.example", user_id="eve")
    join = make_update(logged_at=ago(minutes=24), **EVE)
    _, entries = timeline()
    assert keys_of(entries) == [group.key, update.key, login.key]
    assert join.key not in keys_of(entries)


def test_update_found_twice_appears_once(all_updates_known, make_update, timeline):
    make_update(logged_at=ago(minutes=20))
    read, entries = timeline(log="scim")
    assert read.shown == len(keys_of(entries)) == 1


@pytest.mark.parametrize(("log", "kinds"), [("", "lsls"), ("logins", "ll"), ("scim", "ss")])
def test_each_log_can_be_shown_alone(
    all_logins_known, all_updates_known, make_login, make_update, timeline, log, kinds
):
    for minutes in (10, 20):
        make_login(created_at=ago(minutes=minutes - 1), ip_address=f"192.0.2.{minutes}")
        make_update(logged_at=ago(minutes=minutes))
    _, entries = timeline(**({"log": log} if log else {}))
    assert "".join("l" if entry.login else "s" for entry in entries) == kinds


def test_each_log_shows_its_row_count(all_logins_known, all_updates_known, make_login, make_update, person_page):
    make_login()
    make_update()
    join_group(make_update)
    page = person_page(log="scim")
    assert [link.text for link in page.all("a") if link.text in ("All 3", "Logins 1", "SCIM 2")] == [
        "All 3",
        "Logins 1",
        "SCIM 2",
    ]


def test_paging_shows_every_row_once(all_logins_known, all_updates_known, make_login, make_update, timeline):
    made = []
    for number in range(PAGE_SIZE + 20):
        at = ago(minutes=number // 5)
        made.append(make_login(created_at=at, ip_address=f"192.0.2.{number}").key)
        made.append(make_update(logged_at=at).key)
    seen, place = [], ""
    while True:
        read, entries = timeline(range="1h", **({"after": place} if place else {}))
        seen += keys_of(entries)
        place = read.older
        if not place:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == set(made)


def test_run_of_equal_denials_folds(all_logins_known, make_login, person_page, timeline):
    rows = [make_login(created_at=ago(minutes=minutes)) for minutes in (10, 40, 41, 41)]
    other = make_login(created_at=ago(minutes=50), connection="azureAD")
    _, entries = timeline()
    assert [len(entry.folded) for entry in entries] == [3, 0]
    assert [*keys_of(entries)[:2], *sorted(keys_of(entries)[2:])] == [
        *(row.key for row in rows[:2]),
        *sorted([rows[2].key, rows[3].key, other.key]),
    ]
    page = person_page()
    assert "Denied 3 times (4 rows) at Grafana through Okta, 13:25 to 13:56" in page.text
    hrefs = {link.href for link in page.all("a")}
    assert {row.get_absolute_url() for row in rows} <= hrefs


def test_run_of_logins_names_its_apps(all_logins_known, make_login, person_page):
    for minutes, app in enumerate(("Wiki", "Jira", "Grafana", "Jira", "Payroll", "GitLab")):
        make_login(created_at=ago(minutes=minutes), app_uid=app, app_name=app, allowed=True)
    text = person_page().text
    assert "Allowed 6 times at Wiki, Jira, Grafana and 2 more apps through Okta, 14:01 to 14:06" in text


def test_two_apps_need_three_rows_to_fold(all_logins_known, make_login, timeline, person_page):
    make_login(created_at=ago(minutes=1), app_uid="jira", app_name="Jira", allowed=True)
    make_login(created_at=ago(minutes=2), allowed=True)
    assert [len(entry.folded) for entry in timeline()[1]] == [0, 0]
    make_login(created_at=ago(minutes=3), allowed=True)
    assert [len(entry.folded) for entry in timeline()[1]] == [2]
    assert "Allowed 3 times at Jira and Grafana through Okta, 14:03 to 14:05" in person_page().text


def test_run_ends_with_its_day(all_logins_known, make_login, timeline, signed_in):
    make_login(created_at=NOW.replace(day=18, hour=22, minute=50))
    make_login(created_at=NOW.replace(day=18, hour=23, minute=10))
    assert [len(entry.folded) for entry in timeline()[1]] == [1]
    signed_in.cookies["time_zone"], signed_in.cookies["clock"] = "Europe/Berlin", "local"
    assert [len(entry.folded) for entry in timeline()[1]] == [0, 0]


def test_no_run_spans_unknown_time(make_stream, cover, make_login, timeline):
    stream = make_stream()
    cover(stream, ago(days=8), ago(minutes=40))
    cover(stream, ago(minutes=30), NOW)
    for minutes in (10, 20, 50, 60):
        make_login(created_at=ago(minutes=minutes))
    _, entries = timeline()
    assert [(bool(entry.hole), len(entry.folded)) for entry in entries] == [(False, 1), (True, 0), (False, 1)]


def test_opened_row_opens_its_run(all_logins_known, make_login, signed_in):
    rows = [make_login(created_at=ago(minutes=minutes)) for minutes in (10, 40)]
    page = page_of(signed_in.get(reverse("people:person", args=[ADA]), {"open": rows[1].key.hex}))
    [run] = [run for run in page.all("details") if "gh-folded" in (run.attrs.get("class") or "")]
    assert "open" in run.attrs
    assert "All fields" in run.text


def test_provider_and_country_have_names(all_logins_known, make_login, person_page):
    make_login(connection="azureAD", country="T1")
    text = " ".join(person_page().text.split())
    assert "through Microsoft Entra ID" in text
    assert "Tor" in text
    assert "azureAD" not in text


def test_different_results_or_apps_never_fold(all_logins_known, make_login, timeline):
    make_login(created_at=ago(minutes=10))
    make_login(created_at=ago(minutes=10, seconds=5), allowed=True)
    make_login(created_at=ago(minutes=10, seconds=10), app_uid="jira")
    _, entries = timeline()
    assert [len(entry.folded) for entry in entries] == [0, 0, 0]


def test_unknown_time_appears_in_timeline(make_stream, cover, fail, make_login, person_page, timeline):
    stream = make_stream()
    cover(stream, ago(days=8), ago(hours=5))
    cover(stream, ago(hours=4), NOW)
    fail(stream, ago(hours=5), ago(hours=4))
    make_login(created_at=ago(hours=6))
    make_login(created_at=ago(hours=1))
    _, entries = timeline()
    assert [bool(entry.hole) for entry in entries] == [False, True, False]
    assert "09:06 to 10:06 logins could not be read: what happened here is unknown" in person_page().text


def test_hole_appears_on_one_page(make_stream, cover, make_login, timeline):
    stream = make_stream()
    cover(stream, ago(days=8), ago(minutes=40))
    cover(stream, ago(minutes=30), NOW)
    for number in range(PAGE_SIZE + 10):
        make_login(created_at=ago(minutes=number), ip_address=f"192.0.2.{number}")
    first, entries = timeline()
    _, older = timeline(after=first.older)
    assert [sum(bool(entry.hole) for entry in part) for part in (entries, older)] == [1, 0]


def test_days_follow_viewers_time_zone(signed_in, all_logins_known, make_login, person_page):
    make_login(created_at=NOW.replace(day=18, hour=23, minute=30))
    assert "Wednesday 18 November 2026" in person_page().text
    signed_in.cookies["time_zone"], signed_in.cookies["clock"] = "Europe/Berlin", "local"
    text = person_page().text
    assert "Thursday 19 November 2026" in text
    assert "00:30:12 23:30" in text


@pytest.mark.parametrize("place", ["login.999999", "login.x", "scim.1", "x" * 300])
def test_unknown_cursor_shows_newest_rows(all_logins_known, make_login, timeline, place):
    make_login()
    read, entries = timeline(after=place)
    assert read.problem == MISPLACED
    assert len(entries) == 1


@pytest.mark.parametrize("log", ["login", "scim"])
def test_row_unfolds_without_script(signed_in, make_login, make_update, log):
    event = make_login() if log == "login" else make_update()
    closed = page_of(signed_in.get(reverse("people:person", args=[ADA])))
    href = closed.link("All fields here")
    assert href == f"?open={event.key.hex}#event-{event.key.hex}"
    opened = signed_in.get(reverse("people:person", args=[ADA]), {"open": event.key.hex})
    assert "All fields" in page_of(opened).text or "Request body" in page_of(opened).text
    assert "All fields here" not in page_of(opened).text


def test_app_and_result_can_be_filtered(all_logins_known, make_login, make_update, timeline, person_page):
    make_login(created_at=ago(minutes=5))
    jira = make_login(created_at=ago(minutes=4), app_uid="jira", allowed=True)
    make_update()
    assert keys_of(timeline(app_uid="jira")[1]) == [jira.key]
    assert keys_of(timeline(allowed="true")[1]) == [jira.key]
    assert {"All 3", "Logins 2", "Denied 1", "SCIM 1"} <= {link.text for link in person_page(allowed="true").all("a")}


def test_denied_logins_can_be_shown_alone(all_logins_known, make_login, make_update, signed_in):
    denied = make_login(created_at=ago(minutes=5))
    make_login(created_at=ago(minutes=4), allowed=True)
    make_login(created_at=ago(minutes=3), action="logout", allowed=False)
    make_update()
    here = reverse("people:person", args=[ADA])
    choices = signed_in.get(here, {"allowed": "true"}).context["logs"]
    response = signed_in.get(here + next(choice.href for choice in choices if choice.word == "Denied"))
    assert keys_of(response.context["timeline"].days[0].entries) == [denied.key]
    assert [choice.word for choice in response.context["logs"] if choice.is_chosen] == ["Denied"]
    assert page_of(response).link("All 4").startswith("?#")


def test_timeline_names_the_zone_once(signed_in, all_logins_known, make_login, person_page):
    make_login()
    assert "Timeline UTC" in person_page().text
    signed_in.cookies["time_zone"] = "Europe/Berlin"
    assert "Timeline UTC, Berlin in grey" in person_page().text
    signed_in.cookies["clock"] = "local"
    assert "Timeline Berlin, UTC in grey" in person_page().text


def test_failure_shows_request_and_error(all_updates_known, make_update, person_page):
    make_update()
    text = person_page().text
    assert "Okta: Create user ada@meridian.example, active" in text
    assert 'SCIM POST USER, failure: userName "ada@meridian.example" already exists' in text


def test_membership_change_omits_group_name(all_updates_known, make_update, person_page):
    body = (
        '{"Operations":[{"op":"replace","value":{"displayName":"eng-prod"}},'
        f'{{"op":"add","path":"members","value":[{{"value":"{CF_ID}"}}]}}]}}'
    )
    group = {"resource_type": "GROUP", "resource_user_email": "", "resource_group_name": "eng-prod"}
    group |= {"cf_resource_id": "cf-eng", "idp_resource_id": "idp-eng", "status": "SUCCESS", "error_description": ""}
    make_update(logged_at=ago(minutes=40))
    for age in (30, 20):
        make_update(**group, request_method="PATCH", request_body=body, logged_at=ago(minutes=age))
    text = person_page().text
    assert "Added 1 member" in text
    assert "again (unchanged)" not in text


def test_logout_is_told_by_its_own_word(all_logins_known, make_login, timeline, person_page, signed_in):
    denied = make_login(created_at=ago(minutes=30))
    make_login(created_at=ago(minutes=20), action="logout", allowed=True)
    make_login(created_at=ago(minutes=10), action="register", allowed=False)
    page = person_page().text
    assert "Logged out of Grafana" in page
    assert "Registered at Grafana" in page
    assert "Allowed at Grafana" not in page
    assert "Locked out of Grafana since 13:36: 1 attempt denied" in page
    choices = signed_in.get(reverse("people:person", args=[ADA])).context["logs"]
    assert [(choice.word, choice.count) for choice in choices] == [
        ("All", "3"),
        ("Logins", "1"),
        ("Denied", "1"),
        ("SCIM", "0"),
        ("Other", "2"),
    ]
    assert len(timeline(log="other")[1]) == 2
    assert keys_of(timeline(log="logins")[1]) == [denied.key]
    assert keys_of(timeline(allowed="false")[1]) == [denied.key]
    assert len(timeline(app_uid=denied.app_uid)[1]) == 3


def test_actions_of_other_kinds_do_not_fold(all_logins_known, make_login, timeline):
    for action in ("login", "", "logout", "register"):
        make_login(created_at=ago(minutes=5), action=action)
    assert sorted(len(entry.folded) for entry in timeline()[1]) == [0, 0, 1]


def test_row_without_a_time_says_so(all_logins_known, all_updates_known, make_login, make_update, person_page):
    make_login(created_at=ago(minutes=30), lacks_time=True, allowed=True)
    make_update(logged_at=ago(minutes=20), lacks_time=True)
    page = person_page().text
    assert page.count("no time given") >= 4
    assert "13:36:12" not in page
    assert "13:46:12" not in page


def test_services_address_is_nobody(all_logins_known, make_login, person_page):
    address = "non_identity@team.cloudflareaccess.com"
    make_login(user_email=address, connection="service_token")
    page = person_page(address).text
    assert f"{address} is not one person: services such as service tokens and WARP connectors share" in page
    assert "1 row since" in page
    assert "Locked out" not in page
    assert "Never had access" not in page
    assert "1 attempt" not in page
