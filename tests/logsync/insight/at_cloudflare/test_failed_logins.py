"""Cloudflare's failed logins of a person, held against the rows that are here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.coverage import Coverage
from logsync.insight.at_cloudflare.failed_logins import (
    FailedLogin,
    KeptLogin,
    Outcome,
    failed_logins_of,
    match,
)
from logsync.insight.at_cloudflare.sentences import of_failed_logins
from logsync.spans import Span
from logsync.words import rfc3339
from tests.conftest import NOW
from tests.examples import examples

HOUR = timedelta(hours=1)
# Six hours ago nothing was read, then four hours are settled, one is provisional, one still waits.
COVERAGE = Coverage(
    asked=Span(NOW - 6 * HOUR, NOW),
    beyond=[Span(NOW - 6 * HOUR, NOW - 5 * HOUR)],
    settled=[Span(NOW - 5 * HOUR, NOW - 2 * HOUR)],
    provisional=[Span(NOW - 2 * HOUR, NOW - HOUR)],
    waiting=[Span(NOW - HOUR, NOW)],
)
RAY = "6ad96d0a4873697b"


def item(ray_id=RAY, at=NOW - 3 * HOUR, **metadata):
    return {"expiration": 1, "metadata": {"ray_id": ray_id, "datetime": at and rfc3339(at)} | metadata}


def row(key="1", ray_id=RAY, at=NOW - 3 * HOUR, app_name="Jira", auds=("aud",)):
    return KeptLogin(key, ray_id, at, app_name, frozenset(auds))


def outcomes(items, rows=(), coverage=COVERAGE):
    return [(one.outcome, one.key or one.reason) for one in match(failed_logins_of(items), rows, coverage)]


def test_ray_id_finds_the_row():
    assert outcomes([item()], [row()]) == [(Outcome.FOUND, "1")]
    assert outcomes([item("6AD96D0A4873697B-FRA", at=None)], [row()]) == [(Outcome.FOUND, "1")]


def test_other_ray_id_is_another_login():
    assert outcomes([item("other")], [row()]) == [(Outcome.MISSING, "")]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (5.5, (Outcome.NOT_READ, "beyond")),
        (5, (Outcome.MISSING, "")),
        (2, (Outcome.MAY_COME, "")),
        (1, (Outcome.NOT_READ, "waiting")),
        (0, (Outcome.NOT_READ, "waiting")),
        (100, (Outcome.NOT_READ, "waiting")),
    ],
)
def test_absence_means_what_its_time_says(hours, expected):
    assert outcomes([item(at=NOW - hours * HOUR)]) == [expected]


def test_late_time_may_lack_rows():
    late = Coverage(asked=COVERAGE.asked, late=[COVERAGE.asked])
    assert outcomes([item()], coverage=late) == [(Outcome.MAY_COME, "")]


@pytest.mark.parametrize("aud", ["aud", ""])
def test_time_and_app_do_without_ray_id(aud):
    near = row(ray_id="", at=NOW - 3 * HOUR + timedelta(seconds=1.5))
    assert outcomes([item("", aud=aud, app_name="Jira")], [near]) == [(Outcome.FOUND, "1")]


@pytest.mark.parametrize(
    "other",
    [
        row(ray_id="", at=NOW - 3 * HOUR + timedelta(seconds=2.5)),
        row(ray_id="", auds=("another",)),
        row(ray_id="", at=None),
    ],
)
def test_other_time_or_app_does_not(other):
    assert outcomes([item("", aud="aud")], [other]) == [(Outcome.MISSING, "")]


def test_each_row_counts_once():
    twice = [item("", app_name="Jira"), item("", app_name="Jira")]
    assert outcomes(twice, [row(ray_id="")]) == [(Outcome.FOUND, "1"), (Outcome.MISSING, "")]
    assert outcomes(twice, [row("1", ""), row("2", "")]) == [(Outcome.FOUND, "1"), (Outcome.FOUND, "2")]


def test_without_time_nothing_can_be_told():
    assert outcomes([item("other", at=None), item("", at=None)], [row()]) == [(Outcome.UNKNOWN, "")] * 2


@pytest.mark.parametrize("content", [None, {}, "x", 7, [], [None, 7, "x", []]])
def test_odd_answers_have_no_logins(content):
    assert failed_logins_of(content) == []


@pytest.mark.parametrize("metadata", [None, [], "x", {"ray_id": 7, "datetime": "soon", "app_name": ["x"], "aud": {}}])
def test_odd_fields_are_left_out(metadata):
    assert failed_logins_of([{"metadata": metadata}]) == [FailedLogin("", None, "", "")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=9,
)
FIELDS = st.sampled_from(["ray_id", "datetime", "app_name", "aud"])


@examples(100)
@given(st.lists(st.fixed_dictionaries({"metadata": JSON | st.dictionaries(FIELDS, JSON)}), max_size=4))
def test_any_answer_is_counted_whole(content):
    matched = match(failed_logins_of(content), [row()], COVERAGE)
    assert len(matched) == len(content)
    assert [sentence.text(str) for sentence in of_failed_logins(matched)]


def test_words_say_what_is_found():
    items = [item(), item("b"), item("c", at=NOW - 1.5 * HOUR), item("d", at=NOW), item("e", at=None)]
    said = [one.text(str) for one in of_failed_logins(match(failed_logins_of(items), [row()], COVERAGE))]
    assert said == [
        "1 of 5 failed logins that Cloudflare lists are here.",
        "1 missing, although that time is read: Gatehouse’s copy of the log is incomplete there.",
        "1 from time of which rows may still arrive.",
        "1 from time that Gatehouse hasn’t read.",
        "1 that can’t be compared: Cloudflare gave no time, and no row has their Ray ID.",
    ]
    assert [one.text(str) for one in of_failed_logins(match([], [], COVERAGE))] == [
        "Cloudflare lists no failed login, so there is nothing to compare."
    ]
    twelve = match(failed_logins_of([item()] * 12), [row()], COVERAGE)
    assert [one.text(str) for one in of_failed_logins(twelve)] == [
        "12 of 12 failed logins that Cloudflare lists are here."
    ]
