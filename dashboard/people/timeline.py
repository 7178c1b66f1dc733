"""A person's logins and SCIM updates in one list, page by page, with the gaps between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString

from dashboard.lists.paging import count_up_to_cap
from dashboard.page.viewer import Viewer
from dashboard.people.filters import RESULTS, PersonFilter
from logsync.insight.app_names import name_in
from logsync.insight.connection_names import connection_names
from logsync.insight.identity.person import Person
from logsync.insight.update_descriptions import describe_all_briefly
from logsync.models import AccessRequest, IdentityProvider, ScimUpdate
from logsync.models.directory import UNNAMED_PROVIDER
from logsync.spans import Span
from logsync.words import counted

PAGE_SIZE = 100
# A run at several apps is shown as one entry from this many rows on; at one app, two are enough.
FEWEST_FOLDED = 3
MOST_APPS_NAMED = 3
MISPLACED = "This address of a part of the timeline was cut, or the row that it names is gone; here is the newest part."

Event: TypeAlias = AccessRequest | ScimUpdate


@dataclass(frozen=True, slots=True)
class Hole:
    """Unknown time of a log; `words` say why it is unknown."""

    span: Span
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Run:
    """Logins in a row with the same result and from the same place, newest first: "Allowed 12 times, 08:10 to 11:40".

    Denied ones are all at one app. `apps` are the names of the first few, `more_apps` counts the others. `times` says
    how many attempts they are; `minutes` from when to when, blank if all are of one minute or without a time.
    """

    rows: tuple[AccessRequest, ...]
    apps: tuple[str, ...]
    more_apps: int
    times: str
    minutes: str

    @property
    def keys(self) -> list[str]:
        return [row.key.hex for row in self.rows]


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """Something of the policies that changed: its kind and name, its page, the apps that it touches, and who did it."""

    kind: str
    name: str
    href: str
    apps: tuple[str, ...]
    who: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the timeline: a login, with those folded into it, a SCIM update, unknown time, or a policy's change.

    Both events have the name of their `provider`, and an update has its `words`. `run` describes a login together with
    those folded into it. An allowed login doesn't show its place if it came from the same place as the login above it.
    """

    at: datetime
    login: AccessRequest | None = None
    update: ScimUpdate | None = None
    hole: Hole | None = None
    change: ChangeEntry | None = None
    folded: tuple[AccessRequest, ...] = ()
    run: Run | None = None
    words: str = ""
    provider: str = ""
    shows_place: bool = True

    @property
    def key(self) -> str:
        event = self.login or self.update
        return event.key.hex if event else ""


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day by the viewer's first clock, newest first."""

    day: date
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of the timeline with `shown` rows. `older` is the place where the next page starts, "" if none."""

    days: list[Day]
    shown: int
    older: str = ""
    is_first: bool = True
    problem: str = ""


# Which rows


def login_rows(person: Person, filterset: PersonFilter, result: str | None = None) -> QuerySet[AccessRequest]:
    """The logins in the range that match the filters; a `result` stands in for the filter on it, "" for any result."""
    rows: Any = filterset.narrowed(person.logins(), "app_uid")
    rows = filterset.narrowed(rows, "allowed") if result is None else rows.filter(RESULTS.get(result, Q()))
    inside: QuerySet[AccessRequest] = rows.between(*filterset.range.span)
    return inside


def other_rows(person: Person, filterset: PersonFilter) -> QuerySet[AccessRequest]:
    """Log-outs and other rows of the login log in the range, under a filter on the app; they have no result."""
    rows: Any = filterset.narrowed(person.other_events(), "app_uid")
    inside: QuerySet[AccessRequest] = rows.between(*filterset.range.span)
    return inside


def update_rows(person: Person, filterset: PersonFilter) -> list[QuerySet[ScimUpdate]]:
    """The SCIM updates in the range: one queryset for each way to find them, which may share rows."""
    if "app_uid" in filterset.in_force:
        return []
    ways: Sequence[Any] = person.all_updates()
    return [rows.between(*filterset.range.span) for rows in ways]


def count_updates(ways: Sequence[QuerySet[ScimUpdate]]) -> int:
    """Count the distinct updates, up to the cap of every list."""
    if not ways:
        return 0
    first, *others = (rows.values("pk") for rows in ways)
    return count_up_to_cap(first.union(*others, all=False)) if others else count_up_to_cap(first)


# A page of them


def read_timeline(
    logins: Sequence[QuerySet[AccessRequest]],
    updates: Sequence[QuerySet[ScimUpdate]],
    holes: Iterable[Hole],
    viewer: Viewer,
    place: str = "",
    size: int = PAGE_SIZE,
) -> Timeline:
    """The newest entries, or those older than `place`. On a tie logins come first, then the row stored last."""
    start = event_at(place)
    if place and start is None:
        return replace(read_timeline(logins, updates, holes, viewer, size=size), problem=MISPLACED)
    events = newest_events(logins, updates, start, size + 1)
    page, more = events[:size], len(events) > size
    until = at_of(start) if start else None
    since = at_of(page[-1]) if more else None
    holes = list(holes)
    entries = list(_brief(_described(_folded(page, holes, viewer))))
    entries += [Entry(hole.span.since, hole=hole) for hole in holes if _is_between(hole, since, until)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return Timeline(
        days=_days(entries, viewer),
        shown=len(page),
        older=place_of(page[-1]) if more else "",
        is_first=start is None,
    )


def with_further(timeline: Timeline, entries: Iterable[Entry], viewer: Viewer) -> Timeline:
    """The timeline with further entries, each in its place."""
    further = list(entries)
    if not further:
        return timeline
    both = sorted([*(entry for day in timeline.days for entry in day.entries), *further], key=_newest_first)
    return replace(timeline, days=_days(both, viewer))


def _newest_first(entry: Entry) -> float:
    return -entry.at.timestamp()


def newest_events(
    logins: Sequence[QuerySet[AccessRequest]], updates: Sequence[QuerySet[ScimUpdate]], start: Event | None, most: int
) -> list[Event]:
    """The newest events, or those older than an event: each once, in the order of the timeline."""
    found: list[Event] = []
    for rows in logins:
        found += _older(rows, "created_at", start)[:most]
    for way in updates:
        found += _older(way, "logged_at", start)[:most]
    in_order = sorted({_rank(event): event for event in found}.items(), reverse=True)
    return [event for _, event in in_order[:most]]


def at_of(event: Event) -> datetime:
    """When an event happened."""
    return event.created_at if isinstance(event, AccessRequest) else event.logged_at


def _rank(event: Event) -> tuple[datetime, bool, int]:
    return at_of(event), isinstance(event, AccessRequest), event.pk


def _older(rows: Any, time: str, start: Event | None) -> Any:
    """The rows below an event in the timeline, newest first."""
    if start is not None:
        at = at_of(start)
        older = Q(**{f"{time}__lt": at})
        if (rows.model is AccessRequest) == isinstance(start, AccessRequest):
            older |= Q(**{time: at, "pk__lt": start.pk})
        elif rows.model is ScimUpdate:
            older |= Q(**{time: at})
        rows = rows.filter(older)
    return rows.select_related("account").order_by(f"-{time}", "-pk")


def place_of(event: Event) -> str:
    """An event's place in an address."""
    return f"{'login' if isinstance(event, AccessRequest) else 'scim'}.{event.pk}"


