"""The resources of a problem: where each stands, and what proves it."""

from __future__ import annotations

import json

import pytest

from dashboard.lists.events.body import MOST_LINES
from logsync.models import IdentityProvider
from logsync.scim.redact import REDACTED
from tests.conftest import NOW
from tests.dashboard.scim.conftest import ADDRESS, ago

OFF = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
TITLE = '{"Operations":[{"op":"replace","path":"title","value":"CTO"}]}'
PATCH = {"request_method": "PATCH", "request_body": OFF}


@pytest.fixture
def lines(signed_in, problem):
    """The lines of the one problem, by the name of the resource."""

    def read(query=""):
        open_ = signed_in.get(f"{ADDRESS}{problem('range=all').key}/?{query}").context["open"]
        return {line.resource.name: line for line in open_.lines}

    return read


@pytest.fixture
def text(problem, problem_page):
    """The text on the page of the one problem."""
    return lambda: problem_page(problem("range=all").key).text


def test_healed_names_proof_and_duration(ask, text, lines):
    ask(**PATCH, logged_at=ago(hours=5))
    ask(**PATCH, logged_at=ago(hours=4))
    proof = ask(**PATCH, status="SUCCESS", logged_at=ago(hours=2, minutes=3))
    assert "A later request succeeded: 19 Nov 12:03:12 “Deactivated the user”, 2 h 57 min after" in text()
    assert lines()["ada@meridian.example"].status.proof == proof


def test_open_means_no_later_success(all_updates_known, ask, text):
    ask(**PATCH)
    assert "Still failing 1 19 Nov 13:06:12 19 Nov 13:06:12 No later request for it has succeeded" in text()


def test_other_success_is_named_without_healing(ask, text):
    ask(**PATCH, logged_at=ago(hours=3))
    ask(request_method="PATCH", request_body=TITLE, status="SUCCESS")
    assert (
        "Only different requests for it have succeeded since, most recently 19 Nov 13:06:12 “Set title to CTO”"
        in text()
    )
    assert "Open 1 19 Nov" in text()
    assert "Still failing" not in text()
    assert "later request succeeded" not in text()


def test_regressed_resource_says_failed_again(ask, text):
    for hours, status in ((5, "FAILURE"), (4, "SUCCESS"), (3, "FAILURE")):
        ask(**PATCH, status=status, logged_at=ago(hours=hours))
    assert "Regressed 2" in text()
    assert "It failed again after a request had succeeded." in text()


def test_unreadable_body_heals_only_perhaps(ask, text):
    ask(request_method="PATCH", request_body="{cut", logged_at=ago(hours=3))
    ask(request_method="PATCH", request_body="{cut", status="SUCCESS", logged_at=ago(hours=2))
    assert "Healed?" in text()
    assert "An identical request whose body can’t be read succeeded" in text()


def test_doubt_names_the_request_concerned(ask, text):
    ask(**PATCH, logged_at=ago(hours=5))
    ask(request_method="PATCH", request_body="{cut", logged_at=ago(hours=4))
    ask(request_method="PATCH", request_body="{cut", status="SUCCESS", logged_at=ago(hours=3))
    ask(**PATCH, status="SUCCESS", logged_at=ago(hours=2))
    assert "Healed?" in text()
    words = (
        "Later requests succeeded, one of them with a body that can’t be read. The latest: 19 Nov 12:06:12 “Deactivated"
    )
    assert words in text()


def test_hole_after_failure_is_named(okta, make_stream, cover, ask, text):
    stream = make_stream("scim_updates", okta.idp_id)
    cover(stream, ago(days=30), ago(hours=5))
    cover(stream, ago(hours=4), NOW)
    ask(**PATCH, logged_at=ago(hours=6))
    assert "No later request for it has succeeded in the synced time; 19 Nov 09:06 to 10:06 UTC is missing" in text()
    ask("bob", **PATCH, logged_at=ago(hours=1))
    assert "No later request for it has succeeded" in text()


def test_minutes_since_last_round_are_fine(okta, make_stream, cover, ask, text):
    cover(make_stream("scim_updates", okta.idp_id), ago(days=30), ago(minutes=2))
    ask(**PATCH)
    assert "No later request for it has succeeded" in text()


def test_hole_of_another_stream_is_ignored(all_updates_known, make_stream, ask, text):
    make_stream("scim_updates", "azure")
    ask(**PATCH)
    assert "missing" not in text()


@pytest.mark.parametrize(
    ("hours", "is_quiet"),
    [((25,), True), ((23,), False), ((40, 30, 25), True), ((80, 50, 25), False), ((120, 110, 100), True)],
)
def test_quiet_open_resource_stays_open(hours, is_quiet, ask, text, lines):
    for age in hours:
        ask(**PATCH, logged_at=ago(hours=age))
    assert lines()["ada@meridian.example"].resource.is_quiet == is_quiet
    assert ("No attempt since" in text()) == is_quiet
    assert "Still failing" in text()


