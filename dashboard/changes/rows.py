"""Changes as the list shows them: what differs in short, which applications each touches, and who made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.why.differences import summary_of
from logsync.insight.app_names import app_names
from logsync.insight.policy_changes.change import KINDS, Origin, PolicyChange
from logsync.insight.policy_changes.load import Content, forms_of, references_for, with_entries
from logsync.models import Account

# Cloudflare's words in the audit log, and ours.
ACTIONS = {"create": "made", "update": "changed", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change. `summary` says what differs, or why that isn't known; `apps` are ids with their names."""

    change: PolicyChange
    account: Account
    summary: str
    apps: tuple[tuple[str, str], ...]

    @property
    def kind_word(self) -> str:
        return kind_word(self.change)

    @property
    def name(self) -> str:
        return self.change.name or self.change.object_id

    @property
    def who(self) -> str:
        return ", ".join(self.change.actors)

    @property
    def changed_at(self) -> datetime | None:
        return self.change.at


def rows_of(changes: Sequence[PolicyChange]) -> list[ChangeRow]:
    """A page of changes, in a few queries: who made them, their contents, and what refers to what in each account."""
    changes = with_entries(changes)
    accounts = Account.objects.in_bulk({change.account_id for change in changes})
    references = {account: references_for(account, changes) for account in accounts}
    touched = {
        change: sorted(references[change.account_id].apps_touched(change.key, change.span)) for change in changes
    }
    names = app_names((change.account_id, app) for change, apps in touched.items() for app in apps)
    forms = forms_of(changes)
    return [
        ChangeRow(
            change,
            accounts[change.account_id],
            summary_of_change(change, *forms[change]),
            tuple((app, names[change.account_id, app]) for app in touched[change]),
        )
        for change in changes
    ]


def summary_of_change(change: PolicyChange, before: Content, after: Content) -> str:
    """What differs in a few words, or what is known instead."""
    if change.origin is Origin.GONE:
        return "No longer there"
    if before is not None and after is not None:
        return summary_of(before, after)
    done = [ACTIONS.get(entry.action, entry.action) for entry in change.entries if entry.action]
    words = " and ".join(dict.fromkeys(done)) or "changed"
    words = words[0].upper() + words[1:]
    return words if after is not None or words == "Deleted" else f"{words}; what changed isn’t known"


def kind_word(change: PolicyChange) -> str:
    """What kind of thing changed: "Rule group"."""
    word = KINDS.get(change.kind, "something of another kind")
    return f"{word[0].upper()}{word[1:]}"
