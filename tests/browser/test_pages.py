"""What people do with the pages, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/logins/",
    "/",
    "/logins/by-app/",
    "/logins/by-person/",
    "/scim/",
    "/sync/",
    "/audit/",
    "/exports/",
    "/logins/?user_email=nobody",
    "/logins/?since=2026-01-01&until=2026-01-02",
]


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_scrolls_sideways(open_page, live_server, width):
    page = open_page("/logins/", width)
    for path in PAGES:
        page.goto(live_server.url + path)
        expect(page.locator("h1")).to_be_visible()
        assert not scrolls_sideways(page), path


def test_security_finds_apps_denied_people(open_page):
    page = open_page("/logins/by-app/")
    page.get_by_role("link", name="62", exact=True).first.click()
    expect(page.get_by_role("heading", name="Logins", exact=True)).to_be_visible()
    expect(page.locator("tr[id^=row-]")).to_have_count(50)
    page.get_by_role("link", name="More").click()
    expect(page.locator("tr[id^=row-]")).to_have_count(12)


def test_scim_body_loads_when_opened(open_page):
    page = open_page("/scim/")
    expect(page.locator("pre.gh-json")).to_have_count(0)
    opener = page.locator("tr[id^=row-] .gh-opener a").first
    opener.click()
    expect(page.locator("pre.gh-json").first).to_contain_text('"active": true')
    expect(opener).to_have_attribute("aria-expanded", "true")
    opener.click()
    expect(page.locator("pre.gh-json")).to_have_count(0)
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_scim_body_is_copied_unchanged(open_page):
    page = open_page("/scim/")
    page.locator("tr[id^=row-] .gh-opener a").first.click()
    page.get_by_role("button", name="Copy body").click()
    expect(page.locator("#said")).to_have_text("Copied request body")
    assert page.evaluate("navigator.clipboard.readText()") == '{"userName":"ada@meridian.example","active":true}'


def test_non_json_body_is_shown_unchanged(open_page):
    page = open_page("/scim/")
    page.locator("tr[id^=row-] .gh-opener a").nth(1).click()
    expect(page.locator("pre.gh-json").first).to_have_text("{not json </script>")


def test_filter_is_set_and_removed(open_page):
    page = open_page("/logins/")
    page.locator("summary", has_text="Filter").click()
    page.get_by_role("textbox", name="Person").fill("PERSON7@")
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator("tr[id^=row-]")).to_have_count(1)
    expect(page).to_have_url(re.compile("user_email=PERSON7"))
    expect(page).not_to_have_url(re.compile("app_name"))
    page.get_by_role("link", name="Remove filter: Person PERSON7@").click()
    expect(page.locator("tr[id^=row-]")).to_have_count(50)
    page.go_back()
    expect(page.locator("tr[id^=row-]")).to_have_count(1)


def test_value_in_row_narrows_list(open_page):
    page = open_page("/logins/")
    page.locator("tr[id^=row-]").get_by_role("link", name="0000000000000009", exact=True).click()
    expect(page.locator("tr[id^=row-]")).to_have_count(1)


def test_new_rows_are_announced_without_moving(open_page, make_login, live_server):
    page = open_page("/logins/")
    # The page asks every ten seconds; the test need not wait that long.
    page.clock.install()
    page.goto(live_server.url + "/logins/")
    make_login(
        created_at=timezone.now(), arrived_at=timezone.now() + timedelta(seconds=1), user_email="new@meridian.example"
    )
    page.clock.run_for(11_000)
    expect(page.get_by_text("1 new row, show it")).to_be_visible()
    expect(page.get_by_text("new@meridian.example")).to_have_count(0)
    page.get_by_text("1 new row, show it").click()
    expect(page.locator("tr[id^=row-]").get_by_text("new@meridian.example")).to_be_visible()


def test_everything_works_without_javascript(open_page):
    page = open_page("/scim/", java_script_enabled=False)
    page.locator("tr[id^=row-] .gh-opener a").first.click()
    expect(page.locator("pre.gh-json").first).to_contain_text('"active": true')
    page.locator("summary", has_text="Filter").click()
    page.get_by_role("textbox", name="Error").fill("ALREADY exists")
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator("tr[id^=row-]")).to_have_count(2)
    page.locator("#theme button").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_theme_follows_system_until_switched(open_page):
    page = open_page("/logins/", scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme button").click()
    expect(page.locator("body")).not_to_have_css("background-color", dark)
    page.reload()
    expect(page.locator("body")).not_to_have_css("background-color", dark)


def test_browser_time_zone_can_come_first(open_page):
    page = open_page("/logins/")
    page.reload()
    page.get_by_role("button", name="Berlin").click()
    expect(page.get_by_role("button", name="Berlin")).to_have_attribute("aria-pressed", "true")
    shown, title = page.locator("tr[id^=row-] time").first.evaluate("element => [element.textContent, element.title]")
    assert (int(shown[:2]) - int(title[11:13])) % 24 in (1, 2)


def test_slash_searches_for_ray_id(open_page):
    page = open_page("/scim/")
    page.keyboard.press("/")
    page.keyboard.type("0000000000000005-FRA\n")
    expect(page.locator("main")).to_contain_text("Recognised Ray ID 0000000000000005")
    expect(page.get_by_role("heading", name="Login details")).to_be_visible()


def test_a_card_on_a_phone_unfolds(open_page):
    page = open_page("/scim/", width=390)
    page.locator("tr[id^=row-] .gh-opener a").first.click()
    expect(page.locator("pre.gh-json").first).to_be_visible()


def test_csv_has_stated_number_of_rows(open_page):
    page = open_page("/logins/")
    button = page.get_by_role("link", name="Export CSV, 62 rows")
    with page.expect_download() as download:
        button.click()
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        assert file.read().count("\r\n") == 63


def test_user_signs_in_and_out(chromium, live_server, make_user):
    make_user("kim")
    page = chromium.new_page()
    page.goto(live_server.url + "/scim/?range=7d")
    page.get_by_label("User name").fill("kim")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(
        "The user name or password is wrong. After five wrong passwords you have to wait for five minutes."
    )
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(live_server.url + "/scim/?range=7d")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.close()
