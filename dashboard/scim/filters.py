"""Which SCIM updates: every field of the Access SCIM update log."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from dashboard.ui.filters import ANY, EventFilterSet, SinceFilter, TextFilter, ValuesFilter
from logsync.models import IdentityProvider, ScimUpdate

STATUSES = [("FAILURE", "Failure"), ("ERROR", "Error"), ("SUCCESS", "Success"), (ANY, "any")]
METHODS = [(method, method) for method in ("POST", "PUT", "PATCH", "DELETE")]
RESOURCE_TYPES = [("USER", "USER"), ("GROUP", "GROUP")]


class StatusFilter(ValuesFilter):
    """One of the statuses; "any" lifts the default restriction to failures."""

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return super().filter(queryset, [] if ANY in (values or []) else values)


class ScimFilter(EventFilterSet):
    """Failed SCIM updates of the last 24 hours, unless the address says otherwise."""

    default = ("status", "Status", "failed")

    q = TextFilter(label="Anything", method="filter_anything")
    arrived_since = SinceFilter(label="Arrived here since", field_name="arrived_at")
    status = StatusFilter(
        label="Status", options=lambda: STATUSES, upper=True, empty_label="failure or error (default)"
    )
    error_description = TextFilter(label="Error")
    idp_id = ValuesFilter(label="Provider", options=lambda: provider_options())
    request_method = ValuesFilter(label="Method", options=lambda: METHODS, upper=True)
    resource_type = ValuesFilter(label="Type", options=lambda: RESOURCE_TYPES, upper=True)
    resource_user_email = TextFilter(label="Person")
    resource_group_name = TextFilter(label="Group")
    idp_resource_id = ValuesFilter(label="Provider's resource ID")
    cf_resource_id = ValuesFilter(label="Cloudflare's resource ID")
    request_body = TextFilter(label="Request body")

    class Meta:
        model = ScimUpdate
        fields: list[str] = []

    def rows_without(self, *names: str) -> Any:
        rows = super().rows_without(*names)
        return rows.failed() if self.is_default_in_force and "status" not in names else rows

    def filter_anything(self, rows: Any, name: str, values: list[str]) -> Any:
        """Any field that could hold what was pasted: ids whole, names, addresses and texts by part."""
        parts = ("resource_user_email", "resource_group_name", "error_description")
        found = Q()
        for value in values:
            found |= Q(cf_resource_id=value) | Q(idp_resource_id=value) | Q(idp_id=value)
            for part in parts:
                found |= Q(**{f"{part}__holds": value})
        return rows.filter(found)


def provider_options() -> list[tuple[str, str]]:
    """Identity provider ids with their names."""
    return [(idp.idp_id, str(idp)) for idp in IdentityProvider.objects.filter(scim_enabled=True)]
