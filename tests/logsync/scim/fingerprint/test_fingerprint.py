"""Fingerprints: equal errors fall together, others stay apart, and any text has one."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.fingerprint import NO_TEXT, looks_alike, problem_key, template_of
from tests.examples import examples
from tests.logsync.scim.fingerprint.fingerprint_cases import APART, CASES, GUID

TOGETHER = [
    pytest.param(text, template, id=f"{name} {number}")
    for name, (template, texts) in CASES.items()
    for number, text in enumerate(texts, 1)
]

FRAGMENTS = [
    *"\"'`[](){}<>.,:;=\\ \n\x00",
    *["“", "’", "«", "\u200b", "\u00a0", "\ud800", "\ue000", "\uf8ff", "İ", "e\u0301", r"\"", r"\u0000", "\x85"],
    *["ada@example.com", GUID, f"{{{GUID}}}", "f648f8d5ea4e4cd38e9c", "00u1ab2cd3EF4gh5i6j7", "x509Certificates"],
    *["urn:ietf:params:scim:schemas:core:2.0:User", "urn:uuid:", "https://a.b/c", "203.0.113.9", "2a09::1"],
    *["2022-01-26 16:50:48", "16:50:48", "404", "12", "5s", "0", "[0]", "status ", "code ", "HTTP ", "scim 2.0"],
    *['{"detail":"', '"status":"400"', '{"a":1}', '{"errors":{"a":"b"}}', '[{"', "[[", "{'", '"message"=>'],
    *["user ", "group ", "members ", " not found", " already exists", " eq ", "userName=", "value", "active", "jdoe"],
    *["<id>", "<value>", "<n>", "<json>", NO_TEXT, "and", "or", "with "],
]
fragments = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=30).map("".join)
words = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(" ".join)
documents = st.recursive(
    fragments | st.integers() | st.none(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(["detail", "errors", "status", "x"]), children)
    ),
    max_leaves=6,
).map(json.dumps)
texts = st.text() | fragments | words | documents


@pytest.mark.parametrize(("text", "template"), TOGETHER)
def test_gives_the_template_of_a_text(text: str, template: str):
    assert template_of(text) == template


@pytest.mark.parametrize("template", [template for template, _ in CASES.values()], ids=list(CASES))
def test_a_template_is_its_own_template(template: str):
    assert template_of(template) == template


@pytest.mark.parametrize("different", APART.values(), ids=list(APART))
def test_keeps_different_errors_apart(different: list[str]):
    assert len({template_of(text) for text in different}) == len(different)


def test_cuts_a_template_between_words():
    template = template_of("word " * 200)
    assert template == ("word " * 100).strip()


def test_cuts_one_long_word():
    assert template_of("é" * 5_000) == "é" * 500


def test_reads_no_further_than_2000_characters():
    assert template_of("a " * 999 + "b") == template_of("a " * 999 + "c" * 10_000_000)


@given(texts)
@examples(100)
def test_any_text_has_stable_storable_template(text: str):
    template = template_of(text)
    assert template_of(template) == template
    assert 0 < len(template) <= 500
    assert template.encode().decode() == template
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ue000-\uf8ff]", template)


HOSTILE = [
    *FRAGMENTS,
    *["a", "a.", "a@", "a-", "1:", "1.", "'x", "x'", '\\"x', "user a ", "urn:a:", '{"a":', "[{", '{"', "((", "1/"],
    *['{"errors":', "<id> ", "<id>,", "id=", "_1", "eq '", "scim", "error:", "a'a@", "\u0301"],
]


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_hostile_text_has_stable_template(unit: str):
    template = template_of(unit * (2_000 // len(unit)))
    assert template_of(template) == template


@pytest.mark.parametrize("depth", [50, 150, 100_000])
def test_takes_deep_json(depth: int):
    assert template_of('{"errors":' * depth + '"x"' + "}" * depth) in {"x", "<json>"}


def test_key_is_stable_32_hex_digits():
    key = problem_key("acc", "idp", "USER", "POST", "user <value> already exists")
    assert key == "83be1fb0aaa45b37b5e99bfc40371f92"
    assert problem_key("acc", "idp", "user", "post", "user <value> already exists") == key


@pytest.mark.parametrize(
    "other",
    [
        ("acc2", "idp", "USER", "POST", "x"),
        ("acc", "idp2", "USER", "POST", "x"),
        ("acc", "idp", "GROUP", "POST", "x"),
        ("acc", "idp", "USER", "PUT", "x"),
        ("acc", "idp", "USER", "POST", "y"),
        ("acci", "dp", "USER", "POST", "x"),
        ("acc", "idp", "USER", "POSTX", ""),
    ],
    ids=["account", "identity provider", "type", "method", "template", "a shifted border", "another shifted border"],
)
def test_every_part_makes_another_key(other: tuple[str, str, str, str, str]):
    assert problem_key(*other) != problem_key("acc", "idp", "USER", "POST", "x")


@pytest.mark.parametrize(
    ("a", "b", "is_alike"),
    [
        ("user <value> already exists", "user <value> already exists", True),
        ("the user <value> already exists", "user <value> already exists", True),
        ("user <value> already exists", "user <value> not found", False),
        ("user <value> already exists", "group <value> already exists", False),
        ("one two three four five", "five four three two one!", True),
        ("one two three four", "one two three five", False),
        ("(409)", "(410)", False),
        ("()", "()", True),
        ("()", "[]", False),
        ("", "x", False),
    ],
)
def test_similar_templates_are_suggested(a: str, b: str, is_alike: bool):
    assert looks_alike(a, b) is is_alike
    assert looks_alike(b, a) is is_alike
