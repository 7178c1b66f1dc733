"""Set aside the rows of a page that cannot be kept as what they are, so that one of them never stops its log.

A row may be no JSON object, or be nested too deep; and whatever else is wrong with a row shows when its secrets are
taken out, or when the database refuses it. All others of its page are stored, and the time counts as read.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DataError, transaction
from django.utils import timezone

from logsync.cloudflare.records import AccessRequest, ScimUpdate, UnreadableRow
from logsync.datasets import Page, dataset_of
from logsync.ingest.store import STORES, row_keys, without_secrets
from logsync.models import SetAsideRow, Stream
from logsync.scim.redact import REDACTED, redact_body, redact_value
from logsync.spans import Span

logger = logging.getLogger(__name__)

Record = AccessRequest | ScimUpdate

# What the value of a row can be at fault for. Anything else is a fault of the database, or of Gatehouse.
ROW_FAULTS = (DataError, ValueError, OverflowError, RecursionError)
LONGEST_TEXT = 4_000


def parted(page: Page) -> tuple[list[Record], list[UnreadableRow]]:
    """The records of a page as they may be stored, and the rows that cannot be. Call it before the transaction."""
    records: list[Record] = []
    unreadable: list[UnreadableRow] = []
    for row in page:
        if isinstance(row, UnreadableRow):
            unreadable.append(row)
            continue
        try:
            records += without_secrets([row])
        except ROW_FAULTS as fault:
            logger.exception("The secrets of a row could not be removed")
            unreadable.append(_refused(row, fault, REDACTED))
    return records, unreadable


def refused_rows(stream: Stream, records: Sequence[Record], window: Span) -> list[UnreadableRow]:
    """The rows that cannot be stored, found by storing halves and taking that back."""
    try:
        with transaction.atomic():
            STORES[stream.log](stream.account, records, window.since, stream.idp_id)
            transaction.set_rollback(True)
        return []
    except ROW_FAULTS as fault:
        if len(records) == 1:
            logger.exception("Stream %s: a row cannot be stored", stream.pk)
            return [_refused(records[0], fault, _values(records[0]))]
    middle = len(records) // 2
    halves = records[:middle], records[middle:]
    return [row for half in halves for row in refused_rows(stream, half, window)]


def set_aside(stream: Stream, rows: Sequence[UnreadableRow], window: Span) -> None:
    """Set these rows aside, unless they are already, or were stored before they became unreadable.

    Like the next function, call it with the stream's row locked.
    """
    if not rows:
        return
    keys = row_keys(stream.account, stream.log, [row.identity for row in rows])
    stored = set(dataset_of(stream).model.objects.filter(key__in=keys).order_by().values_list("key", flat=True))
    now = timezone.now()
    SetAsideRow.objects.bulk_create(
        [
            SetAsideRow(
                stream=stream,
                key=key,
                received_at=now,
                since=window.since,
                until=window.until,
                reason=row.reason,
                text=_text(row.value),
            )
            for key, row in zip(keys, rows, strict=True)
            if key not in stored
        ],
        ignore_conflicts=True,
    )
    count_again(stream)


def drop_what_is_stored(stream: Stream, new: Sequence[Record]) -> None:
    """Forget that these rows were set aside: they could be read now."""
    if new and stream.set_aside:
        keys = row_keys(stream.account, stream.log, [record.identity for record in new])
        SetAsideRow.objects.filter(stream=stream, key__in=keys).delete()
        count_again(stream)


def forget_before(stream: Stream, moment: datetime) -> None:
    """Forget the rows that came with time from before some moment."""
    if stream.set_aside:
        stream.set_aside_rows.filter(until__lte=moment).delete()
        count_again(stream)


def count_again(stream: Stream) -> None:
    stream.note(set_aside=stream.set_aside_rows.count())


def _refused(record: Record, fault: Exception, value: object) -> UnreadableRow:
    # Not the fault's own words, which may quote the row.
    reason = f"It could not be stored ({type(fault).__name__})."
    return UnreadableRow(reason, value, record.identity, record.time)


def _values(record: Record) -> dict[str, Any]:
    values = dataclasses.asdict(record)
    return {name: value for name, value in values.items() if name != "identity" and value not in ("", None)}


def _text(value: object) -> str:
    """What came, as JSON without its secrets and cut to what may be kept."""
    if isinstance(value, dict):
        value = {name: redact_body(part) if isinstance(part, str) else part for name, part in value.items()}
    text = json.dumps(redact_value(value), ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
