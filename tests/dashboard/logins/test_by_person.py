"""Failed logins by person: who was denied, how often and where, and what became of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account
from tests.conftest import NOW
from tests.dashboard.reading import page_of, problems_in, text_of

PATH = "/logins/by-person/"


@pytest.fixture
def people(signed_in):
    """The rows of the page: person, denials, and the ids of three kinds of apps: all, those lost, those never had."""

    def look(query=""):
        response = signed_in.get(PATH + query)
        assert response.status_code == 200
        found = [line.record for line in response.context["lines"]]
        apps = [(one.apps, one.locked_out_of, one.never_had_access_to) for one in found]
        ids = [tuple("".join(app_uid for _, app_uid in part) for part in parts) for parts in apps]
        return [(one.person, one.rows, *parts) for one, parts in zip(found, ids, strict=True)]

    return look


@pytest.fixture
def story(make_login):
    """Ada lost one app, never had another and got into a third; bob got in, cleo was denied the day before."""
    for hours, address, app_uid, allowed in [
        (40, "Ada@x.example", "a", True),
        (3, "Ada@x.example", "a", False),
        (2.5, "Ada@x.example", "c", False),
        (2, "Ada@x.example", "c", False),
        (2, "ada@x.example", "b", False),
        (1, "ada@x.example", "b", True),
        (5, "bob@x.example", "a", False),
        (4, "bob@x.example", "a", True),
        (30, "cleo@x.example", "a", False),
        (1, "", "a", False),
    ]:
        make_login(created_at=NOW - timedelta(hours=hours), user_email=address, app_uid=app_uid, allowed=allowed)


def test_denied_people_are_listed_newest_first(story, people):
    assert people() == [("ada@x.example", 4, "cab", "a", "c"), ("bob@x.example", 1, "a", "", "")]


def test_locked_out_people_can_be_filtered(story, people, signed_in):
    assert [person for person, *_ in people("?outcome=locked_out")] == ["ada@x.example"]
    assert "1 person still locked out" in page_of(signed_in.get(f"{PATH}?outcome=locked_out")).text


def test_people_without_access_can_be_filtered(story, people, make_login, signed_in):
    make_login(user_email="dan@x.example")
    asked = "?outcome=never_had_access"
    assert [person for person, *_ in people(asked)] == ["dan@x.example", "ada@x.example"]
    assert "2 people never had access" in page_of(signed_in.get(PATH + asked)).text
    assert len(people(f"{asked}&outcome=locked_out")) == 2
    assert [person for person, *_ in people("?outcome=locked_out")] == ["ada@x.example"]


def test_apps_are_named_with_outcome(story, make_login, signed_in):
    for app_uid in "defg":
        make_login(user_email="bob@x.example", app_uid=app_uid, app_name=f"App {app_uid}")
    page = page_of(signed_in.get(PATH))
    bob, ada = (row.text for row in page.all("tr") if "@" in row.text)
    assert "Never had access to App d, App e and 2 more" in bob
    assert "Locked out of" in ada
    assert "Never had access to" in ada
    assert "2 people denied; 1 person locked out now, 2 never had access" in page.text


@pytest.mark.parametrize(
    ("query", "count"),
    [("?app_uid=b", 1), ("?range=all", 3), ("?person=ADA@x.example", 1), ("?account=" + "0123456789abcdef" * 2, 2)],
)
def test_failed_login_filters_apply(query, count, story, people):
    assert len(people(query)) == count


def test_number_links_to_its_rows(story, people, signed_in):
    page = page_of(signed_in.get(PATH))
    for _, denied, *_ in people():
        assert signed_in.get(page.link(f"{denied} denied")).context["count"] == denied


def test_attempts_stand_before_rows(make_login, signed_in):
    for microsecond in range(3):
        make_login(created_at=NOW.replace(microsecond=microsecond) - timedelta(hours=1))
    make_login(connection="nonidentity")
    response = signed_in.get(PATH)
    [line] = response.context["lines"]
    assert (line.record.attempts, line.record.rows) == (1, 3)
    assert signed_in.get(page_of(response).link("3 rows")).context["count"] == 3


def test_same_id_in_two_accounts_is_two_apps(make_login, people):
    make_login()
    make_login(account=Account.objects.create(account_id="1" * 32))
    [(person, denied, apps, _, never)] = people()
    assert (person, denied, len(apps), len(never)) == ("ada@meridian.example", 2, 72, 72)


@pytest.mark.parametrize("query", ["?outcome=dead", "?not.outcome=locked_out", "?user_emial=a"])
def test_invalid_query_answers_400_without_rows(query, story, signed_in):
    response = signed_in.get(PATH + query)
    assert response.status_code == 400
    assert len(problems_in(response)) == 1
    assert not response.context["lines"]


def test_empty_list_says_so(all_logins_known, signed_in):
    assert "So there were none." in page_of(signed_in.get(PATH)).text


def test_hostile_addresses_are_text(make_login, signed_in):
    make_login(user_email='"><script>alert(1)</script>')
    make_login(user_email=" a@x.example")
    page = page_of(signed_in.get(PATH))
    assert '"><script>alert(1)</script>' in page.text
    assert not page.misplaced


def test_more_people_than_fit_are_counted(make_login, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.logins.by_person.PersonListView.most", 2)
    for number in range(5):
        make_login(user_email=f"p{number}@x.example")
    page = page_of(signed_in.get(PATH))
    assert "5 people denied; nobody locked out now, 5 never had access" in page.text
    assert "The 2 who tried last are shown, 3 more are not" in page.text


@pytest.mark.parametrize(
    ("sort", "order"),
    [("", "ab"), ("last", "ba"), ("-denied", "ab"), ("apps", "ba"), ("first", "ba"), ("-locked_out_of", "ab")],
)
def test_people_can_be_sorted(sort, order, story, people):
    assert "".join(person[0] for person, *_ in people(f"?sort={sort}")) == order


def test_csv_has_people_with_apps(story, make_login, signed_in):
    make_login(user_email="bob@x.example", app_uid="z", app_name="=1")
    page = page_of(signed_in.get(f"{PATH}?sort=denied"))
    export = page.link("Export CSV, 2 rows")
    assert export == "/logins/by-person.csv?sort=denied"
    header, bob, ada = text_of(signed_in.get(export)).splitlines()
    assert header == "person,denied,apps,first,last,locked_out_of,never_had_access_to,denied_rows"
    assert bob.startswith("bob@x.example,2,")
    assert ada.split(",")[:2] == ["ada@x.example", "4"]
