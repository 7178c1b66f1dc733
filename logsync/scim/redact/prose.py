"""Secrets in sentences: after a hot name, in an XML element, in a filter, or known by their own look."""

import re
from collections.abc import Iterator

from logsync.scim.json_spans import LITERALS
from logsync.scim.redact.edits import Edit
from logsync.scim.redact.named_values import named_value_edits
from logsync.scim.redact.readable import placed, readable
from logsync.scim.redact.secret_names import COMPARISON, holds_hot_name, is_hot, is_kept, squeeze

# No error is described at such length. What follows is masked as a whole if it names anything hot.
LONGEST_READ = 50_000

# `<attribute name="password">`.
ATTRIBUTE = re.compile(r"""=["']([\w.:-]{1,100}+)["']""")
TAG = re.compile(r"<(?P<name>[\w.:-]++)(?:\s[^<>]*+)?>")

FILTER = re.compile(r"(?s)(?<=\w)\[.*")
QUOTED_TEXT = re.compile(r'"([^"]++)"?+')

# Not "Basic authentication": credentials have digits, capitals or an equals sign, or are long.
BEARER_OR_BASIC = r"""(?ix)
    \b(?: bearer | basic ) [\s:=]+ ["']?
    (?P<secret> (?-i: (?= [A-Za-z]? [a-z.~/+-]*+ [A-Z0-9=_] ) ) [\w.~+/=-]{6,} | [\w.~+/=-]{20,} )"""
COOKIES = r"(?i)\b(?:set-)?cookie:\s*(?P<secret>[^\r\n]+)"
JSON_WEB_TOKEN = r"(?<![A-Za-z0-9])(?P<secret>eyJ[\w-]{5,}[\w.+/=-]*)"
CRYPT_HASH = r"""(?x)
    (?P<secret> \$ (?: 2[abxy]? | [1567y] | gy | apr1 | md5 | sha[0-9]+ | argon2\w* | scrypt | bcrypt[\w-]*
      | pbkdf2[\w-]* ) \$ [\w./$=,+-]+ )"""
LDAP_HASH = r"""(?ix)
    (?P<secret> \{ (?: s?sha[0-9-]* | s?md5 | crypt | clear(?:text)? | plain | pbkdf2[\w-]* | argon2\w* | bcrypt ) \}
      [\w./$=,+-]+ )"""
URL_PASSWORD = r"://[^\s/:@]*:(?P<secret>[^\s/]+)@"
PRIVATE_KEY = r"""(?sx)
    (?P<secret> -----BEGIN[A-Z ]{0,40}PRIVATE\ KEY[A-Z ]{0,20}-----
      .*? (?: -----END[A-Z ]{0,40}PRIVATE\ KEY[A-Z ]{0,20}----- | \Z ) )"""

# Secrets that need no name before them.
CREDENTIALS = [
    re.compile(pattern)
    for pattern in (
        BEARER_OR_BASIC,
        COOKIES,
        JSON_WEB_TOKEN,
        CRYPT_HASH,
        LDAP_HASH,
        URL_PASSWORD,
        PRIVATE_KEY,
    )
]


def prose_edits(text: str) -> list[Edit]:
    """Edits for the secrets of a text that is not JSON and has no JSON in it."""
    content, places = readable(text)
    edits = [
        *_edits_of_names(content),
        *_element_edits(content),
        *_comparison_edits(content),
        *_filter_edits(content),
        *_credential_edits(content),
    ]
    return list(placed(edits, places))


def _edits_of_names(text: str) -> Iterator[Edit]:
    """Edits for what stands beside hot names; in a very long text they are looked for only at its beginning."""
    end = len(text) if len(text) <= LONGEST_READ else text.rfind(" ", 0, LONGEST_READ) + 1 or LONGEST_READ
    yield from named_value_edits(text[:end])
    if holds_hot_name(text[end:]):
        yield Edit(end, len(text))


def _element_edits(text: str) -> Iterator[Edit]:
    position = 0
    for tag in TAG.finditer(text):
        name, start = tag["name"], tag.end()
        is_named = is_hot(name) or any(map(is_hot, ATTRIBUTE.findall(tag[0])))
        if tag.start() < position or tag[0].endswith("/>") or not is_named:
            continue
        end = text.find(f"</{name}", start)
        position = len(text) if end < 0 else end
        content = text[start:position].strip()
        if not is_kept(name, LITERALS.get(content, content)):
            yield Edit(start, position)


def _comparison_edits(text: str) -> Iterator[Edit]:
    comparisons = list(COMPARISON.finditer(text))
    is_hot_path = bool(comparisons) and is_hot(text)
    for match in comparisons:
        name, group = match["name"], match.lastgroup or 0
        literal = LITERALS.get(match[group], match[group]) if group == "bare" else match[group]
        # `credentials[value eq "x"]` names the secret outside of the comparison.
        is_secret = is_hot(name) or (is_hot_path and squeeze(name).endswith("value"))
        if is_secret and not is_kept(name, literal):
            yield Edit(*match.span(group))


def _filter_edits(text: str) -> Iterator[Edit]:
    """What broken comparisons leave: quoted text in a filter that names something hot."""
    match = FILTER.search(text)
    if match is None:
        return
    rest = COMPARISON.sub(lambda comparison: " " * len(comparison[0]), match[0])
    if any(map(is_hot, QUOTED_TEXT.sub(" ", rest).split())):
        for quoted in QUOTED_TEXT.finditer(rest):
            yield Edit(match.start() + quoted.start(1), match.start() + quoted.end(1))


def _credential_edits(text: str) -> Iterator[Edit]:
    for pattern in CREDENTIALS:
        yield from (Edit(*match.span("secret")) for match in pattern.finditer(text))
