"""Headers sort by their column, and say which way a list is sorted."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from dashboard.lists.tables import sort_problems
from dashboard.logins.by_app.tables import AppTable
from dashboard.logins.tables import LoginTable
from dashboard.page.viewer import Viewer
from dashboard.scim.tables import ScimTable
from tests.dashboard.reading import follow, page_of, rows_in


def table(query="", rows=()):
    return LoginTable(rows, query=QueryDict(query), viewer=Viewer())


def links(query):
    return {link.name: link for link in table(query).sort_links}


def test_headers_sort_ascending_but_times_descending():
    offered = links("sort=country")
    assert offered["ray_id"].href == "?sort=ray_id"
    assert offered["created_at"].href == "?sort=-created_at"


def test_sorted_header_reverses_order():
    assert links("sort=ray_id")["ray_id"].href == "?sort=-ray_id"
    assert links("sort=-ray_id")["ray_id"].href == "?sort=ray_id"
    assert links("")["created_at"].href == "?sort=created_at"
    assert links("sort=created_at")["created_at"].href == "?sort=-created_at"


def test_only_sorted_header_says_so():
    said = {name: link.aria_sort for name, link in links("sort=-country").items() if link.aria_sort}
    assert said == {"country": "descending"}
    assert links("")["created_at"].aria_sort == "descending"
    assert links("sort=created_at")["created_at"].aria_sort == "ascending"


def test_header_keeps_filters_and_resets_page():
    assert links("country=NL&after=x&open=y")["ray_id"].href == "?country=NL&sort=ray_id"


def test_unsortable_column_has_no_link(account, make_login, signed_in):
    make_login()
    page = page_of(signed_in.get("/logins/?columns=extra,account,ray_id"))
    assert not page.has_link("Extra")
    assert page.has_link("Ray ID")


def test_header_link_sorts_list(make_login, signed_in):
    rows = [make_login(country=country) for country in ("NL", "DE", "FR")]
    page = page_of(signed_in.get("/logins/"))
    assert rows_in(follow(signed_in, "/logins/", page.link("Country"))) == [rows[1], rows[2], rows[0]]


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("columns=ray_id", ["ray_id"]),
        ("columns=ray_id,created_at", ["ray_id", "created_at"]),
        ("columns=ray_id&columns=created_at", ["ray_id", "created_at"]),
        ("columns=", list(LoginTable.default_columns)),
        ("columns=,", list(LoginTable.default_columns)),
        ("", list(LoginTable.default_columns)),
    ],
)
def test_columns_are_chosen_by_their_names(query, columns):
    assert table(query).shown == columns
    assert [column.name for column in table(query).columns] == columns


def test_unknown_column_error_lists_valid_ones():
    [problem] = ScimTable.problems(QueryDict("columns=logged_at,colour"))
    assert problem.startswith("There is no column “colour”; the columns are logged_at, status, ")


@pytest.mark.parametrize("sort", ["-", "--created_at", "created_at-", "Created_At", "extra", "colour", "created_at,id"])
def test_unknown_sort_error_lists_valid_ones(sort):
    [problem] = LoginTable.problems(QueryDict(f"sort={sort}"))
    assert problem.startswith(f"The list cannot be sorted by “{sort}”; choose one of created_at, user_email, ")
    assert "extra," not in problem
    assert LoginTable.sort(QueryDict(f"sort={sort}")) == LoginTable.default_sort


@pytest.mark.parametrize("table", [LoginTable, ScimTable, AppTable])
def test_sort_is_optional_for_every_table(table):
    assert sort_problems(table, QueryDict("")) == sort_problems(table, QueryDict("sort=")) == []


def test_every_row_has_descriptive_button_label(make_login, make_update, signed_in):
    make_login(user_email="")
    make_update(resource_user_email="", resource_group_name="", cf_resource_id="", idp_resource_id="")
    assert page_of(signed_in.get("/logins/")).has_link("Details of a login without an address at 13:06:12")
    assert page_of(signed_in.get("/scim/")).has_link("Details of the request for no named resource at 13:06:12")
