"""The states of a resource's problems: what heals, what does not, and that only the order of time counts."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.history.problem_lifecycle import Attempt, ProblemStatus, State, is_quiet, outcomes, statuses, worst
from logsync.scim.request.touched import covers
from tests.examples import examples

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = "*"
CUT = "unknown"


def attempt(number: int, words: str, minute: int | None = None) -> Attempt:
    """An update in three or four words: status, method, what it touches joined by commas, problem or body.

    A failure has the problem named, or "x"; the fourth word of an unreadable request is its body.
    """
    status, method, touched, *rest = words.split()
    last = rest[0] if rest else ""
    status = {"fail": "FAILURE", "ok": "SUCCESS"}.get(status, status)
    return Attempt(
        id=number,
        at=NOON + timedelta(minutes=number if minute is None else minute),
        status=status,
        request_method=method,
        problem=(last if last and touched != CUT else "x") if status in {"FAILURE", "ERROR"} else "",
        touched=frozenset() if touched == "-" else frozenset(touched.split(",")),
        body=last if touched == CUT else f"body {number}",
    )


def history(words: Iterable[str]) -> list[Attempt]:
    return [attempt(number, text) for number, text in enumerate(words, 1)]


def states(attempts: Iterable[Attempt]) -> dict[str, State]:
    return {status.problem: status.state for status in statuses(attempts)}


def only(attempts: Iterable[Attempt]) -> ProblemStatus:
    (status,) = statuses(attempts)
    return status


HISTORIES = {
    "the same PATCH succeeds": (["fail PATCH active", "ok PATCH active"], {"x": "healed"}),
    "another PATCH succeeds": (["fail PATCH active", "ok PATCH title"], {"x": "open"}),
    "a replacement succeeds after a PATCH": (["fail PATCH active", "ok PUT *"], {"x": "healed"}),
    "a PATCH succeeds after a replacement": (["fail PUT *", "ok PATCH active"], {"x": "open"}),
    "a PATCH succeeds after a creation": (["fail POST *", "ok PATCH active"], {"x": "healed"}),
    "another member is added": (["fail PATCH members+a", "ok PATCH members+b"], {"x": "open"}),
    "the member is removed": (["fail PATCH members+a", "ok PATCH members-a"], {"x": "open"}),
    "deleted after a POST": (["fail POST *", "ok DELETE -"], {"x": "deleted"}),
    "deleted after a PUT": (["fail PUT *", "ok DELETE -"], {"x": "deleted"}),
    "deleted after a PATCH": (["fail PATCH active", "ok DELETE -"], {"x": "deleted"}),
    "deleted after a DELETE": (["fail DELETE -", "ok DELETE -"], {"x": "deleted"}),
    "deleted after a body that cannot be read": ([f"fail PATCH {CUT} b", "ok DELETE -"], {"x": "deleted"}),
    "a PATCH succeeds after a deletion": (["fail DELETE -", "ok PATCH active"], {"x": "open"}),
    "fails again": (["fail PATCH active", "ok PATCH active", "fail PATCH active"], {"x": "regressed"}),
    "fails in another way": (
        ["fail PATCH active absent", "fail PATCH active timeout"],
        {"absent": "moved", "timeout": "open"},
    ),
    "created later": (["fail POST *", "ok POST *"], {"x": "healed"}),
    "nothing succeeds, because the names lead elsewhere": (["fail PATCH active"], {"x": "open"}),
    "a resource without id and name": (["fail POST *"], {"x": "open"}),
    "the same unreadable body succeeds": ([f"fail PATCH {CUT} b", f"ok PATCH {CUT} b"], {"x": "perhaps_healed"}),
    "creation fails after the deletion": (
        ["fail PATCH active absent", "ok DELETE -", "fail POST * quota"],
        {"absent": "deleted", "quota": "open"},
    ),
    # Beyond the plainest.
    "no attempts": ([], {}),
    "only successes": (["ok POST *", "ok PATCH active"], {}),
    "ERROR fails": (["ERROR POST * x"], {"x": "open"}),
    "a word that is unknown": (["fail PATCH active", "PARTIAL PATCH active", "success PATCH active"], {"x": "open"}),
    "a PATCH of more": (["fail PATCH active", "ok PATCH active,title"], {"x": "healed"}),
    "a PATCH of less": (["fail PATCH active,title", "ok PATCH active"], {"x": "open"}),
    "a PATCH of both, in two": (["fail PATCH active,title", "ok PATCH active", "ok PATCH title"], {"x": "open"}),
    "a creation after a PATCH": (["fail PATCH active", "ok POST *"], {"x": "healed"}),
    "a creation after a replacement": (["fail PUT *", "ok POST *"], {"x": "healed"}),
    "a replacement after a creation": (["fail POST *", "ok PUT *"], {"x": "healed"}),
    "a replacement after a deletion": (["fail DELETE -", "ok PUT *", "ok POST *"], {"x": "open"}),
    "a list with the one and without the other": (
        ["fail PATCH members+a,members-b", "ok PATCH members,members=a"],
        {"x": "healed"},
    ),
    "a list without the member to add": (["fail PATCH members+a", "ok PATCH members,members=b"], {"x": "open"}),
    "a list with the member to remove": (["fail PATCH members-a", "ok PATCH members,members=a"], {"x": "open"}),
    "a list with a member that has no id": (["fail PATCH members-a", "ok PATCH members,members="], {"x": "open"}),
    "an empty list": (["fail PATCH members-a", "ok PATCH members"], {"x": "healed"}),
    "another list": (["fail PATCH members,members=a", "ok PATCH members,members=b"], {"x": "healed"}),
    "a whole group with the member": (["fail PATCH members+a", "ok PUT *,members,members=a"], {"x": "healed"}),
    "a whole group without the member": (["fail PATCH members+a", "ok PUT *,members,members=b"], {"x": "open"}),
    "a whole group without its members": (["fail PATCH members+a", "ok PUT *"], {"x": "healed"}),
    "the opposite of what failed": (["fail PATCH active=true", "ok PATCH active=false"], {"x": "open"}),
    "what failed, after its opposite": (
        ["fail PATCH active=true", "ok PATCH active=false", "ok PATCH active=true"],
        {"x": "healed"},
    ),
    "a whole user who is the opposite": (["fail PATCH active=false", "ok PUT *,active=true"], {"x": "open"}),
    "a whole user who is as wanted": (["fail PATCH active=false", "ok PUT *,active=false"], {"x": "healed"}),
    "a whole user of whom that is not said": (["fail PATCH active=false", "ok PUT *"], {"x": "healed"}),
    "another part of the same attribute": (["fail PATCH name.givenname", "ok PATCH name.familyname"], {"x": "open"}),
    "another item of the same attribute": (
        ['fail PATCH emails[type="work"]', 'ok PATCH emails[type="home"]'],
        {"x": "open"},
    ),
    "one member after the whole list": (["fail PATCH members", "ok PATCH members+a"], {"x": "open"}),
    "the whole list and a name": (["fail PATCH members+a,displayname", "ok PATCH members"], {"x": "open"}),
    "two members, one added": (
        ["fail PATCH members+a", "fail PATCH members+b", "ok PATCH members+b"],
        {"x": "open"},
    ),
    "two members, both added": (
        ["fail PATCH members+a", "fail PATCH members+b", "ok PATCH members+b", "ok PATCH members+a"],
        {"x": "healed"},
    ),
    "one of two members fails in another way": (
        ["fail PATCH members+a x", "fail PATCH members+b x", "fail PATCH members+a y"],
        {"x": "open", "y": "open"},
    ),
    "both members fail in another way": (
        ["fail PATCH members+a x", "fail PATCH members+b x", "fail PATCH members+a y", "fail PATCH members+b y"],
        {"x": "moved", "y": "open"},
    ),
    "another unreadable body": ([f"fail PATCH {CUT} b", f"ok PATCH {CUT} c"], {"x": "open"}),
    "another method with the unreadable body": ([f"fail PATCH {CUT} b", f"ok PUT {CUT} b"], {"x": "healed"}),
    "a replacement after an unreadable body": ([f"fail PATCH {CUT} b", "ok PUT *"], {"x": "healed"}),
    "a creation after an unreadable body": ([f"fail PATCH {CUT} b", "ok POST *"], {"x": "healed"}),
    "a replacement after an unreadable one": ([f"fail PUT {CUT} b", "ok PUT *"], {"x": "healed"}),
    "a change after an unreadable creation": ([f"fail POST {CUT} b", "ok PATCH title"], {"x": "healed"}),
    "a change after an unreadable replacement": ([f"fail PUT {CUT} b", "ok PATCH title"], {"x": "open"}),
    "a list, then the same list otherwise": (
        ["fail PATCH members,members=a x", "fail PATCH members,members=b y"],
        {"x": "moved", "y": "open"},
    ),
    "an unreadable body after a readable one": (["fail PATCH active", f"ok PATCH {CUT} b"], {"x": "open"}),
    "an unreadable body fails again": (
        [f"fail PATCH {CUT} b", f"ok PATCH {CUT} b", f"fail PATCH {CUT} b"],
        {"x": "regressed"},
    ),
    "one part healed for sure": (
        ["fail PATCH active", f"fail PATCH {CUT} b", f"ok PATCH {CUT} b", "ok PATCH active"],
        {"x": "perhaps_healed"},
    ),
    "a PATCH of nothing": (["fail PATCH -", "ok PATCH title"], {"x": "open"}),
    "another method with the same attributes": (["fail POST * x", "fail PUT * y"], {"x": "open", "y": "open"}),
    "other attributes fail otherwise": (["fail PATCH a x", "fail PATCH b y"], {"x": "open", "y": "open"}),
    "moved and healed": (
        ["fail PATCH a x", "fail PATCH a y", "ok PATCH a"],
        {"x": "moved", "y": "healed"},
    ),
    "moved and back": (["fail PATCH a x", "fail PATCH a y", "fail PATCH a x"], {"x": "open", "y": "moved"}),
    "moved and deleted": (["fail PATCH a x", "fail PATCH a y", "ok DELETE -"], {"x": "moved", "y": "deleted"}),
    "regressed, moved and back": (
        ["fail PATCH a x", "ok PATCH a", "fail PATCH a x", "fail PATCH a y", "fail PATCH a x"],
        {"x": "regressed", "y": "moved"},
    ),
    "regressed and healed": (["fail PATCH a", "ok PATCH a", "fail PATCH a", "ok PATCH a"], {"x": "healed"}),
    "regressed and deleted": (["fail PATCH a", "ok PATCH a", "fail PATCH a", "ok DELETE -"], {"x": "deleted"}),
    "healed, then otherwise": (["fail PATCH a x", "ok PATCH a", "fail PATCH a y"], {"x": "healed", "y": "open"}),
    "healed, then deleted": (["fail PATCH a", "ok PATCH a", "ok DELETE -"], {"x": "healed"}),
    "deleted, then created": (["fail PATCH a", "ok DELETE -", "ok POST *"], {"x": "deleted"}),
    "deleted, then fails again": (["fail PATCH a", "ok DELETE -", "fail PATCH a"], {"x": "regressed"}),
    "methods in any case": (["fail patch a", "ok Patch a"], {"x": "healed"}),
    "a method that is unknown": (["fail MOVE a", "ok MOVE a"], {"x": "open"}),
}


@pytest.mark.parametrize(("words", "expected"), HISTORIES.values(), ids=list(HISTORIES))
def test_each_problem_has_its_status(words: list[str], expected: dict[str, str]):
    assert states(history(words)) == expected


def test_equal_failures_are_one_open_problem():
    status = only(history(["fail PATCH active"] * 500))
    assert (status.state, status.tries) == (State.OPEN, 500)
    assert (status.first_failed.id, status.last_failed.id) == (1, 500)


def test_late_older_success_does_not_heal():
    attempts = [attempt(1, "fail PATCH active", minute=10), attempt(2, "ok PATCH active", minute=5)]
    assert states(attempts) == {"x": State.OPEN}


def test_late_older_failure_is_healed():
    attempts = [attempt(1, "ok PATCH active", minute=10), attempt(2, "fail PATCH active", minute=5)]
    assert states(attempts) == {"x": State.HEALED}


@pytest.mark.parametrize("success_id", [1, 3])
def test_simultaneous_failure_and_success_stay_open(success_id: int):
    attempts = [attempt(2, "fail PATCH active", minute=0), attempt(success_id, "ok PATCH active", minute=0)]
    assert states(attempts) == {"x": State.OPEN}


def test_shows_the_success_that_healed():
    rows = history(["fail PATCH a", "ok PATCH b", "ok PATCH a", "ok PATCH a"])
    status = only(rows)
    assert (status.proof, status.other_success) == (rows[2], None)


def test_shows_the_success_that_deleted():
    rows = history(["fail PATCH a", "ok DELETE -", "ok POST *"])
    assert only(rows).proof == rows[1]


def test_shows_newest_success_that_healed_nothing():
    rows = history(["ok PATCH b", "fail PATCH a", "ok PATCH b", "ok PATCH c"])
    status = only(rows)
    assert (status.proof, status.other_success) == (None, rows[3])


def test_each_failure_has_its_own_outcome():
    rows = [
        "fail PATCH a",
        "fail PATCH b",
        "ok PATCH b",
        "fail PATCH c",
        "fail PATCH c y",
        "fail PATCH a",
        "ok PATCH c",
    ]
    found = outcomes(history(rows))
    assert found == {1: "open", 2: "healed", 4: "moved", 5: "healed", 6: "open"}
    assert outcomes(history(["fail PATCH a", "ok PATCH a", "fail PATCH a"])) == {1: "healed", 3: "regressed"}
    assert outcomes(history(["fail PATCH a", "ok DELETE -"])) == {1: "deleted"}


def test_earlier_success_is_not_shown():
    status = only(history(["fail PATCH a", "ok PATCH b", "fail PATCH a"]))
    assert status.other_success is None


def test_regression_counts_all_attempts_without_proof():
    rows = history(["fail PATCH a", "ok PATCH a", "fail PATCH a", "ok PATCH b"])
    status = only(rows)
    assert (status.state, status.proof, status.other_success) == (State.REGRESSED, None, rows[3])
    assert (status.tries, status.first_failed, status.last_failed) == (2, rows[0], rows[2])


def test_a_moved_problem_shows_no_success():
    moved, _ = statuses(history(["fail PATCH a x", "ok PATCH b", "fail PATCH a y"]))
    assert (moved.state, moved.proof, moved.other_success) == (State.MOVED, None, None)


@pytest.mark.parametrize(
    ("success", "failed", "is_covered"),
    [
        ({"active"}, {"active"}, True),
        ({"active", "title"}, {"active"}, True),
        ({"active"}, {"active", "title"}, False),
        ({"members", "members=a"}, {"members+a"}, True),
        ({"members"}, {"members+a"}, False),
        ({"members", "members=b"}, {"members-a", "members+b"}, True),
        ({"members", "members=a", "members-a"}, {"members+a"}, False),
        ({"members", "members+a"}, {"members-a"}, False),
        ({"members+a", "members-a"}, {"members+a", "members-a"}, True),
        ({"active=true", "title"}, {"active=true"}, True),
        ({"active=false"}, {"active=true"}, False),
        ({"active"}, {"active=true"}, False),
        ({"members"}, {"members"}, True),
        ({"members+a"}, {"members"}, False),
        ({"members-a"}, {"members+a"}, False),
        ({"members"}, {"membership"}, False),
        ({CUT}, {"active"}, False),
    ],
)
def test_a_patch_covers_what_it_touches(success: set[str], failed: set[str], is_covered: bool):
    assert covers(frozenset(success), frozenset(failed)) is is_covered


def test_worst_resource_decides_problem_state():
    order = [State(name) for name in ("regressed", "open", "perhaps_healed", "healed", "moved", "deleted")]
    for number, state in enumerate(order):
        assert worst(reversed(order[number:])) is state


def test_no_statuses_have_no_worst():
    with pytest.raises(ValueError, match="empty"):
        worst([])


@pytest.mark.parametrize(
    ("hours", "now", "is_expected"),
    [
        ([], 1_000, False),
        ([0], 23.9, False),
        ([0], 24, True),
        ([0, 1, 2], 25.9, False),
        ([0, 1, 2], 26, True),
        ([0, 10, 20], 49.9, False),
        ([0, 10, 20], 50, True),
        ([20, 0, 10], 49.9, False),
        ([0, 1, 21], 52.4, False),
        ([0, 1, 21], 52.5, True),
        ([100], 0, False),
    ],
)
def test_open_problem_becomes_quiet(hours: list[int], now: float, is_expected: bool):
    tries = [NOON + timedelta(hours=hour) for hour in hours]
    assert is_quiet(tries, NOON + timedelta(hours=now)) is is_expected


names = st.sampled_from([ALL, CUT, "active", "title", "members", "members+a", "members-a"])
drafts = st.builds(
    Attempt,
    id=st.just(0),
    at=st.integers(0, 5).map(lambda minute: NOON + timedelta(minutes=minute)),
    status=st.sampled_from(["SUCCESS", "FAILURE", "ERROR", "PARTIAL", ""]),
    request_method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "patch", ""]),
    problem=st.sampled_from(["x", "y", "z", ""]),
    touched=st.frozensets(names, max_size=3),
    body=st.sampled_from(["a", "b", ""]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Attempt]:
    rows: list[Attempt] = draw(st.lists(drafts, max_size=12))
    return [
        Attempt(number, row.at, row.status, row.request_method, row.problem, row.touched, row.body)
        for number, row in enumerate(rows)
    ]


def test_reopened_problem_dates_from_new_failure():
    rows = ["fail PATCH a", "fail PATCH a", "ok PATCH a", "fail PATCH a", "fail PATCH a"]
    [status] = statuses([attempt(number, words) for number, words in enumerate(rows)])
    assert (status.tries, status.open_tries, status.opened_by.id) == (4, 2, 3)


@given(histories(), st.randoms(use_true_random=False))
@examples(100)
def test_arrival_order_does_not_matter(rows: list[Attempt], random):
    shuffled = random.sample(rows, len(rows))
    assert statuses(shuffled) == statuses(iter(rows))


@given(histories())
@examples(100)
def test_every_failure_counts_exactly_once(rows: list[Attempt]):
    found = statuses(rows)
    assert sum(status.tries for status in found) == sum(row.status in {"FAILURE", "ERROR"} for row in rows)
    for status in found:
        is_settled = status.state in {State.HEALED, State.PERHAPS_HEALED, State.DELETED}
        assert (status.proof is not None) is is_settled
        later = [row for row in (status.proof, status.other_success) if row is not None]
        assert all(row.status == "SUCCESS" and row.at >= status.last_failed.at for row in later)
        assert status.other_success is None or status.state in {State.OPEN, State.REGRESSED}


@given(histories())
@examples(100)
def test_deleting_the_resource_leaves_nothing_open(rows: list[Attempt]):
    last = Attempt(len(rows), NOON + timedelta(hours=1), "SUCCESS", "DELETE", "", frozenset(), "")
    assert not {State.OPEN, State.REGRESSED} & set(states([*rows, last]).values())
