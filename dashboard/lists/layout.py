"""How a list is laid out: its columns, order, density and page size, each a parameter of the address.

What the address leaves open may be filled in before a page is made (`filled_in`); an export never is, so one address
is one file for everybody.
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
    """A sentence for a density and a page size that there are not; columns and sort are the table's to judge."""
    known = {"density": DENSITIES, "per_page": tuple(map(str, PAGE_SIZES))}
    return [
        f"{name}={query[name]} is not known here; choose one of {', '.join(words)}."
        for name, words in known.items()
        if query.get(name) and query[name] not in words
    ]


def density_of(query: QueryDict) -> str:
    """How close the rows stand."""
    density = query.get("density", "")
    return density if density in DENSITIES else DENSITY


def page_size_of(query: QueryDict) -> int:
    """How many rows a page has at most."""
    return next((size for size in PAGE_SIZES if str(size) == query.get("per_page")), PAGE_SIZE)


def filled_in(query: QueryDict, layout: Mapping[str, str]) -> QueryDict:
    """The query, where it says nothing about a part of the layout with the value of that part given here."""
    filled = query.copy()
    for name in LAYOUT:
        if layout.get(name) and not any(query.getlist(name)):
            filled[name] = layout[name]
    return filled


def is_only_layout(query: QueryDict) -> bool:
    """True for the default address of a list: nothing is asked of it, however it is laid out."""
    return not any(any(query.getlist(name)) for name in query if name not in LAYOUT)
