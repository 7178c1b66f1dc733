"""What unfolds under an app with failed logins: what the denied have in common, facts with their rows, who is out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, rows_in

UID = "grafana-uid"


def at(hours):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def crowd(make_login):
    """Make so many people, each with a login at Grafana: denied or allowed, with these values."""

    def make(name, count, *, allowed, **values):
        values = {"app_uid": UID, "app_name": "Grafana", "created_at": at(2)} | values
        for number in range(count):
            make_login(user_email=f"{name}{number}@meridian.example", allowed=allowed, **values)

    return make


@pytest.fixture
def outage(all_logins_known, crowd):
    """Twelve of fourteen denied people came through one provider from one network; of sixty let in, three did."""
    okta = {"connection": "okta-eu", "ip_address": "198.51.100.9", "country": "NL"}
    entra = {"connection": "azureAD", "ip_address": "203.0.113.9", "country": "DE"}
    crowd("out", 12, allowed=False, **okta)
    crowd("other", 2, allowed=False, **entra)
    crowd("in", 3, allowed=True, **okta)
    crowd("fine", 57, allowed=True, **entra)


@pytest.fixture
def opened(signed_in):
    """The page with its first app unfolded, and what the app's summary holds."""

    def read(query=""):
        [key] = {line.opening.key for line in signed_in.get(f"/logins/by-app/?{query}").context["lines"][:1]}
        response = signed_in.get(f"/logins/by-app/?{query}&open={key}")
        assert response.status_code == 200
        return page_of(response), response.context["open"]

    return read


def test_only_standout_values_are_red(outage, opened):
    page, summary = opened()
    rows = {f"{row.name} {row.value}": row for row in summary.rows}
    assert rows["Connection okta-eu"].stands_out
    assert (rows["Connection okta-eu"].denied, rows["Connection okta-eu"].allowed) == (12, 3)
    assert "12 of 14" in page.text
    assert "3 of 60" in page.text
    assert "The same people: country NL, network 198.51.100.0/24, IP address 198.51.100.9." in page.text
    assert "Difference 81 points, at least 53, p " in page.text
    assert "values compared; bounds are rounded down." in page.text
    assert "Shared is not the cause; the log has no reason." in page.text
    bars = [rect.attrs["class"] for rect in page.all("rect") if rect.attrs.get("height") == "6"]
    assert bars.count("m-bad") == sum(row.stands_out for row in summary.rows)


def test_value_links_lead_to_matching_rows(outage, make_login, opened, signed_in):
    make_login(app_uid=UID, created_at=at(2), user_email="", connection="okta-eu")
    _, summary = opened()
    row = next(row for row in summary.rows if row.value == "okta-eu")
    for href, allowed, count in ((row.denied_href, False, 12), (row.allowed_href, True, 3)):
        rows = rows_in(signed_in.get(href))
        assert len(rows) == count
        assert {(one.connection, one.allowed, one.app_uid) for one in rows} == {("okta-eu", allowed, UID)}


def test_unfilterable_value_has_no_link(all_logins_known, crowd, opened):
    for number in range(6):
        crowd(f"out{number}", 1, allowed=False, ip_address=f"198.51.100.{number}")
        crowd(f"in{number}", 1, allowed=True, ip_address=f"203.0.113.{number}")
    _, summary = opened()
    [row] = [row for row in summary.rows if row.stands_out]
    assert (row.value, row.denied_href, row.allowed_href) == ("198.51.100.0/24", "", "")


@pytest.mark.parametrize(
    ("denied", "allowed", "words"),
    [
        (4, 60, "Too few people were denied to compare (4)."),
        (9, 0, "All 9 denied people have connection okta, country NL, network 192.0.2.0/24"),
        (9, 9, "Nothing stands out: 0 values compared, 9 denied and 9 allowed people."),
    ],
)
def test_missing_comparison_is_explained(denied, allowed, words, all_logins_known, crowd, opened):
    crowd("out", denied, allowed=False)
    crowd("in", allowed, allowed=True)
    page, summary = opened()
    assert words in page.text
    assert not [row for row in summary.rows if row.stands_out]


def test_provisional_time_alone_is_not_compared(crowd, opened):
    crowd("out", 9, allowed=False)
    page, summary = opened()
    assert "None of this range is settled yet, so nothing is compared." in page.text
    assert summary.rows == []


def test_provisional_time_is_excluded_and_named(make_stream, cover, crowd, opened):
    stream = make_stream()
    cover(stream, at(30), at(0.25))
    cover(stream, at(0.25), NOW, is_settled=False)
    crowd("out", 6, allowed=False)
    crowd("late", 6, allowed=False, created_at=at(0.1))
    page, summary = opened()
    assert summary.comparison.denied == 6
    assert "Later time is provisional or not known, and left out." in page.text


def test_comparison_ignores_other_filters(outage, opened):
    assert "whatever the other filters" not in opened()[0].text
    page, summary = opened("country=NL")
    assert "Everybody at this app is compared, whatever the other filters." in page.text
    assert (summary.comparison.denied, summary.app.denied) == (14, 12)


# Facts


def fact(summary, words):
    return next(fact for fact in summary.facts if words in fact.words)


def test_people_allowed_elsewhere_link_their_rows(outage, make_login, opened, signed_in):
    for number, app_uid in ((0, "jira"), (0, "jira"), (1, "wiki"), (2, UID)):
        make_login(user_email=f"OUT{number}@meridian.example", app_uid=app_uid, allowed=True, created_at=at(3))
    make_login(user_email="xout1@meridian.example", app_uid="wiki", allowed=True)
    _, summary = opened()
    found = fact(summary, "let in at another app")
    assert found.words == "2 of the 14 denied people were let in at another app in the same time."
    assert len(rows_in(signed_in.get(found.href))) == 3


