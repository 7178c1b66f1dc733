"""Walking a list gives every row once and in order, whatever the order and whatever arrives meanwhile."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from dashboard.lists import paging
from dashboard.lists.paging import MISPLACED, Page, count_up_to_cap, count_words, ordered, read_page
from logsync.models import AccessRequest, ScimUpdate
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, problems_in, records_of, rows_in
from tests.dashboard.test_fields import LOGINS, SCIM

SORTS = [
    pytest.param(log, f"{sign}{name}", id=f"{sign}{name}")
    for log in (LOGINS, SCIM)
    for name in log.sortable
    for sign in ("", "-")
]
for_every_sort = pytest.mark.parametrize(("log", "sort"), SORTS)
TEXTS = ["", "a", "A", "b", "é", "😀", "\ue000", "a'b", "%"]


def make_rows(log: Any, account: Any, chance: random.Random, count: int) -> None:
    """Rows that mostly tie: few different values, few different times."""
    log.model.objects.bulk_create(
        log.model(
            account=account,
            arrived_at=NOW,
            **{log.time: NOW - timedelta(microseconds=chance.randrange(4))},
            **{name: chance.choice(TEXTS) for name in log.texts},
            **({"allowed": chance.choice([True, False, None])} if log is LOGINS else {}),
        )
        for _ in range(count)
    )


def walk(rows: Any, sort: str, size: int, between: Any = lambda: None) -> list[Page]:
    """Every page from the first to the last."""
    pages = [read_page(rows.all(), sort, size=size)]
    while pages[-1].after:
        between()
        pages.append(read_page(rows.all(), sort, after=pages[-1].after, size=size))
    return pages


def walk_back(rows: Any, sort: str, size: int, last: Page, between: Any = lambda: None) -> list[Page]:
    """Every page from a last one back to the first, in the order of the list."""
    pages = [last]
    while pages[0].before:
        between()
        pages.insert(0, read_page(rows.all(), sort, before=pages[0].before, size=size))
    return pages


def ids(pages: list[Page]) -> list[int]:
    return [row.pk for page in pages for row in page.rows]


@for_every_sort
def test_paging_both_ways_shows_every_row(log, sort, account):
    make_rows(log, account, random.Random(sort), 23)
    rows = log.model.objects.all()
    everything = list(ordered(rows, sort).values_list("pk", flat=True))
    there = walk(rows, sort, 4)
    assert ids(there) == everything
    assert sorted(everything) == sorted(rows.values_list("pk", flat=True))
    assert ids(walk_back(rows, sort, 4, there[-1])) == everything


@for_every_sort
def test_rows_that_arrive_meanwhile_shift_nothing(log, sort, account):
    chance = random.Random(sort)
    make_rows(log, account, chance, 14)
    rows = log.model.objects.all()
    before = list(ordered(rows, sort).values_list("pk", flat=True))

    def more_arrive() -> None:
        if rows.count() < 60:
            make_rows(log, account, chance, 3)

    there = walk(rows, sort, 4, more_arrive)
    back = walk_back(rows, sort, 4, there[-1], more_arrive)
    for seen in (ids(there), ids(back)):
        assert len(seen) == len(set(seen))
        assert [pk for pk in seen if pk in before] == before


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("size", [1, 4])
def test_last_page_has_no_next(count, size, account):
    make_rows(LOGINS, account, random.Random(count), count)
    pages = walk(AccessRequest.objects.all(), "-created_at", size)
    assert [len(page.rows) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert len(pages) == max(1, -(-count // size))
    assert pages[0].before == ""


def test_page_has_50_rows_and_next(account, signed_in):
    make_rows(LOGINS, account, random.Random(1), 120)
    address = "/logins/?allowed=any&range=all&sort=country"
    sizes = []
    first = forth = signed_in.get(address)
    while page_of(forth).has_link("More"):
        sizes.append(len(rows_in(forth)))
        forth = follow(signed_in, "/logins/", page_of(forth).link("More"))
    assert [*sizes, len(rows_in(forth))] == [50, 50, 20]
    back = follow(signed_in, "/logins/", page_of(forth).link("Back"))
    back = follow(signed_in, "/logins/", page_of(back).link("Back"))
    assert rows_in(back) == rows_in(first)
    assert page_of(back).link("More") == page_of(first).link("More")
    assert not page_of(back).has_link("Back")


def test_the_next_page_keeps_every_choice(account, signed_in):
    make_rows(SCIM, account, random.Random(1), 60)
    address = "/scim/?status=any&range=all&columns=logged_at&columns=status&sort=status"
    following = follow(signed_in, "/scim/", page_of(signed_in.get(address)).link("More"))
    kept = following.wsgi_request.GET.copy()
    del kept["after"]
    assert f"/scim/?{kept.urlencode()}" == address


def test_cursor_stays_short_for_long_values(make_login, signed_in):
    for _ in range(51):
        make_login(user_email="😀" * 10_000)
    page = page_of(signed_in.get("/logins/?sort=user_email"))
    assert len(page.link("More")) < 100


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize(
    "place",
    [
        "x",
        "1",
        "-created_at",
        "-created_at.",
        "-created_at.0",
        "-created_at.x",
        "-created_at.1.1",
        "-created_at.-1",
        "-created_at.٣",
        "-created_at.999999999999999999",
        "-created_at." + "9" * 5000,
        "created_at.{pk}",
        "ray_id.{pk}",
        "-logged_at.{pk}",
        "é",
        "WyItY3JlYXRlZF9hdCIsICIyMDI2IiwgNV0",
        "<script>alert(1)</script>",
    ],
)
def test_invalid_cursor_shows_first_page(name, place, make_login, signed_in):
    row = make_login()
    response = signed_in.get("/logins/", {name: place.format(pk=row.pk) if "{pk}" in place else place})
    assert problems_in(response) == [MISPLACED]
    assert rows_in(response) == [row]


def test_cursor_of_deleted_row_shows_first(make_login, signed_in):
    rows = [make_login() for _ in range(51)]
    more = page_of(signed_in.get("/logins/")).link("More")
    AccessRequest.objects.filter(pk=rows[1].pk).delete()
    assert problems_in(follow(signed_in, "/logins/", more)) == [MISPLACED]


def test_page_past_end_links_back(make_login, signed_in):
    row = make_login()
    response = signed_in.get(f"/logins/?after=-created_at.{row.pk}")
    assert rows_in(response) == []
    page = page_of(response)
    assert "This page is past the end of the list" in page.text
    assert rows_in(follow(signed_in, "/logins/", page.link("Back to the first page"))) == [row]


def test_export_ignores_current_page(make_login, signed_in):
    first, second = make_login(created_at=NOW), make_login(created_at=NOW - timedelta(minutes=1))
    records = records_of(signed_in.get(f"/logins.csv?after=-created_at.{first.pk}"))
    assert [record["ray_id"] for record in records] == [first.ray_id, second.ray_id]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no other order than by code point")
def test_text_sorts_by_code_point(db):
    assert 'COLLATE "C"' in str(ordered(AccessRequest.objects.all(), "user_email").query)


# Counts


@pytest.mark.parametrize(("rows", "words"), [(0, "0"), (4, "4"), (5, "5"), (6, "5+"), (7, "5+")])
def test_count_is_exact_up_to_cap(rows, words, account, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_CAP", 5)
    make_rows(SCIM, account, random.Random(1), rows)
    assert count_words(count_up_to_cap(ScimUpdate.objects.all())) == words


def test_count_has_commas_and_cap():
    assert [count_words(count) for count in (999, 1234, 10_000, 10_001)] == ["999", "1,234", "10,000", "10,000+"]


@pytest.mark.parametrize("name", ["ray_id", "allowed", "created_at"])
def test_ordering_is_total_both_ways(name, account):
    make_rows(LOGINS, account, random.Random(name), 30)
    up, down = (list(ordered(AccessRequest.objects.all(), sign + name)) for sign in ("", "-"))
    assert up == down[::-1]
