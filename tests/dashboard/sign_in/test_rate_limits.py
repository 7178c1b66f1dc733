"""Wrong passwords are slowed down, written down and told; nobody locks anybody else out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from tests.conftest import NOW
from tests.dashboard.reading import page_of

PASSWORD = "a long enough password"
ADDRESSES = [f"192.0.2.{number}" for number in range(1, 31)]
PEOPLE = [f"person{number}" for number in range(30)]


@pytest.fixture(autouse=True)
def sam(make_user, account):
    return make_user("sam", password=PASSWORD)


@pytest.fixture
def hashed(monkeypatch):
    """Count how many passwords are hashed to be checked."""
    checked = []

    def check(self, password):
        checked.append(password)
        return self.username == "sam" and password == PASSWORD

    monkeypatch.setattr("django.contrib.auth.models.User.check_password", check)
    monkeypatch.setattr("django.contrib.auth.models.User.set_password", lambda self, password: checked.append(password))
    return checked


def try_at(address="192.0.2.1", username="sam", password="wrong", client=None, **sent):
    return (client or Client()).post(
        "/sign-in/", {"username": username, "password": password, **sent}, REMOTE_ADDR=address
    )


def statuses(tries):
    return [try_at(address, name).status_code for address, name in tries]


def recorded(action):
    return AuditEntry.objects.filter(action=action)


@pytest.mark.parametrize(
    ("tries", "checked"),
    [
        ([(ADDRESSES[0], "sam")] * 30, 5),
        ([(ADDRESSES[0], name) for name in PEOPLE], 20),
        ([(address, "sam") for address in ADDRESSES], 10),
        ([*zip(ADDRESSES, PEOPLE, strict=True)], 25),
    ],
    ids=["one address, one person", "one address, many", "many addresses, one person", "many addresses, many"],
)
def test_guessing_is_slowed_and_recorded(tries, checked, hashed):
    assert statuses(tries) == [200] * checked + [429] * (30 - checked)
    assert len(hashed) == checked
    assert recorded(Action.SIGN_IN_FAILED).count() == checked
    assert 1 <= recorded(Action.SIGN_INS_SLOWED).count() <= 30 - checked


def test_refusal_says_when_to_try_again():
    statuses([(ADDRESSES[0], "sam")] * 5)
    response = try_at(password=PASSWORD, next="/scim/", pasted="a Ray ID")
    page = page_of(response)
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert "Wait five minutes, then try again." in page.text
    assert "sessionid" not in response.cookies
    fields = dict(page.forms[0].fields)
    assert (fields["username"], fields["next"], fields["pasted"]) == ("sam", "/scim/", "a Ray ID")


def test_wait_ends_however_often_somebody_tries(time_machine):
    for minute in range(5):
        time_machine.move_to(NOW + timedelta(minutes=minute), tick=False)
        statuses([(ADDRESSES[0], "sam")] * 8)
    time_machine.move_to(NOW + timedelta(minutes=5, seconds=1), tick=False)
    assert try_at(password=PASSWORD).status_code == 302


def test_known_browser_gets_in_during_attack():
    browser = Client()
    try_at("198.51.100.9", password=PASSWORD, client=browser)
    browser.post("/sign-out/")
    statuses([(address, "sam") for address in [*ADDRESSES, "198.51.100.9"]])
    assert try_at("203.0.113.5", password=PASSWORD, client=browser).status_code == 302


def test_known_address_gets_in_during_attack():
    try_at("198.51.100.9", password=PASSWORD)
    statuses([(address, "sam") for address in ADDRESSES])
    assert try_at("198.51.100.9", password=PASSWORD).status_code == 302
    assert try_at("203.0.113.5", password=PASSWORD).status_code == 429


def test_known_browser_is_limited_too():
    browser = Client()
    try_at(password=PASSWORD, client=browser)
    browser.post("/sign-out/")
    answers = [try_at(address, client=browser).status_code for address in ADDRESSES]
    assert answers == [200] * 10 + [429] * 20


def test_cookie_of_one_person_helps_no_other(make_user):
    make_user("mallory", password=PASSWORD)
    browser = Client()
    try_at("198.51.100.9", "mallory", PASSWORD, browser)
    browser.post("/sign-out/")
    assert [try_at(client=browser).status_code for _ in range(6)] == [200] * 5 + [429]


def test_right_passwords_use_up_nothing():
    assert [try_at(password=PASSWORD).status_code for _ in range(8)] == [302] * 8


def test_ipv6_network_counts_as_one_address():
    answers = statuses([(f"2001:db8::{number:x}", "sam") for number in range(1, 8)])
    assert answers == [200] * 5 + [429] * 2


def test_failures_are_told_at_next_sign_in(client, time_machine):
    try_at(password=PASSWORD)
    time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    statuses([(address, "sam") for address in ADDRESSES[:3]])
    try_at("192.0.2.1", password=PASSWORD, client=client)
    assert "3 failed sign-ins since 19 Nov 2026 14:06:12 UTC." in page_of(client.get("/")).text
    assert "failed sign-in" not in page_of(client.get("/")).text


def test_password_is_never_written_down():
    try_at(password="my-secret-words")
    try_at(password=PASSWORD)
    written = str([*AuditEntry.objects.values()])
    assert "my-secret-words" not in written
    assert PASSWORD not in written


def test_signing_in_and_out_is_recorded(client):
    try_at("198.51.100.9", password=PASSWORD, client=client)
    client.post("/sign-out/", REMOTE_ADDR="198.51.100.9")
    entries = AuditEntry.objects.values_list("action", "username", "ip_address", "details")
    assert [*entries] == [
        (Action.SIGNED_IN, "sam", "198.51.100.9", {"by": "password"}),
        (Action.SIGNED_OUT, "sam", "198.51.100.9", {}),
    ]


def test_flood_of_tries_only_reads():
    statuses([(ADDRESSES[0], "sam")] * 6)
    with CaptureQueriesContext(connection) as queries:
        assert try_at().status_code == 429
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
