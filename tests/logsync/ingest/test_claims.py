"""Any number of workers share the old time of any number of streams, and read each part of it once, newest first."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import combinations, pairwise

import pytest
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.clock import CloudflareClock
from logsync.coverage import (
    State,
    ask_for,
    cover,
    failed_spans_of,
    missing_spans,
    newest_edge,
    note_failure,
    older_time,
    spans_of,
    spans_to_read,
)
from logsync.ingest.claims import LONGEST_WINDOW, claim_newest, windows_of
from logsync.ingest.sync import read_newest, read_old_time
from logsync.models import AccessRequest, AskedRange, Claim, CoveredRange, FailedRange, Log, Stream, SyncRun
from logsync.spans import BEGINNING, Span, intersect, length, merge, subtract
from tests.conftest import NOW
from tests.examples import examples
from tests.logsync.cloudflare.answers import LogServer, client_of
from tests.logsync.ingest.workers import at_once, only_on_postgresql

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
OLDER = Span(BEGINNING, NOW - 30 * MINUTE)


@pytest.fixture
def stream(make_stream, now):
    """A stream of the last three days, of which Cloudflare is known to have all."""
    return make_stream(backfill_since=now - 3 * DAY, oldest_at=now - 40 * DAY, probed_at=now)


def span_of(range):
    return Span(range.since, range.until)


def take(stream, owner="ada", within=OLDER):
    """The window that is taken; None if there is none."""
    claim = claim_newest([Stream.objects.get(pk=stream.pk)], owner, within)
    return span_of(claim) if claim else None


def take_all(stream):
    """The windows that are taken one after the other, until there is none."""
    taken: list[Span] = []
    while (window := take(stream, f"worker {len(taken)}")) and len(taken) < 50:
        taken.append(window)
    return taken


def kill(claim):
    """Have a claim end a moment ago by the database's clock, as if its worker had been killed."""
    Claim.objects.filter(pk=claim.pk).update(lease_expires_at=Now() - SECOND)


# Which windows there are


def test_backfill_takes_newest_days_first(stream):
    assert take_all(stream) == [
        Span(MIDNIGHT, OLDER.until),
        Span(MIDNIGHT - DAY, MIDNIGHT),
        Span(MIDNIGHT - 2 * DAY, MIDNIGHT - DAY),
        Span(NOW - 3 * DAY, MIDNIGHT - 2 * DAY),
    ]


def test_settled_time_is_not_taken(stream):
    cover(stream, Span(NOW - 3 * DAY, MIDNIGHT - HOUR), NOW)
    assert take_all(stream) == [Span(MIDNIGHT, OLDER.until), Span(MIDNIGHT - HOUR, MIDNIGHT)]


def test_old_provisional_time_is_taken(stream, cover):
    cover(stream, NOW - 3 * DAY, NOW - 2 * HOUR)
    cover(stream, NOW - 2 * HOUR, NOW - HOUR, is_settled=False)
    assert take_all(stream) == [Span(NOW - 2 * HOUR, OLDER.until)]


def test_requested_reread_takes_settled_time(stream):
    cover(stream, Span(NOW - 3 * DAY, OLDER.until), NOW)
    ask_for(stream, Span(MIDNIGHT - 2 * DAY, MIDNIGHT - DAY), again=True, asked_by="ada")
    assert take_all(stream) == [Span(MIDNIGHT - 2 * DAY, MIDNIGHT - DAY)]


def test_newest_time_is_not_taken(stream):
    assert all(window.until <= NOW - 30 * MINUTE for window in take_all(stream))


def test_only_requested_time_is_taken(stream):
    within = Span(MIDNIGHT - DAY, MIDNIGHT)
    assert take(stream, within=within) == within
    assert take(stream, "bob", within) is None


def test_failed_window_waits_for_next_try(stream, time_machine):
    note_failure(stream, Span(MIDNIGHT - DAY, MIDNIGHT), "It is said why.", NOW)
    assert Span(MIDNIGHT - DAY, MIDNIGHT) not in take_all(stream)
    time_machine.move_to(NOW + MINUTE, tick=False)
    assert take(stream) == Span(MIDNIGHT - DAY, MIDNIGHT)


def test_newest_windows_are_taken_first(stream, make_stream):
    other = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=NOW - 2 * DAY)
    cover(other, Span(NOW - 7 * HOUR, OLDER.until), NOW)
    claims = [claim_newest(Stream.objects.all(), f"worker {number}", OLDER) for number in range(4)]
    taken = [claim for claim in claims if claim]
    assert [claim.stream for claim in taken] == [stream, other, stream, other]
    assert all(one.until >= other.until for one, other in pairwise(taken))


minutes = st.integers(-4 * 24 * 60, 60)
spans = st.lists(
    st.builds(lambda at, long: Span(NOW + at * MINUTE, NOW + (at + long) * MINUTE), minutes, minutes.map(abs))
)


