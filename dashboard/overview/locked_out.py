"""The card of the people who are still locked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.overview.figures import LOCKED_OUT
from dashboard.overview.scope import Scope
from dashboard.page import cells
from dashboard.page.links import OF_PEOPLE, app_href, can_filter_by
from logsync.insight.app_names import app_names
from logsync.insight.lockouts.denials import Denials
from logsync.insight.lockouts.outcomes import LockedOut
from logsync.models import Account

MOST_LOCKED_OUT = 8


@dataclass(frozen=True, slots=True)
class LockedOutRow:
    """A person and an app. `rows_href` leads to exactly the denials since `since`; blank if no filter can ask for them.

    Rows of one second are one try, so there may be more `rows` than `tries`.
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
class LockedOutCard:
    """The newest of those who are locked out, how many more there are, and how many people that is, at `more_href`.

    A person may be locked out of several apps.
    """

    rows: list[LockedOutRow]
    more: int
    people: int
    more_href: str
    now_words: str


def locked_out_card(scope: Scope, shown: list[LockedOut], all_denials: Denials) -> LockedOutCard:
    """A row for each that is shown."""
    accounts = {account.pk: account for account in Account.objects.all()}
    names = app_names((one.account_id, one.app_uid) for one in shown)
    rows = [_row(scope, one, accounts[one.account_id], names[one.account_id, one.app_uid]) for one in shown]
    more_href = scope.href("logins:by-person", outcome=LOCKED_OUT)
    more = max(len(all_denials) - len(shown), 0)
    return LockedOutCard(rows, more, all_denials.people, more_href, scope.now_words)


def _row(scope: Scope, one: LockedOut, account: Account, app: str) -> LockedOutRow:
    filters = {"person": one.person, "app_uid": one.app_uid, "account": account.account_id}
    is_linked = can_filter_by(*filters.values())
    return LockedOutRow(
        name=cells.address(one.user_email),
        href=reverse("people:person", args=[one.person]),
        app=cells.text(app),
        app_href=app_href(scope.filterset.query_string, account, one.app_uid),
        tries=one.tries,
        rows=one.rows,
        rows_href=scope.href_since("logins:list", one.first_denied, **OF_PEOPLE, **filters) if is_linked else "",
        since=one.first_denied,
    )
