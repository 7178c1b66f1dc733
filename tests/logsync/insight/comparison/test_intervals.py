"""Wilson's interval and Newcombe's bound against printed numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight.comparison.intervals import least_difference, wilson
from tests.examples import examples


@pytest.mark.parametrize(("count", "total", "low", "high"), [(12, 14, 0.6006, 0.9599), (3, 60, 0.0171, 0.1370)])
def test_the_interval_of_a_share(count, total, low, high):
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


def test_the_least_difference_of_two_shares():
    assert least_difference(12, 14, 3, 60) == pytest.approx(0.5362, abs=5e-5)


@examples(100)
@given(st.integers(1, 1000), st.integers(1, 1000), st.data())
def test_share_lies_within_its_interval(denied, allowed, data):
    a, c = data.draw(st.integers(0, denied)), data.draw(st.integers(0, allowed))
    low, high = wilson(a, denied)
    assert 0 <= low <= a / denied + 1e-12
    assert a / denied - 1e-12 <= high <= 1
    assert -1 - 1e-12 <= least_difference(a, denied, c, allowed) <= a / denied - c / allowed + 1e-12
