"""What is derived always follows from the rows, and can be derived again."""

from __future__ import annotations

from functools import partial
from threading import Event
from time import sleep

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare import records
from logsync.derived import recount, scim_problems
from logsync.derived.recount import differences, rebuild, rebuild_if_outdated
from logsync.derived.table_lock import lock_event_tables
from logsync.ingest.retention import forget_before
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import (
    AccessRequest,
    HourlyCount,
    Installation,
    PersonAddress,
    PersonAtApp,
    ScimMember,
    ScimProblem,
    ScimProblemStatus,
    ScimResource,
    ScimUpdate,
    UserId,
    person_of,
)
from logsync.tasks import start_syncs
from tests.conftest import NOW
from tests.examples import examples
from tests.logsync.ingest.workers import at_once, only_on_postgresql, someone_waits_for_a_lock

pytestmark = pytest.mark.django_db

BODIES = {
    ("USER", "PATCH"): '{"Operations":[{"op":"replace","path":"active","value":false}]}',
    ("USER", "POST"): '{"userName":"ada@x.example","active":true}',
    ("USER", "DELETE"): "",
    ("GROUP", "PATCH"): '{"Operations":[{"op":"add","path":"members","value":[{"value":"i1"},{"value":"i2"}]}]}',
    ("GROUP", "PUT"): '{"displayName":"eng","members":[{"value":"i3"}]}',
    ("GROUP", "DELETE"): '{"cut',
}
PEOPLE = ["", "Ada@x.example", "ada@x.example", "ÉVE@x.example"]


def login(second, person, user_id, allowed):
    row = {"user_email": person, "user_id": user_id, "allowed": allowed, "app_uid": "a1"}
    return records.AccessRequest.from_json(
        row | {"created_at": f"2026-11-19T10:00:{second:02}Z", "ray_id": str(second)}
    )


def update(second, kind, ids, person, status):
    resource_type, method = kind
    row = {"resource_type": resource_type, "request_method": method, "request_body": BODIES[kind], "status": status}
    row |= {"cf_resource_id": ids[0], "idp_resource_id": ids[1], "idp_id": "okta", "resource_user_email": person}
    error = "" if status == "SUCCESS" else f"Server error {second % 2}: no “x{second}”"
    return records.ScimUpdate.from_json(
        row | {"logged_at": f"2026-11-19T10:00:{second:02}Z", "error_description": error}
    )


LOGINS = st.builds(
    login,
    st.integers(0, 59),
    st.sampled_from(PEOPLE),
    st.sampled_from(["", "u1", "u2"]),
    st.sampled_from([True, False, None]),
)
UPDATES = st.builds(
    update,
    st.integers(0, 59),
    st.sampled_from(sorted(BODIES)),
    st.tuples(st.sampled_from(["", "c1", "c2", "c3"]), st.sampled_from(["", "i1", "i2"])),
    st.sampled_from(PEOPLE),
    st.sampled_from(["FAILURE", "ERROR", "SUCCESS", "PENDING"]),
)


@examples(40)
@given(st.lists(st.one_of(st.lists(LOGINS, max_size=4), st.lists(UPDATES, max_size=4)), max_size=6))
def test_derived_rows_match_after_any_stores(account, pages):
    for model in (AccessRequest, ScimUpdate, ScimResource, ScimProblem, HourlyCount, PersonAddress, UserId):
        model.objects.all().delete()
    for page in pages:
        if page and isinstance(page[0], records.AccessRequest):
            store_access_requests(account, page, NOW)
        else:
            store_scim_updates(account, page, NOW, "okta")
    assert differences() == []
    forget_before(NOW.replace(hour=11))
    assert differences() == []


@pytest.fixture
def stored(account):
    """A little of everything that is derived."""
    store_access_requests(account, [login(1, "Ada@x.example", "u1", False), login(2, "eve@x.example", "", True)], NOW)
    page = [
        update(1, ("USER", "PATCH"), ("c1", "i1"), "ada@x.example", "FAILURE"),
        update(2, ("GROUP", "PATCH"), ("g1", ""), "", "SUCCESS"),
    ]
    store_scim_updates(account, page, NOW, "okta")
    assert differences() == []


