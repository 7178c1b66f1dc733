"""Pages show what is unseen as codes, whatever template wrote it, and change nothing that is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st

import logsync.characters
from dashboard.page import marks
from dashboard.page.marks import MOST_MARKS, MarkedPages, marked, marked_page
from logsync.characters import UNSEEN
from tests.dashboard.reading import Page
from tests.work import counted

BOX = '<span class="gh-unseen" title="right-to-left override">U+202E</span>'


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>a\u202eb</p>", f"<p>a{BOX}b</p>"),
        ("<p>&lt;b&gt;\u202e&amp;</p>", f"<p>&lt;b&gt;{BOX}&amp;</p>"),
        ("<title>a\u202eb</title>", "<title>a[U+202E]b</title>"),
        ('<option value="\u202e">a\u202eb</option>', '<option value="\u202e">a[U+202E]b</option>'),
        ('<a href="/\u202e" title="a\u202e">x</a>', '<a href="/\u202e" title="a[U+202E]">x</a>'),
        ('<b aria-label="a\u202e" data-copy="\u202e">x</b>', '<b aria-label="a[U+202E]" data-copy="\u202e">x</b>'),
        ("<textarea>\u202e</textarea>", "<textarea>\u202e</textarea>"),
        ("<pre data-as-it-is>\u202e</pre>", "<pre data-as-it-is>\u202e</pre>"),
        ("<p>\u0418\u0432\u0430\u043d</p>", "<p>\u0418\u0432\u0430\u043d</p>"),
        ("\u202e<p>", f"{BOX}<p>"),
    ],
)
def test_marks_stand_where_text_is_read(page, shown):
    assert marked_page(page) == shown


def test_letter_of_other_alphabet_is_named():
    [mark] = Page(marked_page("<bdi>p\u0430ypal@x.example</bdi>")).marks
    assert mark.text == "\u0430 Cyrillic"
    assert mark.attrs["title"] == ("Cyrillic in a word with letters of another alphabet, which can look alike: U+0430")


def test_many_marks_do_not_swell_page():
    shown = marked("a\u202e" * 5_000)
    assert shown.count(BOX) == MOST_MARKS
    assert len(shown) < 5_000 * 2 + MOST_MARKS * len(BOX)
    assert not UNSEEN.search(shown)


@given(st.text(st.characters() | st.sampled_from("<>&\"'\u202e\u0430a@ \x1b"), max_size=60))
def test_marks_change_nothing_else(text):
    page = Page(f"<p>{marked(text)}</p>")
    assert page.misplaced == []
    assert {element.tag for element in page.elements if not element.is_mark} == {"p"}
    assert not UNSEEN.search(page.whole.text_as_it_is)
    if not page.marks:
        assert page.whole.text_as_it_is == text


def test_only_whole_pages_are_marked(rf):
    def answered(response):
        return MarkedPages(lambda request: response)(rf.get("/"))

    page = answered(HttpResponse("<p>\u202e", headers={"Content-Length": "6"}))
    assert page.content.decode() == f"<p>{BOX}"
    assert page["Content-Length"] == str(len(page.content))
    assert answered(HttpResponse("\u202e", content_type="text/csv")).content.decode() == "\u202e"
    assert isinstance(answered(StreamingHttpResponse(["\u202e"])), StreamingHttpResponse)


@pytest.mark.parametrize(
    "unit", ["\u202e", "a\u202e", "\u0430a", "\u0430a ", "<b>\u202e</b>", "&amp;\u202e", "<", "\u200d"]
)
def test_work_grows_with_the_page(unit):
    def steps(size):
        with counted([marks, logsync.characters], Path(marks.__file__).parent) as work:
            marked_page(unit * size)
        return work.steps

    steps(64)
    small, large = steps(200), steps(400)
    assert large <= 2.2 * small + 200
