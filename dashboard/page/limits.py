"""What no request may hold, whatever it asks for, and how many of them one session may send."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from dashboard.page.errors import refused
from dashboard.permissions.declare import PUBLIC, declared_for
from logsync.words import counted

# Each value is a condition of a query, and SQLite takes no more than a thousand conditions.
MOST_VALUES = 100
# A form's long texts come by POST. A web server in front takes no more than about so much.
LONGEST_QUERY = 8_000


class AddressLimits:
    """Answers an address that breaks a limit with a sentence, and asks no page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        problems = problems_of(request.GET, len(request.META.get("QUERY_STRING", "")))
        if problems:
            return refused(request, 400, "This address can’t be read", problems)
        return self.get_response(request)


def problems_of(query: QueryDict, length: int) -> list[str]:
    """A sentence for each limit that a query string of this `length` breaks."""
    found = []
    if length > LONGEST_QUERY:
        found.append(f"This address is too long: {length:,} characters, and at most {LONGEST_QUERY:,} can be read.")
    count = sum(len(values) for _, values in query.lists())
    if count > MOST_VALUES:
        found.append(f"This address has {count:,} values, and at most {MOST_VALUES} can be read. Use fewer filters.")
    return found or [
        f"{name} holds a NUL character, which no row can hold. Take it out of the address."
        for name, values in query.lists()
        # PostgreSQL rejects a NUL, and SQLite takes it for the end of the text.
        if "\0" in name + "".join(values)
    ]


class RequestLimit:
    """Answers a session that sends more than `REQUESTS_PER_MINUTE` with a sentence; each process counts by itself.

    What is open to everybody, such as a health check, is never counted: signing in has limits of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.limit = RateLimitItemPerMinute(settings.REQUESTS_PER_MINUTE)
        self.counts = SlidingWindowCounterRateLimiter(MemoryStorage())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        session = "" if declared_for(view_func) == PUBLIC else request.session.session_key
        if not session or self.counts.hit(self.limit, session):
            return None
        seconds = max(math.ceil(self.counts.get_window_stats(self.limit, session).reset_time - time.time()), 1)
        words = (
            f"More than {settings.REQUESTS_PER_MINUTE:,} requests came from this session within a minute. "
            f"Nothing was changed. Wait {counted(seconds, 'second')}, then try again."
        )
        response = refused(request, 429, "Too many requests", [words])
        response["Retry-After"] = str(seconds)
        return response
