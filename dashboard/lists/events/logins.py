"""One login as lists and pages show it: its fields, and what the same person did around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from dashboard.lists.events.named import raw_record
from logsync.cloudflare import records
from logsync.models import AccessRequest, ScimUpdate

NEIGHBOURHOOD = timedelta(minutes=30)
MOST_NEIGHBOURS = 20

_FIELDS = [name for name in records.AccessRequest.__slots__ if name not in ("extra", "identity")]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A login or a SCIM update of the same person; `is_here` marks the event that is shown."""

    at: datetime
    login: AccessRequest | None = None
    update: ScimUpdate | None = None
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class LoginDetail:
    """What `template` shows of one login.

    `fields` are Cloudflare's, by name, `raw` is the record as JSON, `neighbours` are what the person did half an hour
    before and after, newest first.
    """

    template: ClassVar[str] = "lists/events/login.html"

    event: AccessRequest
    fields: list[tuple[str, Any]]
    raw: str
    neighbours: list[Neighbour]

    @property
    def key(self) -> str:
        return self.event.key.hex


def login_detail(login: AccessRequest) -> LoginDetail:
    """The details of one login."""
    return LoginDetail(
        event=login,
        fields=[(name, getattr(login, name)) for name in _FIELDS],
        raw=raw_record(login, _FIELDS),
        neighbours=_neighbours(login),
    )


def _neighbours(login: AccessRequest) -> list[Neighbour]:
    """Logins of the person and SCIM updates about them around a login; none if it names nobody."""
    if not login.person:
        return []
    around = (login.created_at - NEIGHBOURHOOD, login.created_at + NEIGHBOURHOOD)
    logins = AccessRequest.objects.between(*around).filter(account=login.account, person=login.person)
    updates = ScimUpdate.objects.between(*around).filter(account=login.account, person=login.person)
    found = [Neighbour(login.created_at, login=login, is_here=True)]
    found += [Neighbour(row.created_at, login=row) for row in logins.exclude(pk=login.pk)[:MOST_NEIGHBOURS]]
    found += [Neighbour(row.logged_at, update=row) for row in updates[:MOST_NEIGHBOURS]]
    return sorted(found, key=lambda one: one.at, reverse=True)
