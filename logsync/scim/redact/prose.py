"""Secrets in sentences: after a hot name, in an XML element, in a filter, or known by their own look."""

import re
from collections.abc import Iterator

from logsync.scim.redact.edits import Edit
from logsync.scim.redact.hot_names import COMPARISON, is_hot, is_kept, squeeze

# `password=x`, `"password": x`; or a few words and a quote: `password is "x"`.
NAMED = re.compile(
    r"""(?ix)
    (?P<name> urn(?::[\w$.-]++)++ | [\w$][\w$.-]*+ )
    (?P<link>
        [\\"'\])]*+ \s*+ (?: := | == | => | = | : ) \s*+
      | ["']? (?: \s++ (?: is|was|to|of|as|value|set|given|equals? )\b )*+ \s++ (?= \\* ["'`“”‘’] | [\[{] )
    )?+"""
)
QUOTED = r"""\\*+(?:"(?:[^"\\]|\\.)*+"?+|'(?:[^'\\]|\\.)*+'?+|`[^`]*+`?+|[“”][^“”]*+[“”]?+|[‘’][^‘’]*+[‘’]?+)"""
# What touches a quoted value belongs to it; a comma or full stop at the end does not.
SAID_VALUE = re.compile(rf"""(?is)(?:(?:bearer|basic)\s++|{QUOTED}|\[[^\]]*+\]?+)?+[^\s&]*?(?=[,;.]?(?:[\s&]|\Z))""")
LITERALS: dict[str, object] = {"null": None, "true": True, "false": False}

TAG = re.compile(r"<(?P<name>[\w.:-]++)(?:\s[^<>]*+)?>")

# Secrets that need no name before them.
CREDENTIALS = [
    re.compile(pattern)
    for pattern in (
        # Not "Basic authentication": a credential has digits, capitals or an equals sign, or is long.
        r"""(?i:\b(?:bearer|basic)[\s:=]+["']?)"""
        r"(?P<secret>(?=[A-Za-z]?[a-z.~/+-]*+[A-Z0-9=_])[\w.~+/=-]{8,}|[\w.~+/=-]{20,})",
        r"(?i:\b(?:set-)?cookie:)\s*(?P<secret>[^\r\n]+)",
        r"(?<![A-Za-z0-9])(?P<secret>eyJ[\w-]{5,}[\w.+/=-]*)",
        r"(?P<secret>\$(?:2[abxy]?|[1567y]|gy|apr1|md5|sha[0-9]+|argon2\w*|scrypt|bcrypt[\w-]*|pbkdf2[\w-]*)\$"
        r"[\w./$=,+-]+)",
        r"(?i)(?P<secret>\{(?:s?sha[0-9]*|s?md5|crypt|pbkdf2[\w-]*|argon2\w*|bcrypt)\}[\w./$=,+-]+)",
        r"://[^\s/:@]*:(?P<secret>[^\s/]+)@",
        r"(?s)(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
    )
]


def prose_edits(text: str) -> list[Edit]:
    """Edits for the secrets of a text that is not JSON and has no JSON in it."""
    return [*_said_edits(text), *_element_edits(text), *_comparison_edits(text), *_credential_edits(text)]


def introduces_secret(text: str, place: int) -> bool:
    """Whether what begins at `place` is the value of a hot name, as after `password = `."""
    return any(start == place for _, start in _hot_links(text[: place + 1]))


def _said_edits(text: str) -> Iterator[Edit]:
    position = 0
    for name, start in _hot_links(text):
        match = SAID_VALUE.match(text, start) if start >= position else None
        if match is None:
            continue
        position = match.end()
        if not is_kept(name, LITERALS.get(match[0], match[0].strip("\"'"))):
            yield Edit(start, position)


def _hot_links(text: str) -> Iterator[tuple[str, int]]:
    """Every hot name that introduces a value, with the place where the value begins."""
    before, before_end = "", 0
    for match in NAMED.finditer(text):
        name = match["name"]
        if match["link"]:
            hot_name = _hot_name(before if text[before_end : match.start()] == " " else "", name)
            if hot_name:
                yield hot_name, match.end()
        before, before_end = name, match.end()


def _hot_name(before: str, word: str) -> str | None:
    if is_hot(word):
        return word
    # "API key" is one name of two words; in "Secret Service" the first word is hot by itself.
    return before + word if not is_hot(before) and is_hot(before + word) else None


def _element_edits(text: str) -> Iterator[Edit]:
    position = 0
    for tag in TAG.finditer(text):
        name, start = tag["name"], tag.end()
        if tag.start() < position or tag[0].endswith("/>") or not is_hot(name):
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


def _credential_edits(text: str) -> Iterator[Edit]:
    for pattern in CREDENTIALS:
        yield from (Edit(*match.span("secret")) for match in pattern.finditer(text))
