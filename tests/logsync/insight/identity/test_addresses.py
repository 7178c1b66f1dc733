"""The addresses of many people at once are those that each person is found with alone."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import given

from logsync.insight.identity.addresses import MOST_ADDRESSES, addresses_of
from logsync.insight.identity.person import person_named
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


def components(logins, updates, is_here):
    """Who is one person in an account, by merging whoever shares something until nobody does."""
    bearers: dict[str, set[str]] = {}
    for here, name, user_id in logins:
        if here == is_here and user_id:
            bearers.setdefault(user_id, set()).add(name)
    for here, name, resource, kind in updates:
        if here == is_here and resource and name and kind == "USER":
            bearers.setdefault(resource, set()).add(name)
    people = [{name} for name in NAMES]
    for group in bearers.values():
        sharing = [person for person in people if person & group]
        people = [person for person in people if not person & group] + [set().union(*sharing)]
    return {name: person for person in people for name in person}


@examples(60)
@given(logins=st.lists(LOGINS, max_size=8), updates=st.lists(UPDATES, max_size=8))
def test_addresses_that_share_are_one_person(account, other, make_login, make_update, logins, updates):
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
        for one, is_here in ((account, True), (other, False)):
            for name, person in components(logins, updates, is_here).items():
                assert alone[one.pk, email(name)] == {email(each) for each in person}
        transaction.set_rollback(True)


def test_one_account_joins_for_all(account, other, make_login, make_update):
    for name in ("ada", "a.l"):
        make_login(user_email=email(name), user_id="u1")
    make_login(account=other, user_email=email("a.l"), user_id="u2")
    make_update(account=other, resource_user_email=email("a.l"))
    make_update(account=other, resource_user_email=email("ada.l"))
    person = person_named(email("ada"))
    assert person.shared == {email("a.l"): "user_id", email("ada.l"): "chain of ids"}
    assert person.user_ids == ("u1", "u2")
    assert len(person.resources) == 1
    assert person_named(email("ada"), [account]).shared == {email("a.l"): "user_id"}


def test_what_too_many_share_joins_nobody(account, make_login, make_update):
    for number in range(MOST_ADDRESSES + 1):
        make_login(user_email=email(f"p{number}"), user_id="0")
        make_update(resource_user_email=email(f"p{number}"))
    make_login(user_email=email("p1"), user_id="u1")
    make_login(user_email=email("ada"), user_id="u1")
    assert person_named(email("p1")).shared == {email("ada"): "user_id"}
    assert person_named(email("p2")).shared == {}


def test_group_names_its_own_providers_member(make_update):
    adds = '{"Operations":[{"op":"add","path":"members","value":[{"value":"7"}]}]}'
    ids = {"cf_resource_id": "", "idp_resource_id": "7"}
    make_update(resource_user_email=email("ada"), idp_id="okta", **ids)
    make_update(resource_user_email=email("bob"), idp_id="entra", **ids)
    group = {"resource_type": "GROUP", "request_method": "PATCH", "request_body": adds, "resource_user_email": ""}
    update = make_update(**group, idp_id="okta", cf_resource_id="g1", idp_resource_id="")
    assert list(person_named(email("ada")).group_updates()) == [update]
    assert list(person_named(email("bob")).group_updates()) == []


def test_shared_user_id_joins_alike(account, make_login):
    for number in range(MOST_ADDRESSES + 5):
        make_login(user_email=email(f"p{number}"), user_id="shared", created_at=NOW - timedelta(minutes=number))
    people = [(account.pk, email(f"p{number}")) for number in range(MOST_ADDRESSES + 5)]
    assert addresses_of(people) == {(pk, one): set(person_named(one).addresses) for pk, one in people}


def test_user_with_many_addresses_joins_alike(account, make_update):
    for number in range(MOST_ADDRESSES + 5):
        make_update(resource_user_email=email(f"p{number}"))
    people = [(account.pk, email(f"p{number}")) for number in range(MOST_ADDRESSES + 5)]
    assert addresses_of(people) == {(pk, one): set(person_named(one).addresses) for pk, one in people}


def test_nobody_has_no_addresses(db):
    assert addresses_of([]) == {}
