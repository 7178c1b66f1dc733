"""How many queries each address makes; the table is `tests/query_counts.json`."""

from __future__ import annotations

import os
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection, reset_queries
from django.shortcuts import resolve_url
from django.test.utils import CaptureQueriesContext

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.exported.models import Export, State
from logsync.ingest.snapshots import keep_snapshot
from logsync.models import (
    AccessObject,
    AccessRequest,
    AuditLogChange,
    Replay,
    ScimProblem,
    ScimUpdate,
    Snapshot,
)
from tests import query_counts
from tests.conftest import NOW
from tests.dashboard.test_urls import routes

# They change something, or show no rows.
NOT_PAGES = {
    ".well-known/security.txt",
    "account/",
    "account/confirm/",
    "account/confirm/code/",
    "account/confirm/passkey/",
    "account/password/",
    "account/sessions/",
    "account/two-step/",
    "account/two-step/app/",
    "account/two-step/app/remove/",
    "account/two-step/passkeys/<int:pk>/name/",
    "account/two-step/passkeys/<int:pk>/remove/",
    "account/two-step/passkeys/add/",
    "account/two-step/recovery-codes.txt",
    "account/two-step/recovery-codes/",
    "account/two-step/recovery-codes/new/",
    "freshness/",
    "healthz",
    "logins/<slug:key>/reveal/",
    "people/<address:email>/at-cloudflare/",
    "people/<address:email>/reveal/",
    "password/<slug:uidb64>/<slug:token>/",
    "preferences/",
    "readyz",
    "scim/<slug:key>/reveal/",
    "scim/problems/<slug:key>/note/",
    "sign-in/",
    "sign-in/code/",
    "sign-in/oidc/",
    "sign-in/oidc/callback/",
    "sign-in/passkey/",
    "sign-out/",
    "sync/backfill/",
    "sync/doctor/",
    "sync/now/",
    "users/<int:user>/",
    "users/invite/",
    "views/<int:view>/",
    "views/<int:view>/delete/",
    "views/layout/",
    "views/save/",
    "views/undo/",
    "what-if/<slug:key>/again/",
    "what-if/<slug:key>/cancel/",
}
OFF = '{"Operations":[{"op":"replace","value":{"active":false}}]}'


@pytest.fixture
def add_people(all_logins_known, all_updates_known, make_login, make_update, read_policies):
    """Add people of the company; each has denied and allowed logins, failed SCIM updates, and was deprovisioned."""

    def add(numbers):
        for number in numbers:
            email, minutes = f"person{number}@meridian.example", timedelta(minutes=number)
            app = {"app_uid": f"app-{number}", "app_name": f"App {number}", "app_domain": f"app{number}.example"}
            who = {"user_email": email, "user_id": f"user-{number}", "country": "NL", "connection": "okta"}
            make_login(**who, **app, created_at=NOW - timedelta(hours=20) - minutes, allowed=True)
            make_login(**who, **app, created_at=NOW - timedelta(hours=2) - minutes)
            make_login(**who, app_uid="shared", app_name="Shared", created_at=NOW - timedelta(hours=1) - minutes)
            of = {"resource_user_email": email, "cf_resource_id": f"cf-{number}", "idp_resource_id": f"idp-{number}"}
            error = f"quota {'abcdefghijklmnopqrstuvwxyz'[number] * 3} reached"
            make_update(**of, logged_at=NOW - timedelta(hours=4) - minutes, error_description=error)
            off = {"request_method": "PATCH", "status": "SUCCESS", "error_description": "", "request_body": OFF}
            make_update(**of, **off, logged_at=NOW - timedelta(hours=3) - minutes)
            make_login(**who, **app, created_at=NOW - timedelta(minutes=100) - minutes, allowed=True)
            # Of an application without logins, so that it is on the pages about policies alone.
            health = {"id": f"health-{number}", "decision": "bypass", "include": [{"everyone": {}}]}
            read_policies(health, groups=[{"id": f"group-{number}"}], id=f"configured-{number}")

    return add


def exported():
    """The number of an export of yesterday's logins."""
    times = {"since": NOW - timedelta(hours=24), "as_of": NOW, "started_at": NOW, "finished_at": NOW}
    address = {"path": "/logins.csv", "page": "/logins/", "format": "csv"}
    found = {"state": State.COMPLETE, "coverage": {"kind": "complete"}, "list_name": "Logins", "version": "0"}
    return Export.objects.create(username="sam", **times, **address, **found).pk


def tried(account):
    """The address of a what-if that is done."""
    times = {"asked_at": NOW, "finished_at": NOW, "since": NOW - timedelta(days=7), "until": NOW}
    of = {"account": account, "app_uid": "configured-0", "asked_by": "sam", "state": Replay.State.DONE}
    return f"what-if/{Replay.objects.create(**of, **times).key.hex}/"


