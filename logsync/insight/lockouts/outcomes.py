"""Who was denied at an application and has not got in since, and who has: as of now, whatever the range.

A person is an address in lower case, an application an account's `app_uid`. Filters choose the denials; a success ends
the matter whatever it looks like, and also if it came after the range. At equal times the denial counts as the later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import TruncSecond

from logsync.insight.lockouts.pairs import PAIR, AppKey, Pair, Pairs, ScannedDenials, StoredDenials
from logsync.models import AccessRequest, PersonAtApp

# Of a pair that was denied: at equal times the denial counts as the later.
HAS_GOT_IN = Q(allowed_at__isnull=False, allowed_at__gt=F("denied_at"))
# How many pairs are asked about at once: a query may not grow without end.
CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedOut:
    """A person, and an application whose last login of theirs was denied.

    The denials are those since `last_allowed`, the last success there on record, None if none is. `tries` counts them
    by distinct seconds, `rows` by rows. `app_name`, `user_email` and `connection` are as in the newest denial.
    """

    account_id: int
    app_uid: str
    app_name: str
    person: str
    user_email: str
    connection: str
    tries: int
    rows: int
    first_denied: datetime
    last_denied: datetime
    last_allowed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GotIn(LockedOut):
    """A person who was denied at an application and then allowed, first at `allowed_at`; the denials are those before,
    back to the success before them."""

    allowed_at: datetime


Found = TypeVar("Found", bound=LockedOut)


def still_locked_out(
    logins_outside_range: QuerySet[AccessRequest],
    since: datetime | None,
    until: datetime | None,
    *,
    most: int | None = None,
) -> list[LockedOut]:
    """People and applications denied in since <= t < until with no success since, newest denial first.

    `logins_outside_range` are logins of any time, under the filters that choose denials; an end that is None is open.
    """
    return Outcomes(logins_outside_range, since, until).still_locked_out(most=most)


def count_locked_out(
    logins_outside_range: QuerySet[AccessRequest], since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    """How many people are still locked out of anything, and how many times: once for each application."""
    out = Outcomes(logins_outside_range, since, until).locked_out
    return out.people, len(out)


class Outcomes:
    """What became of everybody who was denied in a range, application by application.

    With `as_of` no success from then on counts: who was locked out at that moment, and who had got in.
    """

    def __init__(
        self,
        logins: QuerySet[AccessRequest],
        since: datetime | None,
        until: datetime | None,
        *,
        as_of: datetime | None = None,
    ) -> None:
        self.since = since
        self.as_of = as_of
        # Then the newest times that are kept of everybody at every application answer, and no login is read.
        self._is_of_all_since = until is None and as_of is None and not logins.query.where
        ours: Any = logins
        self._denied = ours.logins_of_people().between(since, until).filter(allowed=False).order_by()

    @cached_property
    def denied(self) -> Pairs:
        """Everybody who was denied in the range."""
        return StoredDenials(_at_apps(self.since)) if self._is_of_all_since else ScannedDenials(self._last_denied)

    @cached_property
    def locked_out(self) -> Pairs:
        """Who has had no success since."""
        if self._is_of_all_since:
            return StoredDenials(_at_apps(self.since).exclude(HAS_GOT_IN))
        return ScannedDenials({pair: at for pair, at in self._last_denied.items() if not self._has_got_in(pair)})

    @cached_property
    def got_in(self) -> Pairs:
        """Who has got in since."""
        if self._is_of_all_since:
            return StoredDenials(_at_apps(self.since).filter(HAS_GOT_IN))
        return ScannedDenials({pair: at for pair, at in self._last_denied.items() if self._has_got_in(pair)})

    @cached_property
    def people_denied(self) -> int:
        """How many people were denied in the range, each once however many applications they tried."""
        if self._is_of_all_since:
            return self.denied.people
        return int(self._denied.aggregate(people=Count("person", distinct=True))["people"])

    @cached_property
    def _last_denied(self) -> dict[Pair, datetime]:
        """The last denial of each in the range."""
        return _by_pair(self._denied)

    @cached_property
    def _last_allowed(self) -> dict[Pair, datetime]:
        """The last success of each who was denied, from the range's beginning to now, or to `as_of`."""
        denied_since = _at_apps(self.since)
        if self.as_of is None:
            newest = denied_since.exclude(allowed_at=None).values_list(*PAIR, "allowed_at")
            return {row[:3]: row[3] for row in newest}
        theirs = denied_since.filter(**{name: OuterRef(name) for name in PAIR})
        return _by_pair(_successes().between(self.since, self.as_of).filter(Exists(theirs)))

    def _has_got_in(self, pair: Pair) -> bool:
        return pair in self._last_allowed and self._last_allowed[pair] > self._last_denied[pair]

    def still_locked_out(self, *, app: AppKey | None = None, most: int | None = None) -> list[LockedOut]:
        """Who is still locked out, of anything or of one application; the newest denial first, at most so many."""
        found: list[LockedOut] = []
        for chunk in _chunks(_of(self.locked_out, app).newest(most)):
            before, _ = _successes_around(dict(chunk))
            since = {pair: _since(pair, before.get(pair)) for pair, _ in chunk}
            found += [LockedOut(**values) for values in _runs(since, before)]
        return _newest_first(found)

    def then_allowed(self, *, app: AppKey | None = None, most: int | None = None) -> list[GotIn]:
        """Who was denied and got in since, anywhere or at one application; the newest first, at most so many."""
        found: list[GotIn] = []
        for chunk in _chunks(_of(self.got_in, app).newest(most)):
            before, after = _successes_around(dict(chunk))
            run = {pair: _since(pair, before.get(pair)) & Q(created_at__lte=at) for pair, at in chunk}
            # Whose success was deleted for its age this moment is told no more.
            runs = ((_pair_of(values), values) for values in _runs(run, before))
            found += [GotIn(**values, allowed_at=after[pair]) for pair, values in runs if pair in after]
        return _newest_first(found)


