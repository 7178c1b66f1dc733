from __future__ import annotations

import pytest
from django.core.management import get_commands
from django.db import DatabaseError

from dashboard.audit_log import record as recording
from dashboard.audit_log.commands import RECORDED, record_command
from dashboard.audit_log.models import AuditEntry


def test_command_names_server_account(db, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ada")
    record_command(["manage.py", "backfill", "--since", "2026-08-01"])
    [entry] = AuditEntry.objects.all()
    assert entry.username.startswith("server:")
    assert entry.subject == "backfill"
    assert entry.details == {"arguments": ["--since", "2026-08-01"], "sudo_user": "ada"}


@pytest.mark.parametrize("line", [[], ["migrate"], ["forget", "--help"], ["person", "erase", "bo@meridian.example"]])
def test_other_commands_leave_no_entry(db, line):
    record_command(["manage.py", *line])
    assert not AuditEntry.objects.exists()


def test_command_without_entry_is_refused(db, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError("no such table")

    monkeypatch.setattr(recording, "record", fail)
    with pytest.raises(SystemExit, match="Nothing was done"):
        record_command(["manage.py", "forget", "--confirm"])


def test_recorded_commands_exist():
    assert RECORDED - {"redact"} <= set(get_commands())
