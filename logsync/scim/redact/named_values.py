"""Values of hot names in sentences: `password "x"`, `token x has expired`, `"x" is not a valid password`.

What is quoted beside a hot name is a secret. A bare word is one if a sign or word between them says so, if it looks
like no word, or if the sentence judges it; not if it is a word that error texts are made of, as then the diagnosis
would be lost. From each name only a few tokens are looked at, so any text takes linear time.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from logsync.scim.json_spans import LITERALS
from logsync.scim.redact.edits import REDACTED, Edit, moved
from logsync.scim.redact.plain_words import PARSER_TOKEN, WHAT_IS_WRONG, is_english, is_plain, looks_secret
from logsync.scim.redact.secret_names import holds_hot_name, is_hot, is_kept, squeeze
from logsync.scim.redact.tokens import Kind, Token, read_tokens
from logsync.scim.vocabulary import SCIM_WORDS

MAX_LINKS = 8
SHORTEST_UNJUDGED = 6
MAX_WORDS_BEFORE = 12
MAX_IN_PARENTHESES = 12
MAX_NAME = 100
# Quotations within quotations: deeper than this nothing is looked for.
MAX_DEPTH = 3

NAME = re.compile(r"[\w$][\w$.:-]*+")


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Between a name and its quoted value. After those that state something, a word that looks like a secret is one, too.
STATES = words("is was are were be been being to as not equal equals isn't wasn't like")
LEADS_ON = words(
    """
    must may can cannot could should shall will would never now still has have had with does did doesn't didn't do
    contain contains containing changed updated reset given set provided supplied entered sent received used from
    than confirmation you that which invalid incorrect wrong bad illegal unacceptable following a
    an the same field attribute property
    """
)
ASSIGNS = words("value values")
STATES_OF_SECRETS = words("expired revoked invalid missing required empty blank none nil unset absent rejected denied")
FOR_SOMEONE = words("to is was")
LINK_WORDS = STATES | LEADS_ON | ASSIGNS
WRONG = words(WHAT_IS_WRONG)
SETS = words("set setting sets change changed changing update updated updating reset resetting equal equals")
# Between one quoted value and the next.
GOES_ON = words("to and or from does did not doesn't match matches equal equals is differs differ the same as but was")

# Between a value and the name behind it.
CONNECTS = words(
    """
    is was not isn't wasn't a an the valid invalid allowed permitted acceptable accepted supported good strong weak
    too short long simple common in on to of for as attribute attributes attr field property parameter argument claim
    key column element member value user user's new old current given provided supplied specified passed set used found
    your their its his her be cannot can't must may does do doesn't meet match matches satisfy satisfies fulfil
    fulfils comply complies with violate violates break breaks path at
    """
)
RELATES = words(
    "is was isn't wasn't of for as in on to be with violate violates break breaks given provided supplied specified"
)
JUDGES = words("meet match matches satisfy satisfies fulfil fulfils comply complies violate violates break breaks")
# "ada" is no secret in `user "ada" has no password`.
PERSONS = words(
    """
    user users member members group groups person account accounts username login email e-mail mail address resource
    role roles app application tenant domain owner attribute attributes field property parameter path claim schema
    provider connector service client named called id
    """
)
# A name before one of these is not the name of a value, as in "password reset".
GOES_WITH_NAME = words("reset change update sync policy rules requirements complexity management expiry rotation")

# What is judged is a value: "invalid password x", "password x rejected".
BEFORE_VALUE = words(
    """
    invalid incorrect wrong bad weak rejected refused unacceptable illegal expired revoked malformed duplicate using use
    used with old new previous leaked stolen unsupported find accept
    accepts decode forbidden disallowed reused given supplied provided submitted
    """
)
AFTER_VALUE = (
    words(
        """
    is was has had have isn't wasn't hasn't does doesn't did didn't cannot can't could must may should will would not
    rejected refused denied expired revoked invalid failed fails contains exceeds already no given provided supplied
    """
    )
    | WRONG
)
BETWEEN = words("user user's access api current new old client the a an this your their refresh bearer security")

# What a parser read or wanted is a token, but no secret.
PARSER_SAYS = words(
    "unexpected unrecognized unrecognised unknown illegal unterminated expected expecting offending next current"
)

BRACKETS = {")": "(", "]": "[", ">": "<"}
MAX_VALUE_BEFORE = 400
OPENING = frozenset("([<\"'`")
CLOSING = frozenset("""*)]"'`\\”’»""")
DASHES = frozenset("-–—|")
# What a damaged text may have between a name and a quoted value.
STRAY = frozenset(",[]{}")
MAX_STRAY = 2
CHUNK = re.compile(r"(?:(?!&[\w.%\[\]-]+=)\S)*+")
AFTER_CHUNK = ",;.:)]}>\"'`”’»"
# Names of secrets that are sentences, and of those that are numbers.
SENTENCE_NAME = re.compile(r"phrase|answer|hint|recoverycode|seed")
NUMBER_NAME = re.compile(r"\A(?:pin|pincode|otp|cvv|cvc|ssn)\Z|passcode|card|code|number|pin\Z")
SENTENCE = re.compile(r"""[^\n,;.()\[\]{}"]*+""")
IN_ANGLES = re.compile(r"<[^<>\s]++>")
SCHEME = re.compile(r"(?i)(?:bearer|basic|digest|negotiate|ntlm)\s++(?P<credentials>\S++)")
JSON_OR_LIST = re.compile(r"""(?s)\{(?=\s*+["}]).*+|\[(?=\s*+["{\[]).*+|\[(?P<content>[^\]]*+)\]?+""")