@given(
    settled=spans.filter(lambda spans: len(spans) < 5),
    failed=spans.filter(lambda spans: len(spans) < 3),
    again=spans.filter(lambda spans: len(spans) < 3),
)
@examples(30)
def test_windows_cover_everything_within_single_days(stream, settled, failed, again):
    for model in (CoveredRange, FailedRange, AskedRange, Claim):
        model.objects.all().delete()
    for span in settled:
        cover(stream, span, NOW)
    for span in failed:
        note_failure(stream, span, "It is said why.", NOW)
    for span in again:
        ask_for(stream, span, again=True, asked_by="")
    # What somebody asked for anew waits no longer, so that it is only now that they are looked at.
    waits = [span_of(range) for range in FailedRange.objects.filter(retry_at__gt=NOW)]
    windows = list(windows_of(stream, OLDER))
    assert merge(windows) == subtract(intersect(spans_to_read(stream, OLDER.until), [OLDER]), waits)
    assert length(windows) == length(merge(windows))
    assert all(later.until <= earlier.since for earlier, later in pairwise(windows))
    assert all(window.length <= LONGEST_WINDOW for window in windows)
    assert all((window.until - timedelta(microseconds=1)).date() == window.since.date() for window in windows)


# Who holds them


def test_claimed_window_is_not_taken_twice(stream):
    first, second = take(stream, "ada"), take(stream, "bob")
    assert second.until == first.since


def test_killed_workers_window_is_taken_over(stream):
    claim = claim_newest([stream], "killed", OLDER)
    kill(claim)
    assert take(stream, "bob") == span_of(claim)
    assert Claim.objects.get().lease_owner == "bob"


def test_lost_window_cannot_be_prolonged(stream):
    claim = claim_newest([stream], "killed", OLDER)
    assert claim
    kill(claim)
    take(stream, "bob")
    assert not claim.keep_lease("killed")


def test_slow_worker_alone_keeps_its_window(stream):
    claim = claim_newest([stream], "slow", OLDER)
    assert claim
    kill(claim)
    assert claim.keep_lease("slow")
    assert take(stream, "bob") != span_of(claim)


def test_claim_from_future_is_free(stream, settings):
    claim = claim_newest([stream], "before", OLDER)
    Claim.objects.update(lease_expires_at=Now() + 2 * settings.LEASE + MINUTE)
    assert take(stream, "bob") == span_of(claim)


def test_lost_window_commits_nothing(stream, now):
    def take_over(_):
        claim = Claim.objects.get()
        kill(claim)
        assert take(stream, "bob") is not None

    rows = [{"ray_id": f"{hours}", "created_at": (now - hours * HOUR).isoformat()} for hours in (4, 3, 2)]
    server = LogServer(rows, cap=1, ignores_window=False)
    calls = iter([False, False])
    read_old_time(
        lambda: [stream], lambda _: client_of(server), OLDER, CloudflareClock(), lambda: next(calls, True), take_over
    )
    assert AccessRequest.objects.count() == 1
    assert Claim.objects.get().lease_owner == "bob"
    run = SyncRun.objects.get()
    assert (run.outcome, run.error) == (SyncRun.Outcome.STOPPED, "Another worker took it over.")


def test_window_is_released_even_after_failure(stream, now):
    read_old_time(lambda: [stream], lambda _: client_of(LogServer([])), OLDER, CloudflareClock())
    assert not Claim.objects.exists()

    def unknown(_):
        raise LookupError("no token")

    CoveredRange.objects.all().delete()
    with pytest.raises(LookupError):
        read_old_time(lambda: [stream], unknown, OLDER, CloudflareClock())
    assert not Claim.objects.exists()


# Several at once

several = pytest.mark.django_db(transaction=True)


@only_on_postgresql
@several
def test_concurrent_claims_never_overlap(stream):
    def reach(worker):
        return [claim_newest([Stream.objects.get(pk=stream.pk)], f"{worker} {turn}", OLDER) for turn in range(2)]

    taken = at_once(*(partial(reach, worker) for worker in range(6)))
    windows = [span_of(claim) for claims in taken for claim in claims if claim]
    assert len(windows) == 4
    assert not any(intersect([one], [other]) for one, other in combinations(windows, 2))
    assert merge(windows) == [Span(NOW - 3 * DAY, OLDER.until)]


@only_on_postgresql
@several
def test_only_one_takeover_of_window_succeeds(stream):
    claims = [claim_newest([stream], "killed", OLDER) for _ in range(4)]
    for claim in claims:
        kill(claim)
    taken = at_once(*(partial(take, stream, f"worker {number}") for number in range(6)))
    assert sorted(filter(None, taken)) == sorted(map(span_of, claims))
    assert set(Claim.objects.values_list("lease_owner", flat=True)).isdisjoint({"killed"})


