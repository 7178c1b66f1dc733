"""Counting the work that code does on a text: the steps of its regular expressions, and the lines of Python.

Seconds say little on a busy machine. Steps are the same everywhere, so a test can double a text and hold that the work
only doubles. A regular expression is counted by walking its parsed form as Python's engine does: an attempt at each
place, alternatives in their order, and every way back. What it finds is left to the engine itself.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any, TypeAlias

import pytest

Continue: TypeAlias = Callable[[int], int]

FAILED = -1
ONE_CHARACTER = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN)
REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
RECURSION = 50_000


class Work:
    """How much was done so far."""

    def __init__(self) -> None:
        self.steps = 0


class _Walk:
    """One regular expression on one text, step by step."""

    def __init__(self, pattern: re.Pattern[str], text: str, end: int, work: Work) -> None:
        self.tree = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        self.text, self.end, self.work = text, end, work
        self.groups: dict[int, tuple[int, int]] = {}
        self.single: dict[tuple[int, int, str], bool] = {}

    def match(self, start: int, goal: Continue) -> int:
        """Where the match that begins at `start` ends, or FAILED."""
        self.groups.clear()
        return self._sequence(list(self.tree), 0, start, self.tree.state.flags, goal)

    def _sequence(self, ops: Sequence[Any], at: int, position: int, flags: int, then: Continue) -> int:
        self.work.steps += 1
        if at == len(ops):
            return then(position)

        def rest(place: int) -> int:
            return self._sequence(ops, at + 1, place, flags, then)

        op, value = ops[at]
        if op in ONE_CHARACTER:
            return rest(position + 1) if self._is_at(ops[at], position, flags) else FAILED
        if op in REPEATS:
            least, most, repeated = value
            return self._repeat(op, least, most, repeated, position, flags, rest)
        if op is _constants.BRANCH:
            return self._first(value[1], position, flags, rest)
        if op is _constants.SUBPATTERN:
            return self._group(value, position, flags, rest)
        if op is _constants.ATOMIC_GROUP:
            end = self._alone(value, position, flags)
            return rest(end) if end != FAILED else FAILED
        if op in (_constants.ASSERT, _constants.ASSERT_NOT):
            direction, looked_for = value
            found = self._look(direction, looked_for, position, flags)
            return rest(position) if found == (op is _constants.ASSERT) else FAILED
        if op is _constants.GROUPREF:
            before = self.text[slice(*self.groups.get(value, (0, 0)))]
            return rest(position + len(before)) if self.text.startswith(before, position) else FAILED
        return rest(position) if self._is_place(ops[at], position, flags) else FAILED

    def _alone(self, ops: Any, position: int, flags: int) -> int:
        return self._sequence(list(ops), 0, position, flags, lambda place: place)

    def _first(self, branches: Sequence[Any], position: int, flags: int, then: Continue) -> int:
        for branch in branches:
            end = self._sequence(list(branch), 0, position, flags, then)
            if end != FAILED:
                return end
        return FAILED

    def _group(self, value: Any, position: int, flags: int, then: Continue) -> int:
        number, added, removed, ops = value

        def after(place: int) -> int:
            if number is not None:
                self.groups[number] = (position, place)
            return then(place)

        return self._sequence(list(ops), 0, position, (flags | added) & ~removed, after)

    def _look(self, direction: int, ops: Any, position: int, flags: int) -> bool:
        start = position if direction > 0 else position - ops.getwidth()[0]
        return start >= 0 and self._alone(ops, start, flags) != FAILED

    def _repeat(self, op: Any, least: int, most: Any, ops: Any, position: int, flags: int, then: Continue) -> int:
        if op is _constants.MIN_REPEAT:
            return self._lazily(least, most, ops, position, flags, then)
        ends = [position]
        is_single = len(ops) == 1 and ops[0][0] in ONE_CHARACTER
        if not is_single and op is _constants.MAX_REPEAT:
            return self._greedily(least, most, ops, position, flags, then)
        while len(ends) <= int(most):
            self.work.steps += 1
            end = self._one(ops, ends[-1], flags, is_single=is_single)
            if end in (FAILED, ends[-1]):
                break
            ends.append(end)
        if op is _constants.POSSESSIVE_REPEAT:
            return then(ends[-1]) if len(ends) > least or self._fits_empty(ops, ends, least, flags) else FAILED
        for end in reversed(ends[least:]):
            self.work.steps += 1
            result = then(end)
            if result != FAILED:
                return result
        return FAILED

    def _fits_empty(self, ops: Any, ends: list[int], least: int, flags: int) -> bool:
        return least > 0 and self._alone(ops, ends[-1], flags) == ends[-1]

    def _one(self, ops: Any, position: int, flags: int, *, is_single: bool) -> int:
        if is_single:
            return position + 1 if self._is_at(ops[0], position, flags) else FAILED
        return self._alone(ops, position, flags)

    def _greedily(self, least: int, most: Any, ops: Any, position: int, flags: int, then: Continue) -> int:
        def more(count: int, place: int) -> int:
            self.work.steps += 1
            if count < int(most):

                def again(end: int) -> int:
                    return more(count + 1, end) if end > place or count < least else FAILED

                end = self._sequence(list(ops), 0, place, flags, again)
                if end != FAILED:
                    return end
            return then(place) if count >= least else FAILED

        return more(0, position)

    def _lazily(self, least: int, most: Any, ops: Any, position: int, flags: int, then: Continue) -> int:
        count = 0
        while True:
            self.work.steps += 1
            if count >= least:
                end = then(position)
                if end != FAILED:
                    return end
            if count >= int(most):
                return FAILED
            end = self._alone(ops, position, flags)
            if end == FAILED:
                return FAILED
            count, position = count + 1, end

    def _is_at(self, op: Any, position: int, flags: int) -> bool:
        """Whether one character of the text is what is looked for."""
        if position >= self.end:
            return False
        key = (id(op), flags, self.text[position])
        if key not in self.single:
            self.single[key] = _compiled(op, flags).fullmatch(self.text[position]) is not None
        return self.single[key]

    def _is_place(self, op: Any, position: int, flags: int) -> bool:
        return _compiled(op, flags).match(self.text, position, self.end) is not None


def _compiled(op: Any, flags: int) -> re.Pattern[str]:
    """One part of a pattern, as a pattern."""
    state = _parser.State()
    state.flags, state.str = flags, ""
    compiled: re.Pattern[str] = _compiler.compile(_parser.SubPattern(state, [op]), flags)
    return compiled


def _beyond(start: int, place: int) -> int:
    return place if place > start else FAILED


class CountedPattern:
    """A compiled regular expression that counts its steps."""

    def __init__(self, pattern: re.Pattern[str], work: Work) -> None:
        self.real, self.work = pattern, work

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> Any:
        with untraced():
            _Walk(self.real, text, min(end, len(text)), self.work).match(start, lambda place: place)
        return self.real.match(text, start, end)

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> Any:
        last = min(end, len(text))
        with untraced():
            walk = _Walk(self.real, text, last, self.work)
            walk.match(start, lambda place: place if place == last else FAILED)
        return self.real.fullmatch(text, start, end)

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> Any:
        with untraced():
            next(self._spans(text, start, min(end, len(text))), None)
        return self.real.search(text, start, end)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Any:
        self._count_all(text, start, min(end, len(text)))
        return self.real.finditer(text, start, end)

    def findall(self, text: str) -> Any:
        self._count_all(text, 0, len(text))
        return self.real.findall(text)

    def sub(self, replacement: Any, text: str) -> str:
        self._count_all(text, 0, len(text))
        return self.real.sub(replacement, text)

    def split(self, text: str) -> Any:
        self._count_all(text, 0, len(text))
        return self.real.split(text)

    def _count_all(self, text: str, start: int, end: int) -> None:
        with untraced():
            found = list(self._spans(text, start, end))
        assert found == [match.span() for match in self.real.finditer(text, start, end)], self.real.pattern

    def _spans(self, text: str, position: int, end: int) -> Iterator[tuple[int, int]]:
        walk = _Walk(self.real, text, end, self.work)
        # An empty match may not stand where the last one ended.
        last_end = -1
        while position <= end:
            matched = walk.match(position, lambda place: place)
            if matched == position == last_end:
                matched = walk.match(position, partial(_beyond, position))
            if matched == FAILED:
                position += 1
                continue
            yield position, matched
            last_end = position = matched


@contextmanager
def untraced() -> Iterator[None]:
    """Walking is not the work that is counted."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


