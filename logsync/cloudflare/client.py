"""Reads Cloudflare's API: two logs page by page, and the names that go with them.

Facts that shape this file, none of them promised by the reference and all seen in use:
`limit` and `per_page` each default to 25, so both are sent; `per_page` must be one of a fixed set; the login log's
`total_count` is 0 even when there are rows, so only an empty page is the end; whether `since` and `until` are
inclusive, and whether fractions of a second count, is not documented, so we request a little more and filter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self, TypeVar
from urllib.parse import quote

import httpx

from logsync.cloudflare.advice import CHECK_THE_WAY
from logsync.cloudflare.clock import CloudflareClock
from logsync.cloudflare.configuration import ConfigurationClient
from logsync.cloudflare.connection import Connection, Params
from logsync.cloudflare.errors import FixAccessError, RejectedRequestError, UnexpectedAnswerError
from logsync.cloudflare.limits import Gate, OpenGate
from logsync.cloudflare.permissions import (
    ACCOUNTS_PERMISSION,
    APPS_PERMISSION,
    LOGINS_PERMISSION,
    PROVIDERS_PERMISSION,
    SCIM_PERMISSION,
)
from logsync.cloudflare.records import (
    AccessRequest,
    Account,
    Application,
    IdentityProvider,
    Record,
    ScimUpdate,
    TokenState,
    UnreadableRow,
    row_of,
)
from logsync.cloudflare.window import Window
from logsync.words import rfc3339

BASE_URL = "https://api.cloudflare.com/client/v4"
PAGE_SIZE = 1000  # one of the few sizes that Access accepts: 1, 5, 10, 20, 25, 50, 100, 1000
ACCOUNTS_PAGE_SIZE = 50  # the largest that /accounts accepts

_OPEN_GATE = OpenGate()
_SMALLEST_PAGE: Params = [("page", "1"), ("per_page", "1"), ("limit", "1")]
# One row is enough to see where a log begins, unless its time is unreadable or just outside the window.
_SIZES_OF_A_FIRST_LOOK = (1, 25)
_NO_APPLICATION = "00000000-0000-4000-8000-000000000000"
_UNKNOWN_APPLICATION_CODE = 11021


class _Named(Protocol):
    @classmethod
    def from_json(cls, item: object) -> Self: ...


Name = TypeVar("Name", bound=_Named)


class CloudflareClient:
    """One token's view of Cloudflare, and of one account if `account_id` is given.

    Failures that can pass within seconds are retried here; others raise a CloudflareError that says what to do. Every
    attempt asks the gate first, which raises PausedError while the token has to wait, and every answer sets the clock.
    """

    def __init__(
        self,
        api_token: str,
        account_id: str = "",
        *,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        gate: Gate = _OPEN_GATE,
        clock: CloudflareClock | None = None,
    ) -> None:
        self.account_id = account_id
        self._connection = Connection(api_token, base_url, transport, gate, clock or CloudflareClock())

    def for_account(self, account_id: str) -> CloudflareClient:
        """The same connection and gate, looking at another account."""
        other = object.__new__(CloudflareClient)
        other.account_id = account_id
        other._connection = self._connection
        return other

    @property
    def server_time(self) -> datetime | None:
        """The time that the last answer carried, in UTC, for whichever account; None if it carried none."""
        return self._connection.server_time

    @property
    def clock(self) -> CloudflareClock:
        """Cloudflare's clock, as the answers tell it; shared by the clients that were given the same one."""
        return self._connection.clock

    def close(self) -> None:
        """Close the connections, also those of clients made by `for_account`."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def configuration(self) -> ConfigurationClient:
        """What the account has set up: applications, policies, groups; its users, and who changed what."""
        return ConfigurationClient(self._connection, self.account_id)

    # The two logs

    def access_requests(self, since: datetime, until: datetime) -> Iterator[list[AccessRequest | UnreadableRow]]:
        """Yield the logins with since <= created_at < until, oldest first, a page at a time.

        Rows whose time is missing or unreadable come too, and so do rows that are unreadable altogether. A page may be
        empty, and any may be short.
        Raises WindowOverflowError when the server does not let the whole window be paged.
        """
        return self._log(AccessRequest, self._logins_path, [], LOGINS_PERMISSION, since, until)

    def scim_updates(self, idp_id: str, since: datetime, until: datetime) -> Iterator[list[ScimUpdate | UnreadableRow]]:
        """Yield the SCIM updates of one identity provider with since <= logged_at < until, as access_requests does."""
        return self._log(ScimUpdate, self._scim_path, [("idp_id", idp_id)], SCIM_PERMISSION, since, until)

    def oldest_access_request(self, since: datetime, until: datetime) -> datetime | None:
        """When the oldest login happened that Cloudflare still has with since <= created_at < until; None if none.

        `since` itself if the second before it has so many rows that the first row after it was not seen.
        """
        return self._oldest(AccessRequest, self._logins_path, [], LOGINS_PERMISSION, since, until)

    def oldest_scim_update(self, idp_id: str, since: datetime, until: datetime) -> datetime | None:
        """When the oldest SCIM update of one identity provider was logged; like oldest_access_request."""
        return self._oldest(ScimUpdate, self._scim_path, [("idp_id", idp_id)], SCIM_PERMISSION, since, until)

    @property
    def _logins_path(self) -> str:
        return f"accounts/{self.account_id}/access/logs/access_requests"

    @property
    def _scim_path(self) -> str:
        return f"accounts/{self.account_id}/access/logs/scim/updates"

    def _log(
        self, kind: type[Record], path: str, params: Params, permission: str, since: datetime, until: datetime
    ) -> Iterator[list[Record | UnreadableRow]]:
        def fetch(since: datetime, until: datetime, page: int, direction: str) -> list[Record | UnreadableRow]:
            asked = [*params, *_window(since, until), *_paging(page, direction)]
            return [row_of(kind, item) for item in self._list(path, asked, permission)]

        return Window(fetch, since, until, page_size=PAGE_SIZE).pages()

    def _oldest(
        self, kind: type[Record], path: str, params: Params, permission: str, since: datetime, until: datetime
    ) -> datetime | None:
        times: list[datetime] = []
        for size in _SIZES_OF_A_FIRST_LOOK:
            asked = [*params, *_window(since, until), *_paging(1, "asc", size)]
            rows = [row_of(kind, item) for item in self._list(path, asked, permission)]
            times = [row.time for row in rows if row.time is not None]
            if inside := [time for time in times if since <= time < until]:
                return inside[0]
            if len(rows) < size:
                return None
        return since if any(time < since for time in times) else None

    # Names

    def accounts(self) -> list[Account]:
        """The accounts that the token can list."""
        return self._names(Account, "accounts", ACCOUNTS_PERMISSION, per_page=ACCOUNTS_PAGE_SIZE)

    def identity_providers(self) -> list[IdentityProvider]:
        """The account's identity providers, with or without SCIM, without their secrets."""
        path = f"accounts/{self.account_id}/access/identity_providers"
        return self._names(IdentityProvider, path, PROVIDERS_PERMISSION)

    def identity_provider(self, idp_id: str) -> IdentityProvider | None:
        """One identity provider of the account; None if Cloudflare says that there is none of this id.

        A list may leave out what the token is not permitted to see; this tells what is gone from what is not shown.
        """
        path = f"accounts/{self.account_id}/access/identity_providers/{quote(idp_id, safe='')}"
        try:
            found = self._connection.get(path, [], PROVIDERS_PERMISSION)
        except RejectedRequestError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        provider = IdentityProvider.from_json(found)
        if provider.idp_id != idp_id:
            raise UnexpectedAnswerError(f"Cloudflare's answer is about another identity provider. {CHECK_THE_WAY}")
        return provider

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

    # What the token may do

    def verify_token(self) -> TokenState:
        """Whether the token is valid, and until when. This says nothing about permissions or accounts.

        A token that belongs to an account is known only there, so the client needs the account for such a token.
        """
        try:
            return self._token_state("user/tokens/verify")
        except (FixAccessError, RejectedRequestError):
            if not self.account_id:
                raise
        return self._token_state(f"accounts/{self.account_id}/tokens/verify")

    def _token_state(self, path: str) -> TokenState:
        result = self._connection.get(path, [], permission="")
        if not isinstance(result, dict):
            raise UnexpectedAnswerError(f"Cloudflare's answer to /{path} does not describe the token. {CHECK_THE_WAY}")
        return TokenState.from_json(result)

    def check_access_requests(self) -> None:
        """Return if the token may read the logins of the account; raise the CloudflareError that says why not."""
        self._list(self._logins_path, _SMALLEST_PAGE, LOGINS_PERMISSION)

    def check_scim_updates(self, idp_id: str) -> None:
        """Return if the token may read the account's SCIM updates; raise the CloudflareError that says why not."""
        self._list(self._scim_path, [("idp_id", idp_id), *_SMALLEST_PAGE], SCIM_PERMISSION)

    def check_names(self) -> None:
        """Return if the token may read the names of applications; raise the CloudflareError that says why not.

        A token without the permission gets an empty list of applications, which proves nothing. But it is refused the
        policies of an application that does not exist, where any other token is told that there is none.
        """
        path = f"accounts/{self.account_id}/access/apps/{_NO_APPLICATION}/policies"
        try:
            self._connection.get(path, [], APPS_PERMISSION)
        except RejectedRequestError as error:
            if error.code != _UNKNOWN_APPLICATION_CODE:
                raise

    # Answers

    def _list(self, path: str, params: Params, permission: str) -> list[object]:
        result = self._connection.get(path, params, permission)
        if result is None:
            return []
        if not isinstance(result, list):
            raise UnexpectedAnswerError(
                f"Cloudflare's answer to /{path} is not a list; nothing of it was stored. {CHECK_THE_WAY}"
            )
        return result


def _window(since: datetime, until: datetime) -> Params:
    """Whole seconds, one more on either side, so that it does not matter whether the ends are inclusive."""
    first = since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
    last = until.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=2)
    return [("since", rfc3339(first, "seconds")), ("until", rfc3339(last, "seconds"))]


def _paging(page: int, direction: str, size: int = PAGE_SIZE) -> Params:
    return [("page", str(page)), ("per_page", str(size)), ("limit", str(size)), ("direction", direction)]
