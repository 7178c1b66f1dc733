"""Cloudflare's audit log: which entries are kept, how far it is read, and the forms that it tells of."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from logsync.cloudflare.audit_entries import AuditEntry
from logsync.cloudflare.configuration import AUDIT_PAGE_SIZE
from logsync.ingest.configuration.audit_log import MOST_PAGES, OVERLAP, keep_entries
from logsync.models import AccessObject, AuditLogChange, Reading, Snapshot
from tests.conftest import NOW
from tests.logsync.cloudflare.answers import success
from tests.logsync.ingest.configuration.conftest import app, policy, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

MINUTE = timedelta(minutes=1)
DE, NL = ({"geo": {"country_code": country}} for country in ("DE", "NL"))
Kind = AccessObject.Kind


def entry(number, minutes_ago=0.0, uri="access/groups/g1", response=None, **more):
    """An entry about a rule group that grace changed, unless told otherwise."""
    at = NOW - minutes_ago * MINUTE
    return {
        "id": f"entry-{number}",
        "action": {"type": "update", "time": at.isoformat(), "result": "success", "description": "Update group"},
        "actor": {"email": "grace@meridian.example", "type": "user", "context": "dash", "ip_address": "203.0.113.9"},
        "raw": {"method": "PUT", "uri": f"/client/v4/accounts/abc/{uri}?token=hush", "status_code": 200},
        "resource": {"product": "access", "type": "groups", "id": "g1", "response": response or {}},
        **more,
    }


def times():
    """Since when and until when each form of the group is known, in minutes before now, and how."""
    rows = Snapshot.objects.filter(object__object_id="g1").order_by("first_seen_at", "pk")
    return [
        (
            row.content["include"][0].get("geo", {}).get("country_code", "all"),
            (NOW - row.first_seen_at) / MINUTE,
            (NOW - row.last_seen_at) / MINUTE,
            row.source,
            row.is_first,
        )
        for row in rows
    ]


@pytest.fixture
def tell(account):
    """Keep these entries."""
    return lambda *items: keep_entries(account, [found for item in items if (found := AuditEntry.from_json(item))])


@pytest.fixture
def read_group(read, cloudflare_has, time_machine):
    """Read the group with these rules, so many minutes before now."""

    def at(minutes_ago, *rules):
        time_machine.move_to(NOW - minutes_ago * MINUTE, tick=False)
        cloudflare_has.lists["groups"] = [policy("g1", *rules)]
        read()
        time_machine.move_to(NOW, tick=False)

    return at


# Entries


def test_change_is_kept_with_who_and_when(cloudflare_has, read):
    cloudflare_has.lists["audit"] = [entry(1, 5, response={"id": "g1", "name": "Staff", "secret": "hush"})]
    assert read()[Reading.Part.AUDIT_LOG] == ""
    [change] = AuditLogChange.objects.all()
    assert (change.actor_email, change.action, change.kind, change.object_id, change.object_name) == (
        *("grace@meridian.example", "update"),
        *(Kind.GROUP, "g1", "Staff"),
    )
    assert change.changed_at == NOW - 5 * MINUTE
    assert change.content["path"] == "/client/v4/accounts/abc/access/groups/g1"
    assert "hush" not in str(change.content)
    assert "203.0.113.9" not in str(change.content)


@pytest.mark.parametrize(
    ("uri", "kind", "object_id"),
    [
        ("access/apps/a1", Kind.APP, "a1"),
        ("access/apps/a1/policies/p1", Kind.POLICY, "p1"),
        ("access/policies/p2", Kind.POLICY, "p2"),
        ("access/service_tokens/s1/rotate", Kind.SERVICE_TOKEN, "s1"),
        ("access/identity_providers/i1", Kind.PROVIDER, "i1"),
        ("gateway/lists/l1", Kind.LIST, "l1"),
        ("access/groups", Kind.GROUP, "g1"),
    ],
)
def test_address_says_what_changed(uri, kind, object_id):
    found = AuditEntry.from_json(entry(1, uri=uri))
    assert found
    assert (found.kind, found.object_id) == (kind, object_id)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ({"product": "access", "type": "policy", "id": "x"}, Kind.POLICY),
        ({"product": "Zero Trust", "type": "Access Application", "id": "x"}, Kind.APP),
        ({"product": "dns_records", "type": "record", "id": "x"}, None),
        ({"product": "access", "type": "keys", "id": "x"}, None),
        (None, None),
        ("text", None),
    ],
)
def test_words_say_it_without_address(resource, kind):
    found = AuditEntry.from_json(entry(1, resource=resource, raw=None))
    assert (found.kind if found else None) == kind


def test_entries_of_nobodys_business_are_left_out(cloudflare_has, read):
    failed, refused = entry(1), entry(2)
    failed["action"]["result"], refused["raw"]["status_code"] = "failure", 403
    cloudflare_has.lists["audit"] = [failed, refused, entry(3, uri="zones/z1/dns_records/r1", resource={}), {}, None, 7]
    assert read()[Reading.Part.AUDIT_LOG] == ""
    assert not AuditLogChange.objects.exists()


def test_entry_without_id_is_kept_once(tell):
    for _ in range(2):
        tell(entry(1, id=None), entry(2), entry(2))
    assert AuditLogChange.objects.count() == 2


def test_refused_log_costs_no_other_part(cloudflare_has, read):
    cloudflare_has.lists |= {"audit": refusal(), "groups": [policy("g1")]}
    errors = read()
    assert "Account Settings Read" in errors.pop(Reading.Part.AUDIT_LOG)
    assert set(errors.values()) == {""}


# How far it is read


def test_log_goes_on_where_it_ended(cloudflare_has, read, time_machine, settings):
    read()
    time_machine.shift(10 * MINUTE)
    read()
    first, second = [asked for asked in cloudflare_has.params if "since" in asked]
    assert first["since"] == f"{NOW - settings.BACKFILL:%Y-%m-%dT%H:%M:%SZ}"
    assert second["since"] == f"{NOW - OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
    assert first["before"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert (first["direction"], first["limit"]) == ("asc", str(AUDIT_PAGE_SIZE))


def test_long_log_is_read_in_turns(cloudflare_has, read):
    count = MOST_PAGES + 5
    rows = [entry(number, 10_000 - 100 * number) for number in range(count)]

    def page_of_one(request):
        since, start = request.url.params["since"], int(request.url.params.get("cursor", "0"))
        left = [row for row in rows if row["action"]["time"][:19] >= since[:19]][start : start + 1]
        envelope = success(left).json() | {"result_info": {"cursor": str(start + 1) if left else ""}}
        return httpx.Response(200, json=envelope)

    cloudflare_has.lists["audit"] = page_of_one
    read()
    assert AuditLogChange.objects.count() == MOST_PAGES
    assert Reading.objects.get(part=Reading.Part.AUDIT_LOG).read_at is None
    read()
    assert AuditLogChange.objects.count() == count
    assert Reading.objects.get(part=Reading.Part.AUDIT_LOG).read_at == NOW


# What it tells of a time that was not read


def test_form_before_the_first_reading(tell, read_group):
    read_group(10, NL)
    tell(entry(1, 60, response=policy("g1", DE)))
    assert times() == [("DE", 60, 60, "audit_log", True), ("NL", 10, 10, "read", False)]


def test_form_between_two_readings(tell, read_group):
    read_group(30)
    read_group(10, NL)
    tell(entry(1, 20, response=policy("g1", DE)))
    assert times() == [("all", 30, 30, "read", True), ("DE", 20, 20, "audit_log", False), ("NL", 10, 10, "read", False)]


def test_next_reading_gets_its_time(tell, read_group):
    read_group(30)
    read_group(10, NL)
    tell(entry(1, 12, response=policy("g1", NL)))
    assert times() == [("all", 30, 30, "read", True), ("NL", 10, 10, "read", False)]
    assert Snapshot.objects.get(is_first=False).updated_at == NOW - 12 * MINUTE


def test_what_was_read_is_never_replaced(tell, read_group):
    read_group(30, NL)
    read_group(10, NL)
    tell(entry(1, 20, response=policy("g1", DE)))
    assert times() == [("NL", 30, 10, "read", True)]
    assert AuditLogChange.objects.count() == 1


def test_next_reading_goes_on_from_it(tell, read_group):
    read_group(30)
    tell(entry(1, 20, response=policy("g1", DE)))
    read_group(10, DE)
    assert times() == [("all", 30, 30, "read", True), ("DE", 20, 10, "audit_log", False)]


def test_entries_in_any_order_tell_the_same(tell):
    tell(entry(2, 20, response=policy("g1", NL)))
    tell(entry(1, 40, response=policy("g1", DE)))
    assert [(row[0], row[4]) for row in times()] == [("DE", True), ("NL", False)]


@pytest.mark.parametrize(
    "response",
    [{}, {"id": "g1"}, {"id": "g1", "name": "Staff"}, {"id": "g1", "include": None}, {"name": "Staff", "include": []}],
)
def test_part_of_an_object_is_no_form(tell, response):
    tell(entry(1, 20, response=response))
    assert times() == []


def test_answer_in_its_envelope_is_read(tell):
    tell(entry(1, 20, response={"success": True, "result": policy("g1", DE)}))
    assert [row[0] for row in times()] == ["DE"]


def test_application_without_policies_is_no_form(tell):
    tell(entry(1, 20, uri="access/apps/a1", response=app("a1")))
    assert not Snapshot.objects.exists()
    assert AuditLogChange.objects.get().object_name == "App a1"
