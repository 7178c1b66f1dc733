"""What people keep, in a real browser, with a script and without."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dashboard.saved.models import LastLook, Layout, SavedView
from tests.browser.conftest import scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def expect_first_columns(page, *names):
    """That these are the first headers of the list, after that of what opens a row."""
    for number, name in enumerate(names, start=1):
        expect(page.locator(".gh-cards thead th").nth(number)).to_have_text(name)


def test_column_is_moved_by_buttons(open_page, live_server):
    page = open_page("/logins/")
    page.locator("summary", has_text="Columns").click()
    expect(page.get_by_role("spinbutton", name="Position of ray_id")).to_be_hidden()
    for number in range(6, 0, -1):
        page.get_by_role("button", name="Move ray_id up").press("Enter")
        expect(page.locator("#said")).to_have_text(f"ray_id is now number {number}")
    page.get_by_role("button", name="Move created_at down").click()
    page.get_by_role("button", name="Save layout").click()
    expect(page.get_by_text("Layout saved.")).to_be_visible()
    page.goto(live_server.url + "/logins/")
    expect_first_columns(page, "Ray ID", "Person", "Time")


def test_column_is_moved_without_javascript(open_page):
    page = open_page("/logins/", java_script_enabled=False)
    page.locator("summary", has_text="Columns").click()
    expect(page.get_by_role("button", name="Move ray_id up")).to_be_hidden()
    page.get_by_role("spinbutton", name="Position of ray_id").fill("1")
    page.get_by_role("combobox", name="Row height").select_option("compact")
    page.get_by_role("button", name="Apply once").click()
    expect(page).to_have_url(re.compile("density=compact"))
    expect_first_columns(page, "Ray ID", "Time")
    assert not Layout.objects.exists()


def test_compact_rows_are_closer(open_page, live_server):
    page = open_page("/logins/")
    comfortable = page.locator("tr[id^=row-]").first.bounding_box()
    page.goto(live_server.url + "/logins/?density=compact")
    compact = page.locator("tr[id^=row-]").first.bounding_box()
    assert compact["height"] < comfortable["height"]


def test_the_link_is_copied_whole(open_page, live_server):
    page = open_page("/logins/?per_page=25")
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Copy link to this view").click()
    expect(page.locator("#said")).to_have_text("Copied the link")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{live_server.url}/logins/?")
    assert {"per_page=25", "density=comfortable", "sort=-created_at"} <= set(copied.partition("?")[2].split("&"))


def test_link_is_shown_without_javascript(open_page):
    page = open_page("/logins/", java_script_enabled=False)
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Copy link to this view").click()
    expect(page).to_have_url(re.compile("per_page=50"))
    expect(page.locator("tr[id^=row-]")).to_have_count(50)


@pytest.mark.parametrize("has_script", [True, False], ids=["with a script", "without a script"])
def test_view_is_saved_renamed_and_deleted(has_script, open_page):
    page = open_page("/logins/?country=NL&per_page=25", java_script_enabled=has_script)
    page.locator("summary", has_text="Views").click()
    page.get_by_label("Save view as").fill("The Netherlands")
    page.get_by_label("Save view as").press("Enter")
    expect(page.get_by_text("The Netherlands” saved, only for you.")).to_be_visible()
    page.get_by_role("link", name="Failed by app").first.click()
    page.get_by_role("link", name="Logins", exact=True).first.click()
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="The Netherlands").click()
    expect(page.locator("tr[id^=row-]")).to_have_count(25)
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Manage views").click()
    page.locator("summary", has_text="Edit").click()
    page.get_by_role("textbox", name="Name").fill("Holland")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Holland")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No saved views yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Holland")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No saved views yet")).to_be_visible()
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("width", [1440, 390])
def test_saved_menus_fit_the_screen(width, open_page, live_server, django_user_model):
    sam = django_user_model.objects.get(username="sam")
    for name in ("x" * 80, "<b>bold</b>", "חשבונית"):
        SavedView.objects.create(owner=sam, page="logins:list", name=name, query="q=" + "y" * 2000)
    page = open_page("/logins/", width)
    for menu in ("Views", "Columns"):
        page.locator("summary", has_text=menu).click()
        box = page.locator("details[open] > .gh-pop").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    page.goto(live_server.url + "/views/")
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_saved_views(width, open_page, live_server, django_user_model, complaints, make_user):
    sam, kim = django_user_model.objects.get(username="sam"), make_user("kim")
    LastLook.objects.create(user=sam, page="logins:list", looked_at=timezone.now() - timedelta(days=1))
    SavedView.objects.create(owner=sam, page="logins:list", name="Denied", is_shared=True)
    SavedView.objects.create(owner=kim, page="logins:list", name="Netherlands", query="country=NL", is_shared=True)
    page = open_page("/logins/?density=compact", width)
    expect(page.get_by_text("New", exact=True).first).to_be_visible()
    for menu in ("Views", "Columns"):
        page.locator("summary", has_text=menu).click()
        assert complaints(page, menu) == []
    page.goto(live_server.url + "/views/")
    assert complaints(page, "/views/") == []
