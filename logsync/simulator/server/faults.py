"""Faults on purpose: each turns the right answer into the one that is sent.

>>> Simulator(faults=lambda request: html_page(502) if "scim" in request.path else None)
>>> Simulator(faults=RandomFaults(seed=7, share=0.3))

A fault, or the function that chooses it, that raises `ConnectionBroken` ends the connection without an answer. Over
HTTP the client sees a connection that closes; in the same process, where there is none, it gets that exception itself.
"""

import errno
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Lock
from time import sleep
from typing import Literal

from logsync.simulator.server.http import AUTHENTICATION_ERROR, THROTTLE, Answer, Request, as_json, failure

Fault = Callable[[Answer], Answer]

# How many pieces a dripping answer is cut into.
DRIPS = 10


class ConnectionBroken(ConnectionResetError):  # noqa: N818  The connection breaks by design.
    """Closes the connection. Servers take it for a client that hung up, and write no traceback."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The simulator broke the connection on purpose.")


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


def cut_short(answer: Answer) -> Answer:
    """Announce the whole body, send half of it, and break the connection."""

    def half(body: bytes) -> Iterator[bytes]:
        yield body[: len(body) // 2]
        raise ConnectionBroken

    return replace(answer, sent=half)


def dripping(seconds: float) -> Fault:
    """Send the right answer slowly, spread evenly over so many seconds."""

    def drip(body: bytes) -> Iterator[bytes]:
        size = max(len(body) // DRIPS, 1)
        pieces = range(0, len(body), size)
        for start in pieces:
            sleep(seconds / len(pieces))
            yield body[start : start + size]

    return lambda answer: replace(answer, sent=drip)


def broken_connection(answer: Answer) -> Answer:
    """Close the connection without an answer."""
    raise ConnectionBroken


def unsuccessful(code: int, message: str) -> Fault:
    """Answer `success: false` with HTTP status 200."""
    return lambda _: failure(200, code, message)


def null_result(answer: Answer) -> Answer:
    """Answer `result: null` in an envelope that otherwise says success."""
    return as_json({**json.loads(answer.body), "result": None}, answer.status)


def flat_error(
    code: int, text: str, *, http_status: int = 403, text_field: Literal["error", "message"] = "error"
) -> Fault:
    """Answer without the envelope, as some of Cloudflare's services do; each has its own name for the text."""
    return lambda _: as_json({"code": code, text_field: text}, http_status)


def rate_limited(retry_after: int, code: int = 971) -> Fault:
    """Refuse for so many seconds, as over the rate limit; the code is 971 or 10429."""
    message = THROTTLE if code == 971 else f"Rate limited. {THROTTLE}"
    headers = {"Ratelimit": f'"default";r=0;t={retry_after}', "Retry-After": str(retry_after)}

    def refused(answer: Answer) -> Answer:
        policy = {name: value for name, value in answer.headers.items() if name == "Ratelimit-Policy"}
        return failure(429, code, message).with_headers(policy | headers)

    return refused


def throttled_with_500(answer: Answer) -> Answer:
    """Say with HTTP status 500, and without a `Retry-After`, that there were too many requests."""
    return failure(500, 971, THROTTLE)


def forbidden(answer: Answer) -> Answer:
    """Refuse because a permission is missing."""
    return AUTHENTICATION_ERROR


def too_old(answer: Answer) -> Answer:
    """Refuse a window because it begins before the time that the plan keeps."""
    return failure(400, 12130, "access.api.error.invalid_request: cannot request data older than 86400s")


def too_long(answer: Answer) -> Answer:
    """Refuse a window because it is too long."""
    return failure(400, 12130, "access.api.error.invalid_request: time range too large")


def limited_windows(
    clock: Callable[[], datetime], *, oldest: timedelta = timedelta.max, longest: timedelta = timedelta.max
) -> Callable[[Request], Fault | None]:
    """Refuse windows of the logs that begin so long ago, or are longer; for `Simulator(faults=...)`."""

    def fault(request: Request) -> Fault | None:
        if "logs/" not in request.path or not {"since", "until"} <= request.query.keys():
            return None
        since, until = (datetime.fromisoformat(request.query[name][-1]) for name in ("since", "until"))
        if clock() - since > oldest:
            return too_old
        return too_long if until - since > longest else None

    return fault


# Each makes a fault, given the seconds for its `Retry-After`.
PASSING: dict[str, Callable[[int], Fault]] = {
    "bad gateway": lambda _: html_page(502),
    "unavailable": lambda seconds: status(503, None, {"Retry-After": str(seconds)}),
    "rate limited": rate_limited,
    "rate limited, another code": partial(rate_limited, code=10429),
    "throttled with 500": lambda _: throttled_with_500,
    "flat error": lambda _: flat_error(1001, "internal server error", http_status=500),
    "flat message": lambda _: flat_error(1001, "internal server error", http_status=500, text_field="message"),
    "unsuccessful": lambda _: unsuccessful(10001, "Internal error"),
    "null result": lambda _: null_result,
    "truncated": lambda _: truncated,
    "cut short": lambda _: cut_short,
    "broken connection": lambda _: broken_connection,
    "dripping": lambda _: dripping(0.2),
}
LASTING: dict[str, Callable[[int], Fault]] = {
    "forbidden": lambda _: forbidden,
    "flat refusal": lambda _: flat_error(1010, "auth.forbidden"),
}


class RandomFaults:
    """Spoils a share (0 to 1) of all calls, by kinds drawn evenly; for `Simulator(faults=...)`.

    `kinds`: names out of `PASSING` and `LASTING`. By default only faults that pass.
    `retry_after_seconds`: the shortest and longest `Retry-After`; drawn evenly as well.
    Counts its `calls`, and in `counts` the faults by kind. Equal seeds spoil the same calls of a sequence alike.
    Thread-safe.
    """

    def __init__(
        self,
        seed: int | str,
        share: float,
        kinds: Sequence[str] = tuple(PASSING),
        retry_after_seconds: tuple[int, int] = (1, 3),
    ) -> None:
        self.share = share
        self.faults = {kind: (PASSING | LASTING)[kind] for kind in kinds}
        self.retry_after_seconds = retry_after_seconds
        self.calls = 0
        self.counts: Counter[str] = Counter()
        self._random = Random(seed)
        self._lock = Lock()

    def __call__(self, request: Request) -> Fault | None:
        with self._lock:
            self.calls += 1
            if self._random.random() >= self.share:
                return None
            kind = self._random.choice(list(self.faults))
            seconds = self._random.randint(*self.retry_after_seconds)
            self.counts[kind] += 1
        return self.faults[kind](seconds)