def test_nobody_allowed_elsewhere_has_no_link(outage, opened):
    found = fact(opened()[1], "let in at another app")
    assert found.words.startswith("None of the 14 denied people")
    assert found.href == ""


def test_people_allowed_before_link_their_rows(outage, crowd, opened, signed_in):
    crowd("out", 5, allowed=True, created_at=at(40))
    _, summary = opened()
    found = fact(summary, "let in here before")
    assert found.words == "5 of the 14 whose newest login was denied had been let in here before."
    assert len(rows_in(signed_in.get(f"{found.href}&range=all"))) == 5


def test_regained_access_is_not_allowed_before(outage, crowd, opened, signed_in):
    crowd("out", 5, allowed=True, created_at=at(40))
    crowd("out", 2, allowed=True, created_at=at(1))
    found = fact(opened()[1], "let in here before")
    assert found.words == "3 of the 12 whose newest login was denied had been let in here before."
    assert len(rows_in(signed_in.get(found.href))) == 3


def test_filters_keep_people_allowed_before(outage, crowd, opened, signed_in):
    crowd("out", 5, allowed=True, created_at=at(40))
    found = fact(opened("connection=azureAD")[1], "let in here before")
    assert found.words == "5 of the 14 whose newest login was denied had been let in here before."
    assert len(rows_in(signed_in.get(found.href))) == 5


def test_denial_without_host_is_not_counted(outage, make_login, opened):
    make_login(app_uid=UID, app_name="Grafana", app_domain="")
    assert fact(opened()[1], "host").words == "Every denial that names a host was for one host:"
    make_login(app_uid=UID, app_name="Grafana", app_domain="other.example/x")
    assert fact(opened()[1], "host").words == "The denials that name a host were for 2 hosts."


def test_single_host_is_named_others_counted(outage, make_login, opened):
    found = fact(opened()[1], "Every denial was for one host")
    assert found.value == "grafana.meridian.example"
    make_login(app_uid=UID, app_name="Grafana", app_domain="other.example/x")
    assert fact(opened()[1], "hosts").words == "The denials were for 2 hosts."


def test_denials_without_person_link_their_rows(outage, make_login, opened, signed_in):
    for values in ({"user_email": ""}, {"connection": "nonidentity"}, {"user_email": "", "allowed": True}):
        make_login(app_uid=UID, app_name="Grafana", created_at=at(2), **values)
    page, summary = opened()
    assert fact(summary, "are not compared").link == "Show 2 rows"
    assert len(rows_in(follow(signed_in, "/logins/by-app/", page.link("Show 2 rows")))) == 2


# Who is out, and the ticket


def test_outcomes_link_to_people(outage, crowd, opened):
    crowd("out", 5, allowed=True, created_at=at(1))
    page, summary = opened()
    assert "5 have got in since. 9 are still locked out: " in page.text
    assert "and 4 more." in page.text
    assert summary.lockouts.out_count == 9
    assert len(summary.named) == 5


def test_row_count_matches_linked_list(outage, opened, signed_in):
    page, _ = opened()
    assert len(rows_in(follow(signed_in, "/logins/by-app/", page.link("Show 14 rows")))) == 14


def test_ticket_holds_facts_without_markup(outage, crowd, opened):
    crowd("[x](javascript:1)<b>`", 1, allowed=False, app_name="Grafana\n# `evil`", created_at=at(1))
    page, summary = opened()
    [button] = [button for button in page.all("button") if "data-copy-ticket" in button.attrs]
    ticket = button.attrs["data-copy"]
    assert ticket == summary.ticket
    assert ticket.startswith("Failed logins at `` Grafana # `evil` ``: 15 denials, 15 people\n")
    assert "  - ``[x](javascript:1)<b>`0@meridian.example``: 1 try, first 2026-11-19 13:06:12 UTC" in ticket
    assert "12 of 15 denied people used connection okta-eu" in ticket
    assert "no allowed login on record since 2026-10-20 14:06:12 UTC" in ticket
    assert ticket.rstrip().splitlines()[-2] == "Shared is not the cause; the log has no reason."
    assert ticket.splitlines()[-1].startswith("http://testserver/logins/by-app/?")


# How it unfolds


def test_htmx_gets_only_unfolded_row(outage, signed_in):
    [line] = signed_in.get("/logins/by-app/").context["lines"]
    response = signed_in.get("/logins/by-app/" + line.opening.open_href, headers={"HX-Request": "true"})
    page = page_of(response)
    assert page.elements[0].tag == "tr"
    assert "What the denied have in common" in page.text
    assert "HX-Request" in response["Vary"]


def test_vanished_app_unfolds_nothing(outage, signed_in):
    response = signed_in.get("/logins/by-app/?open=nothing")
    assert response.status_code == 200
    assert response.context["open"] is None
    assert signed_in.get("/logins/by-app/?open=nothing", headers={"HX-Request": "true"}).status_code == 404


def test_same_id_in_accounts_unfolds_apart(outage, make_login, signed_in):
    other = Account.objects.create(account_id="1" * 32, name="Other")
    make_login(app_uid=UID, account=other)
    lines = signed_in.get("/logins/by-app/").context["lines"]
    assert len({line.opening.key for line in lines}) == 2
    opened = signed_in.get("/logins/by-app/" + lines[1].opening.open_href).context["open"]
    assert (opened.app.account, opened.app.denied, opened.lockouts.out_count) == (other, 1, 1)
