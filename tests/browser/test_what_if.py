"""A policy edited and tried in a real browser, with and without scripts."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

STAFF = {
    "id": "5f0a37d0-6d3b-4c5c-8e4f-0a6f2f3f3d01",
    "name": "Staff",
    "decision": "allow",
    "include": [{"everyone": {}}],
}


@pytest.mark.parametrize("scripts", [True, False])
def test_edit_is_tried(scripts, open_page, read_policies, company):
    read_policies(STAFF)
    page = open_page(reverse("what-if:edit"), java_script_enabled=scripts, width=390)
    page.get_by_label("Application", exact=True).select_option(label="Grafana")
    page.get_by_role("button", name="Edit its policies").click()
    page.get_by_label("Add to exclude: kind of rule").select_option("Everyone")
    page.get_by_role("button", name="Try it").click()
    expect(page).to_have_url(re.compile(r"/what-if/[0-9a-f]{32}/$"))
    expect(page.get_by_role("heading", name="What it would do")).to_be_visible()
    expect(page.locator(".gh-changes")).to_contain_text("Staff, exclude: added anyone")
    expect(page.locator("tbody tr").first).to_contain_text("Loses access")
    assert not scrolls_sideways(page)
