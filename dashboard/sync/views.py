"""The page about the sync itself: what each stream is doing, what it has read, and what is wrong."""

from __future__ import annotations

from collections import Counter

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

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.page.coverage_line import line_for
from dashboard.page.timerange import TimeRange, parse_moment
from dashboard.page.viewer import Viewer
from dashboard.page.wording import long_span
from dashboard.sync.calendar import calendar_of
from dashboard.sync.context import Backfill, DoctorContext, SyncContext
from dashboard.sync.filters import RunFilter, stream_options
from dashboard.sync.forms import BackfillForm
from dashboard.sync.problems import sync_problems
from dashboard.sync.set_aside import set_aside_rows
from dashboard.sync.tables import RunTable, StreamTable
from logsync import tasks
from logsync.coverage import ask_for
from logsync.health import in_order, is_good, kept_checks, look_around
from logsync.health.backfill_progress import progress_of
from logsync.health.stream_state import StreamState, states_of
from logsync.models import Claim, FailedRange, Installation, Stream, SyncRun
from logsync.spans import length
from logsync.words import counted

MOST_RUNS = 15
MOST_HOLES = 6
MOST_BACKFILLS = 4


def sync(request: HttpRequest) -> HttpResponse:
    """Streams, coverage, runs, and a sentence for each thing that needs a person."""
    now = timezone.now()
    viewer = Viewer.of(request)
    states = states_of(Stream.objects.with_ranges(), now)
    runs = RunFilter(request.GET, queryset=SyncRun.objects.select_related("stream__account"), request=request)
    chosen = request.GET.get("stream", "")
    # Show the stream that was chosen, else the first with a hole, else the first.
    found = [state for state in states if str(state.stream.pk) == chosen]
    shown = next(iter([*found, *(state for state in states if state.failed), *states]), None)
    context = SyncContext(
        states=states,
        streams=StreamTable(states, viewer=viewer),
        runs=RunTable(runs.qs[:MOST_RUNS], viewer=viewer),
        problems=[f"There is no stream {chosen}; choose one from the list."] if runs.form.errors else [],
        sync_problems=list(sync_problems(states)),
        stream_options=stream_options(),
        chosen=chosen,
        shown=shown,
        calendar=calendar_of(shown, parse_moment(request.GET.get("day", ""))) if shown else None,
        line=line_for([shown.stream], TimeRange.read(QueryDict("range=all"), now), viewer) if shown else None,
        holes=shown.holes[-MOST_HOLES:] if shown else [],
        more_holes=max(len(shown.holes) - MOST_HOLES, 0) if shown else 0,
        backfills=_backfills(states),
        set_aside=set_aside_rows(states),
        every=settings.SYNC_EVERY,
        overlap=settings.SYNC_OVERLAP,
        backfill=settings.BACKFILL,
    )
    return render(request, "sync/sync.html", vars(context), status=400 if runs.form.errors else 200)


def _backfills(states: list[StreamState]) -> list[Backfill]:
    """What is being read, and what is still to be read: all together first, if that is more than one."""
    behind = [state for state in states if state.is_behind and state.stream.is_active]
    streams = [state.stream for state in behind]
    held = Counter(Claim.objects.filter(Claim.held(), stream__in=streams).values_list("stream", flat=True))
    # What is being read, and what has most left, is what people look for.
    behind.sort(key=lambda state: (held[state.stream.pk], length(state.to_read)), reverse=True)
    shown = [Backfill(state.name, progress_of([state.stream], state.now), state) for state in behind[:MOST_BACKFILLS]]
    if len(behind) < 2:
        return shown
    return [Backfill(f"{len(behind)} streams together", progress_of(streams, behind[0].now)), *shown]


def doctor(request: HttpRequest) -> HttpResponse:
    """What the doctor finds: here, and where a worker asked Cloudflare. For htmx only its card on the sync page.

    The sync page fetches it separately, as it takes seconds to be sure that a broker does not answer.
    """
    checks = look_around()
    is_database_good = is_good(checks[:1])
    context = DoctorContext(
        checks=in_order([*checks, *kept_checks()]) if is_database_good else checks,
        checked_at=Installation.get().checked_at if is_database_good else None,
    )
    template = "sync/doctor.html" if request.htmx else "sync/doctor_page.html"  # type: ignore[attr-defined]
    response = render(request, template, vars(context))
    patch_vary_headers(response, ["HX-Request"])
    return response


# Buttons


@require_POST
def sync_now(request: HttpRequest) -> HttpResponse:
    """Sync every stream now, also those that wait for a person or after a failure."""
    now = timezone.now()
    record(request, Action.SYNC_STARTED, "sync")
    Stream.objects.filter(needs_person=True).update(retry_at=None)
    FailedRange.objects.update(retry_at=now)
    if _start(request, tasks.start_syncs):
        messages.success(request, "Sync started. New rows appear as they arrive.")
    return redirect("sync:page")


@require_POST
def backfill(request: HttpRequest) -> HttpResponse:
    """Read a range: a hole, or any time."""
    form = BackfillForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was requested. {form.sentences}")
        return redirect("sync:page")
    streams, span = form.streams(), form.cleaned_data["span"]
    again = form.cleaned_data["again"]
    names = [str(stream) for stream in streams]
    record(
        request, Action.SYNC_STARTED, "backfill", since=span.since, until=span.until, streams=names, read_again=again
    )
    for stream in streams:
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            ask_for(stream, span, again=again, asked_by=request.user.get_username())
    if _start(request, tasks.start_syncs):
        what = f"{long_span(span)} of {counted(len(streams), 'stream')}"
        messages.success(request, f"{what} will be read, newest first.")
    # Show the calendar of the stream whose hole it was.
    return redirect(f"{reverse('sync:page')}?stream={streams[0].pk}" if len(streams) == 1 else "sync:page")


def _start(request: HttpRequest, task: Task[[], None]) -> bool:
    """Queue a task; say so if there is no broker."""
    try:
        task.delay()
    except OperationalError:
        messages.error(
            request, "The sync didn’t start: the broker is not answering. Check that Redis is running at REDIS_URL."
        )
        return False
    return True
