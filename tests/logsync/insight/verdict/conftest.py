"""A timeline in a small notation, and the verdict that it leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.identity.person import person_named
from logsync.insight.verdict.loading import RequestedRange, facts_of
from logsync.insight.verdict.rules import judge
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW
from tests.logsync.insight.verdict.timeline import Timeline


@pytest.fixture
def timeline(now, account, okta, make_stream, cover, make_login, make_update):
    """Make what a text in the notation says."""
    return Timeline(account, okta, make_stream, cover, make_login, make_update)


@pytest.fixture
def judge_ada():
    """The verdict on ada as things stand, for the last seven days unless told otherwise."""

    def verdict(*, since=NOW - timedelta(days=7), until=None, words="the last 7 days", accounts=None):
        span = Span(since or BEGINNING, until or END)
        return judge(facts_of(person_named("ada@example.com", accounts), RequestedRange(span, NOW, words)))

    return verdict


@pytest.fixture
def judged(timeline, judge_ada):
    """The verdict on ada after a timeline."""

    def judge_after(text, **asked):
        timeline.make(text)
        return judge_ada(**asked)

    return judge_after


def ids_of(verdict):
    """The ids of all that a verdict says, in its order, less what the log cannot tell."""
    headline = [verdict.headline] if verdict.headline else []
    return " ".join(line.id for line in (*verdict.coverage, *headline, *verdict.notes))
