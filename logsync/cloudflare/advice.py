"""What is wrong with an answer of Cloudflare's, and how to fix it.

`CASES` is the whole table: the first case that applies to a refusal gives its class and its two sentences, what
happened and what to do. What happened always quotes Cloudflare's own sentence, since nobody knows all of its codes.
None of this is a fault of Gatehouse, and no sentence here says so.

Sources: "Rate limits" and "Troubleshooting" in Cloudflare's API fundamentals; codes as observed on the Access API.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

from logsync.cloudflare.errors import (
    LONGEST_PAUSE_SECONDS,
    RATE_LIMIT_CODES,
    CloudflareError,
    FixAccessError,
    RejectedRequestError,
    RetryLaterError,
    TooOldError,
    WindowTooLongError,
    printable,
)
from logsync.cloudflare.permissions import ACCOUNTS_PERMISSION

_REQUEST_TIMEOUT = 408
_NOT_ENABLED_CODE = 9999
_NO_ROUTE_CODES = (7000, 7003)
# A mistyped token, one that does not exist, and one that Cloudflare does not accept.
_BAD_TOKEN_CODES = (6003, 1000, 9109)
_REFUSED_CODES = (10000, 9109)
_NO_LIST_OF_ACCOUNTS_CODE = 1001

_FROM_ELSEWHERE = re.compile(r"\bfrom location\b|\bip address\b.*\bnot allowed\b|\bclient ip\b", re.IGNORECASE)
_UNAUTHORIZED = re.compile(r"\bunauthorized\b", re.IGNORECASE)
_ACCOUNT_OWNED = re.compile(r"\baccount[- ]owned\b", re.IGNORECASE)
# Nothing of Cloudflare's reference says how these are worded, so any wording that means it counts.
_TOO_OLD = re.compile(r"\bolder than\b|\btoo old\b|\btoo far (?:back|in the past)\b|\bretention\b", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"\b(?:range|window|interval|period)\b.*\b(?:too (?:large|long|wide|big)|exceeds?|at most|maximum|more than)\b"
    r"|\b(?:wider|longer|larger) than\b|\bmaximum\b.*\b(?:range|window|interval|period)\b",
    re.IGNORECASE,
)
_DOUBLE_QUOTES = str.maketrans("“”", '""')

_ON_THE_WAY = "check any proxy or firewall between here and Cloudflare, and CLOUDFLARE_API_BASE_URL."
CHECK_THE_WAY = f"If it keeps happening, {_ON_THE_WAY}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was answered instead of a result.

    `text` is Cloudflare's own sentence, `permission` what the token needs ("" if any valid token will do), `asked`
    the end of the address that was asked for. `is_from_the_api` is False for a page of something on the way.
    """

    status: int
    code: int
    text: str
    permission: str
    asked: str
    is_from_the_api: bool

    @classmethod
    def of(cls, response: httpx.Response, answer: Any, permission: str) -> Self:
        code, text = _first_error(answer)
        is_from_the_api = isinstance(answer, dict) and ("success" in answer or "code" in answer)
        return cls(response.status_code, code, text, permission, _asked(response), is_from_the_api)

    @property
    def is_refused(self) -> bool:
        return self.status in (401, 403) or self.code in _REFUSED_CODES

    @property
    def said(self) -> str:
        """What Cloudflare answered, for the brackets behind what that means."""
        code = f"code {self.code}" if self.code else ""
        return ", ".join(filter(None, [str(self.status), code, quoted(self.text)]))


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which Cloudflare refuses; `what` and `hint` may name the fields of the `Refusal`."""

    applies: Callable[[Refusal], bool]
    error: type[CloudflareError]
    what: str
    hint: str


CASES: dict[str, Case] = {
    "not the API": Case(
        lambda refusal: not refusal.is_from_the_api,
        FixAccessError,
        "Cloudflare's API was not reached: a proxy or Cloudflare's edge answered {0.status}.",
        f"To fix it, {_ON_THE_WAY}",
    ),
    "another address": Case(
        lambda refusal: bool(refusal.is_refused and _FROM_ELSEWHERE.search(refusal.text)),
        FixAccessError,
        "Cloudflare does not accept the API token from this server's address ({0.said}).",
        "Allow this address in the token's client IP address filter, in the Cloudflare dashboard.",
    ),
    "not enabled": Case(
        lambda refusal: refusal.code == _NOT_ENABLED_CODE,
        FixAccessError,
        "Zero Trust was never enabled on this account ({0.said}).",
        "Enable Access in the Cloudflare dashboard, or leave the account out with CLOUDFLARE_ACCOUNT_IDS.",
    ),
    "no route": Case(
        lambda refusal: refusal.code in _NO_ROUTE_CODES,
        FixAccessError,
        "Cloudflare knows no such address ({0.said}).",
        "Check the account ids in CLOUDFLARE_ACCOUNT_IDS, and CLOUDFLARE_API_BASE_URL.",
    ),
    "account-owned token": Case(
        lambda refusal: (
            (refusal.status == 400 and refusal.code == _NO_LIST_OF_ACCOUNTS_CODE)
            or bool(_ACCOUNT_OWNED.search(refusal.text))
        ),
        FixAccessError,
        "Cloudflare does not list accounts for this API token ({0.said}).",
        "Name the accounts to be read in CLOUDFLARE_ACCOUNT_IDS, and restart.",
    ),
    "bad token": Case(
        lambda refusal: (
            (refusal.code in _BAD_TOKEN_CODES and not _UNAUTHORIZED.search(refusal.text))
            or (refusal.is_refused and not refusal.permission)
        ),
        FixAccessError,
        "Cloudflare does not accept the API token ({0.said}).",
        "Create a new one, set CLOUDFLARE_API_TOKEN or write it into its file, and restart.",
    ),
    "too old": Case(
        lambda refusal: bool(_TOO_OLD.search(refusal.text)),
        TooOldError,
        "Cloudflare refuses this time as too old ({0.said}).",
        "Only newer time can be read.",
    ),
    "too long": Case(
        lambda refusal: bool(_TOO_LONG.search(refusal.text)),
        WindowTooLongError,
        "Cloudflare refuses so long a window ({0.said}).",
        "Shorter ones are requested automatically.",
    ),
    "accounts refused": Case(
        lambda refusal: refusal.is_refused and refusal.permission == ACCOUNTS_PERMISSION,
        FixAccessError,
        "Cloudflare refused to list the accounts ({0.said}).",
        "Give the token the permission “{0.permission}”, or name the accounts in CLOUDFLARE_ACCOUNT_IDS.",
    ),
    "permission missing": Case(
        lambda refusal: refusal.is_refused,
        FixAccessError,
        "Cloudflare refused ({0.said}).",
        "Give the token the permission “{0.permission}” on this account; a new permission can take a minute to work.",
    ),
    "rejected": Case(
        lambda refusal: True,
        RejectedRequestError,
        "Cloudflare rejected the request for {0.asked} ({0.said}).",
        "It is retried automatically, less and less often; if it keeps happening, ask Cloudflare's support.",
    ),
}


def error_from(response: httpx.Response, answer: Any, permission: str) -> CloudflareError | None:
    """Name what is wrong with an answer; None if it is a good one.

    `answer` is the decoded body, None if it is not JSON. `permission` is the token permission that the request needs,
    for the sentence that says how to fix a refusal; "" if any valid token will do.
    """
    refusal = Refusal.of(response, answer, permission)
    if passing := _passing(response, refusal):
        return passing
    if 300 <= refusal.status < 400:
        return _error(
            RejectedRequestError,
            refusal,
            f"Cloudflare's address answered {refusal.status} and points elsewhere{_destination(response)}; that was "
            "not followed, and nothing was stored. Check CLOUDFLARE_API_BASE_URL, and any proxy on the way.",
        )
    case = next(case for case in CASES.values() if case.applies(refusal))
    if refusal.status >= 400 or (refusal.is_from_the_api and case.error is not RejectedRequestError):
        return _error(case.error, refusal, f"{case.what} {case.hint}".format(refusal))
    return _flaw_of_a_good_status(answer, refusal)


def _passing(response: httpx.Response, refusal: Refusal) -> CloudflareError | None:
    """What passes by itself: a token over its limit, and a server in trouble."""
    facts = {"status": refusal.status, "code": refusal.code}
    if refusal.status == 429 or refusal.code in RATE_LIMIT_CODES:
        pause = _retry_after(response, LONGEST_PAUSE_SECONDS)
        return RetryLaterError(
            f"Cloudflare asks for a pause of {pause:.0f} s ({refusal.said}): its limit of calls per five minutes is "
            "used up.",
            retry_after=pause,
            **facts,
        )
    if refusal.status < 500 and refusal.status != _REQUEST_TIMEOUT:
        return None
    words = f"Cloudflare answered {refusal.said}; it is retried automatically."
    if not refusal.is_from_the_api:
        words = (
            f"Cloudflare's API was not reached: a proxy or Cloudflare's edge answered {refusal.status}. It is retried "
            f"automatically; if it keeps happening, {_ON_THE_WAY}"
        )
    return RetryLaterError(words, retry_after=_retry_after(response, 0.0), **facts)


def _flaw_of_a_good_status(answer: Any, refusal: Refusal) -> CloudflareError | None:
    if answer is None:
        words = "Cloudflare's answer was cut short or is not JSON; it is retried automatically."
        return _error(RetryLaterError, refusal, words)
    if not isinstance(answer, dict) or answer.get("success") is not True:
        words = f"Cloudflare said that the request failed ({refusal.said}); it is retried automatically."
        return _error(RetryLaterError, refusal, words)
    if not isinstance(answer.get("result"), list | dict) and not _is_empty_list(answer):
        words = "Cloudflare's answer held no result; it is retried automatically."
        return _error(RetryLaterError, refusal, words)
    return None


def _is_empty_list(answer: dict[str, Any]) -> bool:
    """Whether a result that is null stands for a list without rows, as Go writes one: unless it counts some."""
    info = answer.get("result_info")
    count = info.get("count") if isinstance(info, dict) else 0
    return "result" in answer and answer["result"] is None and not count


def _error(kind: type[CloudflareError], refusal: Refusal, words: str) -> CloudflareError:
    return kind(words, status=refusal.status, code=refusal.code)


def _first_error(answer: Any) -> tuple[int, str]:
    """Cloudflare's code and text, from its envelope or from the flat bodies that some of its layers send."""
    if not isinstance(answer, dict):
        return 0, ""
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else answer
    code = first.get("code")
    text = first.get("message") or first.get("error") or ""
    return (code if isinstance(code, int) else 0), printable(str(text))


def _asked(response: httpx.Response) -> str:
    """The end of the address, without the account: equal faults of several accounts then read alike."""
    try:
        path = response.request.url.path
    except RuntimeError:
        return "this"
    return re.sub(r"^.*/accounts/[^/]+/", "", printable(path)).strip("/") or "this"


def quoted(text: str) -> str:
    """Cloudflare's own sentence as a quote within ours; blank if there is none."""
    return f"“{text.translate(_DOUBLE_QUOTES)}”" if text else ""


def _destination(response: httpx.Response) -> str:
    return f" (to {printable(response.next_request.url.host)})" if response.next_request else ""


def _retry_after(response: httpx.Response, default: float) -> float:
    try:
        pause = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return default
    return pause if math.isfinite(pause) else default
