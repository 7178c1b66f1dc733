from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.audit.paging import read_page
from dashboard.audit.tables import AuditTable
from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.audit_log.record import record
from dashboard.permissions.roles import Role

HOSTILE = "=<script>alert('x')</script>\u202e\u200b\x1b[31m"


@pytest.fixture
def log(rf, make_user, time_machine, now):
    """Five entries of ada and bo, one a minute, the newest now."""
    ada, bo = make_user("ada"), make_user("bo")
    written: list[tuple[User, str, Action, str, dict[str, Any]]] = [
        (ada, "192.0.2.7", Action.SIGNED_IN, "", {}),
        (ada, "192.0.2.7", Action.PERSON_VIEWED, "cy@meridian.example", {"shown_as": "page"}),
        (bo, "2001:db8::1", Action.EXPORTED, "Logins", {"filters": "Result: denied", "rows": 12}),
        (bo, "2001:db8::1", Action.REFUSED, "/audit/", {"permission": "view_audit"}),
        (ada, "198.51.100.9", Action.PERSON_VIEWED, "dee@meridian.example", {"shown_as": "ticket"}),
    ]
    for minute, (user, address, action, subject, details) in enumerate(written, start=-len(written) + 1):
        time_machine.move_to(now + timedelta(minutes=minute), tick=False)
        request = rf.get("/", REMOTE_ADDR=address, HTTP_USER_AGENT="Firefox")
        request.user = user
        record(request, action, subject, **details)


@pytest.fixture
def shown(signed_in, log):
    """The numbers of the entries that an address lists, in order."""

    def find(query=""):
        response = signed_in.get(f"/audit/{query}")
        assert response.status_code == 200, query
        return [int(number) for number in re.findall(r'id="entry-(\d+)"', response.content.decode())]

    return find


def test_newest_entry_comes_first(shown):
    assert shown() == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?username=ada", [5, 2, 1]),
        ("?not.username=ada", [4, 3]),
        ("?action=exported&action=refused", [4, 3]),
        ("?not.action=person_viewed", [4, 3, 1]),
        ("?subject=cy@meridian.example", [2]),
        ("?ip_address=2001:DB8:0:0::1", [4, 3]),
        ("?ip_address=192.0.2.0/24", [2, 1]),
        ("?ip_address=2001:db8::/32&ip_address=198.51.100.9", [5, 4, 3]),
        ("?q=MERIDIAN", [5, 2]),
        ("?q=dee ada", [5]),
        ("?since=2026-11-19T14:05:00Z&until=2026-11-19T14:06:00Z", [4]),
        ("?range=15m&username=nobody", []),
    ],
)
def test_filters_narrow_the_list(shown, query, numbers):
    assert shown(query) == numbers


def test_typed_words_become_filters(signed_in, log):
    response = signed_in.get("/audit/", {"filter": "username:ada action:exported"})
    assert response["Location"] == "/audit/?username=ada&action=exported"


def test_pages_follow_each_other(db, log):
    rows = AuditEntry.objects.all()

    def numbers(query):
        page = read_page(rows, QueryDict(query), 2)
        return [entry.number for entry in page.rows], page.newer, page.older

    assert numbers("") == ([5, 4], "", "4")
    assert numbers("after=4") == ([3, 2], "3", "2")
    assert numbers("after=2") == ([1], "1", "")
    assert numbers("before=1") == ([3, 2], "3", "2")
    assert numbers("before=3") == ([5, 4], "", "4")


def test_equal_times_are_ordered_by_number(db, now):
    for _ in range(5):
        record(None, Action.SYNC_STARTED)
    page = read_page(AuditEntry.objects.all(), QueryDict("after=3"), 2)
    assert [entry.number for entry in page.rows] == [2, 1]
    page = read_page(AuditEntry.objects.all(), QueryDict("before=3"), 2)
    assert [entry.number for entry in page.rows] == [5, 4]


