"""Facets: every count is the count of the list that its link leads to, under whatever other filters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.http import HttpRequest, QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.lists.facets import FacetField, facets_of
from dashboard.logins.facets import FACETS
from dashboard.logins.filters import LoginFilter
from dashboard.logins.views import LoginList
from dashboard.page.timerange import TimeRange
from logsync.models import AccessRequest, ScimUpdate, person_of
from tests.conftest import NOW
from tests.dashboard.reading import page_of
from tests.examples import examples

HOSTILE = '"><img src=x onerror=alert(1)>\u202egnp.exe'


def facet(response, title):
    return next(facet for facet in response.context["facets"].facets if facet.title == title)


def entry(response, title, words):
    return next(entry for entry in facet(response, title).entries if entry.words == words)


def shown(response, title):
    return [(entry.words, entry.count) for entry in facet(response, title).entries]


# Declaring them


@pytest.mark.parametrize(
    "mistyped",
    [FacetField("app_iud", "App"), FacetField("app_uid", "App", name_field="app_nmae")],
    ids=["filter", "field"],
)
def test_mistyped_facet_raises_at_import(mistyped):
    with pytest.raises((ImproperlyConfigured, FieldDoesNotExist), match=r"app_iud|app_nmae"):
        type("Mistyped", (LoginList,), {"facets": [mistyped]})


# Counts are what the links lead to


WORDS = st.sampled_from(
    ["", "a", "A", "-a", "a&b=c", "a b", HOSTILE, "ü%_\\", "not.a", "any", "ann@x.example", "joann@x.example"]
)
LOGINS = st.lists(
    st.fixed_dictionaries(
        {
            "allowed": st.sampled_from([True, False, None]),
            "action": st.sampled_from(["login", "logout", "", HOSTILE]),
            "app_uid": WORDS,
            "user_email": WORDS,
            "connection": st.sampled_from(["okta", "nonidentity", ""]),
            "country": st.sampled_from(["NL", "DE", "", "de"]),
            "app_type": WORDS,
        }
    ),
    max_size=12,
)
FILTERS = st.sampled_from(
    ["", "allowed=any", "allowed=true", "not.allowed=true", "not.country=NL", "country=nl&allowed=any",
     "identity=people", "app_uid=a&not.app_uid=-a&allowed=any", "not.identity=service&allowed=any",
     "user_email=a", "not.user_email=ann", "person=ANN@x.example"]
)  # fmt: skip


def filterset_of(query):
    query = QueryDict(query)
    range = TimeRange.read(query, NOW)
    filterset = LoginFilter(query, request=HttpRequest(), range=range, queryset=AccessRequest.objects.all())
    assert filterset.problems == []
    return filterset


def entries_of(query, title):
    """The entries of a facet; none of the result while only the default restricts it, which any choice lifts."""
    filterset = filterset_of(query)
    if title == "Result" and filterset.is_default_in_force:
        return []
    return [entry for facet in facets_of(filterset, FACETS).facets if facet.title == title for entry in facet.entries]


def fill(account, rows):
    AccessRequest.objects.all().delete()
    values = {"account": account, "arrived_at": NOW, "created_at": NOW - timedelta(minutes=1)}
    AccessRequest.objects.bulk_create(
        AccessRequest(**values, **row, person=person_of(row["user_email"])) for row in rows
    )


PARAMETERS = {
    "App": "app_uid",
    "Person": "person",
    "Country": "country",
    "Result": "allowed",
    "Identity": "identity",
    "Action": "action",
}
quickly = examples(50)


@pytest.mark.parametrize("title", PARAMETERS)
@quickly
@given(rows=LOGINS, query=FILTERS)
def test_facet_count_matches_filtered_list(account, title, rows, query):
    fill(account, rows)
    name = PARAMETERS[title]
    for entry in entries_of(query, title):
        if entry.href and not (entry.is_chosen or entry.is_excluded):
            alone = QueryDict(entry.href[1:], mutable=True)
            alone.setlist(name, alone.getlist(name)[-1:])
            alone.pop(f"not.{name}", None)
            assert filterset_of(alone.urlencode()).rows().count() == entry.count


@pytest.mark.parametrize("title", PARAMETERS)
@quickly
@given(rows=LOGINS, query=FILTERS)
def test_included_and_excluded_rows_are_all(account, title, rows, query):
    fill(account, rows)
    entries = entries_of(query, title)
    # The list leaves other actions aside until one is asked for.
    if PARAMETERS[title] in filterset_of(query).implied or any(one.is_chosen or one.is_excluded for one in entries):
        return
    for entry in entries:
        if entry.exclude_href:
            without = filterset_of(entry.exclude_href[1:]).rows().count()
            assert entry.count + without == filterset_of(query).rows().count()


# What is shown


@pytest.fixture
def rows(all_logins_known, make_login):
    """Denied: three at Grafana from NL and DE, two at Jira from DE. Allowed: four at Wiki from SE."""
    for country in ("NL", "NL", "DE"):
        make_login(country=country)
    for _ in range(2):
        make_login(country="DE", app_uid="jira", app_name="Jira", user_email="bob@meridian.example")
    for _ in range(4):
        make_login(country="SE", app_uid="wiki", app_name="Wiki", allowed=True, user_email="", connection="nonidentity")


def test_values_are_sorted_by_frequency(signed_in, rows):
    assert shown(signed_in.get("/logins/"), "App") == [("Grafana", 3), ("Jira", 2), ("Wiki", 0)]
    assert shown(signed_in.get("/logins/"), "Country") == [("DE", 3), ("NL", 2), ("SE", 0)]


def test_facet_ignores_its_own_filter(signed_in, rows):
    response = signed_in.get("/logins/?country=DE")
    assert shown(response, "App") == [("Jira", 2), ("Grafana", 1), ("Wiki", 0)]
    assert shown(response, "Country") == [("DE", 3), ("NL", 2), ("SE", 0)]
    assert shown(response, "Result") == [("Denied", 3), ("Allowed", 0)]


def test_click_toggles_a_value(signed_in, rows):
    one = entry(signed_in.get("/logins/?country=DE"), "Country", "NL").href
    assert one == "?country=DE&country=NL"
    two = signed_in.get(f"/logins/{one}")
    assert [found.words for found in facet(two, "Country").entries if found.is_chosen] == ["DE", "NL"]
    assert entry(two, "Country", "DE").href == "?country=NL"


def test_value_can_be_excluded_and_restored(signed_in, rows):
    href = entry(signed_in.get("/logins/?country=DE"), "Country", "DE").exclude_href
    assert href == "?not.country=DE"
    response = signed_in.get(f"/logins/{href}")
    assert response.context["count"] == 2
    excluded = entry(response, "Country", "DE")
    assert (excluded.is_excluded, excluded.count, excluded.href, excluded.exclude_href) == (True, 3, "?", "")


def test_default_choice_is_replaced_by_click(signed_in, rows):
    response = signed_in.get("/logins/")
    assert entry(response, "Result", "Denied").is_chosen
    assert entry(response, "Result", "Denied").href == "?allowed=any"
    assert entry(response, "Result", "Allowed").href == "?allowed=true"
    assert entry(response, "Result", "Denied").exclude_href == "?not.allowed=false"
    assert signed_in.get("/logins/?not.allowed=false").context["count"] == 4


def test_chosen_value_without_rows_is_shown(signed_in, rows):
    chosen = entry(signed_in.get("/logins/?country=JP"), "Country", "JP")
    assert (chosen.is_chosen, chosen.count, chosen.href) == (True, 0, "?")


def test_truncated_facet_shows_number_of_values(signed_in, all_logins_known, make_login):
    for number in range(12):
        make_login(country=f"{number:02}", user_email=f"person{number}@meridian.example")
    response = signed_in.get("/logins/")
    assert facet(response, "Country").more == "8 of 12"
    assert facet(response, "Person").more == "5 of 12"


def test_ids_show_newest_name(signed_in, all_logins_known, make_login):
    make_login(app_uid="x", app_name="Old name", created_at=NOW - timedelta(hours=3))
    make_login(app_uid="x", app_name="New name", created_at=NOW - timedelta(hours=2))
    make_login(app_uid="x", app_name="", created_at=NOW - timedelta(hours=1))
    assert shown(signed_in.get("/logins/"), "App") == [("New name", 3)]


def test_person_facet_ignores_email_case(signed_in, all_logins_known, make_login):
    make_login(user_email="Ada@meridian.example", created_at=NOW - timedelta(hours=2))
    make_login(user_email="ada@meridian.example")
    assert shown(signed_in.get("/logins/"), "Person") == [("ada@meridian.example", 2)]


def test_hidden_kinds_are_counted(signed_in, rows):
    response = signed_in.get("/logins/?identity=people&allowed=any")
    (hidden,) = response.context["facets"].hidden
    assert (hidden.count_words, hidden.what, hidden.by) == ("4", "service logins", "people only")
    assert signed_in.get(f"/logins/{hidden.href}").context["count"] == 9
    assert "4 service logins hidden by “people only”." in response.content.decode()
    (hidden,) = signed_in.get("/logins/?not.identity=people&allowed=any").context["facets"].hidden
    assert (hidden.count_words, hidden.what, hidden.by) == ("5", "logins of people", "not people only")
    assert signed_in.get("/logins/?allowed=any").context["facets"].hidden == []


def test_only_newest_rows_are_counted(signed_in, rows, monkeypatch):
    monkeypatch.setattr("dashboard.lists.facets.MOST_ROWS", 4)
    response = signed_in.get("/logins/")
    assert "Counts are of the newest 4 rows." in response.content.decode()
    assert sum(found.count for found in facet(response, "App").entries) == 4
    assert facet(response, "App").entries[0].count_words == "2+"


def test_hostile_values_stay_text_and_selectable(signed_in, all_logins_known, make_login):
    make_login(app_uid=HOSTILE, app_name=HOSTILE, country="<b>", user_email=HOSTILE)
    make_login(app_uid="u" * 5000, app_name="n" * 5000, connection="c" * 5000, user_email="e" * 5000)
    response = signed_in.get("/logins/")
    page = response.content.decode()
    assert "<img src=x" not in page
    assert signed_in.get(f"/logins/{entry(response, 'App', HOSTILE).href}").context["count"] == 1
    assert entry(response, "Provider", "c" * 320).href == ""
    assert signed_in.get(f"/logins/{entry(response, 'Person', 'e' * 320).href}").context["count"] == 1
    assert max(len(found.href) for facet in response.context["facets"].facets for found in facet.entries) < 2000


def test_update_facets_name_their_providers(signed_in, all_updates_known, make_update):
    make_update(status="ERROR")
    make_update(status="SUCCESS", resource_type="GROUP", resource_user_email="", resource_group_name="eng-prod")
    response = signed_in.get("/scim/")
    assert shown(response, "Status") == [("Error", 1), ("Success", 1)]
    assert [found.is_chosen for found in facet(response, "Status").entries] == [True, False]
    assert shown(response, "Identity provider") == [("Okta", 1)]
    assert shown(response, "Group") == [("eng-prod", 0)]
    assert ScimUpdate.objects.count() == 3


def test_facets_need_four_queries_at_most(rows, django_assert_max_num_queries):
    filterset = filterset_of("")
    # Two for the rows, one each for the names of applications and of providers.
    with django_assert_max_num_queries(4):
        assert len(facets_of(filterset, FACETS).facets) == 8


# All values of a facet


@pytest.fixture
def countries(all_logins_known, make_login):
    """Twelve countries, C0 most often."""
    for number in range(12):
        make_login(country=f"C{number}")
    make_login(country="C0")
    make_login(country="T1")
    make_login(country="SE", allowed=True)


def test_facet_leads_to_all_its_values(countries, signed_in):
    short = facet(signed_in.get("/logins/?identity=people"), "Country")
    assert (short.more, len(short.entries)) == ("8 of 14", 8)
    assert short.all_href == "?identity=people&facet=country#facet-country"
    whole = facet(signed_in.get(f"/logins/{short.all_href}"), "Country")
    assert [(entry.words, entry.count) for entry in whole.entries][:2] == [("C0", 2), ("C1", 1)]
    assert {entry.words for entry in whole.entries} == {*(f"C{number}" for number in range(12)), "Tor", "SE"}
    assert (whole.all_href, whole.fewer_href) == ("", "?identity=people#facet-country")


def test_choice_keeps_all_values_in_sight(countries, signed_in):
    response = signed_in.get("/logins/?facet=country")
    assert entry(response, "Country", "C9").href == "?country=C9&facet=country"
    assert entry(response, "Result", "Denied").href == "?allowed=any"
    after = signed_in.get("/logins/?country=C9&facet=country")
    assert (len(facet(after, "Country").entries), len(facet(after, "App").entries)) == (14, 1)
    assert all("facet" not in chip.lift for chip in after.context["filterset"].chips)


@pytest.mark.parametrize(
    ("text", "found"),
    [("c1", ["C1", "C10", "C11"]), ("TOR", ["Tor"]), ("t1", ["Tor"]), (" se ", ["SE"]), ("xx", [])],
)
def test_values_of_facet_are_searched(text, found, countries, signed_in):
    response = signed_in.get("/logins/", {"facet": "country", "facet_text": text})
    assert sorted(entry.words for entry in facet(response, "Country").entries) == found
    assert ("No value contains" in page_of(response).text) == (not found)


def test_only_facet_is_fetched(countries, signed_in):
    response = signed_in.get("/logins/?facet=country&range=7d", headers={"HX-Request": "true"})
    assert "HX-Request" in response["Vary"]
    assert "HX-Request" in signed_in.get("/logins/?facet=country&range=7d")["Vary"]
    assert page_of(response).text.startswith("Country C02")
    assert "<table" not in response.content.decode()
    assert signed_in.get("/logins/?facet=colour", headers={"HX-Request": "true"}).status_code == 404
    assert signed_in.get("/logins/?facet=colour").status_code == 200


def test_facet_shows_bounded_values(all_logins_known, make_login, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.lists.facets.MOST_SHOWN", 10)
    for number in range(30):
        make_login(country=f"C{number:02}")
    whole = facet(signed_in.get("/logins/?facet=country"), "Country")
    assert (len(whole.entries), whole.more) == (10, "10 of 30")
    searched = facet(signed_in.get("/logins/?facet=country&facet_text=29"), "Country")
    assert [entry.words for entry in searched.entries] == ["C29"]


# Values of equal name


def test_unlisted_apps_are_told_apart(all_logins_known, make_login, signed_in):
    for app_uid, host in (("11112222-a", "one.example"), ("33334444-b", "two.example"), ("55556666-c", "two.example")):
        make_login(app_uid=app_uid, app_name="Wiki", app_domain=host)
    names = {words for words, _ in shown(signed_in.get("/logins/"), "App")}
    assert names == {"Wiki (one.example, 11112222)", "Wiki (two.example, 33334444)", "Wiki (two.example, 55556666)"}


def test_chip_names_unlisted_app(account, all_logins_known, make_login, signed_in):
    make_login(app_uid="11112222-a", app_name="Old wiki")
    make_login(app_uid="33334444-b", app_name="Wiki")
    account.applications.create(app_uid="5", name="Wiki")
    response = signed_in.get("/logins/?app_uid=11112222-a&app_uid=33334444-b&app_uid=5&app_uid=6")
    names = [chip.value for chip in response.context["filterset"].chips if chip.label == "App"]
    assert names == ["Old wiki", "Wiki (33334444)", "Wiki", "6"]
