"""What a verdict says of the time that is known, of any range."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account, Log, Stream
from tests.conftest import NOW
from tests.logsync.insight.verdict.conftest import ids_of
from tests.logsync.insight.verdict.test_rules import words

DAY = timedelta(days=1)


def test_hole_after_range_affects_present_state(timeline, judge_ada):
    timeline.make("jira- -17000, hole -300..-200, jira+ -20")
    verdict = judge_ada(since=NOW - 13 * DAY, until=NOW - 11 * DAY, words="")
    assert ids_of(verdict) == "C2 H6"
    assert words(verdict.headline).startswith("Not locked out of Jira now, as far as the logs we have show:")


def test_hole_before_past_range_is_irrelevant(timeline, judge_ada):
    timeline.make("jira- -17000, hole -20000..-19000, jira+ -20")
    assert ids_of(judge_ada(since=NOW - 13 * DAY, until=NOW - 11 * DAY)) == "H6"


def test_unreadable_scim_updates_are_missing(timeline, judge_ada):
    timeline.make("jira+ -17000, SCIM refused, SCIM -40320..-300")
    verdict = judge_ada(since=NOW - 13 * DAY, until=NOW - 11 * DAY)
    assert ids_of(verdict) == "C4 H7"
    assert words(verdict.coverage[0]).startswith("Some SCIM updates are missing (Okta: 19 09:06 to 19 14:06), so")


@pytest.mark.parametrize(
    ("since", "until", "needs"),
    [
        (NOW - 60 * DAY, NOW - 50 * DAY, "It was not requested; a backfill on the page Sync can ask for it."),
        (NOW - 29.5 * DAY, NOW - 29 * DAY, "Its backfill has not come to it yet."),
        (NOW + DAY, NOW + 2 * DAY, "It is still to come."),
        (NOW + DAY, None, "It is still to come."),
    ],
    ids=["never asked for", "waiting", "to come", "to come, open"],
)
def test_unknown_time_says_what_it_needs(timeline, judge_ada, since, until, needs):
    timeline.make("jira+ -20")
    verdict = judge_ada(since=since, until=until, words="")
    assert ids_of(verdict) == "C1"
    assert words(verdict.coverage[0]).endswith(f"so nothing can be said about ada@example.com yet. {needs}")


def test_time_cloudflare_lacks_is_not_awaited(timeline, cover, judge_ada):
    timeline.make("jira+ -20")
    cover(Stream.objects.get(idp_id=""), NOW - 30 * DAY, NOW - 28 * DAY, state="beyond")
    [line] = judge_ada(since=NOW - 30 * DAY, until=NOW - 29 * DAY).coverage
    assert words(line).endswith("It is past what Cloudflare still has; that is no proof of quiet.")


def test_future_range_is_named_as_requested(judged):
    verdict = judged("jira+ -20", since=NOW + DAY, until=NOW + 2 * DAY, words="")
    assert words(verdict.coverage[0]).startswith("No login data for 20 14:06 to 21 14:06 has been synced")


def test_unbounded_time_is_worded_without_start(judged):
    verdict = judged("jira+ -20", since=None, words="all time")
    assert [words(line) for line in verdict.coverage] == [
        "Some SCIM updates are missing (Okta: all time before 22 14:06), so what is said here about SCIM may be "
        "incomplete.",
        "The login data starts at 22 14:06; an earlier login would not show.",
    ]


# What the logs of two accounts hold, and what is said of the time that is known: only of those that could hold ada.


@pytest.fixture
def other(db):
    """Another account, of which nothing can be read."""
    account = Account.objects.create(account_id="2" * 32, name="Second")
    refused = {"backfill_since": NOW - 30 * DAY, "needs_person": True, "error": "Refused."}
    Stream.objects.create(account=account, log=Log.ACCESS_REQUESTS, **refused)
    Stream.objects.create(account=account, log=Log.SCIM_UPDATES, idp_id="entra", **refused)
    return account


def test_account_without_the_person_is_not_spoken_of(timeline, judge_ada, other):
    timeline.make("jira+ -20")
    assert ids_of(judge_ada()) == "H7"


def test_each_account_of_the_person_is_spoken_of(timeline, judge_ada, other, make_login):
    timeline.make("jira+ -20")
    make_login(account=other, user_email="ada@example.com", user_id="", created_at=NOW - DAY, allowed=True)
    verdict = judge_ada()
    assert ids_of(verdict) == "C2 C4 H7"
    assert [words(line) for line in verdict.coverage] == [
        "Login data of Second is missing for the last 7 days; a login in that time would not show.",
        "Some SCIM updates are missing (entra of Second: none synced yet), so what is said here about SCIM may be "
        "incomplete.",
    ]


def test_second_address_brings_its_account(timeline, judge_ada, other, make_login):
    timeline.make("jira+ -20 u1, a.l@ jira+ -30 u1")
    make_login(account=other, user_email="a.l@example.com", user_id="", action="logout", created_at=NOW - DAY)
    assert ids_of(judge_ada()) == "C2 C4 H7 N12"


def test_unknown_person_may_be_in_any_account(timeline, judge_ada, other):
    timeline.make("eve@ jira+ -20")
    assert ids_of(judge_ada()) == "C2 C4 H10"


def test_account_without_scim_is_said(account, okta, make_stream, cover, make_login, judge_ada):
    cover(make_stream(), NOW - 28 * DAY, NOW)
    make_login(user_email="ada@example.com", user_id="", allowed=True)
    assert ids_of(judge_ada()) == "H7"
    okta.scim_enabled = False
    okta.save()
    verdict = judge_ada()
    assert ids_of(verdict) == "C6 H7"
    assert words(verdict.coverage[0]) == (
        "No identity provider has SCIM turned on, so SCIM says nothing about this person there."
    )
    account.providers_error = "Refused."
    account.save()
    assert ids_of(judge_ada()) == "H7"


@pytest.mark.parametrize(("state", "needs"), [("deleted", "It was deleted here after the time that events are kept.")])
def test_deleted_time_is_told_apart(timeline, cover, judge_ada, state, needs):
    timeline.make("jira+ -20")
    cover(Stream.objects.get(idp_id=""), NOW - 60 * DAY, NOW - 50 * DAY, state=state)
    [line] = judge_ada(since=NOW - 60 * DAY, until=NOW - 50 * DAY).coverage
    assert words(line).endswith(needs)
