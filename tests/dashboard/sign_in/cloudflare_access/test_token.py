"""Only a token that Cloudflare signed for Gatehouse, for now and for a person, says who somebody is."""

from __future__ import annotations

import base64
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.permissions.role import Role
from dashboard.sign_in.cloudflare_access.keys import SharedKeys
from dashboard.sign_in.cloudflare_access.token import AccessRefusedError, Refusal, identity_of
from tests.dashboard.sign_in.cloudflare_access.conftest import TEAM
from tests.examples import examples

SERVICE = {"email": None, "sub": "", "common_name": "e367826f93b8d71185e03fe518aff3b4.access", "nbf": None}


@pytest.fixture
def keys(access):
    return SharedKeys(TEAM)


@pytest.fixture
def refused(keys):
    """Why a token is refused."""

    def refused(token):
        with pytest.raises(AccessRefusedError) as raised:
            identity_of(token, keys)
        return raised.value.refusal

    return refused


def test_good_token_names_its_person(keys, make_token):
    identity = identity_of(make_token(email="Ada@Meridian.example"), keys)
    assert identity.username == "ada@meridian.example"
    assert identity.roles == {Role.HELPDESK}
    assert identity.as_of == timezone.now().replace(microsecond=0) - timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "forged", "key_id": "first"},
        {"key": "forged"},
        {"aud": ["somebody-else"]},
        {"aud": None},
        {"iss": "https://other.cloudflareaccess.com"},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"type": "org"},
        {"iat": timedelta(minutes=5), "nbf": None},
        {"nbf": timedelta(minutes=5)},
        {"algorithm": "HS256", "secret": "x" * 32},
        {"algorithm": "none"},
    ],
    ids=str,
)
def test_wrong_token_is_refused(refused, make_token, wrong):
    assert refused(make_token(**wrong)) is Refusal.INVALID


def test_public_key_signs_nothing(refused, make_token, signing_keys):
    pem = (
        signing_keys["first"]
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    header, payload, _ = make_token().split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first","typ":"JWT"}').rstrip(b"=").decode()
    key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = key.sign(f"{header}.{payload}".encode(), pem)
    signed = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    assert refused(f"{header}.{payload}.{signed}") is Refusal.INVALID


def test_expired_token_says_so(refused, keys, make_token):
    assert identity_of(make_token(exp=timedelta(seconds=-29)), keys).username
    assert refused(make_token(exp=timedelta(seconds=-31))) is Refusal.EXPIRED


def test_service_token_is_nobody(refused, make_token):
    assert refused(make_token(**SERVICE)) is Refusal.SERVICE_TOKEN


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "ada",
        ["ada@meridian.example"],
        "ａda@meridian.example",
        '"a\x01"@meridian.example',
        "a" * 150 + "@meridian.example",
    ],
)
def test_unusable_address_is_nobody(refused, make_token, email):
    assert refused(make_token(email=email)) is Refusal.NO_ADDRESS


@pytest.mark.parametrize(
    "groups",
    [None, {}, 7, [7, None, ["it-support"], {"name": "it-support"}], [*map(str, range(1000)), "it-support"], "it-supp"],
    ids=["none", "object", "number", "no texts", "too many", "part of a name"],
)
def test_odd_groups_give_no_role(keys, make_token, groups):
    assert identity_of(make_token(custom={"groups": groups}), keys).roles == set()


@pytest.mark.parametrize(
    "claims",
    [{"custom": {"groups": "it-support"}}, {"custom": None, "groups": ["it-support"]}],
    ids=["one text", "not in custom"],
)
def test_groups_are_found(keys, make_token, claims):
    assert identity_of(make_token(**claims), keys).roles == {Role.HELPDESK}


def test_groups_claim_has_any_name(keys, make_token, settings):
    settings.OIDC_GROUPS_CLAIM = "https://meridian.example/teams"
    token = make_token(custom={"https://meridian.example/teams": ["data-team"], "groups": ["it-support"]})
    assert identity_of(token, keys).roles == {Role.ANALYST}


DEEP = base64.urlsafe_b64encode(b"[" * 6000).rstrip(b"=").decode()


@pytest.mark.parametrize("token", ["x" * 20_000, "a.b.c", "..", f"{DEEP}.{DEEP}.x", "é.\x00.\ud800"])
def test_nonsense_is_refused(refused, token):
    assert refused(token) is Refusal.INVALID


@examples(50)
@given(token=st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_any_text_is_refused(keys, token):
    with pytest.raises(AccessRefusedError):
        identity_of(token, keys)