@pytest.mark.parametrize("place", ["after=999", "before=x", "after=" + "9" * 30])
def test_lost_place_is_told(signed_in, log, place):
    page = signed_in.get(f"/audit/?{place}").content.decode()
    assert "here is the first page" in page
    assert 'id="entry-5"' in page


@pytest.mark.parametrize("query", ["?action=nothing", "?since=never", "?usernam=ada"])
def test_problem_shows_no_rows(signed_in, log, query):
    response = signed_in.get(f"/audit/{query}")
    assert response.status_code == 400
    assert 'id="entry-' not in response.content.decode()
    assert signed_in.get(f"/audit.csv{query}").status_code == 400


def test_open_entry_shows_everything(signed_in, log):
    entry = AuditEntry.objects.get(number=3)
    for address in ("/audit/?open=3", "/audit/3/"):
        page = signed_in.get(address).content.decode()
        assert entry.hash in page
        assert entry.seal in page
        assert "Result: denied" in page
        assert "Firefox" in page


def test_row_alone_comes_for_htmx(signed_in, log):
    page = signed_in.get("/audit/3/", headers={"HX-Request": "true"}).content.decode()
    assert page.startswith('<tr class="gh-open"')
    assert "<html" not in page


def test_missing_entry_is_not_found(signed_in, log):
    for number in ("6", "0", "9" * 30):
        assert signed_in.get(f"/audit/{number}/").status_code == 404


def test_page_shows_newest_hash(signed_in, log):
    assert AuditEntry.objects.get(number=5).hash in signed_in.get("/audit/?username=bo").content.decode()


def test_csv_has_rows_of_page(signed_in, log):
    body = b"".join(signed_in.get("/audit.csv?username=bo")).decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["number"] for row in rows] == ["4", "3"]
    assert list(rows[0]) == AuditTable.csv_columns()
    assert (rows[1]["at"], rows[1]["ip_address"]) == ("2026-11-19T14:04:12.000000Z", "2001:db8::1")
    assert json.loads(rows[1]["details"]) == {"filters": "Result: denied", "rows": 12}


def test_json_has_rows_of_page(signed_in, log):
    body = json.loads(b"".join(signed_in.get("/audit.json?username=bo")))
    assert [row["number"] for row in body["result"]] == [4, 3]
    assert body["result"][1]["details"] == {"filters": "Result: denied", "rows": 12}
    assert body["coverage"]["kind"] == "complete"


def test_hostile_entry_is_only_text(signed_in, rf):
    request = rf.get("/", HTTP_USER_AGENT=HOSTILE)
    record(request, Action.SIGN_IN_FAILED, HOSTILE, username=HOSTILE, reason=HOSTILE, **{HOSTILE: [HOSTILE]})
    for address in ("/audit/", "/audit/?open=1", "/audit/1/"):
        assert "<script>alert" not in signed_in.get(address).content.decode()
    body = b"".join(signed_in.get("/audit.csv")).decode()
    row = next(row for row in csv.DictReader(io.StringIO(body)) if row["action"] == Action.SIGN_IN_FAILED)
    assert not any(value.startswith("=") for value in row.values())


@pytest.mark.parametrize("path", ["/audit/", "/audit.csv", "/audit.json", "/audit/1/"])
@pytest.mark.parametrize("role", [Role.HELPDESK, Role.ANALYST])
def test_others_are_refused(client, make_user, log, path, role):
    client.force_login(make_user("eve", role))
    assert client.get(path).status_code == 403


def test_navigation_leads_only_those_who_may(client, make_user, db):
    for role, is_led in ((Role.SECURITY, True), (Role.ANALYST, False)):
        client.force_login(make_user(role.value, role))
        assert ('href="/audit/"' in client.get("/people/").content.decode()) is is_led


def test_list_takes_few_queries(signed_in, log):
    signed_in.get("/audit/")
    with CaptureQueriesContext(connection) as queries:
        signed_in.get("/audit/")
    about_log = [query["sql"] for query in queries if "audit_log" in query["sql"]]
    assert len(about_log) <= 4
