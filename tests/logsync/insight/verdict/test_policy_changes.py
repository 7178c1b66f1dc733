"""The note that something changed in the day before the first denial of a run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.snapshots import keep_snapshot
from logsync.insight.verdict.statement import Certainty
from logsync.models import AccessObject
from logsync.words import rfc3339
from tests.conftest import NOW
from tests.logsync.insight.verdict.test_rules import words
from tests.logsync.insight.verdict.timeline import at

Kind = AccessObject.Kind
POLICY = {"id": "p1", "name": "Engineering", "decision": "allow", "include": [{"everyone": {}}]}


@pytest.fixture
def change_policy(account, read_policies):
    """Have Jira's policy changed between two readings, so many minutes before now; or at one of them, if said."""

    def change(after, by, said=None, of="uid-jira"):
        read_policies(POLICY, id=of, name="Jira", until=at(after))
        updated = {"updated_at": rfc3339(at(said))} if said else {}
        keep_snapshot(account, Kind.POLICY, "p1", POLICY | {"decision": "deny"} | updated, at(by))

    return change


def notes_of(verdict):
    return [(words(line), line.certainty) for line in verdict.notes if line.id.startswith("N14")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((-60, -40, -44), "The policy Engineering changed 14 minutes before the first denial of this run."),
        ((-60, -40), "The policy Engineering changed 10 minutes to 30 minutes before the first denial of this run."),
        ((-60, -30), "The policy Engineering changed in the 30 minutes before the first denial of this run."),
        ((-31, -30, -30), "The policy Engineering changed in the same minute as the first denial of this run."),
    ],
)
def test_change_before_the_run(change, said, judged, change_policy):
    change_policy(*change)
    verdict = judged("jira+ -900, jira- -30, jira- -10")
    assert notes_of(verdict) == [(said, Certainty.FITS)]


@pytest.mark.parametrize("change", [(-20, -15), (-60, -20), (-60 * 30, -60 * 26)])
def test_other_changes_are_not_told(change, judged, change_policy):
    change_policy(*change)
    assert notes_of(judged("jira+ -2800, jira- -30, jira- -10")) == []


def test_changes_of_other_apps_are_not_told(judged, change_policy):
    change_policy(-60, -40, of="uid-wiki")
    assert notes_of(judged("jira+ -900, jira- -30")) == []


def test_others_are_counted(judged, change_policy, account):
    change_policy(-60, -40)
    keep_snapshot(account, Kind.POLICY, "p1", POLICY | {"name": "Engineers"}, NOW - timedelta(minutes=35))
    [(said, _)] = notes_of(judged("jira+ -900, jira- -30"))
    assert said.endswith("of this run; 1 other change came in the day before.")


def test_cost_without_changes(judged, judge_ada, django_assert_max_num_queries):
    judged("jira+ -900, jira- -30")
    with django_assert_max_num_queries(200) as found:
        judge_ada()
    assert len([query for query in found.captured_queries if "logsync_auditlogchange" in query["sql"]]) == 1
