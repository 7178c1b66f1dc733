"""What the filter box suggests: names of filters, and values that rows really have."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.lists import facets
from tests.conftest import NOW
from tests.dashboard.reading import page_of, shown

HOSTILE = '"><img src=x onerror=alert(1)>\u202e'


@pytest.fixture
def suggested(signed_in):
    """The suggestions for a text: kind, words and note of each."""

    def ask(text, page="/logins/", query=""):
        response = signed_in.get(f"{page}?{urlencode({'complete': text})}&{query}")
        assert response.status_code == 200
        return response.context["suggestions"]

    return ask


def lines(found):
    return [(one.kind, one.words, one.note) for one in found]


def test_empty_box_offers_names(suggested, db):
    names = [one.words for one in suggested("")]
    assert names[:5] == ["user:", "app:", "country:", "ip:", "ray:"]
    assert len(names) == len(set(names))
    assert all(one.text == one.words and not one.href for one in suggested(""))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cou", ["country:"]),
        ("-cou", ["-country:"]),
        ("COU", ["country:"]),
        ("user_i", ["user_id:"]),
        ("exact", ["person:"]),
        ("app_d", ["host:"]),
        ("zzz", []),
    ],
)
def test_name_is_completed(text, names, suggested, db):
    found = [one for one in suggested(f"ray:1 {text}") if not one.kind]
    assert [one.words for one in found] == names
    assert [one.text for one in found] == [f"ray:1 {name}" for name in names]


def test_values_come_with_their_counts(suggested, make_login):
    for country in ("NL", "NL", "DE", ""):
        make_login(country=country)
    make_login(country="SE", allowed=True)
    make_login(country="FR", created_at=NOW - timedelta(days=3))
    newest = [("Country", "NL", "2"), ("Country", "DE", "1")]
    assert lines(suggested("country:")) == newest
    assert lines(suggested("country:", query="range=7d")) == [*newest, ("Country", "FR", "1")]
    assert lines(suggested("country:s", query="allowed=true")) == [("Country", "SE", "1")]


@pytest.mark.parametrize(
    ("text", "query", "href"),
    [
        ("country:n", "", "?country=NL"),
        ("country:n", "country=DE&after=x&filter=y", "?country=DE&country=NL"),
        ("-country:n", "", "?not.country=NL"),
        ("not country:n", "country=NL", "?not.country=NL"),
        ("user:ada country:n", "", "?user_email=ada&country=NL"),
        ("range:3", "since=2026-11-18", "?range=30d"),
        ("result:allo", "", "?allowed=true"),
        ("provider:One", "", "?connection=onetimepin"),
        ('app:"front d', "", "?app_uid=desk-1"),
        ("app:desk", "", "?app_uid=desk-1"),
    ],
)
def test_value_leads_to_its_rows(text, query, href, suggested, make_login, account):
    account.applications.create(app_uid="desk-1", name="Front desk")
    make_login(country="NL", app_uid="desk-1", connection="onetimepin")
    assert suggested(text, query=query)[0].href == href


def test_apps_of_one_name_are_told_apart(suggested, make_login, account):
    for app_uid, domain in (("wiki-one", "one.example"), ("wiki-two", "two.example")):
        account.applications.create(app_uid=app_uid, name="Wiki", domain=domain)
        make_login(app_uid=app_uid, app_name="Wiki")
    assert {(one.words, one.href) for one in suggested("app:wiki")} == {
        ("Wiki (one.example)", "?app_uid=wiki-one"),
        ("Wiki (two.example)", "?app_uid=wiki-two"),
    }


def test_word_finds_people_and_apps(suggested, make_login, account):
    account.applications.create(app_uid="1", name="Zanzibar")
    make_login(user_email="zanele@meridian.example", app_uid="1")
    make_login(user_email="Zane@meridian.example", created_at=NOW - timedelta(days=200), allowed=True)
    assert [(one.kind, one.words) for one in suggested("zan")] == [
        ("Person", "zanele@meridian.example"),
        ("Person", "zane@meridian.example"),
        ("App", "Zanzibar"),
        ("Search", "zan"),
    ]
    assert suggested("zan")[-1].href == "?q=zan"
    assert suggested("zan desk")[-1].href == "?q=zan+desk"


def test_updates_and_problems_suggest_too(suggested, make_update, okta):
    make_update(resource_group_name="Eng Prod")
    assert suggested("group:eng", "/scim/")[0].href == "?resource_group_name=%22Eng+Prod%22"
    assert suggested("provider:ok", "/scim/problems/")[0].href == f"?idp_id={okta.idp_id}"
    assert suggested("state:op", "/scim/problems/")[0].href == "?state=open"
    assert suggested("country:n", "/logins/by-app/") is not None


def test_hostile_value_is_text(signed_in, suggested, make_login):
    make_login(app_type=HOSTILE)
    [found] = suggested("app_type:")
    assert found.words == HOSTILE
    page = page_of(signed_in.get(f"/logins/?{urlencode({'complete': 'app_type:'})}"))
    assert shown(HOSTILE) in page.text
    assert not page.all("img")
    [row] = signed_in.get(f"/logins/{found.href}").context["page"].rows
    assert row.app_type == HOSTILE


def test_invalid_address_suggests_nothing(suggested, make_login):
    make_login()
    assert suggested("country:", query="range=5y") == []


def test_suggestions_read_bounded_rows(suggested, make_login, monkeypatch):
    monkeypatch.setattr(facets, "MOST_ROWS", 3)
    for number in range(5):
        make_login(country=f"C{number}", created_at=NOW - timedelta(minutes=number))
    assert [(one.words, one.note) for one in suggested("country:c")] == [("C0", "1+"), ("C1", "1+"), ("C2", "1+")]


def test_suggestions_take_few_queries(suggested, make_login):
    for number in range(5):
        make_login(country=f"C{number}", user_email=f"cy{number}@meridian.example", app_uid=f"app-{number}")
    suggested("cy")
    with CaptureQueriesContext(connection) as queries:
        suggested("cy")
    assert len(queries) <= 16


# The page of the box


def test_typed_filters_become_an_address(signed_in, make_login):
    make_login()
    response = signed_in.get("/logins/?range=7d&filter=user%3Aada+-country%3ANL")
    assert (response.status_code, response["Location"]) == (302, "/logins/?range=7d&user_email=ada&not.country=NL")
    response = signed_in.get("/logins.csv?filter=country%3ANL")
    assert (response.status_code, response["Location"]) == (302, "/logins.csv?country=NL")


@pytest.mark.parametrize("page", ["/logins/", "/logins/by-app/", "/logins/by-person/", "/scim/", "/scim/problems/"])
def test_what_cannot_be_read_stays_typed(page, signed_in, make_login, make_update):
    make_login()
    make_update()
    response = signed_in.get(f"{page}?filter=colour%3Ared")
    assert response.status_code == 400
    read = page_of(response)
    assert "There is no filter “colour”" in read.text
    [typed] = [field.attrs["value"] for field in read.all("input") if field.attrs.get("name") == "filter"]
    assert typed == "colour:red"


@pytest.mark.parametrize("path", ["/logins.csv", "/logins.json", "/scim/problems.csv"])
def test_export_refuses_what_it_cannot_read(path, signed_in, make_login):
    make_login()
    response = signed_in.get(f"{path}?filter=colour%3Ared")
    assert response.status_code == 400
    assert "There is no filter “colour”" in response.content.decode()


def test_form_of_box_keeps_address(signed_in, make_login):
    make_login()
    read = page_of(signed_in.get("/logins/?country=NL&country=DE&not.action=logout&range=7d&open=x"))
    [form] = [form for form in read.forms if "filter" in dict(form.fields)]
    fields = [pair for pair in form.fields if pair[0] != "filter"]
    assert fields == [("country", "NL"), ("country", "DE"), ("not.action", "logout"), ("range", "7d")]
