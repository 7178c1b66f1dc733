"""How what is typed into the filter box falls into tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.lists.filter_box.tokens import tokens_of, written
from tests.examples import examples

TEXTS = st.text(st.sampled_from(list(' "\\-:.not\n\u00a0é'))) | st.text()
NAMES = st.sampled_from(["user", "app_uid", "country", "q"])


def read(text):
    """The tokens, in short: a name, a value, and a mark of what is special."""
    marks = {(True, True): "not quoted", (True, False): "not", (False, True): "quoted", (False, False): ""}
    return [(one.name, one.value, marks[one.is_excluded, one.is_quoted]) for one in tokens_of(text)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("   ", []),
        ("ada", [("", "ada", "")]),
        ("ada jira", [("", "ada", ""), ("", "jira", "")]),
        ("country:NL", [("country", "NL", "")]),
        ("country:NL ada", [("country", "NL", ""), ("", "ada", "")]),
        ("-country:NL", [("country", "NL", "not")]),
        ("not country:NL", [("country", "NL", "not")]),
        ("NOT country:NL", [("country", "NL", "not")]),
        ("not.country:NL", [("country", "NL", "not")]),
        ("not -country:NL", [("country", "NL", "not")]),
        ("does not exist", [("", "does", ""), ("", "not", ""), ("", "exist", "")]),
        ('"not" country:NL', [("", "not", "quoted"), ("country", "NL", "")]),
        ('app:"Front desk"', [("app", "Front desk", "quoted")]),
        ('-app:"Front desk" ada', [("app", "Front desk", "not quoted"), ("", "ada", "")]),
        ('app:"say \\"hello\\""', [("app", 'say "hello"', "quoted")]),
        ('app:"never closed', [("app", '"never', ""), ("", "closed", "")]),
        ('"already exists"', [("", "already exists", "quoted")]),
        ("country:", [("country", "", "")]),
        ("country: NL", [("country", "", ""), ("", "NL", "")]),
        ('country:""', [("country", "", "quoted")]),
        ("host:jira.example:8443/a?b=c", [("host", "jira.example:8443/a?b=c", "")]),
        ("https://jira.example/x", [("", "https://jira.example/x", "")]),
        ("2001:db8::1", [("", "2001:db8::1", "")]),
        ("fe80::1", [("", "fe80::1", "")]),
        ("abcd:1::2", [("", "abcd:1::2", "")]),
        ("ip:2001:db8::1", [("ip", "2001:db8::1", "")]),
        ("12:30", [("", "12:30", "")]),
        (":x", [("", ":x", "")]),
        ("-x", [("", "-x", "")]),
        ("-", [("", "-", "")]),
        ("urn:ietf:params", [("urn", "ietf:params", "")]),
    ],
)
def test_text_falls_into_tokens(text, tokens):
    assert read(text) == tokens


@given(NAMES, TEXTS.filter(lambda value: value.strip()), st.booleans(), TEXTS)
@examples(300)
def test_written_token_is_read_back(name, value, is_excluded, after):
    first, *_ = tokens_of(f"{written(name, value, is_excluded=is_excluded)} {after}")
    assert (first.name, first.value, first.is_excluded) == (name, value, is_excluded)


@given(TEXTS)
@examples(300)
def test_tokens_begin_where_they_stand(text):
    starts = [token.start for token in tokens_of(text)]
    assert starts == sorted(set(starts))
    assert bool(starts) == bool(text.split())
    for start in starts:
        assert start == 0 or text[start - 1].isspace()
