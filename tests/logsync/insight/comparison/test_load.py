"""Who is compared: one observation a person, denied if they were denied once, in time that is settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.comparison.load import compare_people
from logsync.insight.comparison.observations import Field
from logsync.models import Account
from logsync.spans import Span
from tests.conftest import NOW

UID = "13d976ec-915a-4e59-afab-cef6291764b8"
SETTLED = NOW - timedelta(minutes=15)


def at(hours):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def known(make_stream, cover):
    """The login log was read for 30 days, of which the last quarter of an hour is provisional."""
    stream = make_stream()
    cover(stream, at(24 * 30), SETTLED)
    cover(stream, SETTLED, NOW, is_settled=False)
    return stream


@pytest.fixture
def crowd(make_login):
    """Make so many people, each with a login: denied or allowed, with these values."""

    def make(name, count, *, allowed, **values):
        for number in range(count):
            who = {"user_email": f"{name}{number}@meridian.example", "user_id": f"{name}{number}"}
            make_login(**who | {"allowed": allowed} | values)

    return make


@pytest.fixture
def compared(account, known):
    def found(app_uid=UID, since=24):
        return compare_people(account, app_uid, Span(at(since), NOW))

    return found


def people(found):
    return found.comparison.denied, found.comparison.allowed


def test_difference_is_found_in_stored_rows(crowd, compared):
    crowd("out", 12, allowed=False, connection="okta-eu", ip_address="198.51.100.9")
    crowd("in", 60, allowed=True, connection="azureAD", ip_address="203.0.113.9")
    [line] = compared().comparison.lines
    assert (line.field, line.value) == (Field.CONNECTION, "okta-eu")
    assert {field for field, _ in line.same_people} == {Field.NETWORK, Field.IP_ADDRESS}


def test_person_counts_once_despite_many_attempts(make_login, compared):
    for minute in range(50):
        make_login(created_at=at(2) + timedelta(minutes=minute))
    assert people(compared()) == (1, 0)


@pytest.mark.parametrize(
    ("events", "denied"),
    [
        ([(3, False), (2, True)], 1),
        ([(3, True), (2, False)], 1),
        ([(2, True), (2, False)], 1),
        ([(2, False), (2, True)], 1),
        ([(3, False), (2, None)], 1),
        ([(3, True), (2, True)], 0),
        ([(3, True), (2, None)], 0),
    ],
    ids=str,
)
def test_recovered_person_stays_among_denied(events, denied, make_login, compared):
    for hours, allowed in events:
        make_login(created_at=at(hours), allowed=allowed)
    assert people(compared()) == (denied, 1 - denied)


def test_values_come_from_last_denial(crowd, compared):
    crowd("out", 6, allowed=False, connection="old", created_at=at(5))
    crowd("out", 6, allowed=False, connection="last", created_at=at(4))
    crowd("out", 6, allowed=True, connection="other", created_at=at(3))
    assert (Field.CONNECTION, "last") in compared().comparison.shared


def test_let_in_are_told_by_last_success(crowd, compared):
    crowd("in", 6, allowed=True, connection="old", created_at=at(5))
    crowd("in", 6, allowed=True, connection="last", created_at=at(4))
    values = {one.observation.values[Field.CONNECTION] for one in compared().those(denied=False)}
    assert values == {"last"}


@pytest.mark.parametrize(
    "values",
    [{"user_email": ""}, {"connection": "nonidentity"}, {"action": "logout"}, {"app_uid": "other"}],
    ids=str,
)
def test_excluded_rows_are_not_compared(values, make_login, compared):
    make_login(**values)
    assert people(compared()) == (0, 0)


def test_address_case_does_not_split_person(make_login, compared):
    make_login(created_at=at(3))
    make_login(user_email="ADA@meridian.example", allowed=True)
    assert people(compared()) == (1, 0)


def test_addresses_of_one_user_are_one_person(make_login, compared):
    make_login(user_email="ada@old.example", user_id="ada", created_at=at(5))
    make_login(user_email="ada@new.example", user_id="ada", created_at=at(4), allowed=True)
    make_login(user_email="bob@meridian.example", user_id="bob", created_at=at(4), allowed=True)
    found = compared()
    assert people(found) == (1, 1)
    assert [one.address for one in found.those(denied=True)] == ["ada@old.example"]


def test_addresses_of_one_scim_user_are_one_person(make_login, make_update, compared):
    for name in ("old", "new"):
        email = f"Ada@{name}.example"
        make_update(resource_user_email=email, cf_resource_id="ada", idp_resource_id="ada")
        make_login(user_email=email, user_id=name, allowed=name == "new")
    assert people(compared()) == (1, 0)


def test_earlier_access_under_another_address_counts(make_login, crowd, compared):
    crowd("out", 5, allowed=False)
    for number in range(5):
        make_login(user_email=f"old{number}@x.example", user_id=f"out{number}", allowed=True, created_at=at(30))
    found = compared()
    assert people(found) == (5, 0)
    assert len(found.those(denied=True, field=Field.ALLOWED_BEFORE, value="yes")) == 5


def test_rows_without_person_are_counted_separately(make_login, compared):
    for allowed in (False, False, True, None):
        make_login(user_email="", allowed=allowed)
    make_login(connection="nonidentity")
    found = compared()
    assert (found.unnamed_denied, found.unnamed_allowed) == (3, 1)


def test_only_settled_time_is_compared(make_login, compared):
    make_login(created_at=SETTLED - timedelta(seconds=1), user_email="settled@x")
    make_login(created_at=SETTLED, user_email="late@x")
    make_login(created_at=at(25), user_email="early@x")
    found = compared()
    assert people(found) == (1, 0)
    assert found.span == Span(at(24), SETTLED)
    assert found.later == Span(SETTLED, NOW)


def test_hole_in_settled_time_is_not_compared(make_login, make_stream, cover, account):
    stream = make_stream()
    cover(stream, at(30), at(10))
    cover(stream, at(10), at(8), state="late")
    cover(stream, at(8), NOW)
    make_login(created_at=at(9), user_email="in@the.hole", user_id="hole")
    make_login(created_at=at(8), user_email="after@the.hole", user_id="after")
    found = compare_people(account, UID, Span(at(24), NOW))
    assert (people(found), found.has_holes, found.span) == ((1, 0), True, Span(at(24), NOW))


def test_provisional_time_is_not_compared(account, make_login, make_stream, cover):
    asked = Span(at(24), NOW)
    make_login()
    assert compare_people(account, UID, asked).comparison is None
    cover(make_stream(), at(24), NOW, is_settled=False)
    found = compare_people(account, UID, asked)
    assert (found.span, found.later, found.comparison) == (None, asked, None)


@pytest.mark.parametrize(
    ("since", "before"), [(24, "no"), (24 * 30, "")], ids=["the time before is known", "nothing is known before"]
)
def test_earlier_access_needs_known_time(since, before, crowd, compared):
    crowd("out", 6, allowed=False)
    crowd("out", 1, allowed=True, created_at=at(25), app_uid="other")
    shared = dict(compared(since=since).comparison.shared)
    assert shared.get(Field.ALLOWED_BEFORE, "") == before


def test_earlier_access_can_stand_out(crowd, compared):
    crowd("out", 6, allowed=False)
    crowd("out", 6, allowed=True, created_at=at(25))
    crowd("in", 6, allowed=True)
    crowd("in", 6, allowed=False, created_at=at(25))
    lines = compared().comparison.lines
    assert [(line.field, line.value) for line in lines] == [(Field.ALLOWED_BEFORE, "yes")]


def test_accounts_are_kept_apart(make_login, compared):
    make_login(account=Account.objects.create(account_id="1" * 32))
    assert people(compared()) == (0, 0)


def test_whole_account_uses_denials_anywhere(make_login, compared):
    make_login(created_at=at(3), allowed=True)
    make_login(created_at=at(2), app_uid="other")
    assert people(compared(app_uid=None)) == (1, 0)


def test_app_without_id_is_separate_app(make_login, compared):
    make_login(app_uid="")
    make_login(app_uid="other", user_email="bob@meridian.example")
    assert people(compared(app_uid="")) == (1, 0)


def test_too_many_logins_are_not_read(monkeypatch, crowd, compared):
    monkeypatch.setattr("logsync.insight.comparison.load.MOST_ROWS", 3)
    crowd("out", 3, allowed=False)
    assert not compared().too_many
    crowd("in", 1, allowed=True)
    found = compared()
    assert found.too_many
    assert found.comparison is None


def test_query_count_is_constant(crowd, compared, django_assert_max_num_queries):
    crowd("out", 60, allowed=False)
    crowd("in", 60, allowed=True)
    with django_assert_max_num_queries(11):
        compared()