MANIPULATIONS = {
    "an hourly sum": lambda: HourlyCount.objects.update(total=9),
    "a person's time": lambda: PersonAddress.objects.filter(person="ada@x.example").update(allowed_at=NOW),
    "a person who is gone": lambda: PersonAddress.objects.filter(person="eve@x.example").delete(),
    "a person who never was": lambda: UserId.objects.update(person="mallory@x.example"),
    "a person at an app": lambda: PersonAtApp.objects.update(denied_at=None),
    "the person of a login": lambda: AccessRequest.objects.update(person="mallory@x.example"),
    "the person of an update": lambda: ScimUpdate.objects.update(person=""),
    "a problem": lambda: ScimUpdate.objects.update(problem=None),
    "a resource": lambda: ScimUpdate.objects.update(resource=None),
    "what was touched": lambda: ScimUpdate.objects.update(touched="title"),
    "what was asked of an account": lambda: ScimUpdate.objects.update(activity="on"),
    "a status": lambda: ScimProblemStatus.objects.update(state="healed"),
    "a status's tries": lambda: ScimProblemStatus.objects.update(tries=7),
    "a status that is gone": lambda: ScimProblemStatus.objects.all().delete(),
    "a member": lambda: ScimMember.objects.filter(member_id="i1").delete(),
}


@pytest.mark.parametrize("manipulation", MANIPULATIONS)
def test_every_wrong_row_is_repaired(stored, manipulation):
    MANIPULATIONS[manipulation]()
    assert differences() != []
    rebuild()
    assert differences() == []


def test_looking_for_differences_changes_nothing(stored):
    ScimProblemStatus.objects.update(state="healed")
    before = list(ScimProblemStatus.objects.values_list())
    assert differences() != []
    assert list(ScimProblemStatus.objects.values_list()) == before


def test_rebuild_keeps_primary_keys(stored):
    before = set(ScimProblem.objects.values_list("pk", "key")), set(ScimResource.objects.values_list("pk", flat=True))
    rebuild()
    after = set(ScimProblem.objects.values_list("pk", "key")), set(ScimResource.objects.values_list("pk", flat=True))
    assert after == before


def test_changed_rules_rebuild_everything(stored, monkeypatch):
    rebuild_if_outdated()
    ScimProblemStatus.objects.update(state="healed")
    rebuild_if_outdated()
    assert ScimProblemStatus.objects.get().state == "healed"
    monkeypatch.setattr(recount, "VERSION", recount.VERSION + 1)
    rebuild_if_outdated()
    assert ScimProblemStatus.objects.get().state == "open"
    assert Installation.get().derived_version == recount.VERSION


@pytest.mark.parametrize("email", ["Ada@X.example", "ÉVE@x.example", "İ@x.example", "ẞ" * 400, ""])
def test_rebuild_folds_addresses_of_older_release(make_login, email):
    make_login(user_email=email)
    AccessRequest.objects.update(person="")
    rebuild()
    assert AccessRequest.objects.get().person == person_of(email)


def test_next_round_derives_older_release_rows(stored):
    AccessRequest.objects.update(person="")
    PersonAddress.objects.all().delete()
    start_syncs()
    assert differences() == []


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_stores_make_one_resource(account):
    pages = [
        [update(number, ("USER", "PATCH"), ("c1", f"i{worker % 2}"), "ada@x.example", "FAILURE") for number in range(8)]
        for worker in range(4)
    ]
    at_once(*(partial(store_scim_updates, account, page, NOW, "okta") for page in pages))
    assert ScimResource.objects.count() == 1
    assert differences() == []


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_updates_wait_for_a_rebuild(account):
    """A rebuild deletes the problem that the new update would refer to."""
    page = [update(1, ("USER", "PATCH"), ("c1", "i1"), "ada@x.example", "FAILURE")]
    store_scim_updates(account, page, NOW, "okta")
    ScimUpdate.objects.all().delete()
    HourlyCount.objects.all().delete()
    is_locked = Event()

    def rebuild_slowly():
        with transaction.atomic():
            lock_event_tables()
            is_locked.set()
            for _ in range(500):
                if someone_waits_for_a_lock():
                    break
                sleep(0.01)
            scim_problems.rebuild()

    def store():
        is_locked.wait(10)
        return store_scim_updates(account, page, NOW, "okta")

    _, new = at_once(rebuild_slowly, store)
    assert new == page
    assert ScimUpdate.objects.get().problem == ScimProblem.objects.get()
    assert differences() == []
