"""What heals, told a second time and in another way: from what the requests mean, one failure at a time.

Nothing here reads a body or a word of `touched`; the requests say what they mean, and make a body of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

IDS = ("a", "b", "c")
TEMPLATES = ("not found", "timed out")


@dataclass(frozen=True)
class Request:
    """A request and what it means: `kind` with its values."""

    method: str
    kind: str
    values: tuple[Any, ...] = ()

    @property
    def body(self) -> str:
        return BODIES[self.kind](*self.values)


def _patch(*operations: dict[str, Any]) -> str:
    return json.dumps({"Operations": list(operations)})


def _replace(path: str, value: Any) -> str:
    return _patch({"op": "Replace", "path": path, "value": value})


def _members(ids: Sequence[str]) -> list[dict[str, str]]:
    return [{"value": id_} for id_ in ids]


def _whole(active: bool | None, members: tuple[str, ...] | None) -> str:
    given = {} if active is None else {"active": active}
    return json.dumps({"userName": "ada"} | given | ({} if members is None else {"members": _members(members)}))


BODIES: dict[str, Callable[..., str]] = {
    "active": lambda is_on: _replace("active", is_on),
    "active without a path": lambda is_on: _patch({"op": "replace", "value": {"active": is_on}}),
    "name": lambda part: _replace(f"name.{part}", "x"),
    "email": lambda kind: _replace(f'emails[type eq "{kind}"].value', "x@y.example"),
    "add": lambda id_: _patch({"op": "add", "path": "members", "value": _members([id_])}),
    "remove": lambda id_: _patch({"op": "remove", "path": f'members[value eq "{id_}"]'}),
    "list": lambda ids: _replace("members", _members(ids)),
    "whole": _whole,
    "delete": lambda: "",
    "cut": lambda text: '{"Operations":[' + text,
}

lists = st.lists(st.sampled_from(IDS), unique=True, max_size=2).map(tuple)
requests = st.one_of(
    st.builds(
        Request, st.just("PATCH"), st.sampled_from(["active", "active without a path"]), st.tuples(st.booleans())
    ),
    st.builds(Request, st.just("PATCH"), st.just("name"), st.tuples(st.sampled_from(["givenName", "familyName"]))),
    st.builds(Request, st.just("PATCH"), st.just("email"), st.tuples(st.sampled_from(["work", "home"]))),
    st.builds(Request, st.just("PATCH"), st.sampled_from(["add", "remove"]), st.tuples(st.sampled_from(IDS))),
    st.builds(Request, st.just("PATCH"), st.just("list"), st.tuples(lists)),
    st.builds(Request, st.just("PATCH"), st.just("cut"), st.tuples(st.sampled_from(["1", "2"]))),
    st.builds(
        Request,
        st.sampled_from(["POST", "PUT"]),
        st.just("whole"),
        st.tuples(st.none() | st.booleans(), st.none() | lists),
    ),
    st.just(Request("DELETE", "delete")),
)


@dataclass(frozen=True)
class Event:
    """A row of a history: what became of a request, at which minute."""

    request: Request
    status: str
    template: str
    minute: int


events = st.builds(
    Event,
    requests,
    st.sampled_from(["SUCCESS", "SUCCESS", "FAILURE", "FAILURE", "ERROR", "PARTIAL", ""]),
    st.sampled_from(TEMPLATES),
    st.integers(0, 6),
)


def is_same(one: Request, other: Request) -> bool:
    """Whether both try the same change."""
    if one.method != other.method:
        return False
    kinds = {one.kind, other.kind}
    if kinds <= {"active", "active without a path"}:
        return one.values == other.values
    if kinds in ({"list"}, {"whole"}):
        return True
    return one.kind == other.kind and one.values == other.values


def outcome(success: Request, failed: Request) -> str:
    """The state that a success brings to a request that failed; blank if it says nothing about it."""
    if success.method == "DELETE":
        return "deleted"
    if failed.method == "DELETE":
        return ""
    if failed.method == "POST":
        return "healed"
    if failed.method == "PUT":
        return "healed" if success.kind == "whole" else ""
    if failed.kind == "cut":
        return "healed" if success.kind == "whole" else "perhaps_healed" if success == failed else ""
    active, members = success.values if success.kind == "whole" else (None, None)
    if success.kind == "list":
        members = success.values[0]
    if members is not None and failed.kind in ("add", "remove"):
        return "healed" if (failed.values[0] in members) == (failed.kind == "add") else ""
    if active is not None and failed.kind.startswith("active"):
        return "healed" if failed.values == (active,) else ""
    return "healed" if success.kind == "whole" or is_same(success, failed) else ""


# A problem is the failures of one method with one error.
Problem: TypeAlias = tuple[str, str]


def problem_of(row: Event) -> Problem:
    return row.request.method, row.template


def states(rows: Sequence[Event]) -> dict[Problem, str]:
    """The state of each problem after these rows of one resource, which are in the order of their arrival."""
    in_order = sorted(enumerate(rows), key=lambda pair: (pair[1].minute, pair[1].status != "SUCCESS", pair[0]))
    history = [row for _, row in in_order if row.status in ("SUCCESS", "FAILURE", "ERROR")]
    problems = dict.fromkeys(problem_of(row) for row in history if row.status != "SUCCESS")
    return {problem: _state(history, problem) for problem in problems}


def outcomes(rows: Sequence[Event]) -> dict[int, str]:
    """What became of each failure, by its place among the rows."""
    in_order = sorted(enumerate(rows), key=lambda pair: (pair[1].minute, pair[1].status != "SUCCESS", pair[0]))
    kept = [(place, row) for place, row in in_order if row.status in ("SUCCESS", "FAILURE", "ERROR")]
    history = [row for _, row in kept]
    found = {}
    for at, (place, row) in enumerate(kept):
        if row.status != "SUCCESS":
            end = _end(history, at)
            found[place] = end[1] if end else _state(history, problem_of(row))
    return found


def _state(history: Sequence[Event], problem: Problem) -> str:
    """Each failure ends in something or does not; the state follows from how, and in which order, they ended."""
    failures = [at for at, row in enumerate(history) if row.status != "SUCCESS" and problem_of(row) == problem]
    ends = {at: _end(history, at) for at in failures}
    was_healed, episode = False, failures[0]
    for at in failures:
        before = [end for other, end in ends.items() if other < at]
        if before and all(end and end[0] < at for end in before):
            # Nothing was left to answer when it failed again.
            was_healed |= max(end for end in before if end)[1] != "moved"
            episode = at
    if None in ends.values():
        return "regressed" if was_healed else "open"
    own = [end for at, end in ends.items() if end and at >= episode]
    last = max(own)[1]
    if last in ("moved", "deleted"):
        return last
    return "perhaps_healed" if any(how == "perhaps_healed" for _, how in own) else "healed"


def _end(history: Sequence[Event], at: int) -> tuple[int, str] | None:
    """When and how a failure ended: by which later row, and in what."""
    failed = history[at]
    for later, row in enumerate(history[at + 1 :], at + 1):
        if row.status == "SUCCESS":
            if how := outcome(row.request, failed.request):
                return later, how
        elif row.template == failed.template and is_same(row.request, failed.request):
            return _end(history, later)
        elif is_same(row.request, failed.request):
            return later, "moved"
    return None
