"""`manage.py person`: everything about somebody as JSON, or gone."""

from __future__ import annotations

import json
import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.exported.manifest import signature_of
from dashboard.exported.models import Export
from dashboard.saved.models import SavedView
from logsync.derived import recount
from logsync.models import AccessRequest
from logsync.privacy.erase import erase
from tests.logsync.privacy.conftest import ADA, BOB
from tests.logsync.privacy.test_erase import tables_naming


def person(*arguments, **options):
    out = StringIO()
    call_command("person", *arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


# Export


def test_export_has_all_that_is_kept(written):
    found = json.loads(person("export", "Ada@meridian.example"))
    counts = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    assert counts == {
        "logins": 3,
        "scim_updates": 3,
        "logins_of_others": 1,
        "scim_updates_of_others": 3,
        "rows_set_aside": 2,
        "notes_on_problems": 1,
        "addresses": 1,
        "last_at_apps": 1,
        "user_ids": 2,
        "scim_ids_and_names": 2,
        "memberships": 0,
        "texts_to_search_by": 1,
        "cloudflare_users": 0,
        "last_seen_identities": 0,
        "last_seen_identities_of_others": 0,
        "read_of_the_user": 0,
        "read_of_other_users": 0,
        "changes_at_cloudflare": 0,
        "rules_of_policies": 0,
        "saved_views": 1,
        "exports": 1,
        "audit_entries": 1,
        "sign_in_accounts": 0,
    }
    assert found["address"] == ADA
    assert found["logins"][0]["user_email"] == "Ada@Meridian.example"
    assert found["exports"][0]["words"] == f"user_email {ADA}"


def test_export_misses_no_table(written):
    """Every table that names the person is in it."""
    text = person("export", ADA)
    erase(ADA)
    left = {column.partition(".")[0] for column in tables_naming(ADA)}
    assert left == {"saved_savedview", "exported_export", "audit_log_auditentry"}
    for name in ("saved_views", "exports", "audit_entries"):
        assert json.loads(text)[name]


def test_export_is_written_down(written):
    person("export", ADA)
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.subject) == (Action.PERSON_EXPORTED, ADA)
    assert entry.username.startswith("server:")


def test_export_file_is_private_and_new(written, tmp_path):
    path = tmp_path / "ada.json"
    person("export", ADA, output=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["address"] == ADA
    with pytest.raises(CommandError, match="can't be written"):
        person("export", ADA, output=path)


# Erase


def test_erase_leaves_only_audit_entries(written):
    said = person("erase", ADA, yes=True)
    assert "Erased: 3 logins and 3 SCIM updates." in said
    assert "6 rows about others, 1 note, 1 saved view and 1 export." in said
    assert "audit log still says who looked at this address" in said
    assert tables_naming(ADA) == []
    assert tables_naming("ada%40meridian.example") == []
    assert recount.differences() == []


def test_erasure_is_recorded_without_address(written):
    person("erase", ADA, yes=True)
    entry = AuditEntry.objects.latest("number")
    assert entry.action == Action.PERSON_ERASED
    assert entry.details == {"logins": 3, "updates": 3, "others": 6, "notes": 1, "views": 1, "exports": 1}
    assert len(entry.subject) == 64
    assert "ada" not in entry.subject


def test_other_views_and_exports_stay(written):
    views, exports = SavedView.objects.values(), Export.objects.values()
    kept = views.get(name="NL"), exports.get(words="country NL")
    person("erase", ADA, yes=True)
    assert (views.get(name="NL"), exports.get(words="country NL")) == kept
    assert views.get(name__startswith="Ask")["query"] == "user_email=erased%40erased.invalid&allowed=any"


def test_changed_export_is_signed_again(written):
    person("erase", ADA, yes=True)
    for export in Export.objects.all():
        assert export.signature == signature_of(export)


def test_forged_export_stays_forged(written):
    Export.objects.update(rows=7)
    person("erase", ADA, yes=True)
    for export in Export.objects.all():
        assert export.signature != signature_of(export)


@pytest.mark.parametrize(("typed", "is_erased"), [(ADA.upper(), True), (BOB, False), ("", False)])
def test_erase_asks_for_address_again(written, monkeypatch, typed, is_erased):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: typed)
    if is_erased:
        person("erase", ADA)
    else:
        with pytest.raises(CommandError, match="Nothing was erased"):
            person("erase", ADA)
    assert AccessRequest.objects.filter(person=ADA).exists() is not is_erased


def test_erase_without_terminal_needs_yes(written, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(CommandError, match="add --yes"):
        person("erase", ADA)
    assert AccessRequest.objects.filter(person=ADA).exists()
