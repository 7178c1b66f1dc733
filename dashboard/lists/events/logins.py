"""One login as lists and pages show it: its fields, and what the same person did around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from dashboard.lists.events.named import raw_record
from dashboard.page.wording import NO_TIME, UTC_FIRST, did, moment
from logsync.cloudflare import records
from logsync.insight.app_names import name_in
from logsync.insight.connection_names import connection_names
from logsync.insight.identity.addresses import addresses_of
from logsync.models import AccessRequest, ScimUpdate
from logsync.models.events import Caller

NEIGHBOURHOOD = timedelta(minutes=30)
MOST_NEIGHBOURS = 20

_FIELDS = [name for name in records.AccessRequest.__slots__ if name not in ("extra", "identity")]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A login or a SCIM update of the same person; `is_here` marks the event that is shown.

    `address` is the one that the row has, if it is another than that event's. `provider` is what a login came through.
    """

    at: datetime
    login: AccessRequest | None = None
    update: ScimUpdate | None = None
    is_here: bool = False
    address: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class LoginDetail:
    """What `template` shows of one login.

    `fields` are Cloudflare's, by name, `raw` is the record as JSON, `neighbours` are what the person did half an hour
    before and after, under any of their addresses, newest first. `alone` says why there are none to look for.
    """

    template: ClassVar[str] = "lists/events/login.html"
    lead_template: ClassVar[str] = "lists/events/login_lead.html"

    event: AccessRequest
    fields: list[tuple[str, Any]]
    raw: str
    neighbours: list[Neighbour]
    alone: str

    @property
    def key(self) -> str:
        return self.event.key.hex

    @property
    def heading(self) -> str:
        """Who did what, where and when."""
        login = self.event
        at = NO_TIME if login.lacks_time else moment(login.created_at, UTC_FIRST)
        return f"{login.user_email or 'No e-mail'} {did(login)} {name_in(login)}, {at}"


def login_detail(login: AccessRequest) -> LoginDetail:
    """The details of one login."""
    alone = _alone(login)
    return LoginDetail(
        event=login,
        fields=[(name, getattr(login, name)) for name in _FIELDS],
        raw=raw_record(login, _FIELDS),
        neighbours=[] if alone else _neighbours(login),
        alone=alone,
    )


def _alone(login: AccessRequest) -> str:
    """Why no one's other rows can be looked for around a row; blank if they can."""
    if login.caller is Caller.SERVICE:
        return "The row is of a service, not of one person."
    if login.caller is Caller.UNKNOWN:
        return "The row names no person, so none can be looked for."
    return "The row has no time, so nothing around it can be looked for." if login.lacks_time else ""


def _neighbours(login: AccessRequest) -> list[Neighbour]:
    """Logins of the person and SCIM updates about them around a login."""
    addresses = addresses_of([(login.account_id, login.person)])[login.account_id, login.person]
    theirs = {"account": login.account, "person__in": addresses, "lacks_time": False}
    around = (login.created_at - NEIGHBOURHOOD, login.created_at + NEIGHBOURHOOD)
    logins = AccessRequest.objects.between(*around).filter(**theirs).exclude(pk=login.pk)
    updates = ScimUpdate.objects.between(*around).filter(**theirs)

    def address(row: AccessRequest | ScimUpdate) -> str:
        return row.person if row.person != login.person else ""

    names = connection_names()

    def neighbour(row: AccessRequest) -> Neighbour:
        provider = names.name(row.connection, row.account_id)
        return Neighbour(row.created_at, login=row, is_here=row.pk == login.pk, address=address(row), provider=provider)

    found = [neighbour(row) for row in (login, *logins[:MOST_NEIGHBOURS])]
    found += [Neighbour(row.logged_at, update=row, address=address(row)) for row in updates[:MOST_NEIGHBOURS]]
    return sorted(found, key=lambda one: one.at, reverse=True)
