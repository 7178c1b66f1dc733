"""Which kept identity bears on a login, and what is read in it."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from logsync.insight.explain.identities import identities_of, identity_of
from logsync.insight.why.facts import Posture
from logsync.models import LastSeenIdentity, UserId
from tests.conftest import NOW

ADA_ID = "57171132-e453-4ee8-b2a5-8cbaad333207"
OTHER_ID = "0c2f4f2e-7d8f-4d3b-b0f5-26d8f9a3e0aa"


@pytest.fixture
def keep_identity(account):
    """Keep what Cloudflare last saw of a person, `hours` from NOW."""
    serial = itertools.count(1)

    def keep(hours=-24, user_id=ADA_ID, person="ada@meridian.example", groups=("eng",), **values):
        moment = NOW + timedelta(hours=hours)
        row = {"seen_at": moment, "first_read_at": moment, "last_read_at": NOW, "access_id": f"cf-{user_id}"} | values
        content = {"email": person, "groups": list(groups)}
        digest = f"{next(serial):064}"
        return LastSeenIdentity.objects.create(
            account=account, user_id=user_id, person=person, content=content, digest=digest, **row
        )

    return keep


def groups_of(*logins):
    found = identities_of(logins)
    return [sorted(found[login.pk].groups or ()) if login.pk in found else None for login in logins]


def test_nearest_in_time_counts(make_login, keep_identity):
    for hours, group in ((-240, "old"), (-26, "before"), (-2, "after"), (0, "newest")):
        keep_identity(hours, groups=[group])
    logins = [
        make_login(created_at=NOW - timedelta(hours=25)),
        make_login(created_at=NOW - timedelta(hours=3)),
        make_login(created_at=NOW - timedelta(hours=14)),
        make_login(created_at=NOW - timedelta(days=30)),
        make_login(created_at=NOW - timedelta(days=30), lacks_time=True),
    ]
    # Of two that are equally near, the earlier one.
    assert groups_of(*logins) == [["before"], ["after"], ["before"], ["old"], ["newest"]]


def test_same_id_before_address(make_login, keep_identity):
    keep_identity(-1, user_id="", groups=["by address"])
    keep_identity(-50, person="ada.l@meridian.example", groups=["by id"])
    assert groups_of(make_login(), make_login(user_id=""), make_login(user_id=OTHER_ID)) == [
        ["by id"],
        ["by address"],
        ["by address"],
    ]


def test_identity_of_another_user_is_left(account, make_login, keep_identity):
    keep_identity(user_id=OTHER_ID, groups=["someone else's"])
    login = make_login()
    assert groups_of(login) == [["someone else's"]]
    UserId.objects.create(account=account, user_id=OTHER_ID, person="bob@meridian.example", login_at=NOW)
    assert groups_of(login) == [None]


def test_services_have_no_identity(make_login, keep_identity):
    keep_identity(user_id="", person="")
    assert groups_of(make_login(user_email="", user_id="", connection="service_token")) == [None]


def test_number_of_queries_is_fixed(make_login, keep_identity, django_assert_num_queries):
    logins = []
    for number in range(30):
        person, user_id = f"p{number}@meridian.example", f"id-{number}"
        keep_identity(-number, user_id=user_id, person=person, groups=[str(number)])
        logins.append(make_login(user_email=person, user_id=user_id))
    with django_assert_num_queries(2):
        assert groups_of(*logins) == [[str(number)] for number in range(30)]


@pytest.mark.parametrize(
    ("groups", "known"),
    [
        (["eng", " ops "], {"eng", "ops"}),
        ([{"id": "fdaedb59", "name": "Security Team"}], {"fdaedb59", "Security Team"}),
        ([{"id": "1", "name": "Eng", "email": "eng@meridian.example"}], {"1", "Eng", "eng@meridian.example"}),
        ([], set()),
        ([None, 7, {"name": None}, ["x"]], set()),
        (None, None),
        ({"eng": True}, None),
    ],
)
def test_groups_in_every_shape(groups, known):
    assert identity_of({"groups": groups}, None, NOW).groups == known


@pytest.mark.parametrize(
    ("fields", "claims"),
    [
        ({"oidc_fields": {"department": "R&D", "levels": [1, 2], "vip": True}},
         {"department": ("R&D",), "levels": ("1", "2"), "vip": ("true",)}),
        ({"saml_attributes": {"group": ["a", "b"]}, "oidc_fields": {"group": "b"}}, {"group": ("b", "a")}),
        ({"saml_attributes": [{"name": "group", "values": ["a"]}, {"name": "team", "value": "x"}]},
         {"group": ("a",), "team": ("x",)}),
        ({"custom": {"dept": {"value": "ops"}}}, {"dept": ("ops",)}),
        ({"saml_attributes": [1, {"name": 3}]}, {}),
        ({"oidc_fields": "none"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_claims_in_every_shape(fields, claims):
    assert identity_of(fields, None, NOW).claims == claims


def test_device_posture_and_certificate():
    check = {"success": False, "rule_name": "Disk encryption", "timestamp": "2026-11-19T10:00:00Z"}
    mtls = {"cert_presented": True, "cert_serial": "1f"}
    known = identity_of({"devicePosture": {"f6f9": check, "x": 1}, "mtls_auth": mtls, "common_name": "ada"}, NOW, NOW)
    assert known.device_posture == {"f6f9": Posture("Disk encryption", False, NOW.replace(hour=10, minute=0, second=0))}
    assert known.certificate == {"cert_presented": True, "cert_serial": "1f", "common_name": "ada"}


@pytest.mark.parametrize("content", [None, [], "x", 7, {"idp": [], "devicePosture": [{"id": None}], "mtls_auth": ""}])
def test_anything_can_be_read(content):
    known = identity_of(content, None, NOW)
    assert (known.groups, known.claims, known.certificate, dict(known.device_posture)) == (None, None, None, {})
