"""What stands out among the denied: found by an exact test over every value that could ever stand out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from logsync.insight.comparison.fisher import holm, least_p_value, p_value
from logsync.insight.comparison.intervals import least_difference
from logsync.insight.comparison.observations import Field, Observation

# Fewer people on a side are not compared, and what fewer of the denied share is no pattern.
FEWEST_PEOPLE, FEWEST_WITH_IT = 5, 3
SIGNIFICANT = 0.01
# A large crowd does not make a small difference interesting.
LEAST_SHOWN_DIFFERENCE = 0.20
MOST_LINES = 5

Value = tuple[Field, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A value, and how many of the denied and of the allowed have it.

    `p` is adjusted, `least` the lower bound of the difference. `same_people` are values that exactly these people have
    too. `stands_out` is False where the numbers prove no difference that matters.
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
    """`denied` and `allowed` people, of whom `tested` values were compared.

    `lines` are what stands out, the surest first. `others` are what most of the denied have without standing out.
    `shared` is what all the denied have, where there are too few allowed people to compare with.
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
    """Compare the denied with the allowed, whatever the order they come in."""
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
    """How many people of a side have each value; a missing value is none."""
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
    """A line for each value that could stand out, whether it does or not."""

    @cache
    def can_stand_out(with_it: int) -> bool:
        return least_p_value(with_it, all_denied, all_denied + all_allowed) <= SIGNIFICANT

    @cache
    def p_of(a: int, c: int) -> float:
        # A value that is no more common among the denied comes after all that are, whatever its exact p.
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
    # Shares are compared as whole numbers, or 0.2 would depend on how they are rounded.
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
    """The lines less those that are about the same people as one before, which names them."""
    groups: dict[frozenset[int], list[Line]] = {}
    for line in lines:
        who = frozenset(at for at, one in enumerate(people) if one.values[line.field] == line.value)
        groups.setdefault(who, []).append(line)
    return [_with_same(first, same) for first, *same in groups.values()]


def _with_same(line: Line, same: Sequence[Line]) -> Line:
    return replace(line, same_people=tuple((other.field, other.value) for other in same))


def _others(tested: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """Of each field that has no line yet the value that most of the denied have."""
    told = {field for line in lines for field, _ in [(line.field, ""), *line.same_people]}
    commonest: dict[Field, Line] = {}
    for line in sorted(tested, key=lambda line: (-line.denied, line.field, line.value)):
        if line.field not in told and line.denied >= FEWEST_WITH_IT:
            commonest.setdefault(line.field, line)
    widest = sorted(commonest.values(), key=_rank)
    return widest[: MOST_LINES - len(lines)]