class Link(IntEnum):
    """What stands between a name and a value; the more, the more surely it is one."""

    NOTHING = 0
    LEADS_ON = 1  # Only what is quoted is a value.
    STATES = 2
    ASSIGNS = 3
    COLON = 4
    EQUALS = 5


def named_value_edits(text: str, depth: int = 0) -> Iterator[Edit]:
    """Edits for the values of hot names in a text."""
    if not holds_hot_name(text):
        return
    tokens = list(read_tokens(text))
    names = {name.text: _hot_name(name) for name in tokens}
    end = 0
    for place, token in enumerate(tokens):
        if names[token.text] and token.start >= end and not _is_of_parser(tokens, place):
            yield from _value_before(text, tokens, place)
            for value in _values_after(text, tokens, place, names[token.text]):
                end = value.end
                yield from value.edits()
        if token.kind == Kind.QUOTATION and depth < MAX_DEPTH and token.content != token.text:
            inside = named_value_edits(token.content, depth + 1)
            yield from moved(inside, token.start + token.text.index(token.content))


def introduces_secret(text: str) -> bool:
    """Whether the last character begins the value of a hot name, as in `password = {`."""
    end = len(text) - 1
    tokens = list(read_tokens(text[max(0, end - 200) : end]))
    links = 0
    while tokens and links < MAX_LINKS and (tokens[-1].kind == Kind.LINK or tokens[-1].word in LINK_WORDS):
        tokens.pop()
        links += 1
    while tokens and tokens[-1].text in CLOSING:
        tokens.pop()
    return bool(tokens and _hot_name(tokens[-1])) and not _is_of_parser(tokens, len(tokens) - 1)


def _hot_name(token: Token) -> str:
    """The hot name that the token is, perhaps in quotation marks, or ""."""
    name = token.content if token.kind == Kind.QUOTATION else token.text
    is_name = token.kind in (Kind.WORD, Kind.QUOTATION) and len(name) <= MAX_NAME
    return name if is_name and NAME.fullmatch(name.replace(" ", "_")) and is_hot(name) else ""


def _is_of_parser(tokens: Sequence[Token], place: int) -> bool:
    is_token = tokens[place].word in ("token", "tokens")
    return is_token and place > 0 and tokens[place - 1].word in PARSER_SAYS


# Behind the name


class Value(NamedTuple):
    """What may be a value; if it is none, or is harmless, the text there stays."""

    start: int
    end: int
    is_secret: bool

    def edits(self) -> list[Edit]:
        return [Edit(self.start, self.end)] if self.is_secret else []


