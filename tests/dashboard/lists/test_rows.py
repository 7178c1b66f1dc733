"""Rows are made in one go, and are what django-tables2 would make of them."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.utils.html import format_html_join

from dashboard.lists.tables import CORNERS
from dashboard.logins.tables import LoginTable
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from dashboard.people.tables import PeopleTable
from dashboard.scim.tables import ScimTable
from logsync.models import PersonAddress
from tests.dashboard.reading import Page


def table_of(kind, record):
    if kind is PeopleTable:
        address = PersonAddress(account=record.account, person="a<b@x")
        query_string = QueryString(QueryDict(""))
        return PeopleTable([address], viewer=Viewer(), query_string=query_string, has_accounts=True)
    return kind([record], query=QueryDict("columns=" + ",".join(kind.base_columns)), viewer=Viewer())


@pytest.fixture(params=[LoginTable, ScimTable, PeopleTable], ids=["logins", "scim", "people"])
def table(request, make_login, make_update):
    hostile = {"request_body": "<b>"} if request.param is ScimTable else {"user_email": "<b>@x", "extra": {"a": "<b>"}}
    return table_of(request.param, (make_update if request.param is ScimTable else make_login)(**hostile))


def test_cells_match_those_of_table(table):
    [row] = table.rows
    cells = [(column.attrs["td"].as_html(), cell) for column, cell in row.items()]
    assert table.cells(row.record) == format_html_join("", "<td {}>{}</td>", cells)
    assert "<b>" not in table.cells(row.record)


def test_cells_on_cards_keep_cell_role(table):
    [row] = table.rows
    assert {cell.attrs.get("role") for cell in Page(f"<tr>{table.cells(row.record)}").all("td")} == {"cell"}


def test_cells_say_heading_or_have_place(table):
    [row] = table.rows
    cells = Page(f"<tr>{table.cells(row.record)}").all("td")
    placed = [cell for cell in cells if CORNERS & set(str(cell.attrs["class"]).split())]
    labels = [cell.attrs["data-label"] for cell in cells if cell not in placed]
    assert len(placed) >= 3
    assert len(labels) >= 2
    assert set(labels) <= {str(column.header) for column in table.columns}
