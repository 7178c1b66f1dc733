"""The numbers of many denied people, counted again in SQL over a store of 300 people with all that is odd in logs."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

import pytest
from django.db import connection

from logsync.ingest.store import save_logins, save_updates
from logsync.insight.comparison.load import compare_people
from logsync.insight.explain.many import lacking
from logsync.insight.why.answer import Result
from logsync.models import AccessRequest, IdentityProvider, LastSeenIdentity, Log, ScimUpdate, person_of
from logsync.spans import Span
from tests.conftest import NOW

APP = "13d976ec-915a-4e59-afab-cef6291764b8"
OKTA, ENTRA = "411d2f50-92ce-442f-a163-866113f28168", "0f0e4d39-9f0b-4a6f-9c3f-7d8f4d3bb0f5"
POLICY = {
    "id": "policy-1", "name": "Engineers", "decision": "allow", "exclude": [{"ip": {"ip": "203.0.113.9/32"}}],
    "include": [{"azureAD": {"id": "entra-eng", "identity_provider_id": ENTRA}}],
    "require": [
        {"geo": {"country_code": "DE"}},
        {"okta": {"name": "eng-prod", "identity_provider_id": OKTA}},
    ],
}  # fmt: skip
# The login that decides for each person: the newest of their denials here, whichever of their addresses it names.
DECISIVE = """
    SELECT * FROM (
        SELECT r.*, row_number() OVER (
            PARTITION BY CASE WHEN r.user_id = '' THEN r.person ELSE r.user_id END ORDER BY r.created_at DESC, r.id DESC
        ) AS place
        FROM logsync_accessrequest r
        WHERE r.app_uid = %s AND r.allowed = %s AND lower(r.action) IN ('login', '') AND r.person <> ''
          AND r.connection NOT IN ('nonidentity', 'service_token')
    ) ranked WHERE place = 1
"""
# Whether SCIM's last word before the login was that the person is in the group; none if it never spoke of them.
MEMBER = """
    SELECT d.id, (
        SELECT m.way FROM logsync_scimmember m JOIN logsync_scimupdate u ON u.id = m.update_id
        WHERE m.member_id = 'cf-' || d.user_id AND u.status = 'SUCCESS' AND u.idp_id = %s
          AND u.logged_at < CASE WHEN d.lacks_time THEN %s ELSE d.created_at END
        ORDER BY u.logged_at DESC, u.id DESC LIMIT 1
    ) AS way FROM (SELECT * FROM ({decisive}) q) d
"""


def numbers(sql, *values):
    """The three counts that a query answers: not met, met, can't be told."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [int(value or 0) for value in cursor.fetchone()]


@pytest.fixture
def store(now, account, okta, make_stream, cover, read_policies):
    random = Random(7)
    IdentityProvider.objects.create(account=account, idp_id=ENTRA, name="Entra ID", type="azureAD", scim_enabled=True)
    for stream in (make_stream(), make_stream(Log.SCIM_UPDATES, OKTA), make_stream(Log.SCIM_UPDATES, ENTRA)):
        cover(stream, NOW - timedelta(days=40), NOW)
    read_policies(POLICY, at=NOW - timedelta(days=40))
    logins, updates, identities = [], [], []
    for number in range(300):
        user_id = "" if number % 29 == 0 else f"id-{number}"
        addresses = [f"p{number}@meridian.example", f"q{number}@meridian.example"][: 1 + (number % 10 == 0)]
        if not user_id:
            addresses = addresses[:1]
        logins += _logins(account, random, user_id, addresses)
        updates += _updates(account, random, user_id, addresses[0])
        if number % 3:
            identities.append(_identity(account, random, user_id, addresses[0]))
    random.shuffle(logins)
    save_logins(account, logins)
    save_updates(account, updates)
    LastSeenIdentity.objects.bulk_create(identities)
    return account


def _logins(account, random, user_id, addresses):
    odd = [{"action": "logout"}, {"connection": "service_token"}, {"allowed": None}, {"user_email": ""}, {}]
    for email in addresses:
        # Both addresses of a person are known by the same id.
        at = NOW - timedelta(days=25)
        yield AccessRequest(
            account=account, arrived_at=NOW, created_at=at, user_email=email, person=email, user_id=user_id,
            app_uid="another", action="login", connection="okta", allowed=True,
        )  # fmt: skip
    for _ in range(random.randrange(1, 5)):
        email = random.choice(addresses)
        row = {
            "created_at": NOW - timedelta(minutes=random.randrange(30, 20 * 1440)), "user_email": email,
            "user_id": user_id, "app_uid": APP, "action": random.choice(["login", "LOGIN", ""]), "connection": "okta",
            "allowed": random.random() < 0.3, "country": random.choice(["DE", "de", "NL", ""]),
            "ip_address": random.choice(["203.0.113.9", "192.0.2.7", ""]), "lacks_time": random.random() < 0.03,
        } | (random.choice(odd) if random.random() < 0.2 else {})  # fmt: skip
        yield AccessRequest(account=account, arrived_at=NOW, person=person_of(row["user_email"]), **row)


