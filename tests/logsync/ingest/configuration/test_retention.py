"""Forms of policies stay as long as there are events of their time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.configuration.retention import forget_configuration_before
from logsync.ingest.snapshots import keep_snapshot
from logsync.models import AccessObject, Snapshot
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def forms(account):
    """A group that had another form each day from the fourth day before now, each seen for an hour."""
    for days in (4, 3, 2, 1):
        for hours in (0, 1):
            at = NOW - days * DAY + timedelta(hours=hours)
            keep_snapshot(account, AccessObject.Kind.GROUP, "g1", {"id": "g1", "name": f"{days} days"}, at)


def names():
    return [row.content["name"] for row in Snapshot.objects.order_by("first_seen_at")]


@pytest.mark.parametrize(
    ("before", "left"),
    [
        (NOW - 5 * DAY, ["4 days", "3 days", "2 days", "1 days"]),
        # Whether it had the form of three or of four days ago, nobody knows.
        (NOW - 3 * DAY - timedelta(hours=1), ["4 days", "3 days", "2 days", "1 days"]),
        (NOW - 3 * DAY, ["3 days", "2 days", "1 days"]),
        (NOW - DAY - timedelta(hours=1), ["2 days", "1 days"]),
        (NOW, ["1 days"]),
    ],
)
def test_form_of_the_oldest_event_stays(forms, before, left):
    forget_configuration_before(before)
    assert names() == left


def test_gone_object_goes_with_its_time(forms):
    AccessObject.objects.update(gone_at=NOW - DAY / 2)
    forget_configuration_before(NOW - DAY / 2)
    assert names() == ["1 days"]
    forget_configuration_before(NOW)
    assert not AccessObject.objects.exists()
