"""Erase a person: everything about an address, in one transaction.

The rows about the person go, and what was derived from them: sums of hours and days are those of the rows that are
left, as `recount` proves. Rows of others stay; where they name the address, another stands in its place. A keyed hash
of the address stays, for rows that arrive again (see `erasures`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from django.db import transaction

from logsync.derived import counts, mentions, people, scim_problems
from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import save_each
from logsync.models import AccessRequest, Account, Log, Replay, ReplayedPerson, ScimUpdate, Stream, person_of
from logsync.models.sight import EVERYTHING, seeing
from logsync.privacy import rows
from logsync.privacy.configuration import erase_user
from logsync.privacy.erasures import remember
from logsync.privacy.naming import names_address, without_addresses, without_addresses_in

Event = TypeVar("Event", AccessRequest, ScimUpdate)


@dataclass(frozen=True)
class Erased:
    """What an erasure did: rows of each log that were deleted, and rows of others and notes that named the address.

    `digest` is the keyed hash that stays.
    """

    digest: str
    erased_at: datetime
    logins: int
    updates: int
    others: int
    notes: int


def erase(address: str) -> Erased:
    """Erase everything about an address, in all accounts. Nobody can store rows meanwhile.

    What is read is saved again, so it is read whole, whatever those may see who have it erased.
    """
    person = person_of(address)
    with seeing(EVERYTHING), transaction.atomic():
        # Rows of a stream are written under a lock on its row.
        streams = list(Stream.objects.order_by("pk").select_for_update())
        lock_event_tables()
        logins = rows.logins_about(person)
        # By their keys, since they are found by one another.
        updates = ScimUpdate.objects.filter(pk__in=list(rows.updates_about(person).values_list("pk", flat=True)))
        digest, erased_at = remember(person, updates.select_related("account").order_by())
        noted: mentions.Newest = {}
        _note(noted, logins, updates)
        others = _replace_in_rows(person, noted)
        counts.take_out({Log.ACCESS_REQUESTS: logins, Log.SCIM_UPDATES: updates})
        deleted, _ = logins.delete()
        erased = Erased(
            digest=digest,
            erased_at=erased_at,
            logins=deleted,
            updates=scim_problems.delete_updates(updates),
            others=others + _erase_set_aside(person, streams) + erase_user(person),
            notes=_replace_in_notes(person),
        )
        people.forget_person(person)
        _forget_replays(person)
        mentions.look_again(noted)
    return erased


def _note(noted: mentions.Newest, logins: Iterable[AccessRequest], updates: Iterable[ScimUpdate]) -> None:
    """Note what these rows mention, to look at it again once they are gone or changed."""
    for found in (
        *(mentions.in_logins(pk, of_account) for pk, of_account in _by_account(logins)),
        *(mentions.in_updates(pk, of_account) for pk, of_account in _by_account(updates)),
    ):
        for key, at in found.items():
            noted[key] = max(noted.get(key, at), at)


def _by_account(found: Iterable[Event]) -> Iterator[tuple[int, list[Event]]]:
    by_account = attrgetter("account_id")
    for pk, of_account in groupby(sorted(found, key=by_account), key=by_account):
        yield pk, list(of_account)


def _replace_in_rows(person: str, noted: mentions.Newest) -> int:
    """Replace the address in rows about others; return how many there are."""
    logins, updates = list(rows.logins_naming(person)), list(rows.updates_naming(person))
    _note(noted, logins, updates)
    for login in logins:
        _replace(login, rows.LOGIN_TEXTS, person)
    for update in updates:
        _replace(update, rows.UPDATE_TEXTS, person)
    save_each(AccessRequest, logins, [*rows.LOGIN_TEXTS, "extra"])
    for pk, logins_of_account in _by_account(logins):
        mentions.note_logins(pk, logins_of_account)
    for pk, updates_of_account in _by_account(updates):
        account = Account.objects.select_for_update(no_key=True).get(pk=pk)
        scim_problems.save_changed(account, updates_of_account, [*rows.UPDATE_TEXTS, "extra"])
        mentions.note_updates(pk, updates_of_account)
    return len(logins) + len(updates)


def _replace(row: AccessRequest | ScimUpdate, texts: Iterable[str], person: str) -> None:
    for name in texts:
        setattr(row, name, without_addresses(getattr(row, name), person.__eq__))
    row.extra = without_addresses_in(row.extra, person.__eq__)


def _erase_set_aside(person: str, streams: Iterable[Stream]) -> int:
    """Delete rows that could not be read and are about the person, and replace the address in others."""
    found = list(rows.set_aside_naming(person))
    for row in found:
        if rows.whom(row.text) == person:
            row.delete()
        else:
            row.text = without_addresses(row.text, person.__eq__)
            row.save(update_fields=["text"])
    for stream in streams if found else ():
        stream.note(set_aside=stream.set_aside_rows.count())
    return len(found)


def _forget_replays(person: str) -> None:
    """Delete what replays say of the person, and replays whose policies name the address."""
    ReplayedPerson.objects.filter(person=person).delete()
    texts = Replay.objects.values_list("pk", "before", "edit")
    naming = [pk for pk, *contents in texts if names_address(json.dumps(contents, ensure_ascii=False), person)]
    Replay.objects.filter(pk__in=naming).delete()


def _replace_in_notes(person: str) -> int:
    notes = list(rows.notes_naming(person))
    for note in notes:
        note.text = without_addresses(note.text, person.__eq__)
        note.save(update_fields=["text"])
    return len(notes)
