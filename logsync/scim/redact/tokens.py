"""The words, quotations and signs of a sentence, each with its place."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from logsync.scim.redact.secret_names import TWO_WORD_NAME

# A word may be a name, a path or a URN. What is quoted is one token; an apostrophe inside of a word opens nothing.
# Each alternative ends, or fails, where the next one of its kind may begin: so any text takes linear time.
TOKEN = re.compile(
    rf"""(?xsi)
      (?P<word>
          (?<![\w$.-]) {TWO_WORD_NAME} [\w$.-]*+
        | urn(?::[\w$.-]++)++
        | [\w$] (?: [\w$.-] | ['’][a-z]{{1,2}}(?!['’\w]) )*+ )
    | (?P<link> :{{0,3}}=++>?+ | -++> | [:：＝→] )
    | (?P<quotation>
          (?<!\\)\\++"[^"\\]*+\\++"
        | (?<!\\)"(?:[^"\\]|\\.)*+"
        | (?<![\w\\])'(?:[^'\\]|\\.|(?<=\w)'(?=\w))*+'(?!\w)
        | `[^`']*+[`']
        | [“”„][^“”„]*+[“”]
        | (?<!\w)[‘’](?:[^‘’]|(?<=\w)’(?=\w))*+[‘’](?!\w)
        | «[^«»]*+» )
    | (?P<sign> \\++ | [^\w\s$] )"""
)


class Kind(StrEnum):
    WORD = "word"
    LINK = "link"
    QUOTATION = "quotation"
    SIGN = "sign"


class Token(NamedTuple):
    """One word, quotation or sign: `text` is what is written at `[start, end)`, with the marks of a quotation."""

    kind: Kind
    start: int
    end: int
    text: str

    @property
    def word(self) -> str:
        """A word in lower case and without a full stop; "" for anything else."""
        return self.text.lower().rstrip(".") if self.kind == Kind.WORD else ""

    @property
    def content(self) -> str:
        """What is quoted, without the marks around it."""
        return self.text.strip("\\\"'`“”„‘’«»") if self.kind == Kind.QUOTATION else ""


def read_tokens(text: str) -> Iterator[Token]:
    for match in TOKEN.finditer(text):
        yield Token(Kind(match.lastgroup or ""), *match.span(), match[0])
