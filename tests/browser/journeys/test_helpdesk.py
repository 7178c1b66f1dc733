"""A caller is on the line: from what they send to a card in the ticket, with the number of clicks it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import clicks_in

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

RAY = "6ad96d0a4873697b"
CALLER = "caller@meridian.example"
BLOCK_PAGE = f"That account does not have access.\nRay ID: {RAY.upper()}-FRA\nYour IP: 192.0.2.7"
VERDICT = "Locked out of Payroll"


@pytest.fixture
def caller(company, make_login):
    """Somebody who was let in twenty hours ago, and is denied now."""
    now = timezone.now()
    values = {"user_email": CALLER, "user_id": "caller", "app_name": "Payroll", "app_uid": "payroll"}
    make_login(**values, arrived_at=now, created_at=now - timedelta(hours=20), allowed=True, ray_id="1" * 16)
    return make_login(**values, arrived_at=now, created_at=now - timedelta(minutes=4), ray_id=RAY)


@pytest.fixture
def pasted(open_page, caller):
    """The page that a pasted text leads to, in a browser of this width."""

    def paste(text, width=1440, **options):
        page = open_page("/people/", width, **options)
        page.locator("#q").fill(text)
        page.locator("#q").press("Enter")
        expect(page.locator("#verdict")).to_contain_text(VERDICT)
        return page

    return paste


def is_in_first_screen(page, locator):
    box = locator.bounding_box()
    return box["y"] + box["height"] <= page.viewport_size["height"]


@pytest.mark.parametrize("text", [BLOCK_PAGE, RAY], ids=["block page", "Ray ID"])
def test_paste_to_copied_card_is_one_click(pasted, text):
    page = pasted(text)
    page.get_by_role("link", name="Copy for ticket").click()
    expect(page.get_by_role("link", name="Copied")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("Copied ticket")
    assert clicks_in(page) == 1
    card = page.evaluate("navigator.clipboard.readText()")
    for part in (CALLER, VERDICT.replace("Payroll", "`Payroll`"), RAY, "What to do next", "UTC"):
        assert part in card


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("text", [CALLER, RAY])
def test_verdict_needs_no_click_and_no_scrolling(pasted, text, width):
    page = pasted(text, width)
    assert clicks_in(page) == 0
    for part in (
        page.locator("#verdict"),
        page.get_by_role("heading", name="What to do next"),
        page.get_by_role("link", name="Copy for ticket"),
    ):
        assert is_in_first_screen(page, part)


def test_card_without_scripts_is_selected_with_one_click(pasted):
    page = pasted(RAY, java_script_enabled=False)
    page.get_by_role("link", name="Copy for ticket").click()
    expect(page.get_by_text("Click the text to select all of it, then copy it with Ctrl+C")).to_be_visible()
    assert page.locator("#ticket-text").is_visible()
    expect(page.locator("#ticket-text")).to_have_css("user-select", "all")


def test_refused_copy_selects_the_text(pasted):
    page = pasted(RAY)
    page.evaluate("() => { Clipboard.prototype.writeText = () => Promise.reject(new Error('not allowed')); }")
    page.get_by_role("link", name="Copy for ticket").click()
    expect(page.locator("#said")).to_contain_text("The text is selected: press Ctrl+C")
    selected = page.evaluate("getSelection().toString()")
    assert selected.strip() == page.locator("#ticket-text").inner_text().strip()


def test_run_in_timeline_opens_to_its_rows(open_page, caller, make_login):
    for minutes in (10, 20, 30):
        make_login(
            created_at=timezone.now() - timedelta(minutes=minutes),
            user_email=CALLER,
            user_id="caller",
            app_name="Payroll",
            app_uid="payroll",
        )
    page = open_page(f"/people/{CALLER}/")
    run = page.locator(".gh-folded").first
    expect(run.locator("summary")).to_contain_text("Denied 4 times at Payroll")
    expect(run.locator("li").first).to_be_hidden()
    run.locator("summary").click()
    expect(run.locator("li")).to_have_count(4)
    expect(run.locator("li").first).to_be_visible()
