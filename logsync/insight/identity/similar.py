"""Known addresses that look like one the logs don't have: "Did you mean …?"."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Length

from logsync.models import PersonAddress

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


def edit_distance(one: str, other: str) -> int:
    """How many letters to insert, delete or change to turn one text into the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        corner, row[0] = row[0], at
        for column, other_letter in enumerate(other, 1):
            cost = min(row[column] + 1, row[column - 1] + 1, corner + (letter != other_letter))
            corner, row[column] = row[column], cost
    return row[-1]
