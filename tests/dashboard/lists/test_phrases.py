"""How a text falls into words and phrases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.lists.phrases import quoted, words_of
from tests.examples import examples

TEXTS = st.text(st.sampled_from(list(' "\\a\n\t\u00a0é'))) | st.text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zanele jira", ["zanele", "jira"]),
        ("  zanele\n\tjira ", ["zanele", "jira"]),
        ('"already exists"', ["already exists"]),
        ('user "already exists" ada', ["user", "already exists", "ada"]),
        ('"say \\"hello\\""', ['say "hello"']),
        ('"C:\\new dir"', ["C:\\new dir"]),
        ("C:\\new", ["C:\\new"]),
        ('"never closed', ['"never', "closed"]),
        ('5" screen', ['5"', "screen"]),
        ('"a"b c', ['"a"b', "c"]),
        ('""', ['""']),
        ('"" ada', ["ada"]),
        ("   ", ["   "]),
        ("", [""]),
    ],
)
def test_text_falls_into_words(text, words):
    assert words_of(text) == words


@given(TEXTS)
@examples(300)
def test_quoted_phrase_is_one_word(phrase):
    assert words_of(quoted(phrase)) == [phrase]


@given(TEXTS)
@examples(300)
def test_every_text_has_words(text):
    assert words_of(text)


def test_lone_word_needs_no_quotes():
    assert [quoted(text) for text in ("ada@x", '"><b>', "it's", "two words")] == [
        "ada@x",
        '"><b>',
        "it's",
        '"two words"',
    ]
