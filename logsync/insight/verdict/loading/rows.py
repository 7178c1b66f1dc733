"""From rows of the logs to what a verdict needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncSecond

from logsync.insight.app_names import name_in, with_listed_name
from logsync.insight.session_revocation import revokes_on_deprovisioning, revokes_on_group_change
from logsync.insight.verdict.facts import Attempts, Login, Update
from logsync.models import AccessRequest, IdentityProvider, ScimUpdate
from logsync.models.directory import provider_name


def login_of(row: Any) -> Login:
    """What a verdict needs of a login row, which has its `listed_name`."""
    return Login(
        key=row.key.hex,
        at=row.created_at,
        person=row.person,
        account_id=row.account_id,
        app_uid=row.app_uid,
        app=row.listed_name or name_in(row),
        allowed=row.allowed,
        connection=row.connection,
        ip_address=row.ip_address,
        country=row.country,
        ray_id=row.ray_id,
        lacks_time=row.lacks_time,
    )


def newest_login(rows: QuerySet[AccessRequest]) -> Login | None:
    """The newest of these rows."""
    row = with_listed_name(rows).order_by("-created_at", "-id").first()
    return login_of(row) if row else None


def oldest_login(rows: QuerySet[AccessRequest]) -> Login | None:
    """The oldest of these rows."""
    row = with_listed_name(rows).order_by("created_at", "id").first()
    return login_of(row) if row else None


def attempts_of(rows: QuerySet[AccessRequest]) -> Attempts | None:
    """How many these rows are, with the first and the last; None if there are none."""
    ends: dict[str, Any] = rows.aggregate(rows=Count("id"), first=Min("created_at"), last=Max("created_at"))
    first = oldest_login(rows.filter(created_at=ends["first"]))
    last = newest_login(rows.filter(created_at=ends["last"]))
    if first is None or last is None:
        return None
    return Attempts(attempts=count_attempts(rows), rows=ends["rows"], first=first, last=last)


def count_attempts(rows: QuerySet[AccessRequest]) -> int:
    """How many attempts these rows are: rows at the same app, in the same second, with the same result are one."""
    seconds = rows.order_by().annotate(second=TruncSecond("created_at"))
    return seconds.values("account", "app_uid", "allowed", "second").distinct().count()


class Providers:
    """The identity providers of some accounts: their names, and whether they revoke sessions."""

    def __init__(self, accounts: tuple[int, ...]) -> None:
        listed = IdentityProvider.objects.filter(account__in=accounts)
        self._beside_account = listed.names_beside_account()
        self._listed: Mapping[tuple[int, str], IdentityProvider] = {(idp.account_id, idp.idp_id): idp for idp in listed}

    def name(self, account: int, idp_id: str) -> str:
        """The provider's name, or its id."""
        return provider_name(self._listed.get((account, idp_id)), idp_id)

    def name_beside_account(self, account: int, idp_id: str) -> str:
        """The same for words that name the account as well."""
        return self._beside_account.get((account, idp_id)) or self.name(account, idp_id)

    def update_of(self, row: ScimUpdate) -> Update:
        """What a verdict needs of a SCIM row."""
        idp = self._listed.get((row.account_id, row.idp_id))
        return Update(
            key=row.key.hex,
            at=row.logged_at,
            lacks_time=row.lacks_time,
            provider=self.name(row.account_id, row.idp_id),
            status=row.status,
            resource=row.resource_label or "a resource without a name",
            change=_change(row),
            setting=revokes_on_group_change(idp) if row.resource_type == "GROUP" else revokes_on_deprovisioning(idp),
        )


def _change(row: ScimUpdate) -> str:
    if row.resource_type == "GROUP":
        return "group change"
    return {"off": "deactivation", "deleted": "deletion"}.get(row.activity, "update")