def _values_after(text: str, tokens: Sequence[Token], place: int, name: str) -> Iterator[Value]:
    """The value of the name, and others that are given with it, as in `from "a" to "b"`."""
    link, following = _linked(tokens, place, name)
    if following >= len(tokens):
        return
    value = _value_at(text, tokens, following, name, link, place)
    while value:
        yield value
        # Then only what is quoted.
        following = _next_after(tokens, following, value.end)
        for _ in range(MAX_LINKS):
            if following < len(tokens) and (tokens[following].text == "," or tokens[following].word in GOES_ON):
                following += 1
        is_quoted = following < len(tokens) and tokens[following].kind == Kind.QUOTATION
        value = _quotation(text, tokens[following], name) if is_quoted and value.is_secret else None


def _linked(tokens: Sequence[Token], place: int, name: str) -> tuple[Link, int]:
    """What stands between the name and its value, and the place of the value."""
    at = place + 1
    while at < len(tokens) and tokens[at].text in CLOSING and tokens[at].start == tokens[at - 1].end:
        at += 1
    link = Link.NOTHING
    for _ in range(MAX_LINKS):
        if at >= len(tokens) or _ends_sentence(tokens[at - 1], tokens[at]):
            break
        found = _link(tokens, at, place)
        if found is None or _is_part_of_value(tokens, at):
            break
        # In "password: must be 8 long" a sentence begins behind the colon.
        link = found if found <= Link.STATES and link >= Link.COLON else max(link, found)
        at += 1
    if at < len(tokens) and _ends_sentence(tokens[at - 1], tokens[at]):
        return link, len(tokens)
    if link <= Link.LEADS_ON and (further := _further_on(tokens, at)):
        return Link.EQUALS if tokens[at].text in ",;" else Link.STATES, further
    if link == Link.NOTHING and [token.text for token in tokens[max(0, place - 2) : place]] == ["-", "-"]:
        # An option of a command: `--password x`.
        link = Link.ASSIGNS
    if link == Link.STATES and place and _is_value_of(tokens, place):
        link = Link.ASSIGNS
    return link, at


def _is_part_of_value(tokens: Sequence[Token], at: int) -> bool:
    """Whether what looks like a word is the beginning of a value, as in "can.!x9"."""
    if tokens[at].kind != Kind.WORD or at + 1 == len(tokens):
        return False
    following = tokens[at + 1]
    return following.kind == Kind.SIGN and following.start == tokens[at].end and following.text not in AFTER_CHUNK


def _further_on(tokens: Sequence[Token], at: int) -> int | None:
    """The place of a value that is not beside its name: "for ada to 'x'", "attribute=password, value=x"."""
    following = tokens[at : at + MAX_LINKS]
    words = [token.word for token in following]
    if words[:1] in (["for"], ["of"]):
        leads = [place for place, token in enumerate(following) if token.kind == Kind.LINK or token.word in FOR_SOMEONE]
        place = at + leads[0] + 1 if leads else len(tokens)
        return place if place < len(tokens) else None
    if len(following) > 3 and following[0].text in ",;" and words[1] in ASSIGNS and following[2].kind == Kind.LINK:
        return at + 3
    for place, token in enumerate(following[: MAX_STRAY + 1], at):
        if token.kind == Kind.QUOTATION:
            return place if token.content.lower() not in SCIM_WORDS else None
        if token.text not in STRAY and (len(token.text) > 1 or token.kind != Kind.WORD):
            return None
    return None


def _link(tokens: Sequence[Token], at: int, place: int) -> Link | None:
    token = tokens[at]
    if token.kind == Kind.LINK:
        return Link.EQUALS if token.text in ("=", "==") else Link.COLON
    if token.word in ASSIGNS:
        return Link.ASSIGNS
    if token.text in DASHES and tokens[at - 1].end < token.start:
        return Link.STATES
    if token.word == "to" and any(other.word in SETS for other in tokens[max(0, place - 4) : at]):
        return Link.ASSIGNS
    if token.word in STATES:
        return Link.STATES
    return Link.LEADS_ON if token.word in LEADS_ON else None


