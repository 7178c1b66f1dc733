"""What is wrong with this installation, and how to fix it, in the order in which to fix it.

`look_around` reads the database and asks the broker, and is quick enough for a page. `ask_cloudflare` calls Cloudflare
with every token; a worker does so every five minutes, as the clock and the network that count are the worker's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.health.checks import Check, Checks, State, safely
from logsync.health.environment import broker_and_workers, database, disk, retention
from logsync.health.policies import look_at_policies
from logsync.health.providers import look_at_providers
from logsync.health.streams import look_at_logs
from logsync.health.tokens import look_at_tokens
from logsync.models import ApiToken, Installation
from logsync.models.sight import sight

__all__ = [
    "ORDER",
    "Check",
    "State",
    "ask_cloudflare",
    "in_order",
    "is_good",
    "kept_checks",
    "look_around",
    "look_at_database",
    "look_from_here",
]

ORDER = (
    "database",
    "disk",
    "broker",
    "worker",
    "beat",
    "token",
    "accounts",
    "permissions",
    "providers",
    "policies",
    "clock",
    "lag",
    "expiring",
    "lateness",
    "failed",
    "set aside",
    "retention",
)


def look_at_database() -> list[Check]:
    """Whether the database answers and has its tables; without them nothing else can be checked."""
    return safely("database", database)


def look_around(now: datetime | None = None) -> list[Check]:
    """What the database and the broker say, without a call to Cloudflare; `now` is by its clock, where that is known.

    Only the check of the database if it does not answer or lacks its tables.
    """
    if not is_good(found := look_at_database()):
        return found
    return [
        *found,
        *safely("disk", disk),
        *safely("broker", broker_and_workers),
        *safely("providers", look_at_providers),
        *safely("policies", look_at_policies),
        *safely("lag", partial(look_at_logs, now or timezone.now())),
        *safely("retention", retention),
    ]


def ask_cloudflare(client_of: Callable[[ApiToken], CloudflareClient]) -> list[Check]:
    """What Cloudflare says about every token, its accounts and permissions, and the time.

    Accounts and providers are listed first, as in every round, if a token never listed an account.
    """
    return in_order(safely("token", lambda: look_at_tokens(client_of)))


def look_from_here(client_of: Callable[[ApiToken], CloudflareClient]) -> None:
    """Ask Cloudflare from this machine, and keep what was found for `kept_checks`."""
    kept = [
        {"name": check.name, "state": check.state.value, "words": check.words, "hint": check.hint}
        for check in ask_cloudflare(client_of)
    ]
    Installation.get()
    Installation.objects.update(checks=kept, checked_at=timezone.now())


def kept_checks() -> list[Check]:
    """What a worker found when it last asked Cloudflare, at `Installation.checked_at`.

    Another version may have written it: a check that this one does not know is left out until a worker asks again.
    Whoever may see only some accounts gets the check of the clock alone, as the others are about all accounts.
    """
    rows = [row for row in Installation.get().checks if isinstance(row, dict)]
    if sight().accounts is not None:
        rows = [row for row in rows if row.get("name") == "clock"]
    return [
        Check(row["name"], State(row["state"]), str(row.get("words", "")), str(row.get("hint") or ""))
        for row in rows
        if row.get("name") in ORDER and row.get("state") in set(State)
    ]


def in_order(checks: Checks) -> list[Check]:
    """The checks in the order in which to fix them: what others depend on comes first."""
    return sorted(checks, key=lambda check: ORDER.index(check.name))


def is_good(checks: Checks) -> bool:
    """Whether none of these is bad."""
    return all(check.state is not State.BAD for check in checks)
