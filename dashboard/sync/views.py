"""The page about the sync itself: what each stream is doing, what it has read, and what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from celery import Task
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from dashboard.page.coverage_line import line_for
from dashboard.page.timerange import TimeRange, parse_moment
from dashboard.page.viewer import Viewer
from dashboard.page.wording import long_span
from dashboard.sync.calendar import LEGEND, calendar_of
from dashboard.sync.filters import RunFilter, stream_options
from dashboard.sync.forms import BackfillForm
from dashboard.sync.problems import sync_problems
from dashboard.sync.tables import RunTable, StreamTable
from logsync import tasks
from logsync.coverage import ask_for
from logsync.health import in_order, is_good, kept_checks, look_around
from logsync.health.backfill_progress import Progress, progress_of
from logsync.health.stream_state import StreamState, states_of
from logsync.models import Claim, FailedRange, Installation, Stream, SyncRun
from logsync.spans import length
from logsync.words import counted

MOST_RUNS = 15
MOST_HOLES = 6
MOST_BACKFILLS = 4


def sync(request: HttpRequest) -> HttpResponse:
    """Streams, coverage, runs, and a sentence for each thing that a person must mend."""
    now = timezone.now()
    viewer = Viewer.of(request)
    states = states_of(Stream.objects.with_ranges(), now)
    runs = RunFilter(request.GET, queryset=SyncRun.objects.select_related("stream__account"), request=request)
    asked = request.GET.get("stream", "")
    shown = _shown(states, asked)
    context = {
        "states": states,
        "streams": StreamTable(states, viewer=viewer),
        "runs": RunTable(runs.qs[:MOST_RUNS], viewer=viewer),
        "stream_options": stream_options(),
        "asked": asked,
        "shown": shown,
        "calendar": shown and calendar_of(shown, parse_moment(request.GET.get("day", ""))),
        "legend": LEGEND,
        "line": shown and line_for([shown.stream], TimeRange.read(QueryDict("range=all"), now), viewer),
        "holes": shown and shown.holes[-MOST_HOLES:],
        "more_holes": max(len(shown.holes) - MOST_HOLES, 0) if shown else 0,
        "backfills": _backfills(states),
        "problems": [f"There is no stream {asked}; choose one of the list."] if runs.form.errors else [],
        "sync_problems": sync_problems(states),
        "every": settings.SYNC_EVERY,
        "overlap": settings.SYNC_OVERLAP,
        "backfill": settings.BACKFILL,
    }
    return render(request, "sync/sync.html", context, status=400 if runs.form.errors else 200)


def _shown(states: list[StreamState], asked: str) -> StreamState | None:
    """The stream whose calendar is shown: the one asked for, else the first with a hole, else the first."""
    chosen = [state for state in states if str(state.stream.pk) == asked]
    return next(iter([*chosen, *(state for state in states if state.failed), *states]), None)


@dataclass(frozen=True, slots=True)
class Backfill:
    """A stream, or all of them together, whose old time is being read, or is to be."""

    name: str
    progress: Progress
    state: StreamState | None = None

    @property
    def days_done(self) -> float:
        return self.progress.done.total_seconds() / 86400

    @property
    def days(self) -> float:
        return self.progress.total.total_seconds() / 86400


def _backfills(states: list[StreamState]) -> list[Backfill]:
    """What is being read, and what is to be: all together first, where that is more than one."""
    behind = [state for state in states if state.is_behind and state.stream.is_active]
    streams = [state.stream for state in behind]
    held = Counter(Claim.objects.filter(Claim.held(), stream__in=streams).values_list("stream", flat=True))
    # Who is being read, and who has most before them, is what one looks for.
    behind.sort(key=lambda state: (held[state.stream.pk], length(state.to_read)), reverse=True)
    shown = [Backfill(state.name, progress_of([state.stream], state.now), state) for state in behind[:MOST_BACKFILLS]]
    if len(behind) < 2:
        return shown
    return [Backfill(f"{len(behind)} streams together", progress_of(streams, behind[0].now)), *shown]


def doctor(request: HttpRequest) -> HttpResponse:
    """What the doctor finds: here, and where a worker asked Cloudflare. For htmx only the card of the page above.

    It is asked for apart from the page, for a broker that does not answer takes seconds to be believed.
    """
    checks = look_around()
    context = {
        "checks": in_order([*checks, *kept_checks()]) if is_good(checks[:1]) else checks,
        "checked_at": Installation.get().checked_at if is_good(checks[:1]) else None,
    }
    template = "sync/doctor.html" if request.htmx else "sync/doctor_page.html"  # type: ignore[attr-defined]
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


# What a person asks for


@require_POST
def sync_now(request: HttpRequest) -> HttpResponse:
    """Have every stream synced at once, also what was asked to wait: for a person, or after a failure."""
    now = timezone.now()
    Stream.objects.filter(needs_person=True).update(retry_at=None)
    FailedRange.objects.update(retry_at=now)
    if _start(request, tasks.start_syncs):
        messages.success(request, "A sync was started; new rows appear as they come.")
    return redirect("sync:page")


@require_POST
def backfill(request: HttpRequest) -> HttpResponse:
    """Have a range read: a hole, or any time."""
    form = BackfillForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was asked for. {form.sentences}")
        return redirect("sync:page")
    streams, span = form.streams(), form.cleaned_data["span"]
    for stream in streams:
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            ask_for(stream, span, again=form.cleaned_data["again"], asked_by=request.user.get_username())
    if _start(request, tasks.start_syncs):
        what = f"{long_span(span)} of {counted(len(streams), 'stream')}"
        messages.success(request, f"{what} will be read, newest first.")
    # Who asked for a hole looks at the calendar of its stream.
    return redirect(f"{reverse('sync:page')}?stream={streams[0].pk}" if len(streams) == 1 else "sync:page")


def _start(request: HttpRequest, task: Task[[], None]) -> bool:
    """Queue a task; where there is no broker, say so."""
    try:
        task.delay()
    except OperationalError:
        messages.error(request, "No sync was started: the broker does not answer. Check that Redis runs at REDIS_URL.")
        return False
    return True
