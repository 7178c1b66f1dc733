"""What the tests of problems share: requests for people and groups who can be told apart."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.dashboard.reading import page_of

ADDRESS = "/scim/problems/"


def ago(**values):
    return NOW - timedelta(**values)


@pytest.fixture
def ask(make_update):
    """Make an update about a person by first name, with ids of their own: failed an hour ago, unless told otherwise."""

    def make(name="ada", **values):
        who = {
            "resource_user_email": f"{name}@meridian.example",
            "cf_resource_id": f"cf-{name}",
            "idp_resource_id": f"idp-{name}",
            "request_body": json.dumps({"userName": f"{name}@meridian.example", "active": True}),
            "error_description": f"User {name}@meridian.example already exists",
        }
        if values.get("status") == "SUCCESS":
            who["error_description"] = ""
        return make_update(**who | values)

    return make


@pytest.fixture
def problems(signed_in):
    """The problems on the page, in its order."""

    def shown(query=""):
        response = signed_in.get(f"{ADDRESS}?{query}")
        assert response.status_code == 200, response.context["problems"]
        table = response.context.get("table")
        return [row.record for row in table.rows] if table else []

    return shown


@pytest.fixture
def problem(problems):
    """The one problem on the page."""

    def shown(query=""):
        [problem] = problems(query)
        return problem

    return shown


@pytest.fixture
def list_page(signed_in):
    """The page of problems."""
    return lambda query="": page_of(signed_in.get(f"{ADDRESS}?{query}"))


@pytest.fixture
def problem_page(signed_in):
    """The page of one problem."""
    return lambda key, query="": page_of(signed_in.get(f"{ADDRESS}{key}/?{query}"))
