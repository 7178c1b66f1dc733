"""A person in both logs, in rows about others, in notes and in a row that could not be read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.cloudflare import records
from logsync.derived import recount
from logsync.ingest.set_aside import set_aside
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import Log, ProblemNote, ScimProblem
from logsync.spans import Span
from tests.conftest import NOW

ADA, BOB = "ada@meridian.example", "bob@meridian.example"
LOGIN = {"app_uid": "jira", "app_name": "Jira", "action": "login", "connection": "okta", "ip_address": "192.0.2.1"}
USER = {"resource_type": "USER", "request_method": "PATCH", "idp_id": "okta"}


def login(minutes, email, **values):
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return LOGIN | {"user_email": email, "user_id": f"id of {email}", "created_at": at, "allowed": True} | values


def update(minutes, email="", body=None, **values):
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    row = USER | {"logged_at": at, "status": "SUCCESS", "resource_user_email": email} | values
    return row | {"request_body": json.dumps(body or {"active": True})}


FAILED = {"status": "FAILURE", "error_description": f'userName "{ADA}" already exists'}
LOGINS = [
    login(90, "Ada@Meridian.example", allowed=False, device={"owner": ADA}),
    login(80, ADA, ray_id="a1"),
    login(80, ADA, ray_id="a2"),
    login(70, BOB, device={"shared with": [ADA]}),
    login(60, BOB),
]
UPDATES = [
    update(90, "Ada@meridian.example", {"userName": ADA, "displayName": "Ada Lovelace"}, cf_resource_id="c-ada"),
    update(85, ADA, {"password": "x"}, cf_resource_id="c-ada", **FAILED),
    # It names nobody, but it is of the same resource.
    update(80, cf_resource_id="c-ada", request_method="DELETE"),
    update(70, BOB, {"manager": ADA, "displayName": "Bob"}, cf_resource_id="c-bob"),
    update(65, BOB, {"active": False}, cf_resource_id="c-bob", **FAILED),
    update(
        60,
        body={"Operations": [{"op": "add", "path": "members", "value": [{"value": "m1", "display": ADA}]}]},
        resource_type="GROUP",
        resource_group_name=f"friends of {ADA}",
        cf_resource_id="g1",
    ),
]
WINDOW_SINCE = NOW - timedelta(hours=2)


@pytest.fixture
def arrive(account):
    """Store both pages, as they come from Cloudflare."""

    def arrive():
        logins = [records.AccessRequest.from_json(row) for row in LOGINS]
        updates = [records.ScimUpdate.from_json(row) for row in UPDATES]
        store_access_requests(account, logins, WINDOW_SINCE)
        store_scim_updates(account, updates, WINDOW_SINCE, "okta")

    return arrive


@pytest.fixture
def everything(arrive, make_stream, now):
    """All of it is stored."""
    stream = make_stream()
    make_stream(Log.SCIM_UPDATES, "okta")
    arrive()
    odd = [{"user_email": ADA, "nested": "too deep"}, {"user_email": BOB, "note": ADA}, {"user_email": BOB}]
    rows = [records.UnreadableRow("Odd.", value, f"odd {number}", None) for number, value in enumerate(odd)]
    set_aside(stream, rows, Span(WINDOW_SINCE, NOW))
    problem = ScimProblem.objects.first()
    assert problem is not None
    ProblemNote.objects.create(problem=problem, act="note", text=f"Ask {ADA}.", written_by="sam", written_at=NOW)
    assert recount.differences() == []
    return stream
