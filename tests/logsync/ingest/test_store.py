"""Rows arrive once, whole and without secrets, on both databases."""

from __future__ import annotations

import dataclasses
import json
import string
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare import records
from logsync.derived import recount
from logsync.derived.counts import differences
from logsync.ingest.store import row_keys, store_access_requests, store_scim_updates, without_secrets
from logsync.models import (
    AccessRequest,
    Account,
    HourlyCount,
    Installation,
    ScimIdentifier,
    ScimProblem,
    ScimProblemStatus,
    ScimResource,
    ScimUpdate,
)
from tests.examples import examples
from tests.logsync.ingest.workers import at_once, only_on_postgresql

WINDOW_SINCE = datetime(2026, 11, 18, tzinfo=UTC)
MOMENT = datetime(2026, 11, 19, 10, 0, 0, 123456, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
IDP_ID = "411d2f50-92ce-442f-a163-866113f28168"

LOGIN = {
    "user_email": "the user_email",
    "user_id": "the user_id",
    "app_name": "the app_name",
    "app_uid": "the app_uid",
    "app_domain": "the app_domain",
    "app_type": "the app_type",
    "action": "the action",
    "connection": "the connection",
    "allowed": True,
    "ip_address": "the ip_address",
    "country": "THE COUNTRY",
    "ray_id": "the ray_id",
    "created_at": "2026-11-19T10:00:00.123456Z",
    "purpose_justification_prompt": "the prompt",
    "temporary_access_approvers": ["one", "two"],
}
UPDATE = {
    "status": "THE STATUS",
    "error_description": "the error_description",
    "request_method": "THE METHOD",
    "resource_type": "THE TYPE",
    "resource_user_email": "the resource_user_email",
    "resource_group_name": "the resource_group_name",
    "idp_id": "the idp_id",
    "idp_resource_id": "the idp_resource_id",
    "cf_resource_id": "the cf_resource_id",
    "request_body": '{"the": "request_body"}',
    "logged_at": "2026-11-19T10:00:00.123456Z",
    "news": {"of": ["tomorrow", 1, 1.5, None, True]},
}
DERIVED = {"person", "touched", "activity", "resource", "problem"}
COLUMNS_OF_OURS = {"id", "key", "account", "arrived_at", "lacks_time", "extra"} | DERIVED


def logins(*changes):
    return [records.AccessRequest.from_json(LOGIN | change) for change in changes]


def updates(*changes):
    return [records.ScimUpdate.from_json(UPDATE | change) for change in changes]


@pytest.fixture
def store(account):
    """Store one page of logins; the number of new rows."""
    return lambda *changes: len(store_access_requests(account, without_secrets(logins(*changes)), WINDOW_SINCE))


@pytest.fixture
def store_updates(account):
    """Store one page of SCIM updates; the number of new rows."""
    return lambda *changes: len(store_scim_updates(account, without_secrets(updates(*changes)), WINDOW_SINCE, IDP_ID))


def columns_of(model):
    """Every column of the table as text, row by row, as the database itself has it."""
    names = ", ".join(f'CAST("{field.column}" AS TEXT)' for field in model._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{model._meta.db_table}"')
        return cursor.fetchall()


# Whole rows


def test_every_login_field_has_column(store, account, now):
    assert store({}) == 1
    login = AccessRequest.objects.get()
    names = {field.name for field in AccessRequest._meta.concrete_fields} - COLUMNS_OF_OURS
    assert {name: getattr(login, name) for name in names} == {name: LOGIN[name] for name in names - {"created_at"}} | {
        "created_at": MOMENT
    }
    assert login.extra == {name: value for name, value in LOGIN.items() if name not in names}
    assert (login.account, login.arrived_at) == (account, now)


def test_every_update_field_has_column(store_updates, account, now):
    assert store_updates({}) == 1
    update = ScimUpdate.objects.get()
    names = {field.name for field in ScimUpdate._meta.concrete_fields} - COLUMNS_OF_OURS
    assert {name: getattr(update, name) for name in names} == {name: UPDATE[name] for name in names - {"logged_at"}} | {
        "logged_at": MOMENT
    }
    assert update.extra == {"news": UPDATE["news"]}
    assert (update.account, update.arrived_at) == (account, now)


@pytest.mark.parametrize(
    ("kind", "model", "row"), [(records.AccessRequest, AccessRequest, LOGIN), (records.ScimUpdate, ScimUpdate, UPDATE)]
)
def test_record_table_and_tests_share_fields(kind, model, row):
    fields = {field.name for field in dataclasses.fields(kind)} - {"identity", "extra"}
    assert {field.name for field in model._meta.concrete_fields} - COLUMNS_OF_OURS == fields
    assert fields <= row.keys()
    values = [json.dumps(row[name]) for name in fields]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("allowed", [True, False, None])
def test_login_decision_is_kept(store, allowed):
    store({"allowed": allowed})
    assert AccessRequest.objects.get().allowed is allowed


def test_row_with_missing_fields_is_kept(account):
    record = records.AccessRequest.from_json({})
    assert store_access_requests(account, [record], WINDOW_SINCE) == [record]
    login = AccessRequest.objects.get()
    assert (login.user_email, login.country, login.allowed) == ("", "", None)


@pytest.mark.parametrize(
    "text", ["", "a\x00b", "\ud800", "\\N", "\\.", "a\tb\r\nc", '"', "'", "%s", "ü 🎉", "x" * 100_000]
)
def test_any_text_survives_storage(store, text):
    store({"app_name": text, "new": [text]})
    login = AccessRequest.objects.get()
    expected = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    assert login.app_name == expected
    assert login.extra["new"] == [expected]


@pytest.mark.parametrize("value", [None, True, 0, -1.5, 10**99, 1e20, "", [], {}, [[None]], {"": {"a": []}}])
def test_any_extra_value_survives_storage(store, value):
    store({"new": value})
    assert AccessRequest.objects.get().extra["new"] == value


characters = st.sampled_from("\x00\ud800\\\t\n'\"") | st.characters(exclude_categories=())
values = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(characters, max_size=10)
rows = st.dictionaries(st.sampled_from(list(LOGIN | UPDATE)) | st.text(characters, max_size=5), values, max_size=8)


@given(page=st.lists(rows, max_size=5))
@examples(50)
def test_any_page_is_stored_once(account, page):
    page_of_logins = list(map(records.AccessRequest.from_json, page))
    page_of_updates = list(map(records.ScimUpdate.from_json, page))
    before = AccessRequest.objects.count(), ScimUpdate.objects.count()
    new_logins = store_access_requests(account, page_of_logins, WINDOW_SINCE)
    new_updates = store_scim_updates(account, page_of_updates, WINDOW_SINCE, IDP_ID)
    assert AccessRequest.objects.count() == before[0] + len(new_logins)
    assert ScimUpdate.objects.count() == before[1] + len(new_updates)
    assert store_access_requests(account, page_of_logins, WINDOW_SINCE) == []
    assert store_scim_updates(account, page_of_updates, WINDOW_SINCE, IDP_ID) == []
    assert differences() == []


def test_unstorable_row_is_never_skipped_silently(account):
    record = dataclasses.replace(logins({})[0], extra={"new": float("nan")})
    # What comes out of COPY is an error of the driver's own.
    with pytest.raises((DatabaseError, psycopg.DatabaseError)):
        store_access_requests(account, [record], WINDOW_SINCE)


# Once


def test_refetched_page_stores_nothing_new(store, store_updates):
    page = [{"new": number, "ray_id": str(number)} for number in range(5)]
    assert (store(*page), store(*page)) == (5, 0)
    assert AccessRequest.objects.count() == 5
    assert (store_updates({}), store_updates({})) == (1, 0)
    assert ScimUpdate.objects.count() == 1


def test_new_records_keep_page_order(account, store, store_updates):
    store({"ray_id": "2"}, {"ray_id": "4"})
    page = logins(*({"ray_id": ray} for ray in "54321"))
    assert store_access_requests(account, page, WINDOW_SINCE) == [page[0], page[2], page[4]]
    store_updates({"status": "B"})
    page = updates(*({"status": status} for status in "CBA"))
    assert store_scim_updates(account, page, WINDOW_SINCE, IDP_ID) == [page[0], page[2]]


def test_an_empty_page_stores_nothing(store, store_updates):
    assert (store(), store_updates()) == (0, 0)


def test_repeated_row_in_response_counts_twice(store, store_updates):
    assert (store({}, {}), store_updates({}, {}, {})) == (2, 3)
    assert (store({}, {}), store_updates({}, {}, {})) == (0, 0)


def test_row_on_two_pages_counts_once(store):
    assert store({"ray_id": "1"}, {"ray_id": "2"}) == 2
    assert store({"ray_id": "2"}, {"ray_id": "3"}) == 1


def test_added_field_makes_no_new_row(store, store_updates):
    store({})
    store_updates({})
    assert (store({"device": "a phone"}), store_updates({"device": "a phone"})) == (0, 0)


def test_stored_row_is_never_overwritten(store):
    store({"app_name": "before"})
    store({"app_name": "after"})
    assert AccessRequest.objects.get().app_name == "before"


def test_two_pages_share_one_transaction(store):
    assert connection.in_atomic_block
    assert [store({"ray_id": str(number)}) for number in range(3)] == [1, 1, 1]


def test_deleted_row_is_not_restored(store):
    store({"ray_id": "1"}, {"ray_id": "2"})
    AccessRequest.objects.all().delete()
    assert store({"ray_id": "3"}) == 1
    assert AccessRequest.objects.get().ray_id == "3"


@pytest.mark.django_db(transaction=True)
def test_page_needs_no_outer_transaction(store, store_updates):
    assert not connection.in_atomic_block
    assert (store({}, {}), store_updates({})) == (2, 1)


def test_better_redaction_makes_no_row_new(store_updates, monkeypatch):
    body = {"request_body": f'{{"password": "{PASSWORD}"}}'}
    monkeypatch.setattr("logsync.ingest.store.redact_body", lambda text: text)
    store_updates(body)
    monkeypatch.undo()
    assert store_updates(body) == 0


# Complete


GROUP = {
    "resource_type": "GROUP",
    "request_method": "PATCH",
    "status": "FAILURE",
    "request_body": '{"Operations": [{"op": "add", "path": "members", "value": [{"value": "u1"}]}]}',
}


def test_an_update_is_complete_when_inserted(store_updates):
    with CaptureQueriesContext(connection) as statements:
        store_updates(GROUP, {"cf_resource_id": "another"})
    assert [said["sql"] for said in statements if 'UPDATE "logsync_scimupdate"' in said["sql"]] == []
    update = ScimUpdate.objects.get(resource_type="GROUP")
    assert update.touched == "members+u1"
    assert ScimIdentifier.objects.filter(resource=update.resource, value="the cf_resource_id").exists()
    assert ScimProblemStatus.objects.get(resource=update.resource).problem == update.problem
    assert list(update.members.values_list("member_id", flat=True)) == ["u1"]


def test_a_stored_update_creates_nothing_again(store_updates):
    store_updates(GROUP)
    ScimResource.objects.all().delete()
    ScimProblem.objects.all().delete()
    assert store_updates(GROUP, GROUP) == 1
    assert ScimResource.objects.get().updates.count() == ScimProblem.objects.get().updates.count() == 1


def test_known_page_takes_no_lock(store_updates, django_assert_num_queries):
    store_updates({}, GROUP)
    Installation.get()
    with django_assert_num_queries(2) as statements:
        assert store_updates({}, GROUP) == 0
    assert [said["sql"] for said in statements if not said["sql"].startswith("SELECT")] == []


def test_row_stored_meanwhile_stays(store_updates, monkeypatch):
    store_updates(GROUP)
    monkeypatch.setattr("logsync.ingest.store._not_stored", list)
    assert store_updates(GROUP, {}) == 1
    assert recount.differences() == []


# Keys


def test_keys_follow_order_and_number_duplicates(account):
    one, other, again = row_keys(account, "access_requests", ["a", "b", "a"])
    assert len({one, other, again}) == 3
    assert row_keys(account, "access_requests", ["b"]) == [other]
    assert row_keys(account, "access_requests", ["a", "a"]) == [one, again]


def test_key_depends_on_account_log_installation(account, settings):
    another = Account.objects.create(account_id="another")
    keys = row_keys(account, "access_requests", ["a"])
    keys += row_keys(another, "access_requests", ["a"]) + row_keys(account, "scim_updates", ["a"])
    Installation.objects.all().delete()
    settings.IDENTITY_KEY = bytes(32)
    keys += row_keys(account, "access_requests", ["a"])
    assert len(set(keys)) == 4


def test_recorded_rows_keep_their_keys(account, settings):
    """Rows of existing installations are recognised by keys like these."""
    settings.IDENTITY_KEY = bytes(range(32))
    identities = [record.identity for record in logins({}, {})]
    assert list(map(str, row_keys(account, "access_requests", identities))) == [
        "713b6bdf-e669-99e2-d8c6-d0bd9a20ea30",
        "6fb55fd9-d070-9282-a9d0-6bdfc7d283ac",
    ]
    identities = [record.identity for record in updates({}, {})]
    assert list(map(str, row_keys(account, "scim_updates", identities))) == [
        "dc2e1804-eaee-7251-02ca-4ba879f2bdef",
        "dd3e01fc-92d8-40d2-9363-3d7485c36bff",
    ]


def test_two_accounts_may_share_row(store):
    another = Account.objects.create(account_id="another")
    assert store({}) == 1
    assert len(store_access_requests(another, logins({}), WINDOW_SINCE)) == 1
    assert AccessRequest.objects.filter(account=another).count() == 1


def test_row_key_reflects_place_in_response(store, account):
    page = [{"app_name": name, "ray_id": ray} for name, ray in [("a", "2"), ("b", "1"), ("c", "2"), ("d", "3")]]
    keys = row_keys(account, "access_requests", [record.identity for record in logins(*page)])
    store(*page)
    stored = dict(AccessRequest.objects.values_list("key", "app_name"))
    assert [stored[key] for key in keys] == ["a", "b", "c", "d"]


# Rows that lack something


@pytest.mark.parametrize("moment", [None, "", "once", 179508240])
def test_row_without_time_gets_window_start(store, store_updates, moment):
    store({"created_at": moment})
    store_updates({"logged_at": moment})
    login, update = AccessRequest.objects.get(), ScimUpdate.objects.get()
    assert login.created_at == update.logged_at == WINDOW_SINCE
    assert login.lacks_time
    assert update.lacks_time
    assert login.extra["created_at"] == update.extra["logged_at"] == moment


def test_row_without_time_is_stored_once(store, account):
    store({"created_at": None})
    page = logins({"created_at": None})
    assert store_access_requests(account, page, WINDOW_SINCE + timedelta(days=1)) == []
    assert AccessRequest.objects.get().created_at == WINDOW_SINCE


@pytest.mark.parametrize("idp_id", [None, ""])
def test_update_without_provider_gets_requested_one(store_updates, idp_id):
    store_updates({"idp_id": idp_id})
    assert ScimUpdate.objects.get().idp_id == IDP_ID


def test_nanoseconds_are_kept(store):
    store({"created_at": "2026-11-19T10:00:00.123456789Z"})
    login = AccessRequest.objects.get()
    assert login.created_at == MOMENT
    assert login.extra["created_at"] == "2026-11-19T10:00:00.123456789Z"
    assert not login.lacks_time


# Secrets


def test_no_column_contains_password(store, store_updates):
    store_updates(
        {"request_body": f'{{"userName": "ada", "password": "{PASSWORD}"}}'},
        {"request_body": f'{{"userName": "ada", "password": "{PASSWORD}'},
        {"request_body": {"password": PASSWORD}},
        {"error_description": f'cannot set password="{PASSWORD}"'},
        {"error_description": ["password", {"password": PASSWORD}]},
        {"new": {"userPassword": PASSWORD, "deep": [{"client_secret": PASSWORD}]}},
        {"new": f'{{"password": "{PASSWORD}"}}'},
        {"status": {"password": PASSWORD}},
    )
    store({"new": {"password": PASSWORD}}, {"app_name": {"password": PASSWORD}})
    rows = list(map(str, [*columns_of(ScimUpdate), *columns_of(AccessRequest)]))
    assert len(rows) == 10
    assert [row for row in rows if "[redacted]" not in row] == []
    assert [row for row in rows if PASSWORD in row] == []


def test_text_beside_secret_is_kept(store_updates):
    store_updates({"request_body": f'{{"userName": "ada", "password": "{PASSWORD}", "active": true}}'})
    assert ScimUpdate.objects.get().request_body == '{"userName": "ada", "password": "[redacted]", "active": true}'


@pytest.mark.parametrize("body", ["", "{", "null", '{"a": 1} trailing', "<xml/>", "{'single': 1}"])
def test_broken_body_is_kept_unchanged(store_updates, body):
    store_updates({"request_body": body})
    assert ScimUpdate.objects.get().request_body == body


def test_rows_differing_in_secret_are_distinct(store_updates):
    assert store_updates({"request_body": '{"password": "one"}'}, {"request_body": '{"password": "two"}'}) == 2


# Several workers at once


def test_rows_are_stored_in_key_order(store):
    store(*({"ray_id": str(number)} for number in range(20)))
    keys = list(AccessRequest.objects.order_by("id").values_list("key", flat=True))
    assert keys == sorted(keys)


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_store_rows_once(account):
    page = logins(*({"ray_id": f"{number}"} for number in range(500)))
    parts = [page, page[::-1], page, page[::-1]]
    Installation.get()
    new = at_once(*(partial(store_access_requests, account, part, WINDOW_SINCE) for part in parts))
    assert sum(map(len, new)) == AccessRequest.objects.count() == 500
    assert HourlyCount.objects.get().total == 500


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_storing_same_updates_agree(account):
    page = updates(*(GROUP | {"cf_resource_id": f"{number}", "idp_resource_id": ""} for number in range(200)))
    parts = [page, page[::-1], page[:150], page[50:][::-1]]
    Installation.get()
    new = at_once(*(partial(store_scim_updates, account, part, WINDOW_SINCE, IDP_ID) for part in parts))
    assert sum(map(len, new)) == ScimUpdate.objects.count() == ScimResource.objects.count() == 200
    assert (HourlyCount.objects.get().total, ScimProblem.objects.count()) == (200, 1)
    assert recount.differences() == []


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_first_workers_agree_on_installation_key(settings):
    keys = at_once(*[Installation.identity_key] * 4)
    assert keys == [settings.IDENTITY_KEY] * 4
    assert Installation.objects.count() == 1


def test_long_text_is_stored(account):
    # Random letters cannot be compressed, so an index that held them whole would refuse them.
    long = "".join(Random(7).choices(string.ascii_letters + "äöü€", k=9000))
    logins = [records.AccessRequest.from_json(dict.fromkeys(LOGIN, long))]
    body = json.dumps({"Operations": [{"op": "add", "path": "members", "value": [{"value": long}]}]})
    words = {"resource_type": "GROUP", "request_method": "PATCH", "status": "FAILURE", "request_body": body}
    updates = [
        records.ScimUpdate.from_json(dict.fromkeys(UPDATE, long) | words),
        records.ScimUpdate.from_json(dict.fromkeys(UPDATE, long)),
        records.ScimUpdate.from_json({"resource_user_email": long, "idp_id": long, "resource_type": long}),
    ]
    assert len(store_access_requests(account, logins, WINDOW_SINCE)) == 1
    assert len(store_scim_updates(account, updates, WINDOW_SINCE, IDP_ID)) == 3
