"""Texts by which somebody may look for an event: written with the rows, checked against them by `recount`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import keep_newest
from logsync.models import AccessRequest, Log, Mention, ScimUpdate
from logsync.models.events import OF_PERSON, Caller
from logsync.models.people import LONGEST_ADDRESS

EXTRA, DISPLAY_NAME, USER_ID, IDP_ID = "extra", "display_name", "user_id", "idp_id"
# These say the same in many rows, so there are few of them, and they are in no index.
LOGIN_FIELDS = ("app_domain", "app_name", "connection")
KEY = ("account", "log", "field", "value")
# Anyone may write into these logs: a row can't fill the table.
MOST_OF_ROW = 100
MOST_AT_ONCE = 1_000

# An account, a log, a field and a value, with the time of the newest event that has it.
Newest = dict[tuple[int, str, str, str], datetime]


def note_logins(account_id: int, logins: Iterable[AccessRequest]) -> None:
    """Note what these new logins mention; call it in the transaction that stores them."""
    found: Newest = {}
    for login in logins:
        for name in LOGIN_FIELDS:
            _note(found, (account_id, Log.ACCESS_REQUESTS, name, getattr(login, name)), login.created_at)
        if login.caller is not Caller.PERSON:
            _note(found, (account_id, Log.ACCESS_REQUESTS, USER_ID, login.user_id), login.created_at)
        _note_extra(found, account_id, Log.ACCESS_REQUESTS, login.extra, login.created_at)
    _keep(found)


def note_updates(account_id: int, updates: Iterable[ScimUpdate]) -> None:
    """Note what these new SCIM updates mention; call it in the transaction that stores them."""
    found: Newest = {}
    for update in updates:
        _note(found, (account_id, Log.SCIM_UPDATES, IDP_ID, update.idp_id), update.logged_at)
        _note_update(found, account_id, update.resource_type, update.request_body, update.extra, update.logged_at)
    _keep(found)


def forget_before(moment: datetime) -> None:
    """Drop what only events from before `moment` mention; call it in the transaction that deletes those."""
    Mention.objects.filter(seen_at__lt=moment).delete()


def mention_of(text: str) -> str:
    """A text as it is kept and looked up."""
    return text.strip().lower()[:LONGEST_ADDRESS]


def texts_in(extra: Any) -> Iterator[str]:
    """Every text and number in a decoded JSON value, however deep."""
    waiting = [extra]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield str(value)


def display_names(body: str) -> set[str]:
    """The names of a user that the body of a SCIM request sets; none if it can't be read."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    if not isinstance(request, dict):
        return set()
    operations = request.get("Operations")
    parts = [request]
    for operation in operations if isinstance(operations, list) else []:
        if isinstance(operation, dict):
            path, value = operation.get("path"), operation.get("value")
            parts.append(value if isinstance(value, dict) else {})
            parts.append({path: value} if isinstance(path, str) else {})
    return {name.strip() for part in parts for name in _names_in(part) if isinstance(name, str)}


def _names_in(part: dict[str, Any]) -> Iterator[Any]:
    yield part.get("displayName")
    yield part.get("name.formatted")
    name = part.get("name")
    if isinstance(name, dict):
        yield name.get("formatted")
        yield " ".join(word for word in (name.get("givenName"), name.get("familyName")) if isinstance(word, str))


def _note_update(
    found: Newest, account_id: int, resource_type: str, body: str, extra: dict[str, Any], at: datetime
) -> None:
    for name in display_names(body) if resource_type == "USER" else ():
        _note(found, (account_id, Log.SCIM_UPDATES, DISPLAY_NAME, name), at)
    _note_extra(found, account_id, Log.SCIM_UPDATES, extra, at)


def _note_extra(found: Newest, account_id: int, log: str, extra: dict[str, Any], at: datetime) -> None:
    for count, text in enumerate(texts_in(extra)):
        if count == MOST_OF_ROW:
            return
        _note(found, (account_id, log, EXTRA, text), at)


def _note(found: Newest, key: tuple[int, str, str, str], at: datetime) -> None:
    account, log, field, text = key
    if value := mention_of(text):
        whole = (account, str(log), field, value)
        found[whole] = max(found.get(whole, at), at)


def _keep(found: Newest) -> None:
    keep_newest(Mention, KEY, ("seen_at",), [(*key, at) for key, at in sorted(found.items())])


# The check against the rows


def differences() -> list[str]:
    """A line for each text that is kept otherwise than the rows say."""
    kept, counted = kept_rows(), _counted()
    wrong = sorted(key for key in kept.keys() | counted.keys() if kept.get(key) != counted.get(key))
    return [
        f"mention {' '.join(map(str, key))}: kept {kept.get(key) or 'nothing'}, counted {counted.get(key) or 'nothing'}"
        for key in wrong
    ]


def kept_rows() -> Newest:
    """Everything that is kept."""
    rows = Mention.objects.order_by().values_list("account_id", "log", "field", "value", "seen_at")
    return {(account, log, field, value): at for account, log, field, value, at in rows.iterator()}


def count_rows() -> int:
    """How many texts are kept."""
    return Mention.objects.count()


def rebuild() -> None:
    """Replace what is kept by what the rows say; call it in a transaction that blocks writers."""
    lock_event_tables()
    Mention.objects.all().delete()
    found = _counted()
    rows = (
        Mention(account_id=account, log=log, field=field, value=value, seen_at=at)
        for (account, log, field, value), at in sorted(found.items())
    )
    Mention.objects.bulk_create(rows, batch_size=MOST_AT_ONCE)


def _counted() -> Newest:
    found: Newest = {}
    logins, updates = AccessRequest.objects.order_by(), ScimUpdate.objects.order_by()
    for name in LOGIN_FIELDS:
        _note_each(found, Log.ACCESS_REQUESTS, name, logins, "created_at")
    _note_each(found, Log.ACCESS_REQUESTS, USER_ID, logins.filter(~OF_PERSON), "created_at")
    _note_each(found, Log.SCIM_UPDATES, IDP_ID, updates, "logged_at")
    with_extra = logins.exclude(extra={}).values_list("account_id", "extra", "created_at")
    for account, extra, at in with_extra.iterator():
        _note_extra(found, account, Log.ACCESS_REQUESTS, extra, at)
    fields = ("account_id", "resource_type", "request_body", "extra", "logged_at")
    for row in updates.values_list(*fields).iterator():
        _note_update(found, *row)
    return found


def _note_each(found: Newest, log: str, field: str, rows: QuerySet[Any, Any], time: str) -> None:
    """Note every value of a field; the database groups the rows."""
    for account, value, at in rows.values_list("account_id", field).annotate(at=Max(time)).iterator():
        _note(found, (account, log, field, value), at)