def _is_value_of(tokens: Sequence[Token], place: int) -> bool:
    """Whether the name is in "value of password", "value for the attribute password"."""
    before = [token.word for token in tokens[max(0, place - 4) : place]]
    return any(word in ASSIGNS for word in before) and any(word in ("of", "for", "in") for word in before)


def _ends_sentence(token: Token, following: Token) -> bool:
    return token.text.endswith(".") and following.start > token.end


def _value_at(text: str, tokens: Sequence[Token], at: int, name: str, link: Link, place: int) -> Value | None:
    token = tokens[at]
    if token.kind == Kind.QUOTATION:
        return _quotation(text, token, name)
    if token.text == "(" and link <= Link.STATES:
        return _parentheses(text, tokens, at)
    if token.text == "<" and link <= Link.STATES:
        match = IN_ANGLES.match(text, token.start)
        return Value(token.start + 1, match.end() - 1, not is_plain(match[0][1:-1])) if match else None
    # `credentials[…]` is a path with a filter.
    is_apart = link > Link.NOTHING or tokens[at - 1].end < token.start
    if is_apart and (match := JSON_OR_LIST.match(text, token.start)):
        is_remark = match["content"] is not None and all(map(is_english, re.findall(r"[^\s,;:]+", match["content"])))
        return Value(token.start, match.end(), match[0] != REDACTED and not is_remark)
    if token.text in "\"'`“‘«" or (token.text.startswith("\\") and text[token.end : token.end + 1] in ('"', "'")):
        # A quotation that does not end.
        return Value(token.start, len(text), is_secret=True)
    if token.kind != Kind.WORD and link < Link.ASSIGNS:
        return None
    return _bare(text, tokens, at, name, link, place)


def _quotation(text: str, token: Token, name: str) -> Value:
    end = _chunk_end(text, token.end)
    content = text[token.start : end].strip("\\\"'`“”„‘’«»")
    is_harmless = PARSER_TOKEN.fullmatch(content) is not None or is_kept(name, LITERALS.get(content, content))
    return Value(token.start, end, not is_harmless)


def _parentheses(text: str, tokens: Sequence[Token], at: int) -> Value | None:
    inside: list[Token] = []
    for token in tokens[at + 1 : at + 1 + MAX_IN_PARENTHESES]:
        if token.text == ")":
            break
        inside.append(token)
    else:
        return None
    if not inside or (inside[0].text == "[" and inside[-1].text == "]"):
        return None
    start, end = inside[0].start, inside[-1].end
    pieces = text[start:end].split()
    is_secret = not is_english(pieces[0].strip(AFTER_CHUNK)) if len(pieces) == 1 else any(map(looks_secret, pieces))
    return Value(start, end, is_secret)


def _bare(text: str, tokens: Sequence[Token], at: int, name: str, link: Link, place: int) -> Value | None:
    start = tokens[at].start
    end = _chunk_end(text, start)
    if end == start:
        return None
    chunk = text[start:end]
    if (scheme := SCHEME.match(text, start)) and link >= Link.ASSIGNS and not is_english(scheme["credentials"]):
        return Value(start, _chunk_end(text, scheme.start("credentials")), is_secret=True)
    if is_kept(name, LITERALS.get(chunk, chunk)):
        return Value(start, end, is_secret=False)
    if not _is_secret(text, tokens, at, chunk, name, link, place):
        return None
    if link >= Link.COLON and SENTENCE_NAME.search(squeeze(name)):
        rest = SENTENCE.match(text, end)
        end += len(rest[0].rstrip()) if rest else 0
    return Value(start, end, is_secret=True)


def _is_secret(text: str, tokens: Sequence[Token], at: int, chunk: str, name: str, link: Link, place: int) -> bool:
    is_number = chunk.isdecimal() and NUMBER_NAME.search(squeeze(name)) is not None
    following = _next_after(tokens, at, tokens[at].start + len(chunk))
    if link == Link.EQUALS:
        return chunk.lower() not in STATES_OF_SECRETS or text.startswith("&", tokens[at].start + len(chunk))
    if link == Link.COLON:
        return is_number or not _begins_sentence(text, tokens, following, chunk)
    if link == Link.ASSIGNS:
        return is_number or not is_english(chunk)
    if link == Link.LEADS_ON:
        return False
    # "CI token v2" and "Secret Santa 2024" are names.
    if (looks_secret(chunk) and len(chunk) >= SHORTEST_UNJUDGED) or (is_number and len(chunk) > 2):
        return True
    is_judged = link == Link.NOTHING and (
        _is_judged_before(tokens, place) or (following < len(tokens) and tokens[following].word in AFTER_VALUE)
    )
    return is_judged and not is_english(chunk)


