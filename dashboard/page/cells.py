"""The HTML of single values. Log text is hostile: it is escaped, and cannot turn the text around it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.page.viewer import Viewer
from dashboard.page.wording import day_words
from logsync.health import State
from logsync.models import AccessRequest
from logsync.words import action_name, counted, rfc3339

# A text with more characters is cut on pages.
LONGEST_TEXT = 5_000
# A longer address is refused.
LONGEST_HREF = 8_000

EMPTY = mark_safe('<span class="dim" aria-label="empty">–</span>')


@cache
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; screen readers skip it without a label. Neither argument is ever log text."""
    aria = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', aria, static("icons.svg"), name)


def text(value: str) -> SafeString:
    """Log text, escaped and isolated, so that right-to-left marks in it move nothing around it."""
    return format_html("<bdi>{}</bdi>", beginning(value)) if value else EMPTY


def beginning(value: str, most: int = LONGEST_TEXT) -> str:
    """As much of a text as a page can show; the exports have all of it."""
    if len(value) <= most:
        return value
    return f"{value[:most]}… (the first {most:,} of {len(value):,} characters)"


def narrowing(value: str, href: str, what: SafeString | str = "") -> SafeString:
    """A value that filters the list by itself when clicked, if an address can hold it."""
    if not value:
        return EMPTY
    if len(href) > LONGEST_HREF:
        return format_html("{}", what or text(value))
    return format_html('<a class="gh-plain" href="{}" title="Show only this">{}</a>', href, what or text(value))


def identifier(value: str, what: str) -> SafeString:
    """An id in fixed-width letters with a copy button."""
    if not value:
        return EMPTY
    shown = format_html('<bdi class="gh-id">{}</bdi>', beginning(value))
    # Nobody pastes what is longer; the exports have it.
    return format_html("{}{}", shown, copy_button(value, what)) if len(value) <= LONGEST_TEXT else shown


def copy_button(value: str, what: str) -> SafeString:
    """A button that copies `value`; `what` names it."""
    return format_html(
        '<button class="gh-icon-btn gh-copy" type="button" data-copy="{}" aria-label="Copy {}">{}</button>',
        value,
        what,
        icon("copy"),
    )


def opener(label: str, href: str, fetched: str, *, is_open: bool) -> SafeString:
    """A button that opens or closes its row. It fetches `fetched` into the place that the table's body names."""
    return format_html(
        '<a class="gh-icon-btn" href="{}" hx-get="{}" aria-expanded="{}" aria-label="{}">{}</a>',
        href,
        fetched,
        "true" if is_open else "false",
        label,
        icon("chevron-right"),
    )


def address(value: str) -> SafeString:
    """An e-mail address, its domain in grey."""
    name, at, domain = value.rpartition("@")
    if not at or len(value) > LONGEST_TEXT:
        return text(value)
    return format_html('<bdi>{}<span class="dim">@{}</span></bdi>', name, domain)


def person(value: str) -> SafeString:
    """An e-mail address that opens the page of its person."""
    if not value:
        return EMPTY
    href = reverse("people:person", args=[value])
    if len(href) > LONGEST_HREF:
        return address(value)
    return format_html('<a class="gh-plain" href="{}" title="Open this person">{}</a>', href, address(value))


def badge(word: SafeString | str, icon_name: str, kind: str = "") -> SafeString:
    """A state as icon, word and colour. `kind` is bad, good, warn or blank."""
    return format_html('<span class="gh-badge {}">{}{}</span>', kind, icon(icon_name), word)


def clock(moment: datetime, viewer: Viewer, *, with_day: bool = False, seconds: bool = True) -> SafeString:
    """A time of day on both clocks, the chosen one first, with the exact moment in the title."""
    local, time = viewer.local(moment), "%H:%M:%S" if seconds else "%H:%M"
    shown = f"{day_words(local)} {local:{time}}" if with_day else f"{local:{time}}"
    exact = rfc3339(moment)
    beside = _beside(moment, viewer.second)
    return format_html('<time datetime="{}" title="{}">{}</time>{}', exact, exact, shown, beside)


def _beside(moment: datetime, zone: ZoneInfo | None) -> SafeString | str:
    if zone is None:
        return ""
    return format_html(' <span class="gh-local small">{}</span>', f"{moment.astimezone(zone):%H:%M}")


def allowed(value: bool | None) -> SafeString:
    """The result of a login."""
    if value is None:
        return badge("No result recorded", "circle-dashed")
    return badge("Allowed", "circle-check", "good") if value else badge("Denied", "ban", "bad")


def result(login: AccessRequest) -> SafeString:
    """What became of a login; of another action its name, as it is neither allowed nor denied."""
    return allowed(login.allowed) if login.is_login else badge(text(action_name(login.action)), "circle-dot")


def attempts(number: int, rows: int, href: str, after: SafeString | str = "") -> SafeString:
    """A number of attempts, and of their rows if these are more; what equals the list at `href` is linked to it.

    `after` follows the number of attempts.
    """
    shown = format_html("{}{}", f"{number:,}", after)
    if number == rows:
        return format_html('<a href="{}">{}</a>', href, shown) if href and rows else shown
    words = counted(rows, "row")
    beside = format_html('<a href="{}">{}</a>', href, words) if href else words
    return format_html('{} <span class="dim nowrap">({})</span>', shown, beside)


def check(state: State) -> SafeString:
    """What a check of the doctor found."""
    words = {
        State.GOOD: ("OK", "circle-check", "good"),
        State.NEW: ("New", "alert-triangle", "warn"),
        State.WARN: ("Warning", "alert-triangle", "warn"),
        State.BAD: ("Problem", "cloud-x", "bad"),
    }
    return badge(*words[state])


def scim_status(value: str, failed: bool) -> SafeString:
    """The result of a SCIM request; an unusual word is shown as it is."""
    if failed:
        word = "Failure" if value == "FAILURE" else beginning(value).capitalize()
        return badge(word, "exclamation-circle", "bad")
    if value == "SUCCESS":
        return badge("Success", "circle-check", "good")
    return badge(text(value) if value else "No result recorded", "circle-dashed")


def resource_type(value: str) -> SafeString:
    """USER or GROUP with its icon; other words as they are."""
    if not value:
        return EMPTY
    names = {"USER": "user", "GROUP": "users"}
    shown = icon(names[value]) if value in names else ""
    return format_html('<span class="gh-badge fw-normal">{}{}</span>', shown, text(value))


def method(value: str) -> SafeString:
    """An HTTP method."""
    return format_html('<bdi class="gh-method">{}</bdi>', beginning(value)) if value else EMPTY