def test_a_healed_resource_is_never_quiet(ask, lines):
    ask(**PATCH, logged_at=ago(days=9))
    ask(**PATCH, status="SUCCESS", logged_at=ago(days=8))
    assert not lines()["ada@meridian.example"].resource.is_quiet


def test_resource_has_best_known_name(ask, lines):
    ask(**PATCH, resource_user_email="")
    assert [*lines()] == ["cf-ada"]
    ask(status="SUCCESS", logged_at=ago(hours=9))
    assert [*lines()] == ["ada@meridian.example"]


def test_people_and_other_resources_link_differently(ask, problem, problem_page):
    ask("ada")
    ask("bob", resource_user_email="")
    page = problem_page(problem().key)
    assert page.link("ada@meridian.example") == "/people/ada@meridian.example/"
    assert page.link("cf-bob").startswith("/scim/?resource=")


def test_failing_resources_come_first(ask, problem, signed_in):
    ask("ada", **PATCH, logged_at=ago(hours=9))
    ask("ada", **PATCH, status="SUCCESS", logged_at=ago(minutes=1))
    ask("bob", **PATCH, logged_at=ago(hours=8))
    lines = signed_in.get(f"{ADDRESS}{problem().key}/").context["open"].lines
    assert [line.resource.name for line in lines] == ["bob@meridian.example", "ada@meridian.example"]


def test_empty_state_says_only_that(ask, problem, problem_page):
    ask()
    text = problem_page(problem().key, "state=healed").text
    assert "No user is in this state now." in text
    assert "None of the failed requests names a resource" not in text


def test_unknown_status_answers_400(ask, problem, signed_in):
    ask()
    response = signed_in.get(f"{ADDRESS}{problem().key}/?state=broken")
    assert response.status_code == 400
    assert "There is no state “broken” here." in response.content.decode()


def test_latest_error_is_shown_without_secrets(ask, text):
    ask(error_description=f"User ada@meridian.example already exists: {REDACTED}", logged_at=ago(hours=2))
    assert REDACTED in text()


def test_similar_problems_are_only_suggested(ask, problems, problem_page):
    long = "the value of attribute displayname of the resource is not valid here"
    ask("ada", error_description=long)
    ask("bob", error_description=long + " today")
    ask("cy", error_description=long + " now", request_method="PUT")
    here, other = [row for row in problems() if row.request_method == "POST"]
    page = problem_page(here.key)
    assert "Similar problems" in page.text
    assert page.link(other.template) == f"{ADDRESS}{other.key}/"
    assert " now" not in page.text.partition("Similar problems")[2].partition("What the log")[0]


@pytest.mark.parametrize(("setting", "word"), [(True, "on"), (False, "off"), (None, "unknown")])
def test_limits_of_log_are_stated(setting, word, okta, ask, text):
    IdentityProvider.objects.update(user_deprovision=setting)
    ask()
    assert "What the logs can’t show: the response the provider got" in text()
    assert f"Ending sessions on deprovisioning is {word}" in text()


def test_query_count_is_constant_for_resources(okta, ask, problem, signed_in, django_assert_max_num_queries):
    ask(**PATCH, logged_at=ago(days=3))
    address = f"{ADDRESS}{problem().key}/"
    ask("eve", **PATCH, logged_at=ago(days=3))
    ask("eve", **PATCH, status="SUCCESS", logged_at=ago(days=2))
    with django_assert_max_num_queries(35) as few:
        signed_in.get(address)
    for number in range(12):
        ask(f"p{number}", **PATCH, logged_at=ago(days=3), resource_user_email="")
        if number % 2:
            ask(f"p{number}", **PATCH, status="SUCCESS", logged_at=ago(days=2))
    with django_assert_max_num_queries(len(few) + 1):  # names of those whose newest row has none
        assert len(signed_in.get(address).context["open"].lines) == 14


def test_the_page_never_gives_a_reason(ask, text):
    ask(**PATCH)
    for word in ("because", "due to", "caused by", "therefore", "always", "never"):
        assert word not in text().lower()


# The newest request


def test_problem_shows_newest_request_body(ask, problem, problem_page, signed_in):
    ask("ada", logged_at=ago(hours=3))
    newest = ask("bob", logged_at=ago(hours=1))
    page = problem_page(problem().key)
    assert "Latest request Create user bob@meridian.example, active" in page.text
    assert '"userName": "bob@meridian.example"' in page.text
    assert '"userName": "ada@meridian.example"' not in page.text
    assert page.link("Request details") == newest.get_absolute_url()
    assert signed_in.get(page.link("Download raw body")).content.decode() == newest.request_body


