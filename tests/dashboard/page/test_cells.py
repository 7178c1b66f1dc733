"""Single values as HTML: log text stays text, and keeps its writing direction to itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dashboard.page import cells
from dashboard.page.templatetags.page import field_value, pairs
from dashboard.page.viewer import Viewer
from tests.dashboard.reading import Page

MOMENT = datetime(2026, 7, 1, 9, 8, 7, 123456, tzinfo=UTC)
hostile = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>\"'&=/`{}% @\u202e\n"), min_size=1)

CELLS = {
    "text": cells.text,
    "narrowing": lambda value: cells.narrowing(value, f"?a={value}"),
    "identifier": lambda value: cells.identifier(value, value),
    "copy_button": lambda value: cells.copy_button(value, value),
    "address": cells.address,
    "scim_status": lambda value: cells.scim_status(value, False),
    "failed": lambda value: cells.scim_status(value, True),
    "resource_type": cells.resource_type,
    "method": cells.method,
    "field": lambda value: field_value("app_name", value),
    "field_to_copy": lambda value: field_value("user_email", value),
}


@pytest.mark.parametrize("name", CELLS)
@given(value=hostile)
def test_values_never_change_surrounding_markup(name, value):
    assume(value not in ("USER", "GROUP", "SUCCESS"))  # known words have a look of their own
    render = CELLS[name]
    # An address has an element more for its domain.
    harmless = render("x@x" if "@" in value else "x")
    assert Page(render(value)).skeleton == Page(harmless).skeleton


@pytest.mark.parametrize("name", ["text", "narrowing", "identifier", "address", "field", "field_to_copy"])
@given(value=hostile)
def test_value_is_complete_and_isolated(name, value):
    [isolated] = Page(CELLS[name](value)).all("bdi")
    assert "".join(isolated.pieces) == value


@pytest.mark.parametrize("render", [cells.text, cells.method, cells.resource_type, CELLS["narrowing"]])
def test_nothing_is_shown_as_nothing(render):
    assert render("") == cells.EMPTY


@pytest.mark.parametrize(("value", "domain"), [("ada@x.example", "@x.example"), ('"a@b"@c', "@c"), ("@x", "@x")])
def test_email_domain_is_set_apart(value, domain):
    page = Page(cells.address(value))
    assert (page.text, [span.text for span in page.all("span")]) == (value, [domain])


def test_invalid_email_is_plain_text():
    assert cells.address("ada") == cells.text("ada")


@pytest.mark.parametrize(("allowed", "word"), [(True, "Allowed"), (False, "Denied"), (None, "No result recorded")])
def test_result_is_shown_as_word(allowed, word):
    assert Page(cells.allowed(allowed)).text == word


@pytest.mark.parametrize(
    ("status", "failed", "word"),
    [
        ("FAILURE", True, "Failure"),
        ("ERROR", True, "Error"),
        ("SUCCESS", False, "Success"),
        ("PENDING", False, "PENDING"),
        ("", False, "No result recorded"),
    ],
)
def test_unknown_status_is_shown_unchanged(status, failed, word):
    assert Page(cells.scim_status(status, failed)).text == word


def test_time_shows_chosen_clock_first():
    berlin = ZoneInfo("Europe/Berlin")
    assert Page(cells.clock(MOMENT, Viewer())).text == "09:08:07"
    assert Page(cells.clock(MOMENT, Viewer(zone=berlin))).text == "09:08:07 11:08"
    assert Page(cells.clock(MOMENT, Viewer(zone=berlin, clock="local"))).text == "11:08:07 09:08"


def test_time_names_day_and_exact_moment():
    page = Page(cells.clock(MOMENT, Viewer(zone=ZoneInfo("Asia/Tokyo"), clock="local"), with_day=True))
    assert page.text == "1 Jul 18:08:07 09:08"
    assert page.all("time")[0].attrs["datetime"] == "2026-07-01T09:08:07.123456Z"


def test_unlabelled_icon_is_hidden_from_readers():
    [silent], [speaking] = (Page(cells.icon(*words)).all("svg") for words in (["x"], ["x", "Close"]))
    assert silent.attrs["aria-hidden"] == "true"
    assert (speaking.attrs["role"], speaking.attrs["aria-label"]) == ("img", "Close")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("allowed", True, "true"),
        ("allowed", False, "false"),
        ("allowed", None, "–"),
        ("user_email", "", "–"),
        ("created_at", MOMENT, "2026-07-01T09:08:07.123456Z"),
        ("app_uid", "a-1", "a-1"),
        ("country", "NL", "NL"),
    ],
)
def test_field_uses_api_spelling(name: str, value: Any, text: str) -> None:
    assert Page(field_value(name, value)).text == text


@pytest.mark.parametrize("name", ["ray_id", "app_uid", "user_email", "ip_address", "idp_resource_id"])
def test_identifiers_can_be_copied(name):
    [button] = Page(field_value(name, "value")).all("button")
    assert (button.attrs["data-copy"], button.label) == ("value", f"Copy {name}")
    assert not Page(field_value("app_name", "value")).all("button")


def test_field_named_items_is_harmless():
    assert pairs({"items": "abc", "other": 1}) == [("items", "abc"), ("other", 1)]
