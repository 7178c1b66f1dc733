"""Log text in Markdown stays text."""

from __future__ import annotations

import pytest

from dashboard.page.markdown import LONGEST_TEXT, code, escaped


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Grafana", "`Grafana`"),
        ("", "(blank)"),
        (" \n\t", "(blank)"),
        ("a`b", "``a`b``"),
        ("`a``b`", "``` `a``b` ```"),
        ("a\n# b\r\u2028c\u202ed", "`a # b c[U+202E]d`"),
        ("[x](y) <b> **z**", "`[x](y) <b> **z**`"),
    ],
)
def test_log_text_is_unbreakable_code_span(text, span):
    assert code(text) == span


def test_long_log_text_is_truncated():
    assert len(code("x" * 10_000)) == LONGEST_TEXT + 3


def test_every_markdown_character_is_escaped():
    assert escaped("a *b* [c](d) <e> `f` #g |h| i_j\nk & \\") == (
        "a \\*b\\* \\[c\\]\\(d\\) \\<e\\> \\`f\\` \\#g \\|h\\| i\\_j k \\& \\\\"
    )
