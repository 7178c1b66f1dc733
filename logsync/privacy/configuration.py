"""What is kept about a person beside the logs: as a user of Access, in Cloudflare's audit log, in rules of policies.

The text of a policy, group or list is configuration: whom it names, it names at Cloudflare, so it stays as it is (see
docs/privacy.md). Everything else about a person goes with the person.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from logsync.models import AuditLogChange, CloudflareUser, LastSeenIdentity, Snapshot, UserReading
from logsync.privacy.naming import without_addresses, without_addresses_in
from logsync.privacy.rows import naming

CHANGE_TEXTS = ("actor_email", "object_name", "object_id")


def users_about(person: str) -> QuerySet[CloudflareUser]:
    return CloudflareUser.objects.filter(person=person)


def identities_about(person: str) -> QuerySet[LastSeenIdentity]:
    return LastSeenIdentity.objects.filter(person=person)


def readings_about(person: str) -> QuerySet[UserReading]:
    return UserReading.objects.filter(person=person)


def identities_naming(person: str) -> Iterator[LastSeenIdentity]:
    """Identities of others, such as of an older address, that name the address."""
    return naming(LastSeenIdentity.objects.exclude(person=person), ("content",), person)


def readings_naming(person: str) -> Iterator[UserReading]:
    return naming(UserReading.objects.exclude(person=person), ("content",), person)


def changes_naming(person: str) -> Iterator[AuditLogChange]:
    """Entries of Cloudflare's audit log by the person, or naming the address."""
    return naming(AuditLogChange.objects.all(), (*CHANGE_TEXTS, "content"), person)


def rules_naming(person: str) -> Iterator[Snapshot]:
    """Forms of policies, groups and lists that name the address."""
    return naming(Snapshot.objects.select_related("object"), ("content",), person)


def erase_user(person: str) -> int:
    """Delete what is kept of the person as a user; replace the address elsewhere, and return in how many rows."""
    for about in (users_about(person), identities_about(person), readings_about(person)):
        about.delete()
    changed = 0
    rows: list[LastSeenIdentity | UserReading] = [*identities_naming(person), *readings_naming(person)]
    for row in rows:
        row.content = without_addresses_in(row.content, person.__eq__)
        row.save(update_fields=["content"])
        changed += 1
    for change in list(changes_naming(person)):
        for name in CHANGE_TEXTS:
            setattr(change, name, without_addresses(getattr(change, name), person.__eq__))
        change.content = without_addresses_in(change.content, person.__eq__)
        change.save(update_fields=[*CHANGE_TEXTS, "content"])
        changed += 1
    return changed
