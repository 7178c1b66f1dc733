"""Template tags for icons, times and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.safestring import SafeString

from dashboard.lists.rows import RowTable
from dashboard.page import cells
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.models import ScimUpdate
from logsync.spans import Span
from logsync.words import duration, long_duration, rfc3339

register = template.Library()

# Fields that people paste elsewhere, by the end of their name.
COPIED = ("_id", "_uid", "_email", "_address")

register.simple_tag(cells.icon, name="icon")
register.simple_tag(cells.check, name="check_badge")
register.simple_tag(cells.person, name="person")


@register.simple_tag(takes_context=True)
def clock(context: dict[str, Any], moment: datetime, with_day: bool = False) -> SafeString:
    """A moment on both clocks."""
    viewer: Viewer = context["viewer"]
    return cells.clock(moment, viewer, with_day=with_day)


@register.simple_tag
def row_cells(table: RowTable, record: Any) -> SafeString:
    """The cells of a row."""
    return table.cells(record)


@register.simple_tag
def opener(line: Mapping[str, Any], anchor: str, fetched: str, open_key: str) -> SafeString:
    """The button that unfolds a row, or folds it away: see `cells.opener`. `anchor` begins the row's own id."""
    is_open = line["key"] == open_key
    href = line["close_href"] if is_open else f"{line['open_href']}#{anchor}-{line['key']}"
    return cells.opener(line["label"], href, fetched, is_open=is_open)


register.filter("duration", duration)
register.filter("long_duration", long_duration)


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    return duration(now - moment) + " ago"


@register.filter
def thousands(number: int) -> str:
    """A number with commas, as everywhere on a page."""
    return f"{number:,}"


@register.filter
def span_words(span: Span) -> str:
    """A stretch of time in UTC, as short as it can be said: "13 Nov 21:15 to 22:40"."""
    seconds = ":%S" if span.length < timedelta(minutes=1) else ""
    end = "" if span.since.date() == span.until.date() else "%-d %b "
    return f"{span.since:%-d %b %H:%M{seconds}} to {span.until:{end}%H:%M{seconds}}"


@register.simple_tag
def allowed_badge(allowed: bool | None) -> SafeString:
    """What became of a login."""
    return cells.allowed(allowed)


@register.simple_tag
def status_badge(update: ScimUpdate) -> SafeString:
    """What became of a SCIM request."""
    return cells.scim_status(update.status, update.has_failed)


@register.simple_tag
def field_value(name: str, value: Any) -> SafeString:
    """A field of an event in full, with a copy button where it is worth copying."""
    if isinstance(value, datetime):
        return cells.identifier(rfc3339(value), name)
    if isinstance(value, bool):
        return cells.text(str(value).lower())
    if not value:
        return cells.EMPTY
    return cells.identifier(value, name) if name.endswith(COPIED) else cells.text(value)


@register.filter
def pairs(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Names with their values; `values.items` would be a template's word for the value called "items"."""
    return list(values.items())


@register.simple_tag(takes_context=True)
def sorted_by(context: dict[str, Any], column: Any) -> str:
    """The address that sorts by a column, the other way round if it sorts by it now."""
    query_string: QueryString = context["filterset"].query_string
    descends = column.is_ordered and column.order_by_alias.is_descending
    return query_string.replacing(sort=column.name if descends else f"-{column.name}")
