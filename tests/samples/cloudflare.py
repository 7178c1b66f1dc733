"""A Cloudflare that answers what an input says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.logsync.cloudflare.answers import failure, success
from tests.samples.inputs import ACCOUNT_IDS

Rows = list[dict[str, Any]]
LARGEST_PAGE = 1000


@dataclass
class AccountOf:
    """What an account holds."""

    account_id: str
    name: str
    logins: Rows = field(default_factory=list)
    scim: Rows = field(default_factory=list)
    idps: Rows = field(default_factory=list)
    apps: Rows = field(default_factory=list)


class Cloudflare:
    """Answers every call about the accounts of an input as that input says."""

    def __init__(self, described: dict[str, Any], clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._api = described.get("api", {})
        parts = [{"account_name": "Example Corp", **described}, *described.get("more_accounts", [])]
        self.accounts = [_account(id, part) for id, part in zip(ACCOUNT_IDS, parts, strict=False)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/client/v4/").split("/")
        match path:
            case ["accounts"]:
                rows = [{"id": account.account_id, "name": account.name} for account in self.accounts]
                return self._named("accounts", request, rows)
            case ["user", "tokens", "verify"]:
                return self._state("verify")
            case ["accounts", _, "tokens", "verify"]:
                return self._state("account_verify")
            case ["accounts", _, "access", "apps", _, "policies"]:
                return self._said("apps") or failure(404, 11021, "access.api.error.unknown_application")
            case ["accounts", account_id, *_]:
                [account] = [account for account in self.accounts if account.account_id == account_id]
                return self._of_account(account, path[2:], request)
        return failure(404, 7003, "No route for the URI")

    def _of_account(self, account: AccountOf, path: list[str], request: httpx.Request) -> httpx.Response:
        match path:
            case ["access", "identity_providers"]:
                return self._named("idps", request, account.idps)
            case ["access", "apps"]:
                return self._named("apps", request, account.apps)
            case ["access", "identity_providers" as kind, id] | ["access", "apps" as kind, id]:
                rows = account.apps if kind == "apps" else account.idps
                found = next((row for row in rows if row["id"] == id), None)
                return success(found) if found else failure(404, 11021, "access.api.error.not_found")
            case ["access", "logs", "access_requests"]:
                return self._log("logins", request, account.logins, "created_at")
            case ["access", "logs", "scim", "updates"]:
                rows = [row for row in account.scim if row["idp_id"] == request.url.params["idp_id"]]
                return self._log("scim", request, rows, "logged_at")
        return failure(404, 7003, "No route for the URI")

    def _said(self, name: str) -> httpx.Response | None:
        """What the input says that Cloudflare answers to calls of this kind, if it says so."""
        said = self._api.get(name, {})
        said = said.get("answer", said)
        return httpx.Response(said["status"], json=said["json"]) if "status" in said else None

    def _state(self, name: str) -> httpx.Response:
        return self._said(name) or success({"id": "0", "status": "active", "expires_on": None})

    def _named(self, name: str, request: httpx.Request, rows: Rows) -> httpx.Response:
        return self._said(name) or success(_page(request, rows))

    def _log(self, name: str, request: httpx.Request, rows: Rows, time: str) -> httpx.Response:
        asked = request.url.params
        says = self._api.get(name, {})
        if answer := self._said(name) or (self._refused(says, asked) if "since" in asked else None):
            return answer
        rows = sorted(rows, key=lambda row: _instant(row.get(time)) or datetime.min.replace(tzinfo=UTC))
        inside = [row for row in rows if _is_inside(row.get(time), asked)]
        page = _page(request, inside[::-1] if asked.get("direction") == "desc" else inside)
        return success(None if not page and says.get("empty") == "null" else page)

    def _refused(self, says: dict[str, Any], asked: httpx.QueryParams) -> httpx.Response | None:
        since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        oldest = self._clock() - timedelta(days=says.get("oldest_allowed_days", 10_000))
        longest = timedelta(days=says.get("max_window_days", 10_000))
        refusal = says.get("too_old") if since < oldest else says.get("too_long") if until - since > longest else None
        return httpx.Response(refusal["status"], json=refusal["json"]) if refusal else None


def _account(account_id: str, part: dict[str, Any]) -> AccountOf:
    rows = {name: part.get(name, []) for name in ("logins", "scim", "idps", "apps")}
    rows["scim"] = [_with_body(row) for row in rows["scim"]]
    return AccountOf(account_id, part["account_name"], **rows)


def _with_body(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the SCIM log, whose body is text."""
    body = row.get("request_body_json")
    row = {name: value for name, value in row.items() if name != "request_body_json"}
    return row if body is None else {**row, "request_body": json.dumps(body)}


def _page(request: httpx.Request, rows: Rows) -> Rows:
    asked = request.url.params
    size = min(int(asked.get("per_page", 25)), int(asked.get("limit", LARGEST_PAGE)))
    skip = (int(asked.get("page", 1)) - 1) * size
    return rows[skip : skip + size]


def _is_inside(written: Any, asked: httpx.QueryParams) -> bool:
    """Whether a row belongs to the window; a row without a time belongs to any."""
    moment = _instant(written)
    if moment is None or "since" not in asked:
        return True
    since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
    return since <= moment <= until


def _instant(written: Any) -> datetime | None:
    if written is None:
        return None
    if isinstance(written, int):
        return datetime.fromtimestamp(written / 10**9 if written > 10**15 else written, UTC)
    return datetime.fromisoformat(written)
