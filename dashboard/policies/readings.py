"""When what Access is set up to do was read, what could not be read, and which permission brings it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from logsync.models import Account, Reading

# Parts that this room shows; users and the audit log are read for other pages.
SHOWN = (
    Reading.Part.APPS,
    Reading.Part.POLICIES,
    Reading.Part.GROUPS,
    Reading.Part.LISTS,
    Reading.Part.SERVICE_TOKENS,
)


@dataclass(frozen=True, slots=True)
class FailedReading:
    """A part that could not be read the last time: what Cloudflare said and how to fix it, and since when it's missing.

    `account` names its account, blank if there is only one. `read_at` is when it was last read; None for never.
    """

    part: str
    account: str
    error: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Readings:
    """`oldest` is since when all that could be read may have changed unseen; None if nothing was ever read."""

    oldest: datetime | None
    failed: Sequence[FailedReading]


def readings_of(accounts: Iterable[Account]) -> Readings:
    """How far these accounts were read."""
    found = list(accounts)
    rows = Reading.objects.filter(account__in=found, part__in=SHOWN).select_related("account")
    # In the order in which people read them.
    ordered = sorted(rows, key=lambda row: (SHOWN.index(Reading.Part(row.part)), str(row.account)))
    return Readings(
        oldest=min((row.read_at for row in ordered if row.read_at and not row.error), default=None),
        failed=[
            FailedReading(
                Reading.Part(row.part).label.capitalize().replace("gateway", "Gateway"),
                str(row.account) if len(found) > 1 else "",
                row.error,
                row.read_at,
            )
            for row in ordered
            if row.error
        ],
    )
