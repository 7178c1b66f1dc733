"""The pages about SCIM updates: the list and its CSV, and one update."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views import View

from dashboard.audit_log.record import record_view_of
from dashboard.charts.kinds import UPDATE_KINDS
from dashboard.lists.events.named import event_named
from dashboard.lists.events.reveal import EventRevealView
from dashboard.lists.events.updates import update_detail
from dashboard.lists.views import EventExportView, EventList
from dashboard.saved.lists import SavedListView
from dashboard.scim.facets import FACETS
from dashboard.scim.filters import ScimFilter
from dashboard.scim.tables import ScimTable
from dashboard.verdict.events import JudgedEventView
from logsync.models import Log, ScimUpdate


class ScimList(EventList):
    filterset_class = ScimFilter
    table_class = ScimTable
    log = Log.SCIM_UPDATES
    kinds = UPDATE_KINDS
    facets = FACETS
    title = "SCIM updates"
    word = "SCIM"
    noun = "SCIM updates"
    list_name = "scim:list"
    csv_name = "scim:csv"
    filename = "scim"
    detail_of = staticmethod(update_detail)


class ScimListView(ScimList, SavedListView):
    """The list of SCIM updates."""


class ScimEventView(ScimList, JudgedEventView):
    """One update and the history of its resource, under the verdict on its person."""

    event_title = "SCIM update details"


class ScimBodyView(View):
    """The whole body of one update, as it was stored: a file of text, which no browser runs."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        update = event_named(ScimUpdate, key)
        if update is None or not update.request_body:
            raise Http404("This request doesn’t exist, or has no body.")
        if update.person:
            record_view_of(request, update.person, "request body")
        headers = {
            "Content-Disposition": f'attachment; filename="scim-{update.key.hex}-body.txt"',
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(update.request_body, content_type="text/plain; charset=utf-8", headers=headers)


class ScimExportView(ScimList, EventExportView):
    """The list of SCIM updates as CSV."""


class ScimRevealView(EventRevealView):
    """Reveals what is masked of one update."""

    model = ScimUpdate
