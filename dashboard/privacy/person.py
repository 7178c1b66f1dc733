"""Everything about a person, exported or erased, by a page or by a command; both are written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.audit_log.record import record
from dashboard.privacy.named import exports_naming, replace_in_exports, replace_in_views, views_naming
from logsync.models import person_of
from logsync.privacy.erase import Erased, erase
from logsync.privacy.everything import kept_about
from logsync.words import counted


@dataclass(frozen=True)
class ErasedEverywhere:
    """What an erasure did, saved views and exports included."""

    rows: Erased
    views: int
    exports: int

    def __str__(self) -> str:
        rows = self.rows
        others = counted(rows.others, "row") + " about others"
        written = (
            f"{counted(rows.notes, 'note')}, {counted(self.views, 'saved view')} and {counted(self.exports, 'export')}"
        )
        return (
            f"Erased: {counted(rows.logins, 'login')} and {counted(rows.updates, 'SCIM update')}. "
            f"The address was replaced in {others}, {written}."
        )


def erase_person(address: str, request: HttpRequest | None, username: str = "") -> ErasedEverywhere:
    """Erase everything about an address. The audit log gets a keyed hash in its place, and the counts."""
    person = person_of(address)
    with transaction.atomic():
        done = ErasedEverywhere(erase(person), replace_in_views(person), replace_in_exports(person))
        counts = {name: getattr(done.rows, name) for name in ("logins", "updates", "others", "notes")}
        counts |= {"views": done.views, "exports": done.exports}
        record(request, Action.PERSON_ERASED, done.rows.digest, username=username, **counts)
    return done


def everything_about(address: str, request: HttpRequest | None, username: str = "") -> dict[str, Any]:
    """All that is kept about an address, also who looked at it; that it is exported is written down first."""
    person = person_of(address)
    record(request, Action.PERSON_EXPORTED, person, username=username)
    accounts = User.objects.filter(email__iexact=person)
    return {
        "address": person,
        "exported_at": timezone.now(),
        **kept_about(person),
        "saved_views": list(_originals(views_naming(person), "owner__username", "name", "page", "query", "created_at")),
        "exports": list(
            _originals(exports_naming(person), "username", "list_name", "words", "path", "query", "started_at")
        ),
        "audit_entries": list(
            AuditEntry.objects.filter(Q(subject=person) | Q(details__icontains=person)).values(
                "at", "username", "ip_address", "action", "subject", "details"
            )
        ),
        "sign_in_accounts": list(accounts.values("username", "email", "first_name", "last_name", "last_login")),
    }


def _originals(found: Any, *names: str) -> Any:
    """The rows as they are stored: what was found has lost the address already, though only in memory."""
    rows = list(found)
    return type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).values(*names) if rows else []
