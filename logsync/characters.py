"""Characters that trick a reader: those that nobody sees, and letters of two alphabets in one word. No Django.

Log text may hold any of them. Where it is shown, on a page, in a ticket or in a terminal, they are written so that they
can be seen. Nothing here says that somebody means harm: a pasted address often brings a zero-width space along.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Control characters that are no white space, and Unicode's characters without a look of their own, as ranges of a
# regular expression.
INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# What else can turn the text around it or end a line of it, or is no character at all.
_DISTURBING = f"{INVISIBLE}\x0b\x0c\x85\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
# Scripts and emoji that are written with joiners, and signs that have a coloured form.
_JOINED = "\u0600-\u10ff\u1780-\u18af\ua8e0-\uaaff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_COLOURED = "\xa9\xae\u203c\u2049\u2100-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
UNSEEN = re.compile(
    rf"(?:(?!(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])|(?<=[{_COLOURED}])[\ufe0e\ufe0f])[{_DISTURBING}])+"
)
# Latin letters, figures, punctuation, arrows: all that most texts are made of.
_ABOVE_SUSPICION = re.compile("[\t\n\r -~\xa0-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff]*")
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W\d_]+")
LATIN = "Latin"
# Alphabets that distinguish upper and lower case have letters that look like those of another; scripts such as Han or
# Arabic, which stand beside Latin every day, have not.
_CASED = {"Lu", "Ll", "Lt"}
# More codes than these say nothing more.
_MOST_CODES = 3


class OddLetters(NamedTuple):
    """A run of letters of another alphabet than the rest of their word."""

    start: int
    end: int
    # What the alphabet is called: "Cyrillic".
    alphabet: str


def may_trick(text: str) -> bool:
    """A quick look at whether a text may hold such characters; almost none does."""
    return _ABOVE_SUSPICION.fullmatch(text) is None


def codes(run: str) -> str:
    """A run of characters by their codes: "U+202E", "U+202E U+2066 U+202D and 4 more"."""
    named = " ".join(f"U+{ord(character):04X}" for character in run[:_MOST_CODES])
    return f"{named} and {len(run) - _MOST_CODES:,} more" if len(run) > _MOST_CODES else named


def visible(text: str) -> str:
    """A text with the codes of unseen characters in their place: "gnp[U+202E].exe"."""
    return UNSEEN.sub(lambda run: f"[{codes(run[0])}]", text)


def visible_line(text: str) -> str:
    """The same on one line, whatever ends a line in it."""
    return visible(text).replace("\r", "[U+000D]").replace("\n", "[U+000A]")


def odd_letters(text: str) -> Iterator[OddLetters]:
    """The letters of each word that belong to another alphabet than the Latin ones beside them.

    That is the "moderately restrictive" level of Unicode's UTS #39, told by the names of letters. An e-mail address is
    one word.
    """
    if not may_trick(text):
        return
    for word in _WORD.finditer(text):
        if word[0].isascii():
            continue
        parts = [word.span()] if "@" in word[0] else [part.span() for part in _LETTERS.finditer(text, *word.span())]
        for start, end in parts:
            yield from _odd_in(text, start, end)


def _odd_in(text: str, start: int, end: int) -> Iterator[OddLetters]:
    alphabets = [alphabet(character) for character in text[start:end]]
    found = dict.fromkeys(filter(None, alphabets))
    if len(found) < 2:
        return
    own = LATIN if LATIN in found else next(iter(found))
    run: OddLetters | None = None
    for place, name in enumerate(alphabets, start):
        if run and name == run.alphabet:
            run = run._replace(end=place + 1)
            continue
        if run:
            yield run
        run = OddLetters(place, place + 1, name) if name not in ("", own) else None
    if run:
        yield run


@lru_cache(maxsize=4096)
def alphabet(character: str) -> str:
    """The alphabet that a letter with a case belongs to, as Unicode names it; blank for every other character."""
    if unicodedata.category(character) not in _CASED:
        return ""
    # "CYRILLIC SMALL LETTER A"; a sign made of a letter, such as the micro sign, is in every alphabet.
    name = unicodedata.name(character, "")
    return name.partition(" ")[0].capitalize() if " LETTER " in name or " CAPITAL " in name or " SMALL " in name else ""


def described(run: str) -> str:
    """What Unicode calls the first of a run of unseen characters, in small letters."""
    return unicodedata.name(run[0], "control character").lower()
