"""Requests and answers, in the envelope of the Cloudflare API.

https://developers.cloudflare.com/fundamentals/api/how-to/make-api-calls/
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Query = field(default_factory=dict)
    token: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> "Request":
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            token=token.strip() if scheme.lower() == "bearer" else None,
        )


def at_once(body: bytes) -> Iterable[bytes]:
    return [body]


@dataclass(frozen=True)
class Answer:
    """`sent` cuts the body into the pieces that go out one after the other; `Content-Length` counts the whole."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    sent: Callable[[bytes], Iterable[bytes]] = at_once

    def with_headers(self, headers: Mapping[str, str]) -> "Answer":
        return replace(self, headers={**self.headers, **headers})


class Refused(Exception):  # noqa: N818  The API refuses; the simulator works as it should.
    """Carries the answer with which the API refuses the request."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


def as_json(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def success(result: object, **more: object) -> Answer:
    return as_json({"success": True, "errors": [], "messages": [], "result": result, **more})


def failure(status: int, code: int, message: str) -> Answer:
    errors = [{"code": code, "message": message}]
    return as_json({"success": False, "errors": errors, "messages": [], "result": None}, status)


THROTTLE = "Please wait and consider throttling your request speed"

NO_ROUTE = failure(404, 7003, "No route for the URI")
NO_METHOD = failure(405, 7001, "Method not available for that URI")
INVALID_TOKEN = failure(403, 9109, "Invalid access token")
AUTHENTICATION_ERROR = failure(403, 10000, "Authentication error")
UNKNOWN_APPLICATION = failure(404, 11021, "access.api.error.unknown_application")
UNKNOWN_PROVIDER = failure(404, 12135, "access.api.error.unknown_identity_provider")
# Cloudflare documents no codes for these.
UNKNOWN_POLICY = failure(404, 12136, "access.api.error.unknown_policy")
UNKNOWN_GROUP = failure(404, 12137, "access.api.error.unknown_group")
UNKNOWN_SERVICE_TOKEN = failure(404, 12138, "access.api.error.unknown_service_token")
UNKNOWN_USER = failure(404, 12139, "access.api.error.unknown_user")
UNKNOWN_LIST = failure(404, 2005, "list not found")
INVALID_REQUEST = failure(400, 12130, "access.api.error.invalid_request")
NOT_ENABLED = failure(
    403,
    9999,
    "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at "
    "https://dash.cloudflare.com/ and click the 'Enable Access' button.",
)
# Some of Cloudflare's services answer without the envelope.
INVALID_VALUE = as_json({"code": 12091, "message": "access.api.error.invalid_url_parameter_value"}, 400)
