"""The cards of the people who can't get in now: those who lost access, and those who never had it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.overview.figures import LOCKED_OUT, NEVER_HAD_ACCESS, Figures
from dashboard.overview.scope import Scope
from dashboard.page import cells
from dashboard.page.links import OF_PEOPLE, app_href, can_filter_by
from logsync.insight.app_names import app_names
from logsync.insight.lockouts.denials import Denials
from logsync.insight.lockouts.outcomes import DenialRun
from logsync.models import Account

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class NoAccessRow:
    """A person and an app. `rows_href` leads to exactly the denials since `since`; blank if no filter can ask for them.

    Rows of one second are one attempt, so there may be more `rows` than `tries`.
    """

    name: SafeString
    href: str
    app: SafeString
    app_href: str
    tries: int
    rows: int
    rows_href: str
    since: datetime


@dataclass(frozen=True, slots=True)
class NoAccessCard:
    """The newest of those who can't get in, how many more there are, and how many people that is, at `more_href`.

    `title` names them, `words` says what they have in common, and `nobody` that there is none. A person may be on it
    once for each of several apps.
    """

    key: str
    title: str
    words: str
    nobody: str
    rows: list[NoAccessRow]
    more: int
    people: int
    more_href: str


def lost_access(figures: Figures, shown: Sequence[DenialRun]) -> NoAccessCard:
    """Those who had access and are locked out. `shown` are the newest of them."""
    return NoAccessCard(
        key="lost-access",
        title="Lost access",
        words=f"had access, denied since{figures.scope.now_words}",
        nobody="Nobody lost access",
        **_listed(figures.scope, shown, figures.outcomes.locked_out, LOCKED_OUT),
    )


def never_had_access(figures: Figures) -> NoAccessCard:
    """Those who were only ever denied, as far as the records go."""
    shown = figures.outcomes.never_let_in(most=MOST_SHOWN)
    return NoAccessCard(
        key="never-had-access",
        title="Never had access",
        words=f"denied, no successful login on record{figures.scope.now_words}",
        nobody="Nobody was denied who has never had access",
        **_listed(figures.scope, shown, figures.outcomes.never_had_access, NEVER_HAD_ACCESS),
    )


def _listed(scope: Scope, shown: Sequence[DenialRun], all_denials: Denials, outcome: str) -> dict[str, Any]:
    accounts = {account.pk: account for account in Account.objects.all()}
    names = app_names((one.account_id, one.app_uid) for one in shown)
    return {
        "rows": [_row(scope, one, accounts[one.account_id], names[one.account_id, one.app_uid]) for one in shown],
        "more": max(len(all_denials) - len(shown), 0),
        "people": all_denials.people,
        "more_href": scope.href("logins:by-person", outcome=outcome),
    }


def _row(scope: Scope, one: DenialRun, account: Account, app: str) -> NoAccessRow:
    filters = {"person": one.person, "app_uid": one.app_uid, "account": account.account_id}
    is_linked = can_filter_by(*filters.values())
    return NoAccessRow(
        name=cells.address(one.user_email),
        href=reverse("people:person", args=[one.person]),
        app=cells.text(app),
        app_href=app_href(scope.filterset.query_string, account, one.app_uid),
        tries=one.tries,
        rows=one.rows,
        rows_href=scope.href_since("logins:list", one.first_denied, **OF_PEOPLE, **filters) if is_linked else "",
        since=one.first_denied,
    )
