"""What no address may hold, whatever page it asks for: a NUL character, or more than a page can take."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from dashboard.page.errors import refused

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
