"""Nothing on any page keeps people from using it, as far as axe-core can tell, and none scrolls sideways."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from logsync.models import AccessRequest, ScimProblem, ScimUpdate
from tests.browser.conftest import HOSTILE, scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

WIDTHS = [1440, 390]
EVERY_RULE = {"resultTypes": ["violations"]}
# A colour scheme changes nothing but colours.
OF_COLOURS = EVERY_RULE | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# One template makes every row, and the odd ones are among the newest; axe-core takes its time for each.
ROWS_LEFT_OUT = "tbody > tr:nth-child(n + 12), .gh-time > li:nth-child(n + 12)"
MENUS = "details.gh-menu:visible > summary"


def addresses():
    """Every page, with rows and without, with something unfolded and without."""
    login, update, problem = AccessRequest.objects.all()[0], ScimUpdate.objects.all()[0], ScimProblem.objects.all()[0]
    person, hostile = (f"/people/{quote(email, safe='')}/" for email in (login.user_email, HOSTILE))
    return [
        "/",
        "/?range=30d",
        "/logins/",
        f"/logins/?open={login.key.hex}",
        "/logins/?user_email=nobody",
        login.get_absolute_url(),
        "/logins/by-app/",
        "/logins/by-app/?range=7d&country=XX",
        f"/logins/by-app/app/?app_uid={quote(login.app_uid)}&account={login.account.account_id}",
        "/logins/by-person/",
        "/scim/",
        f"/scim/?open={update.key.hex}",
        update.get_absolute_url(),
        "/scim/problems/",
        f"/scim/problems/?open={problem.key}",
        f"/scim/problems/{problem.key}/",
        "/scim/problems/without-login/",
        "/people/",
        "/people/?q=person1",
        person,
        f"{person}?open={login.key.hex}",
        hostile,
        "/people/nobody@meridian.example/",
        "/people/deprovisioned/",
        "/find/?q=0123456789abcdef",
        "/views/",
        "/sync/",
    ]


@pytest.fixture
def complaints():
    """Make a list of what axe-core finds in both schemes, and of what is too wide."""
    axe = Axe()

    def complaints(page, what, context=None):
        is_wide = scrolls_sideways(page)
        page.evaluate("rows => document.querySelectorAll(rows).forEach((row) => row.remove())", ROWS_LEFT_OUT)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        reports = [axe.run(page, context, EVERY_RULE)]
        page.emulate_media(color_scheme="dark")
        reports.append(axe.run(page, context, OF_COLOURS))
        found = [f"{what}\n{report.generate_report()}" for report in reports if report.violations_count]
        return found + ([f"{what} scrolls sideways"] if is_wide else [])

    return complaints


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_any_page(open_page, live_server, complaints, width):
    page, found = open_page("/logins/by-app/", width), []
    unfolded = page.locator(".gh-opener a").first.get_attribute("href")
    for path in [*addresses(), f"/logins/by-app/{unfolded}"]:
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
def test_axe_finds_nothing_in_the_help_sheet(open_page, complaints, width):
    page = open_page("/logins/", width)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    found = complaints(page, "the help sheet", "#keys")
    assert not found, "\n\n".join(found)


def test_axe_finds_nothing_where_people_sign_in(open_page, live_server, complaints):
    page = open_page("/logins/")
    page.context.clear_cookies()
    page.goto(live_server.url + "/sign-in/")
    assert complaints(page, "/sign-in/") == []
