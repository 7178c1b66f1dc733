"""What to call an app: one rule for every page, alert and export.

The name that Cloudflare lists now, else the name in the app's newest login, else the host and path in that login, else
the app's id, else NO_NAME. Apps of equal name are told apart by their account, their host or their id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce

from logsync.models import AccessRequest, Application
from logsync.models.directory import ids_of
from logsync.words import told_apart

AppKey = tuple[int, str]  # the primary key of an account, and an app_uid

NO_NAME = "Unnamed app"
# How many apps one query looks up.
CHUNK = 100


def app_names(apps: Iterable[AppKey]) -> dict[AppKey, str]:
    """The names of these apps: one query, and one more for each hundred apps that Cloudflare does not list.

    Apps of equal name are told apart: those that Cloudflare lists from each other always, the others from those here.
    """
    wanted = set(apps)
    listed = Application.objects.exclude(name="").select_related("account") if wanted else []
    named: dict[AppKey, tuple[str, ...]] = {
        (app.account_id, app.app_uid): (str(app), str(app.account), app.domain, *ids_of(app.app_uid))
        for app in listed
        if (app.account_id, app.app_uid) in wanted
    }
    unlisted = sorted(wanted - named.keys())
    for start in range(0, len(unlisted), CHUNK):
        named |= _from_newest_logins(unlisted[start : start + CHUNK])
    return told_apart(named)


def shared_names() -> dict[AppKey, tuple[str, str]]:
    """The apps that Cloudflare lists under a name of several: that name, and the one that tells the app apart."""
    shared = Application.objects.exclude(label="").exclude(label=F("name"))
    rows = shared.values_list("account_id", "app_uid", "name", "label")
    return {(account, app_uid): (name, label) for account, app_uid, name, label in rows}


def app_name(account_id: int, app_uid: str) -> str:
    """The name of one app."""
    return app_names([(account_id, app_uid)])[account_id, app_uid]


def name_of_id(app_uid: str) -> str:
    """The name of the app with this id, in whichever account it is."""
    listed = Application.objects.filter(app_uid=app_uid).exclude(name="").first()
    if listed:
        return str(listed)
    newest = AccessRequest.objects.filter(app_uid=app_uid).order_by("-created_at", "-id").first()
    return name_in(newest) if newest else app_uid or NO_NAME


def with_listed_name(logins: QuerySet[AccessRequest]) -> QuerySet[Any]:
    """Add `listed_name` to logins: the name that Cloudflare lists for their app now, blank if it lists none."""
    listed = Application.objects.filter(account=OuterRef("account"), app_uid=OuterRef("app_uid"))
    name = Case(When(label="", then=F("name")), default=F("label"))
    named: QuerySet[Any] = logins.annotate(
        listed_name=Coalesce(Subquery(listed.values_list(name)[:1]), Value(""), output_field=TextField())
    )
    return named


def name_in(login: AccessRequest) -> str:
    """What one login itself calls its app, for a single row of the log."""
    return login.app_name or login.app_domain or login.app_uid or NO_NAME


def _from_newest_logins(apps: list[AppKey]) -> dict[AppKey, tuple[str, ...]]:
    """The name of each app in its newest login, and what tells it from others of that name."""
    named: dict[AppKey, tuple[str, ...]] = {
        (account, app_uid): (app_uid or NO_NAME, "", "", *ids_of(app_uid)) for account, app_uid in apps
    }
    is_newest = Q(pk__in=[])
    for account, app_uid in apps:
        logins = AccessRequest.objects.filter(account=account, app_uid=app_uid)
        # One row from the index, however many logins there are.
        is_newest |= Q(pk=Subquery(logins.order_by("-created_at", "-id").values("pk")[:1]))
    for login in AccessRequest.objects.filter(is_newest).order_by().select_related("account"):
        host = login.app_domain.partition("/")[0]
        key = login.account_id, login.app_uid
        named[key] = (name_in(login), str(login.account), host, *ids_of(login.app_uid))
    return named


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
