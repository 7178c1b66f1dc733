"""What differs between two contents: complete, and nothing where they are equal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight.policy_changes import differences as module
from logsync.insight.policy_changes.differences import EMPTY_IF_MISSING, MISSING, Part, differences
from tests.examples import examples
from tests.work import counted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b", ""]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(["id", "value", "x"]), values),
    max_leaves=4,
)
RULES = st.lists(st.dictionaries(st.sampled_from(["email", "okta", "geo"]), JSON, max_size=2) | JSON, max_size=5)
ITEMS = st.lists(st.fixed_dictionaries({"value": st.sampled_from("abcd")}, optional={"description": JSON}), max_size=5)
POLICIES = st.lists(st.fixed_dictionaries({"id": st.sampled_from("pqrs"), "precedence": st.integers(1, 4)}), max_size=4)
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": JSON,
        "include": RULES | JSON,
        "require": RULES,
        "exclude": RULES,
        "policies": POLICIES,
        "items": ITEMS,
        "allowed_idps": st.lists(st.sampled_from("xyz"), max_size=3) | st.none(),
        "session_duration": JSON,
    },
)


def text_of(value):
    return json.dumps(value, sort_keys=True)


def meaning_of(content):
    """A content without the order of its lists; the empty lists that mean nothing are left out."""
    lists = [*EMPTY_IF_MISSING, "items", "policies"]
    found = {name: sorted(map(text_of, content[name])) for name in lists if isinstance(content.get(name), list)}
    found |= {name: text_of(value) for name, value in content.items() if name not in found}
    return {name: value for name, value in found.items() if name not in EMPTY_IF_MISSING or value not in ([], "null")}


def applied(content, found):
    """A content with its differences carried out, one after the other."""
    result = json.loads(json.dumps(content))
    for one in found:
        if one.part is Part.FIELD:
            result.pop(one.name, None)
            if one.after is not MISSING:
                result[one.name] = one.after
            continue
        elements = result.setdefault(one.name, []) or []
        if one.before is not MISSING:
            elements.pop([text_of(element) for element in elements].index(text_of(one.before)))
        if one.after is not MISSING:
            elements.append(one.after)
        result[one.name] = elements
    return result


@given(CONTENTS, CONTENTS)
@examples(200)
def test_applying_them_gives_other_content(before, after):
    assert meaning_of(applied(before, differences(before, after))) == meaning_of(after)


@given(CONTENTS)
@examples(60)
def test_equal_contents_have_none(content):
    shuffled = dict(reversed(content.items()))
    assert differences(content, shuffled) == []


def test_order_of_rules_is_none():
    rules = [{"email": {"email": "ada@meridian.example"}}, {"everyone": {}}]
    assert differences({"include": rules, "updated_at": "x"}, {"include": rules[::-1], "require": []}) == []


def test_replaced_rule_is_one_difference():
    before = {"require": [{"okta": {"name": "eng"}}, {"geo": {"country_code": "DE"}}]}
    after = {"require": [{"geo": {"country_code": "DE"}}, {"okta": {"name": "eng-prod"}}]}
    [found] = differences(before, after)
    assert (found.part, found.name, found.is_added, found.is_removed) == (Part.RULE, "require", False, False)
    assert (found.before, found.after) == ({"okta": {"name": "eng"}}, {"okta": {"name": "eng-prod"}})


def test_two_new_rules_replace_none():
    before = {"include": [{"okta": {"name": "eng"}}]}
    after = {"include": [{"okta": {"name": "a"}}, {"okta": {"name": "b"}}]}
    assert [(one.is_added, one.is_removed) for one in differences(before, after)] == [
        (False, True),
        (True, False),
        (True, False),
    ]


def test_moved_policy_is_one_difference():
    [moved] = differences({"policies": [{"id": "p", "precedence": 1}]}, {"policies": [{"id": "p", "precedence": 2}]})
    assert (moved.part, moved.before["precedence"], moved.after["precedence"]) == (Part.POLICY, 1, 2)


@pytest.mark.parametrize(("one", "other"), [(True, 1), (None, MISSING), ("", []), (1, "1"), ({}, [])])
def test_values_of_other_types_differ(one, other):
    contents = [{} if value is MISSING else {"decision": value} for value in (one, other)]
    [found] = differences(*contents)
    assert (found.part, found.before, found.after) == (Part.FIELD, one, other)


def test_huge_lists_take_few_steps():
    def work(size):
        items = [{"value": f"10.0.{number // 250}.{number % 250}"} for number in range(size)]
        with counted([module], Path(module.__file__ or "").parent) as steps:
            assert (
                len(differences({"items": items}, {"items": [*items[size // 2 :], {"value": "new"}]})) == size // 2 + 1
            )
        return steps.steps

    assert work(5_000) <= 2.2 * work(2_500) + 100
