"""Filters of SCIM updates, one for every field of the Access SCIM update log."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from dashboard.lists.email_filter import EmailFilter
from dashboard.lists.filters import ANY, EventFilterSet, SinceFilter, TextFilter, ValuesFilter
from dashboard.lists.parameters import any_text
from dashboard.permissions.masking import body_refusal
from logsync.datasets import DATASETS
from logsync.models import IdentityProvider, Log, ScimProblem, ScimResource, ScimUpdate
from logsync.models.events import FAILED_STATUSES

STATUSES = [("FAILURE", "Failure"), ("ERROR", "Error"), ("SUCCESS", "Success"), (ANY, "any")]
METHODS = [(method, method) for method in ("POST", "PUT", "PATCH", "DELETE")]
RESOURCE_TYPES = [("USER", "USER"), ("GROUP", "GROUP")]
# A number with this many digits is no primary key.
LONGEST_NUMBER = 19


class StatusFilter(ValuesFilter):
    """One of the statuses; "any" lifts the default restriction to failures."""

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return super().filter(queryset, [] if ANY in (values or []) else values)


class ResourceFilter(ValuesFilter):
    """Rows about one user or group, whatever id or name each row gives. The value is our own number for it."""

    def condition(self, values: list[str]) -> Q:
        numbers = [int(value) for value in values if value.isdecimal() and len(value) < LONGEST_NUMBER]
        # Rows that name no resource don't match, so an exclusion keeps them.
        return Q(resource__in=ScimResource.objects.of_roots(numbers).values("pk"))


class BodyFilter(TextFilter):
    """Words in request bodies, for those who may see them."""

    def refusal(self, values: list[str]) -> str:
        return body_refusal() if values else ""


class ScimFilter(EventFilterSet):
    """SCIM updates: by default those that failed in the last 24 hours."""

    has_box = True
    example = "user:ada method:PATCH"
    default = ("status", "Status", "failed")
    default_values = FAILED_STATUSES
    time_field = DATASETS[Log.SCIM_UPDATES].time_field

    q = TextFilter(label="Text", method="filter_anything")
    arrived_since = SinceFilter(label="Arrived here since", field_name="arrived_at")
    status = StatusFilter(
        label="Status", options=lambda: STATUSES, upper=True, empty_label="failure or error (default)"
    )
    error_description = TextFilter(label="Error")
    idp_id = ValuesFilter(label="Provider", options=lambda: provider_options())
    request_method = ValuesFilter(label="Method", options=lambda: METHODS, upper=True)
    resource_type = ValuesFilter(label="Type", options=lambda: RESOURCE_TYPES, upper=True)
    resource_user_email = EmailFilter(label="Person", seen=("update_at",))
    resource_group_name = TextFilter(label="Group")
    idp_resource_id = ValuesFilter(label="Provider's resource ID")
    cf_resource_id = ValuesFilter(label="Cloudflare's resource ID")
    request_body = BodyFilter(label="Request body")
    problem = ValuesFilter(label="Problem", field_name="problem__key")
    resource = ResourceFilter(label="Resource")

    class Meta:
        model = ScimUpdate
        fields: list[str] = []

    def rows_without(self, *names: str) -> Any:
        rows = super().rows_without(*names)
        return rows.failed() if self.is_default_in_force and "status" not in names else rows

    def word_for(self, name: str, value: str) -> str:
        """The word for a value: a problem's template, a resource's name."""
        if name == "problem":
            return next(iter(ScimProblem.objects.filter(key=value).values_list("template", flat=True)), value)
        if name == "resource":
            update = ScimUpdate.objects.filter(self.filters[name].condition([value])).first()
            return update.resource_label if update else value
        return super().word_for(name, value)

    def filter_anything(self, rows: Any, name: str, values: list[str]) -> Any:
        """All words, each in any field that could contain it: whole ids, parts of names, e-mails and error texts."""
        return rows.filter(any_text(values, _anywhere))


def _anywhere(word: str) -> Q:
    """Which updates have a word in some field."""
    found = Q(cf_resource_id=word) | Q(idp_resource_id=word) | Q(idp_id=word)
    found |= Q(resource_user_email__holds=word) | Q(resource_group_name__holds=word)
    return found | Q(error_description__holds=word)


def provider_options() -> list[tuple[str, str]]:
    """The ids of identity providers, with their names."""
    return [(idp.idp_id, str(idp)) for idp in IdentityProvider.objects.filter(scim_enabled=True)]
