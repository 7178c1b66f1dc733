"""Template tags for icons, times and counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.viewer import Viewer
from dashboard.page.wording import ago, did, span_words
from logsync.insight.app_names import name_in
from logsync.models import AccessRequest, ScimUpdate
from logsync.words import country_name, duration, long_duration, rfc3339

register = template.Library()

# Fields that people paste elsewhere, by the end of their name.
COPIED = ("_id", "_uid", "_email", "_address")

register.simple_tag(cells.icon, name="icon")
register.simple_tag(cells.check, name="check_badge")
register.simple_tag(cells.person, name="person")
register.filter("app_name", name_in)
register.filter("country_name", country_name)
register.filter("did", did)


@register.simple_tag(takes_context=True)
def clock(context: dict[str, Any], moment: datetime, with_day: bool = False) -> SafeString:
    """A moment on both clocks."""
    viewer: Viewer = context["viewer"]
    return cells.clock(moment, viewer, with_day=with_day)


register.filter("duration", duration)
register.filter("long_duration", long_duration)
register.filter("ago", ago)
register.filter("span_words", span_words)


@register.simple_tag
def counting_ago(at: datetime, now: datetime) -> SafeString:
    """How long ago, which a script counts on while the page is open."""
    seconds = max(int((now - at).total_seconds()), 0)
    return format_html('<span class="nowrap" data-ago="{}">{}</span>', seconds, ago(at, now))


@register.filter
def thousands(number: int) -> str:
    """A number with commas, as everywhere on a page."""
    return f"{number:,}"


@register.simple_tag
def result_badge(login: AccessRequest) -> SafeString:
    """What became of a login, or which other action it was."""
    return cells.result(login)


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
    return cells.identifier(value, name) if name.endswith(COPIED) else cells.text(str(value))


@register.filter
def beginning(value: Any, most: int = cells.LONGEST_TEXT) -> str:
    """The text of a value, cut where it would make a page too long; the exports have all of it."""
    return cells.beginning(str(value), most)


@register.filter
def pairs(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Names with their values; `values.items` would be a template's word for the value called "items"."""
    return list(values.items())
