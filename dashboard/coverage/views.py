"""The page about the sync itself: what each stream is doing, what it has read, and what is wrong."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from dashboard.coverage.filters import RunFilter, stream_options
from dashboard.coverage.streams import StreamState, troubles
from dashboard.coverage.tables import RunTable, StreamTable
from dashboard.ui.viewer import Viewer
from logsync.models import Stream, SyncRun
from logsync.tasks import start_syncs

MOST_RUNS = 25


def sync(request: HttpRequest) -> HttpResponse:
    """Streams, runs, and a sentence for each thing that a person must mend."""
    now = timezone.now()
    viewer = Viewer.of(request)
    states = [
        StreamState.of(stream, now)
        for stream in Stream.objects.select_related("account").prefetch_related("covered_ranges")
    ]
    runs = RunFilter(request.GET, queryset=SyncRun.objects.select_related("stream__account"), request=request)
    asked = request.GET.get("stream", "")
    context = {
        "states": states,
        "streams": StreamTable(states, viewer=viewer),
        "runs": RunTable(runs.qs[:MOST_RUNS], viewer=viewer),
        "stream_options": stream_options(),
        "run_of": dict(stream_options()).get(asked),
        "problems": [f"There is no stream {asked}; choose one of the list."] if runs.form.errors else [],
        "troubles": troubles(states),
        "every": settings.SYNC_EVERY,
        "overlap": settings.SYNC_OVERLAP,
        "backfill": settings.BACKFILL,
    }
    return render(request, "coverage/sync.html", context, status=400 if runs.form.errors else 200)


@require_POST
def sync_now(request: HttpRequest) -> HttpResponse:
    """Have every stream synced at once, also those that were asked to wait for a person."""
    Stream.objects.filter(needs_person=True).update(retry_at=None)
    try:
        start_syncs.delay()
    except OperationalError:
        messages.error(request, "No sync was started: the broker does not answer. Check that Redis runs at REDIS_URL.")
    else:
        messages.success(request, "A sync was started; new rows appear as they come.")
    return redirect("coverage:sync")
