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
    other values that exactly these people have. `stands_out` is true if the difference is significant and large.
    """

    field: Field
    value: str
    denied: int
    allowed: int
    difference: float
    least: float
    p: float
    same_people: tuple[Value, ...] = ()
    stands_out: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing `denied` with `allowed` people by `tested` values.

    `lines` are the values that stand out, largest sure difference first. `others` are the commonest values among the
    denied that don't. `shared` are the values that all the denied have, if too few people were allowed to compare with.
    """

    denied: int
    allowed: int
    tested: int = 0
    lines: tuple[Line, ...] = ()
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
    lines = sorted((line for line in tested if line.stands_out), key=_rank)
    lines = _folded(lines, people)[:MOST_LINES]
    others = _others(tested, lines)
    return Comparison(all_denied, all_allowed, len(tested), tuple(lines), tuple(others))


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
        return least_p_value(with_it, all_denied, all_denied + all_allowed) <= SIGNIFICANT

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
    stands_out = p <= SIGNIFICANT and a >= FEWEST_WITH_IT and is_wide
    return Line(
        field=value[0],
        value=value[1],
        denied=a,
        allowed=c,
        difference=difference,
        least=least_difference(a, all_denied, c, all_allowed),
        p=p,
        stands_out=stands_out,
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
