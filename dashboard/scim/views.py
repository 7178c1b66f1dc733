"""The pages about SCIM updates: the list and its CSV, and one update."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from dashboard.desk.lists import DeskListView
from dashboard.scim.filters import ScimFilter
from dashboard.scim.tables import ScimTable
from dashboard.ui.body import render_body
from dashboard.ui.lists import EventCsvView, EventList, EventView
from logsync.cloudflare import records
from logsync.models import IdentityProvider, Log, ScimUpdate

MOST_HISTORY = 20


def update_detail(update: ScimUpdate) -> dict[str, Any]:
    """One update, its fields and body, and every request for the same resource."""
    idp = IdentityProvider.objects.filter(account=update.account, idp_id=update.idp_id).first()
    return {
        "key": update.key.hex,
        "event": update,
        "provider": idp,
        "fields": [(name, getattr(update, name)) for name in _FIELDS],
        "body": render_body(update.request_body),
        "history": _history(update),
    }


_FIELDS = [
    name
    for name in records.ScimUpdate.__slots__
    if name not in ("extra", "identity", "request_body", "error_description")
]


def _history(update: ScimUpdate) -> list[ScimUpdate]:
    """The newest requests for the same resource, this one among them if it is new enough."""
    same = Q()
    if update.cf_resource_id:
        same |= Q(cf_resource_id=update.cf_resource_id)
    if update.idp_resource_id:
        same |= Q(idp_id=update.idp_id, idp_resource_id=update.idp_resource_id)
    if not same:
        return []
    return list(
        ScimUpdate.objects.filter(same, account=update.account, resource_type=update.resource_type)[:MOST_HISTORY]
    )


class ScimList(EventList):
    model = ScimUpdate
    filterset_class = ScimFilter
    table_class = ScimTable
    log = Log.SCIM_UPDATES
    title = "SCIM updates"
    noun = "SCIM updates"
    list_name = "scim:list"
    csv_name = "scim:csv"
    detail_template = "scim/detail.html"
    detail_of = staticmethod(update_detail)


class ScimListView(ScimList, DeskListView):
    template_name = "scim/list.html"


class ScimEventView(ScimList, EventView):
    """One update and the history of its resource."""


class ScimCsvView(ScimList, EventCsvView):
    filename = "scim"
