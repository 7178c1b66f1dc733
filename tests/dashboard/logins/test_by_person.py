"""Failed logins by person: who was denied, how often, and who is still locked out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account
from tests.conftest import NOW
from tests.dashboard.reading import page_of, problems_in

PATH = "/logins/by-person/"


@pytest.fixture
def people(signed_in):
    """The rows of the page, as tuples of person, denials, apps and apps that they are still out of."""

    def look(query=""):
        response = signed_in.get(PATH + query)
        assert response.status_code == 200
        found = [line.record for line in response.context["lines"]]
        return [(one.person, one.rows, one.apps, one.out) for one in found]

    return look


@pytest.fixture
def story(make_login):
    """Ada is out of one app of two, bob got in, cleo was denied the day before."""
    for hours, address, app_uid, allowed in [
        (3, "Ada@x.example", "a", False),
        (2, "ada@x.example", "b", False),
        (1, "ada@x.example", "b", True),
        (5, "bob@x.example", "a", False),
        (4, "bob@x.example", "a", True),
        (30, "cleo@x.example", "a", False),
        (1, "", "a", False),
    ]:
        make_login(created_at=NOW - timedelta(hours=hours), user_email=address, app_uid=app_uid, allowed=allowed)


def test_denied_people_are_listed_newest_first(story, people):
    assert people() == [("ada@x.example", 2, 2, 1), ("bob@x.example", 1, 1, 0)]


def test_locked_out_people_can_be_filtered(story, people, signed_in):
    assert people("?outcome=locked_out") == [("ada@x.example", 2, 2, 1)]
    assert "1 person still locked out" in page_of(signed_in.get(f"{PATH}?outcome=locked_out")).text


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
    assert people() == [("ada@meridian.example", 2, 2, 2)]


@pytest.mark.parametrize("query", ["?outcome=dead", "?not.outcome=locked_out", "?nonsense=1"])
def test_invalid_query_answers_400_without_rows(query, story, signed_in):
    response = signed_in.get(PATH + query)
    assert response.status_code == 400
    assert len(problems_in(response)) == 1
    assert not response.context["lines"]


def test_empty_list_says_so(all_logins_known, signed_in):
    assert "So this is a real zero." in page_of(signed_in.get(PATH)).text


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
    assert "5 people denied, 5 still locked out" in page.text
    assert "The 2 who tried last are shown, 3 more are not" in page.text