class Witness:
    """A log with a row every quarter of an hour, that keeps who reads what at the same time."""

    def __init__(self, now):
        moments = [now - number * 15 * MINUTE for number in range(4 * 24 * 4, 0, -1)]
        self.rows = [{"ray_id": f"{n:x}", "created_at": moment.isoformat()} for n, moment in enumerate(moments)]
        self.held = []
        self.lock = threading.Lock()

    def look(self, _):
        held = Claim.objects.filter(Claim.held()).values_list("stream", "since", "until")
        with self.lock:
            self.held.append(list(held))

    def client(self):
        return client_of(LogServer(self.rows, cap=40, ignores_window=False))

    def check(self):
        """Fail if two claims of one stream overlapped at any moment."""
        for held in self.held:
            for (one, *span), (other, *another) in combinations(held, 2):
                assert one != other or not intersect([Span(*span)], [Span(*another)])


@only_on_postgresql
@several
@pytest.mark.parametrize("workers", [2, 5])
def test_concurrent_workers_read_everything_once(make_stream, account, now, workers):
    values = {"backfill_since": now - 4 * DAY, "oldest_at": now - 40 * DAY, "probed_at": now}
    streams = [make_stream(**values), make_stream(Log.SCIM_UPDATES, "411d", **values)]
    witness = Witness(now)

    def work():
        streams = Stream.objects.with_ranges()
        read_old_time(streams.all, lambda _: witness.client(), OLDER, CloudflareClock(), on_progress=witness.look)

    at_once(*[work] * workers)
    witness.check()
    for stream in streams:
        windows = [span_of(run) for run in SyncRun.objects.filter(stream=stream).order_by("id")]
        assert set(Counter(windows).values()) == {1}
        assert length(windows) == OLDER.until - (now - 4 * DAY)
        assert spans_of(stream, State.SETTLED) == [Span(now - 4 * DAY, OLDER.until)]
    began = list(SyncRun.objects.order_by("id").values_list("until", flat=True))
    # Two that begin at once may be noted in either order.
    assert all(began[at] >= began[at + 2 * workers] for at in range(len(began) - 2 * workers))
    happened = [row["created_at"] for row in witness.rows]
    assert AccessRequest.objects.count() == sum(moment < OLDER.until.isoformat() for moment in happened)
    assert not Claim.objects.exists()


@only_on_postgresql
@several
def test_newest_and_old_time_never_deadlock(stream, now):
    witness = Witness(now)

    def old():
        read_old_time(lambda: [Stream.objects.get(pk=stream.pk)], lambda _: witness.client(), OLDER, CloudflareClock())

    def newest():
        return [read_newest(Stream.objects.get(pk=stream.pk), witness.client()) for _ in range(8)]

    results = at_once(old, old, newest, old)
    assert results[2] == [True] * 8
    assert set(SyncRun.objects.values_list("outcome", flat=True)) == {SyncRun.Outcome.READ}
    assert spans_of(stream, State.SETTLED) == [Span(now - 3 * DAY, now - 15 * MINUTE)]
    assert spans_of(stream, State.PROVISIONAL) == [Span(now - 15 * MINUTE, now)]
    assert not missing_spans(stream, newest_edge(now))


@only_on_postgresql
@several
def test_concurrent_notes_lose_no_range(stream, now):
    """The rule that whoever notes holds the stream's row: no deadlock, and nothing lost between the readings."""

    def note(worker):
        for number in range(12):
            at = now - 2 * DAY + (number * 8 + worker) * 10 * MINUTE
            with transaction.atomic():
                locked = Stream.objects.select_for_update().get(pk=stream.pk)
                if worker % 2:
                    note_failure(locked, Span(at, at + 10 * MINUTE), f"Worker {worker} says why.", now)
                else:
                    cover(locked, Span(at, at + 10 * MINUTE), now)
            take(stream, f"worker {worker} {number}", older_time(now))

    at_once(*(partial(note, worker) for worker in range(8)))
    everything = [Span(now - 2 * DAY, now - 2 * DAY + 960 * MINUTE)]
    settled = spans_of(Stream.objects.get(pk=stream.pk), State.SETTLED)
    assert length(settled) == 480 * MINUTE
    assert failed_spans_of(Stream.objects.get(pk=stream.pk)) == subtract(everything, settled)


def test_time_under_stream_lease_is_skipped(stream, settings):
    """It began two minutes ago, so that what it reads begins two minutes before what is newest now."""
    stream.note(attempted_at=NOW - 2 * MINUTE)
    assert stream.take_lease("slow")
    taken = take_all(Stream.objects.get(pk=stream.pk))
    assert taken[0].until == NOW - 2 * MINUTE - 2 * settings.SYNC_OVERLAP
    assert taken[0].until < OLDER.until


def test_time_is_free_after_lease_release(stream):
    stream.note(attempted_at=NOW - 2 * MINUTE)
    stream.take_lease("slow")
    stream.release_lease("slow")
    assert take(Stream.objects.get(pk=stream.pk)).until == OLDER.until
