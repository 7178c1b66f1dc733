"""One entry in full, unfolded in the list or on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.audit.words import details_in_full, name_of_user
from dashboard.audit_log.models import AuditEntry
from dashboard.page.links import LONGEST_VALUE

_FIELDS = ("number", "at", "username", "ip_address", "user_agent", "action", "previous", "hash", "key_id", "seal")


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """What `audit/detail.html` shows under the name `open`."""

    entry: AuditEntry
    who: SafeString
    details: list[tuple[str, str]]
    fields: list[tuple[str, Any]]
    template: ClassVar[str] = "audit/detail.html"

    @classmethod
    def of(cls, entry: AuditEntry) -> EntryDetail:
        fields = [(name, getattr(entry, name)) for name in _FIELDS]
        return cls(entry, name_of_user(entry), details_in_full(entry.details), fields)

    @property
    def key(self) -> str:
        return self.entry.key

    @property
    def same_user_href(self) -> str:
        """The list of all that this user did; blank for nobody."""
        return _list_of("username", self.entry.username)

    @property
    def same_subject_href(self) -> str:
        """The list of all that was done to this subject; blank if the entry has none."""
        return _list_of("subject", self.entry.subject)


def _list_of(name: str, value: str) -> str:
    """The list of all entries with a value; blank if no address can ask for it."""
    if not value.strip() or value != value.strip() or len(value) > LONGEST_VALUE:
        return ""
    return f"{reverse('audit:list')}?{urlencode({name: value, 'range': 'all'})}"
