"""Stored rows are redacted again by better rules, and stay the same rows."""

from __future__ import annotations

import pytest

from logsync.cloudflare import records
from logsync.derived import recount
from logsync.ingest import redaction
from logsync.ingest.redaction import redact_stored_rows, rows_left
from logsync.ingest.set_aside import set_aside
from logsync.ingest.store import store_access_requests, store_scim_updates, without_secrets
from logsync.models import (
    AccessRequest,
    Installation,
    Mention,
    ProblemNote,
    ScimProblem,
    ScimUpdate,
    SetAsideRow,
)
from logsync.spans import Span
from tests.conftest import NOW

SECRET = "hunter2-zq7"
LOGIN = {"user_email": "ada@x.example", "created_at": NOW.isoformat(), "note": f'password="{SECRET}"', "allowed": True}
UPDATE = {
    "resource_user_email": "ada@x.example",
    "cf_resource_id": "c1",
    "resource_type": "USER",
    "request_method": "PATCH",
    "status": "FAILURE",
    "error_description": f"cannot set password {SECRET}",
    "request_body": f'{{"password": "{SECRET}", "displayName": "Ada", "active": true}}',
    "logged_at": NOW.isoformat(),
}
PLAIN = UPDATE | {"cf_resource_id": "c2", "error_description": "Timeout", "request_body": '{"active": true}'}


@pytest.fixture
def page_of(account):
    """Store what an earlier version let pass; both pages can be stored again by the rules of now."""

    def store_again(clean):
        logins = clean([records.AccessRequest.from_json(LOGIN)])
        updates = clean([records.ScimUpdate.from_json(row) for row in (UPDATE, PLAIN)])
        return [
            *store_access_requests(account, logins, NOW),
            *store_scim_updates(account, updates, NOW, "okta"),
        ]

    return store_again


@pytest.fixture
def earlier(page_of, make_stream):
    """What a version with worse rules stored."""
    stream = make_stream()
    page_of(list)
    set_aside(stream, [records.UnreadableRow("Odd.", {"x": "y"}, "identity", None)], Span(NOW, NOW))
    SetAsideRow.objects.update(text=f'{{"password": "{SECRET}"}}')


def texts():
    models = (AccessRequest, ScimUpdate, SetAsideRow, Mention, ScimProblem)
    return str([list(model.objects.values()) for model in models])


def test_secrets_leave_every_table(earlier):
    assert texts().count(SECRET) >= 5
    assert redact_stored_rows() == 3
    assert SECRET not in texts()
    assert recount.differences() == []
    assert ScimUpdate.objects.get(cf_resource_id="c1").request_body == (
        '{"password": "[redacted]", "displayName": "Ada", "active": true}'
    )


def test_second_redaction_changes_nothing(earlier):
    redact_stored_rows()
    before = texts()
    assert redact_stored_rows() == 0
    assert texts() == before


def test_row_arriving_again_is_known(earlier, page_of):
    """Its key is a hash of what came, whatever became of it here."""
    keys = set(ScimUpdate.objects.values_list("key", flat=True))
    redact_stored_rows()
    assert page_of(without_secrets) == []
    assert set(ScimUpdate.objects.values_list("key", flat=True)) == keys
    assert SECRET not in texts()


def test_notes_follow_their_problem(earlier):
    old = ScimProblem.objects.get(template__contains=SECRET)
    ProblemNote.objects.create(problem=old, act="note", text="Known.", written_by="sam", written_at=NOW)
    redact_stored_rows()
    [note] = ProblemNote.objects.all()
    assert note.problem == ScimUpdate.objects.get(cf_resource_id="c1").problem
    assert not ScimProblem.objects.filter(pk=old.pk).exists()


def test_interrupted_redaction_goes_on(earlier, monkeypatch):
    monkeypatch.setattr(redaction, "BATCH", 1)
    left = rows_left()
    looked = []

    def stop_after_two(rows):
        looked.append(rows)
        if len(looked) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        redact_stored_rows(stop_after_two)
    assert (left, rows_left()) == (4, 2)
    assert redact_stored_rows() == 3
    assert SECRET not in texts()
    assert Installation.get().redacting is None
    assert recount.differences() == []


def test_row_deleted_meanwhile_stays_deleted(earlier, monkeypatch):
    def delete_first(model, rows, fields, save=redaction._save):
        model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
        save(model, rows, fields)

    monkeypatch.setattr(redaction, "_save", delete_first)
    redact_stored_rows()
    assert not AccessRequest.objects.exists()
    assert list(ScimUpdate.objects.values_list("cf_resource_id", flat=True)) == ["c2"]
