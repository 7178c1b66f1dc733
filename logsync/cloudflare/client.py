"""Reads Cloudflare's API: two logs page by page, and the names that go with them.

Facts that shape this file, none of them promised by the reference and all seen in use:
`limit` and `per_page` each default to 25, so both are sent; `per_page` must be one of a fixed set; the login log's
`total_count` is 0 beside rows, so only an empty page is an end; whether `since` and `until` are inclusive, and whether
fractions of a second count, is not documented, so a little more is asked for and the rest filtered here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import httpx
import stamina

from logsync.cloudflare.errors import (
    FixAccessError,
    RetryLaterError,
    UnexpectedAnswerError,
    error_from,
)
from logsync.cloudflare.records import AccessRequest, Account, Application, IdentityProvider, ScimUpdate
from logsync.cloudflare.window import Row, Window

BASE_URL = "https://api.cloudflare.com/client/v4"
PAGE_SIZE = 1000  # one of the few sizes that Access accepts: 1, 5, 10, 20, 25, 50, 100, 1000
ACCOUNTS_PAGE_SIZE = 50  # the largest that /accounts accepts

LOGINS_PERMISSION = "Access: Audit Logs Read"
SCIM_PERMISSION = "Access: SCIM Logs Read"
APPS_PERMISSION = "Access: Apps and Policies Read"
PROVIDERS_PERMISSION = "Access: Organizations, Identity Providers, and Groups Read"
ACCOUNTS_PERMISSION = "Account Settings Read"

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_ATTEMPTS = 4
# Longer pauses than this are not sat out here: the caller gives its worker free and comes back.
_LONGEST_WAIT_SECONDS = 20.0


class _Named(Protocol):
    @classmethod
    def from_json(cls, item: object) -> Self: ...


class _Logged(Row, _Named, Protocol): ...


Record = TypeVar("Record", bound=_Logged)
Name = TypeVar("Name", bound=_Named)
Params = list[tuple[str, str | int | float | bool | None]]


class CloudflareClient:
    """One token's view of Cloudflare, and of one account where `account_id` is given.

    Faults that can heal within seconds are retried here; others raise a CloudflareError that says what to do.
    """

    def __init__(
        self,
        api_token: str,
        account_id: str = "",
        *,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.account_id = account_id
        self._http = httpx.Client(
            base_url=base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {api_token}", "Accept": "application/json"},
            timeout=_TIMEOUT,
            transport=transport,
        )

    def for_account(self, account_id: str) -> CloudflareClient:
        """The same connection, looking at another account."""
        other = object.__new__(CloudflareClient)
        other.account_id = account_id
        other._http = self._http
        return other

    def close(self) -> None:
        """Close the connections, also those of clients made by `for_account`."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The two logs

    def access_requests(self, since: datetime, until: datetime) -> Iterator[list[AccessRequest]]:
        """Yield the logins with since <= created_at < until, oldest first, a page at a time.

        Rows whose time is missing or unreadable come too. A page may be empty, and any may be short.
        Raises WindowOverflowError when the server does not let the whole window be paged.
        """
        path = f"accounts/{self.account_id}/access/logs/access_requests"
        return self._log(AccessRequest, path, [], LOGINS_PERMISSION, since, until)

    def scim_updates(self, idp_id: str, since: datetime, until: datetime) -> Iterator[list[ScimUpdate]]:
        """Yield the SCIM updates of one identity provider with since <= logged_at < until, as access_requests does."""
        path = f"accounts/{self.account_id}/access/logs/scim/updates"
        return self._log(ScimUpdate, path, [("idp_id", idp_id)], SCIM_PERMISSION, since, until)

    def _log(
        self, kind: type[Record], path: str, params: Params, permission: str, since: datetime, until: datetime
    ) -> Iterator[list[Record]]:
        def fetch(since: datetime, until: datetime, page: int, direction: str) -> list[Record]:
            asked = [*params, *_window(since, until), *_paging(page, direction)]
            return [kind.from_json(item) for item in self._list(path, asked, permission)]

        return Window(fetch, since, until).pages()

    # Names

    def accounts(self) -> list[Account]:
        """The accounts that the token can list."""
        return self._names(Account, "accounts", ACCOUNTS_PERMISSION, per_page=ACCOUNTS_PAGE_SIZE)

    def identity_providers(self) -> list[IdentityProvider]:
        """The account's identity providers, with or without SCIM, less their secrets."""
        path = f"accounts/{self.account_id}/access/identity_providers"
        return self._names(IdentityProvider, path, PROVIDERS_PERMISSION)

    def applications(self) -> list[Application]:
        """The account's Access applications. Without the permission Cloudflare answers with none, not with an error."""
        return self._names(Application, f"accounts/{self.account_id}/access/apps", APPS_PERMISSION)

    def _names(self, kind: type[Name], path: str, permission: str, per_page: int = PAGE_SIZE) -> list[Name]:
        found: list[Name] = []
        page = 1
        while items := self._list(path, [("page", str(page)), ("per_page", str(per_page))], permission):
            rows = [kind.from_json(item) for item in items]
            if all(row in found for row in rows):
                break
            found += rows
            page += 1
        return found

    # HTTP

    def _list(self, path: str, params: Params, permission: str) -> list[object]:
        result = self._get(path, params, permission)
        if not isinstance(result, list):
            raise UnexpectedAnswerError(f"Cloudflare's answer to /{path} is not a list; nothing of it was stored.")
        return result

    def _get(self, path: str, params: Params, permission: str) -> object:
        for attempt in stamina.retry_context(
            on=_pause, attempts=_ATTEMPTS, timeout=60.0, wait_initial=0.5, wait_max=8.0
        ):
            with attempt:
                return self._ask(path, params, permission)
        raise AssertionError("a retry context ends by returning or raising")

    def _ask(self, path: str, params: Params, permission: str) -> object:
        try:
            response = self._http.get(path, params=tuple(params))
        except httpx.LocalProtocolError:
            # Its text quotes the header and so the token, which no traceback may show either.
            raise FixAccessError(
                "The API token holds characters that cannot be sent. Set CLOUDFLARE_API_TOKEN anew and restart."
            ) from None
        except httpx.HTTPError as error:
            raise RetryLaterError(
                f"{self._http.base_url.host} could not be reached ({type(error).__name__}: {error}). "
                "Check the network; it is asked again by itself."
            ) from error
        answer = _decode(response.content)
        if flaw := error_from(response, answer, permission):
            raise flaw
        return answer["result"]


def _pause(error: Exception) -> bool | float:
    """How long to wait before asking again, in seconds; False to give up, True for the usual growing pause."""
    if not isinstance(error, RetryLaterError) or error.retry_after > _LONGEST_WAIT_SECONDS:
        return False
    return error.retry_after or True


def _decode(body: bytes) -> Any:
    """The JSON of an answer; None if it is none. Numbers that no database holds stay as the text they came in."""
    try:
        return json.loads(body, parse_int=_integer, parse_float=_float, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= 100 else text


def _float(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _window(since: datetime, until: datetime) -> Params:
    """Whole seconds, one more on either side, so that it does not matter whether the ends are inclusive."""
    first = since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
    last = until.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=2)
    return [("since", f"{first:%Y-%m-%dT%H:%M:%SZ}"), ("until", f"{last:%Y-%m-%dT%H:%M:%SZ}")]


def _paging(page: int, direction: str) -> Params:
    size = str(PAGE_SIZE)
    return [("page", str(page)), ("per_page", size), ("limit", size), ("direction", direction)]
