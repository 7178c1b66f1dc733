"""GET requests to Cloudflare: with deadlines, through the gate, and retried where that helps.

A call with all its attempts ends within CALL_SECONDS. Every failure is a CloudflareError; no exception of httpx leaves
this file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

import httpx
import stamina

from logsync.cloudflare.advice import error_from
from logsync.cloudflare.clock import CloudflareClock
from logsync.cloudflare.deep_json import load_deep
from logsync.cloudflare.errors import (
    CloudflareError,
    FixAccessError,
    RetryLaterError,
    UnexpectedAnswerError,
    printable,
)
from logsync.cloudflare.limits import Gate, allowance_of, clock_of

Params = list[tuple[str, str]]

# All attempts of one call, and the pauses between them, end within this time.
CALL_SECONDS = 120.0
# An answer that drips is given up after this time.
ANSWER_SECONDS = 60.0
# Many times the largest page of a log.
MOST_BYTES = 200_000_000

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_ATTEMPTS = 4
_LONGEST_BACKOFF_SECONDS = 8.0
# For longer pauses, the caller frees its worker and comes back.
_LONGEST_WAIT_SECONDS = 20.0
_SENDABLE = re.compile("[!-~]+")


class Connection:
    """A token's connection to Cloudflare. Nothing is sent before the gate lets it through.

    `server_time` is Cloudflare's time at its last answer, in UTC; None before, and if that answer did not say. `clock`
    follows it.
    """

    def __init__(
        self, api_token: str, base_url: str, transport: httpx.BaseTransport | None, gate: Gate, clock: CloudflareClock
    ) -> None:
        self.clock = clock
        self.server_time: datetime | None = None
        self._api_token = api_token
        self._base_url = base_url.rstrip("/")
        self._gate = gate
        self._http = httpx.Client(
            timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS), transport=transport, follow_redirects=False
        )

    def close(self) -> None:
        """Close the connections; no call is possible after that."""
        self._http.close()

    def get(self, path: str, params: Params, permission: str) -> Any:
        """The `result` of an answer: a list or an object, None for a list without rows."""
        return self.get_whole(path, params, permission)["result"]

    def get_whole(self, path: str, params: Params, permission: str) -> dict[str, Any]:
        """An answer with its `result`, and what stands beside it, such as how to page on.

        `permission` is what the token needs, for the sentence that says how to fix a refusal. Faults that can heal
        within seconds are retried. Raises CloudflareError; PausedError where the gate is closed.
        """
        end = monotonic() + CALL_SECONDS
        for attempt in stamina.retry_context(
            on=partial(_pause, end=end),
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=0.5,
            wait_max=_LONGEST_BACKOFF_SECONDS,
        ):
            with attempt:
                self._gate.before_call()
                return self._ask(path, params, permission, end)
        raise AssertionError("a retry context ends by returning or raising")

    def _ask(self, path: str, params: Params, permission: str, end: float) -> dict[str, Any]:
        # Leave time for one last read, so that the call still ends in time.
        end_of_answer = min(monotonic() + ANSWER_SECONDS, end - _READ_SECONDS)
        with closing(self._send(self._request(path, params))) as response:
            self.server_time = clock_of(response.headers)
            if self.server_time:
                self.clock.note_cloudflare_time(self.server_time)
            self._gate.after_call(allowance_of(response.headers))
            # For a 429 the headers are enough, and a broken body must not hide it.
            body = bytearray() if response.status_code == 429 else _body_of(response, end_of_answer)
        answer = _decode(body)
        if flaw := error_from(response, answer, permission):
            if (token := self._api_token.encode()) in body:
                # What refuses a token may quote it.
                flaw = error_from(response, _decode(body.replace(token, b"[redacted]")), permission) or flaw
            if isinstance(flaw, RetryLaterError) and flaw.is_block:
                self._gate.block(flaw.retry_after)
            raise flaw
        whole: dict[str, Any] = answer
        return whole

    def _request(self, path: str, params: Params) -> httpx.Request:
        if not _SENDABLE.fullmatch(self._api_token):
            # Checked here, because an error from the HTTP library would quote the token.
            raise FixAccessError(
                "The API token is empty or holds characters that cannot be sent. Set CLOUDFLARE_API_TOKEN anew, or "
                "write it into its file, and restart."
            )
        headers = {"Authorization": f"Bearer {self._api_token}", "Accept": "application/json"}
        try:
            return self._http.build_request("GET", f"{self._base_url}/{path}", params=tuple(params), headers=headers)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise _no_address(error) from error

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for the head of its answer."""
        try:
            return self._http.send(request, stream=True)
        except (httpx.UnsupportedProtocol, UnicodeError) as error:
            raise _no_address(error) from error
        except httpx.HTTPError as error:
            raise RetryLaterError(
                f"{request.url.host} could not be reached ({_reason(error)}). "
                "Check the network; it is retried automatically."
            ) from error


class _InTime(httpx.SyncByteStream):
    """A body as it comes over the wire. Gives up when the time is over, even if nothing could be unpacked so far."""

    def __init__(self, stream: httpx.SyncByteStream, end: float) -> None:
        self._stream = stream
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            _check_time(self._end)
            yield piece

    def close(self) -> None:
        self._stream.close()


def _check_time(end: float) -> None:
    if monotonic() > end:
        raise RetryLaterError(
            "Cloudflare answered too slowly: its answer was not whole in time, and nothing of it was stored. "
            "It is retried automatically."
        )


def _body_of(response: httpx.Response, end: float) -> bytearray:
    """The whole body, unpacked. Raises RetryLaterError if it breaks off or takes too long."""
    # The headers alone may have used up the time.
    _check_time(end)
    assert isinstance(response.stream, httpx.SyncByteStream)
    response.stream = _InTime(response.stream, end)
    body = bytearray()
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise UnexpectedAnswerError(
                    f"Cloudflare's answer is larger than {MOST_BYTES // 1_000_000} MB; nothing of it was stored. "
                    "If it keeps happening, ask Cloudflare's support."
                )
    except httpx.HTTPError as error:
        raise RetryLaterError(
            f"Cloudflare's answer broke off or cannot be unpacked ({_reason(error)}); nothing of it was stored. "
            "It is retried automatically."
        ) from error
    return body


def _no_address(error: Exception) -> CloudflareError:
    return FixAccessError(
        f"The address of Cloudflare's API cannot be asked ({_reason(error)}). Check CLOUDFLARE_API_BASE_URL and "
        "CLOUDFLARE_ACCOUNT_IDS, and restart."
    )


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {printable(str(error))}"


def _pause(error: Exception, end: float) -> bool | float:
    """How long to wait before the next attempt, in seconds; False to give up, True for the usual growing pause."""
    if not isinstance(error, RetryLaterError) or error.retry_after > _LONGEST_WAIT_SECONDS:
        return False
    again_at = monotonic() + (error.retry_after or _LONGEST_BACKOFF_SECONDS)
    if again_at + _CONNECT_SECONDS + _READ_SECONDS > end:
        return False
    return error.retry_after or True


def _decode(body: bytearray) -> Any:
    """The JSON of an answer; None if it is not JSON. Numbers that no database can hold stay text."""
    try:
        try:
            return _load(body)
        except RecursionError:
            return load_deep(body.decode("utf-8", "replace"), _load)
    except (ValueError, RecursionError):
        return None


def _load(text: str | bytearray) -> Any:
    """Also with control characters as they are within text, which anyone may write into a log."""
    return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=str, strict=False)


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= 100 else text


def _float(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
