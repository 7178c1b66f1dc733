"""SCIM problems in a real browser: unfolding, copying for a ticket, ignoring, with and without scripts."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

PROBLEMS = "/scim/problems/"
# Nothing may be wider than the window.
SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"


def _unfold(page):
    page.locator(".gh-opener a").first.click()
    page.locator(".gh-open").wait_for()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_and_long_texts_stay_within_the_page(width, scheme, open_page):
    page = open_page(PROBLEMS, width=width, scheme=scheme)
    assert page.locator("tbody tr").count() >= 2
    for number in range(page.locator(".gh-opener a").count()):
        page.locator(".gh-opener a").nth(number).click()
    page.wait_for_load_state("networkidle")
    assert not page.evaluate(SIDEWAYS)
    for link in page.locator("a:has-text('Own page')").all():
        assert link.get_attribute("href").startswith(PROBLEMS)


@pytest.mark.parametrize("width", [1440, 390])
def test_rows_of_updates_stay_within_the_page(width, open_page):
    page = open_page("/scim/?range=all&status=any", width=width)
    _unfold(page)
    assert not page.evaluate(SIDEWAYS)


def test_a_problem_unfolds_in_its_place_and_folds_again(open_page):
    page = open_page(PROBLEMS)
    _unfold(page)
    assert page.url.endswith(PROBLEMS)
    page.locator(".gh-opener a").first.click()
    page.locator(".gh-open").wait_for(state="detached")


def test_a_problem_is_copied_for_a_ticket(open_page):
    page = open_page(PROBLEMS)
    _unfold(page)
    page.locator("[data-copy-ticket]").first.click()
    page.locator("#said:has-text('Copied')").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("SCIM problem: `")
    assert copied.endswith("/")


@pytest.mark.parametrize("with_scripts", [True, False])
def test_a_problem_is_ignored_and_watched_again(with_scripts, open_page):
    page = open_page(PROBLEMS, java_script_enabled=with_scripts)
    count = page.locator(".gh-opener a").count()
    page.locator(".gh-opener a").first.click()
    page.locator(".gh-open textarea").first.fill("known <b>until</b> December")
    page.locator("button:has-text('Ignore this problem')").first.click()
    page.locator("text=known <b>until</b> December").wait_for()
    own = page.url
    page.locator("h1 a").click()
    assert page.locator(".gh-opener a").count() == count - 1
    assert page.locator("text=1 ignored problem is not shown").count() == 1
    page.goto(own)
    page.locator("button:has-text('Watch again')").click()
    page.locator("h1 a").click()
    assert page.locator(".gh-opener a").count() == count
