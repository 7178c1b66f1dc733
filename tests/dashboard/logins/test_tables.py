"""How logins, and applications with failed logins, are put into words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Application, IdentityProvider
from tests.conftest import NOW
from tests.dashboard.reading import page_of


@pytest.fixture
def cells(signed_in):
    """The cells of the only row under an address, by the header of their column."""

    def read(address):
        rows = page_of(signed_in.get(address)).rows
        headers = next(row for row in rows if row[0] == "Open")
        cells = [row for row in rows if len(row) == len(headers)][-1]
        return dict(zip(headers, cells, strict=True))

    return read


def test_login_is_shown_on_one_line(make_login, cells):
    make_login(ray_id="6ad96d0a4873697b")
    shown = cells("/logins/")
    assert shown["Time"] == "13:06:12"
    assert shown["Person"] == "ada@meridian.example"
    assert shown["App"].startswith("Grafana")
    assert (shown["Provider"], shown["IP address"], shown["Country"]) == ("Okta", "192.0.2.7", "NL")
    assert (shown["Ray ID"], shown["Result"]) == ("6ad96d0a4873697b", "Denied")


def test_provider_has_its_own_name(account, make_login, cells, signed_in):
    IdentityProvider.objects.create(account=account, idp_id="1", type="okta", name="Meridian SSO")
    make_login(connection="okta", country="T1")
    shown = cells("/logins/?connection=okta&country=T1")
    assert (shown["Provider"], shown["Country"]) == ("Meridian SSO", "Tor")
    response = signed_in.get("/logins/?connection=okta&country=T1")
    chips = {chip.label: chip.value for chip in response.context["filterset"].chips}
    assert (chips["Provider"], chips["Country"]) == ("Meridian SSO", "Tor")
    facets = {facet.title: [entry.words for entry in facet.entries] for facet in response.context["facets"].facets}
    assert (facets["Provider"], facets["Country"]) == (["Meridian SSO"], ["Tor"])
    exported = b"".join(signed_in.get("/logins.csv?connection=okta&columns=connection,country")).decode()
    assert exported.splitlines() == ["connection,country", "okta,T1"]


def test_apps_of_one_name_are_told_apart(account, make_login, cells):
    for app_uid in ("a", "b"):
        Application.objects.create(account=account, app_uid=app_uid, name="Wiki", domain=f"{app_uid}.example")
    make_login(app_uid="b", app_name="Wiki", connection="")
    assert cells("/logins/")["App"].startswith("Wiki (b.example)")
    # The name of its time stays what it was.
    make_login(app_uid="b", app_name="Intranet", connection="")
    assert cells("/logins/?app_name=Intranet")["App"].startswith("Intranet")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "Grafana"),
        ({"app_name": ""}, "grafana.meridian.example/login"),
        ({"app_name": "", "app_domain": ""}, "13d976ec-915a-4e59-afab-cef6291764b8"),
        ({"app_name": "", "app_domain": "", "app_uid": ""}, "–"),
    ],
)
def test_app_uses_best_available_name(values, name, make_login, cells):
    make_login(connection="", **values)
    assert cells("/logins/?columns=app_name")["App"].removesuffix(" ·") == name


def test_missing_value_is_dash(make_login, cells):
    make_login(user_email="", ip_address="", country="", ray_id="", connection="")
    shown = cells("/logins/?columns=user_email,ip_address,country,ray_id,connection,extra")
    del shown["Open"]
    assert set(shown.values()) == {"–"}


def test_extra_fields_are_shown_as_json(make_login, cells):
    make_login(extra={"é": [1, None]})
    assert cells("/logins/?columns=extra")["Extra"] == '{"é": [1, null]}'


def test_account_is_shown_by_name(make_login, cells):
    make_login()
    assert cells("/logins/?columns=account")["Account"] == "Meridian"


def test_a_ray_can_be_copied(make_login, signed_in):
    make_login(ray_id="6ad96d0a4873697b")
    buttons = [button for button in page_of(signed_in.get("/logins/")).all("button") if "data-copy" in button.attrs]
    assert [(button.attrs["data-copy"], button.label) for button in buttons] == [("6ad96d0a4873697b", "Copy Ray ID")]


# Applications


def test_app_row_shows_denials_and_people(make_login, cells):
    for minutes in (90, 60):
        make_login(created_at=NOW - timedelta(minutes=minutes))
    make_login(allowed=True, created_at=NOW - timedelta(hours=3))
    shown = cells("/logins/by-app/")
    assert shown["App"] == "Grafana"
    assert shown["Denied"].startswith("2")
    assert shown["People"].startswith("1")
    assert shown["Share denied"] == "66.7 %"
    assert (shown["First"], shown["Last"]) == ("19 Nov 12:36:12", "19 Nov 13:06:12")
    assert (shown["Locked out"], shown["Never had access"]) == ("1 person locked out", "nobody")
    assert shown["Before"] == "–"


def test_missing_person_has_label(make_login, cells):
    make_login()
    make_login(created_at=NOW, allowed=True)
    assert cells("/logins/by-app/")["Locked out"] == "nobody locked out"


@pytest.mark.parametrize(("before", "words"), [(0, "0 1"), (1, "1 same"), (3, "3 2")])
def test_previous_period_shows_difference(before, words, all_logins_known, make_login, cells):
    make_login()
    for seconds in range(before):
        make_login(created_at=NOW - timedelta(hours=30, seconds=seconds))
    assert cells("/logins/by-app/")["Before"] == words


def test_trend_has_hourly_bars_and_maximum(make_login, signed_in):
    for minutes in (0, 60, 61):
        make_login(created_at=NOW - timedelta(minutes=minutes))
    page = page_of(signed_in.get("/logins/by-app/"))
    assert "Denials over the range, at most 2 at once" in [
        drawing.attrs.get("aria-label") for drawing in page.all("svg")
    ]


@pytest.mark.parametrize(
    "name", ["app", "denied", "change", "people", "share", "first", "last", "locked_out", "never_had_access"]
)
def test_applications_can_be_sorted_both_ways(name, make_login, signed_in):
    for number, app_uid in enumerate("abc"):
        for _ in range(number + 1):
            make_login(app_uid=app_uid, app_name=app_uid, created_at=NOW - timedelta(hours=number))

    def values(sort):
        rows = signed_in.get(f"/logins/by-app/?sort={sort}").context["table"].rows
        return [getattr(row.record, "name" if name == "app" else name) for row in rows]

    assert values(name) == sorted(values(name))
    assert values(f"-{name}") == sorted(values(name), reverse=True)


def test_sorted_header_reverses_order(make_login, signed_in):
    make_login()
    page = page_of(signed_in.get("/logins/by-app/?country=NL"))
    sorted_by = [head for head in page.all("th") if "aria-sort" in head.attrs]
    assert [(head.text, head.attrs["aria-sort"]) for head in sorted_by] == [("Denied", "descending")]
    assert page.link("Denied") == "?country=NL&sort=denied"
    assert "?country=NL&sort=-people" in [link.href for link in page.all("a") if link.text == "People"]
    assert not page.has_link("Trend")
