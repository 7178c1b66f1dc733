"""Load the people at one application, or in a whole account, and compare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value, Window
from django.db.models.fields import BooleanField
from django.db.models.functions import RowNumber

from logsync.coverage import KNOWN, coverage_of_stream, spans_of
from logsync.insight.comparison.compare import Comparison, compare
from logsync.insight.comparison.observations import Field, Observation, observation_of
from logsync.models import AccessRequest, Account, Log, Stream
from logsync.spans import Span

# With more logins than this, don't compare.
MOST_ROWS = 1_000_000
COLUMNS = ("person", "allowed", "connection", "country", "ip_address", "app_domain", "app_type")


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, and the settled `span` it is about; None if none of the requested time is settled.

    `comparison` is None too if there are `too_many` logins. `later` is the requested time that is not settled yet.
    `allowed_before` are the denied people who had been allowed before the span; None if that time is not known.
    `unnamed_denied` and `unnamed_allowed` count the rows left out: those without an e-mail, or of a service.
    """

    span: Span | None
    later: Span | None = None
    comparison: Comparison | None = None
    too_many: bool = False
    allowed_before: tuple[str, ...] | None = None
    unnamed_denied: int = 0
    unnamed_allowed: int = 0


def compare_people(account: Account, app_uid: str | None, requested: Span) -> Compared:
    """Compare denied people with allowed people, each by their newest login; at any application if `app_uid` is None.

    On a tie the denial counts as newer. Logins without a result don't count.
    """
    stream = Stream.objects.filter(account=account, log=Log.ACCESS_REQUESTS).with_ranges().first()
    settled = coverage_of_stream(stream, requested).settled if stream else []
    if stream is None or not settled:
        return Compared(None, requested)
    # Time before the first settled moment has no rows, so there is no need to cut it off.
    span = Span(requested.since, settled[-1].until)
    later = Span(span.until, requested.until) if span.until < requested.until else None
    rows: Any = AccessRequest.objects.filter(account=account)
    if app_uid is not None:
        rows = rows.filter(app_uid=app_uid)
    logins = rows.between(*span).logins_of_people().filter(allowed__isnull=False).order_by()
    if logins[MOST_ROWS : MOST_ROWS + 1].exists():
        return Compared(span, later, too_many=True)
    is_known_before = any(known.since < span.since for known in spans_of(stream, *KNOWN))
    before = rows.between(None, span.since).logins_of_people() if is_known_before else None
    unnamed = rows.between(*span).logins().not_by_people().order_by()
    people = _observations(logins, before)
    allowed_before = tuple(
        person for person, one in people.items() if one.is_denied and one.values[Field.ALLOWED_BEFORE] == "yes"
    )
    return Compared(
        span,
        later,
        compare(people.values()),
        allowed_before=None if before is None else allowed_before,
        **unnamed.aggregate(
            unnamed_denied=Count("id", filter=Q(allowed=False)), unnamed_allowed=Count("id", filter=Q(allowed=True))
        ),
    )


def _observations(logins: QuerySet[AccessRequest], before: QuerySet[AccessRequest] | None) -> dict[str, Observation]:
    """One observation per person, by address. `before` are the logins before the span, None if that time is unknown."""
    newest = Window(
        RowNumber(), partition_by=F("person"), order_by=[F("created_at").desc(), F("allowed").asc(), F("id").desc()]
    )
    # Rank bare ids first, so the database sorts less data.
    ids = logins.annotate(rank=newest).filter(rank=1).values("id")
    people: Any = AccessRequest.objects.filter(id__in=ids).order_by()
    people = people.annotate(allowed_before=_allowed_before(before)).values_list(*COLUMNS, "allowed_before")
    return {row[0]: _observation(row) for row in people.iterator()}


def _allowed_before(before: QuerySet[AccessRequest] | None) -> Any:
    if before is None:
        return Value(None, output_field=BooleanField(null=True))
    return Exists(before.filter(person=OuterRef("person"), allowed=True).order_by())


def _observation(row: tuple[Any, ...]) -> Observation:
    values = dict(zip((*COLUMNS, "allowed_before"), row, strict=True))
    return observation_of(is_denied=not values.pop("allowed"), **values)
