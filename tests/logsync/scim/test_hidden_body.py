"""What may be said of a request body that is hidden."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.description import describe
from logsync.scim.hidden_body import HIDDEN, HiddenBody, seen
from logsync.scim.request.body import read_body
from tests.examples import examples
from tests.logsync.scim.description.description_cases import READABLE, UNREADABLE

ADA = {"userName": "ada@example.com", "active": True, "title": "Countess", "phoneNumbers": [{"value": "+31 6"}]}


def words(method, body, **known):
    return describe(method, "USER", HiddenBody(json.dumps(body)), **known).phrase


def test_hidden_body_only_says_so():
    assert (str(HiddenBody("secret")), f"{HiddenBody('secret')}") == (HIDDEN, HIDDEN)


@pytest.mark.parametrize(
    ("path", "phrase"),
    [
        ("title", "set title to •••"),
        ('phoneNumbers[type eq "work"].value', "set work phone number to •••"),
        ('phoneNumbers[value eq "+31 6"].type', 'set phoneNumbers[value eq "•••"].type to •••'),
        ("urn:acme:2.0:User:badge", "set badge (schema urn:acme:2.0:User) to •••"),
        ("userName", "set userName to x"),
        ("name.givenName", "set name.givenName to x"),
        ("name.honorificPrefix", "set name.honorificPrefix to •••"),
        ('emails[type eq "work"].value', "set work e-mail to x"),
        ("active", "set active to an unreadable value (•••)"),
    ],
)
def test_values_beyond_names_are_masked(path, phrase):
    assert words("PATCH", {"Operations": [{"op": "replace", "path": path, "value": "x"}]}) == phrase


def test_whole_resource_says_names():
    assert words("POST", ADA) == "create user ada@example.com, active"


def test_change_of_masked_value_is_told():
    known = json.loads(HiddenBody(json.dumps(ADA)).readable)
    assert words("PUT", ADA, known=known) == "replace user ada@example.com: no visible change"
    other = ADA | {"title": "Lady"}
    assert words("PUT", other, known=known) == "replace user ada@example.com: change title"


@pytest.mark.parametrize("body", ["title=secret", '"secret"', "[1, 2]", '{"a":' * 200 + "1" + "}" * 200, "{", "7"])
def test_what_is_no_object_is_called_as_before(body):
    assert describe("POST", "USER", HiddenBody(body)).phrase == describe("POST", "USER", body).phrase
    assert "secret" not in HiddenBody(body).readable


@pytest.mark.parametrize("name", sorted(READABLE | UNREADABLE))
def test_hidden_body_reads_as_same_kind(name):
    case = (READABLE | UNREADABLE)[name]
    hidden = describe(case.method, case.resource_type, HiddenBody(case.body), known=case.known)
    assert hidden.is_readable == describe(case.method, case.resource_type, case.body, known=case.known).is_readable


LEAVES = st.text() | st.integers() | st.booleans()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
@examples(50)
def test_no_value_of_unknown_attribute_survives(value):
    secret = "hushhush"
    operations = [{"path": "a", "value": secret}, value]
    body = {"title": [value, secret], "x": {"y": value, "z": secret}, "Operations": operations}
    readable = HiddenBody(json.dumps(body)).readable
    assert secret not in readable
    assert read_body(readable).document is not None


def test_marks_of_equal_values_are_never_shown():
    readable = HiddenBody('{"title": "secret"}').readable
    assert seen(readable) == '{"title": "•••"}'
