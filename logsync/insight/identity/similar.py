"""Addresses that look like one that occurs nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Length

from logsync.models import PersonAddress

MOST_SIMILAR = 3
MOST_EDITS = 2
# So many addresses of the same domain and about the same length are compared.
MOST_COMPARED = 5000


def similar_to(email: str, accounts: Sequence[int]) -> tuple[str, ...]:
    """At most three addresses with the same local part, or at most two letters away within the domain."""
    local, _, domain = email.rpartition("@")
    if not (local and domain):
        return ()
    known = PersonAddress.objects.filter(account__in=accounts).exclude(person=email)
    same = known.filter(person__startswith=f"{local}@").order_by("person").values_list("person", flat=True)
    # A likeness is in the domain, too, where that is misspelled.
    about = known.annotate(length=Length("person")).filter(
        Q(person__endswith=f"@{domain}"), length__range=(len(email) - MOST_EDITS, len(email) + MOST_EDITS)
    )
    near = [
        (edits, person)
        for person in about.order_by("person").values_list("person", flat=True).distinct()[:MOST_COMPARED]
        if (edits := edit_distance(local, person.rpartition("@")[0])) <= MOST_EDITS
    ]
    found = [*(person for _, person in sorted(near)), *same.distinct()[:MOST_SIMILAR]]
    return tuple(dict.fromkeys(found))[:MOST_SIMILAR]


def edit_distance(one: str, other: str) -> int:
    """How many letters must be put in, left out or changed to make one text the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        corner, row[0] = row[0], at
        for column, other_letter in enumerate(other, 1):
            cost = min(row[column] + 1, row[column - 1] + 1, corner + (letter != other_letter))
            corner, row[column] = row[column], cost
    return row[-1]
