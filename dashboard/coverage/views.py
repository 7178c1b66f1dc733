"""The page about the sync itself: what each stream is doing, what it has read, and what is wrong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from dashboard.coverage.filters import RunFilter
from dashboard.coverage.tables import RunTable, StreamState, StreamTable, provider_names, stream_name
from dashboard.ui.viewer import Viewer
from logsync.models import Account, Installation, Stream, SyncRun
from logsync.tasks import start_syncs

MOST_RUNS = 25


def sync(request: HttpRequest) -> HttpResponse:
    """Streams, runs, and a sentence for each thing that a person must mend."""
    now = timezone.now()
    viewer = Viewer.of(request)
    states = [StreamState.of(stream, now) for stream in Stream.objects.select_related("account")]
    runs = RunFilter(request.GET, queryset=SyncRun.objects.select_related("stream__account"), request=request)
    context = {
        "states": states,
        "streams": StreamTable(states, viewer=viewer),
        "runs": RunTable(runs.qs[:MOST_RUNS], viewer=viewer),
        "run_filter": runs,
        "problems": [f"There is no stream {request.GET.get('stream')}; choose one of the list."] if runs.form.errors else [],
        "troubles": _troubles(states),
        "every": settings.SYNC_EVERY,
        "overlap": settings.SYNC_OVERLAP,
        "backfill": settings.BACKFILL,
    }
    return render(request, "coverage/sync.html", context, status=400 if runs.form.errors else 200)


def _troubles(states: list[StreamState]) -> list[dict[str, Any]]:
    """What is wrong, each with the sentence that mends it; what needs a person first."""
    installation = Installation.objects.first()
    troubles: list[dict[str, Any]] = []
    if installation and installation.directory_error:
        troubles.append({"title": "The accounts could not be listed", "words": installation.directory_error, "kind": "bad"})
    names = provider_names()
    broken = sorted((state.stream for state in states if state.stream.error), key=lambda stream: not stream.needs_person)
    for stream in broken:
        word = "is refused" if stream.needs_person else "is failing"
        troubles.append(
            {"title": f"{stream_name(stream, names)} {word}", "since": stream.error_since, "words": stream.error, "retry_at": stream.retry_at, "kind": "bad"}
        )
    for account in Account.objects.exclude(names_error=""):
        troubles.append({"title": f"Names of {account} could not be listed", "words": account.names_error, "kind": "warn"})
    return troubles


@require_POST
def sync_now(request: HttpRequest) -> HttpResponse:
    """Have every stream synced at once, also those that were asked to wait for a person."""
    Stream.objects.filter(needs_person=True).update(retry_at=None)
    try:
        start_syncs.delay()
    except OperationalError:
        messages.error(request, "The broker does not answer, so no sync was started. Check REDIS_URL and that Redis runs.")
    else:
        messages.success(request, "A sync was started; new rows appear as they come.")
    return redirect("coverage:sync")
