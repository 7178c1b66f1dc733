"""The groups that a token names, which is text from outside: as many and as long as a role could need, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_GROUPS = 1_000
LONGEST_GROUP = 256


def groups_in(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The names of the groups in this claim: a list of texts, or one text. Whatever else is in it is no group."""
    found = claims.get(claim)
    names = found[:MOST_GROUPS] if isinstance(found, list) else [found]
    return frozenset(name for name in names if isinstance(name, str) and 0 < len(name) <= LONGEST_GROUP)
