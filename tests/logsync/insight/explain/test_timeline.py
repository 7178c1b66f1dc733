"""Which form an object had at a moment, and what is not proved about it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from logsync.insight.explain.timeline import Form, Timeline
from tests.conftest import NOW


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def timeline(*forms: tuple[float, float, float | None], gone: float | None = None) -> Timeline:
    """Forms by when they were first and last seen, and when they say that they changed, in hours from NOW."""
    return Timeline(
        "policy",
        "5f0a37d0",
        "Engineers",
        None if gone is None else at(gone),
        [
            Form(pk, at(first), at(last), None if updated is None else at(updated))
            for pk, (first, last, updated) in enumerate(forms, start=1)
        ],
    )


TWO_FORMS = timeline((-48, -10, None), (-4, 0, None))
TOLD = timeline((-48, -10, -100), (-4, 0, -6))
ODD = timeline((-48, -10, None), (-4, 0, -20))


@pytest.mark.parametrize(
    ("forms", "moment", "form", "is_proved", "changes"),
    [
        (TWO_FORMS, -30, 1, True, [(-10, -4, None)]),
        (TWO_FORMS, -10, 1, True, [(-10, -4, None)]),
        (TWO_FORMS, -7, 1, False, [(-10, -4, None)]),
        (TWO_FORMS, -4, 2, True, []),
        (TWO_FORMS, 3, 2, False, []),
        (TWO_FORMS, -60, 1, False, [(-10, -4, None)]),
        (TOLD, -60, 1, True, [(-10, -4, -6)]),
        (TOLD, -7, 1, False, [(-10, -4, -6)]),
        (TOLD, -6, 2, True, []),
        (TOLD, -101, 1, False, [(None, -48, -100), (-10, -4, -6)]),
        # A time from before the other form was last seen tells nothing about when this one began.
        (ODD, -7, 1, False, [(-10, -4, None)]),
        (timeline((-48, -10, None), gone=-4), -7, 1, False, [(-10, -4, None)]),
        (timeline((-48, -10, None), gone=-4), -20, 1, True, [(-10, -4, None)]),
    ],
)
def test_form_of_a_moment(forms, moment, form, is_proved, changes):
    found = forms.at(at(moment))
    assert (found.form.pk, found.is_proved, found.is_gone) == (form, is_proved, False)
    assert [(one.after, one.by, one.at) for one in found.changes] == [
        tuple(None if hours is None else at(hours) for hours in change) for change in changes
    ]


def test_gone_since_cloudflare_said():
    found = timeline((-48, -10, None), gone=-4).at(at(-3))
    assert (found.is_gone, found.is_proved, found.changes) == (True, True, ())


def test_newest_form_without_a_moment():
    found = TWO_FORMS.at(None)
    assert (found.form.pk, found.changes) == (2, ())
