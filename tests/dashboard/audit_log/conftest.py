"""An audit log with some entries, and a way around its triggers."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connection

from dashboard.audit_log import triggers
from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record


@pytest.fixture
def entries(db):
    """Twelve entries, numbered from 1."""
    return [record(None, Action.PERSON_VIEWED, f"person{number}@meridian.example") for number in range(1, 13)]


@pytest.fixture
def tamper():
    """Run SQL as somebody who owns the tables and switches the triggers off for it."""

    def run(*statements):
        with _unprotected(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return run


@contextmanager
def _unprotected():
    triggers.drop(connection)
    yield
    triggers.protect(using="default")