@contextmanager
def counted(modules: Sequence[ModuleType], folder: Path) -> Iterator[Work]:
    """The work of the regular expressions of these modules, and of the lines of Python in this folder."""
    work = Work()

    def count_lines(frame: FrameType, event: str, argument: object) -> Any:
        if event == "call" and not frame.f_code.co_filename.startswith(str(folder)):
            return None
        work.steps += event == "line"
        return count_lines

    limit, tracer = sys.getrecursionlimit(), sys.gettrace()
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            for name, value in list(vars(module).items()):
                if name == "re":
                    patch.setattr(module, name, _counted_re(work))
                elif not name.startswith("__"):
                    patch.setattr(module, name, _counted_value(value, work))
        sys.setrecursionlimit(RECURSION)
        sys.settrace(count_lines)
        try:
            yield work
        finally:
            sys.settrace(tracer)
            sys.setrecursionlimit(limit)


def _counted_value(value: Any, work: Work) -> Any:
    if isinstance(value, re.Pattern):
        return CountedPattern(value, work)
    if isinstance(value, list) and all(isinstance(item, re.Pattern) for item in value):
        return [CountedPattern(item, work) for item in value]
    return value


def _counted_re(work: Work) -> Any:
    """The module `re`, whose functions count as well."""

    def function(name: str) -> Callable[..., Any]:
        return lambda pattern, *arguments: getattr(CountedPattern(re.compile(pattern), work), name)(*arguments)

    names = ("match", "fullmatch", "search", "finditer", "findall", "sub", "split")
    return SimpleNamespace(**{**vars(re), **{name: function(name) for name in names}})
