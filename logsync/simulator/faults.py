"""Faults on purpose: a fault turns the answer that was right into the one that is sent.

>>> Simulator(faults=lambda request: html_page(502) if "scim" in request.path else None)

Where the function that chooses the fault raises, the connection breaks; where it sleeps, the answer is slow.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from logsync.simulator.http import Answer, as_json, failure

Fault = Callable[[Answer], Answer]


def status(code: int, body: object = None, headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with this HTTP status and JSON body."""
    return lambda _: as_json(body, code).with_headers(headers or {})


def html_page(code: int) -> Fault:
    """Answer as Cloudflare's edge does when the API itself can't be reached."""
    page = f"<!DOCTYPE html><html><head><title>{code}</title></head><body>cloudflare</body></html>"
    return lambda _: Answer(code, page.encode(), {"Content-Type": "text/html; charset=UTF-8"})


def truncated(answer: Answer) -> Answer:
    """Cut the JSON in the middle."""
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def unsuccessful(code: int, message: str) -> Fault:
    """Answer `success: false` with HTTP status 200."""
    return lambda _: failure(200, code, message)


def null_result(answer: Answer) -> Answer:
    """Answer `result: null` in an envelope that otherwise says success."""
    return as_json({**json.loads(answer.body), "result": None}, answer.status)
