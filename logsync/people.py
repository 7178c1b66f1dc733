"""Who occurs in the logs: noted in the transaction that stores the rows, held against them by `manage.py recount`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from logsync.attempts import is_login_of_person, logins_of_people
from logsync.locks import keep_rows_as_they_are
from logsync.models import AccessRequest, PersonAddress, PersonAtApp, ScimUpdate, UserId
from logsync.upsert import keep_newest

ADDRESS_KEY = ("account", "person")
ADDRESS_TIMES = ("login_at", "allowed_at", "denied_at", "update_at")
APP_KEY = ("account", "app_uid", "person")
APP_TIMES = ("allowed_at", "denied_at")
USER_ID_KEY = ("account", "user_id", "person")

Row = Mapping[str, Any]
Newest = dict[tuple[Any, ...], list[datetime | None]]


def note_logins(account_id: int, logins: Iterable[Row]) -> None:
    """Note whose logins these new rows are; call it in the transaction that stores them."""
    logins = list(logins)
    _note_addresses(account_id, ((login["person"], _times_of(login)) for login in logins))
    at_apps: Newest = {}
    ids: Newest = {}
    for login in logins:
        if is_login_of_person(login) and login["allowed"] is not None:
            _move_on(at_apps, (login["app_uid"], login["person"]), _times_of(login)[1:3])
        if login["user_id"] and login["person"]:
            _move_on(ids, (login["user_id"], login["person"]), (login["created_at"],))
    keep_newest(PersonAtApp, APP_KEY, APP_TIMES, _sorted_rows(account_id, at_apps))
    keep_newest(UserId, USER_ID_KEY, ("login_at",), _sorted_rows(account_id, ids))


def note_updates(account_id: int, updates: Iterable[Row]) -> None:
    """Note whom these new SCIM updates name; call it in the transaction that stores them."""
    _note_addresses(account_id, ((update["person"], (None, None, None, update["logged_at"])) for update in updates))


def _times_of(login: Row) -> tuple[datetime | None, ...]:
    at, allowed = login["created_at"], login["allowed"]
    return at, at if allowed is True else None, at if allowed is False else None, None


def _note_addresses(account_id: int, rows: Iterable[tuple[str, Sequence[datetime | None]]]) -> None:
    addresses: Newest = {}
    for person, times in rows:
        if person:
            _move_on(addresses, (person,), times)
    keep_newest(PersonAddress, ADDRESS_KEY, ADDRESS_TIMES, _sorted_rows(account_id, addresses))


def _move_on(newest: Newest, key: tuple[Any, ...], times: Sequence[datetime | None]) -> None:
    known = newest.setdefault(key, [None] * len(times))
    newest[key] = [max(filter(None, pair), default=None) for pair in zip(known, times, strict=True)]


def _sorted_rows(account_id: int, newest: Newest) -> list[Sequence[Any]]:
    return [(account_id, *key, *times) for key, times in sorted(newest.items())]


# What is deleted, and what is proven


def forget_before(moment: datetime) -> None:
    """Take back what only rows from before `moment` had said; call it in the transaction that deletes them."""
    for model, times in ((PersonAddress, ADDRESS_TIMES), (PersonAtApp, APP_TIMES)):
        rows = model._default_manager
        for name in times:
            rows.filter(**{f"{name}__lt": moment}).update(**{name: None})
        rows.filter(**dict.fromkeys(times)).delete()
    UserId.objects.filter(login_at__lt=moment).delete()


def kept() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Every kept address, alone and at each application, and every user id, with its times."""
    addresses = PersonAddress.objects.values_list(*ADDRESS_KEY, *ADDRESS_TIMES)
    at_apps = PersonAtApp.objects.values_list(*APP_KEY, *APP_TIMES)
    ids = UserId.objects.values_list(*USER_ID_KEY, "login_at")
    return (
        {("address", *row[:2]): row[2:] for row in addresses.iterator()}
        | {("at_app", *row[:3]): row[3:] for row in at_apps.iterator()}
        | {("user_id", *row[:3]): row[3:] for row in ids.iterator()}
    )


def counted() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The same, from the rows."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    logins = AccessRequest.objects.exclude(person="").order_by()
    allowed, denied = Max("created_at", filter=Q(allowed=True)), Max("created_at", filter=Q(allowed=False))
    for account, person, *times in logins.values_list("account", "person").annotate(
        login_at=Max("created_at"), allowed_at=allowed, denied_at=denied
    ):
        found["address", account, person] = (*times, None)
    updates = ScimUpdate.objects.exclude(person="").order_by()
    for account, person, at in updates.values_list("account", "person").annotate(at=Max("logged_at")):
        known = found.get(("address", account, person), (None, None, None, None))
        found["address", account, person] = (*known[:3], at)
    at_apps = logins_of_people(logins).exclude(allowed=None).values_list(*APP_KEY)
    for *key, allowed_at, denied_at in at_apps.annotate(allowed_at=allowed, denied_at=denied):
        found["at_app", *key] = (allowed_at, denied_at)
    for *key, at in logins.exclude(user_id="").values_list(*USER_ID_KEY).annotate(at=Max("created_at")):
        found["user_id", *key] = (at,)
    return found


def rebuild() -> None:
    """Replace what is kept by what the rows say; no row is stored meanwhile."""
    with transaction.atomic():
        keep_rows_as_they_are()
        found = counted()
        PersonAddress.objects.all().delete()
        PersonAtApp.objects.all().delete()
        UserId.objects.all().delete()
        PersonAddress.objects.bulk_create(
            PersonAddress(account_id=key[1], person=key[2], **dict(zip(ADDRESS_TIMES, times, strict=True)))
            for key, times in found.items()
            if key[0] == "address"
        )
        PersonAtApp.objects.bulk_create(
            PersonAtApp(account_id=key[1], app_uid=key[2], person=key[3], **dict(zip(APP_TIMES, times, strict=True)))
            for key, times in found.items()
            if key[0] == "at_app"
        )
        UserId.objects.bulk_create(
            UserId(account_id=key[1], user_id=key[2], person=key[3], login_at=times[0])
            for key, times in found.items()
            if key[0] == "user_id"
        )
