"""Charts, facets and keys of a list, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import HOSTILE, scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def query_of(address):
    return {
        name: values if len(values) > 1 else values[0] for name, values in parse_qs(urlsplit(address).query).items()
    }


def drag(page, start, end, *, release=True):
    """Press on one bar, and drag to another."""
    bars = page.locator(".gh-area a .m-hit")
    first, last = bars.nth(start).bounding_box(), bars.nth(end).bounding_box()
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 20, steps=5)
    if release:
        page.mouse.up()


# Charts


def test_hovered_bar_shows_numbers(open_page):
    page = open_page("/logins/?range=1h")
    page.locator(".gh-area a").nth(30).hover(force=True)
    expect(page.locator(".gh-tip")).to_have_text(re.compile(r"^\d+ \w+ \d\d:\d\d to \d\d:\d\d UTC · \d denied"))
    page.mouse.move(5, 5)
    expect(page.locator(".gh-tip")).to_be_hidden()


def test_dragging_over_bars_narrows_range(open_page):
    page = open_page("/logins/?range=1h&country=NL")
    first, last = (query_of(page.locator(".gh-area a").nth(at).get_attribute("href")) for at in (10, 20))
    drag(page, 20, 10)
    page.wait_for_url("**since=**")
    assert query_of(page.url) == {"country": "NL", "since": first["since"], "until": last["until"]}
    expect(page.locator("tr[id^=row-]")).to_have_count(11)


def test_escape_cancels_drag(open_page):
    page = open_page("/logins/?range=1h")
    before = page.url
    drag(page, 10, 20, release=False)
    expect(page.locator(".gh-selection")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".gh-selection")).to_be_hidden()
    page.mouse.up()
    page.wait_for_timeout(200)
    assert page.url == before


def test_bar_is_link_without_javascript(open_page):
    page = open_page("/logins/?range=1h", java_script_enabled=False)
    box = page.locator(".gh-area a .m-hit").nth(30).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_url("**since=**")
    expect(page.locator("tr[id^=row-]")).to_have_count(1)


def test_table_links_to_same_bins(open_page):
    page = open_page("/logins/?range=1h")
    page.get_by_text("View as table").click()
    page.locator(".gh-numbers tbody a").nth(30).click()
    page.wait_for_url("**since=**")
    expect(page.locator("tr[id^=row-]")).to_have_count(1)


# Facets


def test_shift_click_excludes_value(open_page, make_login):
    make_login(created_at=timezone.now() - timedelta(minutes=1), country="SE", app_name="Jira", app_uid="jira")
    page = open_page("/logins/")
    page.locator(".gh-rail").get_by_role("link", name="SE 1").click(modifiers=["Shift"])
    page.wait_for_url("**not.country=SE**")
    expect(page.get_by_role("link", name="Remove filter: Country is not SE")).to_be_visible()


def test_value_is_excluded_by_keyboard(open_page, make_login):
    make_login(created_at=timezone.now() - timedelta(minutes=1), country="SE", app_name="Jira", app_uid="jira")
    page = open_page("/logins/")
    link = page.locator(".gh-rail").get_by_role("link", name="Exclude Country SE")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**not.country=SE**")


def test_hostile_value_can_be_chosen(open_page, make_login):
    make_login(created_at=timezone.now() - timedelta(minutes=1), app_uid=HOSTILE, app_name=HOSTILE)
    page = open_page("/logins/")
    page.locator(".gh-rail a[title]", has_text="onerror").first.click()
    page.wait_for_url("**app_uid=**")
    assert query_of(page.url)["app_uid"] == HOSTILE
    expect(page.locator("tr[id^=row-]")).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 1100, 768, 390])
def test_no_list_scrolls_sideways(open_page, make_login, width):
    make_login(
        created_at=timezone.now() - timedelta(minutes=1), connection="c" * 4000, country="d" * 300, ray_id="e" * 4000
    )
    page = open_page("/logins/", width=width)
    assert not scrolls_sideways(page)
    expect(page.locator(".gh-rail")).to_be_visible(visible=width > 1200)


# Keys


def test_j_k_and_o_navigate_rows(open_page):
    page = open_page("/logins/")
    openers = page.locator("tr[id^=row-] .gh-opener a")
    page.keyboard.press("j")
    expect(openers.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(openers.nth(1)).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator(".gh-open")).to_have_count(1)
    page.keyboard.press("j")
    expect(openers.nth(2)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("o")
    expect(page.locator(".gh-open")).to_have_count(0)


def test_x_copies_row_identifier(open_page):
    page = open_page("/logins/?user_email=person7@")
    page.keyboard.press("x")
    expect(page.locator("#said")).to_have_text("No row is chosen; j goes to the first.")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#said")).to_have_text("Copied Ray ID")
    shown = page.locator("tr[id^=row-] .gh-id").first.text_content()
    assert page.evaluate("navigator.clipboard.readText()") == shown


def test_e_exports_the_list(open_page):
    page = open_page("/logins/?user_email=person7@")
    with page.expect_download() as download:
        page.keyboard.press("e")
    assert download.value.suggested_filename.startswith("logins-")


def test_t_reports_missing_ticket_card(open_page):
    page = open_page("/logins/")
    page.keyboard.press("t")
    expect(page.locator("#said")).to_have_text("This page has no ticket.")


def test_shortcuts_ignore_fields_and_modifiers(open_page):
    page = open_page("/logins/")
    page.locator("#q").fill("")
    page.locator("#q").focus()
    page.keyboard.type("jo?e")
    expect(page.locator("#q")).to_have_value("jo?e")
    page.locator("h1").click()
    page.keyboard.press("Control+j")
    expect(page.locator(".gh-opener a:focus")).to_have_count(0)


def test_escape_returns_focus_to_opener(open_page):
    page = open_page("/logins/")
    button = page.locator(".gh-range summary")
    button.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".gh-range .gh-pop a:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_help_sheet_switches_shortcuts(open_page):
    page = open_page("/logins/")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    page.get_by_role("switch", name="Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("/")
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_hidden()
        expect(page.locator(":focus")).to_have_count(0)
        page.reload()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("switch").check()
    page.get_by_role("button", name="Close").click()
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator(".gh-opener a:focus")).to_have_count(1)
