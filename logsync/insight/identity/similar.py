"""Known addresses and names that look like one the logs don't have: "Did you mean …?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Length

from logsync.derived.mentions import DISPLAY_NAME
from logsync.models import Mention, PersonAddress

MOST_SIMILAR = 3
MOST_EDITS = 2
# At most this many addresses of the same domain and about the same length are compared.
MOST_COMPARED = 5000


def similar_to(email: str, accounts: Sequence[int]) -> tuple[str, ...]:
    """At most three addresses: up to two letters away in the same domain, or the same name in another domain."""
    local, _, domain = email.rpartition("@")
    if not (local and domain):
        return ()
    known = PersonAddress.objects.filter(account__in=accounts).exclude(person=email)
    # If the domain is misspelled, the local part is right.
    same_name = known.filter(person__startswith=f"{local}@").order_by("person").values_list("person", flat=True)
    same_domain = known.annotate(length=Length("person")).filter(
        Q(person__endswith=f"@{domain}"), length__range=(len(email) - MOST_EDITS, len(email) + MOST_EDITS)
    )
    near = [
        (edits, person)
        for person in same_domain.order_by("person").values_list("person", flat=True).distinct()[:MOST_COMPARED]
        if (edits := edit_distance(local, person.rpartition("@")[0])) <= MOST_EDITS
    ]
    found = [*(person for _, person in sorted(near)), *same_name.distinct()[:MOST_SIMILAR]]
    return tuple(dict.fromkeys(found))[:MOST_SIMILAR]


# The parts of a name, or of an address before its domain.
_PARTS = re.compile(r"[\s._+-]+")
# One letter of a short word may be wrong, and two of a long one; a shorter word is another word then.
SHORTEST_WORD, LONG_WORD = 4, 8


def names_like(*searches: Sequence[str]) -> list[str]:
    """At most three names or addresses that have each word of a search, with a letter or two wrong in some of them.

    They are those of the first search that finds any.
    """
    names = Mention.objects.filter(field=DISPLAY_NAME).order_by("-seen_at").values_list("value", flat=True)
    addresses = PersonAddress.objects.order_by("person").values_list("person", flat=True).distinct()
    known = list(dict.fromkeys([*names[:MOST_COMPARED], *addresses[:MOST_COMPARED]]))
    for words in filter(None, searches):
        wanted = [word.lower() for word in words]
        near = [(edits, name) for name in known if (edits := _edits_between(wanted, name)) is not None]
        if near:
            return [name for _, name in sorted(near, key=lambda pair: pair[0])[:MOST_SIMILAR]]
    return []


def _edits_between(words: Sequence[str], name: str) -> int | None:
    """How many letters of the words are wrong; None if one of them is like no part of the name."""
    parts = _PARTS.split(name.partition("@")[0])
    edits = [min((one for part in parts if (one := _edits_in(word, part)) is not None), default=None) for word in words]
    return None if None in edits else sum(filter(None, edits))


def _edits_in(word: str, part: str) -> int | None:
    most = 0 if len(word) < SHORTEST_WORD else 1 if len(word) < LONG_WORD else MOST_EDITS
    # People seldom get both ends of a word wrong, and most words differ in both.
    if abs(len(word) - len(part)) > most or not part or (word[0] != part[0] and word[-1] != part[-1]):
        return None
    edits = edit_distance(word, part) if most else int(word != part)
    return edits if edits <= most else None


def edit_distance(one: str, other: str) -> int:
    """How many letters to insert, delete or change to turn one text into the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        corner, row[0] = row[0], at
        for column, other_letter in enumerate(other, 1):
            cost = min(row[column] + 1, row[column - 1] + 1, corner + (letter != other_letter))
            corner, row[column] = row[column], cost
    return row[-1]
