"""What can go wrong with Cloudflare, named after what the caller can do about it.

    CloudflareError
    ├── RetryLaterError        wait, then ask the same again
    │   └── PausedError        Cloudflare was not called: the token waits
    ├── FixAccessError         a person must change the token, its permissions or the account
    ├── RejectedRequestError   Cloudflare will not answer this request, however often it is asked
    ├── UnexpectedAnswerError  the answer is not what Cloudflare documents
    └── WindowOverflowError    the window holds more than can be paged; ask for a shorter one

Every message is a sentence for a person: what happened, and what to do. None holds the token or a response body
beyond Cloudflare's own error text.

Sources: "Rate limits" and "Troubleshooting" in Cloudflare's API fundamentals; codes as observed on the Access API.
"""

from __future__ import annotations

import math
from typing import Any

import httpx

# Cloudflare blocks every call of a token for five minutes once it is over the limit.
LONGEST_PAUSE_SECONDS = 300.0

_RATE_LIMIT_CODES = {971, 10429}
_REQUEST_TIMEOUT = 408
_NO_ROUTE_CODES = {7000, 7003}
_NOT_ENABLED_CODE = 9999
_INVALID_TOKEN_CODE = 9109
_INVALID_HEADER_CODE = 6003  # what a mistyped token is answered with
_NO_PERMISSION_CODE = 10000


class CloudflareError(Exception):
    """Cloudflare did not give what was asked for.

    `status` is the HTTP status and `code` Cloudflare's own error code; 0 where there was none.
    """

    def __init__(self, message: str, *, status: int = 0, code: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class RetryLaterError(CloudflareError):
    """Wait, then ask the same again; `retry_after` is the pause in seconds that Cloudflare asked for, 0 if none."""

    def __init__(self, message: str, *, retry_after: float = 0.0, status: int = 0, code: int = 0) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = min(max(retry_after, 0.0), LONGEST_PAUSE_SECONDS)

    @property
    def is_block(self) -> bool:
        """Whether Cloudflare refuses every call of the token meanwhile, and not this one alone."""
        return self.status == 429 or self.code in _RATE_LIMIT_CODES


class PausedError(RetryLaterError):
    """Cloudflare was not called: the token waits, because it is at or near its limit. This is no failure."""


class FixAccessError(CloudflareError):
    """A person must change the token, its permissions or the account; asking again cannot help."""


class RejectedRequestError(CloudflareError):
    """Cloudflare will not answer this request, however often it is asked."""


class UnexpectedAnswerError(CloudflareError):
    """The answer is not what Cloudflare documents."""


class WindowOverflowError(CloudflareError):
    """The window holds more rows than the server lets us page through; ask for a shorter one."""


def error_from(response: httpx.Response, answer: Any, permission: str) -> CloudflareError | None:
    """Name what is wrong with an answer; None if it is a good one.

    `answer` is the decoded body, None if it is not JSON. `permission` is the token permission that the request needs,
    for the sentence that says how to fix a refusal; "" if any valid token will do.
    """
    code, text = _first_error(answer)
    facts = {"status": response.status_code, "code": code}
    if response.status_code == 429 or code in _RATE_LIMIT_CODES:
        pause = _retry_after(response, LONGEST_PAUSE_SECONDS)
        return RetryLaterError(
            f"Cloudflare asks for a pause of {pause:.0f} s: its limit of calls per five minutes is used up.",
            retry_after=pause,
            **facts,
        )
    if response.status_code >= 500 or response.status_code == _REQUEST_TIMEOUT:
        return RetryLaterError(
            f"Cloudflare answered {response.status_code}{_quoted(text)}; it is asked again by itself.",
            retry_after=_retry_after(response, 0.0),
            **facts,
        )
    if 300 <= response.status_code < 400:
        return RejectedRequestError(
            f"Cloudflare's address answered {response.status_code} and points elsewhere{_destination(response)}; that "
            "was not followed, and nothing was stored. Check CLOUDFLARE_API_BASE_URL, and any proxy on the way.",
            **facts,
        )
    if refusal := _refusal(response.status_code, code, text, permission):
        return FixAccessError(refusal, **facts)
    if response.status_code >= 400:
        return RejectedRequestError(
            f"Cloudflare rejected the request with {response.status_code}, code {code}{_quoted(text)}. "
            "Asking again will not help; please report this as a fault of Gatehouse.",
            **facts,
        )
    return _flaw_of_a_good_status(response, answer, code, text)


def _flaw_of_a_good_status(response: httpx.Response, answer: Any, code: int, text: str) -> CloudflareError | None:
    facts = {"status": response.status_code, "code": code}
    if answer is None:
        return RetryLaterError(
            "Cloudflare's answer was cut short or is not JSON; it is asked again by itself.", **facts
        )
    if not isinstance(answer, dict) or answer.get("success") is not True:
        return RetryLaterError(
            f"Cloudflare said that the request failed{_quoted(text)}; it is asked again by itself.", **facts
        )
    if not isinstance(answer.get("result"), list | dict):
        return RetryLaterError("Cloudflare's answer held no result; it is asked again by itself.", **facts)
    return None


def _refusal(status: int, code: int, text: str, permission: str) -> str:
    if code == _NOT_ENABLED_CODE:
        return (
            "Zero Trust was never enabled on this account. Enable Access in the Cloudflare dashboard, or leave the "
            "account out with CLOUDFLARE_ACCOUNT_IDS."
        )
    if code in _NO_ROUTE_CODES:
        return (
            f"Cloudflare knows no such address ({status}, code {code}{_quoted(text)}). Check the account ids in "
            "CLOUDFLARE_ACCOUNT_IDS, and CLOUDFLARE_API_BASE_URL."
        )
    is_refused = status in (401, 403) or code in (_NO_PERMISSION_CODE, _INVALID_TOKEN_CODE)
    is_bad_token = code == _INVALID_TOKEN_CODE and "unauthorized" not in text.lower()
    if code == _INVALID_HEADER_CODE or is_bad_token or (is_refused and not permission):
        return (
            "Cloudflare does not accept the API token. Make a new one, set CLOUDFLARE_API_TOKEN, or write it into "
            "its file, and restart."
        )
    if is_refused:
        return (
            f"Cloudflare refused ({status}, code {code}{_quoted(text)}). Give the token the permission "
            f"“{permission}” on this account; a new permission can take a minute to work."
        )
    return ""


def _first_error(answer: Any) -> tuple[int, str]:
    """Cloudflare's code and text, from its envelope or from the flat bodies that some of its layers send."""
    if not isinstance(answer, dict):
        return 0, ""
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else answer
    code = first.get("code")
    text = first.get("message") or first.get("error") or ""
    return (code if isinstance(code, int) else 0), printable(str(text))


def printable(text: str) -> str:
    """A stranger's text as part of a sentence: at most 200 characters, printable ones only."""
    return "".join(filter(str.isprintable, text))[:200]


def _destination(response: httpx.Response) -> str:
    return f" (to {printable(response.next_request.url.host)})" if response.next_request else ""


def _retry_after(response: httpx.Response, default: float) -> float:
    try:
        pause = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return default
    return pause if math.isfinite(pause) else default


def _quoted(text: str) -> str:
    return f", “{text}”" if text else ""
