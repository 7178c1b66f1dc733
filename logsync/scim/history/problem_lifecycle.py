"""The status of the problems of one resource: open, healed, failing again.

Everything follows from the SCIM updates of the resource in the order of their time, so that an update that
arrives late needs no rule of its own. Only a later success heals; time does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from logsync.scim.request.touched import UNREADABLE, contradicts, covers, same_change

SUCCESS = "SUCCESS"
FAILED = frozenset({"FAILURE", "ERROR"})

# The methods whose success shows that the failed request is not needed any more (RFC 7644 sections 3.3 to 3.6):
# whatever changes a resource has found it, and a replacement holds every change, whether or not a body can be read.
ANSWERED_BY = {
    "POST": frozenset({"POST", "PUT", "PATCH"}),
    "PUT": frozenset({"POST", "PUT"}),
    "PATCH": frozenset({"POST", "PUT"}),
}

SHORTEST_QUIET = timedelta(hours=24)
QUIET_PAUSES = 3


class State(StrEnum):
    """The state of a problem, worst first."""

    REGRESSED = "regressed"
    OPEN = "open"
    PERHAPS_HEALED = "perhaps_healed"
    HEALED = "healed"
    MOVED = "moved"
    DELETED = "deleted"


RANK = {state: rank for rank, state in enumerate(State)}
UNANSWERED = frozenset({State.REGRESSED, State.OPEN})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One SCIM update of one resource.

    `at` knows its time zone. `problem` is the key of the problem if the update failed, else empty.

    `touched` is what the request changes, in the words of `logsync.scim.request.touched`.

    `body` is equal for equal bodies, and is compared only where they cannot be read.
    """

    id: int
    at: datetime
    status: str
    request_method: str
    problem: str
    touched: frozenset[str]
    body: str


@dataclass(frozen=True, slots=True)
class ProblemStatus:
    """The status of one problem of one resource.

    `tries` and `first_failed` are of all its failures, `open_tries` and `opened_by` of those since it was last healed
    or deleted.
    `proof` is the success behind the states healed, perhaps healed and deleted. `other_success` is the newest
    success after the last failure of an open or regressed problem, which changed something else.
    """

    problem: str
    state: State
    tries: int
    first_failed: Attempt
    last_failed: Attempt
    proof: Attempt | None
    other_success: Attempt | None
    opened_by: Attempt
    open_tries: int


# Equal requests try the same change: the method, what it touches, and the body if that cannot be read.
Request: TypeAlias = tuple[str, frozenset[str], str]


def statuses(attempts: Iterable[Attempt]) -> list[ProblemStatus]:
    """The status of each problem after the updates of one resource, given in any order.

    The problem that failed first comes first. A status other than SUCCESS, FAILURE and ERROR changes nothing.
    """
    return [course.status() for course in _courses(attempts).values()]


def _courses(attempts: Iterable[Attempt]) -> "dict[str, _Course]":
    courses: dict[str, _Course] = {}
    for attempt in sorted(attempts, key=_place_in_time):
        if attempt.status == SUCCESS:
            for course in courses.values():
                course.take_success(attempt)
        elif attempt.status in FAILED:
            _take_failure(courses, attempt)
    return courses


def outcomes(attempts: Iterable[Attempt]) -> dict[int, State]:
    """What became of each failure of one resource, by its id.

    A problem may be open for another request than this one, which was answered, or failed in another way.
    """
    return {id: state for course in _courses(attempts).values() for id, state in course.outcomes().items()}


def worst(states: Iterable[State]) -> State:
    """The state of a problem that has these states in its resources. Raises ValueError if there are none."""
    return min(states, key=RANK.__getitem__)


def is_quiet(tries: Sequence[datetime], now: datetime) -> bool:
    """Whether an open problem is not retried any more: for 24 hours, and for three times its median pause.

    Identity providers retry with growing pauses, and some stop. `tries` are the failures in any order.
    """
    if not tries:
        return False
    return now - max(tries) >= max(SHORTEST_QUIET, QUIET_PAUSES * _median_pause(tries))


def _median_pause(tries: Sequence[datetime]) -> timedelta:
    ordered = sorted(tries)
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(ordered)]
    return timedelta(seconds=median(pauses or [0.0]))


def _place_in_time(attempt: Attempt) -> tuple[datetime, bool, int]:
    # At the same instant a failure counts as the later one: better one problem too many than one too few.
    return attempt.at, attempt.status != SUCCESS, attempt.id


