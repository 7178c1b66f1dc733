"""One spelling for every text: canonical characters, straight quotes, blanks for what does not print."""

import re
import unicodedata

# An error description is a sentence or a small document; what follows is a copy of the request or a stack.
MAX_INPUT = 2_000

SINGLE_QUOTES = re.compile("[‘’‚‛]")
DOUBLE_QUOTES = re.compile("[“”„‟«»]")

INVISIBLE = {"Cf"}
# Private characters are free for the fingerprint itself; lone surrogates cannot be stored.
BLANK = {"Cc", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}


def plain_text(text: str) -> str:
    """At most 2,000 characters in NFC, without format, control, private and unpaired ones."""
    text = unicodedata.normalize("NFC", text.strip()[:MAX_INPUT])
    text = "".join(map(_plain_character, text))
    # Inside JSON a straight double quote would end the string that contains the curly one.
    text = DOUBLE_QUOTES.sub("`" if '"' in text else '"', text)
    return SINGLE_QUOTES.sub("'", text).strip()


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in INVISIBLE:
        return ""
    return " " if category in BLANK else character
