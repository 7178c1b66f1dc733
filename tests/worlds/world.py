"""A small world: some accounts, what Cloudflare logged in them, and which time of each log was read.

It is plain data. What the pages claim of it is held against this, and against nothing that the pages use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.worlds.policies import Setup

# One row of a log, as the API answers it.
Row = dict[str, Any]

OVERLAP = timedelta(minutes=15)


class State(StrEnum):
    """What is known of a stretch of time."""

    SETTLED = "settled"
    PROVISIONAL = "provisional"
    LATE = "late"  # It was called settled, and then another row of it came.
    FAILED = "failed"
    UNREAD = "unread"
    DELETED = "deleted"  # It was known, and is older than what is kept here.
    GONE = "gone"  # Cloudflare was asked, and had nothing older than its oldest row.


KNOWN = {State.SETTLED, State.PROVISIONAL, State.LATE}


@dataclass(frozen=True)
class Stretch:
    """since <= t < until."""

    since: datetime
    until: datetime
    state: State

    @property
    def is_known(self) -> bool:
        return self.state in KNOWN


@dataclass
class Log:
    """One log that is read: what of its time is known, from when it is wanted up to now, and its rows.

    `error` is why Cloudflare refuses it, blank if it does not.
    """

    account: Company
    idp_id: str
    stretches: list[Stretch]
    rows: list[Row] = field(default_factory=list)
    error: str = ""

    @property
    def is_scim(self) -> bool:
        return bool(self.idp_id)

    @property
    def provider_name(self) -> str:
        """The name of its provider, blank for logins."""
        return next((one.name for one in self.account.providers if one.idp_id == self.idp_id), "")

    @property
    def name(self) -> str:
        """What it is called: other logs may be called the same."""
        return f"{self.account.name} {self.provider_name}"

    @property
    def known_until(self) -> datetime | None:
        return max((part.until for part in self.stretches if part.is_known), default=None)

    def states(self, since: datetime | None, until: datetime) -> set[State]:
        """What is known of a time; what nobody wants is unread. None is the beginning of what is wanted."""
        begin = self.stretches[0].since
        found = {part.state for part in self.stretches if part.since < until and (since or begin) < part.until}
        return found | {State.UNREAD} if since is not None and since < begin else found


@dataclass
class Provider:
    """An identity provider."""

    idp_id: str
    name: str
    has_scim: bool = True


@dataclass
class Company:
    """An account of Cloudflare's."""

    account_id: str
    name: str
    providers: list[Provider] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)

    @property
    def logins(self) -> Log:
        return next(log for log in self.logs if not log.is_scim)


@dataclass
class World:
    """`seed` makes the same world again. `setups` has what each account is set up to do, by its id."""

    seed: str
    now: datetime
    companies: list[Company]
    setups: dict[str, Setup] = field(default_factory=dict)

    @property
    def logs(self) -> Iterator[Log]:
        for company in self.companies:
            yield from company.logs
