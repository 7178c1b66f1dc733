"""Which rows an address asks for, what it says about itself, and what it answers when it cannot be read."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from dashboard.logins.filters import LoginFilter
from dashboard.page.timerange import TimeRange
from dashboard.scim.filters import ScimFilter
from logsync.models import Account, IdentityProvider
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, problems_in, records_of, rows_in

LOGIN_IDS_AND_WORDS = ["app_uid", "app_type", "connection", "action", "ip_address", "ray_id", "user_id"]
LOGIN_TEXTS = ["user_email", "app_name", "app_domain"]
SCIM_IDS = ["idp_id", "idp_resource_id", "cf_resource_id"]
SCIM_TEXTS = ["resource_user_email", "resource_group_name", "error_description", "request_body"]


def asked(filterset, query):
    """The rows that an address asks for, newest first."""
    data = QueryDict(query)
    rows = filterset.Meta.model.objects.all()
    request = RequestFactory().get("/")
    return list(filterset(data, request=request, range=TimeRange.read(data, NOW), queryset=rows).rows())


@pytest.fixture
def logins(db):
    return lambda query: asked(LoginFilter, query)


@pytest.fixture
def updates(db):
    return lambda query: asked(ScimFilter, query)


# Ids and words are exact, names and texts match by part


@pytest.mark.parametrize("name", LOGIN_IDS_AND_WORDS)
def test_login_ids_match_exactly(name, make_login, logins):
    row = make_login(**{name: "Abc-1"})
    make_login(**{name: "Abc-12"})
    assert logins(f"{name}=Abc-1") == [row]
    assert logins(f"{name}=abc-1") == []


@pytest.mark.parametrize("name", SCIM_IDS)
def test_update_ids_match_exactly(name, make_update, updates):
    row = make_update(**{name: "Abc-1"})
    make_update(**{name: "Abc-12"})
    assert updates(f"{name}=Abc-1") == [row]
    assert updates(f"{name}=abc-1") == []


@pytest.mark.parametrize("name", LOGIN_TEXTS)
@pytest.mark.parametrize("asked", ["Émile", "émile@", "ÉMILE@MERIDIAN", "n.example"])
def test_login_texts_match_any_part(name, asked, make_login, logins):
    row = make_login(**{name: "Émile@meridian.example"})
    make_login(**{name: "Emil"})
    assert logins(f"{name}={asked}") == [row]


@pytest.mark.parametrize("name", SCIM_TEXTS)
@pytest.mark.parametrize("asked", ["Émile", "ÉMILE@MERIDIAN", "n.example"])
def test_update_texts_match_any_part(name, asked, make_update, updates):
    row = make_update(**{name: "émile@MERIDIAN.EXAMPLE".replace("N.EXAMPLE", "n.example")})
    make_update(**{name: "Emil"})
    assert updates(f"{name}={asked}") == [row]


@pytest.mark.parametrize("asked", ["%25", "_", "\\", "a%25a", "'", '"', "%27%3B--"])
def test_sql_wildcards_match_literally(asked, make_login, logins):
    make_login(user_email="ada@meridian.example")
    row = make_login(user_email=f"x{QueryDict('v=' + asked)['v']}x")
    assert logins(f"user_email={asked}") == [row]


@pytest.mark.parametrize("query", ["country=nl", "country=NL", "country=Nl"])
def test_country_ignores_case(query, make_login, logins):
    row = make_login(country="NL")
    make_login(country="DE")
    assert logins(query) == [row]


@pytest.mark.parametrize("query", ["request_method=patch", "resource_type=group", "status=error"])
def test_scim_values_ignore_case(query, make_update, updates):
    row = make_update(request_method="PATCH", resource_type="GROUP", status="ERROR")
    make_update()
    assert updates(query) == [row]


def test_surrounding_spaces_are_ignored(make_login, logins):
    row = make_login(ray_id="6ad96d0a4873697b")
    assert logins("ray_id=%20%206ad96d0a4873697b%0A") == [row]


def test_filters_combine_with_and(make_login, logins):
    row = make_login(country="NL", app_name="Jira")
    make_login(country="NL")
    make_login(app_name="Jira", country="DE")
    assert logins("country=NL&app_name=jira") == [row]


def test_empty_parameter_is_ignored(make_login, logins):
    row = make_login()
    assert logins("user_email=&q=&country=&allowed=&account=&identity=&range=&sort=&columns=") == [row]


# More than one value


@pytest.mark.parametrize("name", [*LOGIN_IDS_AND_WORDS, *LOGIN_TEXTS, "country"])
def test_repeated_parameter_matches_any_value(name, make_login, logins):
    rows = [make_login(**{name: value}) for value in ("ONE", "TWO", "THREE")]
    assert set(logins(f"{name}=ONE&{name}=TWO")) == set(rows[:2])


@pytest.mark.parametrize("name", [*SCIM_IDS, *SCIM_TEXTS, "request_method", "resource_type", "status"])
def test_repeated_scim_parameter_matches_any_value(name, make_update, updates):
    rows = [make_update(**{name: value}) for value in ("ONE", "TWO", "THREE")]
    assert set(updates(f"{name}=ONE&{name}=TWO")) == set(rows[:2])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("allowed=true&allowed=unknown", {True, None}),
        ("allowed=true&allowed=false", {True, False}),
        ("allowed=false&allowed=any", {True, False, None}),
        ("identity=people&identity=unknown&allowed=any", {True, False, None}),
        ("q=ada&q=bob&allowed=any", {True, False}),
    ],
)
def test_repeated_choice_matches_any(query, expected, make_login, logins):
    make_login(allowed=True, user_email="ada@x")
    make_login(allowed=False, user_email="bob@x")
    make_login(allowed=None, user_email="")
    assert {row.allowed for row in logins(query)} == expected


def test_accounts_can_be_chosen_and_repeated(account, make_login, logins):
    others = [Account.objects.create(account_id=f"{number}" * 32) for number in (1, 2)]
    rows = [make_login(account=one) for one in (account, *others)]
    assert logins(f"account={account.account_id}") == rows[:1]
    assert set(logins(f"account={'1' * 32}&account={'2' * 32}")) == set(rows[1:])


# The default restriction to failures


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {False}),
        ("allowed=", {False}),
        ("allowed=%20", {False}),
        ("allowed=false", {False}),
        ("allowed=true", {True}),
        ("allowed=unknown", {None}),
        ("allowed=any", {True, False, None}),
    ],
)
def test_logins_default_to_denied(query, expected, make_login, logins):
    for allowed in (True, False, None):
        make_login(allowed=allowed)
    assert {row.allowed for row in logins(query)} == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"FAILURE", "ERROR"}),
        ("status=", {"FAILURE", "ERROR"}),
        ("status=%20", {"FAILURE", "ERROR"}),
        ("status=failure&status=", {"FAILURE"}),
        ("status=SUCCESS", {"SUCCESS"}),
        ("status=pending", {"PENDING"}),
        ("status=any", {"FAILURE", "ERROR", "SUCCESS", "PENDING", ""}),
    ],
)
def test_updates_default_to_failed(query, expected, make_update, updates):
    for status in ("FAILURE", "ERROR", "SUCCESS", "PENDING", ""):
        make_update(status=status)
    assert {row.status for row in updates(query)} == expected


def test_people_and_services_are_distinguished(make_login, logins):
    person = make_login()
    stopped = make_login(user_email="")
    certificate = make_login(connection="nonidentity")
    tokens = {make_login(connection="service_token"), make_login(user_email="non_identity@team.cloudflareaccess.com")}
    assert logins("identity=people") == [person]
    assert set(logins("identity=service")) == {certificate, *tokens}
    assert logins("identity=unknown") == [stopped]
    assert set(logins("")) == {person, stopped, certificate, *tokens}


def test_log_out_is_no_denied_login(make_login, logins):
    """Cloudflare writes a result on a log-out, too, but nobody was denied."""
    denied, allowed, unknown = (make_login(allowed=result) for result in (False, True, None))
    outs = {make_login(action="logout", allowed=result) for result in (False, True)}
    assert logins("") == logins("allowed=false") == [denied]
    assert logins("allowed=true") == [allowed]
    assert logins("allowed=unknown") == [unknown]
    assert set(logins("allowed=other")) == outs
    assert set(logins("not.allowed=false")) == {allowed, unknown, *outs}
    assert set(logins("not.allowed=other")) == {denied, allowed, unknown}
    assert set(logins("allowed=any")) == {denied, allowed, unknown, *outs}


def test_chosen_action_is_found_by_its_result(make_login, logins):
    make_login()
    denied, allowed = (make_login(action="logout", allowed=result) for result in (False, True))
    assert logins("action=logout") == [denied]
    assert logins("action=logout&allowed=true") == [allowed]
    assert set(logins("action=logout&allowed=any")) == {denied, allowed}


# Anything that was pasted


@pytest.mark.parametrize(
    "asked",
    [
        "6ad96d0a4873697b",
        "6AD96D0A4873697B",
        "6ad96d0a4873697b-FRA",
        "192.0.2.99",
        "app-1",
        "user-1",
        "grace@",
        "JIRA",
        "jira.meridian",
        " grace@meridian.example ",
    ],
)
def test_login_is_found_by_pasted_text(asked, make_login, logins):
    row = make_login(
        ray_id="6ad96d0a4873697b",
        ip_address="192.0.2.99",
        app_uid="app-1",
        user_id="user-1",
        user_email="grace@meridian.example",
        app_name="Jira",
        app_domain="jira.meridian.example/login",
    )
    make_login()
    assert logins(f"q={asked}") == [row]


@pytest.mark.parametrize("asked", ["cf-1", "idp-1", "provider-1", "GRACE@", "eng-prod", "already exists"])
def test_update_is_found_by_pasted_text(asked, make_update, updates):
    row = make_update(
        cf_resource_id="cf-1",
        idp_resource_id="idp-1",
        idp_id="provider-1",
        resource_user_email="grace@meridian.example",
        resource_group_name="eng-prod",
        error_description="a user of this name already exists",
    )
    make_update(error_description="")
    assert updates(f"q={asked}") == [row]


@pytest.mark.parametrize("asked", ["6ad96d0a4873697", "192.0.2.9", "app-", "user-"])
def test_partial_ids_find_nothing(asked, make_login, logins):
    make_login(ray_id="6ad96d0a4873697b", ip_address="192.0.2.99", app_uid="app-1", user_id="user-1")
    assert logins(f"q={asked}") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ada%20jira", ["ada"]),
        ("q=jira%20ADA", ["ada"]),
        ("q=ada%20wiki", []),
        ("q=ada%20jira&q=bob", ["ada", "bob"]),
        ("q=%22front%20desk%22", ["bob"]),
        ("q=%22desk%20front%22", []),
        ("q=desk%20front", ["bob"]),
        ("user_email=meridian%20bob", ["bob"]),
        ("user_email=%22meridian%20bob%22", []),
        ("app_name=%22front%20desk", []),
        ("not.user_email=meridian%20bob", ["ada"]),
    ],
)
def test_every_word_must_match(query, found, make_login, logins):
    make_login(user_email="ada@meridian.example", app_name="Jira")
    make_login(user_email="bob@meridian.example", app_name="The front desk")
    assert sorted(row.user_email[:3] for row in logins(query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=prod%20exists", True),
        ("q=prod%20missing", False),
        ("error_description=exists%20already", True),
        ("error_description=%22exists%20already%22", False),
        ("resource_user_email=example%20ada", True),
        ("resource_user_email=example%20bob", False),
    ],
)
def test_every_word_must_match_updates(query, found, make_update, updates):
    row = make_update(
        resource_user_email="ada@meridian.example", resource_group_name="eng prod", error_description="already exists"
    )
    assert updates(query) == ([row] if found else [])


# The range


@pytest.mark.parametrize(
    ("query", "ages"),
    [
        ("", [0, 1, 23]),
        ("range=1h", [0, 1]),
        ("range=7d", [0, 1, 23, 25]),
        ("range=all", [0, 1, 23, 25, 24 * 365]),
        ("since=2026-11-19T13:06:12%2B00:00", [0, 1]),
        ("since=2026-11-19T13:06:12+00:00", [0, 1]),
        ("since=2026-11-18T13:06:12Z&until=2026-11-19T13:06:12Z", [23, 25]),
        ("until=2026-11-19", [23, 25, 24 * 365]),
    ],
)
def test_range_includes_start_excludes_end(query, ages, make_login, logins):
    made = {make_login(created_at=NOW - timedelta(hours=age)): age for age in (0, 1, 23, 25, 24 * 365)}
    assert [made[row] for row in logins(query)] == ages


def test_range_applies_to_updates(make_update, updates):
    row = make_update(logged_at=NOW - timedelta(minutes=5))
    make_update()
    assert updates("range=15m") == [row]


# What cannot be read

MISTAKES = [
    ("range=5y", "There is no range “5y”"),
    ("since=yesterday", "since=yesterday is not a time"),
    ("until=2026-13-01", "until=2026-13-01 is not a time"),
    ("since=2026-11-19&until=2026-11-18", "The range ends before it begins"),
    ("account=nobody", "account=nobody is not known here; choose one of 0123456789abcdef0123456789abcdef."),
    ("accuont=red", "There is no filter “accuont”. Did you mean “account”?"),
    ("User_Email=ada", "There is no filter “User_Email”. Did you mean “"),
    ("accuont=%3Cscript%3Ealert(1)%3C/script%3E", "There is no filter “accuont”"),
    ("%3Caccount%3E=1", "There is no filter “<account>”. Did you mean “account”?"),
    ("columns=colour", "There is no column “colour”"),
    ("sort=colour", "The list cannot be sorted by “colour”"),
    ("sort=-extra", "The list cannot be sorted by “-extra”"),
    ("sort=account", "The list cannot be sorted by “account”"),
]
LOGIN_MISTAKES = [
    *MISTAKES,
    ("allowed=maybe", "allowed=maybe is not known here; choose one of false, true, unknown, other, any."),
    ("allowed=true&allowed=maybe", "allowed=maybe is not known here"),
    ("allowed=maybe&allowed=true", "allowed=maybe is not known here"),
    ("identity=robots", "identity=robots is not known here; choose one of people, service, unknown."),
    ("sort=--created_at", "The list cannot be sorted by “--created_at”"),
    ("status=any", "There is no filter “status”"),
    ("created_at=2026-11-19", "There is no filter “created_at”. Did you mean “since”?"),
    ("user_emial=ada", "There is no filter “user_emial”. Did you mean “user_email”?"),
    ("not.contry=NL", "There is no filter “not.contry”. Did you mean “not.country”?"),
    ("resource_user_email=ada", "There is no filter “resource_user_email”. Did you mean “user_email”?"),
]
SCIM_MISTAKES = [
    *MISTAKES,
    ("sort=request_body", "The list cannot be sorted by “request_body”"),
    ("allowed=any", "There is no filter “allowed”"),
]
ON_BOTH_PAGES = [("/logins", *mistake) for mistake in LOGIN_MISTAKES] + [("/scim", *item) for item in SCIM_MISTAKES]


@pytest.mark.parametrize(("page", "query", "words"), ON_BOTH_PAGES)
def test_invalid_query_answers_400_without_rows(page, query, words, make_login, make_update, signed_in):
    make_login()
    make_update()
    response = signed_in.get(f"{page}/?{query}")
    [problem] = problems_in(response)
    assert problem.startswith(words)
    assert (response.status_code, rows_in(response)) == (400, [])
    assert "meridian.example" not in page_of(response).text
    assert not page_of(response).has_link("Export CSV")
    export = signed_in.get(f"{page}.csv?{query}")
    assert (export.status_code, export["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert export.content.decode() == f"{problem}\n"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=5y", "There is no range"),
        ("allowed=true", "There is no filter “allowed”"),
        ("identity=robots", "identity=robots is not known here"),
        ("sort=colour", "The list cannot be sorted by “colour”; choose one of app, denied, change"),
        ("sort=trend", "The list cannot be sorted by “trend”"),
    ],
)
def test_by_app_rejects_invalid_query_too(query, words, make_login, signed_in):
    make_login()
    response = signed_in.get(f"/logins/by-app/?{query}")
    [problem] = problems_in(response)
    assert problem.startswith(words)
    assert response.status_code == 400
    assert "Grafana" not in page_of(response).text


def test_by_app_rejects_nul(make_login, signed_in):
    make_login()
    response = signed_in.get("/logins/by-app/?app_uid=%00")
    text = page_of(response).text
    assert response.status_code == 400
    assert "app_uid holds a NUL character" in text
    assert "Grafana" not in text


def test_every_mistake_gets_its_own_sentence(account, signed_in):
    response = signed_in.get("/logins/?range=5y&contry=red&identity=robots&columns=shape&sort=size")
    assert len(problems_in(response)) == 5


def test_page_parameters_are_valid(account, signed_in):
    query = "after=&before=&open=x&arrived_after=&sort=ray_id&columns=ray_id&since=2026-11-19&until=&range="
    assert signed_in.get(f"/logins/?{query}").status_code == 200


# What means nothing here

TRACKING = "utm_source=mail&gclid=a%2Fb&fbclid=1&%3Cb%3E=2&page=3"


@pytest.mark.parametrize("page", ["/logins/", "/scim/", "/logins/by-app/", "/logins/by-person/", "/scim/problems/"])
def test_foreign_parameters_are_ignored_aloud(page, make_login, make_update, signed_in):
    make_login()
    make_update()
    plain, tracked = signed_in.get(page), signed_in.get(f"{page}?{TRACKING}")
    assert (tracked.status_code, tracked.context["count"]) == (200, plain.context["count"])
    words = "Ignored in the address, as there is no such filter here: utm_source, gclid, fbclid, <b>, page."
    assert words in page_of(tracked).text
    assert "Ignored in the address" not in page_of(plain).text
    assert "gclid" not in "".join(link.href for link in page_of(tracked).all("a"))


@pytest.mark.parametrize("page", ["/logins", "/scim", "/logins/by-app", "/scim/problems"])
def test_export_names_ignored_parameters(page, make_login, make_update, signed_in):
    make_login()
    make_update()
    plain, tracked = signed_in.get(f"{page}.csv"), signed_in.get(f"{page}.csv?{TRACKING}&%0D%0AX=1")
    assert b"".join(tracked.streaming_content) == b"".join(plain.streaming_content)
    assert tracked["Ignored-Parameters"] == "utm_source, gclid, fbclid, %3Cb%3E, page, %0D%0AX"
    assert "Ignored-Parameters" not in plain


def test_flood_of_parameters_is_refused(account, signed_in):
    response = signed_in.get("/logins/?" + "&".join(f"track{number}=1" for number in range(60)))
    assert (response.status_code, len(problems_in(response))) == (400, 10)


# Chips


def chips(response):
    return [(chip.label, chip.value, chip.is_default) for chip in response.context["filterset"].chips]


def test_default_filters_are_marked_as_defaults(account, signed_in):
    assert chips(signed_in.get("/logins/")) == [("Range", "last 24 hours", True), ("Result", "denied", True)]
    assert chips(signed_in.get("/scim/")) == [("Range", "last 24 hours", True), ("Status", "failed", True)]


def test_each_default_filter_can_be_removed(make_login, signed_in):
    make_login(created_at=NOW - timedelta(days=40))
    make_login(allowed=True)
    page = page_of(signed_in.get("/logins/"))
    lifted = follow(signed_in, "/logins/", page.link("Remove the default filter: Range"))
    assert (len(rows_in(lifted)), chips(lifted)) == (1, [("Result", "denied", True)])
    lifted = follow(signed_in, "/logins/", page.link("Remove the default filter: Result"))
    assert (len(rows_in(lifted)), chips(lifted)) == (1, [("Range", "last 24 hours", True)])


def test_unrestricted_page_has_no_chip(account, signed_in):
    assert chips(signed_in.get("/logins/?range=all&allowed=any")) == []
    assert chips(signed_in.get("/scim/?range=all&status=any")) == []


def test_lifted_default_has_no_chip(account, signed_in):
    assert chips(signed_in.get("/scim/?range=all&status=any&status=FAILURE")) == []
    assert chips(signed_in.get("/logins/?range=all&allowed=false&allowed=any")) == []


def test_every_filter_has_readable_chip(account, okta, signed_in):
    query = f"range=all&status=SUCCESS&idp_id={okta.idp_id}&idp_id=other&account={account.account_id}"
    assert chips(signed_in.get(f"/scim/?{query}")) == [
        ("Account", "Meridian", False),
        ("Status", "Success", False),
        ("Provider", "Okta", False),
        ("Provider", "other", False),
    ]


def test_every_chip_can_be_removed(make_login, signed_in):
    make_login()
    address = "/logins/?range=7d&user_email=ada&user_email=bob&allowed=false&identity=people&sort=ray_id"
    everything = chips(signed_in.get(address))
    for chip in signed_in.get(address).context["filterset"].chips:
        left = chips(follow(signed_in, "/logins/", chip.lift))
        expected = [other for other in everything if other != (chip.label, chip.value, chip.is_default)]
        # Without a choice of one's own, the default comes back.
        assert [shown for shown in left if not shown[2]] == expected
        assert "sort=ray_id" in chip.lift


def test_custom_range_chip_can_be_removed(account, signed_in):
    address = "/logins/?since=2026-11-19T13:00:00Z&until=2026-11-19T14:00:00Z&allowed=any"
    page = page_of(signed_in.get(address))
    lifted = follow(signed_in, "/logins/", page.link("Remove filter: Range 19 Nov 2026 13:00 to 19 Nov 2026 14:00"))
    assert chips(lifted) == [("Range", "last 24 hours", True)]


# The form that sets filters


@pytest.mark.parametrize(
    ("address", "having"),
    [
        ("/logins/?user_email=a,b&user_email=c&ip_address=1&ip_address=2&range=7d&sort=ray_id", "app_name"),
        ("/logins/?allowed=true&allowed=unknown&identity=people&identity=service", "app_name"),
        ("/logins/?q=%22%3E%3Cb%3E&app_uid=a&app_uid=b&columns=ray_id&columns=country", "app_name"),
        ("/logins/?since=2026-11-19T13:00:00Z&until=2026-11-19T14:00:00Z", "app_name"),
        ("/scim/?status=FAILURE&status=PENDING&request_method=POST&request_method=PUT&idp_id=x", "idp_resource_id"),
    ],
)
def test_unchanged_filter_form_keeps_filters(address, having, account, okta, signed_in):
    before = signed_in.get(address)
    [form] = [form for form in page_of(before).forms if having in dict(form.fields)]
    after = signed_in.get(before.request["PATH_INFO"] + "?" + urlencode(form.fields))
    assert sorted(chips(after)) == sorted(chips(before))
    for name in ("sort", "columns", "range"):
        assert after.wsgi_request.GET.getlist(name) == before.wsgi_request.GET.getlist(name)


def test_form_offers_known_names(account, okta, signed_in):
    account.applications.create(app_uid="app-1", name="Grafana")
    IdentityProvider.objects.create(account=account, idp_id="no-scim", name="One-time PIN")
    logins, scim = (page_of(signed_in.get(path)) for path in ("/logins/", "/scim/"))
    assert {"Grafana", "Meridian"} <= {option.text for option in logins.all("option")}
    assert "Okta" in {option.text for option in scim.all("option")}
    assert "One-time PIN" not in {option.text for option in scim.all("option")}


# Values in rows

# A person's address opens the person instead.
LOGIN_LINKS = [
    "user_id",
    "app_uid",
    "app_domain",
    "app_type",
    "action",
    "connection",
    "ip_address",
    "country",
    "ray_id",
]
HOSTILE = '"><b>&x=1#%00%'


@pytest.mark.parametrize("name", LOGIN_LINKS)
@pytest.mark.parametrize("value", ["VALUE", HOSTILE], ids=["plain", "hostile"])
def test_login_value_links_to_matching_rows(name, value, make_login, signed_in):
    value = value.upper()
    row = make_login(**{name: value})
    make_login(**{name: "OTHER"})
    page = page_of(signed_in.get(f"/logins/?columns={name}&allowed=any"))
    narrowed = follow(signed_in, "/logins/", page.link(value))
    assert rows_in(narrowed) == [row]
    assert narrowed.wsgi_request.GET.dict() == {"columns": name, "allowed": "any", name: value}


@pytest.mark.parametrize("name", [*SCIM_IDS, "resource_group_name"])
def test_update_value_links_to_matching_rows(name, make_update, signed_in):
    row = make_update(**{name: HOSTILE})
    make_update(**{name: "OTHER"})
    page = page_of(signed_in.get(f"/scim/?columns={name}&columns=logged_at"))
    narrowed = follow(signed_in, "/scim/", page.link(HOSTILE))
    assert rows_in(narrowed) == [row]
    assert records_of(signed_in.get(f"/scim.csv?{narrowed.wsgi_request.GET.urlencode()}"))[0][name] == HOSTILE


@pytest.mark.parametrize("value", ["eng prod", 'say "eng prod" twice', "back\\slash \\"])
def test_text_with_blanks_links_to_itself(value, make_login, make_update, signed_in):
    row = make_update(resource_group_name=value)
    make_update(resource_group_name=" ".join(reversed(value.split())))
    login = make_login(app_domain=value)
    make_login(app_domain=" ".join(reversed(value.split())))
    page = page_of(signed_in.get("/scim/?columns=resource_group_name"))
    assert rows_in(follow(signed_in, "/scim/", page.link(value))) == [row]
    page = page_of(signed_in.get("/logins/?columns=app_domain"))
    assert rows_in(follow(signed_in, "/logins/", page.link(value))) == [login]


def test_person_name_links_to_person(make_login, make_update, signed_in):
    make_login(user_email=HOSTILE)
    make_update(resource_user_email=HOSTILE)
    for path in ("/logins/?columns=user_email", "/scim/?columns=resource_user_email"):
        links = [
            one.href for one in page_of(signed_in.get(path)).all("a") if one.attrs.get("title") == "Open this person"
        ]
        assert HOSTILE.lower() in page_of(signed_in.get(links[0])).all("h1")[0].text


@pytest.mark.parametrize(("allowed", "word"), [(True, "Allowed"), (False, "Denied"), (None, "No result recorded")])
def test_result_links_to_matching_rows(allowed, word, make_login, signed_in):
    row = make_login(allowed=allowed)
    make_login(allowed=not allowed)
    page = page_of(signed_in.get("/logins/?allowed=any"))
    assert rows_in(follow(signed_in, "/logins/", page.link(word))) == [row]


def test_account_links_to_its_rows(account, make_login, signed_in):
    row = make_login(account=account)
    make_login(account=Account.objects.create(account_id="1" * 32, name="Other"))
    page = page_of(signed_in.get("/logins/?columns=account"))
    assert rows_in(follow(signed_in, "/logins/", page.link("Meridian"))) == [row]


# Excluding


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("not.app_uid=-a", 2),
        ("not.app_uid=-a&not.app_uid=b", 1),
        ("app_uid=-a&app_uid=b&not.app_uid=b", 1),
        ("not.country=nl", 1),
        ("not.user_email=ADA@", 2),
        ("not.allowed=true", 4),
        ("not.allowed=false", 2),
        ("not.allowed=false&not.allowed=unknown", 1),
        ("not.identity=service", 2),
        ("not.identity=service&not.identity=people", 0),
    ],
)
def test_a_value_can_be_excluded(signed_in, all_logins_known, make_login, query, count):
    make_login(app_uid="-a", user_email="bob@meridian.example")
    make_login(app_uid="b", country="DE")
    make_login(app_uid="c", user_email="", connection="nonidentity")
    make_login(app_uid="-a", allowed=None, user_email="ada@meridian.example")
    make_login(app_uid="-a", allowed=True)
    response = signed_in.get(f"/logins/?{query}")
    assert response.context["count"] == count
    lines = b"".join(signed_in.get(f"/logins.csv?{query}").streaming_content).decode().splitlines()
    assert len(lines) == count + 1


def test_exclusion_chip_can_be_removed(signed_in, all_logins_known):
    (chip,) = [
        chip
        for chip in signed_in.get("/logins/?not.country=NL&country=DE").context["filterset"].chips
        if chip.label == "Country is not"
    ]
    assert (chip.value, chip.lift) == ("NL", "?country=DE")


def test_exclusion_hiding_everything_is_named(signed_in, all_logins_known, make_login):
    make_login()
    ways = signed_in.get("/logins/?not.country=NL").context["empty"].ways
    assert ("Remove Country filter (1 row)", "?") in [(way.words, way.href) for way in ways]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("not.q=x", "There is no filter “not.q”."),
        ("not.colour=red", "There is no filter “not.colour”."),
        ("not.allowed=any", "not.allowed=any is not known here; choose one of false, true, unknown, other."),
        ("not.identity=robots", "not.identity=robots is not known here; choose one of people, service, unknown."),
        ("not.blank=x", "not.blank=x is not known here; choose one of app_uid."),
    ],
)
@pytest.mark.parametrize("page", ["/logins/", "/logins.csv"])
def test_invalid_exclusion_answers_400_without_rows(signed_in, make_login, page, query, problem):
    make_login()
    response = signed_in.get(f"{page}?{query}")
    assert response.status_code == 400
    assert problem in response.content.decode()


@pytest.mark.parametrize("name", ["identity", "blank", "account"])
@pytest.mark.parametrize("page", ["/logins/by-app/", "/logins/by-app.csv", "/logins/by-person/"])
def test_grouped_lists_refuse_unknown_exclusion(signed_in, make_login, page, name):
    make_login()
    response = signed_in.get(f"{page}?not.{name}=x")
    assert response.status_code == 400
    assert f"not.{name}=x is not known here" in response.content.decode()


def test_excluded_provider_is_outside_coverage(signed_in, all_updates_known, make_stream):
    make_stream("scim_updates", "another", backfill_since=all_updates_known.backfill_since)
    assert signed_in.get("/scim/").context["line"].kind == "partial"
    assert signed_in.get("/scim/?not.idp_id=another").context["line"].kind == "complete"


def test_the_filter_menu_keeps_exclusions(signed_in, all_logins_known):
    response = signed_in.get("/logins/?not.country=NL")
    assert ("not.country", "NL") in response.context["filter_hidden"]
