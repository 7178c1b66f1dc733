"""Reads what Access is set up to do, its users, and who changed what: each list, and each object by its id.

All of it is optional, and a refusal names the permission that it needs. The login log says what happened, this says
what was asked for. What is sent is only ever read; nothing is changed at Cloudflare.

Sources: the API reference of Access applications, policies, groups, service tokens and users, of Zero Trust lists, and
of "Account audit logs (version 2)", which pages by a cursor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from logsync.cloudflare.advice import CHECK_THE_WAY
from logsync.cloudflare.connection import Connection, Params
from logsync.cloudflare.errors import RejectedRequestError, UnexpectedAnswerError
from logsync.cloudflare.permissions import (
    APPS_PERMISSION,
    AUDIT_LOG_PERMISSION,
    LISTS_PERMISSION,
    PROVIDERS_PERMISSION,
    SERVICE_TOKENS_PERMISSION,
    USERS_PERMISSION,
)
from logsync.words import rfc3339

PAGE_SIZE = 1000
# So many pages of a list are read; what is longer is not read at all, as half a list would look like deletions.
MOST_PAGES = 100
AUDIT_PAGE_SIZE = 100
_NOTHING = "00000000-0000-4000-8000-000000000000"


class Part(StrEnum):
    """A list of the configuration; the values are those of `AccessObject.Kind`."""

    APPS = "app"
    POLICIES = "policy"
    GROUPS = "group"
    SERVICE_TOKENS = "service_token"
    LISTS = "list"


_PATHS = {
    Part.APPS: ("access/apps", APPS_PERMISSION),
    Part.POLICIES: ("access/policies", APPS_PERMISSION),
    Part.GROUPS: ("access/groups", PROVIDERS_PERMISSION),
    Part.SERVICE_TOKENS: ("access/service_tokens", SERVICE_TOKENS_PERMISSION),
    Part.LISTS: ("gateway/lists", LISTS_PERMISSION),
}


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries of the audit log, oldest first; `cursor` asks for the next ones, blank if there are none."""

    entries: list[dict[str, Any]]
    cursor: str


