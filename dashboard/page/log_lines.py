"""Log lines: each is one JSON object in ASCII, so that nothing that is logged can make a line, or move a terminal.

No line holds the address that somebody asked for, since it may name a person: the pattern of the URL stands for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.typing import EventDict, WrappedLogger

logger = logging.getLogger("dashboard.access")
# What a line of the access log says besides; other lines have no such words.
OF_A_REQUEST = ("method", "route", "status", "milliseconds")


class AccessLog:
    """Writes a line for each request, without its address and without what was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response = self.get_response(request)
        taken = round((time.monotonic() - started) * 1000)
        said = {"method": request.method, "route": route_of(request), "status": response.status_code}
        logger.info("request", extra=said | {"milliseconds": taken})
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern of a request's URL: "people/<address:email>/"; blank where no page is."""
    return request.resolver_match.route if request.resolver_match else ""


def json_lines() -> logging.Formatter:
    """What makes a JSON object of whatever is logged."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.ExtraAdder(OF_A_REQUEST),
            _without_address,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        pass_foreign_args=True,
    )


def _without_address(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put the pattern of the URL in place of the path that Django names in its messages about a request."""
    arguments, request = event.pop("positional_args", ()), getattr(event["_record"], "request", None)
    if isinstance(request, HttpRequest) and isinstance(arguments, tuple) and arguments:
        # As Django writes it.
        path = request.path.encode("unicode_escape").decode("ascii")
        words = tuple(f"/{route_of(request)}" if argument == path else argument for argument in arguments)
        event["event"] = str(event["_record"].msg) % words
    return event
