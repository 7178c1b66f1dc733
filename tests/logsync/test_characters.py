"""What nobody sees is written by its code, and a word of two alphabets is known."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from logsync.characters import UNSEEN, codes, may_trick, odd_letters, visible, visible_line

# They are formats by name only, and have a look of their own: signs of Arabic, Syriac, Kaithi and hieroglyphs.
SEEN_FORMATS = {*"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"} | {
    chr(code) for code in range(0x13430, 0x13440)
}


def test_every_control_and_format_is_unseen():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in SEEN_FORMATS:
            assert bool(UNSEEN.fullmatch(character)) == (character not in "\t\n\r"), hex(code)
            assert may_trick(character) == (character not in "\t\n\r"), hex(code)


@pytest.mark.parametrize(
    "text",
    [
        "Zoë, 42 %, “quoted” – € → ½",
        "\u05d0\u05d1 \u0639\u0631\u0628\u064a",
        "می\u200cخواهم",
        "क्\u200dष",
        "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 ⚠\ufe0f",
        "株式会社ABC",
        "tab\tline\r\n",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert visible(text) == text
    assert list(odd_letters(text)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gnp\u202e.exe", "gnp[U+202E].exe"),
        ("a\u200bb\u2060\ufeffc", "a[U+200B]b[U+2060 U+FEFF]c"),
        ("\x1b[2J\x00\x7f\x9b", "[U+001B][2J[U+0000 U+007F U+009B]"),
        ("ad\u200da@x", "ad[U+200D]a@x"),
        ("=\ufe0f1", "=[U+FE0F]1"),
        ("\ud800", "[U+D800]"),
        ("\U000e0041", "[U+E0041]"),
        ("x" + "\u202e" * 2_000, "x[U+202E U+202E U+202E and 1,997 more]"),
    ],
)
def test_unseen_characters_show_as_codes(text, shown):
    assert visible(text) == shown


def test_line_stays_one_line():
    ends = [chr(code) for code in range(sys.maxunicode + 1) if len(f"a{chr(code)}b".splitlines()) > 1]
    assert len(ends) == 10
    assert len(visible_line("a".join(ends)).splitlines()) == 1
    assert visible_line("a\nb") == "a[U+000A]b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("p\u0430ypal", [("\u0430", "Cyrillic")]),
        ("\u0430d\u0430@meridian.example", [("\u0430", "Cyrillic"), ("\u0430", "Cyrillic")]),
        ("\u0430\u0440\u0440@meridian.example", [("\u0430\u0440\u0440", "Cyrillic")]),
        ("ada@meridi\u03b1n.example", [("\u03b1", "Greek")]),
        ("\uff41da", [("\uff41", "Fullwidth")]),
        ("\U0001d41adam", [("\U0001d41a", "Mathematical")]),
        ("\u0430\u03b1", [("\u03b1", "Greek")]),
        ("Иван Petrov", []),
        ("Иван-Petrov", []),
        ("Ивановић", []),
        ("5 µm", []),
    ],
)
def test_letters_of_other_alphabets_are_found(text, found):
    assert [(text[odd.start : odd.end], odd.alphabet) for odd in odd_letters(text)] == found


def test_codes_name_first_few():
    assert codes("\u202e") == "U+202E"
    assert codes("abcd") == "U+0061 U+0062 U+0063 and 1 more"
