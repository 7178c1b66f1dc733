"""The list of SCIM problems: what is counted, what is shown, and that every number leads to exactly its rows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account, IdentityProvider, ScimProblem
from tests.conftest import NOW
from tests.dashboard.reading import follow, lines_of, page_of, problems_in, records_of, rows_in
from tests.dashboard.scim.conftest import ADDRESS, ago

OFF = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
NOTHING = {"cf_resource_id": "", "idp_resource_id": "", "resource_user_email": ""}


# What is a problem, and what is counted


def test_same_error_makes_one_problem(ask, problem):
    ask("ada")
    ask("bob")
    assert problem().template == "user <value> already exists"
    assert (problem().open_resources, problem().requests) == (2, 2)


@pytest.mark.parametrize(
    "other",
    [{"idp_id": "azure"}, {"request_method": "PUT"}, {"resource_type": "GROUP"}],
    ids=["provider", "method", "type"],
)
def test_different_request_kinds_are_separate_problems(other, ask, problems):
    ask("ada")
    ask("bob", **other)
    assert len(problems()) == 2


def test_same_ids_in_accounts_are_separate(ask, problems):
    ask()
    ask(account=Account.objects.create(account_id="1" * 32, name="Other"))
    assert [(row.account.name, row.open_resources) for row in problems()] == [("Meridian", 1), ("Other", 1)]


def test_retry_loop_is_one_open_resource(ask, problem):
    for second in range(60):
        ask(logged_at=ago(hours=1, seconds=second))
    loop = problem()
    assert (loop.open_resources, loop.requests, loop.state) == (1, 60, "open")


def test_requests_without_resource_are_counted_separately(ask, problem, list_page):
    ask("ada")
    for _ in range(2):
        ask("bob", **NOTHING)
    assert (problem().open_resources, problem().requests, problem().unnamed_requests) == (1, 3, 2)
    assert "2 unnamed" in list_page().text
    assert "1 resource is failing now (+ 2 requests that name no resource), in 1 problem;" in list_page().text


def test_problem_without_resources_is_unnamed(ask, problem, problem_page):
    ask(**NOTHING)
    assert (problem().state, problem().open_resources) == ("unnamed", 0)
    text = problem_page(problem().key).text
    assert "Unnamed" in text
    assert "+ 1 request that names no resource" in text
    assert "None of the failed requests names a resource" in text


# States


def _healed(ask):
    ask(logged_at=ago(hours=3))
    ask(status="SUCCESS", logged_at=ago(hours=2))


def _regressed(ask):
    _healed(ask)
    ask(logged_at=ago(hours=1))


def _moved(ask):
    ask(logged_at=ago(hours=3))
    ask(logged_at=ago(hours=2), error_description="timeout")


def _deleted(ask):
    ask(logged_at=ago(hours=3))
    ask(status="SUCCESS", request_method="DELETE", request_body="", logged_at=ago(hours=2))


@pytest.mark.parametrize(
    ("course", "state"), [(_healed, "healed"), (_regressed, "regressed"), (_moved, "moved"), (_deleted, "deleted")]
)
def test_problem_shares_status_of_its_resource(course, state, ask, problems):
    course(ask)
    assert state in [row.state for row in problems("range=all")]


def test_problem_has_worst_status_of_resources(ask, problem):
    _healed(ask)
    assert problem().state == "healed"
    ask("bob")
    assert problem().state == "open"
    ask("cy", logged_at=ago(hours=5))
    ask("cy", status="SUCCESS", logged_at=ago(hours=4))
    ask("cy", logged_at=ago(hours=3))
    assert problem().state == "regressed"
    assert (problem().open_resources, problem().healed_resources) == (2, 1)


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("", ["open", "regressed", "healed"]),
        ("state=open", ["open"]),
        ("state=regressed", ["regressed"]),
        ("state=healed", ["healed"]),
        ("state=open&state=regressed", ["open", "regressed"]),
        ("state=any", ["open", "regressed", "healed"]),
        ("not.state=open", ["regressed", "healed"]),
        ("state=ignored", []),
    ],
)
def test_list_filters_by_status(query, states, ask, problems):
    for name, course in (("a", _healed), ("b", _regressed)):
        course(lambda name=name, **values: ask(name, **{"request_method": "PUT" if name == "a" else "POST"} | values))
    ask("cy", error_description="quota", logged_at=ago(minutes=1))
    assert sorted(row.state for row in problems(query)) == sorted(states)


def test_segments_count_and_link_problems(ask, list_page, problems):
    _healed(ask)
    ask("bob", error_description="quota")
    page = list_page()
    for label, count in (("All 2", 2), ("Open 1", 1), ("Regressed 0", 0), ("Healed 1", 1)):
        assert len(problems(page.link(label).removeprefix("?"))) == count


# The range, and what is as of now


def test_open_problem_ignores_the_range(ask, problem):
    ask(logged_at=ago(days=20))
    assert (problem().state, problem().requests, problem().open_resources) == ("open", 0, 1)


def test_problem_healed_before_range_is_hidden(ask, problems):
    ask(logged_at=ago(days=20))
    ask(status="SUCCESS", logged_at=ago(days=19))
    assert problems() == []
    assert len(problems("range=30d")) == 1


def test_problem_after_range_is_hidden(ask, problems):
    ask(logged_at=ago(hours=1))
    assert problems("since=2026-11-10&until=2026-11-12") == []


def test_requests_follow_range_but_ends_not(ask, problem):
    ask(logged_at=ago(days=20))
    ask(logged_at=ago(hours=1))
    assert (problem().requests, problem().first_seen, problem().last_seen) == (1, ago(days=20), ago(hours=1))
    assert problem("range=all").requests == 2


# Numbers lead to their rows


@pytest.mark.parametrize("query", ["", "range=all", "range=30d&state=open", "not.state=healed"])
def test_request_count_links_exactly_those(query, ask, problem, list_page, signed_in):
    ask(logged_at=ago(days=20))
    ask("bob")
    ask("bob", **NOTHING)
    ask("cy", error_description="quota", request_method="PUT", logged_at=ago(days=40))
    ask("cy", status="SUCCESS", request_method="PUT", logged_at=ago(days=39))
    [row] = [row for row in signed_in.get(f"{ADDRESS}?{query}").context["table"].rows if row.record.requests > 1]
    href = next(link.href for link in list_page(query).all("a") if f"problem={row.record.key}" in link.href)
    assert len(rows_in(signed_in.get(href))) == row.record.requests


def test_failing_resource_count_links_exactly_those(ask, problem, problem_page, signed_in):
    for name in ("ada", "bob"):
        ask(name)
    ask("cy", logged_at=ago(hours=3))
    ask("cy", status="SUCCESS")
    for state, count in (("failing", problem().open_resources), ("healed", problem().healed_resources)):
        response = signed_in.get(f"{ADDRESS}{problem().key}/?state={state}")
        assert len(response.context["open"].lines) == count


def test_resource_attempts_link_exactly_those(ask, problem, signed_in):
    for hours in (2, 30, 300):
        ask(logged_at=ago(hours=hours))
    ask(cf_resource_id="", idp_resource_id="")
    ask("bob")
    lines = signed_in.get(f"{ADDRESS}{problem().key}/").context["open"].lines
    assert sorted(line.status.tries for line in lines) == [1, 4]
    for line in lines:
        assert len(rows_in(signed_in.get(line.tries_href))) == line.status.tries


def test_problem_filter_chip_shows_template(ask, problem, signed_in):
    ask()
    page = page_of(signed_in.get(f"/scim/?problem={problem().key}"))
    assert "Problem user <value> already exists" in page.text


def test_summary_adds_up_the_list(ask, list_page):
    ask("ada")
    ask("ada", error_description="quota", request_method="PATCH", request_body=OFF)
    ask("bob")
    assert "2 resources are failing now, in 2 problems; 3 failed requests, last 24 hours" in list_page().text


# Filters and order


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("account=0123456789abcdef0123456789abcdef", 2),
        ("idp_id=azure", 1),
        ("request_method=put", 1),
        ("resource_type=USER", 2),
        ("resource_type=GROUP", 0),
        ("error_description=already", 1),
        ("error_description=User+eve@meridian.example+already+exists", 1),
        ("error_description=nothing+like+it", 0),
    ],
)
def test_list_filters_by_request_fields(query, count, ask, problems):
    ask("ada")
    ask("bob", idp_id="azure", request_method="PUT", error_description="quota")
    assert len(problems(query)) == count


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "many few"),
        ("-open_resources", "many few"),
        ("open_resources", "few many"),
        ("-requests", "few many"),
        ("last_seen", "few many"),
        ("-first_seen", "many few"),
        ("template", "few many"),
        ("state", "many few"),
    ],
)
def test_list_sorts_by_its_columns(sort, order, ask, problems):
    for name in ("ada", "bob"):
        ask(name, error_description="many", logged_at=ago(hours=1))
    for hours in (3, 4, 5):
        ask("cy", error_description="few", logged_at=ago(hours=hours))
    assert " ".join(row.template for row in problems(f"sort={sort}")) == order


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sort=trend", "cannot be sorted by “trend”"),
        ("state=broken", "state=broken is not known here"),
        ("sate=open", "There is no filter “sate”. Did you mean “state”?"),
        ("arrived_since=2026-11-01", "There is no filter “arrived_since”"),
        ("range=7y", "There is no range"),
    ],
)
def test_invalid_query_answers_400_without_rows(query, words, ask, signed_in):
    ask()
    for path in (ADDRESS, "/scim/problems/without-login/"):
        response = signed_in.get(f"{path}?{query}")
        assert response.status_code == 400
        assert words in " ".join(problems_in(response))
    assert signed_in.get(f"/scim/problems.csv?{query}").status_code == 400


def test_nul_in_query_answers_400(ask, signed_in):
    ask()
    for path in (ADDRESS, "/scim/problems/without-login/"):
        response = signed_in.get(f"{path}?error_description=%00")
        assert response.status_code == 400
        assert "error_description holds a NUL character" in page_of(response).text
        assert "already exists" not in page_of(response).text
    assert signed_in.get("/scim/problems.csv?error_description=%00").status_code == 400


# The trend


def test_trends_share_one_scale(ask, signed_in):
    for minute in range(4):
        ask("ada", logged_at=ago(hours=2, minutes=minute))
    ask("bob", error_description="quota", logged_at=ago(hours=5))
    bars = signed_in.get(ADDRESS).context["table"].bars
    heights = sorted(bar.height for of_one in bars.values() for bar in of_one)
    assert heights == [24.5, 98.0]


# The export


def test_export_matches_rows_of_page(ask, problems, signed_in):
    ask("ada")
    ask("bob", error_description="=cmd()", idp_id="azure")
    records = records_of(signed_in.get("/scim/problems.csv"))
    assert [record["key"] for record in records] == [row.key for row in problems()]
    [hostile] = [record for record in records if record["idp_id"] == "azure"]
    assert hostile["template"].startswith("'=")
    assert (hostile["state"], hostile["open_resources"]) == ("open", "1")
    assert hostile["first_seen"] == f"{ago(hours=1):%Y-%m-%dT%H:%M:%S.%fZ}"


def test_export_states_its_coverage(all_updates_known, ask, signed_in):
    ask()
    response = signed_in.get("/scim/problems.csv?head=coverage")
    assert "complete.csv" in response["Content-Disposition"]
    assert response["Coverage"].startswith("Complete from")
    assert lines_of(response)[0][0].startswith("# Complete from")


# What is known


def test_real_zero_differs_from_unsynced(all_updates_known, list_page):
    assert "So there were none." in list_page().text


def test_unsynced_list_is_not_zero(okta, make_stream, list_page):
    make_stream("scim_updates", okta.idp_id)
    assert "There may be some that Gatehouse doesn’t have." in list_page().text


def test_hiding_filter_is_named_with_count(all_updates_known, ask, list_page):
    ask()
    page = list_page("request_method=DELETE")
    assert "Hidden by a filter" in page.text
    assert page.has_link("Remove Method filter")


def test_expired_time_is_named_as_such(okta, make_stream, cover, list_page):
    stream = make_stream("scim_updates", okta.idp_id)
    cover(stream, ago(days=30), ago(days=9), state="beyond")
    assert "Nothing can be known about this time" in list_page("since=2026-10-25&until=2026-10-27").text


def test_hole_after_failure_is_always_shown(okta, make_stream, cover, ask, list_page):
    stream = make_stream("scim_updates", okta.idp_id)
    cover(stream, ago(days=30), ago(days=4))
    cover(stream, ago(days=3), NOW)
    ask(logged_at=ago(days=5))
    words = (
        "No later request has succeeded in the synced time for the open problems; 15 Nov 14:06 to 16 Nov 14:06 UTC is "
        "missing."
    )
    assert words in list_page().text
    ask(status="SUCCESS", logged_at=ago(days=1))
    assert "No later request has succeeded" not in list_page().text


def test_irrelevant_hole_is_not_mentioned(okta, make_stream, cover, ask, list_page):
    cover(make_stream("scim_updates", okta.idp_id), ago(days=30), NOW)
    cover(make_stream("scim_updates", "azure"), ago(days=30), ago(days=4))
    ask(logged_at=ago(days=5))
    assert "No later request has succeeded" not in list_page("range=30d").text
    ask("bob", idp_id="azure", logged_at=ago(days=3))
    words = "for the open problems; 16 Nov 14:06 to 19 Nov 14:06 of SCIM of azure (UTC) is missing."
    assert words in list_page("range=30d").text


# People without a login


def test_failing_people_without_login_are_counted(all_logins_known, ask, make_login, list_page, signed_in):
    for name in ("ada", "bob", "cy"):
        ask(name)
    make_login(user_email="Bob@meridian.example", allowed=False)
    page = list_page()
    assert "2 failing users have no login on record since 20 Oct 14:06" in page.text
    response = follow(signed_in, ADDRESS, page.link("Show them"))
    assert {line.resource.name for line in response.context["lines"]} == {"ada@meridian.example", "cy@meridian.example"}


def test_other_accounts_login_does_not_count(all_logins_known, ask, make_login, list_page):
    ask()
    make_login(user_email="ada@meridian.example", account=Account.objects.create(account_id="1" * 32))
    assert "1 failing user has no login on record" in list_page().text


@pytest.mark.parametrize("known", [True, False])
def test_missing_login_log_proves_nothing(known, request, ask, list_page):
    if known:
        request.getfixturevalue("all_logins_known")
    ask()
    assert ("no login on record" in list_page().text) == known


def test_unread_logins_of_one_account_prove_nothing(all_logins_known, other_account, ask, list_page):
    ask()
    ask("bob", account=other_account)
    other_account.streams.create(log="access_requests", backfill_since=ago(days=30))
    assert "1 failing user has no login on record since 20 Oct 14:06" in list_page().text


def test_list_distinguishes_nobody_from_unknown(ask, make_login, signed_in, request):
    def text():
        return page_of(signed_in.get("/scim/problems/without-login/")).text

    ask()
    assert "No logins have been synced yet, so we can’t tell" in text()
    assert "ada@meridian.example" not in text()
    request.getfixturevalue("all_logins_known")
    assert "ada@meridian.example" in text()
    make_login(user_email="ada@meridian.example")
    assert "has a login on record. Logins are on record since 20 Oct 14:06" in text()


# Bounds


def test_query_count_is_constant(okta, ask, signed_in, django_assert_max_num_queries):
    IdentityProvider.objects.create(account=okta.account, idp_id="azure", name="Entra ID")
    ask()
    with django_assert_max_num_queries(45) as few:
        signed_in.get(f"{ADDRESS}?range=7d")
    for number in range(12):
        ask(f"p{number}", error_description=f"quota {'abcdefghijkl'[number] * 3}", logged_at=ago(hours=number))
    with django_assert_max_num_queries(len(few)):
        assert len(signed_in.get(f"{ADDRESS}?range=7d").context["table"].rows) == 13


def test_truncated_problem_list_says_so(ask, list_page, problems, monkeypatch):
    monkeypatch.setattr("dashboard.scim.problems.views.ProblemListView.most", 2)
    for word in ("one", "two", "three"):
        ask(error_description=word)
    assert len(problems()) == 2
    assert "Showing the first 2 of 3 problems." in list_page().text
    assert ScimProblem.objects.count() == 3


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>\u202e<img src=x>', "<value> <script>", "x" * 5000, ""])
def test_no_error_text_becomes_markup(text, ask, list_page, problem, problem_page):
    ask("ada", error_description="harmless")
    plain = list_page().skeleton
    harmless = problem_page(problem().key).skeleton
    ScimProblem.objects.all().delete()
    ask("bob", error_description=text, resource_user_email=text, request_body=text)
    hostile = problem_page(problem().key)
    assert not [name for name in (*list_page().skeleton, *hostile.skeleton) if "onerror" in name or name[0] == "img"]
    assert hostile.skeleton["script",] == harmless["script",]
    assert list_page().skeleton["script",] == plain["script",]
    assert hostile.misplaced == []


def test_problem_unfolds_and_has_own_page(ask, problem, signed_in):
    ask()
    key = problem().key
    unfolded = page_of(signed_in.get(f"{ADDRESS}?open={key}"))
    assert "user ‹value› already exists: 1 user is failing" in unfolded.text
    assert unfolded.link("Open full page") == f"{ADDRESS}{key}/"
    part = signed_in.get(f"{ADDRESS}{key}/", headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<tr")
    assert "HX-Request" in part["Vary"]
    assert signed_in.get(f"{ADDRESS}nowhere/").status_code == 404


def test_hour_of_day_is_one_bar(ask, signed_in):
    for minute in (10, 20):
        ask(logged_at=NOW.replace(hour=9, minute=minute) - timedelta(days=0))
    [bars] = signed_in.get(ADDRESS).context["table"].bars.values()
    assert [bar.count for bar in bars] == [2]
