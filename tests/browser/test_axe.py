"""Nothing on any page keeps people from using it, as far as axe-core can tell."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from logsync.models import AccessRequest, ScimProblem, ScimUpdate
from tests.browser.conftest import HOSTILE

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def addresses():
    """Every page, with rows and without, with something unfolded and without."""
    login, update, problem = AccessRequest.objects.all()[0], ScimUpdate.objects.all()[0], ScimProblem.objects.all()[0]
    return [
        "/",
        "/?range=30d",
        "/logins/",
        f"/logins/?open={login.key.hex}",
        "/logins/?user_email=nobody",
        "/logins/?range=nonsense",
        login.get_absolute_url(),
        "/logins/by-app/",
        "/logins/by-app/?range=7d&country=XX",
        "/logins/by-person/",
        "/scim/",
        f"/scim/?open={update.key.hex}",
        update.get_absolute_url(),
        "/scim/problems/",
        f"/scim/problems/?open={problem.key}",
        f"/scim/problems/{problem.key}/",
        "/people/",
        "/people/?q=person1",
        f"/people/{quote('person1@meridian.example')}/",
        f"/people/{quote(HOSTILE, safe='')}/",
        "/people/nobody@meridian.example/",
        "/people/deprovisioned/",
        "/find/?q=0123456789abcdef",
        "/sync/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_any_page(open_page, live_server, width, scheme):
    page = open_page("/logins/", width, scheme)
    axe, found = Axe(), []
    for path in addresses():
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        report = axe.run(page)
        if report.violations_count:
            found.append(f"{path}\n{report.generate_report()}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{path} scrolls sideways"
    assert not found, "\n\n".join(found)


def test_axe_finds_nothing_where_people_sign_in(open_page, live_server):
    page = open_page("/logins/")
    page.context.clear_cookies()
    page.goto(live_server.url + "/sign-in/")
    assert Axe().run(page).violations_count == 0
