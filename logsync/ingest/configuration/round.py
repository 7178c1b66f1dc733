"""One reading of an account: each part of it in turn, what a list left out by its id, then the audit log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.configuration import ConfigurationClient
from logsync.cloudflare.configuration import Part as List
from logsync.cloudflare.errors import CloudflareError, PausedError
from logsync.cloudflare.kept_content import group_content, list_content, policy_content, service_token_content
from logsync.cloudflare.policies import RuleLists
from logsync.ingest.configuration.apps import Apps
from logsync.ingest.configuration.audit_log import read_audit_log
from logsync.ingest.configuration.missing import look_for
from logsync.ingest.configuration.users import are_users_due, read_users
from logsync.ingest.lease_renewal import renewed
from logsync.ingest.snapshots import Seen, keep_snapshots
from logsync.models import AccessObject, Account, Reading
from logsync.models.lease import new_owner
from logsync.words import counted

logger = logging.getLogger(__name__)

Kind = AccessObject.Kind
OUR_FAULT = (
    "Gatehouse itself failed while reading this; what is known of it stays, and it is tried again by itself. "
    "The log of the worker says where it failed; please report it."
)
# Whoever attempted this part has attempted all of them.
LAST_PART = Reading.Part.AUDIT_LOG
# Lists whose items are read in one round.
MOST_LISTS = 50
LIST_RULES = ("email_list", "ip_list")


def read_configuration(
    client: CloudflareClient, account: Account, should_stop: Callable[[], bool] = lambda: False
) -> bool:
    """Read every part of an account once; return True if each that is permitted was read.

    Where the token has to wait the round ends, and the next one goes on. What went wrong is in the `Reading` rows.
    One worker at a time reads an account; another returns False at once.
    """
    owner = new_owner()
    if not account.take_lease(owner):
        return False
    try:
        with renewed(account, owner):
            return _read_parts(client, account, should_stop)
    finally:
        account.release_lease(owner)


def _read_parts(client: CloudflareClient, account: Account, should_stop: Callable[[], bool]) -> bool:
    one = _Round(client.configuration, account, should_stop)
    parts: dict[Reading.Part, Callable[[], str | None]] = {
        Reading.Part.POLICIES: one.policies,
        Reading.Part.APPS: one.apps,
        Reading.Part.GROUPS: one.groups,
        Reading.Part.SERVICE_TOKENS: one.service_tokens,
        Reading.Part.LISTS: one.lists,
        Reading.Part.USERS: one.users,
        LAST_PART: lambda: one.audit_log(client.clock.now()),
    }
    try:
        for part, read in parts.items():
            if should_stop():
                return False
            _attempt(account, part, read)
    except PausedError:
        return False
    return True


def _attempt(account: Account, part: Reading.Part, read: Callable[[], str | None]) -> None:
    """Read one part, and note how it went. A fault of ours must not cost the other parts."""
    now = timezone.now()
    times = {"attempted_at": now}
    try:
        error = read()
        times["read_at"] = now
    except PausedError:
        raise
    except CloudflareError as problem:
        error = str(problem)
    except Exception:
        logger.exception("Reading the part %s of an account's configuration failed", part)
        error = OUR_FAULT
    if error is not None:
        Reading.objects.update_or_create(account=account, part=part, defaults=times | {"error": error})


class _Round:
    """What one reading has seen so far."""

    def __init__(self, client: ConfigurationClient, account: Account, should_stop: Callable[[], bool]) -> None:
        self.client = client
        self.account = account
        self.should_stop = should_stop
        self.started = timezone.now()
        self.reusable: dict[str, Seen] = {}
        self.are_policies_read = False
        self.named_lists: set[str] = set()

    def policies(self) -> str:
        rows = self._all(List.POLICIES)
        self.reusable = {one.object_id: one for one in _seen(Kind.POLICY, rows, policy_content)}
        self._keep(self.reusable.values())
        # Which of them are gone is known only after the applications, which have policies too.
        self.are_policies_read = True
        return ""

    def apps(self) -> str:
        found = Apps(self.client, self.account, self.reusable, self.should_stop)
        found.take(self._all(List.APPS))
        self._keep(found.seen)
        kinds = [Kind.APP, Kind.POLICY] if self.are_policies_read else [Kind.APP]
        errors = [self._look_for(kind, found) for kind in kinds]
        if found.left_out:
            left_out = counted(len(found.left_out), "application")
            errors.append(f"Cloudflare lists {left_out} without policies; they are asked for in later rounds.")
        return " ".join(filter(None, errors))

    def groups(self) -> str:
        self._keep(_seen(Kind.GROUP, self._all(List.GROUPS), group_content))
        return self._look_for(Kind.GROUP)

    def service_tokens(self) -> str:
        self._keep(_seen(Kind.SERVICE_TOKEN, self._all(List.SERVICE_TOKENS), service_token_content))
        return self._look_for(Kind.SERVICE_TOKEN)

    def lists(self) -> str | None:
        """The lists that rules name, with their items: the others are no part of Access. None if none were read."""
        known = AccessObject.objects.filter(account=self.account, kind=Kind.LIST, gone_at=None)
        wanted = self.named_lists.union(known.values_list("object_id", flat=True))
        if not wanted:
            return None
        rows = [row for row in self._all(List.LISTS) if row.get("id") in wanted]
        for row in rows[:MOST_LISTS]:
            if self.should_stop():
                return None
            self._keep([Seen(Kind.LIST, row["id"], list_content(row, list(self.client.items_of(row["id"]))))])
        return self._look_for(Kind.LIST) if len(rows) <= MOST_LISTS else ""

    def users(self) -> str | None:
        is_due = are_users_due(self.account, self.started)
        return read_users(self.client, self.account, self.should_stop) if is_due else None

    def audit_log(self, now: datetime) -> str | None:
        return read_audit_log(self.client, self.account, now, self.should_stop)

    def _look_for(self, kind: AccessObject.Kind, apps: Apps | None = None) -> str:
        return look_for(self.client, self.account, kind, self.started, self._keep, apps, self.should_stop)

    def _all(self, part: List) -> list[dict[str, Any]]:
        """A whole list; where it is empty, only if that is because there is nothing."""
        rows = self.client.all(part)
        if not rows:
            self.client.check(part)
        return rows

    def _keep(self, seen: Iterable[Seen]) -> None:
        seen = list(seen)
        self.named_lists |= {list_id for one in seen for list_id in _lists_in(one)}
        keep_snapshots(self.account, seen, timezone.now())


def _seen(
    kind: Kind, rows: Iterable[dict[str, Any]], content_of: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[Seen]:
    return [Seen(kind, row["id"], content_of(row)) for row in rows if isinstance(row.get("id"), str)]


def _lists_in(one: Seen) -> Iterator[str]:
    """The ids of the lists that its rules name."""
    for _, rules in RuleLists.from_json(one.content).named():
        yield from (list_id for rule in rules if rule.kind in LIST_RULES and (list_id := rule.text("id")))
