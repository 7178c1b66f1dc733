"""A list of groups: one table class is its page and its CSV."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.http import QueryDict

from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.logins.by_app.tables import AppTable
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from dashboard.people.deprovisioned import LetInTable
from dashboard.scim.problems.tables import ProblemTable
from tests.dashboard.reading import lines_of, page_of, problems_in, records_of

LISTS = {
    "/logins/by-app/": "/logins/by-app.csv",
    "/scim/problems/": "/scim/problems.csv",
    "/people/deprovisioned/": "/people/deprovisioned.csv",
}


@dataclass
class Country:
    code: str
    denied: int
    share: float = 12.345
    key: str = "k"


class CountryTable(GroupedTable):
    default_sort = "-denied"

    share = GroupColumn(verbose_name="Share", cls="num")
    code = GroupColumn(verbose_name="Country", csv="country")
    denied = GroupColumn(verbose_name="Denied", csv=None)
    key = CsvColumn()

    class Meta:
        sequence = ("code", "...")

    def render_share(self, value):
        return f"{value:.0f} %"

    def value_share(self, record):
        return round(record.share, 1)


@pytest.fixture
def table():
    query_string = QueryString(QueryDict("range=7d"))
    countries = [Country("NL", 2), Country("DE", 5), Country("FR", 3)]
    return CountryTable(countries, viewer=Viewer(), query_string=query_string, sort="-denied")


def test_page_columns_keep_their_order(table):
    assert [column.name for column in table.columns] == ["code", "share", "denied"]


def test_csv_columns_follow_their_declaration(table):
    assert CountryTable.csv_columns() == ["share", "country", "key"]
    groups = (row.record for row in table.rows)
    assert list(table.csv_lines(groups)) == [[12.3, "DE", "k"], [12.3, "FR", "k"], [12.3, "NL", "k"]]


def test_rows_unfold_only_where_declared(table):
    assert [line.opening for line in table.lines] == [None] * 3
    table.unfolds = True
    assert table.lines[0].opening.open_href == "?range=7d&open=k"


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            AppTable,
            "account app_uid app_name denied before people share first last locked_out never_had_access denied_rows "
            "other_denied_rows",
        ),
        (
            ProblemTable,
            "key account idp_id request_method resource_type template state is_ignored open_resources "
            "healed_resources requests unnamed_requests first_seen last_seen",
        ),
        (
            LetInTable,
            "account user_email idp_id deprovisioned_at activity scim_key first_allowed_at minutes_to_first "
            "last_allowed_at minutes_to_last allowed_rows last_app_name last_ray_id user_deprovision",
        ),
    ],
)
def test_the_columns_of_each_csv_stay(table, columns):
    assert table.csv_columns() == columns.split()


@pytest.mark.parametrize("path", LISTS.values())
def test_csv_may_begin_with_coverage(path, all_logins_known, signed_in):
    plain, headed = (signed_in.get(path, query) for query in ({}, {"head": "coverage"}))
    comment, *lines = lines_of(headed)
    assert ",".join(comment) == f"# {headed['Coverage']}"
    assert lines == lines_of(plain)


@pytest.mark.parametrize("path", ["/logins/", "/scim/", *LISTS])
def test_an_unknown_head_is_refused(path, account, signed_in):
    page = signed_in.get(path, {"head": "all"})
    assert (page.status_code, problems_in(page)) == (400, ["head=all is not known here; the only head is coverage."])
    export = signed_in.get(path.removesuffix("/") + ".csv", {"head": "all"})
    assert (export.status_code, export.content) == (400, b"head=all is not known here; the only head is coverage.\n")


def test_export_link_counts_rows(make_login, signed_in):
    for app_uid in "ab":
        make_login(app_uid=app_uid)
    href = page_of(signed_in.get("/logins/by-app/?range=7d")).link("Export CSV, 2 rows")
    assert len(records_of(signed_in.get(href))) == 2