def event_at(place: str) -> Event | None:
    """The event at a place; None if there is none."""
    match = re.fullmatch(r"(login|scim)\.([0-9]{1,18})", place)
    if match is None:
        return None
    pk = int(match[2])
    if match[1] == "login":
        return AccessRequest.objects.filter(pk=pk).first()
    return ScimUpdate.objects.filter(pk=pk).first()


# Which rows share an entry


def _folded(events: Sequence[Event], holes: Sequence[Hole], viewer: Viewer) -> Iterator[Entry]:
    """An entry for each event; logins in a row that are alike share one, unless a day or unknown time parts them."""
    group: list[AccessRequest] = []
    for event in events:
        if isinstance(event, AccessRequest):
            if group and _are_alike(group[-1], event) and not _are_parted(group[-1], event, holes, viewer):
                group.append(event)
                continue
            yield from _login_entries(group, viewer)
            group = [event]
        else:
            yield from _login_entries(group, viewer)
            group = []
            yield Entry(event.logged_at, update=event)
    yield from _login_entries(group, viewer)


def _described(entries: Iterable[Entry]) -> list[Entry]:
    """Add what each update says and who sent it, and which provider each login came through."""
    entries = list(entries)
    words = describe_all_briefly([entry.update for entry in entries if entry.update])
    providers, connections = IdentityProvider.objects.names(), connection_names()

    def with_words(entry: Entry, update: ScimUpdate) -> Entry:
        provider = providers.get((update.account_id, update.idp_id), update.idp_id) or UNNAMED_PROVIDER.capitalize()
        return replace(entry, words=words[update.pk], provider=provider)

    def described(entry: Entry) -> Entry:
        if entry.login:
            return replace(entry, provider=connections.name(entry.login.connection, entry.login.account_id))
        return with_words(entry, entry.update) if entry.update else entry

    return [described(entry) for entry in entries]


