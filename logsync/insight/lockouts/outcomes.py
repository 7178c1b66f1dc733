"""What became of everyone who was denied at an app: still locked out, never let in at all, or let in since.

"Locked out" means access that was lost: there is an earlier success on record. Whoever was only ever denied has never
had access, as far as the records go.

A person is an e-mail address in lower case, an app an account and its `app_uid`. Filters choose the denials only: any
later success there ends a lockout, even one that no filter would show or that came after the span. If a denial and a
success have the same time, the denial counts as the later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

from logsync.insight.app_names import AppKey
from logsync.insight.lockouts.denials import PAIR, Denials, Pair, ScannedDenials, StoredDenials
from logsync.models import AccessRequest, PersonAtApp
from logsync.spans import BEGINNING, END, Span

# Of a person who was denied at an app. A success at the time of the denial counts as the earlier one.
HAS_GOT_IN = Q(allowed_at__isnull=False, allowed_at__gt=F("denied_at"))
HAS_LOST_ACCESS = Q(allowed_at__isnull=False, allowed_at__lte=F("denied_at"))
HAS_NO_SUCCESS = Q(allowed_at__isnull=True)
# How many people and apps one query asks about, to limit its size.
CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DenialRun:
    """A person whose last login at an app was denied, and the denials that are not followed by a success.

    These are the denials since `last_allowed`, the last success there. It is None if there is none on record: then the
    person never had access. `rows` is how many there are, `tries` in how many different seconds. `app_name`,
    `user_email` and `connection` are those of the newest denial.
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
class GotIn(DenialRun):
    """A person who was denied at an app and then got in, at `allowed_at`.

    The denials are those between that success and the one before it.
    """

    allowed_at: datetime


Found = TypeVar("Found", bound=DenialRun)


class Outcomes:
    """What became of everyone who was denied in a span, for each app that denied them.

    `logins` are logins of any time, under the filters that choose denials. `as_of` asks who was locked out at that
    moment instead of now: later successes don't count.
    """

    def __init__(
        self,
        logins: QuerySet[AccessRequest],
        span: Span,
        *,
        as_of: datetime | None = None,
    ) -> None:
        self.since = span.since
        self.as_of = as_of
        # PersonAtApp keeps the newest denial and success of every person at every app. That is enough to answer for
        # all logins up to now, without reading any.
        self._is_stored = span.until == END and as_of is None and not logins.query.where
        rows: Any = logins
        self._denied = rows.logins_of_people().between(*span).denied().order_by()

    @cached_property
    def denied(self) -> Denials:
        """Everyone who was denied in the span."""
        return StoredDenials(_denied_since(self.since)) if self._is_stored else ScannedDenials(self._last_denied)

    @cached_property
    def locked_out(self) -> Denials:
        """Those who had access and lost it: a success before the denial, and none since."""
        return self._those(HAS_LOST_ACCESS, lambda pair: not self._has_got_in(pair) and self._had_access(pair))

    @cached_property
    def never_had_access(self) -> Denials:
        """Those without any success on record."""
        return self._those(HAS_NO_SUCCESS, lambda pair: not self._has_got_in(pair) and not self._had_access(pair))

    @cached_property
    def got_in(self) -> Denials:
        """Those who have got in since."""
        return self._those(HAS_GOT_IN, self._has_got_in)

    def _those(self, stored: Q, holds: Callable[[Pair], bool]) -> Denials:
        """The denied of whom this is true: as the database asks it, and as Python does of the logins that were read."""
        if self._is_stored:
            return StoredDenials(_denied_since(self.since).filter(stored))
        return ScannedDenials({pair: at for pair, at in self._last_denied.items() if holds(pair)})

    @cached_property
    def people_denied(self) -> int:
        """How many people were denied in the span; each counts once, at however many apps."""
        if self._is_stored:
            return self.denied.people
        return int(self._denied.aggregate(people=Count("person", distinct=True))["people"])

    @cached_property
    def _last_denied(self) -> dict[Pair, datetime]:
        """The last denial of each person at each app, in the span."""
        return _by_pair(self._denied)

    @cached_property
    def _last_allowed(self) -> dict[Pair, datetime]:
        """The last success of each person at each app that denied them, up to now or to `as_of`."""
        denied_since = _denied_since(self.since)
        if self.as_of is None:
            newest = denied_since.exclude(allowed_at=None).values_list(*PAIR, "allowed_at")
            return {row[:3]: row[3] for row in newest}
        theirs = denied_since.filter(**{name: OuterRef(name) for name in PAIR})
        return _by_pair(_successes().between(self.since, self.as_of).filter(Exists(theirs)))

    @cached_property
    def _allowed_earlier(self) -> set[Pair]:
        """Those with a success before the span; of no use where `_last_allowed` reaches as far back as the records."""
        if self.as_of is None or self.since == BEGINNING:
            return set()
        theirs = _successes().filter(created_at__lt=self.since, **{name: OuterRef(name) for name in PAIR})
        return set(_denied_since(self.since).filter(Exists(theirs)).values_list(*PAIR))

    def _has_got_in(self, pair: Pair) -> bool:
        return pair in self._last_allowed and self._last_allowed[pair] > self._last_denied[pair]

    def _had_access(self, pair: Pair) -> bool:
        return pair in self._last_allowed or pair in self._allowed_earlier

    def still_locked_out(self, *, app: AppKey | None = None, most: int | None = None) -> list[DenialRun]:
        """Who had access to any app or to one, and lost it; newest denial first, at most so many."""
        return _unbroken(_of(self.locked_out, app), most)

    def never_let_in(self, *, app: AppKey | None = None, most: int | None = None) -> list[DenialRun]:
        """Who never had access to an app that denied them, or to this one; newest denial first, at most so many."""
        return _unbroken(_of(self.never_had_access, app), most)

    def then_allowed(self, *, app: AppKey | None = None, most: int | None = None) -> list[GotIn]:
        """Who was denied and has got in since, at any app or at one; newest denial first, at most so many."""
        found: list[GotIn] = []
        for chunk in _chunks(_of(self.got_in, app).newest(most)):
            before, after = _successes_around(dict(chunk))
            run = {pair: _since(pair, before.get(pair)) & Q(created_at__lte=at) for pair, at in chunk}
            # The success may just have been deleted for its age; then we can't say when they got in.
            runs = (
                ((values["account_id"], values["app_uid"], values["person"]), values) for values in _runs(run, before)
            )
            found += [GotIn(**values, allowed_at=after[pair]) for pair, values in runs if pair in after]
        return _newest_first(found)


