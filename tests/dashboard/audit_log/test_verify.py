from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from dashboard.audit_log import verify as verification
from dashboard.audit_log.actions import Action
from dashboard.audit_log.chain import chain
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.audit_log.record import record
from dashboard.audit_log.verify import verify

ENTRY, HEAD = "audit_log_auditentry", "audit_log_audithead"
# Moves every entry from 5 on by one place; the database looks at each row alone, so in two steps.
MAKE_ROOM = (
    f"UPDATE {ENTRY} SET number = -number - 1 WHERE number >= 5",
    f"UPDATE {ENTRY} SET number = -number WHERE number < 0",
)
OTHERS = "at, username, ip_address, user_agent, action, subject, details, previous, hash, key_id, seal"


def said():
    found = verify()
    return [*map(str, found.findings), *found.problems]


def test_untouched_log_is_unbroken(entries):
    found = verify()
    assert (found.is_unbroken, found.entries, found.number, found.hash) == (True, 12, 12, entries[-1].hash)


@pytest.mark.parametrize(
    "change",
    [
        "username = 'mallory'",
        "ip_address = '192.0.2.1'",
        "user_agent = 'curl'",
        "action = 'signed_in'",
        "subject = 'nobody'",
        "details = '{\"a\": 1}'",
        "at = '2020-01-01 00:00:00'",
    ],
)
def test_changed_entry_is_named(entries, tamper, change):
    tamper(f"UPDATE {ENTRY} SET {change} WHERE number = 5")
    assert said() == ["Entry 5 was changed since it was written."]


def test_changed_entry_with_new_hash_shows(entries, tamper):
    entry = entries[4]
    entry.username = "mallory"
    chain(entry, entry.previous)
    tamper(f"UPDATE {ENTRY} SET username = 'mallory', hash = '{entry.hash}' WHERE number = 5")
    assert said() == ["Entry 5 was not written by Gatehouse: its seal is wrong."]


def test_removed_entries_are_named(entries, tamper):
    tamper(f"DELETE FROM {ENTRY} WHERE number IN (3, 7, 8)")
    assert said() == ["Entry 3 was removed.", "Entries 7 to 8 were removed."]


def test_removed_beginning_is_named(entries, tamper):
    tamper(f"DELETE FROM {ENTRY} WHERE number <= 4", f"UPDATE {HEAD} SET forgotten_number = 4")
    assert said() == ["Entries 1 to 4 were removed."]


def test_end_cut_off_is_named(entries, tamper):
    tamper(f"DELETE FROM {ENTRY} WHERE number > 9")
    assert said() == ["Entries 10 to 12 were removed."]


def test_end_cut_off_with_head_needs_noted_hash(entries, tamper):
    head, ninth = entries[-1], entries[8]
    tamper(f"DELETE FROM {ENTRY} WHERE number > 9", f"UPDATE {HEAD} SET number = 9, hash = '{ninth.hash}'")
    assert verify().is_unbroken
    assert verify(ninth.hash).is_unbroken
    assert f"No entry has the hash {head.hash}" in verify(head.hash).problems[0]


def test_emptied_log_needs_noted_hash(entries, tamper):
    tamper(f"DELETE FROM {ENTRY}", f"UPDATE {HEAD} SET number = 0, hash = ''")
    assert verify().is_unbroken
    assert not verify(entries[-1].hash).is_unbroken


def test_swapped_entries_are_named(entries, tamper):
    tamper(
        f"UPDATE {ENTRY} SET number = -6 WHERE number = 5",
        f"UPDATE {ENTRY} SET number = 5 WHERE number = 6",
        f"UPDATE {ENTRY} SET number = 6 WHERE number = -6",
    )
    assert said() == ["Entries 5 to 6 were moved from another place."]


def test_inserted_entry_is_named(entries, tamper):
    copied = entries[3]
    forged = AuditEntry(number=5, at=copied.at, action=copied.action, subject=copied.subject, username="mallory")
    chain(forged, copied.hash)
    values = f"at, 'mallory', ip_address, user_agent, action, subject, details, '{copied.hash}', '{forged.hash}'"
    tamper(
        *MAKE_ROOM,
        f"INSERT INTO {ENTRY} (number, {OTHERS}) SELECT 5, {values}, key_id, seal FROM {ENTRY} WHERE number = 4",
        f"UPDATE {HEAD} SET number = 13",
    )
    assert said() == [
        "Entry 5 was not written by Gatehouse: its seal is wrong.",
        "Entries 6 to 13 were moved from another place.",
    ]


def test_removed_and_renumbered_entries_show(entries, tamper):
    tamper(
        f"DELETE FROM {ENTRY} WHERE number = 5",
        f"UPDATE {ENTRY} SET number = -number + 1 WHERE number > 5",
        f"UPDATE {ENTRY} SET number = -number WHERE number < 0",
        f"UPDATE {HEAD} SET number = 11",
    )
    assert said() == ["Entries 5 to 11 were moved from another place."]


def test_removed_head_is_told(entries, tamper):
    tamper(f"DELETE FROM {HEAD}")
    assert "The row that says where the log ends was changed" in verify().problems[0]


def test_changed_key_makes_nothing_forged(entries, settings):
    settings.SECRET_KEY = "another"
    assert "Entries 1 to 12 were sealed with a key that is not known here" in said()[0]
    record(None, Action.SIGNED_IN)
    assert said() == []


def test_older_key_can_be_given(entries, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert said() == []


def test_change_before_new_key_shows(entries, settings, tamper):
    settings.SECRET_KEY = "another"
    record(None, Action.SIGNED_IN)
    tamper(f"UPDATE {ENTRY} SET username = 'mallory' WHERE number = 5")
    assert said() == ["Entry 5 was changed since it was written."]


def test_log_under_unknown_key_is_told(entries, settings, tamper):
    """Whoever has the database, but not the key, writes the end of the log anew."""
    key, settings.SECRET_KEY = settings.SECRET_KEY, "mallory's own"
    forged = entries[-1]
    forged.username = "mallory"
    chain(forged, forged.previous)
    tamper(
        f"UPDATE {ENTRY} SET username = 'mallory', hash = '{forged.hash}', key_id = '{forged.key_id}', "
        f"seal = '{forged.seal}' WHERE number = 12",
        f"UPDATE {HEAD} SET hash = '{forged.hash}'",
    )
    settings.SECRET_KEY = key
    assert "Entry 12 was sealed with a key that is not known here" in said()[0]


def test_findings_are_not_without_end(entries, tamper, monkeypatch):
    monkeypatch.setattr(verification, "MOST_FINDINGS", 4)
    tamper(f"UPDATE {ENTRY} SET subject = 'x' WHERE number IN (2, 4, 6, 8, 10, 12)")
    found = verify()
    assert (len(found.findings), found.more_findings) == (4, 2)


def test_command_prints_newest_hash(entries, capsys):
    call_command("verify_audit", expect=entries[3].hash)
    written = capsys.readouterr().out
    assert "12 entries from" in written
    assert f"Entry 12 has the hash {entries[-1].hash}" in written


def test_command_fails_on_broken_log(entries, tamper):
    tamper(f"DELETE FROM {ENTRY} WHERE number = 5")
    with pytest.raises(CommandError, match=r"Entry 5 was removed\."):
        call_command("verify_audit")


def test_command_knows_empty_log(db, capsys):
    call_command("verify_audit")
    assert "The audit log is empty." in capsys.readouterr().out


def test_log_grown_since_is_unbroken(entries):
    head = AuditHead.objects.get()
    record(None, Action.SYNC_STARTED)
    assert verify(head.hash).is_unbroken
