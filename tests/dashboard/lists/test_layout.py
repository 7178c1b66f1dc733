"""How a list is laid out, as far as an address says."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from dashboard.lists.layout import (
    DENSITY,
    PAGE_SIZE,
    density_of,
    filled_in,
    is_only_layout,
    layout_problems,
    page_size_of,
)
from tests.dashboard.reading import page_of


@pytest.mark.parametrize("query", ["", "density=&per_page=", "density=dense&per_page=51", "per_page=0200"])
def test_unknown_layout_uses_default(query):
    asked = QueryDict(query)
    assert (density_of(asked), page_size_of(asked)) == (DENSITY, PAGE_SIZE)


def test_each_unknown_part_has_a_sentence():
    assert len(layout_problems(QueryDict("density=dense&per_page=51"))) == 2
    assert layout_problems(QueryDict("density=compact&per_page=25")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "density=compact&sort=ray_id"),
        ("sort=", "sort=ray_id&density=compact"),
        ("sort=country", "sort=country&density=compact"),
        ("country=NL&density=comfortable", "country=NL&density=comfortable&sort=ray_id"),
        ("columns=a&columns=b", "columns=a&columns=b&density=compact&sort=ray_id"),
    ],
)
def test_layout_fills_in_missing_parameters(query, expected):
    layout = {"density": "compact", "sort": "ray_id", "columns": "", "colour": "red"}
    asked = QueryDict(query)
    assert filled_in(asked, layout) == QueryDict(expected)
    assert asked.urlencode() == query


@pytest.mark.parametrize(
    ("query", "is_so"),
    [
        ("", True),
        ("sort=a&columns=b&density=compact&per_page=25", True),
        ("q=&range=", True),
        ("q=x", False),
        ("sort=a&open=x", False),
    ],
)
def test_layout_parameters_keep_query_default(query, is_so):
    assert is_only_layout(QueryDict(query)) is is_so


def test_hidden_sort_column_shows_no_days(make_login, signed_in):
    make_login()
    page = page_of(signed_in.get("/logins/?sort=ray_id&columns=created_at"))
    assert not [head for head in page.all("th") if head.attrs.get("scope") == "rowgroup"]
    assert not [head for head in page.all("th") if "aria-sort" in head.attrs]
