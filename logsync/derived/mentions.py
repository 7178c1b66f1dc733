"""Texts by which somebody may look for an event: written with the rows, checked against them by `recount`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import Max, QuerySet

from logsync.datasets import DATASETS
from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import keep_newest
from logsync.models import AccessRequest, Log, Mention, ScimUpdate
from logsync.models.events import OF_PERSON, Caller
from logsync.models.people import LONGEST_ADDRESS
from logsync.scim.hidden_body import readable_body

EXTRA, DISPLAY_NAME, USER_ID, IDP_ID = "extra", "display_name", "user_id", "idp_id"
# These say the same in many rows, so there are few of them, and they are in no index.
LOGIN_FIELDS = ("app_domain", "app_name", "connection")
KEY = ("account", "log", "field", "value")
# Anyone may write into these logs: a row can't fill the table.
MOST_OF_ROW = 100
MOST_AT_ONCE = 1_000

# An account, a log, a field and a value, with the time of the newest event that has it.
Newest: TypeAlias = dict[tuple[int, str, str, str], datetime]


def note_logins(account_id: int, logins: Iterable[AccessRequest]) -> None:
    """Note what these new logins mention; call it in the transaction that stores them."""
    _keep(in_logins(account_id, logins))


def note_updates(account_id: int, updates: Iterable[ScimUpdate]) -> None:
    """Note what these new SCIM updates mention; call it in the transaction that stores them."""
    _keep(in_updates(account_id, updates))


def in_logins(account_id: int, logins: Iterable[AccessRequest]) -> Newest:
    """What these logins mention."""
    found: Newest = {}
    for login in logins:
        for name in LOGIN_FIELDS:
            _note(found, (account_id, Log.ACCESS_REQUESTS, name, getattr(login, name)), login.created_at)
        if login.caller is not Caller.PERSON:
            _note(found, (account_id, Log.ACCESS_REQUESTS, USER_ID, login.user_id), login.created_at)
        _note_extra(found, account_id, Log.ACCESS_REQUESTS, login.extra, login.created_at)
    return found


def in_updates(account_id: int, updates: Iterable[ScimUpdate]) -> Newest:
    """What these SCIM updates mention."""
    found: Newest = {}
    for update in updates:
        _note(found, (account_id, Log.SCIM_UPDATES, IDP_ID, update.idp_id), update.logged_at)
        _note_update(found, account_id, update.resource_type, update.request_body, update.extra, update.logged_at)
    return found


def forget_before(moment: datetime) -> None:
    """Drop what only events from before `moment` mention; call it in the transaction that deletes those."""
    Mention.objects.filter(seen_at__lt=moment).delete()


def look_again(noted: Newest) -> None:
    """Correct what is kept of these texts, after some of the events that had them were deleted or changed.

    Call it while writers are blocked. For each account and log of which it was the newest event that had a text, all
    events that are no newer are read.
    """
    doubtful = [row for row in _rows_of(noted) if row.seen_at <= noted[_key(row)]]
    found = _OnlyThese({_key(row) for row in doubtful})
    for account, log in sorted({(row.account_id, row.log) for row in doubtful}):
        dataset = DATASETS[Log(log)]
        until = max(row.seen_at for row in doubtful if (row.account_id, row.log) == (account, log))
        rows = dataset.model._default_manager.filter(account=account, **{f"{dataset.time_field}__lte": until})
        _count_into(found, {log: rows.order_by()})
    for row in doubtful:
        if at := found.get(_key(row)):
            Mention.objects.filter(pk=row.pk).update(seen_at=at)
        else:
            row.delete()


def _rows_of(noted: Newest) -> Iterator[Mention]:
    values = sorted({value for *_, value in noted})
    for at in range(0, len(values), MOST_AT_ONCE):
        rows = Mention.objects.filter(value__in=values[at : at + MOST_AT_ONCE])
        yield from (row for row in rows if _key(row) in noted)


def _key(row: Mention) -> tuple[int, str, str, str]:
    return row.account_id, row.log, row.field, row.value


class _OnlyThese(Newest):
    """Takes only these keys, as all texts of all events may not fit into memory."""

    def __init__(self, wanted: set[tuple[int, str, str, str]]) -> None:
        super().__init__()
        self.wanted = wanted

    def __setitem__(self, key: tuple[int, str, str, str], at: datetime) -> None:
        if key in self.wanted:
            super().__setitem__(key, at)


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
        request = json.loads(readable_body(body))
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
    _count_into(found, {log: dataset.model._default_manager.order_by() for log, dataset in DATASETS.items()})
    return found


def _count_into(found: Newest, rows: Mapping[str, QuerySet[Any, Any]]) -> None:
    """Add what these rows mention, which are given by their log."""
    if (logins := rows.get(Log.ACCESS_REQUESTS)) is not None:
        for name in LOGIN_FIELDS:
            _note_each(found, Log.ACCESS_REQUESTS, name, logins, "created_at")
        _note_each(found, Log.ACCESS_REQUESTS, USER_ID, logins.filter(~OF_PERSON), "created_at")
        with_extra = logins.exclude(extra={}).values_list("account_id", "extra", "created_at")
        for account, extra, at in with_extra.iterator():
            _note_extra(found, account, Log.ACCESS_REQUESTS, extra, at)
    if (updates := rows.get(Log.SCIM_UPDATES)) is not None:
        _note_each(found, Log.SCIM_UPDATES, IDP_ID, updates, "logged_at")
        fields = ("account_id", "resource_type", "request_body", "extra", "logged_at")
        for row in updates.values_list(*fields).iterator():
            _note_update(found, *row)


def _note_each(found: Newest, log: str, field: str, rows: QuerySet[Any, Any], time: str) -> None:
    """Note every value of a field; the database groups the rows."""
    for account, value, at in rows.values_list("account_id", field).annotate(at=Max(time)).iterator():
        _note(found, (account, log, field, value), at)
