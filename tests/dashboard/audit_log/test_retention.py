from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from dashboard.audit_log import retention
from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.audit_log.record import record
from dashboard.audit_log.retention import forget_old_entries
from dashboard.audit_log.tasks import forget_old_audit_entries
from dashboard.audit_log.verify import verify
from tests.dashboard.audit_log.test_triggers import _database_now


@pytest.fixture
def three_old_days(db, time_machine, settings):
    """Four entries on each of three days that are too old, and four of today, by the database's own clock."""
    settings.KEEP_AUDIT = timedelta(days=100)
    now = _database_now()
    for days in (112, 111, 110, 0):
        time_machine.move_to(now - timedelta(days=days), tick=False)
        for _ in range(4):
            record(None, Action.SYNC_STARTED)


def test_each_run_forgets_one_day(three_old_days, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    assert [forget_old_entries() for _ in range(4)] == [4, 4, 4, 0]
    kept = list(AuditEntry.objects.values_list("action", flat=True))
    assert kept == [Action.SYNC_STARTED] * 4 + [Action.AUDIT_FORGOTTEN] * 3
    found = verify()
    assert (found.is_unbroken, found.forgotten) == (True, 12)


def test_wrong_clock_loses_one_day(three_old_days, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=405))
    forget_old_entries()
    assert AuditEntry.objects.earliest("number").number == 5


def test_interrupted_deletion_goes_on_later(three_old_days, monkeypatch):
    monkeypatch.setattr(retention, "_delete_through", lambda number: 0)
    forget_old_entries()
    assert verify().is_unbroken
    monkeypatch.undo()
    AuditEntry.objects.filter(number__lte=2).delete()
    assert verify().is_unbroken
    assert forget_old_entries() > 0
    assert verify().is_unbroken


def test_forgotten_entries_survive_new_key(three_old_days, settings):
    forget_old_entries()
    settings.SECRET_KEY = "another"
    record(None, Action.SYNC_STARTED)
    assert verify().is_unbroken


@pytest.mark.django_db
def test_recent_entries_are_kept(settings, time_machine):
    time_machine.move_to(_database_now())
    record(None, Action.SYNC_STARTED)
    assert forget_old_entries() == 0
    assert AuditHead.objects.get().number == 1


def test_database_refuses_younger_entries(three_old_days, settings):
    settings.KEEP_AUDIT = timedelta(days=-1)
    while AuditHead.objects.get().forgotten_number < 12:
        forget_old_entries()
    with pytest.raises(Exception, match="only as entries"), transaction.atomic():
        forget_old_entries()


def test_task_notes_newest_hash(three_old_days, caplog):
    with caplog.at_level(logging.INFO, "dashboard"):
        forget_old_audit_entries()
    assert AuditHead.objects.get().hash in caplog.text
