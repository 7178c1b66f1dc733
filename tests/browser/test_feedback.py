"""What a page says after a click, and when something does not arrive, in a real browser."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from logsync.models import Stream

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

EVENTS = re.compile(r"/logins/[0-9a-f]{32}/$")
LOADING = "'loading' in document.documentElement.dataset"
CLICK = f"element => {{ element.click(); return {LOADING}; }}"


@pytest.fixture
def hold():
    """Hold back the answers to some requests of a page; what it returns lets them go."""

    def hold(page, pattern):
        held = []
        page.route(pattern, lambda route: held.append(route))

        def let_go():
            for route in held:
                route.continue_()
            page.unroute(pattern)

        return let_go

    return hold


def row(page, number=0):
    return page.locator("tr[id^=row-]").nth(number)


def trouble(page):
    return page.locator("#trouble")


# Waiting


def test_click_shows_progress_at_once(open_page, hold):
    page = open_page("/logins/")
    let_go = hold(page, "**/scim/")
    link = page.get_by_label("Main", exact=True).get_by_role("link", name="SCIM")
    assert link.evaluate(CLICK) is True
    let_go()
    page.wait_for_url("**/scim/")
    assert page.evaluate(LOADING) is False


def test_unfolding_shows_progress_at_once(open_page, hold):
    page = open_page("/logins/")
    let_go = hold(page, EVENTS)
    assert row(page).locator(".gh-opener a").evaluate(CLICK) is True
    let_go()
    expect(page.locator(".gh-open")).to_have_count(1)
    assert page.evaluate(LOADING) is False


def test_form_shows_progress_and_is_sent_once(open_page, hold):
    page = open_page("/logins/")
    let_go = hold(page, "**/search/")
    page.locator("#q").fill("grafana")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    submit = f"form => {{ form.requestSubmit(); form.requestSubmit(); return {LOADING}; }}"
    assert page.locator("form[role=search]").first.evaluate(submit) is True
    let_go()
    page.wait_for_url("**/logins/?**")
    assert len(sent) == 1


def test_place_in_page_is_not_waited_for(open_page):
    page = open_page("/logins/")
    assert page.get_by_role("link", name="Skip to content").evaluate(CLICK) is False


# What does not arrive


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        (lambda route: route.abort(), "Gatehouse can’t be reached."),
        (lambda route: route.fulfill(status=500, body="x"), "Something went wrong on the server."),
    ],
)
def test_failed_row_can_be_tried_again(open_page, fail, words):
    page = open_page("/logins/", may_fail=True)
    page.route(EVENTS, fail)
    row(page).locator(".gh-opener a").click()
    expect(trouble(page)).to_contain_text(words)
    expect(row(page).locator(".gh-opener a")).to_have_attribute("aria-expanded", "false")
    expect(page).to_have_url(re.compile(r"/logins/$"))
    page.unroute(EVENTS)
    trouble(page).get_by_role("button", name="Try again").click()
    expect(page.locator(".gh-open")).to_have_count(1)
    expect(trouble(page)).to_be_hidden()


def test_deleted_row_is_said_to_be_gone(open_page):
    page = open_page("/logins/", may_fail=True)
    page.route(EVENTS, lambda route: route.fulfill(status=404, body="x"))
    row(page).locator(".gh-opener a").click()
    expect(trouble(page)).to_contain_text("This is no longer here.")
    trouble(page).get_by_role("button", name="Close").click()
    expect(trouble(page)).to_be_hidden()


def test_typed_text_survives_ended_session(open_page):
    page = open_page("/logins/?country=NL", may_fail=True)
    Session.objects.all().delete()
    page.locator("#q").fill("person7@meridian.example")
    row(page).locator(".gh-opener a").click()
    expect(trouble(page)).to_contain_text("You’re signed out.")
    trouble(page).get_by_role("button", name="Sign in").click()
    page.get_by_label("User name").fill("sam")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/logins/?country=NL")
    expect(page.locator("#q")).to_have_value("person7@meridian.example")


def test_nothing_is_sent_while_offline(open_page):
    page = open_page("/logins/", may_fail=True)
    page.context.set_offline(True)
    expect(trouble(page)).to_contain_text("You’re offline. This page stays as it was.")
    page.locator("#q").fill("person7@meridian.example")
    page.keyboard.press("Enter")
    expect(trouble(page)).to_contain_text("nothing was sent")
    expect(page.locator("#q")).to_have_value("person7@meridian.example")
    page.context.set_offline(False)
    expect(page.locator("#said")).to_have_text("You’re back online.")
    expect(trouble(page)).to_be_hidden()
    page.locator("#q").press("Enter")
    expect(page.locator("h1")).to_contain_text("person7@meridian.example")


# An opened row and the address


def test_opened_row_is_in_address(open_page, live_server):
    page = open_page("/logins/?country=NL")
    row(page, 2).locator(".gh-opener a").click()
    key = row(page, 2).get_attribute("id").removeprefix("row-")
    page.wait_for_url(f"**/logins/?country=NL&open={key}#row-{key}")
    expect(page.locator(".gh-open")).to_have_count(1)
    page.reload()
    expect(page.locator(f"#row-{key} + .gh-open")).to_be_visible()
    page.go_back()
    expect(page.locator(".gh-open")).to_have_count(0)
    page.go_forward()
    expect(page.locator(f"#row-{key} + .gh-open")).to_be_visible()
    page.goto(live_server.url + "/scim/")
    page.go_back()
    expect(page.locator(f"#row-{key} + .gh-open")).to_be_visible()
    row(page, 2).locator(".gh-opener a").click()
    expect(page.locator(".gh-open")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("open="))


def test_whole_row_opens_but_not_for_links_or_text(open_page):
    page = open_page("/logins/")
    # Beside the words of the column that takes the room.
    space = {"position": {"x": 4, "y": 4}}
    row(page, 1).locator("td").nth(1).click(**space)
    expect(page.locator(".gh-open")).to_have_count(1)
    row(page, 1).locator("td").nth(1).click(**space)
    expect(page.locator(".gh-open")).to_have_count(0)
    row(page, 1).locator("td").nth(1).click(modifiers=["Control"], **space)
    row(page, 1).locator("time").select_text()
    row(page, 1).dispatch_event("click")
    expect(page.locator(".gh-open")).to_have_count(0)
    page.evaluate("getSelection().removeAllRanges()")
    row(page, 1).get_by_role("link", name="person1@meridian.example", exact=True).click()
    page.wait_for_url("**/people/**")


# Times that go on


def test_age_of_sync_counts_and_is_asked_for(open_page, live_server):
    page = open_page("/people/")
    Stream.objects.update(succeeded_at=timezone.now())
    page.clock.install()
    page.goto(live_server.url + "/people/")
    age = page.locator(".gh-side-foot [data-ago]")
    expect(age).to_have_text(re.compile(r"^[0-3] s ago$"))
    page.clock.run_for(20_000)
    expect(age).to_have_text(re.compile(r"^2[0-4] s ago$"))
    with page.expect_response("**/freshness/"):
        page.clock.run_for(12_000)
    expect(age).to_have_text(re.compile(r"^\d s ago$"))


def test_changed_time_zone_is_noticed(open_page, live_server):
    page = open_page("/logins/")
    expect(trouble(page)).to_be_hidden()
    for name in ("time_zone", "browser_zone"):
        page.context.add_cookies([{"name": name, "value": "America/New_York", "url": live_server.url}])
    page.reload()
    expect(trouble(page)).to_contain_text(
        "This computer’s time zone is now Berlin. Times on this page are in New York."
    )
    trouble(page).get_by_role("button", name="Show Berlin time").click()
    expect(page.get_by_role("button", name="Berlin", exact=True)).to_be_visible()
    expect(trouble(page)).to_be_hidden()


# The sidebar


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_sidebar_folds_and_stays_folded(open_page, java_script_enabled):
    page = open_page("/logins/", java_script_enabled=java_script_enabled)
    word = page.get_by_label("Main", exact=True).get_by_text("Failed by person")
    wide = word.bounding_box()["width"]
    page.get_by_role("button", name="Fold the sidebar", exact=True).click()
    expect(page.get_by_role("button", name="Unfold the sidebar")).to_be_visible()
    page.reload()
    assert word.bounding_box()["width"] < wide
    expect(page.get_by_label("Main", exact=True).get_by_role("link", name="Failed by person")).to_be_visible()
    page.get_by_role("button", name="Unfold the sidebar").click()
    expect(page.get_by_role("button", name="Fold the sidebar", exact=True)).to_be_visible()


def test_sidebar_folds_by_itself_where_narrow(open_page):
    page = open_page("/logins/", width=1024)
    page.get_by_role("button", name="Unfold the sidebar").click()
    page.reload()
    expect(page.get_by_role("button", name="Fold the sidebar", exact=True)).to_be_visible()
