"""Answers of Cloudflare written by hand, and a client that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from logsync.cloudflare.client import CloudflareClient

ACCOUNT_ID = "0123456789abcdef0123456789abcdef"
TOKEN = "a-token-that-nobody-may-see"
SAMPLES = Path(__file__).parent / "samples"

Handler = Callable[[httpx.Request], httpx.Response]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def client_of(handler: Handler) -> CloudflareClient:
    """A client of a Cloudflare that is one function."""
    return CloudflareClient(
        TOKEN,
        ACCOUNT_ID,
        base_url="https://api.cloudflare.example/client/v4",
        transport=httpx.MockTransport(handler),
    )


def success(result: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": result})


def failure(status: int, code: int, message: str = "a reason", **headers: str) -> httpx.Response:
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return httpx.Response(status, json=body, headers=headers)


class LogServer:
    """A log that is a list of rows: it pages them as asked, in their order, and keeps every request.

    `cap`: no page has more rows, whatever is asked for. `ignores_page`: every page is the first one.
    `ignores_window`: rows of any time are sent, and those without one.
    """

    def __init__(
        self, rows: list[Any], *, cap: int = 1000, ignores_page: bool = False, ignores_window: bool = True
    ) -> None:
        self.rows = rows
        self.cap = cap
        self.ignores_page = ignores_page
        self.ignores_window = ignores_window
        self.asked: list[httpx.QueryParams] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        self.asked.append(asked)
        size = min(int(asked["per_page"]), int(asked["limit"]), self.cap)
        skip = 0 if self.ignores_page else (int(asked["page"]) - 1) * size
        rows = [row for row in self.rows if self.ignores_window or is_in_window(row, asked)]
        return success((rows[::-1] if asked["direction"] == "desc" else rows)[skip : skip + size])


def is_in_window(row: dict[str, Any], asked: httpx.QueryParams) -> bool:
    """Both ends of the window belong to it."""
    since, moment, until = map(datetime.fromisoformat, (asked["since"], row["created_at"], asked["until"]))
    return since <= moment <= until
