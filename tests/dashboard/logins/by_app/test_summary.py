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
            who = {"user_email": f"{name}{number}@meridian.example", "user_id": f"{name}{number}"}
            make_login(**who, allowed=allowed, **values)

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
    assert rows["Provider okta-eu"].stands_out
    assert (rows["Provider okta-eu"].denied, rows["Provider okta-eu"].allowed) == (12, 3)
    assert "12 of 14" in page.text
    assert "3 of 60" in page.text
    assert "The same people: country NL, network 198.51.100.0/24, IP address 198.51.100.9." in page.text
    assert "Difference: 81 percentage points, at least 53, p < 0.001" in page.text
    assert "values compared. Numbers are people; follow one to see who they are." in page.text
    assert "Having something in common doesn't prove the cause." in page.text
    bars = [rect.attrs["class"] for rect in page.all("rect") if rect.attrs.get("height") == "6"]
    assert bars.count("m-bad") == sum(row.stands_out for row in summary.rows)


def test_every_number_leads_to_its_people(outage, make_login, crowd, opened, signed_in):
    make_login(app_uid=UID, created_at=at(2), user_email="", connection="okta-eu")
    # More rows of the same people change nothing, nor does a later success.
    crowd("out", 3, allowed=False, connection="okta-eu", ip_address="198.51.100.9")
    crowd("out", 3, allowed=True, connection="azureAD")
    page, summary = opened()
    links = [(summary.denied_href, 14), (summary.allowed_href, 60)]
    for row in summary.rows:
        links += [(row.denied_href, row.denied), (row.allowed_href, row.allowed)]
    for href, count in links:
        response = signed_in.get(href)
        assert (response.status_code, response.context["count"]) == (200, count)
        assert len(response.context["table"].rows) == count
        if count:
            assert [link for link in page.all("a") if link.href == href]


def test_people_behind_number_are_listed(outage, opened, signed_in):
    row = next(row for row in opened()[1].rows if row.value == "okta-eu")
    response = signed_in.get(row.allowed_href)
    page = page_of(response)
    assert "3 people let in and never denied with provider okta-eu" in page.text
    assert {one.record.person for one in response.context["table"].rows} == {
        f"in{number}@meridian.example" for number in range(3)
    }
    assert page.has_link("in0@meridian.example")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("side=both", "side=both is not known here; choose one of denied, allowed."),
        ("field=shoe", "field=shoe is not known here; choose one of connection, country, network"),
        ("since=soon", "since=soon is not a time"),
    ],
)
def test_unclear_question_lists_nobody(query, problem, outage, account, signed_in):
    response = signed_in.get(f"/logins/by-app/people/?account={account.account_id}&app_uid={UID}&{query}")
    assert response.status_code == 400
    assert problem in page_of(response).text
    assert "meridian.example" not in page_of(response).text


def test_people_of_no_app_lead_back(account, signed_in):
    assert signed_in.get("/logins/by-app/people/")["Location"] == "/logins/by-app/"


# Which time is compared


@pytest.fixture
def spike(all_logins_known, crowd):
    """An hour in which one provider failed, on a day that is else as usual: one person is denied every hour."""
    crowd("out", 30, allowed=False, connection="okta", created_at=at(5))
    crowd("out", 10, allowed=True, connection="okta", created_at=at(4.5))
    crowd("other", 4, allowed=False, connection="azureAD", created_at=at(5))
    crowd("in", 1, allowed=True, connection="okta", created_at=at(5))
    crowd("fine", 17, allowed=True, connection="azureAD", created_at=at(5))
    for number in range(18):
        crowd(f"day{number}", 1, allowed=False, connection="azureAD", created_at=at(6 + number))
        crowd(f"eve{number}", 1, allowed=False, connection="azureAD", created_at=at(30 + number))
    crowd("okta", 60, allowed=True, connection="okta", created_at=at(15))


