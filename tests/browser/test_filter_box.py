"""The box in which filters are typed, and the search within a facet."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def countries(company, make_login):
    """Denials from ten countries, and most of all from Sweden."""
    at = timezone.now() - timedelta(minutes=1)
    for number in range(10):
        make_login(created_at=at, arrived_at=at, country=f"C{number}", user_email="ada@meridian.example")
    make_login(created_at=at, arrived_at=at, country="SE", user_email="zanele@meridian.example")


def test_filters_are_typed_by_keyboard(countries, open_page):
    page = open_page("/logins/")
    box = page.get_by_role("combobox", name="Add filters")
    page.keyboard.press("f")
    expect(box).to_be_focused()
    page.keyboard.type("cou")
    expect(page.locator("#suggestions li")).to_have_text([re.compile(r"country:\s*Country"), re.compile("Search")])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("country:")
    page.keyboard.type("s")
    expect(page.locator("#suggestions li")).to_have_text([re.compile(r"Country\s*SE\s*1")])
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/logins/?country=SE")
    expect(page.locator("tr[id^=row-]")).to_have_count(1)
    # The next filter can be typed at once, and the last one taken away.
    expect(box).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator(".gh-chip a").last).to_be_focused()
    page.keyboard.press("Backspace")
    page.wait_for_url("**/logins/?")
    expect(box).to_be_focused()


def test_typed_words_search_everywhere(countries, open_page):
    page = open_page("/logins/?range=1h")
    box = page.get_by_role("combobox", name="Add filters")
    box.click()
    expect(page.locator("#suggestions li").first).to_contain_text("user:")
    page.keyboard.type("ada -country:C1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/logins/?range=1h&not.country=C1&q=ada")
    expect(page.locator("tr[id^=row-]")).to_have_count(9)


def test_box_is_form_without_scripts(countries, open_page):
    page = open_page("/logins/?range=1h", java_script_enabled=False)
    page.locator("#filter").fill("country:SE")
    page.keyboard.press("Enter")
    page.wait_for_url("**/logins/?range=1h&country=SE")
    expect(page.locator("tr[id^=row-]")).to_have_count(1)


def test_facet_shows_and_searches_all(countries, open_page):
    page = open_page("/logins/", width=1920)
    facet = page.locator("#facet-country")
    expect(facet.locator("li")).to_have_count(8)
    facet.get_by_role("link", name="Show all of Country").click()
    expect(facet.locator("li")).to_have_count(12)
    search = facet.get_by_role("searchbox", name="Search Country")
    expect(search).to_be_focused()
    page.keyboard.type("c7")
    expect(facet.locator("li")).to_have_count(1)
    expect(search).to_be_focused()
    facet.get_by_role("link", name="C7 1").click()
    page.wait_for_url("**/logins/?country=C7&facet=country")
    expect(facet.locator("li")).to_have_count(12)


def test_values_are_shown_on_narrow_screens(countries, open_page):
    page = open_page("/logins/?range=1h", width=1024, java_script_enabled=False)
    expect(page.locator("#values")).to_be_hidden()
    page.get_by_role("link", name="Filter by value").click()
    page.locator("#values").get_by_role("link", name="C0 1", exact=True).click()
    page.wait_for_url("**/logins/?range=1h&country=C0")
    expect(page.locator("#values")).to_be_hidden()
