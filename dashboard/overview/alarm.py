"""The alarm above the numbers: people who were let in although SCIM had deprovisioned them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.lists.empty import Way
from dashboard.overview import sentences
from dashboard.overview.scope import Scope
from dashboard.overview.wording import in_range
from dashboard.page import cells
from logsync.insight.app_names import AppKey, app_names
from logsync.insight.deprovisioning import LoginsAfter, let_in_during
from logsync.models import ScimUpdate
from logsync.words import duration, rfc3339

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class LetIn:
    """A person who was let in: their last login, and how long `after` which update that had deprovisioned them."""

    name: SafeString
    href: str
    app: SafeString
    login_href: str
    at: datetime
    done: str
    provider: SafeString
    update_href: str
    after: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """How many people that is, the newest of them, how many more there are, and where all of them are listed."""

    title: str
    people: list[LetIn]
    more: int
    way: Way


def alarm_of(scope: Scope) -> Alarm | None:
    """The alarm of the range; None if nobody was let in, as far as is known."""
    found = let_in_during(scope.updates(), scope.range.span, MOST_NAMED, scope.range.now)
    if not found.people or not found.newest:
        return None
    names = app_names((one.last.account_id, one.last.app_uid) for one in found.newest)
    people = [_let_in(one, names) for one in found.newest]
    way = Way("See them all", _everyone_href(scope))
    title = sentences.let_in_after_deprovisioning(found.people, in_range(scope.range))
    return Alarm(title, people, found.people - len(people), way)


def _let_in(one: LoginsAfter, names: dict[AppKey, str]) -> LetIn:
    return LetIn(
        name=cells.address(one.person),
        href=reverse("people:person", args=[one.person]),
        app=cells.text(names[one.last.account_id, one.last.app_uid]),
        login_href=resolve_url(one.last),
        at=one.last.created_at,
        done="deleted" if one.update.activity == ScimUpdate.Activity.DELETED else "deactivated",
        provider=cells.text(one.provider),
        update_href=resolve_url(one.update),
        after=duration(one.until_last),
    )


def _everyone_href(scope: Scope) -> str:
    """The page of such logins. Its range is that of the deprovisionings, so it goes back as far as there are any."""
    until = scope.range.until if scope.is_past else None
    if until is None:
        return scope.href("people:deprovisioned", range="all", since=None, until=None)
    return scope.href("people:deprovisioned", range=None, since=None, until=rfc3339(until, "auto"))
