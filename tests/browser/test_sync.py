"""The page about the sync, in a real browser, while it refreshes itself every five seconds."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from logsync.models import AskedRange, Stream
from tests.browser.conftest import scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)
A_REFRESH = 5_500


@pytest.fixture
def stream(company):
    """A stream with a failed hole of an hour, three days ago, and with time that was never asked for before that."""
    stream = Stream.objects.get(log="access_requests")
    now = timezone.now()
    Stream.objects.update(backfill_since=now - 30 * DAY)
    stream.covered_ranges.all().delete()
    hole = now - 3 * DAY
    stream.covered_ranges.create(since=now - 20 * DAY, until=hole, state="settled")
    stream.covered_ranges.create(since=hole + timedelta(hours=1), until=now, state="settled")
    stream.covered_ranges.create(since=now - 30 * DAY, until=now - 20 * DAY, state="beyond")
    stream.failed_ranges.create(
        since=hole,
        until=hole + timedelta(hours=1),
        error="Cloudflare answered 500.",
        failed_at=now,
        retry_at=now + timedelta(hours=1),
    )
    return stream


@pytest.fixture
def refreshed():
    """Let the page refresh itself, and wait until it has."""

    def wait(page):
        # What is marked here is gone once the page has fetched itself anew.
        page.evaluate("document.querySelector('#sync-state').dataset.old = 'yes'")
        page.clock.run_for(A_REFRESH)
        expect(page.locator("#sync-state:not([data-old])")).to_be_visible()

    return wait


@pytest.fixture
def sync_page(open_page, stream):
    """The page, with a clock that the test turns."""

    def open_at(width=1440, scheme="light", query=""):
        page = open_page("/logins/", width, scheme)
        page.clock.install()
        page.goto(page.url.replace("/logins/", f"/sync/{query}"))
        return page

    return open_at


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_calendar_fits_the_screen(sync_page, refreshed, stream, width, scheme):
    stream.note(error="An error that is long. " * 20, error_since=timezone.now(), retry_at=timezone.now())
    page = sync_page(width, scheme)
    calendar = page.get_by_role("group", name="Coverage by hour")
    for _ in range(2):
        expect(calendar).to_be_visible()
        newest = calendar.locator("rect").last.bounding_box()
        assert 0 <= newest["x"] <= width - newest["width"]
        assert not scrolls_sideways(page)
        refreshed(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_calendar_states_are_all_distinguishable(stream, sync_page, scheme):
    now = timezone.now()
    stream.covered_ranges.filter(state="beyond").delete()
    for days, state in ((33, "deleted"), (28, "beyond"), (24, "late")):
        stream.covered_ranges.create(since=now - days * DAY, until=now - (days - 2) * DAY, state=state)
    page = sync_page(scheme=scheme)
    fills = page.locator(".gh-legend rect").evaluate_all("all => all.map(rect => getComputedStyle(rect).fill)")
    assert len(set(fills)) == len(fills) == 8
    assert "none" not in fills


def test_calendar_hour_links_to_rows(sync_page):
    page = sync_page()
    page.locator(".gh-calendar-days a").last.locator("rect").last.click()
    expect(page.get_by_role("heading", name="Logins")).to_be_visible()
    expect(page).to_have_url(re.compile("since="))
    expect(page).to_have_url(re.compile("allowed=any"))


@pytest.mark.parametrize("width", [1440, 390])
def test_backfill_form_survives_refresh(sync_page, refreshed, width):
    page = sync_page(width)
    page.locator("summary", has_text="Backfill…").click()
    page.get_by_label("Stream").select_option(label="SCIM · Okta · Meridian")
    page.get_by_label("From (UTC)").fill("2026-01-0")
    page.get_by_label("Read again what is already stored").check()
    page.get_by_label("From (UTC)").focus()
    for _ in range(3):
        refreshed(page)
    page.keyboard.press("End")
    page.keyboard.type("2")
    expect(page.get_by_label("From (UTC)")).to_have_value("2026-01-02")
    expect(page.get_by_label("From (UTC)")).to_be_focused()
    expect(page.get_by_label("Read again what is already stored")).to_be_checked()
    expect(page.get_by_label("Stream").locator("option:checked")).to_have_text("SCIM · Okta · Meridian")
    box = page.locator(".gh-form").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert not scrolls_sideways(page)


def test_stream_menu_survives_refresh(sync_page, refreshed):
    page = sync_page()
    page.locator("#stream-choice summary").click()
    for _ in range(2):
        refreshed(page)
        expect(page.locator("#stream-choice").get_by_role("link", name="SCIM · Okta · Meridian")).to_be_visible()
    page.locator("#stream-choice").get_by_role("link", name="SCIM · Okta · Meridian").click()
    expect(page.locator("#stream-choice summary")).to_have_text("SCIM · Okta · Meridian")
    refreshed(page)
    expect(page.locator("#stream-choice summary")).to_have_text("SCIM · Okta · Meridian")


@pytest.mark.parametrize(
    "place", [".gh-holes button", "#stream-choice summary", ".gh-table a.gh-plain", "#earlier-days"]
)
def test_keyboard_focus_survives_refresh(sync_page, refreshed, stream, place):
    stream.note(backfill_since=timezone.now() - 60 * DAY)
    page = sync_page()
    page.locator(place).first.focus()
    for _ in range(2):
        refreshed(page)
        expect(page.locator(place).first).to_be_focused()


def test_page_updates_after_sync(sync_page, refreshed, stream):
    page = sync_page()
    expect(page.locator("#sync-state")).to_contain_text("could not be read")
    stream.failed_ranges.all().delete()
    stream.covered_ranges.filter(state="settled").delete()
    now = timezone.now()
    stream.covered_ranges.create(since=now - 20 * DAY, until=now, state="settled")
    refreshed(page)
    expect(page.locator(".gh-say")).to_have_count(0)
    expect(page.locator(".gh-holes")).to_have_count(0)


def test_hole_button_requests_immediate_read(sync_page, refreshed, stream):
    page = sync_page()
    refreshed(page)  # the button works as well after a refresh, which brings its own token
    page.locator(".gh-holes").get_by_role("button").click()
    expect(page.get_by_role("status").filter(has_text="of 1 stream will be read, newest first.")).to_be_visible()
    assert stream.failed_ranges.get().retry_at <= timezone.now()
    assert not AskedRange.objects.exists()


def test_range_is_requested_in_menu(sync_page):
    page = sync_page()
    page.locator("summary", has_text="Backfill…").click()
    day = timezone.now() - 60 * DAY
    page.get_by_label("From (UTC)").fill(f"{day:%Y-%m-%d}")
    page.get_by_role("button", name="Read this range").click()
    expect(page.get_by_role("status").filter(has_text="of 2 streams will be read, newest first.")).to_be_visible()
    assert AskedRange.objects.count() == 2


def test_invalid_range_is_rejected_in_menu(sync_page):
    page = sync_page()
    page.locator("summary", has_text="Backfill…").click()
    page.get_by_label("From (UTC)").fill("yesterday")
    page.get_by_role("button", name="Read this range").click()
    expect(page.get_by_role("status").filter(has_text="“yesterday” is neither a date nor a time")).to_be_visible()
    assert not AskedRange.objects.exists()


def test_page_works_without_javascript(open_page, stream):
    page = open_page("/sync/", java_script_enabled=False)
    expect(page.get_by_role("group", name="Coverage by hour")).to_be_visible()
    page.locator(".gh-holes").get_by_role("button").click()
    expect(page.get_by_role("status").filter(has_text="of 1 stream will be read, newest first.")).to_be_visible()


@pytest.mark.parametrize(("path", "kept"), [("/sync/", "#sync-state"), ("/logins/", "tr[id^=row-]")])
def test_signed_out_page_stays_and_says_so(open_page, path, kept):
    page = open_page("/scim/", may_fail=True)
    page.clock.install()
    page.goto(page.url.replace("/scim/", path))
    page.context.clear_cookies()
    page.clock.run_for(2 * A_REFRESH)
    expect(page.locator("#trouble")).to_contain_text("You’re signed out. Sign in to continue")
    expect(page.locator(kept).first).to_be_attached()
    expect(page.locator(".gh-sign")).to_have_count(0)
