"""The sessions that Cloudflare lists for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.at_cloudflare.sentences import of_sessions
from logsync.insight.at_cloudflare.sessions import SessionApp, sessions_of
from tests.conftest import NOW

HOUR = timedelta(hours=1)
EPOCH = int(NOW.timestamp())


def session(hours, **metadata):
    return {"expiration": EPOCH + hours * 3600, "metadata": metadata}


def test_open_sessions_come_longest_first():
    apps = {"1": {"uid": "app-1", "name": "Jira", "hostname": "jira.example", "type": "self_hosted"}}
    found = sessions_of([session(1), session(5, apps=apps, iat=EPOCH - 60), session(-1)], NOW)
    assert [one.expires_at for one in found] == [NOW.replace(microsecond=0) + hours * HOUR for hours in (5, 1)]
    assert found[0].apps == (SessionApp("app-1", "Jira", "jira.example"),)
    assert found[0].began_at is not None


def test_session_without_end_is_open():
    [unknown, known] = sessions_of([session(1), {"metadata": {}}], NOW)
    assert (unknown.expires_at, known.apps) == (None, ())


@pytest.mark.parametrize(
    "content",
    [None, {}, [None, 7, "x"], [{"expiration": -1, "metadata": []}], [{"expiration": 1, "metadata": {"apps": [1]}}]],
)
def test_odd_answers_have_no_open_session(content):
    assert [one for one in sessions_of(content, NOW) if one.expires_at] == []


def test_odd_apps_keep_their_ids():
    [one] = sessions_of([session(1, apps={"x": None, "y": {"name": 7}})], NOW)
    assert [app.app_uid for app in one.apps] == ["x", "y"]


def test_words_count_sessions():
    assert [next(one.text(str) for one in of_sessions(count)) for count in (0, 1, 3)] == [
        "Cloudflare lists no open session.",
        "1 session is still open.",
        "3 sessions are still open.",
    ]
