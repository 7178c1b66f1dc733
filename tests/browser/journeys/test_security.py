"""From the overview to what the denied have in common, with the number of clicks that it takes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import clicks_in

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def test_overview_leads_to_cause(open_page):
    """From the first sentence to what the people share, and from there to these very people."""
    page = open_page("/")
    page.get_by_role("link", name="What they have in common").click()
    expect(page.get_by_role("heading", name="What the denied have in common")).to_be_visible()
    expect(page.locator(".gh-detail")).to_contain_text("Having something in common doesn't prove the cause.")
    assert clicks_in(page) == 1
    page.locator(".gh-detail a[href*='side=denied']").first.click()
    expect(page.locator("h1")).to_contain_text("People compared at Grafana")
    assert clicks_in(page) == 2


def test_any_app_leads_to_cause(open_page):
    page = open_page("/")
    page.locator("section:has(#apps) tbody a.gh-plain", has_text="Grafana").first.click()
    expect(page.get_by_role("heading", name="What the denied have in common")).to_be_visible()
    expect(page.locator(".gh-lead")).to_contain_text(re.compile(r"[\d.]+ % of all attempts"))
    assert clicks_in(page) == 1
