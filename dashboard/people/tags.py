"""Template tags for the page of one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from dashboard.page.wording import day_words, exact_moment, offsets_beside
from logsync.spans import Span
from logsync.words import counted

register = template.Library()

# Letters of an app's name in the timeline.
MOST_OF_NAME = 120


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime, with_day: bool = False, seconds: bool = True) -> SafeString | str:
    """A moment on both clocks, or in UTC if it is out of the range of local time."""
    viewer: Viewer = context["viewer"]
    try:
        return cells.clock(at, viewer, with_day=with_day, seconds=seconds)
    except OverflowError:
        return exact_moment(at)


@register.filter
def clock_span(span: Span, viewer: Viewer) -> str:
    """A span on the viewer's first clock: "03:10 to 03:40", with the days if they differ."""
    try:
        since, until = viewer.local(span.since), viewer.local(span.until)
    except OverflowError:
        since, until = span
    began, ended = offsets_beside(since, until)
    if since.date() == until.date():
        return f"{since:%H:%M}{began} to {until:%H:%M}{ended}"
    return f"{day_words(since)} {since:%H:%M}{began} to {day_words(until)} {until:%H:%M}{ended}"


@register.filter
def join_apps(names: Sequence[str], more: int) -> SafeString:
    """The names of apps in a sentence: "GitLab and Jira", "GitLab, Jira and 2 more apps"."""
    apps = [format_html('<b class="fw-medium"><bdi>{}</bdi></b>', name[:MOST_OF_NAME]) for name in names]
    *first, last = [*apps, counted(more, "more app")] if more else apps
    return (
        format_html("{} and {}", format_html_join(", ", "{}", zip(first)), last) if first else format_html("{}", last)
    )


@register.filter
def here_open(address: QueryString, key: str) -> str:
    """The page's address with one event open."""
    return address.here(open=key)
