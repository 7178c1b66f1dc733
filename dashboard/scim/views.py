"""The pages about SCIM updates: the list and its CSV, and one update."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dashboard.charts.kinds import UPDATE_KINDS
from dashboard.lists.views import EventCsvView, EventList, EventView
from dashboard.page.links import updates_href
from dashboard.saved.lists import SavedListView
from dashboard.scim.body import render_body
from dashboard.scim.facets import FACETS
from dashboard.scim.filters import ScimFilter
from dashboard.scim.problems.resources import ResourceLine, lines_of, worst_first
from dashboard.scim.tables import ScimTable
from logsync.cloudflare import records
from logsync.derived.scim_problems import updates_of
from logsync.insight.update_descriptions import describe_briefly, describe_update, read_intents
from logsync.models import IdentityProvider, Log, ScimProblemStatus, ScimUpdate

MOST_HISTORY = 20


def update_detail(update: ScimUpdate) -> dict[str, Any]:
    """One update, its fields and body, what it asked, where its problem stands, and every request for its resource."""
    idp = IdentityProvider.objects.filter(account=update.account, idp_id=update.idp_id).first()
    history = _history(update)
    intents = read_intents([update, *history])
    return {
        "key": update.key.hex,
        "event": update,
        "provider": idp,
        "fields": [(name, getattr(update, name)) for name in _FIELDS],
        "body": render_body(update.request_body),
        "intent": intents[update.pk],
        "asked": describe_update(update, intents[update.pk]),
        "line": _line(update),
        "history": [(other, describe_briefly(other, intents[other.pk])) for other in history],
        "history_href": updates_href(resource=_root(update) or "", status="any"),
    }


_FIELDS = [
    name
    for name in records.ScimUpdate.__slots__
    if name not in ("extra", "identity", "request_body", "error_description")
]


def _root(update: ScimUpdate) -> int | None:
    """The resource under which all that is known of the same one is kept."""
    return (update.resource.same_as_id or update.resource.pk) if update.resource else None


def _history(update: ScimUpdate) -> list[ScimUpdate]:
    """The newest requests for the same resource, this one among them if it is new enough."""
    root = _root(update)
    return list(updates_of([root])[:MOST_HISTORY]) if root else []


def _line(update: ScimUpdate) -> ResourceLine | None:
    """Where the problem of this failure stands with its resource; None if it has none, or names no resource."""
    standing = ScimProblemStatus.objects.filter(problem=update.problem_id, resource=_root(update))
    lines = lines_of(worst_first(standing), timezone.now()) if update.problem_id and update.resource_id else []
    return lines[0] if lines else None


class ScimList(EventList):
    model = ScimUpdate
    filterset_class = ScimFilter
    table_class = ScimTable
    log = Log.SCIM_UPDATES
    kinds = UPDATE_KINDS
    facets = FACETS
    title = "SCIM updates"
    noun = "SCIM updates"
    list_name = "scim:list"
    csv_name = "scim:csv"
    detail_template = "scim/detail.html"
    detail_of = staticmethod(update_detail)


class ScimListView(ScimList, SavedListView):
    template_name = "scim/list.html"


class ScimEventView(ScimList, EventView):
    """One update and the history of its resource."""


class ScimCsvView(ScimList, EventCsvView):
    filename = "scim"
