"""Applications with their policies, which are read whole or not at all: half of them would look like another rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from logsync.cloudflare.configuration import ConfigurationClient
from logsync.cloudflare.kept_content import RULE_LISTS, app_content, policy_content
from logsync.ingest.snapshots import LONGEST_ID, Seen
from logsync.models import AccessObject, Account

Kind = AccessObject.Kind
# Applications whose policies are asked for in one round, one call each; those come first that were read longest ago.
MOST_ASKED = 40
_NEVER = datetime.min.replace(tzinfo=UTC)


class Apps:
    """The applications of one round: `seen` are they and their policies, `left_out` those of whom nothing is known yet.

    The list of applications has their policies in it. Where it has not, or not whole, each is asked for its own.
    `reusable` are the reusable policies of this round, which an application need only name.
    """

    def __init__(
        self,
        client: ConfigurationClient,
        account: Account,
        reusable: Mapping[str, Seen],
        should_stop: Callable[[], bool],
    ) -> None:
        self.client = client
        self.account = account
        self.reusable = reusable
        self.should_stop = should_stop
        self.seen: list[Seen] = []
        self.left_out: list[str] = []

    def take(self, rows: Iterable[dict[str, Any]]) -> None:
        """Take the rows of the list, and ask for the policies of those that don't have them."""
        incomplete = []
        for row in rows:
            if not isinstance(row.get("id"), str):
                continue
            policies = self._policies(row.get("policies"))
            if policies is None:
                incomplete.append(row)
            else:
                self.seen += _with_policies(row, policies)
        incomplete = self._longest_ago_first(incomplete)
        for place, row in enumerate(incomplete):
            if place == MOST_ASKED or self.should_stop():
                self.left_out = [row["id"] for row in incomplete[place:]]
                return
            self.seen += self.ask(row)

    def of(self, row: dict[str, Any]) -> list[Seen]:
        """One application that was asked for by its id, with its policies."""
        policies = self._policies(row.get("policies"))
        return self.ask(row) if policies is None else _with_policies(row, policies)

    def ask(self, row: dict[str, Any]) -> list[Seen]:
        """An application with the policies that it has by its own list; without any if they cannot be told apart."""
        listed = self.client.policies_of(row["id"])
        if listed is None:
            return []
        return _with_policies(row, self._policies(listed))

    def _longest_ago_first(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) <= MOST_ASKED:
            return rows
        known = AccessObject.objects.filter(account=self.account, kind=Kind.APP)
        seen_at = dict(known.values_list("object_id", "last_seen_at"))
        return sorted(rows, key=lambda row: seen_at.get(row["id"], _NEVER))

    def _policies(self, listed: object) -> list[tuple[Seen, int]] | None:
        """Each policy with its precedence; None unless all of them are there with their rules."""
        if not isinstance(listed, list):
            return None
        found = list(self._each(listed))
        return found if len(found) == len(listed) else None

    def _each(self, listed: list[object]) -> Iterator[tuple[Seen, int]]:
        for place, item in enumerate(listed, start=1):
            policy_id = item.get("id") if isinstance(item, dict) else item
            if not isinstance(policy_id, str) or not 0 < len(policy_id) <= LONGEST_ID:
                return
            own = item.get("precedence") if isinstance(item, dict) else None
            precedence = own if type(own) is int else place
            if policy_id in self.reusable:
                yield self.reusable[policy_id], precedence
            elif isinstance(item, dict) and isinstance(item.get("decision"), str) and _has_rules(item):
                yield Seen(Kind.POLICY, policy_id, policy_content(item)), precedence
            else:
                return


def _has_rules(item: dict[str, Any]) -> bool:
    return any(isinstance(item.get(name), list) for name in RULE_LISTS)


def _with_policies(row: dict[str, Any], policies: list[tuple[Seen, int]] | None) -> list[Seen]:
    references = None if policies is None else [(policy.object_id, precedence) for policy, precedence in policies]
    return [Seen(Kind.APP, row["id"], app_content(row, references)), *(policy for policy, _ in policies or ())]
