"""How many failing users have never logged in, for a line below the list of problems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from dashboard.scim.problems.filters import ProblemFilter
from logsync.insight.problem_resources import logins_known_since, never_logged_in


@dataclass(frozen=True, slots=True)
class NeverLoggedIn:
    """`count` failing users have no login on record; there are records since `since`."""

    count: int
    since: datetime
    href: str


def known_since(filterset: ProblemFilter) -> datetime | None:
    """Since when logins are known in the accounts of the list."""
    return logins_known_since(filterset.form.cleaned_data.get("account") or (), filterset.range.now)


def never_logged_in_of(filterset: ProblemFilter) -> NeverLoggedIn | None:
    """The failing users without a login; None if there are none, or if no logins are known."""
    since = known_since(filterset)
    if since is None:
        return None
    count = never_logged_in(filterset.rows()).order_by().values("resource").distinct().count()
    href = reverse("scim:never-logged-in") + filterset.query_string.replacing(sort=None)
    return NeverLoggedIn(count, since, href) if count else None
