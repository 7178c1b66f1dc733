"""Failing people of whom no login is on record: Cloudflare documents that provisioning begins after a first login."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from dashboard.scim.problems.filters import ProblemFilter
from logsync.coverage import coverage_of
from logsync.models import Log, PersonAddress, ScimProblemStatus, Stream
from logsync.scim.history.problem_lifecycle import UNANSWERED
from logsync.spans import BEGINNING, Span


def people_of(filterset: ProblemFilter) -> QuerySet[ScimProblemStatus]:
    """Where users stand who are failing now, and of whom no login is on record."""
    rows = filterset.rows().values("pk")
    return ScimProblemStatus.objects.filter(_without_login(), problem__in=rows, state__in=UNANSWERED)


def without_login_of(filterset: ProblemFilter) -> dict[str, Any] | None:
    """How many failing users have no login on record, and since when there is a record; None if there are none."""
    since = logins_known_since(filterset)
    if since is None:
        return None
    count = people_of(filterset).order_by().values("resource").distinct().count()
    href = reverse("scim:never-logged-in") + filterset.query_string.replacing(sort=None)
    return {"count": count, "since": since, "href": href} if count else None


def logins_known_since(filterset: ProblemFilter) -> datetime | None:
    """The first moment of which logins are known; None if none is, so that nothing can be said of them."""
    streams = Stream.objects.filter(log=Log.ACCESS_REQUESTS).expected().with_ranges()
    if accounts := filterset.form.cleaned_data.get("account"):
        streams = streams.filter(account__account_id__in=accounts)
    known = coverage_of(streams, Span(BEGINNING, filterset.range.now)).known
    return known[0].since if known else None


def _without_login() -> Q:
    """Standings of people of whom no login is on record."""
    address = PersonAddress.objects.filter(
        account=OuterRef("problem__account"), person=OuterRef("last_failed__person"), login_at__isnull=False
    )
    return Q(problem__resource_type="USER") & ~Q(last_failed__person="") & ~Q(Exists(address))
