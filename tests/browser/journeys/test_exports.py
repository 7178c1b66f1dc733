"""An analyst gets the rows of a facet into a file, and the rows of some days by the calendar."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import clicks_in

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def payroll(company, make_login):
    """Three denials at an app of their own."""
    now = timezone.now()
    app = {"app_name": "Payroll", "app_uid": "payroll", "arrived_at": now}
    return [make_login(**app, created_at=now - timedelta(minutes=10 * number)).ray_id for number in (1, 2, 3)]


def test_facet_is_exported_in_three_clicks(open_page, payroll):
    page = open_page("/")
    page.get_by_role("link", name="Logins", exact=True).first.click()
    page.locator(".gh-rail").get_by_role("link", name="Payroll 3").click()
    page.wait_for_url("**app_uid=payroll**")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV, 3 rows").click()
    assert clicks_in(page) == 3
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        assert [row["ray_id"] for row in csv.DictReader(file)] == payroll


def test_range_is_clicked_in_the_calendar(open_page, payroll):
    page = open_page("/logins/")
    button = page.locator("[data-range] > summary")
    button.click()
    day = page.get_by_role("button", name=re.compile(r"day \d+ \w+ \d{4}$"), disabled=False).last
    expect(day).to_have_attribute("aria-current", "date")
    day.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("[data-day]:focus")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    typed = [page.get_by_label(label, exact=True).input_value() for label in ("From", "To")]
    assert all(re.fullmatch(r"\d+ \w{3} \d{4}", one) for one in typed)
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**since=**")
    expect(page.locator("main")).not_to_contain_text("is not a time")
    expect(button).to_contain_text(typed[1])


def test_calendar_is_not_needed(open_page, payroll):
    page = open_page("/logins/", java_script_enabled=False)
    page.locator("[data-range] > summary").click()
    expect(page.locator("[data-calendar]")).to_be_hidden()
    page.get_by_label("From", exact=True).fill("yesterday")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**since=yesterday**")
    expect(page.locator(".gh-lead")).to_contain_text("rows")
    page.locator("[data-range] > summary").click()
    page.get_by_role("link", name="This month").click()
    page.wait_for_url("**range=this-month**")
    expect(page.locator("[data-range] > summary")).to_contain_text("This month")
