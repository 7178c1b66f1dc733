"""Who lost access, who never had it, who got in: as of now, whatever the range, by the logins at an application."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight.lockouts.outcomes import Outcomes
from logsync.models import AccessRequest, Account, PersonAtApp
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW
from tests.examples import examples


def at(hours):
    return NOW - timedelta(hours=hours)


def rows():
    return AccessRequest.objects.all()


def out(**values):
    return Outcomes(rows(), Span(at(24), NOW)).still_locked_out(**values)


def never_in(**values):
    return Outcomes(rows(), Span(at(24), NOW)).never_let_in(**values)


def got_in():
    return Outcomes(rows(), Span(at(24), NOW)).then_allowed()


@pytest.fixture
def story(make_login):
    """Make logins at one application: hours ago, and what became of each."""

    def tell(events, **values):
        for hours, allowed in events:
            make_login(created_at=at(hours), allowed=allowed, **values)

    return tell


@pytest.mark.parametrize(
    ("events", "is_out", "is_never_in", "is_in"),
    [
        ([(2, False)], 0, 1, 0),
        ([(3, True), (2, False)], 1, 0, 0),
        ([(500, True), (2, False)], 1, 0, 0),
        ([(3, False), (2, True)], 0, 0, 1),
        ([(4, False), (3, True), (2, False)], 1, 0, 0),
        ([(4, True), (3, False), (2, True)], 0, 0, 1),
        ([(2, True), (2, False)], 1, 0, 0),
        ([(2, False), (1, None)], 0, 1, 0),
        ([(3, None), (2, False)], 0, 1, 0),
        ([(30, False)], 0, 0, 0),
        ([(30, False), (2, True)], 0, 0, 0),
        ([(2, True)], 0, 0, 0),
    ],
    ids=str,
)
def test_logins_at_app_decide(events, is_out, is_never_in, is_in, story):
    story(events)
    assert (len(out()), len(never_in()), len(got_in())) == (is_out, is_never_in, is_in)


def test_denials_count_from_last_success(make_login):
    make_login(created_at=at(60), allowed=False)
    make_login(created_at=at(50), allowed=True, user_email="Ada@meridian.example")
    make_login(created_at=at(40))
    for milliseconds in (0, 400, 1200):
        make_login(created_at=at(3) + timedelta(milliseconds=milliseconds), connection="azureAD", app_name="Grafana 2")
    [ada] = out()
    assert (ada.rows, ada.tries) == (4, 3)
    assert (ada.first_denied, ada.last_denied) == (at(40), at(3) + timedelta(milliseconds=1200))
    assert ada.last_allowed == at(50)
    assert (ada.connection, ada.app_name, ada.user_email) == ("azureAD", "Grafana 2", "ada@meridian.example")


def test_person_may_have_no_earlier_success(story):
    story([(30, False), (2, False)])
    [ada] = never_in()
    assert (ada.last_allowed, ada.rows) == (None, 2)
    assert out() == []


def test_ended_denials_lie_between_successes(story):
    story([(40, False), (39, True), (30, False), (3, False), (2, True), (1, True)])
    [ada] = got_in()
    assert (ada.first_denied, ada.last_denied) == (at(30), at(3))
    assert (ada.last_allowed, ada.allowed_at, ada.rows) == (at(39), at(2), 2)


def test_success_after_range_ends_lockout(story):
    story([(6, True), (5, False), (1, True)])
    assert Outcomes(rows(), Span(at(24), at(4))).still_locked_out() == []
    story([(0.5, False)])
    assert Outcomes(rows(), Span(at(24), at(4))).still_locked_out() == []
    assert len(out()) == 1


def test_filtered_out_success_still_ends_lockout(make_login):
    make_login(country="NL", created_at=at(3))
    make_login(country="DE", created_at=at(2), allowed=True)
    outcomes = Outcomes(rows().filter(country="NL"), Span(at(24), END))
    assert outcomes.still_locked_out() == outcomes.never_let_in() == []


def test_filtered_out_success_was_access_too(make_login):
    make_login(country="DE", created_at=at(50), allowed=True)
    make_login(country="NL", created_at=at(3))
    outcomes = Outcomes(rows().filter(country="NL"), Span(at(24), END))
    assert (len(outcomes.locked_out), len(outcomes.never_had_access)) == (1, 0)


def test_filters_choose_the_denials(make_login):
    make_login(country="NL")
    make_login(country="DE", user_email="bob@meridian.example")
    found = Outcomes(rows().filter(country="DE"), Span(at(24), END)).never_let_in()
    assert [one.person for one in found] == ["bob@meridian.example"]


@pytest.mark.parametrize(
    "values",
    [{"user_email": ""}, {"connection": "nonidentity"}, {"action": "logout"}],
    ids=str,
)
def test_only_logins_of_a_person_count(values, make_login):
    make_login(created_at=at(3), **values)
    make_login(created_at=at(5), allowed=True, **values)
    assert out() == never_in() == []
    make_login(created_at=at(4))
    make_login(created_at=at(2), allowed=True, **values)
    assert (len(out()), len(never_in())) == (0, 1)


@pytest.mark.parametrize("action", ["", "login", "LOGIN"])
def test_login_needs_no_action_or_case(action, make_login):
    make_login(action=action)
    assert len(never_in()) == 1
    make_login(action=action, created_at=at(30), allowed=True)
    assert len(out()) == 1


def test_accounts_apps_people_are_kept_apart(make_login, account):
    other = Account.objects.create(account_id="1" * 32)
    make_login(app_uid="a")
    make_login(app_uid="", user_email="bob@meridian.example")
    make_login(app_uid="a", user_email="ADA@meridian.example", account=other)
    make_login(app_uid="b", created_at=at(0.5), allowed=True)
    found = {(one.account_id, one.app_uid, one.person) for one in never_in()}
    assert found == {
        (account.pk, "a", "ada@meridian.example"),
        (account.pk, "", "bob@meridian.example"),
        (other.pk, "a", "ada@meridian.example"),
    }
    denials = Outcomes(rows(), Span(at(24), END)).never_had_access
    assert (denials.people, len(denials)) == (2, 3)
    assert denials.by_person == {
        "ada@meridian.example": [(account.pk, "a"), (other.pk, "a")],
        "bob@meridian.example": [(account.pk, "")],
    }


def test_newest_denials_first_and_truncated(make_login):
    for hours in (3, 1, 2):
        make_login(created_at=at(hours), user_email=f"{hours}@meridian.example")
    assert [one.person[0] for one in never_in()] == ["1", "2", "3"]
    assert [one.person[0] for one in never_in(most=2)] == ["1", "2"]


def test_open_ended_range_includes_everything(story):
    story([(24 * 300, False)])
    assert len(Outcomes(rows(), Span(BEGINNING, END)).never_let_in()) == 1


def test_query_count_grows_slowly_with_people(make_login, django_assert_max_num_queries):
    for number in range(150):
        make_login(user_email=f"{number}@meridian.example", created_at=at(30), allowed=True)
        make_login(user_email=f"{number}@meridian.example")
    with django_assert_max_num_queries(8):
        assert len(out()) == 150


def test_past_lockouts_ignore_later_logins(story):
    story([(30, True), (3, False), (1, True)])
    as_of = Outcomes(rows(), Span(at(24), at(2)), as_of=at(2))
    assert (len(as_of.locked_out), len(Outcomes(rows(), Span(at(24), at(2))).locked_out)) == (1, 0)
    assert len(Outcomes(rows(), Span(at(24), at(2)), as_of=at(0)).locked_out) == 0


@pytest.mark.parametrize(
    ("events", "is_out"),
    [
        ([(30, True), (3, False)], True),
        ([(3, True), (3, False)], True),
        ([(3, False)], False),
        ([(3, False), (1, True)], False),
        ([(3, False), (1, True), (0.5, False)], False),
        ([(600, True), (3, False), (1, True)], True),
    ],
    ids=str,
)
def test_earlier_moment_knows_earlier_access(events, is_out, story):
    """Two hours ago everybody in these stories was denied last, and a success since then gave no access then."""
    story(events)
    as_of = Outcomes(rows(), Span(at(24), at(2)), as_of=at(2))
    assert (len(as_of.locked_out), len(as_of.never_had_access)) == (int(is_out), int(not is_out))


# What is kept answers as the rows do


def told(pairs):
    newest = pairs.newest()
    moment = newest[len(newest) // 2][1] if newest else NOW
    narrowed = [len(pairs.at((pair[0], "a"))) for pair, _ in newest[:1]] + [len(pairs.since(moment))]
    return len(pairs), pairs.people, pairs.apps, pairs.by_person, newest, pairs.newest(2), narrowed


LOGIN = st.tuples(
    st.integers(0, 9), st.sampled_from("ab"), st.sampled_from(["ada", "Ada", "bob", "Éva", "a_b"]), st.booleans()
)


@examples(60)
@given(logins=st.lists(LOGIN, max_size=14), since=st.none() | st.integers(0, 9))
def test_stored_outcomes_match_scanned_rows(account, make_login, logins, since):
    AccessRequest.objects.all().delete()
    PersonAtApp.objects.all().delete()
    for hours, app_uid, name, allowed in logins:
        make_login(created_at=at(hours), app_uid=app_uid, user_email=f"{name}@x.example", allowed=allowed)
    span = Span(BEGINNING if since is None else at(since), END)
    kept, read = (Outcomes(chosen, span) for chosen in (rows(), rows().filter(pk__gt=0)))
    for name in ("denied", "locked_out", "never_had_access", "got_in"):
        assert told(getattr(kept, name)) == told(getattr(read, name))
    assert kept.people_denied == read.people_denied
    assert kept.still_locked_out() == read.still_locked_out()
    assert kept.never_let_in() == read.never_let_in()
    assert kept.then_allowed(most=1) == read.then_allowed(most=1)


def test_stored_outcomes_read_no_logins(make_login, django_assert_num_queries):
    make_login()
    outcomes = Outcomes(rows(), Span(at(24), END))
    with django_assert_num_queries(5) as asked:
        assert (len(outcomes.never_had_access), outcomes.never_had_access.people, outcomes.people_denied) == (1, 1, 1)
        assert len(outcomes.locked_out) == len(outcomes.got_in) == 0
    assert not [query for query in asked.captured_queries if "accessrequest" in query["sql"]]


def test_deleted_success_lets_nobody_in(story):
    story([(3, False), (2, True)])
    AccessRequest.objects.filter(allowed=True).delete()
    assert Outcomes(rows(), Span(at(24), END)).then_allowed() == []
