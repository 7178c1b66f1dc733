"""The rows of the list: what was asked in words, the whole error, and what became of it since."""

from __future__ import annotations

import json

import pytest

from tests.dashboard.reading import page_of
from tests.dashboard.scim.conftest import ago

OFF = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
GROUP = {
    "resource_type": "GROUP",
    "request_method": "PATCH",
    "resource_user_email": "",
    "resource_group_name": "eng-prod",
    "cf_resource_id": "cf-eng",
    "idp_resource_id": "idp-eng",
}


def adding(*ids):
    return json.dumps({"Operations": [{"op": "add", "path": "members", "value": [{"value": one} for one in ids]}]})


@pytest.fixture
def row(signed_in):
    """The cells of the newest row: what was asked with the error, and what became of it."""

    def read(query="status=any"):
        page = page_of(signed_in.get(f"/scim/?{query}"))
        header = next(cells for cells in page.rows if "Since then" in cells)
        cells = next(cells for cells in page.rows[page.rows.index(header) + 1 :] if len(cells) == len(header))
        return dict(zip(header, cells, strict=True))

    return read


ASKED = "Request and error"


@pytest.mark.parametrize(("status", "words"), [("FAILURE", "Deactivate the user"), ("SUCCESS", "Deactivated the user")])
def test_row_tells_request_from_result(status, words, ask, row):
    ask(request_method="PATCH", request_body=OFF, status=status, error_description="")
    assert row()[ASKED] == f"{words} · ada@meridian.example"


def test_described_resource_is_not_repeated(ask, row):
    ask(error_description="")
    assert row()[ASKED] == "Create user ada@meridian.example, active"


def test_members_have_their_names(ask, row, make_update):
    ask("bob", status="SUCCESS", logged_at=ago(hours=5))
    make_update(**GROUP, request_body=adding("cf-bob", "x1"), error_description="group member not found")
    assert row()[ASKED] == "Add 2 members: bob@meridian.example, id x1 · eng-prodgroup member not found"


def test_unreadable_body_is_quoted(ask, row):
    ask(request_body='{"active": fal', error_description="")
    assert row()[ASKED].startswith('Unreadable body (not JSON, 14 characters) {"active": fal · ada@meridian')


def test_person_links_to_person_group_filters(ask, make_update, signed_in):
    ask()
    make_update(**GROUP, request_body=adding("x1"))
    names = {link.text: link.href for link in page_of(signed_in.get("/scim/")).all("a")}
    assert names["ada@meridian.example"] == "/people/ada@meridian.example/"
    assert names["eng-prod"].endswith("resource_group_name=eng-prod")


def test_outcome_is_in_last_column(ask, row):
    ask(logged_at=ago(hours=3))
    assert row()["Since then"] == "Still failing"
    ask(status="SUCCESS", logged_at=ago(hours=2))
    assert row("")["Since then"] == "Healed"
    assert row()["Since then"] == "–"
    ask(logged_at=ago(hours=1))
    assert row()["Since then"] == "Regressed"


def test_only_other_successes_leave_it_open(ask, row):
    ask(logged_at=ago(hours=3), request_method="PATCH", request_body='{"active":false}')
    ask(status="SUCCESS", logged_at=ago(hours=2), request_method="PATCH", request_body='{"title":"CTO"}')
    assert row("")["Since then"] == "Open"


def test_answered_request_of_an_open_problem(ask, row, signed_in):
    patch = {"request_method": "PATCH", "error_description": "no"}
    ask(logged_at=ago(hours=5), request_body='{"active":false}', **patch)
    title = ask(logged_at=ago(hours=4), request_body='{"title":"CTO"}', **patch)
    ask(logged_at=ago(hours=3), request_body='{"title":"CTO"}', status="SUCCESS", request_method="PATCH")
    assert row("")["Since then"] == "Healed"
    text = page_of(signed_in.get(title.get_absolute_url())).text
    assert "Healed This request; other requests keep its problem open" in text
    assert "Only different requests for it have succeeded" not in text


def test_nameless_failure_has_unknown_outcome(ask, row):
    ask(cf_resource_id="", idp_resource_id="", resource_user_email="")
    assert row()["Since then"] == "Unknown"


def test_outcome_leads_to_problem(ask, signed_in):
    failed = ask()
    page = page_of(signed_in.get("/scim/"))
    assert page.link("Still failing") == f"/scim/problems/{failed.problem.key}/"


def test_outcome_column_cannot_be_exported(ask, signed_in):
    ask()
    header = b"".join(signed_in.get("/scim.csv").streaming_content).decode().splitlines()[0]
    assert "since" not in header
    assert signed_in.get("/scim/?columns=since_then").status_code == 400
    assert signed_in.get("/scim/?sort=since_then").status_code == 400


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "\u202eexe", "x" * 5000, "{"])
def test_hostile_text_stays_text_in_rows(text, ask, signed_in):
    ask()
    plain = page_of(signed_in.get("/scim/")).skeleton["script",]
    ask("bob", error_description=text, resource_user_email=text, request_body=json.dumps({"userName": text}))
    page = page_of(signed_in.get("/scim/"))
    assert page.skeleton["script",] == plain
    assert page.misplaced == []


def test_query_count_is_constant_for_list(okta, ask, make_update, signed_in, django_assert_max_num_queries):
    put = {"request_method": "PUT", "request_body": '{"userName":"x","active":false}'}
    ask(status="SUCCESS", logged_at=ago(hours=9))
    ask(**put)
    make_update(**GROUP, request_body=adding("cf-ada"))
    signed_in.get("/scim/?status=any")
    with django_assert_max_num_queries(80) as few:
        signed_in.get("/scim/?status=any")
    for number in range(10):
        ask(f"p{number}", status="SUCCESS", logged_at=ago(hours=8))
        ask(f"p{number}", **put)
        make_update(**GROUP, request_body=adding(f"cf-p{number}"))
    with django_assert_max_num_queries(len(few)):
        signed_in.get("/scim/?status=any")


OKTA_ADDS = (
    '{"Operations":[{"op":"replace","value":{"displayName":"eng-prod"}},'
    '{"op":"add","path":"members","value":[{"value":"cf-bob"}]}]}'
)


def test_list_omits_resent_name_page_keeps(ask, row, make_update, signed_in):
    ask("bob", status="SUCCESS", logged_at=ago(hours=5))
    make_update(**GROUP, request_body=OKTA_ADDS, status="SUCCESS", error_description="", logged_at=ago(hours=4))
    failed = make_update(**GROUP, request_body=OKTA_ADDS, error_description="")
    assert row()[ASKED] == "Add 1 member: bob@meridian.example · eng-prod"
    page = page_of(signed_in.get(failed.get_absolute_url()))
    assert page.all("h2")[0].text == (
        "Send the group name eng-prod again (unchanged); add 1 member: bob@meridian.example"
    )
    history = [link.text for link in page.all("a") if "1 member" in link.text]
    assert history[0] == "Add 1 member: bob@meridian.example"
    problem = page_of(signed_in.get(f"/scim/problems/{failed.problem.key}/"))
    assert "Latest request Add 1 member: bob@meridian.example" in problem.text
