"""A part of an address finds exactly the rows that hold it, whether or not people are looked up first."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given

from dashboard.lists import email_filter
from dashboard.lists.email_filter import people_who_may_hold
from dashboard.logins.filters import LoginFilter
from dashboard.page.timerange import TimeRange
from dashboard.scim.filters import ScimFilter
from logsync.models import Account, PersonAddress
from tests.conftest import NOW
from tests.dashboard.reading import page_of
from tests.examples import examples

# The sign for Kelvin is "k" in lower case and the dotted I two letters; then letters that have no upper or lower case
# of their own, or one of several letters; then what a pattern reads something else into.
LETTERS = "kKiIsSaé\u212aİıſßẞΣσςﬁŉ%_\\@."
WORDS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=5)
LONG = st.builds(lambda middle, end: f"a{middle}" + "x" * 318 + end, WORDS, WORDS)
EMAILS = st.lists(WORDS | WORDS | LONG | st.just(""), min_size=1, max_size=6)
# What a letter may be taken for.
LIKE_ASCII = str.maketrans("\u212aİıſ", "KIIS")


@st.composite
def emails_and_parts(draw):
    """Addresses, and parts of them or of none, some as ASCII."""
    emails = draw(EMAILS)
    pieces = st.sampled_from(sorted({email[at : at + 2] for email in emails for at in range(len(email))}) or ["x"])
    parts = st.one_of(WORDS, pieces, pieces.map(lambda part: part.translate(LIKE_ASCII).swapcase()), st.just("x" * 321))
    return emails, draw(st.lists(parts, min_size=1, max_size=3))


MOST = st.sampled_from([0, 1, 2, 100])


def under(filterset, query):
    """The rows that an address asks for, of any time and result."""
    data = query if isinstance(query, QueryDict) else QueryDict(query, mutable=True)
    data["range"] = "all"
    data[filterset.default[0]] = "any"
    rows = filterset.Meta.model.objects.all()
    found = filterset(data, request=None, range=TimeRange.read(data, NOW), queryset=rows)
    assert found.problems == []
    return set(found.rows())


def query_of(name, values):
    data = QueryDict(mutable=True)
    data.setlist(name, values)
    return data


def check_against_every_row(filterset, name, make, emails, parts):
    """Hold the rows that an address asks for, and excludes, against those that a look at every row finds."""
    with transaction.atomic():
        rows = {make(**{name: email}) for email in emails}
        holding = Q()
        for part in parts:
            holding |= Q(**{f"{name}__holds": part})
        expected = set(filterset.Meta.model.objects.filter(holding))
        assert under(filterset, query_of(name, parts)) == expected
        assert under(filterset, query_of(f"not.{name}", parts)) == rows - expected
        transaction.set_rollback(True)


EXAMPLES = examples(100)


@EXAMPLES
@example(rows=(["\u017fam"], ["sa"]), most=100)
@example(rows=(["D\u0131a"], ["DI"]), most=100)
@example(rows=(["o\u212ata"], ["OK"]), most=100)
@given(rows=emails_and_parts(), most=MOST)
def test_logins_match_full_scan(make_login, monkeypatch, rows, most):
    monkeypatch.setattr(email_filter, "MOST_PEOPLE", most)
    check_against_every_row(LoginFilter, "user_email", make_login, *rows)


@EXAMPLES
@example(rows=(["\u017fam"], ["sa"]), most=100)
@example(rows=(["D\u0131a"], ["DI"]), most=100)
@example(rows=(["o\u212ata"], ["OK"]), most=100)
@given(rows=emails_and_parts(), most=MOST)
def test_updates_match_full_scan(make_update, monkeypatch, rows, most):
    monkeypatch.setattr(email_filter, "MOST_PEOPLE", most)
    check_against_every_row(ScimFilter, "resource_user_email", make_update, *rows)


@pytest.mark.parametrize(
    ("email", "part", "is_found"),
    [
        ("Ada.Lovelace@meridian.example", "LOVE", True),
        ("ada_l@meridian.example", "a_l", True),
        ("adaxl@meridian.example", "a_l", False),
        ("a%l@meridian.example", "a%l", True),
        ("kim@meridian.example", "KIM", True),
        ("\u212aim@meridian.example", "kim", False),
        ("\u212aim@meridian.example", "im@", True),
        ("İpek@meridian.example", "pek", True),
        ("müller@meridian.example", "MÜLL", True),
        ("a" * 330 + "@meridian.example", "@meridian", True),
        ("a" * 330 + "@meridian.example", "a" * 325, True),
        ("a" * 310 + "@meridian.example", "a" * 325, False),
    ],
)
def test_part_is_matched_as_stored(make_login, email, part, is_found):
    row = make_login(user_email=email)
    assert under(LoginFilter, query_of("user_email", [part])) == ({row} if is_found else set())
    assert under(LoginFilter, query_of("not.user_email", [part])) == (set() if is_found else {row})


def test_people_match_part_in_any_account(make_login):
    other = Account.objects.create(account_id="2" * 32)
    for name in ("Ada", "eve", "ada.l"):
        make_login(user_email=f"{name}@meridian.example")
    make_login(user_email="ada@meridian.example", account=other)
    make_login(user_email="adam@meridian.example", account=other)
    found = people_who_may_hold(["ADA"], ("login_at",)) or []
    assert sorted(found) == ["ada.l@meridian.example", "ada@meridian.example", "adam@meridian.example"]


def test_people_come_from_requested_log(make_login, make_update):
    make_login(user_email="ada@meridian.example")
    make_update(resource_user_email="adam@meridian.example")
    assert people_who_may_hold(["ada"], ("login_at",)) == ["ada@meridian.example"]
    assert people_who_may_hold(["ada"], ("update_at",)) == ["adam@meridian.example"]


def test_too_many_people_disable_lookup(make_login, monkeypatch):
    for number in range(3):
        make_login(user_email=f"ada{number}@meridian.example")
    monkeypatch.setattr(email_filter, "MOST_PEOPLE", 3)
    assert len(people_who_may_hold(["ada"], ("login_at",)) or ()) == 3
    monkeypatch.setattr(email_filter, "MOST_PEOPLE", 2)
    assert people_who_may_hold(["ada"], ("login_at",)) is None


def test_ambiguous_case_folding_scans_every_row(db):
    assert people_who_may_hold(["ada", "ſam"], ("login_at",)) is None


def test_people_are_looked_up_once(make_login, signed_in):
    make_login()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = page_of(signed_in.get("/logins/", {"user_email": "ada"}))
    assert len(page.rows) > 1
    lookups = [query["sql"] for query in asked if f'FROM "{PersonAddress._meta.db_table}"' in query["sql"]]
    assert len([sql for sql in lookups if "ada" in sql]) == 1


@pytest.mark.parametrize("path", ["/logins/", "/logins.csv", "/logins/by-app/", "/logins/by-person/", "/scim/"])
def test_part_matching_nobody_is_valid(make_login, make_update, signed_in, path):
    make_login()
    make_update()
    name = "resource_user_email" if path == "/scim/" else "user_email"
    assert signed_in.get(path, {name: "nobody.at.all"}).status_code == 200
