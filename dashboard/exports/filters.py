"""Filters of the list of exports."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from dashboard.exported.models import Export, ExportQuerySet, State
from dashboard.lists.filters import ChoicesFilter, EventFilterSet, ValuesFilter
from dashboard.permissions.permission import Permission, may
from dashboard.saved.models import signed_in_user


def _list_names() -> Iterable[tuple[str, str]]:
    names = Export.objects.order_by("list_name").values_list("list_name", flat=True).distinct()
    return [(name, name) for name in names]


class ExportFilter(EventFilterSet):
    """Exports by who took them, of which list, and how they ended."""

    account = None  # type: ignore[assignment]
    time_field = "started_at"
    has_box = True
    example = "username:ada state:cut_off"

    username = ValuesFilter(label="Who")
    list_name = ValuesFilter(label="List", options=_list_names)
    state = ChoicesFilter(label="State", field_name="state_then", choices=[("", "any"), *State.choices])

    class Meta:
        fields: list[str] = []


def exports_open_to(request: HttpRequest) -> ExportQuerySet:
    """Whoever may see the audit log sees everyone's exports, others their own."""
    everyone = Export.objects.all()
    return everyone if may(request, Permission.VIEW_AUDIT) else everyone.of(signed_in_user(request))
