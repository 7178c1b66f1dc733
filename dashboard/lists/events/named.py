"""Find an event by its key, and show its record as Cloudflare sent it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db.models import Model

from dashboard.lists.json import by_name
from dashboard.permissions.reveals import revealed, subjects_of
from logsync.models.sight import sight
from logsync.words import rfc3339

Event = TypeVar("Event", bound=Model)


def event_named(model: type[Event], key: str) -> Event | None:
    """The event with this key, which addresses write as 32 hexadecimal digits; None if there is none.

    What was revealed to the user is not masked.
    """
    try:
        name = uuid.UUID(hex=key)
    except ValueError:
        return None
    found = model._default_manager.select_related("account").filter(key=name)
    event = found.first()
    if event is None or not sight().is_masked:
        return event
    with revealed(subjects_of(cast(Any, event))) as is_whole:
        return found.first() if is_whole else event


def raw_record(event: Any, fields: Sequence[str]) -> str:
    """The record as JSON under Cloudflare's names; values that fit no field are shown as they came."""
    record = {name: value for name in fields if (value := getattr(event, name)) not in ("", None)}
    return json.dumps(record | by_name(event.extra), indent=2, ensure_ascii=False, default=_json)


def _json(value: Any) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)