def _login_entries(group: Sequence[AccessRequest], viewer: Viewer) -> Iterator[Entry]:
    apps = {(row.app_uid, row.app_name) for row in group}
    if len(group) < (2 if len(apps) == 1 else FEWEST_FOLDED):
        yield from (Entry(row.created_at, login=row) for row in group)
    else:
        yield Entry(group[0].created_at, login=group[0], folded=tuple(group[1:]), run=_run(group, viewer))


def _run(rows: Sequence[AccessRequest], viewer: Viewer) -> Run:
    names = list(dict.fromkeys(name_in(row) for row in rows))
    attempts = {(row.app_uid, row.created_at.replace(microsecond=0)) for row in rows}
    times = "once" if len(attempts) == 1 else f"{len(attempts):,} times"
    if len(attempts) != len(rows):
        times += f" ({counted(len(rows), 'row')})"
    since, until = (f"{viewer.local_or_utc(row.created_at):%H:%M}" for row in (rows[-1], rows[0]))
    return Run(
        rows=tuple(rows),
        apps=tuple(names[:MOST_APPS_NAMED]),
        more_apps=max(len(names) - MOST_APPS_NAMED, 0),
        times=times,
        minutes="" if rows[0].lacks_time or since == until else f"{since} to {until}",
    )


def _are_alike(newer: AccessRequest, older: AccessRequest) -> bool:
    """Whether two logins differ in nothing but time, or, if both were allowed, in their app."""
    action = "is_login" if newer.is_login else "action"
    names = ["account_id", "person", "lacks_time", "connection", "ip_address", "country", action, "allowed"]
    if not (newer.is_login and newer.allowed):
        names += ["app_uid", "app_name"]
    return all(getattr(newer, name) == getattr(older, name) for name in names)


def _are_parted(newer: AccessRequest, older: AccessRequest, holes: Iterable[Hole], viewer: Viewer) -> bool:
    since, until = older.created_at, newer.created_at
    if viewer.local_or_utc(since).date() != viewer.local_or_utc(until).date():
        return True
    return any(hole.span.since <= until and since <= hole.span.until for hole in holes)


def _brief(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Hide the place of an allowed login if the login above it came from the same place."""
    above: tuple[str, ...] = ()
    for entry in entries:
        if entry.login is None:
            yield entry
            continue
        place = (entry.login.person, entry.login.ip_address, entry.login.country)
        yield replace(entry, shows_place=entry.login.allowed is not True or place != above)
        above = place


def _is_between(hole: Hole, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or hole.span.since >= since) and (until is None or hole.span.since < until)


def _days(entries: Iterable[Entry], viewer: Viewer) -> list[Day]:
    days: list[Day] = []
    for entry in entries:
        day = viewer.local_or_utc(entry.at).date()
        if not days or days[-1].day != day:
            days.append(Day(day))
        days[-1].entries.append(entry)
    return days