def _take_failure(courses: "dict[str, _Course]", attempt: Attempt) -> None:
    for problem, course in courses.items():
        if problem != attempt.problem:
            course.take_other_failure(attempt)
    if attempt.problem not in courses:
        courses[attempt.problem] = _Course(first_failed=attempt, last_failed=attempt, opened_by=attempt)
    courses[attempt.problem].take_failure(attempt)


@dataclass(slots=True)
class _Course:
    """One problem of one resource while the updates are gone through.

    One problem may have several failed requests, such as the adding of two members: it is open until each is
    answered by a success or failed in another way.
    """

    first_failed: Attempt
    last_failed: Attempt
    opened_by: Attempt
    state: State = State.OPEN
    tries: int = 0
    open_tries: int = 0
    unanswered: dict[Request, Attempt] = field(default_factory=dict)
    # The failures of each request that is unanswered, and what became of the others.
    waiting: dict[Request, list[int]] = field(default_factory=dict)
    ended: dict[int, State] = field(default_factory=dict)
    answer: State = State.HEALED
    was_healed: bool = False
    is_answered: bool = False
    proof: Attempt | None = None
    other_success: Attempt | None = None

    def take_failure(self, attempt: Attempt) -> None:
        """The same problem again, or for the first time."""
        if self.state not in UNANSWERED:
            self.state = State.REGRESSED if self.was_healed else State.OPEN
            self.answer = State.HEALED
        if self.is_answered:
            self.opened_by, self.open_tries, self.is_answered = attempt, 0, False
        self.tries += 1
        self.open_tries += 1
        self.last_failed = attempt
        self.unanswered[_request(attempt)] = attempt
        self.waiting.setdefault(_request(attempt), []).append(attempt.id)
        self.proof = self.other_success = None

    def take_other_failure(self, attempt: Attempt) -> None:
        """An equal request failed with another problem, which is the one that is open now."""
        was_the_same = self.unanswered.pop(_request(attempt), None) is not None
        self._end(_request(attempt), State.MOVED)
        if was_the_same and not self.unanswered:
            self.state, self.other_success = State.MOVED, None

    def take_success(self, success: Attempt) -> None:
        """A request succeeded: it answers all, some or none of those that failed."""
        if not self.unanswered:
            return
        for request, failed in list(self.unanswered.items()):
            answer = _answer(success, failed)
            if answer is not None:
                self.answer = worst((self.answer, answer)) if answer is not State.DELETED else answer
                del self.unanswered[request]
                self._end(request, answer)
        if self.unanswered:
            self.other_success = success
        else:
            self.state, self.was_healed, self.is_answered = self.answer, True, True
            self.proof, self.other_success = success, None

    def _end(self, request: Request, state: State) -> None:
        self.ended |= dict.fromkeys(self.waiting.pop(request, ()), state)

    def outcomes(self) -> dict[int, State]:
        """What became of each failure."""
        return self.ended | {id: self.state for ids in self.waiting.values() for id in ids}

    def status(self) -> ProblemStatus:
        return ProblemStatus(
            problem=self.problem,
            state=self.state,
            tries=self.tries,
            first_failed=self.first_failed,
            last_failed=self.last_failed,
            proof=self.proof,
            other_success=self.other_success,
            opened_by=self.opened_by,
            open_tries=self.open_tries,
        )

    @property
    def problem(self) -> str:
        return self.first_failed.problem


def _request(attempt: Attempt) -> Request:
    body = attempt.body if _is_unreadable(attempt) else ""
    return attempt.request_method.upper(), same_change(attempt.touched), body


def _is_unreadable(attempt: Attempt) -> bool:
    # A PATCH that names nothing would be settled by any other.
    return not attempt.touched or UNREADABLE in attempt.touched


def _answer(success: Attempt, failed: Attempt) -> State | None:
    """What the success makes of the failed request, or None if it says nothing about it."""
    method, failed_method = success.request_method.upper(), failed.request_method.upper()
    if method == "DELETE":
        return State.DELETED
    if method in ANSWERED_BY.get(failed_method, frozenset()):
        is_other = failed_method == "PATCH" and contradicts(success.touched, failed.touched)
        return None if is_other else State.HEALED
    if _is_unreadable(failed):
        return State.PERHAPS_HEALED if _request(success) == _request(failed) else None
    is_same_patch = method == failed_method == "PATCH" and covers(success.touched, failed.touched)
    return State.HEALED if is_same_patch else None
