"""What helpdesk does with a person's page, in a real browser."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import HOSTILE, scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

PERSON = "/people/person7@meridian.example/"


def paths():
    hostile = [reverse("people:person", args=[email]) for email in (HOSTILE, "x" * 320, "../a?b#c@x")]
    return ["/people/", "/people/?q=zzz", "/people/deprovisioned/", PERSON, "/people/ada@meridian.example/", *hostile]


@pytest.mark.parametrize("width", [1440, 390])
def test_no_people_page_scrolls_sideways(open_page, live_server, width):
    page = open_page("/people/", width)
    for path in paths():
        page.goto(live_server.url + path)
        expect(page.locator("h1")).to_be_visible()
        assert not scrolls_sideways(page), path


def test_person_is_found_by_partial_email(open_page):
    page = open_page("/people/")
    page.get_by_placeholder("Part of an e-mail address or name").fill("PERSON7")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="person7@").click()
    expect(page.locator("#verdict")).to_contain_text("like 39 of 39 other people who tried since")


def test_hostile_email_leads_to_own_page(open_page):
    page = open_page("/people/")
    page.get_by_role("link", name="onerror").click()
    expect(page.locator("h1")).to_contain_text("<script>alert(2)</script>")
    expect(page.locator("#verdict")).to_contain_text("other people who tried since")


def test_row_unfolds_in_place_and_folds(open_page):
    page = open_page(PERSON)
    summary = page.locator(".gh-event > summary").first
    summary.click()
    expect(page.get_by_role("heading", name="All fields")).to_be_visible()
    summary.click()
    expect(page.get_by_role("heading", name="All fields")).to_be_hidden()


def test_row_opens_without_javascript(open_page):
    page = open_page(PERSON, java_script_enabled=False)
    page.locator(".gh-event > summary").first.click()
    page.get_by_role("link", name="All fields here").click()
    expect(page.get_by_role("heading", name="All fields")).to_be_visible()


def test_ticket_is_copied_with_one_click(open_page):
    page = open_page(PERSON)
    page.locator("[data-copy-ticket]").click()
    expect(page.locator("#said")).to_have_text("Copied ticket")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Access logins of `person7@meridian.example`")
    assert "Ray ID `" in copied


def test_the_key_t_copies_the_ticket(open_page):
    page = open_page(PERSON)
    page.keyboard.press("t")
    expect(page.locator("#said")).to_have_text("Copied ticket")
