"""How pages write moments and spans of time, on the clock that the viewer has chosen.

Counts, durations and moments in UTC are written by `logsync.words`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from dashboard.page.viewer import Viewer
from logsync.models import AccessRequest
from logsync.spans import Span
from logsync.words import counted, day_words, duration, exact_moment, words_for_action

__all__ = [
    "NO_TIME",
    "UTC_FIRST",
    "access_words",
    "ago",
    "day_words",
    "days_words",
    "did",
    "exact_moment",
    "kept_words",
    "long_span",
    "moment",
    "offsets_beside",
    "recent_moment",
    "short_moment",
    "span_words",
    "time_of_day",
]

UTC_FIRST = Viewer()
# Within so long a time people reckon how long something took from the times alone.
LONGEST_RECKONED = timedelta(days=2)
# In place of a moment, where Cloudflare gave a row none.
NO_TIME = "no time given"


def did(login: AccessRequest) -> str:
    """What the person of a row did, up to the app's name: "was denied at", "logged out of"."""
    if not login.is_login:
        return words_for_action(login.action)
    return {None: "tried to log in at", True: "was allowed at", False: "was denied at"}[login.allowed]


def moment(at: datetime, viewer: Viewer) -> str:
    """A moment on the viewer's first clock, with its year and zone: "19 Nov 2026 14:02 UTC"."""
    return f"{viewer.local(at):%-d %b %Y %H:%M} {viewer.first_word}"


def short_moment(at: datetime, viewer: Viewer = UTC_FIRST) -> str:
    """A moment on the viewer's first clock, where the zone stands beside it: "19 Nov 14:02"."""
    local = viewer.local(at)
    return f"{day_words(local)} {local:%H:%M}"


def recent_moment(at: datetime, now: datetime, viewer: Viewer) -> str:
    """A moment on the viewer's first clock, with its day if that is not today: "14:02 UTC", "18 Nov 14:02 UTC"."""
    local = viewer.local(at)
    day = "" if local.date() == viewer.local(now).date() else f"{day_words(local)} "
    return f"{day}{local:%H:%M} {viewer.first_word}"


def time_of_day(at: datetime, viewer: Viewer) -> str:
    """A time of today on the viewer's first clock: "14:06:12 UTC"."""
    return f"{viewer.local(at):%H:%M:%S} {viewer.first_word}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago: "100 min ago"."""
    return f"{duration(now - at)} ago"


def span_words(span: Span, viewer: Viewer = UTC_FIRST) -> str:
    """A span on the viewer's first clock, as short as it can be: "13 Nov 21:15 to 22:40"."""
    since, until = viewer.local(span.since), viewer.local(span.until)
    seconds = ":%S" if span.length < timedelta(minutes=1) else ""
    day = "" if since.date() == until.date() else f"{day_words(until)} "
    began, ended = offsets_beside(since, until)
    return f"{day_words(since)} {since:%H:%M{seconds}}{began} to {day}{until:%H:%M{seconds}}{ended}"


def offsets_beside(since: datetime, until: datetime) -> tuple[str, str]:
    """What to write behind two times between which the clocks are changed: " (UTC+2)" and " (UTC+1)".

    Blank if they are not changed, and where the times are so far apart that nobody reckons from one to the other.
    """
    first, last = since.utcoffset(), until.utcoffset()
    if first == last or abs(until - since) > LONGEST_RECKONED:
        return "", ""
    return f" ({_offset_word(first)})", f" ({_offset_word(last)})"


def _offset_word(offset: timedelta | None) -> str:
    """An offset from UTC: "UTC+2", "UTC-3:30"."""
    minutes = (offset or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def kept_words(kept: timedelta, *, is_proven: bool) -> str:
    """How long Cloudflare keeps a log that it was asked for older time of in vain; `is_proven` if by its oldest row."""
    if is_proven:
        return f"Cloudflare keeps this log for at least {duration(kept)}, as its oldest row shows."
    return f"Cloudflare sent no older rows of this log, and {duration(kept)} is the shortest time that it documents."


def long_span(span: Span, viewer: Viewer = UTC_FIRST) -> str:
    """A span of any year on the viewer's first clock: "13 Nov 2026 21:15 to 14 Nov 2026 22:40 UTC"."""
    since, until = viewer.local(span.since), viewer.local(span.until)
    return f"{since:%-d %b %Y %H:%M} to {until:%-d %b %Y %H:%M} {viewer.first_word}"


def days_words(span: Span, zone: tzinfo) -> str:
    """A span of whole days of a zone: "18 Nov 2026", "18 to 20 Nov 2026"; blank if it is not of whole days."""
    since, until = (at.astimezone(zone) for at in span)
    if since.time() != time.min or until.time() != time.min:
        return ""
    first, last = since.date(), until.date() - timedelta(days=1)
    if first == last:
        return f"{first:%-d %b %Y}"
    if first.year != last.year:
        return f"{first:%-d %b %Y} to {last:%-d %b %Y}"
    return f"{first:{'%-d' if first.month == last.month else '%-d %b'}} to {last:%-d %b %Y}"


def access_words(locked_out: int, never_had_access: int, pairs: str = "") -> str:
    """What became of the denied who can't get in, now: "6 people locked out now, 2 never had access".

    `pairs` says how many pairs of a person and an app the locked-out people are, blank if that is the same number.
    """
    beside = f" ({pairs})" if pairs else ""
    words = f"{counted(locked_out, 'person', 'people') if locked_out else 'nobody'} locked out now{beside}"
    return f"{words}, {never_had_access:,} never had access" if never_had_access else words
