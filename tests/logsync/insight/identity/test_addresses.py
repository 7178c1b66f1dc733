"""The addresses of many people at once are those that each person is found with alone."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import given

from logsync.insight.identity.addresses import addresses_of
from logsync.insight.identity.person import MOST_ADDRESSES, person_named
from logsync.models import Account
from tests.conftest import NOW
from tests.examples import examples

NAMES = ["ada", "a.l", "bob", "cy", "dee"]
LOGINS = st.tuples(st.booleans(), st.sampled_from(NAMES), st.sampled_from(["", "u1", "u2", "u3"]))
UPDATES = st.tuples(
    st.booleans(), st.sampled_from(["", *NAMES]), st.sampled_from(["", "r1", "r2"]), st.sampled_from(["USER", "GROUP"])
)


def email(name):
    return f"{name}@meridian.example" if name else ""


@pytest.fixture
def other(db):
    return Account.objects.create(account_id="2" * 32)


@examples(60)
@given(logins=st.lists(LOGINS, max_size=8), updates=st.lists(UPDATES, max_size=8))
def test_bulk_addresses_match_single_lookup(account, other, make_login, make_update, logins, updates):
    with transaction.atomic():
        for minute, (is_here, name, user_id) in enumerate(logins):
            at = NOW - timedelta(minutes=minute)
            make_login(account=account if is_here else other, user_email=email(name), user_id=user_id, created_at=at)
        for is_here, name, resource, kind in updates:
            ids = {"cf_resource_id": resource, "idp_resource_id": resource, "resource_type": kind}
            make_update(account=account if is_here else other, resource_user_email=email(name), **ids)
        people = [(one.pk, email(name)) for one in (account, other) for name in NAMES]
        accounts = {account.pk: account, other.pk: other}
        alone = {(pk, one): set(person_named(one, [accounts[pk]]).addresses) for pk, one in people}
        assert addresses_of(people) == alone
        transaction.set_rollback(True)


def test_shared_user_id_truncates_alike(account, make_login):
    for number in range(MOST_ADDRESSES + 5):
        make_login(user_email=email(f"p{number}"), user_id="shared", created_at=NOW - timedelta(minutes=number))
    people = [(account.pk, email(f"p{number}")) for number in range(MOST_ADDRESSES + 5)]
    assert addresses_of(people) == {(pk, one): set(person_named(one).addresses) for pk, one in people}


def test_user_with_many_addresses_truncates_alike(account, make_update):
    for number in range(MOST_ADDRESSES + 5):
        make_update(resource_user_email=email(f"p{number}"))
    people = [(account.pk, email(f"p{number}")) for number in range(MOST_ADDRESSES + 5)]
    assert addresses_of(people) == {(pk, one): set(person_named(one).addresses) for pk, one in people}


def test_nobody_has_no_addresses(db):
    assert addresses_of([]) == {}
