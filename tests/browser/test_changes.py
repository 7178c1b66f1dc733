"""From the overview's spike to the rule group that was edited before it, in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from logsync.ingest.snapshots import keep_snapshot
from logsync.models import AccessObject
from logsync.words import rfc3339
from tests.browser.conftest import clicks_in, scrolls_sideways

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

GROUP = {"id": "g1", "name": "Engineers", "include": [{"okta": {"name": "eng"}}]}
POLICY = {"id": "p1", "name": "Engineering", "decision": "allow", "include": [{"group": {"id": "g1"}}]}


@pytest.fixture
def _edited_group(company, read_policies):
    """The group on which Grafana rests was edited a quarter of an hour before the first of its denials."""
    edited = timezone.now() - timedelta(minutes=75)
    read_policies(POLICY, groups=[GROUP], at=edited - timedelta(days=9), until=edited - timedelta(minutes=9))
    content = GROUP | {"include": [{"okta": {"name": "eng-prod"}}], "updated_at": rfc3339(edited)}
    keep_snapshot(company, AccessObject.Kind.GROUP, "g1", content, edited + timedelta(minutes=20))


@pytest.mark.usefixtures("_edited_group")
@pytest.mark.parametrize(("width", "java_script_enabled"), [(1440, True), (390, False)])
def test_three_clicks_from_spike_to_edit(open_page, complaints, width, java_script_enabled):
    page = open_page("/", width=width, java_script_enabled=java_script_enabled)
    page.get_by_role("link", name="What they have in common").click()
    expect(page.locator(".gh-changed")).to_contain_text("minutes before the first denial")
    page.locator(".gh-changed").get_by_role("link", name="Engineers").click()
    expect(page.locator("h1")).to_have_text("Rule group Engineers changed")
    expect(page.locator(".gh-diff .was").first).to_contain_text("eng")
    expect(page.locator(".gh-diff .is").first).to_contain_text("eng-prod")
    expect(page.locator(".gh-footprint")).to_contain_text("Grafana")
    assert not scrolls_sideways(page)
    if java_script_enabled:
        assert clicks_in(page) <= 3
        assert complaints(page, "change") == []
        page.get_by_role("link", name="Changes", exact=True).first.click()
        expect(page.locator("tbody tr")).to_contain_text("Include: 1 rule replaced")
        assert complaints(page, "changes") == []


@pytest.mark.usefixtures("_edited_group")
def test_flag_leads_to_the_change(open_page, complaints):
    page = open_page("/", width=390)
    assert complaints(page, "overview") == []
    page.get_by_role("group", name="Policy changes").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Rule group Engineers changed")
