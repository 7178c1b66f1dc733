"""From a SCIM problem to the request that failed, with every click counted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

PROBLEMS = "/scim/problems/"


class Clicks:
    """A person who counts their clicks."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, target: Locator) -> None:
        self.made += 1
        target.click()


@pytest.mark.parametrize("with_scripts", [True, False])
def test_problem_leads_to_request_body(with_scripts, open_page):
    clicks, page = Clicks(), open_page(PROBLEMS, java_script_enabled=with_scripts)
    clicks(page.locator("tr:has-text('already exists') .gh-opener a").first)
    body = page.locator(".gh-open .gh-sent pre")
    expect(body).to_be_visible()
    expect(body).to_contain_text('"userName": "ada@meridian.example"')
    assert clicks.made == 1


def test_problem_leads_to_raw_request(open_page):
    clicks, page = Clicks(), open_page(PROBLEMS)
    clicks(page.locator("tr:has-text('already exists') .gh-opener a").first)
    with page.expect_download() as download:
        clicks(page.get_by_role("link", name="Download raw body"))
    assert download.value.path().read_text() == '{"userName":"ada@meridian.example","active":true}'
    assert clicks.made == 2


def test_overview_opens_problem_in_view(open_page):
    clicks, page = Clicks(), open_page("/")
    clicks(page.locator("section:has(#problems) .gh-rows a").first)
    expect(page.locator(".gh-picked")).to_be_in_viewport()
    expect(page.locator(".gh-open")).to_contain_text("Latest request")
    assert clicks.made == 1
