"""Query strings made from the page's own: a page is a URL, so a link keeps what is chosen and changes one thing."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import QueryDict

# Positions in a list, which time of this page is compared, what is being typed into its filter box, and which facet
# shows all its values; they mean nothing in another list.
PLACE = ("after", "before", "open", "arrived_after", "compared", "filter", "complete", "facet", "facet_text")


class QueryString:
    """The query string of a page, and links that differ from it in one thing."""

    def __init__(self, query: QueryDict) -> None:
        self._pairs = [(name, value) for name, values in query.lists() for value in values if value != ""]

    def replacing(self, **values: str | Iterable[str] | None) -> str:
        """The query string with these parameters set anew; None takes one away."""
        pairs = [(name, value) for name, value in self._pairs if name not in values and name not in PLACE]
        for name, value in values.items():
            if value is not None:
                pairs += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        return _encode(pairs)

    def here(self, **values: str | None) -> str:
        """As `replacing`, but at the same place of the list."""
        pairs = [(name, value) for name, value in self._pairs if name not in values]
        return _encode(pairs + [(name, value) for name, value in values.items() if value is not None])

    def without(self, name: str, value: str) -> str:
        """The query string without one value of a parameter."""
        return _encode(
            [pair for pair in self._pairs if pair != (name, value) and pair[0] not in PLACE],
        )

    def hidden(self, *left_out: str) -> list[tuple[str, str]]:
        """The hidden fields of a form."""
        return [pair for pair in self._pairs if pair[0] not in left_out and pair[0] not in PLACE]


def _encode(pairs: list[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}"