@pytest.mark.parametrize(("lines", "is_folded"), [(MOST_LINES - 2, False), (MOST_LINES - 1, True)])
def test_long_body_is_folded_away(lines, is_folded, ask, text):
    ask(request_body=json.dumps([*range(lines)]))
    assert (f"Show all {lines + 2} lines" in text()) == is_folded


def test_problem_without_body_says_so(ask, problem, problem_page):
    ask(request_body="")
    page = problem_page(problem().key)
    assert "No body was sent." in page.text
    assert not page.has_link("Download raw body")


# Repeats, members and advice


def test_regular_repeats_are_folded(ask, text):
    for number in range(6):
        ask("ada", logged_at=ago(hours=5, minutes=-40 * number))
    assert "failed 6 times, about every 40 minutes, from 19 Nov 09:06:12 to 19 Nov 12:26:12." in text()


def test_pause_is_said_for_each_resource(ask, text):
    for number in range(4):
        ask("ada", logged_at=ago(hours=5, minutes=-40 * number))
        ask("bob", logged_at=ago(hours=5, minutes=-40 * number - 7))
    assert "failed 8 times, about every 40 minutes for each, from" in text()


@pytest.mark.parametrize(("first", "lately"), [(40, ""), (6000, "lately ")])
def test_rhythm_of_newest_may_be_recent(first, lately, ask, text, monkeypatch):
    monkeypatch.setattr("logsync.insight.problem_repeats.MOST_FAILURES", 5)
    for minutes in (first, 0, -40, -80, -120, -160):
        ask("ada", logged_at=ago(hours=5, minutes=minutes))
    assert f"failed 6 times, {lately}about every 40 minutes, from" in text()


@pytest.mark.parametrize("hours", [(5,), (5, 4), (90, 50, 20, 19, 5, 1)])
def test_irregular_failures_have_no_rhythm(hours, ask, text):
    for age in hours:
        ask(logged_at=ago(hours=age))
    assert f"failed {len(hours)} time" in text()
    assert "every" not in text().partition("USER from")[2].partition("Latest error")[0]


def test_failures_without_time_have_no_rhythm(ask, text):
    for number in range(6):
        ask(logged_at=ago(hours=5, minutes=-40 * number), lacks_time=True)
    assert "every" not in text().partition("USER from")[2].partition("Latest error")[0]


GROUP = {"resource_type": "GROUP", "resource_user_email": "", "resource_group_name": "eng", "request_method": "PATCH"}


def _members(op, *ids):
    value = [{"value": id} for id in ids]
    return json.dumps({"Operations": [{"op": op, "path": "members", "value": value}]})


def test_members_of_failed_change_are_named(ask, problem, problem_page):
    ask("bob", status="SUCCESS", logged_at=ago(days=2))
    ask("ops", **GROUP | {"resource_group_name": "ops"}, status="SUCCESS", logged_at=ago(days=2))
    ask("eng", **GROUP, request_body=_members("add", "cf-bob", "cf-ops", "stranger"), logged_at=ago(hours=2))
    page = problem_page(problem().key)
    assert "eng Adds bob@meridian.example, ops, stranger Still failing" in page.text
    assert page.link("bob@meridian.example") == "/people/bob@meridian.example/"


def test_long_member_lists_are_cut(ask, text, monkeypatch):
    ask("eng", **GROUP, request_body=_members("remove", *(f"id-{number}" for number in range(30))))
    assert "Removes id-0, id-1, id-2 and 27 more" in text()
    monkeypatch.setattr("logsync.insight.member_names.MOST_MEMBERS", 25)
    assert "Removes id-0, id-1, id-2 and many more" in text()


def test_members_of_latest_change_count(ask, text):
    ask("eng", **GROUP, request_body=_members("add", "old"), logged_at=ago(hours=2))
    ask("eng", **GROUP, request_body=_members("add", "new"), logged_at=ago(hours=1))
    assert "Adds new" in text()
    assert "Adds old" not in text()


def test_advice_is_marked_and_sourced(okta, ask, problem, problem_page):
    ask(idp_id=okta.idp_id)
    page = problem_page(problem().key)
    assert "Advice, not from your logs" in page.text
    assert "Another user already has this value." in page.text
    assert "In Okta The app’s “Application username format” becomes userName" in page.text
    assert page.link("RFC 7644, section 3.12: errors").startswith("https://www.rfc-editor.org/")


def test_unknown_error_has_no_advice(ask, text):
    ask(error_description="Something quite peculiar")
    assert "Advice" not in text()
