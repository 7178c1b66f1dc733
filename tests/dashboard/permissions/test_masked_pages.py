"""Somebody of the helpdesk walks every address: no whole IP address and nothing of a request body is in any answer."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from dashboard.permissions.roles import Role
from dashboard.saved.models import SavedView
from logsync.models import AccessRequest, SetAsideRow
from tests.conftest import NOW
from tests.dashboard.walking import walk

# Every value of a body that is no name, address, group or id has this in it.
SECRET = "hushhush"
ADA = "ada@meridian.example"
PERSON = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "externalId": "00u1",
    "userName": ADA,
    "name": {"givenName": "Ada", "familyName": "Lovelace", "honorificPrefix": f"{SECRET}prefix"},
    "displayName": "Ada Lovelace",
    "nickName": f"{SECRET}nick",
    "title": f"{SECRET}title",
    "active": True,
    "emails": [{"value": ADA, "type": "work", "primary": True}],
    "phoneNumbers": [{"value": f"+3161234{SECRET}", "type": f"{SECRET}type"}],
    "addresses": [{"streetAddress": f"{SECRET}street", "postalCode": f"{SECRET}code"}],
    "photos": [f"https://{SECRET}.example/ada.png"],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": f"{SECRET}number",
        "department": f"{SECRET}department",
        "manager": {"value": f"{SECRET}manager", "displayName": f"{SECRET}boss"},
    },
    "urn:acme:2.0:User": {"displayName": f"{SECRET}badge", "birthday": f"{SECRET}birthday"},
}
OPERATIONS = [
    {"op": "replace", "path": "title", "value": f"{SECRET}title"},
    {"op": "add", "path": f'phoneNumbers[value eq "{SECRET}path"].value', "value": f"{SECRET}phone"},
    {"op": "replace", "path": f"addresses[streetAddress eq {SECRET}open", "value": [{"value": f"{SECRET}street"}]},
    {"op": f"{SECRET}op", "path": "nickName", "value": f"{SECRET}nick"},
    {"op": "replace", "value": {f'phoneNumbers[value eq "{SECRET}key"].type': f"{SECRET}phone", "active": SECRET}},
    {"op": "replace", "path": "active", "value": f"{SECRET}active"},
    {"op": "remove", "path": "title", "value": [{"value": f"{SECRET}gone"}]},
    {SECRET: 1, "op": "add", "path": "urn:acme:2.0:User:badge", "value": {"value": f"{SECRET}badge"}},
]
BODIES = [
    json.dumps(PERSON),
    json.dumps(json.dumps(PERSON)),
    json.dumps([PERSON, SECRET]),
    json.dumps({"Operations": OPERATIONS}),
    *(json.dumps({"Operations": [operation]}) for operation in OPERATIONS),
    json.dumps({"Operations": [{"method": "POST", "path": "/Users", "bulkId": SECRET, "data": PERSON}]}),
    json.dumps({"Operations": SECRET, "title": {"value": SECRET}}),
    f'{{"userName": "{ADA}", "title": "{SECRET}", "title": "{SECRET}again"}}',
    f"title={SECRET}",
    json.dumps(SECRET),
    '{"a":' * 150 + f'"{SECRET}"' + "}" * 150,
]


@pytest.fixture
def world(all_logins_known, all_updates_known, make_login, make_update, make_user):
    """Rows with an IP address each, and every kind of body, after requests that succeeded."""
    for at in range(8):
        is_denied = at % 2 == 0
        make_login(
            created_at=NOW - timedelta(minutes=at),
            user_email=f"p{at}@meridian.example" if at else ADA,
            user_id=f"id-{at}",
            allowed=not is_denied,
            ip_address=f"198.51.100.{at + 100}" if is_denied else f"2001:db8:5:{at:x}00::77{at:02}",
            extra={"proxy": {"addresses": [f"via 192.0.2.{at + 100}"]}},
        )
    make_login(user_email="", ip_address="198.51.100.100", created_at=NOW - timedelta(minutes=1))
    make_login(ip_address="::ffff:198.51.100.240", action="logout", allowed=None)
    make_login(ip_address="198.51.100.241, 198.51.100.242")
    make_login(allowed=True, ip_address="198.51.100.243", created_at=NOW - timedelta(hours=30))
    for at, body in enumerate([*BODIES[:2], *BODIES]):
        has_failed = at >= 2
        make_update(
            logged_at=NOW - timedelta(minutes=200 - at),
            request_method="POST" if at == 0 else "PUT" if "schemas" in body else "PATCH",
            request_body=body,
            status="FAILURE" if has_failed else "SUCCESS",
            error_description="The server is busy" if has_failed else "",
            extra={"request_body": {"title": SECRET}, "from": "192.0.2.99"},
        )
    text = f"{SECRET} 192.0.2.98"
    set_aside = {"key": "0" * 32, "received_at": NOW, "since": NOW, "until": NOW, "reason": "No object", "text": text}
    SetAsideRow.objects.create(stream=all_logins_known, **set_aside)
    all_logins_known.note(set_aside=1)
    colleague = make_user("colleague")
    for page, query in [("logins:list", "ip_address=198.51.100.100"), ("scim:list", f"request_body={SECRET}")]:
        SavedView.objects.create(owner=colleague, name="Theirs", page=page, query=query, is_shared=True)


@pytest.fixture
def whole(world):
    """What nobody of the helpdesk may see, as a pattern."""
    logged = AccessRequest.objects.exclude(ip_address="192.0.2.7").values_list("ip_address", flat=True)
    told = [address for text in logged for address in text.split(", ")]
    told += [f"192.0.2.{at}" for at in (98, 99, *range(100, 108))]
    return re.compile("|".join([SECRET, *(rf"(?<![0-9.]){re.escape(address)}(?![0-9])" for address in told)]))


@pytest.fixture
def helpdesk(client, make_user):
    client.force_login(make_user("hilda", role=Role.HELPDESK))
    return client


PEOPLE = [ADA, "p1@meridian.example", "p2@meridian.example"]


def test_helpdesk_sees_nothing_whole_anywhere(whole, helpdesk):
    leaks = []
    for address, text in walk(helpdesk, PEOPLE):
        leaks += [(address, text[max(found.start() - 60, 0) : found.end() + 20]) for found in whole.finditer(text)][:1]
    assert not leaks


def test_walk_finds_what_others_see(whole, signed_in):
    sent = " ".join(text for _, text in walk(signed_in, PEOPLE[:1], "/scim/"))
    assert len(set(whole.findall(sent))) > 1
    sent = " ".join(text for _, text in walk(signed_in, PEOPLE[:1], "/logins/"))
    assert len(set(whole.findall(sent))) > 15
