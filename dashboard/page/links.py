"""Addresses that pages of several rooms link to. A link is blank where no address can ask for exactly those rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from dashboard.page.query_string import QueryString
from logsync.models import Account, ScimProblem
from logsync.spans import Span
from logsync.words import rfc3339

# The parameter for rows of which Cloudflare left a field out. Any text may be an id, so no id can stand for "none".
BLANK = "blank"
# What the id of a row in a list of groups begins with; a hyphen and the key of the group follow.
ROW_ANCHOR = "row"
# Longer values, longer than any e-mail address, are not put in an address, which has a limit itself.
LONGEST_VALUE = 320


def can_filter_by(*values: str) -> bool:
    """Whether an address can filter by exactly these values: filters strip blanks, and ignore an empty value."""
    return all(
        value and value == value.strip() and "\0" not in value and len(value) <= LONGEST_VALUE for value in values
    )


def can_filter_by_app(app_uid: str) -> bool:
    """As `can_filter_by`; logins without an app id can be asked for, too, by BLANK."""
    return not app_uid or can_filter_by(app_uid)


# Logins

# The parameters that leave the rows of people, whatever else the page says of callers.
OF_PEOPLE: dict[str, str | None] = {"identity": "people", "not.identity": None}
# Who else there is.
NO_PEOPLE = ("service", "unknown")


def app_href(query_string: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None) -> str:
    """The app's page under the filters of this page."""
    return _of_app("logins:app", query_string, account, app_uid, **more)


def rows_href(query_string: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None) -> str:
    """The logins at an app under the filters of this page: denials, unless `more` says otherwise."""
    return _of_app("logins:list", query_string, account, app_uid, **more)


def compared_people_href(account: Account, app_uid: str, span: Span, **chosen: str) -> str:
    """The people who are compared at an app in a span; blank if no address can ask for the app."""
    ends = {"since": rfc3339(span.since, "auto"), "until": rfc3339(span.until, "auto")}
    return _of_app("logins:compared-people", QueryString(QueryDict()), account, app_uid, **ends, **chosen)


def denials_href(query_string: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None) -> str:
    """The denials of people at an app, under the filters of this page."""
    return rows_href(query_string, account, app_uid, **OF_PEOPLE, **more)


def others_href(query_string: QueryString, account: Account, app_uid: str) -> str:
    """The denied rows at an app of services, or of no one; blank if the filters of this page leave these out."""
    asked = query_string.hidden()
    chosen = [value for name, value in asked if name == "identity"] or [*NO_PEOPLE]
    left = [one for one in NO_PEOPLE if one in chosen and ("not.identity", one) not in asked]
    return rows_href(query_string, account, app_uid, **{"identity": left, "not.identity": None}) if left else ""


def people_href(query_string: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None) -> str:
    """The people who were denied at an app, under the filters of this page."""
    return _of_app("logins:by-person", query_string, account, app_uid, **more)


def _of_app(
    name: str, query_string: QueryString, account: Account, app_uid: str, **more: str | Iterable[str] | None
) -> str:
    if not can_filter_by_app(app_uid):
        return ""
    app: dict[str, str | None] = {"app_uid": app_uid or None, BLANK: None if app_uid else "app_uid"}
    return reverse(name) + query_string.replacing(account=account.account_id, sort=None, **app, **more)


# SCIM


def updates_href(**filters: Any) -> str:
    """All SCIM updates on record under these filters."""
    return f"{reverse('scim:list')}?{urlencode(filters | {'range': 'all'})}"


def problem_href(problem: ScimProblem) -> str:
    """The page of a problem."""
    return reverse("scim:problem", args=[problem.key])


# What Access is set up to do


def what_if_href(account: Account, app_uid: str = "", policy_id: str = "") -> str:
    """The form that edits an application's policies, with one of them open, or a policy wherever it is used."""
    asked = {"account": account.account_id, "app_uid": app_uid, "policy": policy_id}
    if not can_filter_by(*filter(None, asked.values())) or not (app_uid or policy_id):
        return ""
    return f"{reverse('what-if:edit')}?{urlencode({name: value for name, value in asked.items() if value})}"


def object_href(account: Account, kind: str, object_id: str) -> str:
    """The page of an application, policy, rule group, list or service token; blank if no address can name it."""
    if not can_filter_by(object_id) or "/" in object_id or object_id in (".", ".."):
        return ""
    query = urlencode({"account": account.account_id})
    return f"{reverse('policies:object', args=[kind, object_id])}?{query}"


def change_href(number: int, origin: str = "snapshot") -> str:
    """The page of a change: of a snapshot, an entry of Cloudflare's audit log, or something that is gone."""
    names = {"snapshot": "changes:change", "entry": "changes:entry", "gone": "changes:gone"}
    return reverse(names[origin], args=[number])


def changes_href(account: Account, **filters: str) -> str:
    """The list of changes of an account under these filters."""
    return f"{reverse('changes:list')}?{urlencode({'account': account.account_id} | filters)}"
