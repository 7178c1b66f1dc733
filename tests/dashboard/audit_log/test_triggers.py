from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.audit_log.record import record
from dashboard.audit_log.triggers import drop, missing_triggers
from dashboard.audit_log.verify import verify

ENTRY, HEAD = "audit_log_auditentry", "audit_log_audithead"
OTHERS = "at, username, ip_address, user_agent, action, subject, details, previous, hash, key_id, seal"
REFUSED = [
    f"UPDATE {ENTRY} SET username = 'mallory' WHERE number = 3",
    f"UPDATE {ENTRY} SET number = 99 WHERE number = 12",
    f"UPDATE {ENTRY} SET subject = subject",
    f"DELETE FROM {ENTRY}",
    f"DELETE FROM {ENTRY} WHERE number = 12",
    f"DELETE FROM {ENTRY} WHERE number = 1",
    f"INSERT INTO {ENTRY} (number, {OTHERS}) SELECT 14, {OTHERS} FROM {ENTRY} WHERE number = 12",
    f"INSERT INTO {ENTRY} (number, {OTHERS}) SELECT 13, {OTHERS} FROM {ENTRY} WHERE number = 12",
    f"INSERT INTO {ENTRY} ({OTHERS}) SELECT {OTHERS} FROM {ENTRY} WHERE number = 12",
    f"UPDATE {HEAD} SET number = 5",
    f"UPDATE {HEAD} SET number = 13",
    f"UPDATE {HEAD} SET hash = ''",
    f"UPDATE {HEAD} SET id = 2",
    f"UPDATE {HEAD} SET forgotten_number = 1",
    f"UPDATE {HEAD} SET forgotten_number = 12",
    f"UPDATE {HEAD} SET forgotten_number = 1000",
    f"DELETE FROM {HEAD}",
    f"INSERT INTO {HEAD} (id, number, hash, forgotten_number) VALUES (2, 0, '', 0)",
]
SQLITE = [
    f"INSERT OR REPLACE INTO {ENTRY} (number, {OTHERS}) SELECT 3, {OTHERS} FROM {ENTRY} WHERE number = 12",
    f"UPDATE OR REPLACE {ENTRY} SET number = 3 WHERE number = 12",
    f"INSERT OR REPLACE INTO {HEAD} (id, number, hash, forgotten_number) VALUES (1, 0, '', 12)",
]
POSTGRESQL = [
    f"TRUNCATE {ENTRY}",
    f"TRUNCATE {HEAD}",
    f"INSERT INTO {ENTRY} (number, {OTHERS}) SELECT 3, {OTHERS} FROM {ENTRY} WHERE number = 12 "
    "ON CONFLICT (number) DO UPDATE SET username = 'mallory'",
]


def _database_now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        [now] = cursor.fetchone()
    return now if isinstance(now, datetime) else datetime.fromisoformat(now).replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(db, time_machine):
    """The clock of the tests is the database's own, which no test can stop."""
    time_machine.move_to(_database_now())


@pytest.mark.parametrize("statement", [*REFUSED, *(POSTGRESQL if connection.vendor == "postgresql" else SQLITE)])
def test_raw_sql_changes_nothing(entries, statement):
    before = list(AuditEntry.objects.values()), list(AuditHead.objects.values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (list(AuditEntry.objects.values()), list(AuditHead.objects.values())) == before


def _change_and_save(entry):
    entry.username = "mallory"
    entry.save()


@pytest.mark.parametrize(
    "change",
    [
        _change_and_save,
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.update(username="mallory"),
        lambda entry: AuditEntry.objects.all().delete(),
        lambda entry: AuditEntry.objects.bulk_update([entry], ["action"]),
        lambda entry: AuditEntry.objects.create(number=14, at=entry.at, action=Action.REFUSED),
        lambda entry: AuditHead.objects.update(number=3),
        lambda entry: AuditHead.objects.all().delete(),
    ],
    ids=["save", "delete", "update", "delete all", "bulk update", "create", "update head", "delete head"],
)
def test_models_change_nothing(entries, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(entries[2])
    assert verify().is_unbroken


def test_old_entries_need_declared_way(entries, tamper):
    long_ago = (_database_now() - timedelta(days=31)).strftime("%Y-%m-%d %H:%M:%S")
    tamper(f"UPDATE {ENTRY} SET at = '{long_ago}' WHERE number <= 6")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(number=1).delete()
    for number in (7, 12):
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditHead.objects.update(forgotten_number=number)
    AuditHead.objects.update(forgotten_number=6)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditHead.objects.update(forgotten_number=5)
    AuditEntry.objects.filter(number__lte=6).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(number=7).delete()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite looks only at tables beside the trigger")
def test_temporary_table_opens_no_way(entries):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {HEAD} AS SELECT 1 AS id, 12 AS number, 1000 AS forgotten_number")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {ENTRY}")


def test_missing_trigger_is_told(entries):
    assert missing_triggers(connection) == set()
    drop(connection)
    assert "audit_entry_update" in missing_triggers(connection)
    assert "`manage.py migrate` makes them again" in verify().problems[0]


@pytest.mark.django_db(transaction=True)
def test_log_works_after_a_flush():
    assert AuditEntry.objects.count() == 0
    record(None, Action.SYNC_STARTED)
    assert missing_triggers(connection) == set()


@pytest.mark.django_db(transaction=True)
def test_log_works_after_another_flush():
    test_log_works_after_a_flush()