def _updates(account, random, user_id, email):
    """The person's user, changed but never created, and what a group of each provider did with it."""
    known = {"account": account, "arrived_at": NOW, "status": "SUCCESS", "request_method": "PATCH"}
    if not user_id or random.random() < 0.2:
        return
    for idp_id, group in ((OKTA, "eng-prod"), (ENTRA, "entra-eng")):
        body = json.dumps({"Operations": [{"op": "replace", "value": {"userName": email}}]})
        yield ScimUpdate(
            **known, logged_at=NOW - timedelta(days=35), idp_id=idp_id, resource_type="USER", person=person_of(email),
            resource_user_email=email, cf_resource_id=f"cf-{user_id}", idp_resource_id=user_id, request_body=body,
        )  # fmt: skip
        for _ in range(random.randrange(3)):
            change = {"op": random.choice(["add", "remove"]), "path": "members", "value": [{"value": f"cf-{user_id}"}]}
            at = NOW - timedelta(minutes=random.randrange(30, 30 * 1440))
            row = known | {"status": random.choice(["SUCCESS", "SUCCESS", "FAILURE"])}
            yield ScimUpdate(
                **row, logged_at=at, idp_id=idp_id, resource_type="GROUP", resource_group_name=group.title(),
                cf_resource_id=f"cf-{group}", idp_resource_id=group, person="",
                request_body=json.dumps({"Operations": [change]}),
            )  # fmt: skip


def _identity(account, random, user_id, email):
    content = {"email": email, "idp": {"id": OKTA, "type": "okta"}}
    if random.random() < 0.7:
        content["groups"] = random.choice([["eng-prod", "staff"], ["staff"], []])
    seen = NOW - timedelta(days=random.randrange(1, 30))
    return LastSeenIdentity(
        account=account, access_id=email, user_id=user_id, person=email, seen_at=seen, first_read_at=seen,
        last_read_at=NOW, content=content, digest=email,
    )  # fmt: skip


def test_counts_are_those_of_sql(store):
    compared = compare_people(store, APP, Span(NOW - timedelta(days=30), NOW))
    found = lacking([one.login for one in compared.those(denied=True)])
    assert found is not None
    [policy] = found.policies
    counts = [
        [condition.count(result) for result in (Result.NOT_MET, Result.MET, Result.UNKNOWN)]
        for condition in policy.conditions
    ]
    entra, country, okta, address = counts
    rows = (APP, False)
    assert country == numbers(
        f"""SELECT sum(CASE WHEN country NOT IN ('', 'DE', 'de') THEN 1 ELSE 0 END),
            sum(CASE WHEN country IN ('DE', 'de') THEN 1 ELSE 0 END), sum(CASE WHEN country = '' THEN 1 ELSE 0 END)
            FROM ({DECISIVE}) d""", *rows,
    )  # fmt: skip
    assert address == numbers(
        f"""SELECT sum(CASE WHEN ip_address = '203.0.113.9' THEN 1 ELSE 0 END),
            sum(CASE WHEN ip_address = '192.0.2.7' THEN 1 ELSE 0 END),
            sum(CASE WHEN ip_address = '' THEN 1 ELSE 0 END) FROM ({DECISIVE}) d""", *rows,
    )  # fmt: skip
    member = MEMBER.format(decisive=DECISIVE)
    assert entra == numbers(
        f"""SELECT sum(CASE WHEN way = 'removed' THEN 1 ELSE 0 END), sum(CASE WHEN way = 'added' THEN 1 ELSE 0 END),
            sum(CASE WHEN way IS NULL THEN 1 ELSE 0 END) FROM ({member}) m""", ENTRA, NOW, *rows,
    )  # fmt: skip
    # The groups of the identity come before what SCIM said; a person without a user id has it by the address.
    told = f"""
        SELECT CASE WHEN CAST(i.content AS text) LIKE '%%"groups"%%'
            THEN CASE WHEN CAST(i.content AS text) LIKE '%%"eng-prod"%%' THEN 'added' ELSE 'removed' END
            ELSE m.way END AS way
        FROM ({member}) m JOIN logsync_accessrequest r ON r.id = m.id
        LEFT JOIN logsync_lastseenidentity i
            ON (r.user_id <> '' AND i.user_id = r.user_id) OR (r.user_id = '' AND i.person = r.person)
    """
    assert okta == numbers(
        f"""SELECT sum(CASE WHEN way = 'removed' THEN 1 ELSE 0 END), sum(CASE WHEN way = 'added' THEN 1 ELSE 0 END),
            sum(CASE WHEN way IS NULL THEN 1 ELSE 0 END) FROM ({told}) t""", OKTA, NOW, *rows,
    )  # fmt: skip
    assert min(map(min, counts)) > 5, "every number is of somebody"
