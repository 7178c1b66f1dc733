"""What an address can filter by."""

from __future__ import annotations

import pytest

from dashboard.page.links import LONGEST_VALUE, can_filter_by, can_filter_by_app


@pytest.mark.parametrize("value", ["a", "a b", "@", "x" * LONGEST_VALUE])
def test_a_plain_value_is_filtered_by(value):
    assert can_filter_by("known", value)


@pytest.mark.parametrize("value", ["", " a", "a ", "\n", "a\0b", "x" * (LONGEST_VALUE + 1)])
def test_a_value_no_filter_reads(value):
    assert not can_filter_by("known", value)


def test_an_app_may_lack_its_id():
    assert can_filter_by_app("")
    assert not can_filter_by_app(" ")
