"""What an app is called: one rule for all pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.app_names import NO_NAME, app_name, app_names, name_of_id, names_in, shared_names, with_listed_name
from logsync.models import AccessRequest, Account, Application
from tests.conftest import NOW

APP = {"app_uid": "a", "app_name": "Grafana", "app_domain": "grafana.example/login"}


@pytest.fixture
def name(account):
    return lambda app_uid="a": app_name(account.pk, app_uid)


def test_the_listed_name_comes_first(account, make_login, name):
    make_login(**APP)
    Application.objects.create(account=account, app_uid="a", name="Grafana (production)")
    assert name() == "Grafana (production)"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "Grafana"),
        ({"app_name": ""}, "grafana.example/login"),
        ({"app_name": "", "app_domain": ""}, "a"),
    ],
    ids=str,
)
def test_else_the_newest_login_names_it(values, expected, account, make_login, name):
    Application.objects.create(account=account, app_uid="a", name="")
    Application.objects.create(account=Account.objects.create(account_id="1" * 32), app_uid="a", name="Elsewhere")
    make_login(**APP | {"app_name": "Old"}, created_at=NOW - timedelta(days=2))
    make_login(**APP | values)
    assert name() == expected


def test_an_allowed_login_names_it_too(make_login, name):
    make_login(**APP, created_at=NOW - timedelta(days=1))
    make_login(**APP | {"app_name": "Grafana 2"}, allowed=True)
    assert name() == "Grafana 2"


def test_equal_times_go_by_row(make_login, name):
    for number in range(3):
        make_login(**APP | {"app_name": f"Grafana {number}"})
    assert name() == "Grafana 2"


def test_without_logins_the_id_remains(account, name):
    assert (name("a"), name("")) == ("a", NO_NAME)


def test_without_anything_it_has_no_name(make_login, name):
    make_login(app_uid="", app_name="", app_domain="")
    assert name("") == NO_NAME


def test_id_alone_finds_the_name(account, make_login, name):
    make_login(**APP, created_at=NOW - timedelta(days=1))
    make_login(**APP | {"app_name": ""})
    assert name_of_id("a") == name() == "grafana.example/login"
    Application.objects.create(account=account, app_uid="a", name="Listed")
    assert name_of_id("a") == name() == "Listed"
    assert (name_of_id("b"), name_of_id("")) == ("b", NO_NAME)


def test_logins_know_their_listed_name(account, make_login):
    Application.objects.create(account=account, app_uid="a", name="Listed")
    make_login(**APP)
    make_login(app_uid="b", created_at=NOW - timedelta(days=1))
    logins = with_listed_name(AccessRequest.objects.order_by("app_uid"))
    assert [login.listed_name for login in logins] == ["Listed", ""]


def test_many_apps_take_few_queries(account, make_login, django_assert_num_queries):
    for number in range(120):
        make_login(app_uid=f"{number}", app_name=f"App {number}")
    Application.objects.create(account=account, app_uid="7", name="Seven")
    with django_assert_num_queries(3):
        names = app_names((account.pk, f"{number}") for number in range(120))
    expected = {(account.pk, f"{number}"): f"App {number}" for number in range(120)}
    assert names == expected | {(account.pk, "7"): "Seven"}


def test_no_apps_take_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert app_names([]) == {}


def test_all_names_of_its_logins(make_login):
    for hours, word in ((3, "Old"), (2, ""), (1, "New"), (0, "New")):
        make_login(app_name=word, created_at=NOW - timedelta(hours=hours))
    found = names_in(AccessRequest.objects.all(), 2)
    assert [(one.name, one.logins, one.first, one.last) for one in found] == [
        ("New", 2, NOW - timedelta(hours=1), NOW),
        ("", 1, NOW - timedelta(hours=2), NOW - timedelta(hours=2)),
    ]


# Apps of equal name


@pytest.fixture
def wikis(account):
    """Three apps that are called Wiki, two of them in one account."""
    other = Account.objects.create(account_id="1" * 32, name="Other")
    for owner, app_uid, domain in ((account, "a", "wiki.example"), (account, "b", "docs.example"), (other, "c", "")):
        Application.objects.create(account=owner, app_uid=app_uid, name="Wiki", domain=domain)
    Application.objects.create(account=other, app_uid="d", name="Grafana")
    return [(account.pk, "a"), (account.pk, "b"), (other.pk, "c")]


APART = ["Wiki (Meridian, wiki.example)", "Wiki (Meridian, docs.example)", "Wiki (Other)"]


def test_equal_names_are_told_apart(wikis, make_login):
    assert [app_names(wikis)[app] for app in wikis] == APART
    assert [app_name(*app) for app in wikis] == APART
    assert [name_of_id(app_uid) for _, app_uid in wikis] == APART
    assert name_of_id("d") == "Grafana"
    make_login(**APP | {"app_uid": "b"})
    assert with_listed_name(AccessRequest.objects.all()).get().listed_name == APART[1]
    assert shared_names() == {app: ("Wiki", name) for app, name in zip(wikis, APART, strict=True)}


def test_unlisted_apps_are_told_apart(account, make_login):
    for app_uid, domain in (("a", "wiki.example/login"), ("b", "docs.example")):
        make_login(app_uid=app_uid, app_name="Wiki", app_domain=domain)
    names = app_names([(account.pk, "a"), (account.pk, "b")])
    assert set(names.values()) == {"Wiki (wiki.example)", "Wiki (docs.example)"}


def test_lost_name_is_told_apart_no_more(wikis):
    Application.objects.filter(app_uid="c").update(name="")
    Application.objects.tell_apart()
    assert [app_names(wikis)[app] for app in wikis] == ["Wiki (wiki.example)", "Wiki (docs.example)", "c"]
