"""Template tags for the page of one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from dashboard.page.wording import exact_moment
from logsync.spans import Span

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime, with_day: bool = False) -> SafeString | str:
    """A moment on both clocks, or in UTC where no local clock can tell it."""
    viewer: Viewer = context["viewer"]
    try:
        return cells.clock(at, viewer, with_day=with_day)
    except OverflowError:
        return exact_moment(at)


@register.filter
def clock_span(span: Span, viewer: Viewer) -> str:
    """A stretch of time on the viewer's first clock: "03:10–03:40", with the days where they differ."""
    try:
        since, until = viewer.local(span.since), viewer.local(span.until)
    except OverflowError:
        since, until = span
    if since.date() == until.date():
        return f"{since:%H:%M}–{until:%H:%M}"
    return f"{since:%-d %b %H:%M} – {until:%-d %b %H:%M}"


@register.filter
def at(values: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key."""
    return values.get(key, "")


@register.filter
def here_open(address: QueryString, key: str) -> str:
    """The address of the page with one event open."""
    return address.here(open=key)
