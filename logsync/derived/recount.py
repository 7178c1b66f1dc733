"""Check everything derived from the rows against them: counts, people, SCIM problems.

Derived rows are written in the transaction that stores the events, so they should always be right. This proves it, and
derives everything again if they are wrong, or if the rules have changed.
"""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models.functions import Left, Lower

from logsync.derived import counts, mentions, people, scim_problems
from logsync.derived.table_lock import lock_event_tables
from logsync.models import AccessRequest, Installation, ScimUpdate, person_of
from logsync.models.people import LONGEST_ADDRESS
from logsync.scim import fingerprint

# Add one whenever something is derived in another way; every installation then derives everything again by itself.
RULES = 3
VERSION = 1000 * RULES + fingerprint.VERSION

Kept = dict[tuple[Any, ...], tuple[Any, ...]]


def differences() -> list[str]:
    """A line for each derived row that differs from what the rows say; nothing is changed."""
    with transaction.atomic():
        lock_event_tables()
        wrong = [str(difference) for difference in counts.differences()]
        persons = _persons_kept()
        wrong += _compared(persons, {key: (person_of(key[2]),) for key in persons})
        wrong += people.differences()
        wrong += mentions.differences()
        wrong += _compared(*_problems_before_and_after())
    return wrong


def count_derived() -> int:
    """How many derived rows there are."""
    return counts.count_sums() + people.count_rows() + mentions.count_rows() + len(scim_problems.kept())


def rebuild() -> None:
    """Derive everything again, and block writers meanwhile."""
    with transaction.atomic():
        lock_event_tables()
        _name_persons()
        counts.rebuild()
        people.rebuild()
        mentions.rebuild()
        scim_problems.rebuild()
        Installation.objects.filter(pk=Installation.get().pk).update(derived_version=VERSION)


def rebuild_if_outdated() -> None:
    """Derive everything again if that was last done by other rules."""
    if Installation.get().derived_version == VERSION:
        return
    with transaction.atomic():
        # Another worker may have done it while this one waited for the lock.
        if Installation.objects.select_for_update().get(pk=1).derived_version != VERSION:
            rebuild()


def _problems_before_and_after() -> tuple[Kept, Kept]:
    """What is stored of the SCIM updates, and what a rebuild would store; the rebuild itself is rolled back."""
    before = scim_problems.kept()
    with transaction.atomic():
        scim_problems.rebuild()
        after = scim_problems.kept()
        transaction.set_rollback(True)
    return before, after


def _compared(kept: Kept, counted: Kept) -> list[str]:
    wrong = [key for key in kept.keys() | counted.keys() if kept.get(key) != counted.get(key)]
    return [
        f"{' '.join(map(str, key))}: kept {_shown(kept.get(key))}, counted {_shown(counted.get(key))}"
        for key in sorted(wrong, key=str)
    ]


def _shown(values: tuple[Any, ...] | None) -> str:
    return "nothing" if values is None else ", ".join("none" if value is None else str(value) for value in values)


# The person of every row

_ADDRESSES: tuple[tuple[type[models.Model], str], ...] = (
    (AccessRequest, "user_email"),
    (ScimUpdate, "resource_user_email"),
)


def _persons_kept() -> Kept:
    return {
        ("person of", model._meta.verbose_name, email): tuple(sorted(persons))
        for model, field in _ADDRESSES
        for email, persons in _persons_by_email(model, field).items()
    }


def _persons_by_email(model: type[models.Model], field: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for email, person in model._default_manager.order_by().values_list(field, "person").distinct():
        found.setdefault(email, set()).add(person)
    return found


def _name_persons() -> None:
    for model, field in _ADDRESSES:
        # The database lower-cases nearly every address as Python does, and all of them in one statement.
        rows = model._default_manager.filter(person="").exclude(**{field: ""})
        rows.update(person=Left(Lower(field), LONGEST_ADDRESS))
        for email, persons in _persons_by_email(model, field).items():
            if persons != {person_of(email)}:
                model._default_manager.filter(**{field: email}).update(person=person_of(email))
