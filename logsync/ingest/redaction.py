"""Redact stored rows again, after the rules for secrets became better.

Rows are read in the order in which they were stored, some hundred at a time. What changed is saved in a short
transaction, with all that is derived from it and how far this came, so that it can be killed and goes on from there. A
row stays the same row: its key is a hash of what once came, and nobody computes that again from what is stored. So if
Cloudflare sends it once more, it is known, and what is stored of it stays redacted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import models, transaction

from logsync.derived import mentions, scim_problems
from logsync.derived.table_lock import block_rebuilds
from logsync.derived.upsert import save_each
from logsync.models import AccessRequest, Account, Installation, ScimUpdate, SetAsideRow, Stream
from logsync.scim.redact import redact_body, redact_text, redact_value

BATCH = 500
# What may hold a secret, and how it is redacted when it comes.
LOGIN_FIELDS: dict[str, Callable[[Any], Any]] = {"extra": redact_value}
UPDATE_FIELDS: dict[str, Callable[[Any], Any]] = {
    "extra": redact_value,
    "error_description": redact_text,
    "request_body": redact_body,
}


def _redact_json(text: str) -> str:
    """The text of a row that was set aside: JSON, unless its end was cut off."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return redact_text(text)
    return json.dumps(redact_value(value), ensure_ascii=False)


SET_ASIDE_FIELDS: dict[str, Callable[[Any], Any]] = {"text": _redact_json}


@dataclass
class Progress:
    """The last row of each kind that was looked at, by its primary key, and how many rows changed."""

    logins: int = 0
    updates: int = 0
    set_aside: int = 0
    changed: int = 0


KINDS: dict[str, tuple[type[models.Model], dict[str, Callable[[Any], Any]]]] = {
    "logins": (AccessRequest, LOGIN_FIELDS),
    "updates": (ScimUpdate, UPDATE_FIELDS),
    "set_aside": (SetAsideRow, SET_ASIDE_FIELDS),
}


def rows_left() -> int:
    """How many rows are still to be looked at."""
    done = _kept()
    return sum(model._default_manager.filter(pk__gt=getattr(done, name)).count() for name, (model, _) in KINDS.items())


def redact_stored_rows(on_progress: Callable[[int], object] = lambda _: None) -> int:
    """Redact every row again; return how many changed, also in runs before this that did not come to their end.

    `on_progress` is told how many rows were looked at, batch by batch.
    """
    done = _kept()
    for name, (model, fields) in KINDS.items():
        for rows in _batches(model, getattr(done, name)):
            changed = [row for row in rows if _redact(row, fields)]
            done.changed += len(changed)
            setattr(done, name, rows[-1].pk)
            with transaction.atomic():
                _save(model, changed, list(fields))
                Installation.objects.update(redacting=asdict(done))
            on_progress(len(rows))
    if done.changed:
        with transaction.atomic():
            # A secret may be among the texts to search by.
            mentions.rebuild()
    Installation.objects.update(redacting=None)
    return done.changed


def _kept() -> Progress:
    return Progress(**(Installation.get().redacting or {}))


def _batches(model: type[models.Model], after: int) -> Iterator[list[Any]]:
    while rows := list(model._default_manager.filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield rows
        after = rows[-1].pk


def _redact(row: models.Model, fields: dict[str, Callable[[Any], Any]]) -> bool:
    """Redact a row in memory; return whether that changed it."""
    before = {name: getattr(row, name) for name in fields}
    for name, redact in fields.items():
        setattr(row, name, redact(before[name]))
    return any(getattr(row, name) != value for name, value in before.items())


def _save(model: type[models.Model], rows: list[Any], fields: list[str]) -> None:
    if not rows:
        return
    # Rows of a stream are written, and deleted for their age, under a lock on its row.
    list(Stream.objects.order_by("pk").select_for_update())
    there = set(model._default_manager.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    rows = [row for row in rows if row.pk in there]
    if model is not ScimUpdate:
        save_each(model, rows, fields)
        return
    block_rebuilds()
    by_account = attrgetter("account_id")
    for pk, of_account in groupby(sorted(rows, key=by_account), key=by_account):
        account = Account.objects.select_for_update(no_key=True).get(pk=pk)
        scim_problems.save_changed(account, list(of_account), fields)
