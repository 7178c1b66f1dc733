"""What differs between two forms, as a page shows it."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.differences import MOST_ROWS, MOST_UNCHANGED, difference_of, summary_of
from logsync.insight.policy_changes.names import Names
from logsync.models.sight import Sight, seeing
from tests.conftest import NOW

RENDERER = SentenceRenderer(Viewer(), NOW)
ANYONE: dict[str, Any] = {"everyone": {}}
GERMANY = {"geo": {"country_code": "DE"}}


class MaskedSight(Sight):
    is_masked = True


def rows_of(before, after):
    difference = difference_of(before, after, Names(), RENDERER)
    return [(part.heading.partition(":")[0], row.css) for part in difference.parts for row in part.rows]


def test_lists_come_in_reading_order():
    before = {"include": [ANYONE], "exclude": [], "name": "A"}
    after = {"include": [GERMANY], "exclude": [ANYONE], "name": "B"}
    assert rows_of(before, after) == [
        ("Settings", "replaced"),
        ("Include", "removed"),
        ("Include", "added"),
        ("Exclude", "added"),
    ]


def test_unchanged_rules_stand_beside():
    rules = [{"email": {"email": f"{number}@meridian.example"}} for number in range(9)]
    [part] = difference_of({"include": rules}, {"include": [*rules, ANYONE]}, Names(), RENDERER).parts
    assert ([row.css for row in part.rows].count("same"), part.unchanged) == (MOST_UNCHANGED, 4)


def test_many_changes_are_counted():
    rules = [{"email": {"email": f"{number}@meridian.example"}} for number in range(500)]
    [part] = difference_of({"include": []}, {"include": rules}, Names(), RENDERER).parts
    assert (len(part.rows), part.more) == (MOST_ROWS, 500 - MOST_ROWS)


def test_made_and_gone_show_everything():
    made = difference_of(None, {"include": [ANYONE]}, Names(), RENDERER)
    gone = difference_of({"include": [ANYONE]}, None, Names(), RENDERER)
    assert (made.is_made, made.parts[0].rows[0].css) == (True, "added")
    assert (gone.is_gone, gone.parts[0].rows[0].css) == (True, "removed")


def test_networks_are_masked():
    with seeing(MaskedSight()):
        found = difference_of({"include": [{"ip": {"ip": "203.0.113.77"}}]}, {"include": []}, Names(), RENDERER)
    assert "203.0.113.77" not in found.parts[0].rows[0].before


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"include": [ANYONE]}, {"include": [GERMANY, ANYONE]}, "Include: 1 rule added"),
        ({"require": [GERMANY]}, {"require": [{"geo": {"country_code": "NL"}}]}, "Require: 1 rule replaced"),
        ({"name": "A"}, {"name": "B", "decision": "deny"}, "Name, action changed"),
        ({"policies": [{"id": "p"}, {"id": "q"}]}, {"policies": [{"id": "q"}]}, "1 policy removed, 1 moved"),
        ({"updated_at": "1"}, {"updated_at": "2"}, "Saved again, nothing that decides about logins differs"),
    ],
)
def test_summary_in_few_words(before, after, words):
    assert summary_of(before, after) == words
