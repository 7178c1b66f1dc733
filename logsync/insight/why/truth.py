"""Kleene's three-valued logic together with what a value is known by, as five numbers in a row.

Something may be met or not by the login's own row, met or not by older evidence, or unknown. From "not met by the row"
to "met by the row" these are -2 to 2, and then OR is the greatest, AND the least, and NOT the other sign. What comes
out is known by the row just if it follows from that alone, whatever the older evidence says.
"""

from __future__ import annotations

from collections.abc import Iterable

from logsync.insight.why.answer import Result, Source

MET, UNKNOWN, NOT_MET = 2, 0, -2
_RESULT = {
    2: (Result.MET, Source.ROW),
    1: (Result.MET, Source.OLDER),
    0: (Result.UNKNOWN, Source.NONE),
    -1: (Result.NOT_MET, Source.OLDER),
    -2: (Result.NOT_MET, Source.ROW),
}
_STRENGTH = {Source.ROW: 2, Source.OLDER: 1, Source.NONE: 0}
_SIGN = {Result.MET: 1, Result.UNKNOWN: 0, Result.NOT_MET: -1}


def truth(result: Result, source: Source) -> int:
    """A result and its source as one number."""
    return _SIGN[result] * _STRENGTH[source]


def result_and_source(value: int) -> tuple[Result, Source]:
    """What a number stands for."""
    return _RESULT[value]


def of_lists(include: Iterable[int], require: Iterable[int], exclude: Iterable[int]) -> int:
    """Whether three lists of rules are met together. Cloudflare lets nobody leave include empty: then it is unknown."""
    return min(max(include, default=UNKNOWN), *require, *(-value for value in exclude), MET)
