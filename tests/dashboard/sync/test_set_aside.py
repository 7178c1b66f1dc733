"""Rows that could not be read are counted and can be looked at."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from dashboard.sync.set_aside import MOST_SHOWN
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def set_aside(make_stream):
    """Set rows of the account's logins aside, the newest last."""
    stream = make_stream()

    def set_aside(*texts):
        for hours, text in enumerate(texts, start=-len(texts)):
            at = NOW + hours * HOUR
            values = {"received_at": at, "since": at - HOUR, "until": at, "reason": "It is not a JSON object."}
            stream.set_aside_rows.create(key=uuid4(), text=text, **values)

    return set_aside


def test_nothing_set_aside_shows_nothing(make_stream, page):
    make_stream()
    assert "set aside" not in page().text


def test_row_set_aside_is_shown(set_aside, page):
    set_aside("null", '{"new": "</pre><script>alert(1)</script>"}')
    shown = page()
    assert "2 rows set aside; all other rows of the same time are stored" in shown.text
    assert shown.text.index("alert(1)") < shown.text.index("null")
    assert "Logins · Meridian: It is not a JSON object." in shown.text
    assert "received 19 Nov 13:06:12, with the time from 19 Nov 12:06:12 to 19 Nov 13:06:12" in shown.text
    assert "These are the newest" not in shown.text


def test_only_newest_rows_are_shown(set_aside, page):
    set_aside(*(f"row {number}." for number in range(MOST_SHOWN + 5)))
    text = page().text
    assert f"{MOST_SHOWN + 5} rows set aside" in text
    assert f"These are the newest {MOST_SHOWN}." in text
    assert ("row 5." in text, "row 4." in text) == (True, False)
