"""What an answer means for the caller, and the sentence that says so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from logsync.cloudflare.advice import CASES as ADVICE
from logsync.cloudflare.advice import error_from
from logsync.cloudflare.errors import (
    LONGEST_PAUSE_SECONDS,
    FixAccessError,
    PausedError,
    RejectedRequestError,
    RetryLaterError,
    TooOldError,
    WindowTooLongError,
)
from logsync.cloudflare.permissions import ACCOUNTS_PERMISSION
from tests.logsync.cloudflare.answers import TOKEN, sample

PERMISSION = "Access: Audit Logs Read"
ERROR_BODIES = {name: case for name, case in sample("error_bodies").items() if name != "_source"}
SUCCESS = {"success": True, "errors": [], "messages": [], "result": []}

ENVELOPED, FLAT_ERROR, FLAT_MESSAGE = "enveloped", "code and error", "code and message"

PAUSED = {429}
REDIRECTED = {301, 302, 304, 307, 308}
BROKEN = {408, 500, 502, 503, 504, 520, 522, 524, 530}
REFUSED = {401, 403}
REJECTED = {400, 404, 405, 409, 422}
GOOD = {200}
BLOCKING = {971, 10429}
CLASS_OF_CODE = {
    1000: FixAccessError,
    6003: FixAccessError,
    7000: FixAccessError,
    7003: FixAccessError,
    9109: FixAccessError,
    9999: FixAccessError,
    10000: FixAccessError,
}
OTHER_CODES = {0, 11021, 12091, 12130}


ADDRESS = "https://api.cloudflare.example/client/v4/accounts/a1/access/logs/access_requests?since=2026-11-29T00:00:00Z"


def answer(status, body: Any, permission=PERMISSION, **headers: str):
    """The error, if any, of an answer as it comes over the wire: JSON, or bytes that are none."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = httpx.Request("GET", ADDRESS, headers={"Authorization": f"Bearer {TOKEN}"})
    response = httpx.Response(status, content=content, headers=headers, request=request)
    try:
        decoded = json.loads(content)
    except ValueError:
        decoded = None
    return error_from(response, decoded, permission)


def body_of(code, shape, message="a reason"):
    if shape == FLAT_ERROR:
        return {"code": code, "error": message}
    if shape == FLAT_MESSAGE:
        return {"code": code, "message": message}
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


def expected_class(status, code):
    """The whole table: what an error code says goes before what the status says, but for a server in trouble."""
    if status in PAUSED | BROKEN or code in BLOCKING:
        return RetryLaterError
    if status in REDIRECTED:
        return RejectedRequestError
    if code in CLASS_OF_CODE:
        return CLASS_OF_CODE[code]
    return {**dict.fromkeys(REFUSED, FixAccessError), **dict.fromkeys(REJECTED, RejectedRequestError)}.get(
        status, RetryLaterError
    )


@pytest.mark.parametrize("shape", [ENVELOPED, FLAT_ERROR, FLAT_MESSAGE])
@pytest.mark.parametrize("code", sorted(OTHER_CODES | BLOCKING | CLASS_OF_CODE.keys()))
@pytest.mark.parametrize("status", sorted(PAUSED | REDIRECTED | BROKEN | REFUSED | REJECTED | GOOD))
def test_status_and_code_choose_error(status, code, shape):
    error = answer(status, body_of(code, shape))
    assert type(error) is expected_class(status, code)
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("403_missing_permission", FixAccessError),
        ("403_invalid_token", FixAccessError),
        ("403_flat", FixAccessError),
        ("404_unknown_app", RejectedRequestError),
        ("400_per_page", RejectedRequestError),
        ("400_malformed_token", FixAccessError),
        ("access_not_enabled", FixAccessError),
        ("429", RetryLaterError),
        ("spec_failure_example", FixAccessError),
    ],
)
def test_every_known_error_body_is_parsed(name, kind):
    case = ERROR_BODIES[name]
    assert type(answer(case["status"], case["body"], **case.get("headers", {}))) is kind


def test_every_sample_is_tested():
    assert len(ERROR_BODIES) == 9


def test_a_good_answer_is_no_error():
    assert answer(200, SUCCESS) is None
    assert answer(200, SUCCESS | {"result": {"id": "1"}}) is None


@pytest.mark.parametrize("info", [{}, {"result_info": None}, {"result_info": {"count": 0, "total_count": 7}}])
def test_null_result_is_empty_list(info):
    assert answer(200, SUCCESS | {"result": None} | info) is None


def test_null_result_must_count_nothing():
    body = SUCCESS | {"result": None, "result_info": {"count": 3}}
    assert type(answer(200, body)) is RetryLaterError


