"""Who occurs in the logs: written with the rows, and checked against them by `manage.py recount`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import insert_counted, keep_newest
from logsync.models import AccessRequest, PersonAddress, PersonAtApp, ScimUpdate, UserId
from logsync.models.events import LOGIN_OF_PERSON, OF_PERSON, Caller

ADDRESS_KEY = ("account", "person")
ADDRESS_TIMES = ("login_at", "allowed_at", "denied_at", "other_at", "update_at")
APP_KEY = ("account", "app_uid", "person")
APP_TIMES = ("allowed_at", "denied_at")
USER_ID_KEY = ("account", "user_id", "person")
MODELS = (PersonAddress, PersonAtApp, UserId)

Newest = dict[tuple[Any, ...], list[datetime | None]]


def note_logins(account_id: int, logins: Iterable[AccessRequest]) -> None:
    """Note whose logins these new rows are; call it in the transaction that stores them."""
    logins = list(logins)
    _note_addresses(account_id, ((login.person, _times_of(login)) for login in logins))
    at_apps: Newest = {}
    ids: Newest = {}
    for login in logins:
        if login.is_login_of_person and login.allowed is not None:
            _move_on(at_apps, (login.app_uid, login.person), _times_of(login)[1:3])
        if login.user_id and login.caller is Caller.PERSON:
            _move_on(ids, (login.user_id, login.person), (login.created_at,))
    keep_newest(PersonAtApp, APP_KEY, APP_TIMES, _sorted_rows(account_id, at_apps))
    keep_newest(UserId, USER_ID_KEY, ("login_at",), _sorted_rows(account_id, ids))


def note_updates(account_id: int, updates: Iterable[ScimUpdate]) -> None:
    """Note whom these new SCIM updates name; call it in the transaction that stores them."""
    _note_addresses(account_id, ((update.person, (None, None, None, None, update.logged_at)) for update in updates))


def _times_of(login: AccessRequest) -> tuple[datetime | None, ...]:
    at, allowed = login.created_at, login.allowed
    if not login.is_login_of_person:
        return None, None, None, at, None
    return at, at if allowed is True else None, at if allowed is False else None, None, None


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


# Rows that are deleted, and the check against those that stay


def forget_before(moment: datetime) -> None:
    """Drop what only rows from before `moment` said; call it in the transaction that deletes those rows."""
    for model, times in ((PersonAddress, ADDRESS_TIMES), (PersonAtApp, APP_TIMES)):
        rows = model._default_manager
        for name in times:
            rows.filter(**{f"{name}__lt": moment}).update(**{name: None})
        rows.filter(**dict.fromkeys(times)).delete()
    UserId.objects.filter(login_at__lt=moment).delete()


def forget_person(person: str) -> None:
    """Drop all that is kept about an address; call it in the transaction that deletes its rows."""
    for model in MODELS:
        model._default_manager.filter(person=person).delete()


class _Check(NamedTuple):
    """Newest times of people by key: as stored (`kept`), and as the rows of one log say (`counted`)."""

    what: str
    key: tuple[str, ...]
    times: tuple[str, ...]
    kept: QuerySet[Any]
    counted: QuerySet[Any, Any]


def _checks() -> list[_Check]:
    logins = AccessRequest.objects.exclude(person="").order_by()
    updates = ScimUpdate.objects.exclude(person="").order_by()
    newest = Max("created_at")
    judged = {f"{fate}_at": Max("created_at", filter=Q(allowed=fate == "allowed")) for fate in ("allowed", "denied")}
    by_address = logins.values_list(*ADDRESS_KEY).annotate(
        login_at=Max("created_at", filter=LOGIN_OF_PERSON),
        allowed_at=Max("created_at", filter=LOGIN_OF_PERSON & Q(allowed=True)),
        denied_at=Max("created_at", filter=LOGIN_OF_PERSON & Q(allowed=False)),
        other_at=Max("created_at", filter=~LOGIN_OF_PERSON),
    )
    in_updates = updates.values_list(*ADDRESS_KEY).annotate(update_at=Max("logged_at"))
    at_app = logins.logins_of_people().exclude(allowed=None).values_list(*APP_KEY).annotate(**judged)
    ids = logins.filter(OF_PERSON).exclude(user_id="").values_list(*USER_ID_KEY).annotate(login_at=newest)
    of_logins, of_updates = ADDRESS_TIMES[:4], ADDRESS_TIMES[4:]
    addresses = PersonAddress.objects.exclude(update_at__isnull=False, **dict.fromkeys(of_logins))
    updated = PersonAddress.objects.exclude(update_at=None)
    return [
        _Check("address", ADDRESS_KEY, of_logins, addresses, by_address),
        _Check("address in SCIM", ADDRESS_KEY, of_updates, updated, in_updates),
        _Check("at app", APP_KEY, APP_TIMES, PersonAtApp.objects.all(), at_app),
        _Check("user id", USER_ID_KEY, ("login_at",), UserId.objects.all(), ids),
    ]


def differences() -> list[str]:
    """A line for each key whose stored times differ from the rows; the database compares, as there are many."""
    wrong: dict[tuple[Any, ...], list[str]] = {}
    for check in _checks():
        kept = check.kept.order_by().values_list(*check.key, *check.times)
        for at, rows in enumerate((kept.difference(check.counted), check.counted.difference(kept))):
            for row in rows:
                key, times = row[: len(check.key)], row[len(check.key) :]
                found = wrong.setdefault((check.what, *key), ["nothing", "nothing"])
                found[at] = ", ".join(str(time or "none") for time in times)
    return [f"{' '.join(map(str, key))}: kept {found[0]}, counted {found[1]}" for key, found in sorted(wrong.items())]


def count_rows() -> int:
    """How many addresses, people at applications, and user ids are stored."""
    return sum(model._default_manager.count() for model in MODELS)


def rebuild() -> None:
    """Replace what is stored by what the rows say, and block writers meanwhile."""
    with transaction.atomic():
        lock_event_tables()
        for model in MODELS:
            model._default_manager.all().delete()
        for check in _checks():
            insert_counted(check.kept.model, check.key, check.times, check.counted)
