"""What to call an app: one rule for every page, alert and export.

The name that Cloudflare lists now, else the name in the app's newest login, else the host and path in that login, else
the app's id, else NO_NAME.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from logsync.models import AccessRequest, Application

AppKey = tuple[int, str]  # the primary key of an account, and an app_uid

NO_NAME = "Unnamed app"
# How many apps one query looks up.
CHUNK = 100


def app_names(apps: Iterable[AppKey]) -> dict[AppKey, str]:
    """The names of these apps: one query, and one more for each hundred apps that Cloudflare does not list."""
    wanted = set(apps)
    listed = Application.objects.exclude(name="").values_list("account_id", "app_uid", "name")
    names = {row[:2]: row[2] for row in listed if row[:2] in wanted} if wanted else {}
    unlisted = sorted(wanted - names.keys())
    for start in range(0, len(unlisted), CHUNK):
        names |= _from_newest_logins(unlisted[start : start + CHUNK])
    return names


def app_name(account_id: int, app_uid: str) -> str:
    """The name of one app."""
    return app_names([(account_id, app_uid)])[account_id, app_uid]


def name_of_id(app_uid: str) -> str:
    """The name of the app with this id, in whichever account it is."""
    listed = Application.objects.filter(app_uid=app_uid).exclude(name="").first()
    if listed:
        return listed.name
    newest = AccessRequest.objects.filter(app_uid=app_uid).order_by("-created_at", "-id").first()
    return name_in(newest) if newest else app_uid or NO_NAME


def with_listed_name(logins: QuerySet[AccessRequest]) -> QuerySet[Any]:
    """Add `listed_name` to logins: the name that Cloudflare lists for their app now, blank if it lists none."""
    listed = Application.objects.filter(account=OuterRef("account"), app_uid=OuterRef("app_uid"))
    named: QuerySet[Any] = logins.annotate(
        listed_name=Coalesce(Subquery(listed.values("name")[:1]), Value(""), output_field=TextField())
    )
    return named


def name_in(login: AccessRequest) -> str:
    """What one login itself calls its app, for a single row of the log."""
    return login.app_name or login.app_domain or login.app_uid or NO_NAME


def _from_newest_logins(apps: list[AppKey]) -> dict[AppKey, str]:
    names = {(account, app_uid): app_uid or NO_NAME for account, app_uid in apps}
    is_newest = Q(pk__in=[])
    for account, app_uid in apps:
        logins = AccessRequest.objects.filter(account=account, app_uid=app_uid)
        # One row from the index, however many logins there are.
        is_newest |= Q(pk=Subquery(logins.order_by("-created_at", "-id").values("pk")[:1]))
    newest = AccessRequest.objects.filter(is_newest).order_by()
    return names | {(login.account_id, login.app_uid): name_in(login) for login in newest}


@dataclass(frozen=True, slots=True)
class NameInLogins:
    """A name that logins give an app, blank if they left it out: how many do, and when the first and the last did."""

    name: str
    logins: int
    first: datetime
    last: datetime


def names_in(logins: QuerySet[AccessRequest], most: int) -> list[NameInLogins]:
    """Every name in these logins of one app, the newest first. An old name may be another app's now."""
    names = logins.order_by().values_list("app_name").annotate(Count("id"), Min("created_at"), Max("created_at"))
    return [NameInLogins(*row) for row in names.order_by("-created_at__max", "app_name")[:most]]
