"""The sums always equal those of the rows, and can be counted again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import permutations
from threading import Event
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare import records
from logsync.derived.counts import Sums, differences, rebuild
from logsync.ingest.retention import forget_before
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import AccessRequest, Account, DailyCount, HourlyCount, Installation, Log, ScimUpdate, Stream
from tests.conftest import NOW
from tests.examples import examples
from tests.logsync.ingest.workers import at_once, only_on_postgresql, someone_waits_for_a_lock

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BEGIN = NOW.replace(minute=0, second=0, microsecond=0)
WINDOW_SINCE = BEGIN - 6 * HOUR


def login(number, age, allowed, user_email="ada@x.example", action="login"):
    """A login so many minutes before BEGIN; None leaves its time out."""
    time = age is not None and {"created_at": f"{BEGIN - age * MINUTE:%Y-%m-%dT%H:%M:%S.%fZ}"}
    said = {"allowed": allowed, "user_email": user_email, "action": action}
    return records.AccessRequest.from_json(
        {"ray_id": str(number), "app_uid": f"app-{number % 2}"} | said | (time or {})
    )


def update(number, age, status, idp_id):
    time = age is not None and {"logged_at": f"{BEGIN - age * MINUTE:%Y-%m-%dT%H:%M:%S.%fZ}"}
    row = {"cf_resource_id": str(number), "status": status, "idp_id": idp_id}
    return records.ScimUpdate.from_json(row | (time or {}))


def sums():
    return {
        (row.log, row.idp_id, (BEGIN - row.hour) // HOUR): Sums(
            row.total, row.failed, row.attempts, row.denied_attempts
        )
        for row in HourlyCount.objects.all()
    }


def days():
    rows = DailyCount.objects.order_by("day", "app_uid")
    return {(row.day.day, row.app_uid): (row.judged, row.denied) for row in rows}


# Written with the rows


def test_logins_are_counted_by_hour(account):
    page = [login(1, 0, True), login(2, 1, False), login(3, 60, False), login(4, 61, None), login(5, 60, True)]
    store_access_requests(account, page, WINDOW_SINCE)
    assert sums() == {
        ("access_requests", "", 0): Sums(1, 0, 1, 0),
        ("access_requests", "", 1): Sums(3, 2, 3, 2),
        ("access_requests", "", 2): Sums(1, 0, 1, 0),
    }


MOMENT = 1 / 60_000_000


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_attempt_counts_once_in_any_order(account, order, size):
    """Rows of one second are an attempt, whichever page and order they come in."""
    rows = [login(1, 59.5, False), login(3, 59.5 - MOMENT, False), login(5, 59.5 - 999_999 * MOMENT, False)]
    for start in range(0, 3, size):
        store_access_requests(account, [rows[place] for place in order[start : start + size]], WINDOW_SINCE)
    assert sums() == {("access_requests", "", 1): Sums(3, 3, 1, 1)}
    assert days() == {(19, "app-1"): (1, 1)}
    assert differences() == []


def test_only_peoples_logins_are_attempts(account):
    page = [
        login(1, 0, False, user_email=""),
        login(3, 0, False, action="logout"),
        login(5, 0, False, user_email="non_identity@x.cloudflareaccess.com"),
        login(7, 0, None),
    ]
    store_access_requests(account, page, WINDOW_SINCE)
    assert sums() == {("access_requests", "", 0): Sums(4, 2, 1, 0)}
    assert days() == {}


def test_attempts_differ_in_second_app_person_and_result(account):
    page = [
        *(login(1, 0, allowed) for allowed in (False, True, None)),
        login(2, 0, False),
        login(1, 0, False, user_email="bob@x.example"),
        login(1, -1 / 60, False),
        login(3, 0, False, user_email="Bob@X.example"),
    ]
    store_access_requests(account, page, WINDOW_SINCE)
    assert sums() == {("access_requests", "", 0): Sums(7, 5, 6, 4)}


def test_logins_are_counted_by_app_daily(account):
    to_midnight = 14 * 60
    page = [login(1, 0, True), login(3, to_midnight, False), login(5, to_midnight + 1, False), login(7, 0, None)]
    store_access_requests(account, [*page, login(2, 5, False)], WINDOW_SINCE)
    assert days() == {(18, "app-1"): (1, 1), (19, "app-0"): (1, 1), (19, "app-1"): (2, 1)}


def test_partly_forgotten_day_is_recounted(account):
    page = [login(1, 0, True), login(3, 120, False), login(5, 240, False), login(7, 24 * 60, True)]
    store_access_requests(account, page, WINDOW_SINCE)
    forget_before(BEGIN - 2 * HOUR)
    assert days() == {(19, "app-1"): (2, 1)}


def test_updates_count_for_rows_own_provider(account):
    page = [
        update(1, 0, "FAILURE", "p1"),
        update(2, 0, "Error", "p1"),
        update(3, 0, "SUCCESS", "p2"),
        update(4, 0, "PENDING", None),
        update(5, 0, None, ""),
    ]
    store_scim_updates(account, page, WINDOW_SINCE, "asked for")
    assert sums() == {
        ("scim_updates", "p1", 0): Sums(2, 2),
        ("scim_updates", "p2", 0): Sums(1, 0),
        ("scim_updates", "asked for", 0): Sums(2, 0),
    }


def test_row_without_time_counts_where_stored(account):
    store_access_requests(account, [login(1, None, False)], WINDOW_SINCE + 5 * MINUTE)
    assert sums() == {("access_requests", "", 6): Sums(1, 1, 1, 1)}
    assert differences() == []


def test_repeated_row_is_not_recounted(account):
    page = [login(1, 0, False), login(2, 0, True)]
    for _ in range(3):
        store_access_requests(account, page, WINDOW_SINCE)
    store_access_requests(account, [login(2, 0, True), login(3, 0, True)], WINDOW_SINCE)
    assert sums() == {("access_requests", "", 0): Sums(3, 1, 3, 1)}


def test_rows_not_stored_are_not_counted(account):
    def store_and_fail():
        with transaction.atomic():
            store_access_requests(account, [login(1, 0, True)], WINDOW_SINCE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_and_fail()
    assert (sums(), AccessRequest.objects.count()) == ({}, 0)


def test_accounts_are_counted_separately(account):
    another = Account.objects.create(account_id="another")
    for owner in (account, another, another):
        store_access_requests(owner, [login(1, 0, True)], WINDOW_SINCE)
    assert list(HourlyCount.objects.values_list("account", "total").order_by("account")) == [
        (account.pk, 1),
        (another.pk, 1),
    ]


numbers = st.integers(0, 15)
# Some of them before midnight.
ages = st.none() | st.integers(0, 300) | st.integers(800, 900)
emails = st.sampled_from(["ada@x.example", "Ada@x.example", "bob@x.example", ""])
pages_of_logins = st.lists(
    st.builds(login, numbers, ages, st.sampled_from([True, False, None]), emails, st.sampled_from(["login", "logout"])),
    max_size=6,
)
statuses = st.sampled_from(["FAILURE", "ERROR", "SUCCESS", "error", "odd", None])
pages_of_updates = st.lists(
    st.builds(update, numbers, ages, statuses, st.sampled_from(["p1", "p2", "", None])), max_size=6
)
steps = st.one_of(
    st.tuples(st.just("logins"), pages_of_logins, st.integers(0, 90)),
    st.tuples(st.just("updates"), pages_of_updates, st.integers(0, 90)),
    st.tuples(st.just("forget"), st.integers(-60, 400) | st.integers(800, 900)),
    st.tuples(st.just("rebuild")),
)


@given(steps=st.lists(steps, max_size=12))
@examples(60)
def test_counts_match_recount_after_any_steps(account, steps):
    def take(kind, *what):
        if kind == "logins":
            store_access_requests(account, what[0], WINDOW_SINCE + what[1] * MINUTE)
        elif kind == "updates":
            store_scim_updates(account, what[0], WINDOW_SINCE + what[1] * MINUTE, "asked for")
        elif kind == "forget":
            forget_before(BEGIN - what[0] * MINUTE)
        else:
            rebuild()

    for step in steps:
        take(*step)
        assert differences() == []
    assert sum(row.total for row in HourlyCount.objects.all()) == (
        AccessRequest.objects.count() + ScimUpdate.objects.count()
    )


# Several workers at once


@pytest.fixture
def store_logins(account, make_stream):
    """Store a page as a worker does: with the stream locked, as the rows of one attempt may be on two pages."""
    stream = make_stream()

    def store(page):
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            store_access_requests(account, page, WINDOW_SINCE)

    return store


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_counts_match_recount_after_concurrent_stores(account, store_logins):
    Installation.get()
    logins = [login(number, number % 300, number % 3 == 0) for number in range(600)]
    updates = [update(number, number % 300, "ERROR", f"p{number % 3}") for number in range(600)]
    jobs: list[Callable[[], Any]] = [
        *(partial(store_logins, part) for part in (logins, logins[::-1], logins[:300])),
        *(partial(store_scim_updates, account, part, WINDOW_SINCE, "p") for part in (updates, updates[::-1])),
    ]
    at_once(*jobs)
    assert (AccessRequest.objects.count(), ScimUpdate.objects.count()) == (600, 600)
    assert differences() == []


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_check_and_rebuild_find_nothing(account, store_logins):
    Installation.get()
    pages = [[login(100 * page + row, row % 300, True) for row in range(100)] for page in range(12)]

    def store(pages):
        for page in pages:
            store_logins(page)

    def look():
        return [difference for _ in range(12) for difference in differences()]

    def rebuild_counts():
        for _ in range(4):
            rebuild()

    jobs: list[Callable[[], Any]] = [partial(store, pages[:6]), partial(store, pages[6:]), look, rebuild_counts]
    *_, found, _ = at_once(*jobs)
    assert found == []
    assert differences() == []
    assert AccessRequest.objects.count() == sum(row.total for row in HourlyCount.objects.all()) == 1200


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_store_and_delete_stay_consistent(account, make_stream):
    Installation.get()
    stream = make_stream(backfill_since=BEGIN - 300 * HOUR)
    old = [login(number, 60 + number % 240, True) for number in range(100)]
    stored, forgot = Event(), Event()

    def store():
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            store_access_requests(account, old, WINDOW_SINCE)
            stored.set()
            # Until the deletion waits for this, or has passed it by.
            for _ in range(500):
                if forgot.wait(0.01) or someone_waits_for_a_lock():
                    break

    def forget():
        assert stored.wait(10)
        forget_before(BEGIN)
        forgot.set()

    at_once(store, forget)
    assert differences() == []
    assert not AccessRequest.objects.exists()


# Doubt


@pytest.fixture
def stored(account):
    """Rows of both logs in several hours."""
    logins = [login(number, number * 30, number % 2 == 0) for number in range(6)]
    store_access_requests(account, [*logins, login(8, 0, True), login(10, 0, True)], WINDOW_SINCE)
    updates = [update(number, number * 30, "ERROR", f"p{number % 2}") for number in range(6)]
    store_scim_updates(account, updates, WINDOW_SINCE, "p")
    assert differences() == []
    return account


def another_account():
    return Account.objects.create(account_id="another")


def first(model):
    return model.objects.filter(pk=model.objects.order_by("pk").values_list("pk", flat=True)[0])


MANIPULATIONS = {
    "a larger sum": lambda: first(HourlyCount).update(total=F("total") + 1),
    "a smaller sum": lambda: first(HourlyCount).update(total=0),
    "other failures": lambda: first(HourlyCount).update(failed=F("failed") + 1),
    "more attempts": lambda: first(HourlyCount).update(attempts=F("attempts") + 1),
    "fewer attempts": lambda: HourlyCount.objects.update(attempts=0),
    "other denied attempts": lambda: first(HourlyCount).update(denied_attempts=F("denied_attempts") + 1),
    "a row that joins an attempt": lambda: AccessRequest.objects.filter(ray_id="2").update(
        created_at=F("created_at") + 60 * MINUTE
    ),
    "a row that leaves its attempt": lambda: AccessRequest.objects.filter(ray_id="0").update(person="bob@x.example"),
    "a sum that is gone": lambda: first(HourlyCount).delete(),
    "all sums are gone": lambda: HourlyCount.objects.all().delete(),
    "a sum of another hour": lambda: first(HourlyCount).update(hour=BEGIN - 99 * HOUR),
    "a sum of another provider": lambda: HourlyCount.objects.filter(idp_id="p1").update(idp_id="p9"),
    "a sum of another account": lambda: first(HourlyCount).update(account=another_account()),
    "a sum of nothing": lambda: HourlyCount.objects.create(
        account=another_account(), log=Log.ACCESS_REQUESTS, hour=BEGIN, total=1, failed=0
    ),
    "a sum of zero": lambda: HourlyCount.objects.create(
        account=another_account(), log=Log.ACCESS_REQUESTS, hour=BEGIN, total=0, failed=0
    ),
    "a larger day": lambda: first(DailyCount).update(judged=F("judged") + 1),
    "other denials of a day": lambda: first(DailyCount).update(denied=F("denied") + 1),
    "a day that is gone": lambda: first(DailyCount).delete(),
    "another day": lambda: first(DailyCount).update(day=BEGIN - 99 * HOUR),
    "a day of another app": lambda: first(DailyCount).update(app_uid="app-9"),
    "a login at another app": lambda: first(AccessRequest).update(app_uid="app-9"),
    "a login that is gone": lambda: first(AccessRequest).delete(),
    "a login of another hour": lambda: first(AccessRequest).update(created_at=BEGIN - 98 * HOUR),
    "a login that was denied after all": lambda: AccessRequest.objects.filter(allowed=True).update(allowed=False),
    "a login of another account": lambda: first(AccessRequest).update(account=another_account()),
    "an update that is gone": lambda: first(ScimUpdate).delete(),
    "an update of another provider": lambda: first(ScimUpdate).update(idp_id="p9"),
    "an update that did not fail": lambda: first(ScimUpdate).update(status="SUCCESS"),
    "an update of another hour": lambda: first(ScimUpdate).update(logged_at=BEGIN - 98 * HOUR),
}


@pytest.mark.parametrize("manipulation", MANIPULATIONS)
def test_every_wrong_count_is_repaired(stored, manipulation):
    MANIPULATIONS[manipulation]()
    assert differences() != []
    rebuild()
    assert differences() == []


def test_row_without_count_is_found(stored):
    AccessRequest.objects.create(account=stored, arrived_at=NOW, created_at=NOW)
    ScimUpdate.objects.create(account=stored, arrived_at=NOW, logged_at=NOW)
    assert len(differences()) == 2


def test_difference_names_hour_and_counts(stored, account):
    hour = "19 Nov 2026 14:00 UTC"
    HourlyCount.objects.filter(log=Log.ACCESS_REQUESTS, hour=BEGIN).update(total=7)
    HourlyCount.objects.filter(log=Log.SCIM_UPDATES, hour=BEGIN).delete()
    HourlyCount.objects.create(account=account, log=Log.SCIM_UPDATES, idp_id="p8", hour=BEGIN, total=3, failed=2)
    found = differences()
    assert [(difference.kept, difference.counted) for difference in found] == [
        (Sums(7, 0, 1, 0), Sums(3, 0, 1, 0)),
        (None, Sums(1, 1)),
        (Sums(3, 2), None),
    ]
    assert [difference.of.partition(" access")[2] for difference in found[:1]] == [f"_requests {hour}"]
    assert [difference.of.split(" ", 2)[2] for difference in found[1:]] == [
        f"scim_updates p0 {hour}",
        f"scim_updates p8 {hour}",
    ]


def test_no_rows_means_no_differences(db):
    assert differences() == []
    rebuild()
    assert sums() == {}


def test_rebuild_of_correct_counts_changes_nothing(stored):
    before = sums()
    rebuild()
    assert sums() == before


@pytest.mark.django_db(transaction=True)
def test_check_and_rebuild_need_no_transaction(stored):
    HourlyCount.objects.all().delete()
    assert differences() != []
    rebuild()
    assert differences() == []
