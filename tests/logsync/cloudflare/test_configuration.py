"""Asking for what Access is set up to do: pages, objects by their id, what is kept of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.audit_entries import AuditEntry
from logsync.cloudflare.configuration import MOST_PAGES, PAGE_SIZE, Part
from logsync.cloudflare.errors import FixAccessError, RejectedRequestError, UnexpectedAnswerError
from logsync.cloudflare.kept_content import (
    MOST_ITEMS,
    app_content,
    group_content,
    list_content,
    policy_content,
    provider_content,
    service_token_content,
)
from tests.examples import examples
from tests.logsync.cloudflare.answers import client_of, failure, success

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)


class Pages:
    """A list in pages of so many rows, whatever is asked for."""

    def __init__(self, rows, size, **info):
        self.rows, self.size, self.info = rows, size, info
        self.asked: list[httpx.URL] = []

    def __call__(self, request):
        self.asked.append(request.url)
        page = int(request.url.params["page"])
        rows = self.rows[(page - 1) * self.size : page * self.size]
        return httpx.Response(200, json=success(rows).json() | {"result_info": self.info})


def rows(count):
    return [{"id": str(number)} for number in range(count)]


@pytest.mark.parametrize(("info", "calls"), [({}, 4), ({"total_count": 0}, 4), ({"total_count": 5}, 3)])
def test_every_page_is_read(info, calls):
    pages = Pages(rows(5), 2, **info)
    assert client_of(pages).configuration.all(Part.GROUPS) == rows(5)
    assert len(pages.asked) == calls
    assert {url.params["per_page"] for url in pages.asked} == {str(PAGE_SIZE)}


def test_repeated_page_is_the_end():
    assert client_of(lambda request: success(rows(2))).configuration.all(Part.APPS) == rows(2)


def test_endless_list_is_no_list():
    pages = Pages(rows(MOST_PAGES + 1), 1)
    with pytest.raises(UnexpectedAnswerError, match="longer than"):
        client_of(pages).configuration.all(Part.APPS)
    assert len(pages.asked) == MOST_PAGES


def test_no_list_is_no_list():
    with pytest.raises(UnexpectedAnswerError, match="is not a list"):
        client_of(lambda request: success({"a": 1})).configuration.all(Part.APPS)


@pytest.mark.parametrize("part", Part)
def test_object_is_asked_for_by_its_id(part):
    asked = []

    def answer(request):
        asked.append(request.url.raw_path.decode())
        return success({"id": "a/b"})

    assert client_of(answer).configuration.one(part, "a/b") == {"id": "a/b"}
    assert asked[0].endswith("/a%2Fb")
    with pytest.raises(UnexpectedAnswerError, match="about something else"):
        client_of(answer).configuration.one(part, "c")


def refusing(status, code=12135):
    return client_of(lambda request: failure(status, code)).configuration


def test_only_not_found_is_gone():
    assert refusing(404).one(Part.APPS, "a") is None
    with pytest.raises(FixAccessError):
        refusing(403, 10000).one(Part.APPS, "a")
    with pytest.raises(RejectedRequestError):
        refusing(400).one(Part.APPS, "a")


def test_unknown_id_proves_the_permission():
    for status in (400, 404):
        refusing(status).check(Part.GROUPS)
    with pytest.raises(FixAccessError, match="Identity Providers, and Groups Read"):
        refusing(403, 10000).check(Part.GROUPS)


def test_cursor_leads_through_the_audit_log():
    asked = []

    def answer(request):
        asked.append(request.url.params.get("cursor"))
        return httpx.Response(200, json=success(rows(1)).json() | {"result_info": {"cursor": "c"}})

    client = client_of(answer).configuration
    assert client.audit_log(SINCE, UNTIL).cursor == "c"
    # A cursor that leads back to itself is the end.
    assert client.audit_log(SINCE, UNTIL, "c").cursor == ""
    assert asked == [None, "c"]


# What is kept

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["id", "name", "include", "require", "exclude", "policies", "decision", "email", "group", "scim_config", "items"]
)
OBJECTS = st.dictionaries(NAMES | st.text(max_size=5), ANY | st.lists(st.dictionaries(NAMES, ANY, max_size=2)))
CONTENTS = (
    lambda item: app_content(item, None),
    policy_content,
    group_content,
    service_token_content,
    lambda item: list_content(item, [item]),
    provider_content,
)


@given(item=OBJECTS)
@examples(200)
def test_any_value_can_be_kept(item):
    for content_of in CONTENTS:
        kept = content_of(item)
        assert json.loads(json.dumps(kept)) == kept
        assert content_of(dict(reversed(item.items()))) == kept


@given(entry=st.dictionaries(st.sampled_from(["id", "action", "actor", "raw", "resource"]), ANY | OBJECTS))
@examples(200)
def test_any_audit_entry_can_be_read(entry):
    timed = entry | {"action": {"time": "2026-11-19T14:00:00Z", "type": entry.get("action")}}
    access = timed | {"resource": {"product": "access", "type": "policy", "response": entry.get("resource")}}
    for item in (entry, timed, access):
        if found := AuditEntry.from_json(item):
            json.dumps(found.content)


def test_half_characters_are_storable():
    assert policy_content({"id": "p\x00", "name": "\ud800", "include": [{"email": {"email": "a\x00"}}]}) == {
        "id": "p\ufffd",
        "name": "\ufffd",
        "include": [{"email": {"email": "a\ufffd"}}],
    }


def test_endless_list_has_no_items():
    items: list[object] = [{"value": str(number)} for number in range(MOST_ITEMS + 1)]
    assert "items" not in list_content({"id": "l1"}, items)
    assert list_content({"id": "l1"}, [{"value": "b"}, {"value": "a"}, {"value": "a"}, None, {"value": 1}])[
        "items"
    ] == [
        {"value": "a"},
        {"value": "b"},
    ]


def test_secrets_of_an_application_are_not_kept():
    kept = app_content(
        {
            "id": "a1",
            "saas_app": {"client_secret": "hush"},
            "scim_config": {"authentication": {"password": "hush"}},
            "destinations": [{"type": "public", "uri": "a.example", "api_key": "hush"}],
            "custom_deny_url": "https://user:hush@deny.example/x?token=hush",
            "client_secret": "hush",
        },
        [("p1", 1)],
    )
    assert "hush" not in str(kept)
    assert kept["custom_deny_url"] == "https://deny.example/x?[redacted]"
    assert kept["destinations"][0]["uri"] == "a.example"


def test_secrets_of_a_provider_are_not_kept():
    scim = {"enabled": True, "secret": "hush", "user_deprovision": False}
    assert provider_content({"id": "i1", "config": {"client_secret": "hush"}, "scim_config": scim}) == {
        "id": "i1",
        "scim_config": {"enabled": True, "user_deprovision": False},
    }
