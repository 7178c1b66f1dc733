"""Failed logins by app in a real browser: a row unfolds, a phone shows all of it, hostile names stay text."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import HOSTILE, scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

ADDRESS = "/logins/by-app/"


@pytest.fixture
def outage(company, make_login):
    """Ten people are denied at Jira through one provider; thirty are let in through another."""
    now = timezone.now()

    def login(person, **values):
        values = {"created_at": now - timedelta(minutes=50), "app_uid": "jira", "app_name": "Jira"} | values
        make_login(arrived_at=now, user_email=f"{person}@meridian.example", **values)

    for number in range(10):
        login(f"out{number}", connection="okta-eu", country="NL")
    for number in range(30):
        login(f"in{number}", connection="azureAD", country="DE", ip_address="203.0.113.9", allowed=True)
    login("out0", connection="okta-eu", created_at=now - timedelta(minutes=5), allowed=True)
    login("hostile", app_uid=HOSTILE, app_name=HOSTILE, connection=HOSTILE)
    return company


def opener(page, name):
    return page.get_by_role("link", name=f"What the denied at {name} have in common")


def test_row_unfolds_and_folds(open_page, outage):
    page = open_page(ADDRESS)
    opener(page, "Jira").click()
    expect(page.get_by_role("heading", name="What the denied have in common")).to_be_visible()
    expect(page.locator(".gh-compared")).to_contain_text("10 of 10")
    expect(opener(page, "Jira")).to_have_attribute("aria-expanded", "true")
    opener(page, "Jira").click()
    expect(page.locator(".gh-compared")).to_have_count(0)


def test_a_row_unfolds_without_a_script(open_page, outage):
    page = open_page(ADDRESS, java_script_enabled=False)
    opener(page, "Jira").click()
    expect(page.locator("tr.gh-picked")).to_have_count(1)
    expect(page.locator(".gh-compared")).to_contain_text("10 of 10")
    expect(page).to_have_url(re.compile("#app-"))


def test_a_ticket_is_copied_as_text(open_page, outage):
    page = open_page(ADDRESS)
    opener(page, "Jira").click()
    page.get_by_role("button", name="Copy for ticket").click()
    expect(page.locator("#said")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "Failed logins at `Jira`: 10 denied attempts, 10 people"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_shows_every_compared_value(open_page, outage, scheme):
    page = open_page(ADDRESS, 390, scheme)
    opener(page, "Jira").click()
    rows = page.locator(".gh-compared tbody tr")
    expect(rows.first).to_be_visible()
    for cell in rows.first.locator("th, td").all():
        expect(cell).to_be_visible()
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_app_has_own_page(open_page, outage, width):
    page = open_page(ADDRESS, width)
    page.get_by_role("link", name="Jira", exact=True).first.click()
    expect(page.get_by_role("heading", name="Jira", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="People denied here")).to_be_visible()
    expect(page.locator(".gh-lockouts tbody tr")).to_have_count(10)
    assert not scrolls_sideways(page)


def test_hostile_app_has_own_page(open_page, outage):
    page = open_page(ADDRESS)
    page.get_by_role("link", name='What the denied at "><img src=x onerror=alert(1)>').click()
    page.get_by_role("link", name="Open full page").click()
    expect(page.locator("h1")).to_contain_text('"><img src=x onerror=alert(1)>')
    expect(page.locator(".gh-lockouts tbody tr")).to_have_count(1)


def test_the_table_is_exported(open_page, outage):
    page = open_page(ADDRESS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV, 3 rows").click()
    assert download.value.suggested_filename.startswith("failed-logins-by-app-")
