"""Template tags of the overview: changes, numbers with links, sparklines and moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.charts.sparkline import sparkline
from dashboard.overview.wording import in_range
from dashboard.page import cells
from dashboard.page.badges import problem_badge, template_text
from dashboard.page.viewer import Viewer
from dashboard.page.wording import day_words
from logsync.insight.trends import Bar
from logsync.words import rfc3339

register = template.Library()

register.simple_tag(problem_badge, name="problem_badge")
register.simple_tag(template_text, name="template_text")
register.filter("in_range", in_range)


@register.simple_tag
def change(number: int | None, is_alone: bool = False) -> SafeString | str:
    """How much more or less fails, as an arrow; nothing if it is not known. If not alone, "from" follows."""
    if number is None:
        return ""
    if not number:
        return mark_safe('<span class="dim">same</span>') if is_alone else mark_safe('<span class="dim">same as</span>')
    arrow, kind, label = (
        ("arrow-narrow-up", "bad-text", "up") if number > 0 else ("arrow-narrow-down", "good-text", "down")
    )
    found = format_html('<span class="{}">{}{}</span>', kind, cells.icon(arrow, label), f"{abs(number):,}")
    return found if is_alone else format_html('{} <span class="dim">from</span>', found)


@register.simple_tag
def linked(number: int | None, href: str) -> SafeString | str:
    """A number, with a link to its rows if there is one."""
    if number is None:
        return cells.EMPTY
    return format_html('<a class="gh-plain" href="{}">{}</a>', href, f"{number:,}") if href else f"{number:,}"


@register.simple_tag
def linked_attempts(number: int | None, rows: int | None, href: str) -> SafeString | str:
    """A number of attempts with that of their rows where these are more; of rows where `rows` is None."""
    return linked(number, href) if number is None or rows is None else cells.attempts(number, rows, href)


@register.simple_tag
def spark(bars: Sequence[Bar], known: Sequence[tuple[float, float]]) -> SafeString:
    """Denials over the range as small bars, with a base line where the time is known."""
    most = max((bar.count for bar in bars), default=0)
    return sparkline(bars, "m-bad", f"Denials over the range, at most {most:,} at once", known)


@register.simple_tag(takes_context=True)
def since(context: dict[str, Any], moment: datetime) -> SafeString:
    """A short moment: today's time, else the day and the minute. The title has both clocks."""
    viewer: Viewer = context["viewer"]
    local = viewer.local(moment)
    is_today = local.date() == viewer.local(context["filterset"].range.now).date()
    shown = f"{local:%H:%M:%S}" if is_today else f"{day_words(local)} {local:%H:%M}"
    exact = rfc3339(moment)
    second = viewer.second
    city = second.key.rpartition("/")[2].replace("_", " ") if second else ""
    beside = f", {moment.astimezone(second):%-d %b %H:%M:%S} in {city}" if second else ""
    return format_html('<time datetime="{}" title="{}{}">{}</time>', exact, exact, beside, shown)
