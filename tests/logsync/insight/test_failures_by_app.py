"""Failed logins by app, as an alert or an export would ask for them: a queryset and a span."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.failures_by_app import FailuresByApp
from logsync.models import AccessRequest, Account, DailyCount
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW

DAY = Span(NOW - timedelta(days=1), NOW + timedelta(seconds=1))


def at(hours):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def failures(account):
    def of(span=DAY, **values):
        return FailuresByApp(AccessRequest.objects.filter(account=account), span, now=NOW, **values)

    return of


@pytest.fixture
def app(failures):
    def of(span=DAY, **values):
        [found] = failures(span, **values).apps
        return found

    return of


def test_one_account_is_one_question(make_login, app):
    make_login(account=Account.objects.create(account_id="1" * 32))
    make_login(created_at=at(2))
    make_login(created_at=at(1), user_email="bob@meridian.example")
    make_login(created_at=at(0), allowed=True)
    make_login(created_at=at(1), user_email="cleo@meridian.example")
    make_login(created_at=at(40), user_email="cleo@meridian.example", allowed=True)
    found = app()
    assert (found.denied, found.people, found.first, found.last) == (3, 3, at(2), at(1))
    assert (found.locked_out, found.never_had_access) == (1, 1)


def test_before_is_counted_if_given(make_login, app):
    make_login(created_at=at(1))
    make_login(created_at=at(30))
    assert app().before is None
    assert (app(before=DAY.before).before, app(before=DAY.before).change) == (1, 0)


@pytest.mark.parametrize("span", [DAY, Span(BEGINNING, END), Span(at(60), at(1)), Span(at(60), END)], ids=str)
def test_daily_sums_give_same_share(span, make_login, app, account):
    for hours in (2, 14, 26, 38, 50, 62):
        for allowed in (False, True, None):
            make_login(created_at=at(hours), allowed=allowed)
    make_login(created_at=at(2), allowed=True)
    assert app(span, days=DailyCount.objects.filter(account=account)).share == app(span).share


def test_who_was_let_in_elsewhere(make_login, failures):
    for person in ("ada", "bob"):
        make_login(user_email=f"{person}@meridian.example", created_at=at(2))
    make_login(user_email="bob@meridian.example", app_uid="b", allowed=True, created_at=at(1))
    make_login(user_email="ada@meridian.example", app_uid="b", allowed=True, created_at=at(30))
    found = failures()
    assert found.let_in_elsewhere(found.apps[0]) == {"bob@meridian.example"}


@pytest.mark.parametrize(
    ("places", "names", "all_named"),
    [(["a.example/x", "A.example/y"], {"a.example"}, True), (["a.example", ""], {"a.example"}, False)],
    ids=str,
)
def test_hosts_of_its_denials(places, names, all_named, make_login, failures):
    for place in places:
        make_login(app_domain=place)
    found = failures()
    hosts = found.hosts_of(found.apps[0])
    assert (hosts.names, hosts.all_named) == (names, all_named)


def test_denials_may_name_no_host(make_login, failures):
    make_login(app_domain="")
    found = failures()
    assert found.hosts_of(found.apps[0]) is None
