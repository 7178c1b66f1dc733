"""Load the people at one application, or in a whole account, and compare them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value, Window
from django.db.models.fields import BooleanField
from django.db.models.functions import RowNumber

from logsync.coverage import KNOWN, coverage_of_stream, spans_of
from logsync.insight.comparison.compare import Comparison, compare
from logsync.insight.comparison.observations import Field, Observation, observation_of
from logsync.insight.identity.sharing import people_of
from logsync.models import AccessRequest, Account, Log, Stream
from logsync.spans import Span

# With more logins than this, don't compare.
MOST_ROWS = 1_000_000
COLUMNS = ("id", "person", "allowed", "connection", "country", "ip_address", "app_domain", "app_type")


@dataclass(frozen=True, slots=True)
class ComparedPerson:
    """A person who is compared, by the `login` that their values come from, and its address."""

    address: str
    login: int
    observation: Observation


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, and the settled `span` it is about; None if none of the requested time is settled.

    `comparison` is None too if there are `too_many` logins. `later` is the requested time that is not settled yet.
    `has_holes` is true if some time before that is not settled either.
    `people` are those that are compared. `knows_before` says whether it is known who was allowed before the span.
    `unnamed_denied` and `unnamed_allowed` count the rows left out: those without an e-mail, or of a service.
    """

    span: Span | None
    later: Span | None = None
    comparison: Comparison | None = None
    has_holes: bool = False
    too_many: bool = False
    people: tuple[ComparedPerson, ...] = ()
    knows_before: bool = False
    unnamed_denied: int = 0
    unnamed_allowed: int = 0

    def those(self, *, denied: bool, field: Field | None = None, value: str = "") -> list[ComparedPerson]:
        """The people of one side, or those of them who have a value."""
        side = [one for one in self.people if one.observation.is_denied == denied]
        return side if field is None else [one for one in side if one.observation.values[field] == value]


def compare_people(account: Account, app_uid: str | None, requested: Span) -> Compared:
    """Compare the people who were denied with those who were only let in; anywhere if `app_uid` is None.

    Whoever was denied once is of the denied, also if they got in later. Logins without a result don't count.
    """
    stream = Stream.objects.filter(account=account, log=Log.ACCESS_REQUESTS).with_ranges().first()
    settled = coverage_of_stream(stream, requested).settled if stream else []
    if stream is None or not settled:
        return Compared(None, requested)
    span = Span(requested.since, settled[-1].until)
    later = Span(span.until, requested.until) if span.until < requested.until else None
    rows: Any = AccessRequest.objects.filter(account=account)
    if app_uid is not None:
        rows = rows.filter(app_uid=app_uid)
    inside = rows.filter(reduce(or_, (Q(created_at__gte=part.since, created_at__lt=part.until) for part in settled)))
    logins = inside.logins_of_people().filter(allowed__isnull=False).order_by()
    if logins[MOST_ROWS : MOST_ROWS + 1].exists():
        return Compared(span, later, too_many=True)
    knows_before = any(known.since < span.since for known in spans_of(stream, *KNOWN))
    before = rows.between(None, span.since).logins_of_people() if knows_before else None
    unnamed = inside.logins().not_by_people().order_by()
    people = _people(account, logins, before)
    return Compared(
        span,
        later,
        compare(one.observation for one in people),
        has_holes=len(settled) > 1,
        people=tuple(people),
        knows_before=knows_before,
        **unnamed.aggregate(
            unnamed_denied=Count("id", filter=Q(allowed=False)), unnamed_allowed=Count("id", filter=Q(allowed=True))
        ),
    )


def _people(
    account: Account, logins: QuerySet[AccessRequest], before: QuerySet[AccessRequest] | None
) -> list[ComparedPerson]:
    """Everyone with a login. `before` are the logins before the span, None if that time is unknown."""
    # A person's last denied login; without one, their last allowed login.
    decisive = Window(
        RowNumber(), partition_by=F("person"), order_by=[F("allowed").asc(), F("created_at").desc(), F("id").desc()]
    )
    # Rank bare ids first, so the database sorts less data.
    ids = logins.annotate(rank=decisive).filter(rank=1).values("id")
    rows: Any = AccessRequest.objects.filter(id__in=ids).order_by("allowed", "-created_at", "-id")
    rows = rows.annotate(allowed_before=_allowed_before(before)).values(*COLUMNS, "allowed_before").iterator()
    row_of = {row["person"]: row for row in rows}
    addresses = people_of(account.pk, row_of)
    let_in = _let_in([person for person in addresses.values() if len(person) > 1], before)
    decisive_rows: dict[frozenset[str], dict[str, Any]] = {}
    for address, row in row_of.items():
        person = addresses[address]
        decisive_rows.setdefault(person, row | {"allowed_before": True} if person in let_in else row)
    return [_compared(row) for row in decisive_rows.values()]


def _allowed_before(before: QuerySet[AccessRequest] | None) -> Any:
    if before is None:
        return Value(None, output_field=BooleanField(null=True))
    return Exists(before.filter(person=OuterRef("person"), allowed=True).order_by())


def _let_in(people: Collection[frozenset[str]], before: QuerySet[AccessRequest] | None) -> set[frozenset[str]]:
    """Those of these people, each given by their addresses, who were allowed before under any of them."""
    if before is None or not people:
        return set()
    every = {address for person in people for address in person}
    allowed = before.filter(person__in=every, allowed=True).order_by().values_list("person", flat=True).distinct()
    found = set(allowed)
    return {person for person in people if person & found}


def _compared(row: dict[str, Any]) -> ComparedPerson:
    login, allowed = row.pop("id"), row.pop("allowed")
    return ComparedPerson(row["person"], login, observation_of(is_denied=not allowed, **row))
