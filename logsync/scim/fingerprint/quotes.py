"""Quoted and bracketed words: words of SCIM stay, all others are values."""

import re

from logsync.scim.fingerprint.known_words import KNOWN_WORDS

OPERATOR = r"\b(?:eq|ne|co|sw|ew|gt|ge|lt|le)\b"
# An apostrophe in or after a word opens nothing; Ruby closes a backtick with an apostrophe.
QUOTED = re.compile(
    rf"""(?ix) (?P<operator> {OPERATOR}\s++ )?+ (?:
        \\++" (?P<escaped> [^"\\]*+ ) \\++"
      | " (?P<double> (?: [^"\\] | \\. )*+ ) "
      | (?<![\w>)]) ' (?P<single> (?: [^'] | '(?=\w) )*+ ) ' (?!\w)
      | ` (?P<backtick> [^`']*+ ) [`']
    )"""
)
BRACKETED = re.compile(r"(?P<path>(?<=[\w\ue000-\uf8ff]))?+\[(?P<content>[^\[\]]++)\]")
FILTER = re.compile(rf"(?i){OPERATOR}|\bpr\b")
LITERAL = re.compile(r"""\\*["'](?P<literal>[^"'\\]*+)\\*["']?""")

IN_BRACKETS = re.compile(r"\[[^\[\]]*+\]")
PLACEHOLDER_OR_URN = re.compile("<[a-z]+>|[\ue000-\uf8ff]")
STATUS = re.compile(r"[45][0-9]{2}")

VALUE = "<value>"


def without_quotes(text: str) -> str:
    """The text with `<value>` for every quoted or bracketed text that may be a name.

    Known words, placeholders and URNs lose their quotes. Brackets stay where they belong to an attribute path.
    """
    return BRACKETED.sub(_bracketed, QUOTED.sub(_quoted, text))


def _quoted(match: re.Match[str]) -> str:
    operator, content = match["operator"] or "", match[match.lastgroup or 0].strip()
    if operator:
        return operator + _literal(content)
    return LITERAL.sub(lambda literal: _literal(literal["literal"]), content) if _is_known(content) else VALUE


def _literal(content: str) -> str:
    """What something is compared with is a value, even if it is a word of SCIM."""
    return content if PLACEHOLDER_OR_URN.fullmatch(content) else VALUE


def _bracketed(match: re.Match[str]) -> str:
    content, in_path = match["content"].strip(), match["path"] is not None
    if content.isdecimal():
        is_leading_status = match.start() == 0 and STATUS.fullmatch(content)
        return match[0] if is_leading_status else "[<n>]"
    if content == "<n>" or FILTER.search(content):
        return f"[{content}]"
    kept = content if _is_known(content) else VALUE
    return f"[{kept}]" if in_path else kept


def _is_known(content: str) -> bool:
    """Whether the content is a known word, an attribute path, a placeholder or a URN, or a list of such."""
    return all(_is_known_path(IN_BRACKETS.sub("", item).strip()) for item in content.split(","))


def _is_known_path(path: str) -> bool:
    if PLACEHOLDER_OR_URN.fullmatch(path):
        return True
    lower = path.lower()
    return lower in KNOWN_WORDS or all(word in KNOWN_WORDS for word in lower.split("."))