def _of(pairs: Pairs, app: AppKey | None) -> Pairs:
    return pairs if app is None else pairs.at(app)


def _newest_first(found: list[Found]) -> list[Found]:
    """Ties stand by code point, which databases may order otherwise."""
    found = sorted(found, key=lambda one: (one.account_id, one.app_uid, one.person))
    return sorted(found, key=lambda one: one.last_denied, reverse=True)


def _chunks(pairs: list[tuple[Pair, datetime]]) -> Iterator[list[tuple[Pair, datetime]]]:
    return (pairs[start : start + CHUNK] for start in range(0, len(pairs), CHUNK))


def _successes() -> Any:
    return AccessRequest.objects.filter(allowed=True).logins_of_people().order_by()


def _is(pair: Pair) -> Q:
    return Q(**dict(zip(PAIR, pair, strict=True)))


def _since(pair: Pair, moment: datetime | None) -> Q:
    return _is(pair) & (Q(created_at__gte=moment) if moment else Q())


def _any_of(conditions: Sequence[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def _successes_around(denied_at: dict[Pair, datetime]) -> tuple[dict[Pair, datetime], dict[Pair, datetime]]:
    """The last success of each up to their denial, and the first after it, where there is one on record."""
    denial = Case(*(When(_is(pair), then=Value(at)) for pair, at in denied_at.items()), output_field=DateTimeField())
    theirs = _successes().filter(**{name: OuterRef(name) for name in PAIR}).values("created_at")
    last = theirs.filter(created_at__lte=OuterRef("denial")).order_by("-created_at")[:1]
    first = theirs.filter(created_at__gt=OuterRef("denial")).order_by("created_at")[:1]
    pairs = PersonAtApp.objects.filter(_any_of([_is(pair) for pair in denied_at])).order_by().annotate(denial=denial)
    # Of each pair one row is looked up in the index, however many logins there are.
    rows = list(pairs.values_list(*PAIR, Subquery(last), Subquery(first)))
    return {row[:3]: row[3] for row in rows if row[3]}, {row[:3]: row[4] for row in rows if row[4]}


def _runs(conditions: dict[Pair, Q], before: dict[Pair, datetime]) -> list[dict[str, Any]]:
    """The denials of each pair under its condition, added up, with the words of the newest."""
    denied = AccessRequest.objects.denied().logins_of_people().order_by()
    sums = denied.filter(_any_of(list(conditions.values()))).values_list(*PAIR)
    sums = sums.annotate(
        rows=Count("id"),
        tries=Count(TruncSecond("created_at"), distinct=True),
        first_denied=Min("created_at"),
        last_denied=Max("created_at"),
    )
    names = ("rows", "tries", "first_denied", "last_denied")
    runs = {row[:3]: dict(zip(names, row[3:], strict=True)) for row in sums}
    words = _words({pair: run["last_denied"] for pair, run in runs.items()})
    return [
        {"account_id": pair[0], "app_uid": pair[1], "person": pair[2], "last_allowed": before.get(pair)}
        | run
        | words[pair]
        for pair, run in runs.items()
    ]


def _words(newest: dict[Pair, datetime]) -> dict[Pair, dict[str, str]]:
    """How the newest denial of each calls the application, the person and the connection."""
    exactly = _any_of([_is(pair) & Q(created_at=at) for pair, at in newest.items()])
    names = ("app_name", "user_email", "connection")
    rows = AccessRequest.objects.denied().logins_of_people().filter(exactly).order_by("id")
    return {row[:3]: dict(zip(names, row[3:], strict=True)) for row in rows.values_list(*PAIR, *names)}


def _at_apps(since: datetime | None) -> QuerySet[PersonAtApp]:
    """Everybody at every application who was denied there, and not last before `since`."""
    denied = PersonAtApp.objects.exclude(denied_at=None).order_by()
    return denied.filter(denied_at__gte=since) if since else denied


def _by_pair(rows: Any) -> dict[Pair, datetime]:
    """The newest time among the rows of each pair."""
    return {row[:3]: row[3] for row in rows.values_list(*PAIR).annotate(at=Max("created_at")).order_by()}


def _pair_of(values: dict[str, Any]) -> Pair:
    return values["account_id"], values["app_uid"], values["person"]