def _unbroken(denials: Denials, most: int | None) -> list[DenialRun]:
    """The runs of denials that no success has ended."""
    found: list[DenialRun] = []
    for chunk in _chunks(denials.newest(most)):
        before, _ = _successes_around(dict(chunk))
        since = {pair: _since(pair, before.get(pair)) for pair, _ in chunk}
        found += [DenialRun(**values) for values in _runs(since, before)]
    return _newest_first(found)


def _of(pairs: Denials, app: AppKey | None) -> Denials:
    return pairs if app is None else pairs.at(app)


def _newest_first(found: list[Found]) -> list[Found]:
    """Newest denial first; ties in the order of code points, which the databases' own order may not be."""
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
    """The last success up to each denial, and the first one after it, where there is one on record."""
    denial = Case(*(When(_is(pair), then=Value(at)) for pair, at in denied_at.items()), output_field=DateTimeField())
    theirs = _successes().filter(**{name: OuterRef(name) for name in PAIR}).values("created_at")
    last = theirs.filter(created_at__lte=OuterRef("denial")).order_by("-created_at")[:1]
    first = theirs.filter(created_at__gt=OuterRef("denial")).order_by("created_at")[:1]
    pairs = PersonAtApp.objects.filter(_any_of([_is(pair) for pair in denied_at])).order_by().annotate(denial=denial)
    # Each subquery reads one row from the index, however many logins there are.
    rows = list(pairs.values_list(*PAIR, Subquery(last), Subquery(first)))
    return {row[:3]: row[3] for row in rows if row[3]}, {row[:3]: row[4] for row in rows if row[4]}


def _runs(conditions: dict[Pair, Q], before: dict[Pair, datetime]) -> list[dict[str, Any]]:
    """The sums of the denials of each person at each app under its condition, with what the newest denial says."""
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
    """The app name, e-mail address and connection of each newest denial."""
    exactly = _any_of([_is(pair) & Q(created_at=at) for pair, at in newest.items()])
    names = ("app_name", "user_email", "connection")
    rows = AccessRequest.objects.denied().logins_of_people().filter(exactly).order_by("id")
    return {row[:3]: dict(zip(names, row[3:], strict=True)) for row in rows.values_list(*PAIR, *names)}


def _denied_since(since: datetime) -> QuerySet[PersonAtApp]:
    """Every person at every app whose last denial there was at `since` or later."""
    denied = PersonAtApp.objects.exclude(denied_at=None).order_by()
    return denied if since == BEGINNING else denied.filter(denied_at__gte=since)


def _by_pair(rows: Any) -> dict[Pair, datetime]:
    """The newest time of each person at each app."""
    return {row[:3]: row[3] for row in rows.values_list(*PAIR).annotate(at=Max("created_at")).order_by()}
