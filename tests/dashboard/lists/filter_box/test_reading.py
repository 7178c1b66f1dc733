"""What typed filters ask a list for."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from dashboard.lists.filter_box.reading import read
from dashboard.lists.filter_box.tokens import written
from dashboard.logins.filters import LoginFilter
from dashboard.page.timerange import TimeRange
from dashboard.scim.filters import ScimFilter
from dashboard.scim.problems.filters import ProblemFilter
from tests.conftest import NOW
from tests.examples import examples

JIRA, ADMIN, DESK = "1111aaaa-0000", "2222bbbb-0000", "3333cccc-0000"


def reading(text, query="", of=LoginFilter):
    data = QueryDict(query)
    rows = of.Meta.model.objects.all()
    filterset = of(data, request=RequestFactory().get("/"), range=TimeRange.read(data, NOW), queryset=rows)
    return read(filterset, text)


def asked(text, query="", of=LoginFilter):
    """The parameters that a text leads to."""
    found = reading(text, query, of)
    assert found.problems == ()
    return dict(QueryDict(found.href.removeprefix("?")).lists())


@pytest.fixture
def apps(account):
    for app_uid, name in ((JIRA, "Jira"), (ADMIN, "Jira Admin"), (DESK, "Front desk")):
        account.applications.create(app_uid=app_uid, name=name)


# Each kind of filter


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("user:ada", {"user_email": ["ada"]}),
        ("user_email:ada", {"user_email": ["ada"]}),
        ("USER:ada", {"user_email": ["ada"]}),
        ("person:ada@x.example", {"person": ["ada@x.example"]}),
        ("app:jira", {"app_uid": [JIRA]}),
        ('app:"jira admin"', {"app_uid": [ADMIN]}),
        ("app:fro", {"app_uid": [DESK]}),
        (f"app:{JIRA}", {"app_uid": [JIRA]}),
        ("app:99999999-aaaa", {"app_uid": ["99999999-aaaa"]}),
        ("app:wiki", {"app_name": ["wiki"]}),
        ('-app:"old wiki"', {"not.app_name": ['"old wiki"']}),
        ("country:nl", {"country": ["nl"]}),
        ("country:tor", {"country": ["T1"]}),
        ("country:NL country:DE", {"country": ["NL", "DE"]}),
        ("-country:NL", {"not.country": ["NL"]}),
        ("ip:192.0.2.1 ray:6ad96d0a4873697b", {"ip_address": ["192.0.2.1"], "ray_id": ["6ad96d0a4873697b"]}),
        ("provider:Okta", {"connection": ["okta"]}),
        ('provider:"one-time pin"', {"connection": ["onetimepin"]}),
        ("provider:my-own-saml", {"connection": ["my-own-saml"]}),
        ("result:allowed", {"allowed": ["true"]}),
        ("result:denied", {"allowed": ["false"]}),
        ("allowed:true", {"allowed": ["true"]}),
        ("result:any", {"allowed": ["any"]}),
        ("-result:allowed", {"not.allowed": ["true"]}),
        ("identity:people", {"identity": ["people"]}),
        ("range:7d", {"range": ["7d"]}),
        ("since:2026-11-18", {"since": ["2026-11-18"]}),
        ("arrived_since:2026-11-18", {"arrived_since": ["2026-11-18"]}),
        ("zanele jira", {"q": ["zanele jira"]}),
        ('"already exists" ada', {"q": ['"already exists" ada']}),
        ("user:ada zanele", {"user_email": ["ada"], "q": ["zanele"]}),
        ("2001:db8::1", {"q": ["2001:db8::1"]}),
    ],
)
def test_text_asks_for_logins(text, parameters, apps):
    assert asked(text) == parameters


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("user:ada", {"resource_user_email": ["ada"]}),
        ("provider:okta", {"idp_id": ["{okta}"]}),
        ("result:success", {"status": ["SUCCESS"]}),
        ("status:failed", {"status": ["FAILURE", "ERROR"]}),
        ("method:patch -type:group", {"request_method": ["PATCH"], "not.resource_type": ["GROUP"]}),
        ('error:"already exists"', {"error_description": ['"already exists"']}),
        ("group:eng", {"resource_group_name": ["eng"]}),
    ],
)
def test_text_asks_for_updates(text, parameters, okta):
    found = asked(text, of=ScimFilter)
    assert found == {name: [value.format(okta=okta.idp_id) for value in values] for name, values in parameters.items()}


def test_words_ask_for_errors_of_problems(okta):
    assert asked("already exists state:open", of=ProblemFilter) == {
        "error_description": ["already exists"],
        "state": ["open"],
    }


# Together with what the address asks for


@pytest.mark.parametrize(
    ("text", "query", "parameters"),
    [
        ("country:DE", "country=NL", {"country": ["NL", "DE"]}),
        ("country:nl", "country=NL", {"country": ["nl"]}),
        ("-country:NL", "country=NL&country=DE", {"country": ["DE"], "not.country": ["NL"]}),
        ("country:NL", "not.country=NL", {"country": ["NL"]}),
        ("country:DE", "sort=ray_id&after=x&open=y&filter=z", {"country": ["DE"], "sort": ["ray_id"]}),
        ("range:7d", "since=2026-11-18&until=2026-11-19", {"range": ["7d"]}),
        ("since:2026-11-18", "range=7d", {"since": ["2026-11-18"]}),
        ("jira", "q=ada", {"q": ["ada jira"]}),
        ("jira", "q=ada&q=bob", {"q": ["ada jira", "bob jira"]}),
        ('closed"', "q=%22never", {"q": ['"\\"never" closed"']}),
        ("result:allowed", "", {"allowed": ["true"]}),
        ("result:allowed", "allowed=false", {"allowed": ["false", "true"]}),
        ("", "country=NL", {"country": ["NL"]}),
    ],
)
def test_text_adds_to_address(text, query, parameters, db):
    assert asked(text, query) == parameters


# What cannot be understood


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("colour:red", ['There is no filter “colour”. To search for this text, put it in quotes: "colour:red"']),
        ("contry:NL", ["There is no filter “contry”. Did you mean “country:”?"]),
        ("group:eng", ['There is no filter “group”. To search for this text, put it in quotes: "group:eng"']),
        ("country:", ["“country:” has no value."]),
        ("result:maybe", ["Result has no “maybe”; choose one of denied, allowed, no result recorded,"]),
        ("result:a", ["Result has no “a”; choose one of"]),
        ("-since:2026-11-18", ["“since” cannot be excluded."]),
        ("-q:x", ["“q” cannot be excluded."]),
        ("country: colour:red", ["“country:” has no value.", "There is no filter “colour”."]),
    ],
)
def test_what_is_wrong_is_said(text, problems, db):
    found = reading(text)
    assert found.href == ""
    assert len(found.problems) == len(problems)
    for problem, beginning in zip(found.problems, problems, strict=True):
        assert problem.startswith(beginning)


def test_quoted_text_with_colon_is_searched(db):
    assert asked('"colour:red"') == {"q": ["colour:red"]}


VALUES = st.text(st.sampled_from(list(' "\\-:aB1é')), min_size=1).filter(lambda value: value.strip())


@given(st.sampled_from(["ray_id", "user_id", "app_type", "action"]), VALUES, st.booleans())
@examples(100)
@pytest.mark.django_db
def test_every_exact_value_can_be_typed(name, value, is_excluded):
    found = reading(written(name, value, is_excluded=is_excluded))
    given = QueryDict(found.href.removeprefix("?")).getlist(f"not.{name}" if is_excluded else name)
    assert given == [value.strip()]
