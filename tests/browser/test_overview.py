"""From the overview to what is wrong, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_headline_links_to_comparison(open_page, java_script_enabled):
    page = open_page("/", java_script_enabled=java_script_enabled)
    expect(page.locator(".gh-say .t")).to_contain_text(re.compile("people denied (from|since)"))
    page.get_by_role("link", name="What they have in common").click()
    expect(page.locator("h1")).to_contain_text("Grafana")


def test_number_links_to_its_rows(open_page):
    page = open_page("/")
    tile = page.get_by_role("link", name="People still locked out")
    number = tile.locator("b").inner_text()
    tile.click()
    expect(page.locator(".gh-lead")).to_have_text(f"{number} people still locked out")


def test_dragging_over_chart_narrows_page(open_page):
    page = open_page("/")
    box = page.locator(".gh-chart .gh-area").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    page.mouse.up()
    page.wait_for_url("**/?since=*")
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.locator(".gh-tiles")).to_contain_text("Denied logins")
