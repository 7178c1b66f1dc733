"""Recognise what a pasted text names: Ray IDs, people, ids, addresses, apps; or else plain words. Without Django."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dashboard.search.recognise import addresses, ids
from dashboard.search.recognise.block_pages import BlockPage, block_page
from dashboard.search.recognise.cleanup import tidied
from dashboard.search.recognise.kinds import Found, Kind

__all__ = ["LONGEST_ERROR", "LONGEST_TEXT", "MOST_OF_A_KIND", "BlockPage", "Found", "Kind", "Pasted", "recognise"]

# Someone may paste a whole mailing list.
MOST_OF_A_KIND = 20
LONGEST_TEXT = 200
LONGEST_ERROR = 2_000
SHORTEST_ID = 5
MOST_WORDS = 500
_AROUND_WORDS = ".,;:!?()[]{}<>\"'`*=|"

# Marks what was found already. A tidied text has no control characters of its own.
_TAKEN = "\x00"

_Reader = Callable[[re.Match[str]], Found | None]

# A kind that can contain another comes first. Ids come before URLs, as a path or query can contain one; only of an
# SSO address an id is a part.
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (ids.EMAIL, ids.email),
    (addresses.SSO_ADDRESS, addresses.sso_address),
    (ids.LABELLED_RAY_ID, ids.labelled_ray_id),
    (ids.BARE_RAY_ID, ids.bare_ray_id),
    (ids.GUID, ids.guid),
    (ids.OKTA_ID, ids.okta_id),
    (ids.AUD, ids.aud),
    (addresses.URL, addresses.url),
    (addresses.IP_V4, addresses.ip_address),
    (addresses.IP_V6, addresses.ip_address),
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was recognised, each thing once: by precedence, then by where it appears in the text.

    An empty text names nothing. Nor do the words of a block page, as there is no point in searching for them. `line` is
    the text on one line, and `words` are those in it that may be ids: they are for what is found in no other way.
    """

    found: tuple[Found, ...]
    block_page: BlockPage
    line: str = ""
    words: tuple[str, ...] = ()


def recognise(text: str) -> Pasted:
    """Recognise everything that the text names. Never raises, and every value is one line."""
    rest = line = tidied(text)
    page = block_page(line)
    found: list[Found] = []
    for pattern, read in _READERS:
        rest = _take(rest, pattern, read, found)
    # `group.members` in an error text looks like a host: if only such names were found, search for the words, too.
    is_named = bool(found)
    rest = _take(rest, addresses.HOST, addresses.host_name, found)
    has_words = any(map(str.isalnum, rest)) if found else bool(rest)
    if not is_named and page is BlockPage.NONE and has_words:
        found.append(Found(Kind.TEXT, line[:LONGEST_TEXT].rstrip()))
    return Pasted(tuple(_in_order(found)), page, line[:LONGEST_ERROR], _words_like_ids(line))


def _words_like_ids(line: str) -> tuple[str, ...]:
    """The words with a digit, longer than most numbers that people write."""
    words = (word.strip(_AROUND_WORDS) for word in line.split()[:MOST_WORDS])
    ids = (word for word in words if SHORTEST_ID <= len(word) <= LONGEST_TEXT and any(map(str.isdigit, word)))
    return tuple(dict.fromkeys(ids))[:MOST_OF_A_KIND]


def _take(text: str, pattern: re.Pattern[str], read: _Reader, found: list[Found]) -> str:
    """Add what is found to the list, and return the text with marks where it was."""

    def mark(match: re.Match[str]) -> str:
        result = read(match)
        if result is None:
            return match[0]
        found.append(result)
        return _TAKEN * len(match[0])

    return pattern.sub(mark, text)


def _in_order(found: Iterable[Found]) -> Iterator[Found]:
    once: dict[tuple[Kind, str], Found] = {}
    for item in found:
        once.setdefault((item.kind, item.value), item)
    for kind in Kind:
        yield from [item for item in once.values() if item.kind is kind][:MOST_OF_A_KIND]
