"""What each room writes into the audit log, seen from its addresses."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.saved.models import SavedView
from dashboard.sync import views as sync
from logsync.models import ProblemNote, ScimProblem

ADA = "ada@meridian.example"


def written(*actions):
    """The subjects and details of the entries, oldest first."""
    found = AuditEntry.objects.filter(action__in=actions) if actions else AuditEntry.objects.all()
    return list(found.values_list("subject", "details"))


@pytest.fixture
def cannot_write(monkeypatch, client):
    """Every attempt to write an entry fails; the pages answer 500."""

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(AuditEntry, "save", fail)
    client.raise_request_exception = False


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/people/ADA@meridian.example/", "page"),
        (f"/people/{ADA}/ticket.md", "ticket"),
        (f"/people/{ADA}.json", "JSON"),
    ],
)
def test_view_of_person_is_recorded(signed_in, make_login, path, shown):
    make_login()
    for _ in range(2):
        assert signed_in.get(path).status_code == 200
    assert written() == [(ADA, {"shown_as": shown})]
    assert AuditEntry.objects.get().username == "sam"


def test_address_with_problem_shows_nobody(signed_in, make_login):
    make_login()
    signed_in.get(f"/people/{ADA}/?range=never")
    assert written() == []


def test_event_page_shows_its_person(signed_in, make_login, make_update):
    for event in (make_login(), make_update(resource_user_email="bo@meridian.example")):
        assert signed_in.get(event.get_absolute_url()).status_code == 200
    assert written() == [(ADA, {"shown_as": "event"}), ("bo@meridian.example", {"shown_as": "event"})]


@pytest.mark.parametrize(
    "path",
    [f"/logins/?user_email={ADA}", f"/logins/?person={ADA}", f"/scim/?resource_user_email={ADA}", f"/logins/?q={ADA}"],
)
def test_list_of_one_person_is_recorded(signed_in, make_login, path):
    assert signed_in.get(path).status_code == 200
    assert written() == [(ADA, {"shown_as": "list"})]


def test_request_body_shows_its_person(signed_in, make_update):
    signed_in.get(f"{make_update().get_absolute_url()}body.txt")
    assert written() == [(ADA, {"shown_as": "request body"})]


def test_list_of_many_people_is_not(signed_in, make_login):
    for path in ("/logins/", "/logins/?user_email=ada", "/logins/?user_email=@meridian.example", "/logins/by-person/"):
        signed_in.get(path)
    assert written() == []


@pytest.mark.parametrize("text", [ADA, "ada lovelace"])
def test_search_for_person_is_recorded(signed_in, make_login, text):
    make_login()
    signed_in.post("/search/", {"q": text})
    signed_in.get("/people/", {"q": text})
    assert (text, {}) in written(Action.PERSON_SEARCHED)


def test_search_for_event_is_not(signed_in, make_login):
    signed_in.post("/search/", {"q": make_login().ray_id})
    assert written(Action.PERSON_SEARCHED) == []


def test_note_and_ignore_are_recorded(signed_in, make_update):
    make_update()
    problem = ScimProblem.objects.get()
    for act, text in (("note", "asked Okta"), ("ignore", "")):
        signed_in.post(f"/scim/problems/{problem.key}/note/", {"act": act, "text": text})
    path = f"/scim/problems/{problem.key}/"
    assert written() == [(path, {"act": act, "error": problem.template}) for act in ("note", "ignore")]


def test_saved_views_are_recorded(signed_in):
    save = {"page": "logins:list", "query": "country=NL", "name": "Dutch", "is_shared": "on"}
    signed_in.post("/views/save/", save)
    view = SavedView.objects.get()
    signed_in.post(f"/views/{view.pk}/", {"name": "Netherlands", "is_shared": ""})
    signed_in.post("/views/undo/")
    signed_in.post(f"/views/{view.pk}/delete/")
    assert [(subject, details["saved_view"], details["shared_with"]) for subject, details in written()] == [
        ("Dutch", "saved", "everyone"),
        ("Netherlands", "changed", "nobody else"),
        ("Dutch", "restored", "everyone"),
        ("Dutch", "deleted", "everyone"),
    ]


def test_sync_and_backfill_are_recorded(signed_in, make_stream, monkeypatch):
    monkeypatch.setattr(sync, "_start", lambda *args: True)
    stream = make_stream()
    signed_in.post("/sync/now/")
    signed_in.post("/sync/backfill/", {"stream": stream.pk, "since": "2026-11-18", "until": "2026-11-19"})
    range = {"since": "2026-11-18T00:00:00.000000Z", "until": "2026-11-19T00:00:00.000000Z"}
    assert written() == [("sync", {}), ("backfill", {**range, "streams": [str(stream)], "read_again": False})]


def test_unwritten_view_shows_nothing(signed_in, make_login, cannot_write):
    make_login()
    for path in (f"/people/{ADA}/", f"/people/{ADA}/ticket.md", f"/people/{ADA}.json", f"/logins/?user_email={ADA}"):
        response = signed_in.get(path)
        assert response.status_code == 500
        assert "Grafana" not in response.content.decode()


def test_unwritten_change_changes_nothing(signed_in, make_update, cannot_write):
    make_update()
    problem = ScimProblem.objects.get()
    signed_in.post(f"/scim/problems/{problem.key}/note/", {"act": "note", "text": "asked Okta"})
    signed_in.post("/views/save/", {"page": "logins:list", "query": "country=NL", "name": "Dutch"})
    assert not ProblemNote.objects.exists()
    assert not SavedView.objects.exists()
