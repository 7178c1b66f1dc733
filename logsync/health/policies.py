"""What of the configuration of Access the token may read: a line for each permission, all of them optional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from logsync.cloudflare.errors import printable
from logsync.cloudflare.permissions import (
    APPS_PERMISSION,
    AUDIT_LOG_PERMISSION,
    LISTS_PERMISSION,
    PROVIDERS_PERMISSION,
    SERVICE_TOKENS_PERMISSION,
    USERS_PERMISSION,
)
from logsync.health.checks import BY_ITSELF, Check, capital, good, moment, new, parted, warn
from logsync.models import Account, Reading

Part = Reading.Part


class Optional(NamedTuple):
    """A permission that makes answers better: what is read by it, and what is not known without it."""

    permission: str
    parts: tuple[Reading.Part, ...]
    reads: str
    without: str


OPTIONAL = (
    Optional(
        APPS_PERMISSION,
        (Part.APPS, Part.POLICIES),
        "applications and their policies",
        "which policies a login had to meet, and how they changed",
    ),
    Optional(
        PROVIDERS_PERMISSION,
        (Part.GROUPS,),
        "rule groups",
        "whether a login met a rule that names a rule group",
    ),
    Optional(
        USERS_PERMISSION,
        (Part.USERS,),
        "users and what Cloudflare last saw of them",
        "whether a person met a rule about groups or devices, and which sessions are open",
    ),
    Optional(
        LISTS_PERMISSION,
        (Part.LISTS,),
        "the lists that rules name",
        "whether a login met a rule that names a list",
    ),
    Optional(
        SERVICE_TOKENS_PERMISSION,
        (Part.SERVICE_TOKENS,),
        "names of service tokens",
        "which service token a rule names: it shows as an id",
    ),
    Optional(
        AUDIT_LOG_PERMISSION,
        (Part.AUDIT_LOG,),
        "Cloudflare’s audit log",
        "who changed a policy, and when exactly",
    ),
)


def look_at_policies() -> Iterator[Check]:
    """What was read of each account that a token reads, and what each missing permission costs; from the database."""
    for account in Account.objects.exclude(api_token=None).select_related("api_token").prefetch_related("readings"):
        readings = {reading.part: reading for reading in account.readings.all()}
        whose = printable(str(account))
        read: list[str] = []
        for optional in OPTIONAL:
            tried = [readings[part] for part in optional.parts if part in readings]
            if wrong := next((reading.error for reading in tried if reading.error), ""):
                yield _not_read(whose, optional, wrong)
            elif tried:
                read.append(optional.reads)
        if read and (times := [reading.read_at for reading in readings.values() if reading.read_at]):
            who = capital(account.api_token)
            yield good("policies", f"{who} also reads {whose}: {', '.join(read)}; last at {moment(max(times))}.")


def _not_read(whose: str, optional: Optional, error: str) -> Check:
    """A missing permission is a decision, and no fault; anything else is."""
    words = f"{whose}: {optional.reads} could not be read"
    if f"“{optional.permission}”" in error:
        return new(
            "policies",
            f"{words}, so it is not known {optional.without}. The permission “{optional.permission}” brings it; "
            "everything else works without it.",
        )
    what, hint = parted(error, BY_ITSELF)
    return warn("policies", f"{words}: {what}", hint)
