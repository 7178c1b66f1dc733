"""Reads the simulator over HTTP, in-process, the way its clients do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from logsync.simulator import Simulator
from logsync.simulator.company.account import Account

# A Thursday, after the story of the day has happened.
NOW = datetime(2026, 11, 19, 14, 6, 12, tzinfo=UTC)
BASE_URL = "http://simulator.example/client/v4"

Row = dict[str, Any]


class Reader:
    """Reads one account, the first one unless told otherwise."""

    def __init__(self, simulator: Simulator, token: str | None = "a-token", *, account: Account | None = None) -> None:
        account = account or simulator.accounts[0]
        self.simulator = simulator
        self.company = account.company
        self.story = account.story
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=simulator),
            base_url=BASE_URL,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.http.get(path, params=parameters)

    def access(self, path: str, **parameters: Any) -> httpx.Response:
        return self.get(f"/accounts/{self.company.account_id}/access/{path}", **parameters)

    def logins_page(self, **parameters: Any) -> httpx.Response:
        return self.access("logs/access_requests", **parameters)

    def scim_page(self, **parameters: Any) -> httpx.Response:
        return self.access("logs/scim/updates", **{"idp_id": self.idp_ids, **parameters})

    @property
    def idp_ids(self) -> list[str]:
        return [idp.id for idp in self.company.identity_providers if idp.has_scim]

    def logins(self, since: datetime, until: datetime, **parameters: Any) -> list[Row]:
        """Return the whole log of a time, oldest first."""
        return [*self._pages("logs/access_requests", window(since, until) | parameters)]

    def scim(self, since: datetime, until: datetime, **parameters: Any) -> list[Row]:
        return [*self._pages("logs/scim/updates", {"idp_id": self.idp_ids} | window(since, until) | parameters)]

    def _pages(self, path: str, parameters: dict[str, Any]) -> Iterator[Row]:
        parameters = {"per_page": 1000, "direction": "asc"} | parameters
        page = 1
        while rows := self.access(path, page=page, **parameters).json()["result"]:
            yield from rows
            page += 1


def window(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}