# Answers with a good status that are not good


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html>cloudflare</html>",
        json.dumps(SUCCESS).encode()[:-5],
        b"",
        b"\xff\xfe",
        [],
        "text",
        7,
        {},
        {"result": []},
        SUCCESS | {"success": False},
        SUCCESS | {"success": "true"},
        SUCCESS | {"result": "none"},
        {"success": True},
    ],
)
def test_ok_status_with_bad_body_retries(body):
    assert type(answer(200, body)) is RetryLaterError


@pytest.mark.parametrize("errors", [None, {}, [], [None], ["text"], "text", [{}], [{"code": None, "message": None}]])
def test_errors_of_any_shape_are_survived(errors):
    error = answer(400, {"success": False, "errors": errors})
    assert (type(error), error.code) == (RejectedRequestError, 0)


@pytest.mark.parametrize(
    ("status", "kind"), [(403, FixAccessError), (502, RetryLaterError), (404, FixAccessError), (414, FixAccessError)]
)
@pytest.mark.parametrize("body", [b"<html>error 1020</html>", b"", None, {"error": "blocked by the proxy"}])
def test_edge_error_page_blames_edge(status, kind, body):
    error = answer(status, body)
    assert type(error) is kind
    assert f"API was not reached: a proxy or Cloudflare's edge answered {status}." in str(error)
    assert "check any proxy or firewall between here and Cloudflare, and CLOUDFLARE_API_BASE_URL" in str(error)


def test_rate_limit_refuses_every_token_call():
    is_block = {
        (status, code): answer(status, body_of(code, ENVELOPED)).is_block
        for status, code in [(429, 0), (429, 971), (500, 971), (200, 10429), (503, 0), (200, 1)]
    }
    assert [case for case, blocks in is_block.items() if not blocks] == [(503, 0), (200, 1)]


def test_refusal_without_permission_blames_token():
    response = httpx.Response(401)
    assert "does not accept the API token" in str(error_from(response, body_of(1000, ENVELOPED), permission=""))


def test_pause_differs_from_failure():
    waits = PausedError("Cloudflare was not asked.", retry_after=30)
    assert isinstance(waits, RetryLaterError)
    assert (waits.retry_after, waits.is_block, waits.status) == (30, False, 0)


# Pauses


def pause(status, code, **headers):
    return answer(status, body_of(code, ENVELOPED), **headers).retry_after


@pytest.mark.parametrize(("status", "code"), [(429, 971), (429, 10429), (429, 0), (500, 971), (403, 10429), (200, 971)])
def test_rate_limit_uses_requested_pause(status, code):
    assert pause(status, code, **{"Retry-After": "30"}) == 30


@pytest.mark.parametrize(("status", "code"), [(429, 971), (429, 10429), (429, 0), (500, 971), (200, 10429)])
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "nan"}, {"Retry-After": "inf"}])
def test_rate_limit_defaults_to_block_length(status, code, headers):
    assert pause(status, code, **headers) == LONGEST_PAUSE_SECONDS == 300


def test_pause_is_limited_to_five_minutes():
    assert pause(429, 971, **{"Retry-After": "86400"}) == 300
    assert pause(429, 971, **{"Retry-After": "-1"}) == 0


def test_server_error_may_request_pause():
    assert pause(503, 0, **{"Retry-After": "30"}) == 30
    assert pause(503, 0) == 0


# Sentences

BLOCKED = "Cannot use the access token from location: 192.0.2.30"
NO_LIST = "List accounts endpoint does not support account owned tokens."
TOO_OLD = "access.api.error.invalid_request: cannot request data older than 86400s"
TOO_LONG = "access.api.error.invalid_request: time range too large"
UNAUTHORIZED = "Unauthorized to access requested resource"

