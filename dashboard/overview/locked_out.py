"""Who is still locked out, as the overview shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.overview.scope import Scope
from dashboard.page import cells
from dashboard.page.links import app_href, can_filter_by
from logsync.insight.app_names import app_names
from logsync.insight.lockouts.outcomes import LockedOut
from logsync.models import Account


@dataclass(frozen=True, slots=True)
class OutLine:
    """A person and an application; `rows_href` is of exactly their denials there since `since`, blank if none can be.

    Tries within one second are one, so that there may be more `rows`.
    """

    name: SafeString
    href: str
    app: SafeString
    app_href: str
    tries: int
    rows: int
    rows_href: str
    since: datetime


def lines_of(scope: Scope, out: Sequence[LockedOut]) -> list[OutLine]:
    """These people, with the names and addresses of everything."""
    accounts = {account.pk: account for account in Account.objects.all()}
    names = app_names((one.account_id, one.app_uid) for one in out)
    return [_line(scope, one, accounts[one.account_id], names[one.account_id, one.app_uid]) for one in out]


def _line(scope: Scope, one: LockedOut, account: Account, name: str) -> OutLine:
    asked = {"person": one.person, "app_uid": one.app_uid, "account": account.account_id}
    is_linked = can_filter_by(*asked.values())
    return OutLine(
        name=cells.address(one.user_email),
        href=reverse("people:person", args=[one.person]),
        app=cells.text(name),
        app_href=app_href(scope.filterset.query_string, account, one.app_uid),
        tries=one.tries,
        rows=one.rows,
        rows_href=scope.href_since("logins:list", one.first_denied, **asked) if is_linked else "",
        since=one.first_denied,
    )
