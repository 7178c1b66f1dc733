"""The failed logins that Cloudflare lists for a person, held against the rows that are here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from logsync.cloudflare.records import Instant
from logsync.coverage import Coverage
from logsync.spans import Span

# Two notes of one login may differ so much in time.
SAME_TIME = timedelta(seconds=2)
# A Ray ID is often written with the code of a data centre: 6ad96d0a4873697b-FRA.
_DATA_CENTRE = re.compile(r"-[A-Za-z]{3}$")


@dataclass(frozen=True, slots=True)
class FailedLogin:
    """A failed login as Cloudflare lists it; what it does not say is blank or None."""

    ray_id: str
    at: datetime | None
    app_name: str
    aud: str


@dataclass(frozen=True, slots=True)
class KeptLogin:
    """A row of the login log that is here. `auds` are the tags by which Cloudflare knows its application."""

    key: str
    ray_id: str
    at: datetime | None
    app_name: str
    auds: frozenset[str]


class Outcome(StrEnum):
    """Whether a failed login is here, and what its absence means."""

    FOUND = "found"
    # No row, in time that is read and settled: Gatehouse's copy lacks it.
    MISSING = "missing"
    # No row, in time of which rows may still come.
    MAY_COME = "may_come"
    # No row, in time that isn't read.
    NOT_READ = "not_read"
    # Too little is said of it to look for it.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Matched:
    """A failed login and what is here of it. `key` is that of its row, `reason` why its time isn't read; else blank."""

    login: FailedLogin
    outcome: Outcome
    key: str = ""
    reason: str = ""


def failed_logins_of(content: object) -> list[FailedLogin]:
    """The failed logins of an answer, as they came; what is no object is left out."""
    found = []
    for item in content if isinstance(content, list) else ():
        if isinstance(item, dict):
            metadata = item.get("metadata")
            fields = metadata if isinstance(metadata, dict) else {}
            instant = Instant.parse(fields.get("datetime"))
            found.append(
                FailedLogin(
                    ray_id=ray_of(_text(fields, "ray_id")),
                    at=instant.time if instant else None,
                    app_name=_text(fields, "app_name"),
                    aud=_text(fields, "aud"),
                )
            )
    return found


def ray_of(text: str) -> str:
    """A Ray ID as rows have it."""
    return _DATA_CENTRE.sub("", text).lower()


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def match(logins: Iterable[FailedLogin], rows: Iterable[KeptLogin], coverage: Coverage) -> list[Matched]:
    """What is here of each of these failed logins, in their order.

    A Ray ID decides where Cloudflare gives one. Else a row of the same application within SAME_TIME does, and each such
    row counts once. `coverage` is that of the login log in their account.
    """
    kept = list(rows)
    by_ray = {row.ray_id: row.key for row in kept if row.ray_id}
    free = sorted((row for row in kept if row.at), key=lambda row: (row.at, row.key))
    return [_matched(login, by_ray, free, coverage) for login in logins]


def _matched(login: FailedLogin, by_ray: dict[str, str], free: list[KeptLogin], coverage: Coverage) -> Matched:
    if login.ray_id in by_ray:
        return Matched(login, Outcome.FOUND, by_ray[login.ray_id])
    if login.at is None:
        # Its Ray ID is in no row; where its row would be can't be told.
        return Matched(login, Outcome.UNKNOWN)
    if not login.ray_id and (row := next(_alike(login, free), None)):
        free.remove(row)
        return Matched(login, Outcome.FOUND, row.key)
    return _absent(login, login.at, coverage)


def _alike(login: FailedLogin, rows: Sequence[KeptLogin]) -> Iterator[KeptLogin]:
    for row in rows:
        is_near = row.at and login.at and abs(row.at - login.at) <= SAME_TIME
        if is_near and (login.aud in row.auds if login.aud else not login.app_name or login.app_name == row.app_name):
            yield row


def _absent(login: FailedLogin, at: datetime, coverage: Coverage) -> Matched:
    moment = Span(at, at + timedelta.resolution)
    if _is_in(moment, coverage.settled):
        return Matched(login, Outcome.MISSING)
    if _is_in(moment, [*coverage.provisional, *coverage.late]):
        return Matched(login, Outcome.MAY_COME)
    return Matched(login, Outcome.NOT_READ, reason=next(iter(coverage.reasons_for(moment)), "waiting"))


def _is_in(moment: Span, spans: Iterable[Span]) -> bool:
    return any(span.since <= moment.since < span.until for span in spans)