def test_spike_is_compared_by_its_episode(spike, opened):
    page, summary = opened()
    [line] = summary.comparison.lines
    assert (line.value, line.denied, summary.comparison.denied) == ("okta", 30, 34)
    assert (line.allowed, summary.comparison.allowed) == (1, 18)
    assert summary.time.is_episode
    assert summary.compared.span == (at(5), at(4))
    assert "During the spike, when more people than usual were denied here, from 19 Nov 09:06:12 to " in page.text
    assert "from 19 Nov 2026 09:06:12 UTC to 19 Nov 2026 10:06:12 UTC" in summary.ticket


def test_other_time_is_one_link_away(spike, opened, signed_in):
    page, summary = opened()
    response = follow(signed_in, "/logins/by-app/", page.link("Compare the whole range"))
    other = response.context["open"]
    assert not other.time.is_episode
    assert (other.comparison.denied, other.comparison.allowed) == (52, 78)
    assert "Over the whole range of this page" in page_of(response).text
    back = follow(signed_in, "/logins/by-app/", page_of(response).link("Compare only the spike"))
    assert back.context["open"].compared.span == summary.compared.span


def test_headline_and_its_click_agree(spike, signed_in):
    headline = signed_in.get("/").context["overview"].headline
    response = signed_in.get(headline.way.href)
    summary = response.context["open"]
    assert str(headline.title).startswith("<bdi>Grafana</bdi>: 34 people denied from 09:06 to 09:06 UTC")
    assert (summary.comparison.denied, summary.comparison.allowed) == (34, 18)
    [line] = summary.comparison.lines
    assert (line.value, line.denied, line.allowed) == ("okta", 30, 1)


def test_unknown_choice_of_time_is_refused(spike, signed_in):
    response = signed_in.get("/logins/by-app/?compared=day")
    assert response.status_code == 400
    assert "compared=day is not known here; choose one of episode, range." in page_of(response).text
    elsewhere = signed_in.get("/logins/?compared=range")
    assert elsewhere.status_code == 200
    assert "Ignored in the address, as there is no such filter here: compared." in page_of(elsewhere).text


def test_quiet_day_is_compared_as_whole(all_logins_known, crowd, opened):
    for number in range(6):
        crowd(f"out{number}", 1, allowed=False, created_at=at(2 + 3 * number))
    page, summary = opened()
    assert summary.time.episode is None
    assert (summary.comparison.denied, summary.other_time_href) == (6, "")
    assert "Over the whole range of this page, from 18 Nov 14:06:12" in page.text


def test_unknown_time_before_has_no_episode(make_stream, cover, spike_of_new_log, opened):
    _, summary = opened()
    assert summary.time.episode is None


@pytest.fixture
def spike_of_new_log(make_stream, cover, crowd):
    cover(make_stream(), at(30), NOW)
    crowd("out", 9, allowed=False)


def test_unfilterable_value_has_no_link(all_logins_known, crowd, opened):
    for number in range(6):
        crowd(f"out{number}", 1, allowed=False, ip_address=f"198.51.100.{number}")
        crowd(f"in{number}", 1, allowed=True, ip_address=f"203.0.113.{number}")
    crowd("long", 14, allowed=False, connection="x" * 400, ip_address="198.51.100.9")
    _, summary = opened()
    [row] = [row for row in summary.rows if row.value.startswith("x")]
    assert (row.denied, row.denied_href, row.allowed_href) == (14, "", "")


