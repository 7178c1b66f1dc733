"""A row that is nested too deep for Python's parser costs no other row of its page."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.deep_json import DEEPEST_ROW, KEPT_LEVELS, DeepItem, load_deep
from logsync.cloudflare.errors import RetryLaterError
from logsync.cloudflare.records import AccessRequest, UnreadableRow
from tests.examples import examples
from tests.logsync.cloudflare.answers import client_of
from tests.logsync.cloudflare.test_client import SINCE, read


def nested(depth, inside="1"):
    return "[" * depth + inside + "]" * depth


def answer_of(*rows):
    return f'{{"success": true, "errors": [], "result": [{", ".join(rows)}], "result_info": {{"count": 1}}}}'


def logins_of(*rows):
    return read(client_of(lambda _: httpx.Response(200, content=answer_of(*rows).encode())))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(values, max_size=5), st.booleans())
@examples(200)
def test_shallow_answer_is_read_alike(rows, is_ascii):
    answer = {"errors": [{"result": [1]}], "a": [["result"]], "result": rows, "messages": ["]"]}
    assert load_deep(json.dumps(answer, ensure_ascii=is_ascii), json.loads) == answer


@pytest.mark.parametrize("depth", [DEEPEST_ROW, 100_000])
def test_deep_row_costs_no_other(depth):
    rows = ['{"ray_id": "1"}', f'{{"ray_id": "2", "new": {nested(depth)}, "user_id": "]"}}', '{"ray_id": "3"}']
    first, deep, last = logins_of(*rows)
    assert (first.ray_id, last.ray_id) == ("1", "3")
    assert isinstance(deep, UnreadableRow)
    assert deep.reason == "A value in it is nested more than 1,000 levels deep."
    assert (deep.value["ray_id"], deep.value["user_id"]) == ("2", "]")
    assert "\ufffd" in json.dumps(deep.value, ensure_ascii=False)


def test_deep_row_keeps_time_and_identity():
    row = {"ray_id": "2", "created_at": SINCE.isoformat()}
    [deep] = logins_of(f'{json.dumps(row)[:-1]}, "new": {nested(5000)}}}')
    assert (deep.time, deep.identity) == (SINCE, AccessRequest.from_json(row).identity)


def test_row_below_limit_is_read():
    # As deep as Python's parser may follow: what is too deep to be kept is cut, as it is in any row.
    deep, other = logins_of(f'{{"new": {nested(DEEPEST_ROW - 1)}}}', f'{{"new": {nested(2000)}}}')
    assert isinstance(deep, AccessRequest)
    assert isinstance(other, UnreadableRow)
    assert deep.extra["new"] == other.value["new"]


@pytest.mark.parametrize("tail", ["", "]", "]}x", "}", '"', "]}}", ", ]}"])
def test_broken_deep_answer_is_asked_again(tail):
    text = f'{{"success": true, "result": [{{"a": {nested(3000)}}}{tail}'
    with pytest.raises(RetryLaterError, match="cut short or is not JSON"):
        read(client_of(lambda _: httpx.Response(200, content=text.encode())))


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, nested(5000), f'{{"errors": {nested(5000)}, "result": []}}', f'{{"result": {{"a": {nested(5000)}}}}}'],
)
def test_depth_elsewhere_is_asked_again(text):
    with pytest.raises(RetryLaterError, match="cut short or is not JSON"):
        read(client_of(lambda _: httpx.Response(200, content=text.encode())))


def test_kept_levels_are_those_of_records():
    [row] = load_deep(answer_of(f'{{"new": {nested(2000)}}}'), json.loads)["result"]
    assert isinstance(row, DeepItem)
    value, levels = row.value, 0
    while isinstance(value, list | dict):
        value, levels = (value[0] if isinstance(value, list) else value["new"]), levels + 1
    assert (value, levels) == ("\ufffd", KEPT_LEVELS)
