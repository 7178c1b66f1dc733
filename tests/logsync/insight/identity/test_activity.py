"""When a person counts as switched off by SCIM."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.insight.identity.activity import Switched, SwitchedOff, last_switches, switched_off
from logsync.insight.identity.person import person_named
from tests.conftest import NOW

ADA = "ada@meridian.example"


def ago(minutes):
    return None if minutes is None else NOW - timedelta(minutes=minutes)


# Of each user: provider, minutes since it was last switched on, and since it was first switched off after that.
CASES = {
    "nobody": ([], None),
    "never switched off": ([("okta", 100, None)], None),
    "switched off": ([("okta", 100, 50)], (50, ())),
    "never switched on": ([("okta", None, 50)], (50, ())),
    "another is still on": ([("okta", 100, 50), ("entra", 90, None)], (50, ("entra",))),
    "another was switched on later": ([("okta", 100, 50), ("entra", 40, None)], None),
    "another was switched on at that time": ([("okta", 100, 50), ("entra", 50, None)], None),
    "another of the same provider was created": ([("okta", 100, 50), ("okta", 40, None)], None),
    "another of the same provider is still on": ([("okta", 100, 50), ("okta", 90, None)], (50, ("okta",))),
    "both, one after the other": ([("okta", 100, 50), ("entra", 90, 20)], (20, ())),
    "both, and a third is on": ([("okta", 100, 50), ("entra", 90, 20), ("saml", 80, None)], (20, ("saml",))),
}


@pytest.mark.parametrize(("users", "expected"), CASES.values(), ids=list(CASES))
def test_last_switch_of_all_users_counts(users, expected):
    switches = [Switched(provider, ago(on), ago(off)) for provider, on, off in users]
    assert switched_off(switches) == (expected and SwitchedOff(ago(expected[0]), expected[1]))


@pytest.fixture
def switch(make_update):
    """A SCIM update that worked: a method, and `active` if it says so."""

    def store(minutes, method, active=None, **values):
        body = json.dumps({"userName": ADA} | ({} if active is None else {"active": active}))
        row = {"status": "SUCCESS", "request_method": method, "request_body": body, "logged_at": ago(minutes)}
        return make_update(**row | values)

    return store


def found(until=None):
    person = person_named(ADA)
    switches = last_switches(person.roots, until) if until else last_switches(person.roots)
    return [(one.on_at, one.off_at) for one in switches.values()]


def test_first_switch_off_since_the_last_on(switch):
    for minutes, active in ((90, True), (80, False), (70, True), (60, False), (50, False)):
        switch(minutes, "PATCH", active)
    assert found() == [(ago(70), ago(60))]


def test_failure_switches_nothing(switch):
    switch(90, "PUT", active=False, status="FAILURE")
    assert found() == []


def test_unreadable_creation_switches_on(switch):
    switch(90, "DELETE")
    switch(80, "POST", request_body="{cut")
    assert found() == [(ago(80), None)]


def test_switch_on_wins_a_tie(switch):
    switch(90, "PUT", active=True)
    switch(90, "PUT", active=False)
    assert found() == [(ago(90), None)]


def test_past_moment_knows_nothing_later(switch):
    switch(90, "PUT", active=False)
    switch(50, "PUT", active=True)
    assert found(until=ago(50)) == [(None, ago(90))]
    assert found() == [(ago(50), None)]


def test_each_providers_user_is_its_own(switch):
    switch(90, "PUT", active=False)
    switch(80, "PUT", active=True, idp_id="entra")
    assert set(found()) == {(ago(80), None), (None, ago(90))}