def changes(account):
    """The addresses of three changes: between two readings, of the audit log alone, and of something that is gone."""
    kind, versions = AccessObject.Kind.GROUP, Snapshot.objects.filter(object__object_id="edited").count()
    for number in (1, 2):
        at = NOW - timedelta(hours=3 - number)
        changed = keep_snapshot(account, kind, "edited", {"id": "edited", "name": f"Form {versions + number}"}, at)
    elsewhere = {"account": account, "kind": kind, "object_id": "elsewhere"}
    entry, _ = AuditLogChange.objects.get_or_create(**elsewhere, entry_id="entry", changed_at=NOW, action="update")
    keep_snapshot(account, kind, "gone", {"id": "gone", "name": "Gone"}, NOW - timedelta(hours=2))
    gone = AccessObject.objects.get(account=account, object_id="gone")
    AccessObject.objects.filter(pk=gone.pk).update(gone_at=NOW - timedelta(hours=1))
    return {
        "changes/<int:number>/": f"changes/{changed.pk}/",
        "changes/entry/<int:number>/": f"changes/entry/{entry.pk}/",
        "changes/gone/<int:number>/": f"changes/gone/{gone.pk}/",
    }


def pages():
    """Every address of a page or an export under its route, and lists with something chosen and unfolded."""
    person = quote("person0@meridian.example")
    login = AccessRequest.objects.filter(user_email="person0@meridian.example", app_uid="app-0").latest("created_at")
    update = ScimUpdate.objects.filter(cf_resource_id="cf-0").latest("logged_at")
    problem = ScimProblem.objects.get(template__contains="aaa")
    app = f"logins/by-app/app/?app_uid=shared&account={login.account.account_id}"
    export, what_if = exported(), tried(login.account)
    of_a_row = changes(login.account) | {
        "exports/<int:number>/": f"exports/{export}/",
        "exports/<int:number>/again/": f"exports/{export}/again/",
        "exports/<int:number>/manifest.json": f"exports/{export}/manifest.json",
        "audit/<int:number>/": f"audit/{record(None, Action.SYNC_STARTED).number}/",
        "logins/<slug:key>/": resolve_url(login).lstrip("/"),
        "logins/<slug:key>.json": f"logins/{login.key.hex}.json",
        "logins/by-app/app/": app,
        "logins/by-app/people/": app.replace("/app/", "/people/"),
        "logins/by-app/people.csv": app.replace("/app/", "/people.csv"),
        "logins/by-app/people.json": app.replace("/app/", "/people.json"),
        "scim/<slug:key>/": resolve_url(update).lstrip("/"),
        "scim/<slug:key>/body.txt": f"{resolve_url(update).lstrip('/')}body.txt",
        "scim/problems/<slug:key>/": f"scim/problems/{problem.key}/",
        "scim/problems/<slug:key>.csv": f"scim/problems/{problem.key}.csv",
        "scim/problems/<slug:key>.json": f"scim/problems/{problem.key}.json",
        "people/<address:email>/": f"people/{person}/",
        "people/<address:email>/ticket.md": f"people/{person}/ticket.md",
        "people/<address:email>.json": f"people/{person}.json",
        "policies/<slug:kind>/<str:object_id>/": "policies/app/configured-0/",
        "search/": "search/?q=0123456789abcdef",
        "what-if/": f"what-if/?account={login.account.account_id}&app_uid=configured-0",
        "what-if/<slug:key>/": what_if,
        "what-if/<slug:key>/people.csv": f"{what_if}people.csv",
        "what-if/<slug:key>/people.json": f"{what_if}people.json",
    }
    of_a_list = {
        "logins/?open=<slug:key>": f"logins/?open={login.key.hex}",
        "logins/?allowed=any&range=30d": "logins/?allowed=any&range=30d&per_page=200",
        "logins/?country=NL&not.app_name=x": "logins/?country=NL&not.app_name=x",
        "scim/?open=<slug:key>": f"scim/?open={update.key.hex}&status=any",
        "scim/?status=any&range=30d": "scim/?status=any&range=30d&per_page=200",
        "scim/problems/?open=<slug:key>": f"scim/problems/?open={problem.key}",
        "?range=30d": "?range=30d",
        "people/?q=person": "people/?q=person",
    }
    found = {route: of_a_row.get(route, route) for route in set(routes()) - NOT_PAGES} | of_a_list
    return {f"/{name}": f"/{address}" for name, address in found.items()}


def count_queries(client):
    """The queries of a second visit, as the first one notes a look."""
    counts = {}
    for name, address in pages().items():
        for _ in range(2):
            # Django remembers 9,000 queries and warns when it forgets one.
            reset_queries()
            with CaptureQueriesContext(connection) as queries:
                response = client.get(address)
                b"".join(response)
        assert response.status_code == 200, address
        counts[name] = len(queries)
    return counts


def test_query_counts_match_the_table(add_people, signed_in):
    add_people(range(12))
    counts = count_queries(signed_in)
    if os.environ.get(query_counts.REWRITE):
        query_counts.write(connection.vendor, counts)
    assert counts == query_counts.read(connection.vendor), "On purpose? Then run: python -m tests.query_counts"


def test_more_rows_cost_no_more_queries(add_people, signed_in):
    add_people(range(12))
    few = count_queries(signed_in)
    add_people(range(12, 24))
    many = count_queries(signed_in)
    assert {name: (few[name], many[name]) for name in few if many[name] > few[name]} == {}
