"""How a list is laid out: what the address says wins, what it leaves open is the person's own."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.logins.tables import LoginTable
from dashboard.saved.layouts import columns_in_order
from dashboard.saved.models import Layout
from dashboard.scim.tables import ScimTable
from tests.dashboard.reading import follow, lines_of, page_of, problems_in, rows_in

MINE = {"columns": ["ray_id", "country"], "sort": "ray_id", "density": "compact", "per_page": "25"}


@pytest.fixture
def shown(signed_in):
    """How a list is laid out for somebody: columns, order, density, and how many rows it shows."""

    def read(address="/logins/", browser=signed_in):
        context = browser.get(address).context
        table = context["table"]
        return table.shown, table.sort_name, context["density"], len(context["page"].rows)

    return read


@pytest.fixture
def logins(make_login):
    """More logins than a page has."""
    return [make_login() for _ in range(60)]


USUAL = (list(LoginTable.default_columns), "-created_at", "comfortable", 50)


# In the address


@pytest.mark.parametrize(("size", "rows"), [("25", 25), ("50", 50), ("100", 60), ("200", 60), ("", 50)])
def test_query_string_sets_page_size(size, rows, logins, shown):
    assert shown(f"/logins/?per_page={size}")[3] == rows


def test_other_page_size_shows_every_row(logins, signed_in):
    first = signed_in.get("/logins/?per_page=25")
    met, here = rows_in(first), first
    while page_of(here).has_link("More"):
        here = follow(signed_in, "/logins/", page_of(here).link("More"))
        met += rows_in(here)
    assert met == logins[::-1]


def test_query_string_sets_row_density(account, make_login, signed_in):
    make_login()
    for density, is_compact in (("compact", True), ("comfortable", False), ("", False)):
        [table] = page_of(signed_in.get(f"/logins/?density={density}")).all("table")[-1:]
        assert ("gh-compact" in (table.attrs["class"] or "")) is is_compact


@pytest.mark.parametrize("path", ["/logins/", "/scim/"])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("density=dense", "density=dense is not known here; choose one of comfortable, compact."),
        ("per_page=51", "per_page=51 is not known here; choose one of 25, 50, 100, 200."),
        ("per_page=1e9", "per_page=1e9 is not known here; choose one of 25, 50, 100, 200."),
        ("per_page=-25", "per_page=-25 is not known here; choose one of 25, 50, 100, 200."),
    ],
)
def test_unknown_layout_answers_400(path, query, sentence, account, signed_in):
    response = signed_in.get(f"{path}?{query}")
    assert response.status_code == 400
    assert problems_in(response) == [sentence]
    export = signed_in.get(f"{path.removesuffix('/')}.csv?{query}")
    assert (export.status_code, export.content.decode()) == (400, f"{sentence}\n")


# Remembered


def test_unsaved_layout_is_default(logins, shown):
    assert shown() == USUAL


def test_saved_layout_fills_in_query_string(logins, lay_out, shown):
    response = lay_out("remember", "country=NL", **MINE)
    assert response.redirect_chain == [("/logins/?country=NL", 302)]
    assert "Layout saved. This list now looks like this for you." in page_of(response).text
    assert shown("/logins/?country=NL") == shown() == (["ray_id", "country"], "ray_id", "compact", 25)


@pytest.mark.parametrize(
    ("query", "part", "value"),
    [
        ("columns=app_name", 0, ["app_name"]),
        ("sort=-created_at", 1, "-created_at"),
        ("density=comfortable", 2, "comfortable"),
        ("per_page=50", 3, 50),
    ],
)
def test_query_string_overrides_saved_layout(query, part, value, logins, lay_out, shown):
    lay_out("remember", **MINE)
    remembered = shown()
    here = shown(f"/logins/?{query}")
    assert here[part] == value
    assert [seen for place, seen in enumerate(here) if place != part] == [
        seen for place, seen in enumerate(remembered) if place != part
    ]


def test_layout_is_per_person_and_page(logins, lay_out, shown, kims_browser, make_update):
    make_update()
    lay_out("remember", **MINE)
    assert shown(browser=kims_browser) == USUAL
    assert shown("/scim/")[0] == list(ScimTable.default_columns)


def test_saving_layout_clears_query_string(logins, lay_out):
    response = lay_out("remember", "columns=app_name&sort=app_name&density=compact&per_page=200&q=x", **MINE)
    assert response.redirect_chain == [("/logins/?q=x", 302)]


def test_layout_applied_once_is_not_saved(logins, lay_out, shown):
    response = lay_out("once", "country=NL&columns=action", **MINE)
    assert response.wsgi_request.GET.dict() == {
        "country": "NL",
        "columns": "ray_id,country",
        "sort": "ray_id",
        "density": "compact",
        "per_page": "25",
    }
    assert not Layout.objects.exists()
    assert shown() == USUAL


def test_applying_once_keeps_saved_layout(logins, lay_out, shown):
    lay_out("remember", **MINE)
    lay_out("once", "columns=action", columns=["action", "app_name"])
    assert shown()[0] == ["ray_id", "country"]


def test_a_layout_can_be_forgotten(logins, lay_out, shown, signed_in):
    assert "Reset layout" not in page_of(signed_in.get("/logins/")).text
    lay_out("remember", **MINE)
    assert "Reset layout" in page_of(signed_in.get("/logins/")).text
    assert lay_out("forget", "country=NL&sort=ray_id").redirect_chain == [("/logins/?country=NL", 302)]
    assert shown() == USUAL


@pytest.mark.parametrize("act", ["remember", "forget"])
def test_change_of_layout_is_undone(act, logins, lay_out, shown, signed_in):
    lay_out("remember", **MINE)
    mine = shown()
    response = lay_out(act, "country=NL", **(MINE | {"density": "comfortable", "per_page": "25"}))
    assert shown() != mine
    assert [form for form in page_of(response).forms if form.attrs.get("action") == "/views/undo/"]
    assert signed_in.post("/views/undo/", follow=True).redirect_chain == [("/logins/?country=NL", 302)]
    assert shown() == mine


def test_first_layout_is_undone(logins, lay_out, shown, signed_in):
    lay_out("remember", **MINE)
    signed_in.post("/views/undo/")
    assert shown() == USUAL
    assert not Layout.objects.exists()


def test_layout_without_columns_uses_default(logins, lay_out, shown):
    lay_out("remember", density="compact")
    assert shown() == (USUAL[0], "-created_at", "compact", 50)


def test_later_layout_replaces_earlier(logins, lay_out, shown):
    lay_out("remember", **MINE)
    lay_out("remember", **(MINE | {"density": "comfortable"}))
    assert shown()[2] == "comfortable"
    assert Layout.objects.count() == 1


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"columns": ["colour"]}, "There is no column “colour”"),
        ({"columns": ["x" * 10_000]}, "There is no column"),
        ({"sort": "colour"}, "The list cannot be sorted by “colour”"),
        ({"density": "dense"}, "density=dense is not known here"),
        ({"per_page": "7"}, "per_page=7 is not known here"),
    ],
)
@pytest.mark.parametrize("act", ["once", "remember"])
def test_invalid_layout_is_not_saved(act, choice, words, account, lay_out):
    response = lay_out(act, "country=NL", **choice)
    assert words in page_of(response).text
    assert response.redirect_chain == [("/logins/?country=NL", 302)]
    assert not Layout.objects.exists()


def test_vanished_column_is_skipped(logins, sam, shown):
    Layout.objects.create(
        user=sam, page="logins:list", columns="colour,ray_id", sort="colour", density="x", per_page="7"
    )
    assert shown() == (["ray_id"], "-created_at", "comfortable", 50)


@pytest.mark.parametrize("page", ["", "logins:by-app", "sync:page", "nowhere", "sign-out", "x" * 10_000])
def test_only_event_lists_have_layouts(page, account, lay_out):
    assert lay_out("remember", page=page, **MINE).status_code == 404
    assert not Layout.objects.exists()


def test_layout_is_deleted_with_its_user(lay_out, account, sam):
    lay_out("remember", **MINE)
    sam.delete()
    assert not Layout.objects.exists()


# Shared


def test_copied_link_shows_same_layout(logins, lay_out, shown, signed_in, kims_browser):
    lay_out("remember", **MINE)
    here = shown("/logins/?country=NL&range=7d")
    link = page_of(signed_in.get("/logins/?country=NL&range=7d")).link("Copy link")
    assert shown("/logins/" + link, browser=kims_browser) == here


def test_copied_link_includes_defaults(logins, lay_out, shown, signed_in, kims_browser):
    link = page_of(kims_browser.get("/logins/")).link("Copy link")
    lay_out("remember", **MINE)
    assert shown("/logins/" + link) == USUAL


def test_copied_link_keeps_page_cursor(logins, lay_out, signed_in, kims_browser):
    lay_out("remember", **MINE)
    more = page_of(signed_in.get("/logins/")).link("More")
    there = follow(signed_in, "/logins/", more)
    received = kims_browser.get("/logins/" + page_of(there).link("Copy link"))
    assert rows_in(received) == rows_in(there)


# Exports


@pytest.mark.parametrize("query", ["", "range=7d", "columns=app_name"])
def test_export_ignores_saved_layout(query, logins, lay_out, signed_in, kims_browser):
    lay_out("remember", **MINE)
    assert page_of(signed_in.get(f"/logins/?{query}")).link("Export CSV") == f"/logins.csv?{query}"
    assert lines_of(signed_in.get(f"/logins.csv?{query}")) == lines_of(kims_browser.get(f"/logins.csv?{query}"))


# The menu


def test_menu_lists_shown_columns_first(account, lay_out, signed_in):
    lay_out("remember", **MINE)
    page = page_of(signed_in.get("/logins/"))
    boxes = [box for box in page.all("input") if box.attrs.get("name") == "columns"]
    rest = [name for name in LoginTable.base_columns if name not in MINE["columns"]]
    assert [box.attrs["value"] for box in boxes] == [*MINE["columns"], *rest]
    assert [box.attrs["value"] for box in boxes if "checked" in box.attrs] == MINE["columns"]


def test_menu_sends_current_layout(logins, lay_out, shown, signed_in):
    lay_out("remember", **MINE)
    page = page_of(signed_in.get("/logins/"))
    [form] = [form for form in page.forms if form.attrs.get("action") == "/views/layout/"]
    values = QueryDict(mutable=True)
    for name, value in form.fields:
        values.appendlist(name, value)
    Layout.objects.all().delete()
    lay_out("remember", **dict(values.lists()))
    assert shown() == (["ray_id", "country"], "ray_id", "compact", 25)


def sent(columns, **places):
    """What the menu sends: the chosen columns, and the number beside each of a, b, c, d, e."""
    query = QueryDict(mutable=True)
    query.setlist("columns", columns)
    for number, name in enumerate("abcde", start=1):
        query[f"place.{name}"] = places.get(name, str(number))
    return query


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ({}, "abcde"),
        ({"d": "2"}, "adbce"),
        ({"b": "4"}, "acdbe"),
        ({"e": "1"}, "eabcd"),
        ({"a": "9"}, "bcdea"),
        ({"a": "5", "e": "1"}, "ebcda"),
        ({"c": "0"}, "cabde"),
        ({"c": ""}, "abcde"),
        ({"c": "first", "b": "-1", "a": "9" * 9999}, "abcde"),
    ],
)
def test_number_moves_its_column(places, order):
    assert columns_in_order(sent("abcde", **places)) == list(order)


def test_unnumbered_columns_keep_their_order():
    assert columns_in_order(QueryDict("columns=c&columns=a&columns=b&columns=a")) == ["c", "a", "b"]


@given(st.permutations("abcde"), st.dictionaries(st.sampled_from("abcde"), st.text(max_size=6)))
def test_no_number_loses_a_column(columns, places):
    assert sorted(columns_in_order(sent(columns, **places))) == list("abcde")
