"""95 % confidence intervals of a share and of the difference between two shares."""

from __future__ import annotations

from math import sqrt

Z = 1.959964  # 95 % of a normal distribution lie within this many standard deviations.


def wilson(count: int, total: int) -> tuple[float, float]:
    """The interval of the share `count / total` (Wilson 1927); `total` must not be 0."""
    share, z2 = count / total, Z * Z
    middle = share + z2 / (2 * total)
    spread = Z * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max((middle - spread) / (1 + z2 / total), 0.0), min((middle + spread) / (1 + z2 / total), 1.0)


def least_difference(a: int, denied: int, c: int, allowed: int) -> float:
    """The lower bound of the difference a/denied - c/allowed (Newcombe 1998, method 10)."""
    first, second = a / denied, c / allowed
    low, high = wilson(a, denied)[0], wilson(c, allowed)[1]
    return first - second - sqrt((first - low) ** 2 + (high - second) ** 2)
