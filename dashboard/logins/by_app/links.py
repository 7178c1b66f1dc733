"""The addresses of one application: its failed logins, its own page, and its rows by any field."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from dashboard.page.query_string import QueryString
from logsync.models import Account

# The parameter that asks for what Cloudflare left blank: a word for it among ids, which are any text, would be one.
BLANK = "blank"
LONGEST_ID = 200


def can_be_asked(app_uid: str) -> bool:
    """True if an address can ask for exactly this application: values lose the blanks around them, and have a limit."""
    return app_uid == app_uid.strip() and len(app_uid) <= LONGEST_ID


def rows_href(address: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None) -> str:
    """The list of logins at an application under the page's filters; denials, unless `more` says otherwise."""
    return _href("logins:list", address, account, app_uid, **more)


def app_href(address: QueryString, account: Account, app_uid: str) -> str:
    """The application's own page under the page's filters."""
    return _href("logins:app", address, account, app_uid)


def _href(name: str, address: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None) -> str:
    """Blank if no address can ask for this application."""
    if not can_be_asked(app_uid):
        return ""
    asked: dict[str, str | None] = {"app_uid": app_uid or None, BLANK: None if app_uid else "app_uid"}
    return reverse(name) + address.replacing(account=account.account_id, sort=None, **asked, **more)
