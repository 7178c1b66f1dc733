"""A body is laid out without losing, adding or running anything of it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.lists.events.body import LONGEST_SHOWN, render_body
from logsync.scim.redact import REDACTED
from tests.dashboard.reading import Page
from tests.examples import examples

MARK = "redacted before storing"

# JSON as it may be sent: any white space, doubled keys, any spelling of numbers and letters.

blanks = st.sampled_from(["", " ", "\n", "\t", "\r\n  "])
numbers = st.from_regex(r"\A-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?\Z")
letters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"\\/<>&{}[]:,' \n\u2028\u202e")


def spelled(text: str, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)


def array(items: list[str], blank: str) -> str:
    return f"[{blank}{f',{blank}'.join(items)}{blank}]"


def object_of(members: list[tuple[str, str]], blank: str) -> str:
    return f"{{{blank}{f'{blank},'.join(f'{name}{blank}:{blank}{value}' for name, value in members)}{blank}}}"


strings = st.builds(spelled, st.text(letters, max_size=12), st.booleans()).filter(lambda text: REDACTED not in text)
names = strings | st.just('"name"')
documents = st.recursive(
    numbers | strings | st.sampled_from(["true", "false", "null"]),
    lambda values: (
        st.builds(array, st.lists(values, max_size=4), blanks)
        | st.builds(object_of, st.lists(st.tuples(names, values), max_size=4), blanks)
    ),
    max_leaves=10,
)


def shown(text: str) -> str:
    """What a browser shows of a body."""
    return "".join(Page(f"<pre>{render_body(text).html}</pre>").whole.pieces)


def meant(text: str) -> object:
    """The value, its members in their order, its numbers as they are spelled."""
    return json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str)


def squeezed(text: str) -> str:
    """The text less the white space between its tokens."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda match: match[1] or "", text)


@examples(200)
@given(documents, blanks)
def test_formatting_keeps_document_meaning(document, blank):
    text = blank + document + blank
    assert render_body(text).note == "pretty-printed"
    assert meant(shown(text)) == meant(text)
    assert squeezed(shown(text)) == squeezed(text)


@given(st.text(letters) | documents.map(lambda text: text[:-1]))
def test_any_text_is_fully_escaped(text):
    assert {(element.tag, *element.attrs) for element in Page(render_body(text).html).elements} <= {("span", "class")}


def test_members_are_on_separate_lines():
    assert shown('{"a":{"b":[1,{}],"c":[]},"a":"x"}') == (
        '{\n  "a": {\n    "b": [\n      1,\n      {}\n    ],\n    "c": []\n  },\n  "a": "x"\n}'
    )


@pytest.mark.parametrize("text", ["[", '{"a":1,}', "{'a':1}", "<Error/>", "a=1&b=2", '{"a":1} x', "not json </script>"])
def test_non_json_is_shown_unchanged(text):
    assert (shown(text), render_body(text).note) == (text, "not JSON, shown as it came")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_missing_body_says_so(text):
    assert (render_body(text).html, render_body(text).note) == ("", "no body was sent")


@pytest.mark.parametrize("text", ['{"a":"</script><script>alert(1)</script>"}', "</pre><script>alert(1)</script>"])
def test_markup_in_a_body_is_text(text):
    assert "<script" not in render_body(text).html
    assert "</script>" in shown(text)


def test_redacted_value_is_marked():
    text = f'{{"password":"{REDACTED}","note":"not {REDACTED}","{REDACTED}":1}}'
    assert shown(text) == f'{{\n  "password": {MARK},\n  "note": "not {REDACTED}",\n  "{REDACTED}": 1\n}}'


def test_a_sender_cannot_forge_the_mark():
    page = Page(render_body(json.dumps({"password": f'<span class="x">{MARK}</span>'})).html)
    assert MARK not in [element.text for element in page.elements]


def test_beginning_of_long_body_is_shown():
    text = json.dumps(["<b>"] * LONGEST_SHOWN)
    body = render_body(text)
    assert shown(text) == text[:LONGEST_SHOWN]
    assert body.is_cut
    assert body.note == "first 50,000 of 350,000 characters, as they came"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 900 + "1," * 24_000 + "1" + "]" * 900,
        "[" + "[[[[[]]]]]," * 4_000 + "1]",
        "[" + '"",' * 16_000 + "1]",
        '{"&":"<"},' * 9_000,
        '"' * 5_000_000,
    ],
    ids=["deep lists", "shallow lists", "strings", "escapes", "five million"],
)
def test_page_grows_little_with_body(text):
    assert len(render_body(text).html) < 2_000_000


def test_body_is_formatted_up_to_limit():
    text = json.dumps("x" * (LONGEST_SHOWN - 2))
    assert (len(text), render_body(text).note) == (LONGEST_SHOWN, "pretty-printed")


@pytest.mark.parametrize("text", ["[" * 50_000, "[" * 25_000 + "]" * 25_000, '{"a":' * 8_000 + "1" + "}" * 8_000])
def test_overly_nested_body_is_shown_unchanged(text):
    assert shown(text) == text


def test_very_long_numbers_are_kept():
    assert shown("9" * 5000) == "9" * 5000
    assert render_body("9" * 5000).note == "pretty-printed"


def test_size_is_in_received_bytes():
    assert render_body('{"a":"é"}').size == 10