def _begins_sentence(text: str, tokens: Sequence[Token], following: int, chunk: str) -> bool:
    """Whether the word after a colon says what is wrong, as in "token: has expired", and is no value."""
    if (not chunk.isalpha() and not is_english(chunk)) or chunk.isdecimal():
        return False
    if chunk.lower() in WRONG:
        return True
    next_word = tokens[following].word if following < len(tokens) else ""
    is_followed = is_english(next_word) if next_word else re.search(r"\w[:._/-]\w", chunk) is not None
    return is_english(chunk) and is_followed


def _is_judged_before(tokens: Sequence[Token], place: int) -> bool:
    for token in reversed(tokens[max(0, place - 3) : place]):
        if token.word in BEFORE_VALUE:
            return True
        if token.word not in BETWEEN:
            return False
    return False


def _chunk_end(text: str, start: int) -> int:
    """Where the characters end that touch each other from `start` on, less those that end a sentence or bracket."""
    match = CHUNK.match(text, start)
    return start + len(match[0].rstrip(AFTER_CHUNK)) if match else start


def _next_after(tokens: Sequence[Token], at: int, end: int) -> int:
    while at < len(tokens) and tokens[at].start < end:
        at += 1
    return at


# Before the name


def _value_before(text: str, tokens: Sequence[Token], place: int) -> Iterator[Edit]:
    """The value of a name that stands behind it, as in `"x" is not a valid password`."""
    connecting: list[str] = []
    at = place - 1
    if at >= 0 and tokens[at].text in OPENING and tokens[at].end == tokens[place].start:
        at -= 1
    while at >= 0 and len(connecting) < MAX_WORDS_BEFORE and tokens[at].word in CONNECTS:
        if tokens[at].text.endswith("."):
            return
        connecting.append(tokens[at].word)
        at -= 1
    if at < 0 or not RELATES.union(JUDGES).intersection(connecting):
        return
    follows = tokens[place + 1].word if place + 1 < len(tokens) else ""
    if follows in GOES_WITH_NAME and not JUDGES.intersection(connecting):
        return
    if span := _span_before(text, tokens, at, connecting):
        yield Edit(*span)


def _span_before(text: str, tokens: Sequence[Token], at: int, connecting: Sequence[str]) -> tuple[int, int] | None:
    token = tokens[at]
    if token.kind == Kind.QUOTATION:
        introduced = tokens[at - 1].word if at else ""
        if introduced in PERSONS or token.content.lower() in SCIM_WORDS or _hot_name(token):
            return None
        return token.start, token.end
    opening = BRACKETS.get(token.text)
    end = token.start if opening else token.end
    beginnings = opening or " \t\n"
    start = max(text.rfind(sign, max(0, end - MAX_VALUE_BEFORE), end) for sign in beginnings) + 1
    chunk = text[start:end]
    first = _first_of_chunk(tokens, at, start - bool(opening))
    introduced = tokens[first - 1].word if first > 0 else ""
    if not chunk or chunk in REDACTED or introduced in PERSONS:
        return None
    is_stated = bool({"is", "was", "isn't", "wasn't"}.intersection(connecting))
    is_called_value = introduced in ASSIGNS or (is_stated and bool(ASSIGNS.intersection(connecting)))
    is_secret = (is_called_value and not is_english(chunk)) or (is_stated and looks_secret(chunk))
    return (end - len(chunk), end) if is_secret else None


def _first_of_chunk(tokens: Sequence[Token], at: int, start: int) -> int:
    while at > 0 and tokens[at - 1].start >= start:
        at -= 1
    return at
