"""The three people whom Gatehouse is for, each from what they come with to what they leave with."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

RAY = "6ad96d0a4873697b"


@pytest.fixture
def caller(company, make_login):
    """Somebody who was let in twenty hours ago, and is denied now."""
    now = timezone.now()
    values = {
        "user_email": "caller@meridian.example",
        "user_id": "caller",
        "app_name": "Payroll",
        "app_uid": "payroll",
        "arrived_at": now,
    }
    make_login(**values, created_at=now - timedelta(hours=20), allowed=True, ray_id="1" * 16)
    return make_login(**values, created_at=now - timedelta(minutes=4), ray_id=RAY)


def test_security_finds_person_behind_spike(open_page):
    page = open_page("/")
    expect(page.locator(".gh-say .t")).to_contain_text(re.compile("people denied (from|since)"))
    page.get_by_role("link", name="What they have in common").click()
    expect(page.get_by_role("heading", name="What the denied have in common")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Having something in common doesn't prove the cause.")
    page.get_by_role("link", name="person17@meridian.example").first.click()
    expect(page.locator("h1")).to_contain_text("person17@meridian.example")
    expect(page.locator("#verdict")).to_contain_text("other people who tried since")


def test_helpdesk_turns_block_page_into_ticket(open_page, caller):
    page = open_page("/")
    page.keyboard.press("/")
    block_page = f"That account does not have access.\nRay ID: {RAY.upper()}-FRA\nYour IP: 192.0.2.7"
    page.evaluate("text => navigator.clipboard.writeText(text)", block_page)
    page.keyboard.press("Control+V")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(f"Recognised Ray ID {RAY}.")
    page.get_by_role("link", name="caller@meridian.example").first.click()
    expect(page.locator("#verdict")).to_contain_text("Locked out of Payroll")
    expect(page.locator("main")).to_contain_text("the logs have no reason, policy, group claim, device or MFA result.")
    page.keyboard.press("t")
    expect(page.locator("#said")).to_have_text("Copied ticket")
    ticket = page.evaluate("navigator.clipboard.readText()")
    for part in ("caller@meridian.example", "Payroll", RAY, "UTC", "/people/caller@meridian.example/"):
        assert part in ticket


def test_analyst_exports_rows_of_facet(open_page, caller):
    page = open_page("/logins/?columns=created_at&columns=user_email&columns=ray_id")
    page.locator(".gh-rail").get_by_role("link", name="Payroll 1").click()
    page.wait_for_url("**app_uid=payroll**")
    page.get_by_role("link", name="Remove the default filter: Result").click()
    expect(page.locator(".gh-lead")).to_contain_text("2 of")
    expect(page.locator("tr[id^=row-] .gh-id")).to_have_count(2)
    shown = page.locator("tr[id^=row-] .gh-id").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV, 2 rows").click()
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        exported = [row["ray_id"] for row in csv.DictReader(file)]
    assert exported == shown == [RAY, "1" * 16]
