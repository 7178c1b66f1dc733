"""A person is erased: nothing names them any more, everybody else's rows stay, and every sum is that of the rows."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from logsync.derived import recount
from logsync.models import (
    AccessRequest,
    DailyCount,
    HourlyCount,
    PersonAddress,
    ProblemNote,
    ScimMember,
    ScimUpdate,
    SetAsideRow,
    Stream,
)
from logsync.privacy.erase import erase
from tests.logsync.privacy.conftest import ADA, BOB


def tables_naming(text):
    """The tables and columns in which a text occurs, in any case."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("incoming_"):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
            found += [
                f"{table}.{name}"
                for row in rows
                for name, value in zip(names, row, strict=True)
                if text in str(value).lower()
            ]
    return sorted(set(found))


@pytest.mark.parametrize("address", [ADA, "ADA@meridian.EXAMPLE"])
def test_no_table_names_erased_person(everything, address):
    assert len(tables_naming(ADA)) > 12
    erase(address)
    assert tables_naming(ADA) == []
    assert tables_naming("ada lovelace") == []
    assert tables_naming("c-ada") == []


def test_summaries_equal_rows_that_are_left(everything):
    erase(ADA)
    assert recount.differences() == []
    assert sum(HourlyCount.objects.values_list("total", flat=True)) == 2 + 3
    assert sum(HourlyCount.objects.values_list("attempts", flat=True)) == 2
    assert sum(DailyCount.objects.values_list("judged", flat=True)) == 2


def test_erasure_says_what_it_did(everything):
    done = erase(ADA)
    # Her logins and updates; rows of others: a login, two updates, a group and two that could not be read.
    assert (done.logins, done.updates, done.others, done.notes) == (3, 3, 6, 1)
    assert ADA not in str(done)


def test_rows_of_others_stay(everything):
    erase(ADA)
    assert set(AccessRequest.objects.values_list("person", flat=True)) == {BOB}
    assert list(PersonAddress.objects.values_list("person", flat=True)) == [BOB]
    assert ScimUpdate.objects.count() == 3
    [body] = ScimUpdate.objects.filter(request_body__contains="manager").values_list("request_body", flat=True)
    assert json.loads(body) == {"manager": "erased@erased.invalid", "displayName": "Bob"}
    failed = ScimUpdate.objects.get(status="FAILURE")
    assert failed.error_description == 'userName "erased@erased.invalid" already exists'
    assert failed.problem is not None
    group = ScimUpdate.objects.get(resource_type="GROUP")
    assert group.resource_group_name == "friends of erased@erased.invalid"
    assert list(ScimMember.objects.values_list("member_id", flat=True)) == ["m1"]
    assert ProblemNote.objects.get().text == "Ask erased@erased.invalid."


def test_rows_set_aside_go_or_lose_address(everything):
    erase(ADA)
    texts = SetAsideRow.objects.order_by("pk").values_list("text", flat=True)
    assert [json.loads(text) for text in texts] == [
        {"user_email": BOB, "note": "erased@erased.invalid"},
        {"user_email": BOB},
    ]
    assert Stream.objects.get(pk=everything.pk).set_aside == 2


def test_rows_of_others_are_known_again(everything, arrive):
    """Their keys are hashes of what came, not of what became of it."""
    erase(ADA)
    keys = set(ScimUpdate.objects.values_list("key", flat=True))
    arrive()
    assert keys <= set(ScimUpdate.objects.values_list("key", flat=True))
    assert ScimUpdate.objects.filter(person=BOB).count() == 2


def test_unknown_address_erases_nothing(everything):
    before = AccessRequest.objects.count(), ScimUpdate.objects.count()
    done = erase("nobody@meridian.example")
    assert (done.logins, done.updates, done.others, done.notes) == (0, 0, 0, 0)
    assert (AccessRequest.objects.count(), ScimUpdate.objects.count()) == before
    assert recount.differences() == []


def test_texts_of_others_are_still_found(everything):
    """Jira is still in a login of Bob's, so it can still be searched by."""
    erase(ADA)
    assert recount.differences() == []
    erase(BOB)
    assert recount.differences() == []
    assert not AccessRequest.objects.exists()
    assert tables_naming("jira") == []
