"""What stands out among the denied, by an exact test of every value that could stand out at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from logsync.insight.comparison.fisher import holm, least_p_value, p_value
from logsync.insight.comparison.intervals import least_difference
from logsync.insight.comparison.observations import Field, Observation

# Don't compare fewer people than this on a side; a value that fewer of the denied share is no pattern.
FEWEST_PEOPLE, FEWEST_WITH_IT = 5, 3
SIGNIFICANT = 0.01
MOST_LINES = 5

Value = tuple[Field, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A value, and how many of the denied and of the allowed have it.

    `difference` is that of the two shares and `least` its lower bound; `p` is adjusted for all tests. `same_people` are
    other values that exactly these people have. `is_significant` is true if chance hardly makes such a difference,
    `stands_out` if it is also large, and of more than a few people.
    """

    field: Field
    value: str
    denied: int
    allowed: int
    difference: float
    least: float
    p: float
    same_people: tuple[Value, ...] = ()
    is_significant: bool = True
    stands_out: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing `denied` with `allowed` people by `tested` values.

    `lines` are the values that stand out, largest sure difference first; `small` those that are significant and still
    don't, as the difference is small or of few people. `others` are the commonest values among the denied of which
    neither is so. `shared` are the values that all the denied have, if too few people were allowed to compare with.
    """

    denied: int
    allowed: int
    tested: int = 0
    lines: tuple[Line, ...] = ()
    small: tuple[Line, ...] = ()
    others: tuple[Line, ...] = ()
    shared: tuple[Value, ...] = ()

    @property
    def has_enough_denied(self) -> bool:
        return self.denied >= FEWEST_PEOPLE

    @property
    def has_enough_allowed(self) -> bool:
        return self.allowed >= FEWEST_PEOPLE


def compare(observations: Iterable[Observation]) -> Comparison:
    """Compare the denied with the allowed; their order makes no difference."""
    people = list(observations)
    denied, allowed = _counted(people, is_denied=True), _counted(people, is_denied=False)
    all_denied = sum(one.is_denied for one in people)
    all_allowed = len(people) - all_denied
    if all_denied < FEWEST_PEOPLE:
        return Comparison(all_denied, all_allowed)
    if all_allowed < FEWEST_PEOPLE:
        shared = sorted(value for value, count in denied.items() if count == all_denied)
        return Comparison(all_denied, all_allowed, shared=tuple(shared))
    tested = _tested(denied, allowed, all_denied, all_allowed)
    significant = _folded(sorted((line for line in tested if line.is_significant), key=_rank), people)
    lines = [line for line in significant if line.stands_out][:MOST_LINES]
    small = [line for line in significant if not line.stands_out][: MOST_LINES - len(lines)]
    others = _others(tested, [*lines, *small])
    return Comparison(all_denied, all_allowed, len(tested), tuple(lines), tuple(small), tuple(others))


def _counted(people: Iterable[Observation], *, is_denied: bool) -> Counter[Value]:
    """How many people on one side have each value; missing values don't count."""
    columns = zip(*(one.values for one in people if one.is_denied == is_denied), strict=True)
    return Counter(
        {
            (field, value): count
            for field, column in zip(Field, columns, strict=False)
            for value, count in Counter(column).items()
            if value
        }
    )


def _tested(denied: Counter[Value], allowed: Counter[Value], all_denied: int, all_allowed: int) -> list[Line]:
    """A line for each value that could stand out, whether or not it does."""

    @cache
    def can_stand_out(with_it: int) -> bool:
        return with_it >= FEWEST_WITH_IT and least_p_value(with_it, all_denied, all_denied + all_allowed) <= SIGNIFICANT

    @cache
    def p_of(a: int, c: int) -> float:
        # A value no more common among the denied ranks last anyway, so skip the exact test.
        if a * all_allowed <= c * all_denied:
            return 1.0
        return p_value(a, all_denied - a, c, all_allowed - c)

    values = [value for value in denied | allowed if can_stand_out(denied[value] + allowed[value])]
    counts = [(denied[value], allowed[value]) for value in values]
    adjusted = holm([p_of(a, c) for a, c in counts])
    return [
        _line(value, a, c, p, all_denied, all_allowed)
        for value, (a, c), p in zip(values, counts, adjusted, strict=True)
    ]


def _line(value: Value, a: int, c: int, p: float, all_denied: int, all_allowed: int) -> Line:
    difference = a / all_denied - c / all_allowed
    # At least 20 percentage points: in a large crowd, a small difference is significant but not interesting. Compare
    # whole numbers, or the result would depend on rounding.
    is_wide = (a * all_allowed - c * all_denied) * 5 >= all_denied * all_allowed
    is_significant = p <= SIGNIFICANT
    return Line(
        field=value[0],
        value=value[1],
        denied=a,
        allowed=c,
        difference=difference,
        least=least_difference(a, all_denied, c, all_allowed),
        p=p,
        is_significant=is_significant,
        stands_out=is_significant and a >= FEWEST_WITH_IT and is_wide,
    )


def _rank(line: Line) -> tuple[float, float, Field, str]:
    return -line.least, line.p, line.field, line.value


def _folded(lines: Sequence[Line], people: Sequence[Observation]) -> list[Line]:
    """Merge lines about exactly the same people into the first of them, which names the others."""
    groups: dict[frozenset[int], list[Line]] = {}
    for line in lines:
        who = frozenset(at for at, one in enumerate(people) if one.values[line.field] == line.value)
        groups.setdefault(who, []).append(line)
    return [
        replace(first, same_people=tuple((other.field, other.value) for other in same))
        for first, *same in groups.values()
    ]


def _others(tested: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """For each field without a line, the value that most of the denied have."""
    named = {field for line in lines for field, _ in [(line.field, ""), *line.same_people]}
    commonest: dict[Field, Line] = {}
    for line in sorted(tested, key=lambda line: (-line.denied, line.field, line.value)):
        if line.field not in named and line.denied >= FEWEST_WITH_IT:
            commonest.setdefault(line.field, line)
    widest = sorted(commonest.values(), key=_rank)
    return widest[: MOST_LINES - len(lines)]
