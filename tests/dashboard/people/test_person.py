"""One person's page: the verdict with its proof, and what stands around it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from logsync.models import Application, Log
from tests.conftest import NOW
from tests.dashboard.people.conftest import ADA
from tests.dashboard.reading import page_of, problems_in

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.exe'


def ago(**length):
    return NOW - timedelta(**length)


@pytest.fixture
def locked_out(all_logins_known, all_updates_known, make_login):
    """Ada got into Grafana yesterday, and has been denied there since: two rows of one second, and one later."""
    make_login(created_at=ago(hours=15), allowed=True)
    make_login(created_at=ago(minutes=12))
    make_login(created_at=ago(minutes=12))
    return make_login(created_at=ago(minutes=10), ray_id="9a47c89621af1fe6")


def test_verdict_is_one_sentence_with_proof(locked_out, person_page):
    page = person_page()
    assert "Locked out of Grafana since 13:54: 2 attempts denied, none successful." in page.text
    assert "Last got in on 18 Nov at 23:06, 15 hours earlier." in page.text
    assert page.link("Denied 13:56:12") == locked_out.get_absolute_url()
    assert "Same provider, country and IP address as the last successful login" in page.text


def test_verdict_numbers_link_their_rows(locked_out, signed_in, person_page):
    href = person_page().link("All 3 denied rows")
    response = signed_in.get(href)
    timeline = response.context["timeline"]
    assert timeline.shown == 3
    assert {entry.login.allowed for day in timeline.days for entry in day.entries} == {False}


def test_other_denied_people_are_linked(locked_out, make_login, signed_in, person_page):
    for number in range(5):
        make_login(created_at=ago(minutes=11), user_email=f"other{number}@meridian.example", user_id=f"other{number}")
    page = person_page()
    assert "Denied at Grafana, like 5 of 5 other people who tried since 13:24." in page.text
    assert "Locked out of Grafana since 13:54" in page.text
    response = signed_in.get(page.link("Everyone who tried"))
    assert response.status_code == 200
    assert "by 6 people" in page_of(response).text


def test_chips_name_the_app(account, make_login, person_page):
    login = make_login(created_at=ago(minutes=5))
    Application.objects.create(account=account, app_uid=login.app_uid, name="Grafana (production)")
    assert "App Grafana (production)" in person_page(app_uid=login.app_uid).text


@pytest.mark.parametrize("allowed", [False, True])
def test_an_app_has_its_listed_name(allowed, account, all_logins_known, make_login, person_page):
    login = make_login(created_at=ago(minutes=10), allowed=allowed)
    Application.objects.create(account=account, app_uid=login.app_uid, name="Grafana (production)")
    assert person_page().text.count("Grafana (production)") >= 2


@pytest.mark.parametrize("app_uid", ["", " padded ", "x" * 321])
def test_unfilterable_app_has_no_list_link(all_logins_known, make_login, person_page, app_uid):
    for minutes in (10, 20, 30):
        make_login(created_at=ago(minutes=minutes), app_uid=app_uid)
    page = person_page()
    assert "Never had access to Grafana in the logs we have" in page.text
    assert "3 attempts denied" in page.text
    assert not page.has_link("All 3 denied rows")


def test_limits_of_log_are_stated(locked_out, person_page):
    page = person_page()
    assert "Why a login was denied: the logs have no reason, policy, group claim, device or MFA result." in page.text
    assert "Look up Ray ID 9a47c89621af1fe6 in Cloudflare, or run the Access policy tester for ada@" in page.text


def test_range_defaults_to_seven_days(locked_out, person_page):
    assert "Last 7 days" in person_page().text
    assert "Last 30 days" in person_page(range="30d").text


def test_lockout_is_shown_first(locked_out, make_login, person_page):
    make_login(created_at=ago(minutes=5), app_uid="jira", app_name="Jira")
    page = person_page()
    assert "Locked out of Grafana" in page.text
    assert "Never had access to Jira in the logs we have, which start on 20 Oct at 14:06: 1 attempt denied" in page.text
    assert "Locked out of Grafana (last denied 13:56)" in page.text


def test_deactivation_is_shown_first(locked_out, make_update, person_page):
    make_update(
        logged_at=ago(minutes=20),
        status="SUCCESS",
        error_description="",
        request_method="PATCH",
        request_body='{"Operations":[{"op":"replace","path":"active","value":false}]}',
    )
    page = person_page()
    assert "Deactivated by SCIM at 13:46. Since then 2 attempts denied, none successful." in page.text
    assert "(session revocation: unknown)" in page.text


def test_unknown_email_suggests_similar_ones(locked_out, person_page):
    page = person_page("adda@meridian.example")
    assert "No logins or SCIM updates found for adda@meridian.example since 20 Oct 14:06. Did you mean" in page.text
    assert page.link("ada@meridian.example") == "/people/ada@meridian.example/"


def test_without_coverage_nothing_else_is_said(make_stream, person_page, make_login):
    make_stream(error="Cloudflare refused the token.")
    make_login()
    text = person_page().text
    assert "so nothing can be said about ada@meridian.example yet. Cloudflare refused the token." in text
    assert "locked out" not in text.lower()
    assert "attempt denied" not in text
    assert "unknown before" not in text


def test_unsynced_first_login_is_unknown(make_stream, person_page):
    make_stream()
    assert "First login found unknown: no logins synced yet" in person_page().text


def test_upper_case_is_the_same_person(locked_out, person_page):
    assert "Locked out of Grafana since 13:54: 2 attempts denied" in person_page("ADA@Meridian.Example").text


def test_persons_other_addresses_are_included(all_logins_known, make_login, person_page):
    make_login(created_at=ago(minutes=10), user_id="u1")
    make_login(created_at=ago(minutes=5), user_id="u1", user_email="a.l@meridian.example", allowed=True)
    page = person_page()
    assert "The same user_id also logs in as a.l@meridian.example, which got in to" in page.text
    assert page.link("a.l@meridian.example") == "/people/a.l@meridian.example/"
    assert "All 2" in page.text


def test_account_filter_limits_rows(locked_out, other_account, make_stream, cover, person_page, make_login):
    make_login(created_at=ago(minutes=1), allowed=True, account=other_account)
    assert "2 attempts denied" in person_page(account=locked_out.account.account_id).text
    assert "All 4" in person_page(account=locked_out.account.account_id).text
    assert "All 5" in person_page().text


def test_scim_state_is_attributed_to_scim(locked_out, make_update, person_page):
    body = '{"userName":"ada@meridian.example","displayName":"Ada Lovelace","active":true}'
    make_update(logged_at=ago(days=2), status="SUCCESS", error_description="", request_body=body)
    make_update(
        logged_at=ago(days=1),
        status="SUCCESS",
        error_description="",
        request_method="PATCH",
        resource_type="GROUP",
        resource_user_email="",
        resource_group_name="eng-prod",
        cf_resource_id="cf-eng",
        idp_resource_id="idp-eng",
        request_body='{"Operations":[{"op":"add","path":"members","value":'
        '[{"value":"bd97ef8d-7986-43e3-9ee0-c25dda33e4b0"}]}]}',
    )
    text = person_page().text
    assert "Ada Lovelace" in text
    assert "SCIM status active by Okta since 17 Nov 14:06:12" in text
    assert "SCIM groups eng-prod" in text
    assert "Access decides a login by the groups that the identity provider sends with it" in text


def test_scim_state_links_row_and_date(all_logins_known, okta, make_stream, cover, make_update, person_page):
    row = make_update(logged_at=ago(days=2), status="SUCCESS", error_description="")
    stream = make_stream(Log.SCIM_UPDATES, okta.idp_id)
    cover(stream, ago(days=20), ago(days=1))
    page = person_page()
    assert "SCIM status active by Okta as of 17 Nov 14:06:12; data missing since 18 Nov 14:06:12" in page.text
    assert row.get_absolute_url() in [link.attrs["href"] for link in page.all("a") if link.text == "17 Nov 14:06:12"]
    cover(stream, ago(days=1), ago(minutes=9))
    assert "SCIM status active by Okta since 17 Nov 14:06:12" in person_page().text


def test_ids_can_be_copied(locked_out, all_updates_known, make_update, person_page):
    make_update(status="SUCCESS", error_description="")
    copied = {button.attrs.get("data-copy") for button in person_page().all("button")}
    assert {
        "57171132-e453-4ee8-b2a5-8cbaad333207",
        "bd97ef8d-7986-43e3-9ee0-c25dda33e4b0",
        "00u1ab2cd3EF4gh5i6j7",
    } <= copied


def test_apps_show_last_success_and_lockout(locked_out, make_login, person_page):
    make_login(created_at=ago(minutes=9), app_uid="jira", app_name="Jira")
    make_login(created_at=ago(minutes=8), app_uid="jira", app_name="Jira", allowed=True)
    make_login(created_at=ago(minutes=7), app_uid="wiki", app_name="Wiki", allowed=True)
    make_login(created_at=ago(minutes=6), app_uid="payroll", app_name="Payroll")
    rows = [
        row
        for row in person_page().rows
        if row[0].split()[0] in ("Locked", "Grafana", "Never", "Payroll", "Other", "Wiki", "Jira")
    ]
    assert rows == [
        ["Locked out 1"],
        ["Grafana", "18 Nov 23:06", "19 Nov 13:56"],
        ["Never had access 1"],
        ["Payroll", "none found", "19 Nov 14:00"],
        ["Other apps 2"],
        ["Wiki", "19 Nov 13:59", "–"],
        ["Jira", "19 Nov 13:58", "19 Nov 13:57"],
    ]


def test_every_lost_app_is_shown(all_logins_known, make_login, person_page):
    for number in range(30):
        names = {"app_uid": f"app{number}", "app_name": f"App {number}"}
        make_login(created_at=ago(hours=20), allowed=True, **names)
        make_login(created_at=ago(minutes=number), **names)
    page = person_page()
    assert "Locked out 30" in page.text
    assert {f"App {number}" for number in range(30)} <= {row[0] for row in page.rows}


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"range": "1y"}, "There is no range “1y”"),
        ({"log": "dns"}, "log=dns is not known here"),
        ({"accuont": "red"}, "There is no filter “accuont”"),
    ],
)
def test_invalid_query_shows_no_verdict(signed_in, locked_out, query, problem):
    response = signed_in.get(reverse("people:person", args=[ADA]), query)
    assert response.status_code == 400
    assert problems_in(response)[0].startswith(problem)
    assert "2 attempts denied" not in page_of(response).text


def test_email_with_nul_is_rejected(signed_in, db):
    assert signed_in.get("/people/a%00b/").status_code == 404


def test_hostile_log_text_stays_text(all_logins_known, make_login, person_page):
    texts = ("app_name", "app_domain", "connection", "ip_address", "country", "ray_id", "user_id")
    pages = []
    for name, value in (("plain@x.example", "plain"), (f"{HOSTILE}@x.example", HOSTILE)):
        make_login(user_email=name, app_uid=value, **dict.fromkeys(texts, value), extra={value: value})
        pages.append(person_page(name))
    plain, hostile = pages
    assert hostile.skeleton == plain.skeleton
    assert hostile.misplaced == []


def test_page_requires_sign_in(client, db):
    for path in (
        "/people/",
        "/people/ada/",
        "/people/ada/ticket.md",
        "/people/deprovisioned/",
        "/people/deprovisioned.csv",
    ):
        assert client.get(path).status_code == 302


def test_query_count_is_constant(signed_in, locked_out, make_login, django_assert_max_num_queries):
    for number in range(60):
        make_login(created_at=ago(minutes=100 + number * 3), app_uid=f"app{number % 7}", app_name=f"App {number % 7}")
    with django_assert_max_num_queries(110):
        assert signed_in.get(reverse("people:person", args=[ADA])).status_code == 200


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    "query",
    [
        {"range": "all"},
        {"since": "0001-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
        {"since": "9999-12-31T23:00:00Z"},
        {"since": "2030-01-01", "until": "2031-01-01"},
    ],
    ids=str,
)
def test_any_range_and_clock_is_answered(locked_out, all_updates_known, signed_in, zone, query):
    signed_in.cookies["time_zone"], signed_in.cookies["clock"] = zone, "local"
    for name in ("people:person", "people:ticket"):
        assert signed_in.get(reverse(name, args=[ADA]), query).status_code == 200


def test_time_before_coverage_is_unknown(locked_out, person_page):
    assert "The login data starts on 20 Oct at 14:06; an earlier login would not show." in person_page(range="all").text


def test_past_range_keeps_present_verdict(locked_out, person_page):
    text = person_page(since="2026-11-18T00:00:00Z", until="2026-11-19T00:00:00Z").text
    assert "Locked out of Grafana since 13:54: 2 attempts denied" in text
    assert "All 1" in text


def test_failing_requests_link_to_their_list(locked_out, make_update, signed_in, person_page):
    make_update(logged_at=ago(minutes=30))
    make_update(logged_at=ago(minutes=20))
    page = person_page()
    assert "2 SCIM requests about this person have been failing since 13:36" in page.text
    response = signed_in.get(page.link("All 2 failed"))
    assert len(response.context["page"].rows) == 2


def test_regressed_requests_link_recent_failures(locked_out, make_update, signed_in, person_page):
    make_update(logged_at=ago(minutes=40))
    make_update(logged_at=ago(minutes=35), status="SUCCESS", error_description="")
    make_update(logged_at=ago(minutes=30))
    page = person_page()
    assert "1 SCIM request about this person has been failing since 13:36" in page.text
    response = signed_in.get(page.link("All 1 failed"))
    assert len(response.context["page"].rows) == 1


def test_ticket_without_coverage_claims_nothing(make_stream, signed_in, make_login):
    make_stream()
    make_login()
    text = signed_in.get(reverse("people:ticket", args=[ADA])).content.decode()
    assert "nothing can be said about" in text
    assert "Grafana" not in text