class ConfigurationClient:
    """What one account has set up; `CloudflareClient.configuration` makes it."""

    def __init__(self, connection: Connection, account_id: str) -> None:
        self._connection = connection
        self._account = f"accounts/{account_id}"

    # Lists, whatever their rows are worth: objects only

    def all(self, part: Part) -> list[dict[str, Any]]:
        """Every row of a list. Cloudflare leaves out what the token is not permitted to see, up to all of it."""
        path, permission = _PATHS[part]
        return self._whole(path, permission)

    def policies_of(self, app_id: str) -> list[Any] | None:
        """The policies of one application as they came, whatever they are; None if there is no such application."""
        try:
            pages = self._pages(f"access/apps/{_quoted(app_id)}/policies", APPS_PERMISSION)
            return [row for page in pages for row in page]
        except RejectedRequestError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def items_of(self, list_id: str) -> list[dict[str, Any]]:
        """The items of a Gateway list."""
        return self._whole(f"gateway/lists/{_quoted(list_id)}/items", LISTS_PERMISSION)

    def users(self) -> Iterator[list[dict[str, Any]]]:
        """The users of Access, a page at a time."""
        return (_objects(page) for page in self._pages("access/users", USERS_PERMISSION))

    # Single objects

    def one(self, part: Part, object_id: str, app_id: str = "") -> dict[str, Any] | None:
        """One object by its id, a policy also as one of an application; None if Cloudflare says that there is none.

        A list may leave out what the token is not permitted to see; this tells what is gone from what is not shown.
        """
        path, permission = _PATHS[part]
        if app_id:
            path = f"access/apps/{_quoted(app_id)}/policies"
        found = self._object(f"{path}/{_quoted(object_id)}", permission)
        if found is not None and found.get("id") != object_id:
            raise UnexpectedAnswerError(f"Cloudflare's answer is about something else. {CHECK_THE_WAY}")
        return found

    def check(self, part: Part) -> None:
        """Return if the token may read a list; raise the CloudflareError that says why not.

        An empty list proves nothing. But who may read it is told that there is nothing by an id that nothing has.
        """
        path, permission = _PATHS[part]
        try:
            self._connection.get(f"{self._account}/{path}/{_NOTHING}", [], permission)
        except RejectedRequestError as error:
            if error.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
                raise

    # Users

    def users_with(self, email: str) -> list[dict[str, Any]]:
        """The users with this address, in any case."""
        found, _ = self._rows(f"{self._account}/access/users", [("email", email), *_page(1)], USERS_PERMISSION)
        return [user for user in _objects(found) if str(user.get("email", "")).casefold() == email.casefold()]

    def last_seen_identity(self, access_id: str) -> dict[str, Any] | None:
        """What Access last saw of a user; None if it never saw one."""
        return self._object(f"access/users/{_quoted(access_id)}/last_seen_identity", USERS_PERMISSION)

    def active_sessions(self, access_id: str) -> list[dict[str, Any]]:
        return self._of_user(access_id, "active_sessions")

    def failed_logins(self, access_id: str) -> list[dict[str, Any]]:
        return self._of_user(access_id, "failed_logins")

    def _of_user(self, access_id: str, what: str) -> list[dict[str, Any]]:
        path = f"{self._account}/access/users/{_quoted(access_id)}/{what}"
        return _objects(self._rows(path, [], USERS_PERMISSION)[0])

    # The audit log

    def audit_log(self, since: datetime, before: datetime, cursor: str = "") -> AuditPage:
        """A page of what was changed with since <= time < before: by a person, by a token, by Cloudflare itself."""
        asked = _audit_window(since, before, AUDIT_PAGE_SIZE)
        asked += [("cursor", cursor)] if cursor else []
        rows, info = self._rows(f"{self._account}/logs/audit", asked, AUDIT_LOG_PERMISSION)
        onward = info.get("cursor")
        return AuditPage(_objects(rows), onward if rows and isinstance(onward, str) and onward != cursor else "")

    # Answers

    def _whole(self, path: str, permission: str) -> list[dict[str, Any]]:
        return [row for page in self._pages(path, permission) for row in _objects(page)]

    def _pages(self, path: str, permission: str) -> Iterator[list[Any]]:
        """Pages until one is empty, is the last one again, or all that Cloudflare counts have come."""
        before: list[Any] = []
        came = 0
        for number in range(1, MOST_PAGES + 1):
            rows, info = self._rows(f"{self._account}/{path}", _page(number), permission)
            if not rows or rows == before:
                return
            yield rows
            before, came = rows, came + len(rows)
            total = info.get("total_count")
            if type(total) is int and 0 < total <= came:
                return
        raise UnexpectedAnswerError(
            f"Cloudflare's list of {path} is longer than {MOST_PAGES * PAGE_SIZE:,} rows; nothing of it was kept. "
            f"{CHECK_THE_WAY}"
        )

    def _rows(self, path: str, params: Params, permission: str) -> tuple[list[Any], dict[str, Any]]:
        """The rows of an answer, whatever they are, and what it says about paging."""
        answer = self._connection.get_whole(path, params, permission)
        result, info = answer["result"] or [], answer.get("result_info")
        if not isinstance(result, list):
            raise UnexpectedAnswerError(f"Cloudflare's answer to /{path} is not a list. {CHECK_THE_WAY}")
        return result, info if isinstance(info, dict) else {}

    def _object(self, path: str, permission: str) -> dict[str, Any] | None:
        try:
            found = self._connection.get(f"{self._account}/{path}", [], permission)
        except RejectedRequestError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        if not isinstance(found, dict):
            raise UnexpectedAnswerError(f"Cloudflare's answer to /{path} is not an object. {CHECK_THE_WAY}")
        return found


def _objects(rows: list[Any]) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)]


def _page(number: int, size: int = PAGE_SIZE) -> Params:
    return [("page", str(number)), ("per_page", str(size))]


def _audit_window(since: datetime, before: datetime, limit: int) -> Params:
    """Oldest first, without entries of who looked at something."""
    return [
        *(("since", rfc3339(since, "seconds")), ("before", rfc3339(before, "seconds"))),
        *(("direction", "asc"), ("limit", str(limit)), ("action_type.not", "view")),
    ]


def _quoted(id: str) -> str:
    return quote(id, safe="")