CASES: dict[str, tuple[int, Any, str]] = {
    "paused": (429, body_of(971, ENVELOPED), "asks for a pause of 300 s (429, code 971, “a reason”)"),
    "broken": (502, body_of(1001, ENVELOPED), "answered 502, code 1001, “a reason”; it is retried automatically"),
    "no permission": (403, body_of(10000, ENVELOPED), f"permission “{PERMISSION}” on this account"),
    "unauthorized": (403, body_of(9109, ENVELOPED, UNAUTHORIZED), f"“{UNAUTHORIZED}”). Give the token the permission"),
    "flat": (403, body_of(1010, FLAT_ERROR), "Cloudflare refused (403, code 1010, “a reason”)"),
    "another address": (403, body_of(9109, ENVELOPED, BLOCKED), f"“{BLOCKED}”). Allow this address in the token's"),
    "invalid token": (
        403,
        body_of(9109, ENVELOPED, "Invalid access token"),
        "(403, code 9109, “Invalid access token”). Create a new one, set CLOUDFLARE_API_TOKEN or write it into",
    ),
    "unknown token": (401, body_of(1000, ENVELOPED, "Invalid API Token"), "“Invalid API Token”). Create a new one"),
    "malformed token": (400, body_of(6003, ENVELOPED, "Invalid request headers"), "does not accept the API token"),
    "account-owned token": (400, body_of(1001, ENVELOPED, NO_LIST), f"“{NO_LIST}”). Name the accounts to be read in"),
    "no list of accounts": (400, body_of(1001, ENVELOPED), "CLOUDFLARE_ACCOUNT_IDS"),
    "never enabled": (403, body_of(9999, ENVELOPED), "“a reason”). Enable Access in the Cloudflare dashboard"),
    "rejected": (
        400,
        body_of(12091, FLAT_MESSAGE),
        "rejected the request for access/logs/access_requests (400, code 12091, “a reason”). It is retried",
    ),
    "too old": (
        400,
        body_of(12130, ENVELOPED, TOO_OLD),
        f"refuses this time as too old (400, code 12130, “{TOO_OLD}”)",
    ),
    "too long": (400, body_of(12130, ENVELOPED, TOO_LONG), f"refuses so long a window (400, code 12130, “{TOO_LONG}”)"),
    "cut short": (200, b'{"success":', "cut short or is not JSON"),
    "no route": (404, body_of(7003, ENVELOPED), "Check the account ids in CLOUDFLARE_ACCOUNT_IDS, and CLOUDFLARE_API"),
    "redirected": (302, b"", "answered 302 and points elsewhere; that was not followed, and nothing was stored"),
    "too slow to ask": (408, body_of(0, ENVELOPED), "answered 408, “a reason”; it is retried automatically"),
    "unsuccessful": (200, body_of(1, ENVELOPED), "said that the request failed (200, code 1, “a reason”)"),
    "without a result": (200, SUCCESS | {"result": "none"}, "held no result"),
}


@pytest.mark.parametrize(("status", "body", "words"), CASES.values(), ids=CASES)
def test_a_message_says_what_to_do(status, body, words):
    message = str(answer(status, body))
    assert words in message
    assert message.startswith(("Cloudflare", "Zero Trust"))
    assert message.endswith(".")
    assert message.replace(NO_LIST, "").count(". ") <= 1
    assert TOKEN not in message


@pytest.mark.parametrize("name", CASES)
def test_only_gatehouse_is_never_blamed(name):
    status, body, _ = CASES[name]
    assert "Gatehouse" not in str(answer(status, body))


@pytest.mark.parametrize(("name", "case"), ADVICE.items(), ids=ADVICE)
def test_advice_quotes_cloudflare_and_helps(name, case):
    assert "{0.said}" in case.what or name == "not the API"
    assert case.what.startswith("Cloudflare") or name == "not enabled"
    assert case.hint.endswith(".")


@pytest.mark.parametrize("body", [body_of(10000, ENVELOPED), body_of(9109, ENVELOPED, UNAUTHORIZED)])
def test_accounts_may_be_named_instead(body):
    message = str(answer(403, body, ACCOUNTS_PERMISSION))
    assert f"permission “{ACCOUNTS_PERMISSION}”, or name the accounts in CLOUDFLARE_ACCOUNT_IDS" in message


@pytest.mark.parametrize(
    "text",
    [
        "cannot request data older than 1d",
        "since is too old",
        "requested time is outside of the retention period",
        "cannot go too far back",
    ],
)
def test_too_old_time_is_recognised(text):
    assert type(answer(400, body_of(12130, ENVELOPED, text))) is TooOldError
    assert type(answer(200, body_of(0, ENVELOPED, text))) is TooOldError


@pytest.mark.parametrize(
    "text",
    [
        "query time range is too large. Time range can't be wider than 1d",
        "the window may be one hour at most",
        "maximum time range exceeded",
        "requested interval exceeds 3600s",
    ],
)
def test_too_long_window_is_recognised(text):
    assert type(answer(400, body_of(12130, ENVELOPED, text))) is WindowTooLongError


@pytest.mark.parametrize("text", ["invalid_url_parameter_value", "per_page must be at most 1000", "limit too large"])
def test_other_rejection_is_no_window(text):
    assert type(answer(400, body_of(12091, ENVELOPED, text))) is RejectedRequestError


def test_quotes_in_quote_are_plain():
    message = str(answer(403, body_of(10000, ENVELOPED, "you “may” not. Never.")))
    assert 'you "may" not. Never.”). Give' in message


def test_message_quotes_at_most_one_line():
    message = str(answer(400, body_of(1, ENVELOPED, "line\nwith \x00 and \ud800 " + "x" * 10_000)))
    assert len(message) < 500
    assert message.isprintable()


def test_message_never_quotes_body():
    body = {"success": False, "errors": [], "result": {"request_body": "hunter2"}}
    assert "hunter2" not in str(answer(400, body)) + str(answer(200, body))
