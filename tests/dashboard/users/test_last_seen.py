"""When somebody was last here is noted, but not by a write for each request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.users.models import LastSeen
from tests.conftest import NOW


@pytest.fixture
def admin(make_user, signed_in_as):
    """An admin whose first visit is still to come."""
    return signed_in_as(make_user())


def test_visit_is_noted_once_in_five_minutes(admin, account, time_machine):
    admin.get("/people/")
    assert LastSeen.objects.get().at == NOW
    time_machine.move_to(NOW + timedelta(minutes=4), tick=False)
    admin.get("/people/")
    assert LastSeen.objects.get().at == NOW
    time_machine.move_to(NOW + timedelta(minutes=6), tick=False)
    admin.get("/people/")
    assert LastSeen.objects.get().at == NOW + timedelta(minutes=6)


def test_second_visit_writes_nothing(admin, account):
    admin.get("/people/")
    with CaptureQueriesContext(connection) as queries:
        admin.get("/people/")
    assert not any(query["sql"].startswith(("INSERT", "UPDATE")) for query in queries)


def test_clock_set_back_does_not_stop_it(admin, account, time_machine):
    admin.get("/people/")
    time_machine.move_to(NOW - timedelta(days=1), tick=False)
    admin.get("/people/")
    assert LastSeen.objects.get().at == NOW - timedelta(days=1)


def test_refused_page_counts_as_well(kim, signed_in_as):
    signed_in_as(kim).get("/users/")
    assert LastSeen.objects.get().user == kim


def test_visitors_leave_no_trace(client, db):
    client.get("/sign-in/")
    client.get("/people/")
    client.get("/healthz")
    assert not LastSeen.objects.exists()
