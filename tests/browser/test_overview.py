"""From the overview to what is wrong, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_headline_links_to_comparison(open_page, java_script_enabled):
    page = open_page("/", java_script_enabled=java_script_enabled)
    expect(page.locator(".gh-say .t")).to_contain_text(re.compile("people denied (from|since)"))
    page.get_by_role("link", name="What they have in common").click()
    expect(page.locator("h1")).to_contain_text("Grafana")


def test_number_links_to_its_rows(open_page, make_login):
    for number in range(2):
        address = f"person{number}@meridian.example"
        make_login(created_at=timezone.now() - timedelta(days=5), user_email=address, allowed=True)
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


def test_drag_is_what_headline_tells(open_page):
    page = open_page("/")
    box = page.locator(".gh-chart .gh-area").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.98, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, middle, steps=9)
    page.mouse.up()
    page.wait_for_url("**/?since=*")
    people = page.locator(".gh-tiles a:nth-child(2) b").inner_text()
    expect(page.locator(".gh-say .t").first).to_contain_text(re.compile(rf"^{people} people denied (since|from) "))


# The page refreshes itself


def is_the_page(request):
    return request.resource_type == "fetch" and urlsplit(request.url).path == "/"


@pytest.fixture
def next_minute():
    """Let a minute pass on the page's clock, and wait for what it fetches."""

    def wait(page):
        with page.expect_response(lambda response: is_the_page(response.request)) as fetched:
            page.clock.fast_forward(66_000)
        fetched.value.finished()

    return wait


@pytest.fixture
def watched(open_page):
    """The overview, with a clock that stands still until it is moved."""
    page = open_page("/views/")
    page.clock.install()
    page.goto(page.url.replace("/views/", "/"))
    return page


def test_open_overview_refreshes_itself(watched, next_minute, make_login):
    tile = watched.locator(".gh-tiles a").first
    number = int(tile.locator("b").inner_text().split()[0])
    link = watched.locator("#no-access a[href^='/people/']").first
    address = link.get_attribute("href")
    link.focus()
    watched.locator("summary:has-text('View as table')").evaluate("summary => { summary.parentElement.open = true }")
    watched.evaluate("scrollTo(0, 300)")
    make_login(created_at=timezone.now(), user_email="newest@x.example", app_name="Wiki", app_uid="wiki")
    next_minute(watched)
    expect(tile.locator("b")).to_contain_text(str(number + 1))
    expect(watched.locator("#no-access")).to_contain_text("newest@x.example")
    assert watched.evaluate("document.activeElement.getAttribute('href')") == address
    assert watched.evaluate("scrollY") == 300
    expect(watched.locator(".gh-numbers")).to_have_attribute("open", "")
    # The new chart says its numbers under the pointer, as the old one did.
    expect(watched.locator(".gh-area[data-enhanced]")).to_have_count(1)


def test_selected_text_is_left_alone(watched, make_login):
    watched.locator("#no-access h2").first.select_text()
    asked = []
    watched.on("request", lambda request: asked.append(request.url) if is_the_page(request) else None)
    watched.clock.fast_forward(66_000)
    watched.wait_for_timeout(200)
    assert asked == []
    assert watched.evaluate("getSelection().toString()") == "Lost access"


def test_ended_range_is_not_refreshed(open_page):
    page = open_page("/?since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z")
    expect(page.locator("script[src*=refresh]")).to_have_count(0)
