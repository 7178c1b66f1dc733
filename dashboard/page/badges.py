"""Badges and texts that pages of several rooms show: states of SCIM problems and of streams, and error templates."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.page import cells
from logsync.health.stream_state import StreamState
from logsync.insight.problem_queries import UNNAMED
from logsync.scim.history.problem_lifecycle import State
from logsync.words import counted

# A word, an icon and a kind for each state of a problem.
PROBLEM_BADGES: dict[str, tuple[str, str, str]] = {
    State.REGRESSED: ("Regressed", "repeat", "warn"),
    State.OPEN: ("Open", "circle-dot", "bad"),
    State.PERHAPS_HEALED: ("Healed?", "circle-check", ""),
    State.HEALED: ("Healed", "circle-check", "good"),
    State.MOVED: ("Moved", "arrow-right", ""),
    State.DELETED: ("Deleted", "square-rounded-x", ""),
    UNNAMED: ("Unnamed", "circle-dashed", ""),
}
# What an error template has in place of text that differs from row to row; tags of the error itself are not.
PLACEHOLDER = re.compile(r"<(value|email|id|n|ip|url|time|json)>")


# A problem that someone chose to ignore, whatever its state: nothing to worry about.
IGNORED_BADGE = ("Ignored", "filter-off", "")


def problem_badge(state: str, *, is_ignored: bool = False) -> SafeString:
    """The state of a problem."""
    return cells.badge(*(IGNORED_BADGE if is_ignored else PROBLEM_BADGES.get(state, (state, "circle-dashed", ""))))


def problem_word(state: str) -> str:
    """The state of a problem in a word."""
    return PROBLEM_BADGES.get(state, (state, "", ""))[0]


def resource_badge(state: str, *, has_succeeded_otherwise: bool) -> SafeString:
    """The state of one resource of a problem; it only keeps failing if nothing for it has succeeded since."""
    if state == State.OPEN and not has_succeeded_otherwise:
        return cells.badge("Still failing", "circle-dot", "bad")
    return problem_badge(state)


# What became of somebody who was denied: shown wherever people and apps meet.


def locked_out_badge(words: SafeString | str = "Locked out") -> SafeString:
    """They had access and lost it: their last login was denied, and an earlier one succeeded."""
    return cells.badge(words, "lock", "bad")


def never_had_access_badge(words: SafeString | str = "Never had access") -> SafeString:
    """They were only ever denied: no success is on record. It may well be as it should be, so it has no colour."""
    return cells.badge(words, "lock")


def got_in_badge(words: SafeString | str = "Got in since") -> SafeString:
    """They were denied, and a later login succeeded."""
    return cells.badge(words, "lock-open", "good")


def template_text(template: str) -> SafeString:
    """An error template with its placeholders in grey, each in quotation marks."""
    pieces = PLACEHOLDER.split(template)
    shown = format_html_join(
        "",
        "{}",
        [
            (format_html('<span class="gh-hole">‹{}›</span>', piece) if place % 2 else piece,)
            for place, piece in enumerate(pieces)
        ],
    )
    return format_html("<bdi>{}</bdi>", shown)


def state_badge(record: StreamState) -> SafeString:
    """What a stream is doing."""
    stream = record.stream
    if not stream.is_active:
        return cells.badge("No longer read", "archive")
    if stream.error:
        return cells.badge("Refused" if stream.needs_person else "Failing", "cloud-x", "bad")
    if stream.succeeded_at is None:
        return cells.badge("Never read", "circle-dashed")
    if record.failed:
        return cells.badge(counted(len(record.failed), "hole"), "alert-triangle", "warn")
    if record.is_behind:
        return cells.badge("Backfilling", "history")
    return cells.badge("Up to date", "circle-check", "good")
