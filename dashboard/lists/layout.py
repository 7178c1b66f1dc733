"""How a list is laid out: columns, order, density and page size, each a parameter of the address.

A page may fill in what the address leaves open (`filled_in`); a CSV never does, so that one address is one file for
everyone.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import QueryDict

LAYOUT = ("columns", "sort", "density", "per_page")
DENSITY = "comfortable"
DENSITIES = (DENSITY, "compact")
PAGE_SIZE = 50
PAGE_SIZES = (25, PAGE_SIZE, 100, 200)


def layout_problems(query: QueryDict) -> list[str]:
    """A sentence for an unknown density or page size; the table checks columns and sort."""
    known = {"density": DENSITIES, "per_page": tuple(map(str, PAGE_SIZES))}
    return [
        f"{name}={query[name]} is not known here; choose one of {', '.join(words)}."
        for name, words in known.items()
        if query.get(name) and query[name] not in words
    ]


def density_of(query: QueryDict) -> str:
    """How close together the rows are."""
    density = query.get("density", "")
    return density if density in DENSITIES else DENSITY


def page_size_of(query: QueryDict) -> int:
    """The most rows on a page."""
    return next((size for size in PAGE_SIZES if str(size) == query.get("per_page")), PAGE_SIZE)


def filled_in(query: QueryDict, layout: Mapping[str, str]) -> QueryDict:
    """The query, with parts of the layout added that it says nothing about."""
    filled = query.copy()
    for name in LAYOUT:
        if layout.get(name) and not any(query.getlist(name)):
            filled[name] = layout[name]
    return filled


def is_only_layout(query: QueryDict) -> bool:
    """True if the address asks for nothing but a layout."""
    return not any(any(query.getlist(name)) for name in query if name not in LAYOUT)
