"""Links keep what is chosen and change one thing."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.page.query_string import PLACE, QueryString

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
pairs = st.lists(st.tuples(words, words), max_size=6)


def address_of(query: str) -> QueryString:
    return QueryString(QueryDict(query))


def written(pairs: list[tuple[str, str]]) -> QueryString:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    return QueryString(query)


def read(href: str) -> list[tuple[str, str]]:
    return parse_qsl(href.removeprefix("?"), keep_blank_values=True, strict_parsing=href != "?")


def test_link_replaces_one_parameter_only():
    assert address_of("a=1&b=2&b=3").replacing(b="4", c="5") == "?a=1&b=4&c=5"


def test_parameter_may_have_several_values():
    assert address_of("a=1").replacing(a=["2", "3"]) == "?a=2&a=3"


def test_none_removes_parameter():
    assert address_of("a=1&b=2").replacing(a=None) == "?b=2"


def test_empty_query_string_is_question_mark():
    assert address_of("a=1").replacing(a=None) == "?"


def test_empty_parameters_are_left_out():
    assert address_of("a=&b=2").replacing() == "?b=2"


@pytest.mark.parametrize("name", PLACE)
def test_changed_list_starts_at_first_page(name):
    address = address_of(f"{name}=x&a=1")
    assert address.replacing(b="2") == "?a=1&b=2"
    assert address.without("a", "1") == "?"
    assert address.hidden() == [("a", "1")]


def test_link_to_same_list_keeps_cursor():
    assert address_of("after=x&a=1").here(open="k") == "?after=x&a=1&open=k"
    assert address_of("after=x&open=k").here(open=None) == "?after=x"


def test_one_of_several_values_is_removed():
    assert address_of("a=1&a=2&b=1").without("a", "1") == "?a=2&b=1"


def test_form_carries_other_parameters_along():
    assert address_of("a=1&b=2&b=3&c=4").hidden("a", "c") == [("b", "2"), ("b", "3")]


@given(pairs)
def test_links_keep_every_parameter(pairs):
    kept = [pair for pair in pairs if pair[0] not in PLACE]
    assert sorted(read(written(pairs).replacing())) == sorted(kept)


@given(pairs, words)
def test_any_value_can_be_requested(pairs, value):
    assert read(written(pairs).replacing(wanted=value))[-1] == ("wanted", value)
