"""Nothing on any page keeps people from using it, as far as axe-core can tell, and none scrolls sideways."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.shortcuts import resolve_url
from playwright.sync_api import expect

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from logsync.models import AccessRequest, ScimProblem, ScimUpdate
from tests.browser.conftest import HOSTILE

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

WIDTHS = [1440, 390]
MENUS = "details.gh-menu:visible > summary"


def addresses():
    """Every page by its room, with rows and without, with something unfolded and without."""
    login, update, problem = AccessRequest.objects.all()[0], ScimUpdate.objects.all()[0], ScimProblem.objects.all()[0]
    person, hostile = (f"/people/{quote(email, safe='')}/" for email in (login.user_email, HOSTILE))
    entry = record(None, Action.SIGN_IN_FAILED, HOSTILE, username=HOSTILE, typed=HOSTILE).number
    app = f"app_uid={quote(login.app_uid)}&account={login.account.account_id}"
    return {
        "overview": ["/", "/?range=30d", "/views/", "/sync/"],
        "audit": ["/audit/", f"/audit/?open={entry}", f"/audit/{entry}/", "/audit/?username=nobody"],
        "logins": [
            "/logins/",
            f"/logins/?open={login.key.hex}",
            "/logins/?user_email=nobody",
            resolve_url(login),
            "/logins/by-person/",
            "/search/?q=0123456789abcdef",
        ],
        "by app": ["/logins/by-app/", "/logins/by-app/?range=7d&country=XX", f"/logins/by-app/app/?{app}"],
        "scim": ["/scim/", f"/scim/?open={update.key.hex}", resolve_url(update)],
        "problems": [
            "/scim/problems/",
            f"/scim/problems/?open={problem.key}",
            f"/scim/problems/{problem.key}/",
            "/scim/problems/without-login/",
        ],
        "people": [
            "/people/",
            "/people/?q=person1",
            person,
            f"{person}?open={login.key.hex}",
            hostile,
            "/people/nobody@meridian.example/",
            "/people/deprovisioned/",
        ],
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("room", ["overview", "audit", "logins", "by app", "scim", "problems", "people"])
def test_axe_finds_nothing_on_any_page(open_page, live_server, complaints, room, width):
    page, found = open_page("/logins/by-app/", width), []
    paths = addresses()[room]
    if room == "by app":
        unfolded = page.locator(".gh-opener a").first.get_attribute("href")
        paths.append(f"/logins/by-app/{unfolded}")
    for path in paths:
        assert page.goto(live_server.url + path).ok, path
        found += complaints(page, path)
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/logins/", "/sync/"])
def test_axe_finds_nothing_in_open_menus(open_page, complaints, path, width):
    page, found = open_page(path, width), []
    menus = page.locator(MENUS)
    assert menus.count() > 0
    for menu in menus.all():
        menu.click()
        found += complaints(page, f"{path} with the menu {menu.inner_text()}", ".gh-menu[open]")
        page.keyboard.press("Escape")
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_help_sheet(open_page, complaints, width):
    page = open_page("/logins/", width)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    found = complaints(page, "the help sheet", "#keys")
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_filter_box(open_page, complaints, width):
    page = open_page("/logins/", width)
    page.keyboard.press("f")
    page.keyboard.type("country:")
    expect(page.locator("#suggestions li").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert complaints(page, "suggestions", ".gh-filter-bar") == []


def test_axe_finds_nothing_on_sign_in(open_page, live_server, complaints):
    page = open_page("/logins/")
    page.context.clear_cookies()
    page.goto(live_server.url + "/sign-in/")
    assert complaints(page, "/sign-in/") == []
