from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.audit_log.record import LONGEST_TEXT, record, record_once
from dashboard.audit_log.verify import verify
from tests.logsync.ingest.workers import at_once, only_on_postgresql


@pytest.fixture
def asked(rf, make_user):
    """A request of ada's."""
    request = rf.get("/people/x/", REMOTE_ADDR="192.0.2.9", HTTP_USER_AGENT="Firefox", HTTP_COOKIE="sessionid=secret")
    request.user = make_user("ada")
    return request


def test_entry_says_who_and_where(asked, now):
    entry = record(asked, Action.EXPORTED, "logins.csv", rows=3)
    entry.refresh_from_db()
    assert (entry.number, entry.at, entry.username, entry.ip_address) == (1, now, "ada", "192.0.2.9")
    assert (entry.user_agent, entry.subject, entry.details) == ("Firefox", "logins.csv", {"rows": 3})


def test_entry_never_holds_session(asked):
    entry = record(asked, Action.SIGNED_IN)
    assert "secret" not in str(vars(entry))


def test_given_name_stands_for_nobody(db, rf):
    request = rf.post("/sign-in/", REMOTE_ADDR="")
    request.user = AnonymousUser()
    entry = record(request, Action.SIGN_IN_FAILED, username="root")
    assert (entry.username, entry.ip_address) == ("root", "")


@pytest.mark.parametrize(
    "hostile",
    [
        "a\0b",
        "half \ud83d pair",
        "<script>alert(1)</script>",
        "=1+1\t\r\n",
        "\u202egnp.exe",
        "x" * 100_000,
        {"deep": [[[[["deep"]]]]]},
        ["item"] * 10_000,
        {"name\0": {1: 2}},
        {3, 1, 2},
        1e16,
        10**30,
        datetime(2026, 11, 19, tzinfo=UTC),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_hostile_details_are_written(asked, hostile):
    asked.META["HTTP_USER_AGENT"] = str(hostile)
    entry = record(asked, Action.REFUSED, str(hostile), username=str(hostile), found=hostile)
    stored = AuditEntry.objects.get()
    assert stored.details == entry.details
    assert len(str(stored.details)) < LONGEST_TEXT + 100
    assert verify().is_unbroken


@pytest.mark.django_db
def test_entry_takes_two_queries():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        record(None, Action.SYNC_STARTED)
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in asked] == ["SELECT", "INSERT"]


def test_same_view_is_one_entry(asked, time_machine, now):
    for seconds in (0, 1, 598):
        time_machine.shift(seconds)
        record_once(asked, Action.PERSON_VIEWED, "bo@meridian.example", on="page")
    assert AuditEntry.objects.count() == 1


def test_other_view_is_another_entry(asked, time_machine, now):
    view = ("bo@meridian.example", "page", "192.0.2.9")
    others = [("cy@meridian.example", *view[1:]), (view[0], "ticket", view[2]), (*view[:2], "192.0.2.10")]
    for subject, on, asked.META["REMOTE_ADDR"] in [view, *others]:
        record_once(asked, Action.PERSON_VIEWED, subject, on=on)
    time_machine.shift(601)
    asked.META["REMOTE_ADDR"] = view[2]
    record_once(asked, Action.PERSON_VIEWED, view[0], on=view[1])
    assert AuditEntry.objects.count() == 5


@pytest.mark.django_db
def test_undone_entry_leaves_no_gap():
    record(None, Action.SYNC_STARTED)
    with transaction.atomic():
        record(None, Action.SYNC_STARTED, "undone")
        transaction.set_rollback(True)
    record(None, Action.SYNC_STARTED)
    assert list(AuditEntry.objects.values_list("number", flat=True)) == [1, 2]
    assert verify().is_unbroken


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_get_one_order():
    def write():
        for _ in range(10):
            record(None, Action.PERSON_VIEWED)

    at_once(write, write, write, write)
    assert list(AuditEntry.objects.values_list("number", flat=True)) == list(range(1, 41))
    assert AuditHead.objects.get().number == 40
    assert verify().is_unbroken
