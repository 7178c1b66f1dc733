"""Fisher's exact test against numbers that SciPy gave, and what keeps many tests honest."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight.comparison.fisher import holm, least_p_value, p_value
from tests.examples import examples

few = st.integers(0, 40)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((12, 2, 3, 57), 1.721e-09),
        ((9, 0, 40, 20), 0.03625),
        ((5, 0, 0, 5), 0.003968),
        ((3, 2, 0, 60), 0.0002289),
        ((6, 8, 20, 40), 0.3531),
        ((30, 20, 30, 70), 0.0004057),
        ((4, 1, 1, 4), 0.1032),
    ],
    ids=str,
)
def test_p_values_match_reference_program(table, p):
    assert p_value(*table) == pytest.approx(p, rel=5e-4)


def _exactly(a, b, c, d):
    """The same by whole numbers."""
    with_it, denied, everybody = a + c, a + b, a + b + c + d
    ways = range(a, min(with_it, denied) + 1)
    return sum(comb(with_it, k) * comb(everybody - with_it, denied - k) for k in ways) / comb(everybody, denied)


@examples(100)
@given(few, few, few, few)
def test_p_values_are_exact(a, b, c, d):
    p = p_value(a, b, c, d)
    assert 0 <= p <= 1
    assert p == pytest.approx(_exactly(a, b, c, d), rel=1e-11)


@examples(50)
@given(few, few, few, few)
def test_p_value_is_symmetric(a, b, c, d):
    assert p_value(a, b, c, d) == pytest.approx(p_value(a, c, b, d), rel=1e-11)


@examples(50)
@given(few, few, few, few)
def test_no_equal_table_has_smaller_p(a, b, c, d):
    assert least_p_value(a + c, a + b, a + b + c + d) <= p_value(a, b, c, d) * (1 + 1e-11)


@pytest.mark.parametrize("table", [(20_000, 5_000, 5_000, 20_000), (50_000, 0, 0, 50_000), (1, 9_999, 0, 40_000)])
def test_large_counts_are_handled(table):
    assert 0 <= p_value(*table) < 0.21


def test_adjusted_p_values_keep_monotonic():
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@examples(50)
@given(st.lists(st.floats(0, 1), max_size=20))
def test_adjustment_keeps_order_and_never_lowers(p_values):
    adjusted = holm(p_values)
    assert all(p <= after <= 1 for p, after in zip(p_values, adjusted, strict=True))
    assert [adjusted[at] for at in sorted(range(len(p_values)), key=p_values.__getitem__)] == sorted(adjusted)
