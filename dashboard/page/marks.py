"""Marks in finished pages, where a text holds characters that trick a reader: see `logsync.characters`.

They are put in last, into every page and every part of one, so that no template and no cell can forget them. An unseen
character shows as its code in a box; letters of another alphabet than the rest of their word stand in a box with the
alphabet's name. What forms, links and scripts use is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import unescape
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from logsync.characters import UNSEEN, codes, described, may_trick, odd_letters, visible

# Attributes that people read or hear.
READ = re.compile(r'\s(title|aria-label|alt|placeholder|data-label)="([^"]*)"')
# Every "<" and ">" that is not a template's is escaped, so that a tag is what stands between the two.
TAG = re.compile(r"(<[^>]*>)")
# Where no markup can stand.
ONLY_TEXT = re.compile(r"<(?:title|option|text)\b")
# What a person edits, or what is copied as it stands.
AS_IT_IS = ("<textarea", "<script", "<style", "data-as-it-is")
# So many marks of a text are enough to see what it is.
MOST_MARKS = 20
REPLACEMENT = "\ufffd"


class MarkedPages:
    """Puts the marks into every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("text/html"):
            page = response.content.decode()
            marked = marked_page(page)
            if marked != page:
                response.content = marked.encode()
                response["Content-Length"] = str(len(response.content))
        return response


def marked_page(page: str) -> str:
    """The HTML of a page with its marks."""
    if not may_trick(page):
        return page
    pieces = TAG.split(page)
    # Texts and tags take turns.
    for place, piece in enumerate(pieces):
        if place % 2:
            pieces[place] = READ.sub(lambda attribute: visible(attribute[0]), piece) if may_trick(piece) else piece
        elif may_trick(piece):
            pieces[place] = _marked_after(pieces[place - 1] if place else "", piece)
    return "".join(pieces)


def _marked_after(tag: str, text: str) -> str:
    """A text with its marks, as they are possible after this tag."""
    if ONLY_TEXT.match(tag):
        return visible(text)
    return text if any(words in tag for words in AS_IT_IS) else marked(unescape(text))


def marked(text: str) -> SafeString:
    """A text as HTML, with its first marks; unseen characters after these are only replaced."""
    found = sorted([*islice(_unseen(text), MOST_MARKS), *islice(_odd(text), MOST_MARKS)])
    pieces: list[str] = []
    position = 0
    for start, end, mark in found[:MOST_MARKS]:
        pieces += (escape(text[position:start]), mark)
        position = end
    return mark_safe("".join([*pieces, escape(UNSEEN.sub(REPLACEMENT, text[position:]))]))


def _unseen(text: str) -> Iterator[tuple[int, int, SafeString]]:
    return ((*run.span(), _code_box(run[0][0], codes(run[0]))) for run in UNSEEN.finditer(text))


def _odd(text: str) -> Iterator[tuple[int, int, SafeString]]:
    return ((run.start, run.end, _letter_box(text[run.start : run.end], run.alphabet)) for run in odd_letters(text))


@lru_cache(maxsize=1024)
def _code_box(first: str, words: str) -> SafeString:
    return format_html('<span class="gh-unseen" title="{}">{}</span>', described(first), words)


def _letter_box(letters: str, alphabet: str) -> SafeString:
    title = f"{alphabet} in a word with letters of another alphabet, which can look alike: {codes(letters)}"
    return format_html('<span class="gh-unseen" title="{}">{} {}</span>', title, letters, alphabet)
