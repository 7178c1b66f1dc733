"""SCIM problems in a real browser: unfolding, copying for a ticket, ignoring, with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

PROBLEMS = "/scim/problems/"


def _unfold(page):
    page.locator(".gh-opener a").first.click()
    expect(page.locator(".gh-open")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_text_stays_within_page(width, scheme, open_page):
    page = open_page(PROBLEMS, width=width, scheme=scheme)
    assert page.locator("tbody tr").count() >= 2
    for number in range(page.locator(".gh-opener a").count()):
        page.locator(".gh-opener a").nth(number).click()
    page.wait_for_load_state("networkidle")
    assert not scrolls_sideways(page)
    for link in page.locator("a:has-text('Open full page')").all():
        assert link.get_attribute("href").startswith(PROBLEMS)


@pytest.mark.parametrize("width", [1440, 390])
def test_update_rows_stay_within_page(width, open_page):
    page = open_page("/scim/?range=all&status=any", width=width)
    _unfold(page)
    assert not scrolls_sideways(page)


def test_problem_unfolds_in_place_and_folds(open_page):
    page = open_page(PROBLEMS)
    _unfold(page)
    key = page.locator("tr:has(+ .gh-open)").get_attribute("id").partition("-")[2]
    expect(page).to_have_url(re.compile(rf"{re.escape(PROBLEMS)}\?open={key}#row-{key}$"))
    page.locator(".gh-opener a").first.click()
    expect(page.locator(".gh-open")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"{PROBLEMS}$"))


def test_problem_is_copied_for_ticket(open_page):
    page = open_page(PROBLEMS)
    _unfold(page)
    page.locator("[data-copy-ticket]").first.click()
    expect(page.locator("#said")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("SCIM problem: `")
    assert copied.endswith("/")


@pytest.mark.parametrize("with_scripts", [True, False])
def test_ignoring_problem_can_be_stopped(with_scripts, open_page):
    page = open_page(PROBLEMS, java_script_enabled=with_scripts)
    count = page.locator(".gh-opener a").count()
    page.locator(".gh-opener a").first.click()
    page.locator(".gh-open textarea").first.fill("known <b>until</b> December")
    page.locator("button:has-text('Ignore this problem')").first.click()
    expect(page.get_by_text("known <b>until</b> December").first).to_be_visible()
    own = page.url
    page.locator(".gh-crumb a").click()
    expect(page.get_by_text("1 ignored problem is not shown")).to_be_visible()
    expect(page.locator(".gh-opener a")).to_have_count(count - 1)
    page.goto(own)
    page.get_by_role("button", name="Stop ignoring").click()
    expect(page.get_by_role("button", name="Stop ignoring")).to_have_count(0)
    page.locator(".gh-crumb a").click()
    expect(page.locator(".gh-opener a")).to_have_count(count)
