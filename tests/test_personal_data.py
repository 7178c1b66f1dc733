"""Where personal data of the logs may be, and that it goes with its rows: every table and column is looked at."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from logsync.cloudflare import records
from logsync.cloudflare.audit_entries import AuditEntry
from logsync.derived import recount
from logsync.ingest.configuration.audit_log import keep_entries
from logsync.ingest.configuration.users import keep_users
from logsync.ingest.configuration.wanted import keep_identity
from logsync.ingest.retention import forget_before, forget_runs_before
from logsync.ingest.set_aside import set_aside
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import Log, UserReading
from logsync.spans import Span
from tests.conftest import NOW

MARK = "zq7"

# Columns that hold, or may hold, something about a person that came with the rows of the logs.
FROM_LOGS = {
    "logsync.AccessRequest": {
        *("user_email", "user_id", "app_name", "app_uid", "app_domain", "app_type", "action", "connection"),
        *("ip_address", "country", "ray_id", "extra", "person"),
    },
    "logsync.ScimUpdate": {
        *("status", "error_description", "request_method", "resource_type", "resource_user_email"),
        *("resource_group_name", "idp_id", "idp_resource_id", "cf_resource_id", "request_body", "extra", "person"),
        "touched",
    },
    "logsync.SetAsideRow": {"text"},
    "logsync.PersonAddress": {"person"},
    "logsync.PersonAtApp": {"person", "app_uid"},
    "logsync.UserId": {"user_id", "person"},
    "logsync.Mention": {"value"},
    "logsync.ScimResource": {"resource_type"},
    "logsync.ScimIdentifier": {"resource_type", "scope", "value"},
    "logsync.ScimMember": {"member_id"},
    "logsync.ScimProblem": {"idp_id", "resource_type", "request_method", "template"},
    "logsync.HourlyCount": {"idp_id"},
    "logsync.DailyCount": {"app_uid"},
}
# Columns about people that Cloudflare has beside its logs: its users, and who changed what there.
FROM_CLOUDFLARE = {
    "logsync.CloudflareUser": {"access_id", "user_id", "email", "person", "name"},
    "logsync.LastSeenIdentity": {"access_id", "user_id", "person", "content"},
    "logsync.UserReading": {"person", "content"},
    "logsync.AuditLogChange": {"actor_email", "content", "object_name", "object_id", "entry_id"},
}
# Columns of what people write or look at here. They may name a person of the logs; each is kept by a rule of its own.
FROM_USERS = {
    "logsync.ProblemNote": {"text", "written_by"},
    "logsync.AskedRange": {"asked_by"},
    # Whom the rules of policies name, as they name them at Cloudflare.
    "logsync.Snapshot": {"content", "digest"},
    "logsync.AccessObject": {"name", "object_id"},
    # Edits of policies that are tried, which may name people in their rules, and what they would do to whom. They are
    # kept for an hour.
    "logsync.Replay": {"asked_by", "edit", "before", "app_uid", "policy_id"},
    "logsync.ReplayedPerson": {"person", "app_uid", "now_policy", "edited_policy"},
    "saved.SavedView": {"name", "query"},
    "sign_in.CachedValue": {"cache_key", "value"},
    "audit_log.AuditEntry": {"username", "ip_address", "user_agent", "subject", "details"},
    "exported.Export": {"username", "words", "path", "query", "page"},
}
# Columns that hold nobody's data: names of accounts, providers and apps, states, and what Cloudflare said of a call.
NOBODYS = {
    "logsync.Installation": {"lease_owner", "identity_check", "checks", "redacting"},
    "logsync.ApiToken": {"lease_owner", "fingerprint", "name", "error"},
    "logsync.Account": {"lease_owner", "account_id", "name", "providers_error", "applications_error"},
    "logsync.IdentityProvider": {"idp_id", "name", "label", "type", "identity_update_behavior"},
    "logsync.Application": {"app_uid", "name", "label", "domain", "type", "aud", "hosts"},
    "logsync.AccessObject": {"kind"},
    "logsync.Snapshot": {"source"},
    "logsync.Reading": {"part", "error"},
    "logsync.LastSeenIdentity": {"digest"},
    "logsync.UserReading": {"subject", "error"},
    "logsync.AuditLogChange": {"action", "kind"},
    "logsync.Replay": {"lease_owner", "state", "result", "error"},
    "logsync.ReplayedPerson": {"outcome", "now", "edited"},
    "logsync.Stream": {"lease_owner", "log", "idp_id", "error", "too_old"},
    "logsync.SyncRun": {"owner", "outcome", "error"},
    "logsync.CoveredRange": {"state"},
    "logsync.FailedRange": {"error"},
    "logsync.Claim": {"lease_owner"},
    "logsync.ErasedIdentity": {"digest"},
    "logsync.ScimUpdate": {"activity"},
    "logsync.Mention": {"log", "field"},
    "logsync.ProblemNote": {"act"},
    "logsync.ScimProblem": {"key"},
    "logsync.ScimIdentifier": {"kind"},
    "logsync.ScimProblemStatus": {"state"},
    "logsync.ScimMember": {"way"},
    "logsync.HourlyCount": {"log"},
    "logsync.SetAsideRow": {"reason"},
    "saved.SavedView": {"page"},
    "saved.Layout": {"page", "columns", "sort", "density", "per_page"},
    "saved.LastLook": {"page"},
    "audit_log.AuditEntry": {"action", "previous", "hash", "key_id", "seal"},
    "audit_log.AuditHead": {"hash"},
    "permissions.RolesFromGroups": {"roles"},
    "exported.Export": {"list_name", "coverage", "format", "version", "state", "sha256", "signature"},
}
LISTED = (FROM_LOGS, FROM_CLOUDFLARE, FROM_USERS, NOBODYS)
# The tables of libraries are about the people who sign in here.
OURS = ("logsync.", "dashboard.")
TEXTS = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)


def text_columns():
    """Every column that can hold a text, by its model."""
    return {
        model._meta.label: {field.name for field in model._meta.concrete_fields if isinstance(field, TEXTS)}
        for model in apps.get_models()
        if model.__module__.startswith(OURS)
    }


def test_every_text_column_is_listed():
    """A new column: add it to the list that says whose data it holds, and have retention and `person erase` know it."""
    unlisted = {
        label: sorted(names.difference(*(listed.get(label, set()) for listed in LISTED)))
        for label, names in text_columns().items()
    }
    assert {label: names for label, names in unlisted.items() if names} == {}


def test_every_listed_column_exists():
    columns = text_columns()
    gone = [
        (label, sorted(names - columns.get(label, set())))
        for listed in LISTED
        for label, names in listed.items()
        if names - columns.get(label, set())
    ]
    assert gone == []


def marked_columns():
    """The columns of all tables, by their model, in which the mark occurs in any case."""
    found: dict[str, set[str]] = {}
    labels = {model._meta.db_table: model._meta.label for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("incoming_"):
                # What `store` copies rows through, emptied with each commit; the test has none before its end.
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                marked = {name for name, value in zip(names, row, strict=True) if MARK in str(value).lower()}
                if marked:
                    found.setdefault(labels.get(table, table), set()).update(marked)
    return found


LOGIN = {
    **{name: f"{MARK}-{name}" for name in ("user_id", "app_name", "app_uid", "app_domain", "app_type", "connection")},
    **{name: f"{MARK}-{name}" for name in ("ip_address", "country", "ray_id", "device", "action")},
    "user_email": f"{MARK}@meridian.example",
    "allowed": False,
    "created_at": NOW.isoformat(),
    "posture": {"checks": [{"name": f"{MARK}-nested"}]},
}
UPDATE = {
    **{name: f"{MARK}-{name}" for name in ("idp_id", "idp_resource_id", "cf_resource_id", "device")},
    "resource_user_email": f"{MARK}@meridian.example",
    "resource_type": "USER",
    "request_method": "PATCH",
    "status": "FAILURE",
    "error_description": f"{MARK} is not known to us",
    "request_body": json.dumps(
        {
            "displayName": f"{MARK} lovelace",
            "Operations": [{"op": "replace", "path": f'emails[type eq "{MARK}"].value', "value": f"{MARK}@x.example"}],
        }
    ),
    "logged_at": NOW.isoformat(),
}
GROUP = UPDATE | {
    "resource_type": "GROUP",
    "resource_user_email": "",
    "resource_group_name": f"{MARK}-group",
    "cf_resource_id": f"{MARK}-g1",
    "idp_resource_id": f"{MARK}-g2",
    "request_body": json.dumps(
        {"Operations": [{"op": "add", "path": "members", "value": [{"value": f"{MARK}-member"}]}]}
    ),
}
ODD = {name: f"{MARK}-{name}" for name in ("status", "request_method", "resource_type")} | {
    "idp_id": f"{MARK}-idp_id",
    "resource_user_email": f"{MARK}@meridian.example",
    "logged_at": NOW.isoformat(),
}


@pytest.fixture
def marked_rows(account, make_stream):
    """Rows of both logs, and one that could not be read, with the mark wherever they can have it; what is derived."""
    logins, updates = make_stream(), make_stream(Log.SCIM_UPDATES, f"{MARK}-idp_id")
    # Services have their ids among the texts to search by.
    of_service = LOGIN | {"user_email": "", "connection": "service_token"}
    allowed = LOGIN | {"action": "login", "allowed": True}
    login_page = [records.AccessRequest.from_json(row) for row in (LOGIN, allowed, of_service)]
    store_access_requests(account, login_page, NOW)
    page = [records.ScimUpdate.from_json(row) for row in (UPDATE, GROUP, ODD, ODD | {"status": "FAILURE"})]
    store_scim_updates(account, page, NOW, updates.idp_id)
    unreadable = records.UnreadableRow("It is no row.", [f"{MARK}-set-aside"], "identity", None)
    set_aside(logins, [unreadable], Span(NOW - timedelta(minutes=15), NOW))
    assert recount.differences() == []


@pytest.fixture
def marked_users(account, marked_rows):
    """What Cloudflare has of the same person beside its logs."""
    row = {"id": f"{MARK}-id", "uid": f"{MARK}-uid", "email": LOGIN["user_email"], "name": f"{MARK} lovelace"}
    [user] = keep_users(account, [row], NOW)
    keep_identity(user, {"user_uuid": f"{MARK}-uuid", "email": LOGIN["user_email"], "groups": [f"{MARK}-group"]}, NOW)
    content = [{"metadata": {"user_email": LOGIN["user_email"]}}]
    UserReading.objects.create(
        account=account, person=user.person, subject=UserReading.Subject.SESSIONS, wanted_at=NOW, content=content
    )
    entry = AuditEntry.from_json(
        {
            "id": f"{MARK}-entry",
            "action": {"type": "update", "time": NOW.isoformat(), "description": f"{MARK} changed it"},
            "actor": {"email": LOGIN["user_email"]},
            "resource": {
                "product": "access",
                "type": "group",
                "id": f"{MARK}-g1",
                "request": {"name": f"{MARK} staff"},
            },
        }
    )
    assert entry
    keep_entries(account, [entry])


def test_marks_are_where_the_list_says(marked_users):
    """Else the next test would prove little."""
    marked = marked_columns()
    marked.pop("logsync.Stream")
    assert marked == FROM_LOGS | FROM_CLOUDFLARE


def test_nothing_is_left_after_retention(marked_users):
    forget_before(NOW + timedelta(days=1))
    forget_runs_before(timezone.now())
    marked = marked_columns()
    # The stream is not the row's: its provider goes on.
    assert marked.pop("logsync.Stream") == {"idp_id"}
    assert marked == {}
    assert recount.differences() == []
