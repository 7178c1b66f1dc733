"""Records of exports go when the audit log's entries of them go, a day at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.celery import app
from dashboard.exported.models import Export
from dashboard.exported.retention import forget_old_exports
from dashboard.exported.tasks import forget_old_exports as task
from tests.conftest import NOW


@pytest.fixture
def make_export(db, settings):
    settings.KEEP_AUDIT = timedelta(days=100)

    def make(days):
        started_at = NOW - timedelta(days=days)
        return Export.objects.create(username="sam", format="csv", as_of=started_at, started_at=started_at).pk

    return make


def test_old_exports_are_forgotten(make_export):
    make_export(100.5)
    kept = make_export(99.5)
    assert forget_old_exports() == 1
    assert Export.objects.get().pk == kept
    assert forget_old_exports() == 0


def test_wrong_clock_costs_a_day_at_most(make_export, time_machine):
    make_export(10)
    kept = make_export(8.5)
    time_machine.move_to(NOW + timedelta(days=4000))
    assert forget_old_exports() == 1
    assert Export.objects.get().pk == kept


def test_task_is_found_by_workers(make_export):
    app.loader.import_default_modules()
    assert task.name in app.tasks
    make_export(101)
    task()
    assert not Export.objects.exists()
