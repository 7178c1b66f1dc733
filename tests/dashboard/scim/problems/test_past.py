"""A range that lies in the past tells where problems stood at its end, and says so."""

from __future__ import annotations

import pytest

from logsync.insight import past_problems
from tests.dashboard.reading import page_of, records_of
from tests.dashboard.scim.conftest import ADDRESS, ago
from tests.dashboard.scim.problems.test_resources import PATCH

THEN = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-19T11:06:12Z"}
WORDS = "States are as of 19 Nov 2026 11:06:12 UTC, the end of the range; later requests are left out."


@pytest.fixture
def healed_later(all_updates_known, ask):
    """Failed five and four hours ago, and healed an hour ago."""
    ask(**PATCH, logged_at=ago(hours=5))
    ask(**PATCH, logged_at=ago(hours=4))
    ask(**PATCH, status="SUCCESS", logged_at=ago(hours=1))


def test_list_states_problems_as_of_then(signed_in, healed_later):
    page = page_of(signed_in.get(ADDRESS, THEN))
    assert "1 resource was failing at 19 Nov 2026 11:06:12 UTC, in 1 problem" in page.text
    assert WORDS in page.text
    assert "Failing then" in page.text
    assert "Failing now" not in page.text
    now = page_of(signed_in.get(ADDRESS, {"range": "24h", "state": "healed"}))
    assert "States are as of now." in now.text
    assert "0 resources are failing now" in now.text


def test_links_lead_to_the_same_moment(signed_in, healed_later):
    page = page_of(signed_in.get(ADDRESS, THEN))
    [href] = [link.href for link in page.all("a") if "state=failing" in (link.href or "")]
    problem = page_of(signed_in.get(href))
    assert WORDS in problem.text
    assert "1 user was failing" in problem.text
    assert "No later request for it has succeeded" in problem.text
    rows = next(link.href for link in problem.all("a") if link.text.startswith("Show 2 requests"))
    assert "2 of 2" in page_of(signed_in.get(rows)).text


def test_past_moment_excludes_later_failures(signed_in, all_updates_known, ask):
    ask(**PATCH, status="SUCCESS", logged_at=ago(hours=5))
    ask(**PATCH, logged_at=ago(hours=1))
    assert "0 resources were failing at" in page_of(signed_in.get(ADDRESS, THEN)).text


def test_csv_states_problems_as_of_then(signed_in, healed_later):
    [record] = records_of(signed_in.get(ADDRESS.replace("problems/", "problems.csv"), THEN))
    assert (record["state"], record["open_resources"], record["healed_resources"]) == ("open", "1", "0")


def test_ticket_says_as_of_when(signed_in, healed_later, problem):
    opened = signed_in.get(f"{ADDRESS}{problem('range=all').key}/", {"until": THEN["until"]}).context["open"]
    assert WORDS in opened.ticket
    assert "- Failing then:" in opened.ticket
    assert "until=2026-11-19T11" in opened.ticket


def test_too_much_since_then_says_now(signed_in, healed_later, monkeypatch):
    monkeypatch.setattr(past_problems, "MOST_RESOURCES", 0)
    text = page_of(signed_in.get(ADDRESS, THEN)).text
    assert "States are as of now, not as of the range’s end (19 Nov 2026 11:06:12 UTC)" in text
    assert "0 resources are failing now" in text


def test_overview_agrees_with_the_list(signed_in, healed_later):
    page = page_of(signed_in.get("/", THEN))
    assert "SCIM problems open as of 11:06 UTC" in page.text
    assert "1 resource was failing as of 11:06 UTC" in page.text
    assert "SCIM problems open as of" not in page_of(signed_in.get("/", {"range": "24h"})).text
