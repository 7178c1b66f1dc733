"""Fisher's exact test, one-sided, with Tarone's choice of tests and Holm's correction for many tests.

A table is [a, b; c, d]: the denied with and without a value, then the allowed with and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma


def p_value(a: int, b: int, c: int, d: int) -> float:
    """The chance that at least `a` of the denied have the value if it has nothing to do with being denied."""
    with_it, denied, everybody = a + c, a + b, a + b + c + d
    if a <= max(0, with_it + denied - everybody):
        return 1.0
    term = _chance(a, with_it, denied, everybody)
    total = 0.0
    for count in range(a, min(with_it, denied) + 1):
        total += term
        if term < total * 1e-17:
            break
        left = everybody - with_it - denied + count + 1
        term *= (with_it - count) / (count + 1) * (denied - count) / left
    return min(total, 1.0)


def least_p_value(with_it: int, denied: int, everybody: int) -> float:
    """The smallest p that a value of this many people can reach (Tarone 1990): with as many as possible denied."""
    return min(_chance(min(with_it, denied), with_it, denied, everybody), 1.0)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number (Holm 1979), in the same order."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min((len(p_values) - rank) * p_values[at], 1.0))
        adjusted[at] = highest
    return adjusted


def _chance(count: int, with_it: int, denied: int, everybody: int) -> float:
    """The chance that exactly `count` of the denied have the value: the hypergeometric distribution."""
    ways = _log_ways(with_it, count) + _log_ways(everybody - with_it, denied - count)
    return exp(ways - _log_ways(everybody, denied))


def _log_ways(all: int, some: int) -> float:
    return lgamma(all + 1) - lgamma(some + 1) - lgamma(all - some + 1)