@pytest.mark.parametrize(
    ("denied", "allowed", "words"),
    [
        (4, 60, "Too few people were denied to compare (4)."),
        (9, 0, "All 9 denied people share provider Okta, country NL, network 192.0.2.0/24"),
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
    assert "Newer logins may still change or are missing, and aren't compared." in page.text


def test_comparison_ignores_other_filters(outage, opened):
    assert "other filters of this page" not in opened()[0].text
    page, summary = opened("country=NL")
    assert "The other filters of this page don't apply here." in page.text
    assert (summary.comparison.denied, summary.app.denied) == (14, 12)


# Facts


def fact(summary, words):
    return next(fact for fact in summary.facts if words in fact.words)


def test_people_allowed_elsewhere_link_their_rows(outage, make_login, opened, signed_in):
    for number, app_uid in ((0, "jira"), (0, "jira"), (1, "wiki"), (2, UID)):
        make_login(user_email=f"OUT{number}@meridian.example", app_uid=app_uid, allowed=True, created_at=at(3))
    make_login(user_email="xout1@meridian.example", app_uid="wiki", allowed=True)
    _, summary = opened()
    found = fact(summary, "at another app")
    assert found.words == "2 of the 14 denied people got in at another app in the same time."
    assert len(rows_in(signed_in.get(found.href))) == 3


def test_nobody_allowed_elsewhere_has_no_link(outage, opened):
    found = fact(opened()[1], "at another app")
    assert found.words.startswith("None of the 14 denied people")
    assert found.href == ""


def test_people_allowed_before_link_their_rows(outage, crowd, opened, signed_in):
    crowd("out", 5, allowed=True, created_at=at(40))
    _, summary = opened()
    found = fact(summary, "in here before")
    assert found.words == "5 of the 14 denied people had got in here before."
    assert signed_in.get(found.href).context["count"] == 5


def test_regained_access_is_not_before(outage, crowd, opened, signed_in):
    crowd("out", 5, allowed=True, created_at=at(40))
    crowd("out", 2, allowed=True, created_at=at(1))
    found = fact(opened()[1], "in here before")
    assert found.words == "5 of the 14 denied people had got in here before."
    assert signed_in.get(found.href).context["count"] == 5


def test_filters_keep_people_allowed_before(outage, crowd, opened, signed_in):
    crowd("out", 5, allowed=True, created_at=at(40))
    found = fact(opened("connection=azureAD")[1], "in here before")
    assert found.words == "5 of the 14 denied people had got in here before."
    assert signed_in.get(found.href).context["count"] == 5


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
    assert fact(summary, "aren't compared").link == "Show 2 rows"
    assert len(rows_in(follow(signed_in, "/logins/by-app/", page.link("Show 2 rows")))) == 2


# Who is out, and the ticket


def test_outcomes_link_to_people(outage, crowd, opened):
    crowd("out", 5, allowed=True, created_at=at(1))
    page, summary = opened()
    assert "5 have got in since. Nobody is locked out. 9 never had access: " in page.text
    assert "and 4 more." in page.text
    assert summary.lockouts.never_in_count == 9
    assert len(summary.never_named) == 5


def test_lost_access_is_named_first(outage, crowd, opened):
    crowd("out", 5, allowed=True, created_at=at(48))
    page, summary = opened()
    assert "Nobody has got in since. 5 are locked out: " in page.text
    assert "9 never had access: " in page.text
    assert {row.run.last_allowed for row in summary.named} == {at(48)}


def test_row_count_matches_linked_list(outage, opened, signed_in):
    page, _ = opened()
    assert len(rows_in(follow(signed_in, "/logins/by-app/", page.link("Show 14 rows")))) == 14


def test_ticket_holds_facts_without_markup(outage, crowd, opened):
    crowd("[x](javascript:1)<b>`", 1, allowed=False, app_name="Grafana\n# `evil`", created_at=at(1))
    page, summary = opened()
    [button] = [button for button in page.all("button") if "data-copy-ticket" in button.attrs]
    ticket = button.attrs["data-copy"]
    assert ticket == summary.ticket
    assert ticket.startswith("Failed logins at `` Grafana # `evil` ``: 15 denied attempts, 15 people\n")
    assert "  - ``[x](javascript:1)<b>`0@meridian.example``: 1 attempt, first 19 Nov 2026 13:06:12 UTC" in ticket
    assert "12 of 15 denied people used okta-eu" in ticket
    assert "no successful login on record since 20 Oct 2026 14:06:12 UTC" in ticket
    assert ticket.rstrip().splitlines()[-2] == "Having something in common doesn't prove the cause."
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
    assert (opened.app.account, opened.app.denied, opened.lockouts.never_in_count) == (other, 1, 1)
