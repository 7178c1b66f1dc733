"""A stream is brought up to date: whole, once, and after whatever went wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, count, pairwise

import httpx
import pytest

from logsync import sync
from logsync.coverage import Span, State, merge, missing_spans, spans_of
from logsync.directory import sync_directory
from logsync.models import AccessRequest, CoveredRange, Log, ScimUpdate, Stream, SyncRun
from logsync.simulator.faults import html_page, status
from logsync.store import row_keys
from logsync.sync import newest_window, sync_stream
from tests.logsync.cloudflare.answers import LogServer, client_of, failure, success

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def overlap(settings):
    return settings.SYNC_OVERLAP


@pytest.fixture
def streams(cloudflare, settings, db):
    """The streams of the simulated account, to be read two days back; nothing is read yet."""
    settings.BACKFILL = 2 * DAY
    sync_directory(lambda _: cloudflare())
    return list(Stream.objects.all())


@pytest.fixture
def logins(streams):
    [stream] = [stream for stream in streams if stream.log == Log.ACCESS_REQUESTS]
    return stream


@pytest.fixture
def stream(make_stream, now, settings):
    """A stream of an account that no simulator knows, to be read as far back as the newest window reaches."""
    return make_stream(backfill_since=now - 2 * settings.SYNC_OVERLAP)


def known_to(client, stream, since, until):
    """The keys of what Cloudflare holds of a time, in order."""
    here = client.for_account(stream.account.account_id)
    if stream.log == Log.ACCESS_REQUESTS:
        identities = [record.identity for page in here.access_requests(since, until) for record in page]
    else:
        identities = [record.identity for page in here.scim_updates(stream.idp_id, since, until) for record in page]
    return sorted(row_keys(stream.account, stream.log, identities))


def stored_of(stream):
    """The keys of what is stored of a stream, in order."""
    if stream.log == Log.ACCESS_REQUESTS:
        return sorted(AccessRequest.objects.filter(account=stream.account).values_list("key", flat=True))
    updates = ScimUpdate.objects.filter(account=stream.account, idp_id=stream.idp_id)
    return sorted(updates.values_list("key", flat=True))


def windows_read():
    """The windows of all runs, in the order in which they were read."""
    return [Span(run.since, run.until) for run in SyncRun.objects.order_by("id")]


def settled(stream):
    return spans_of(stream, State.SETTLED)


def provisional(stream):
    return spans_of(stream, State.PROVISIONAL)


def rows_at(*moments):
    return [{"ray_id": f"{number:x}", "created_at": moment.isoformat()} for number, moment in enumerate(moments)]


def after(calls):
    """Give False so many times, and True ever after."""
    numbers = count()
    return lambda *_: next(numbers) >= calls


# The whole job


def test_the_first_sync_stores_exactly_what_cloudflare_holds(streams, cloudflare, now):
    client = cloudflare()
    assert len(streams) == 3
    for stream in streams:
        assert sync_stream(stream, client)
        assert stored_of(stream) == known_to(client, stream, now - 2 * DAY, now)
        assert len(stored_of(stream)) > 40


def test_every_column_is_as_the_client_reads_it(logins, cloudflare, now):
    client = cloudflare()
    sync_stream(logins, client)
    pages = client.for_account(logins.account.account_id).access_requests(now - 2 * DAY, now)
    names = [
        field.name
        for field in AccessRequest._meta.concrete_fields
        if field.name not in ("id", "key", "account", "arrived_at")
    ]
    read = [{name: getattr(record, name) for name in names} for record in chain.from_iterable(pages)]
    assert list(AccessRequest.objects.order_by("created_at", "ray_id").values(*names)) == sorted(
        read, key=lambda row: (row["created_at"], row["ray_id"])
    )


def test_a_first_sync_reads_newest_first_by_days_back_to_its_beginning(logins, cloudflare, now, overlap):
    sync_stream(logins, cloudflare())
    newest, *days = windows_read()
    midnight = now.replace(hour=0, minute=0, second=0)
    assert newest == Span(now - 2 * overlap, now)
    assert days == [
        Span(midnight, newest.since),
        Span(midnight - DAY, midnight),
        Span(now - 2 * DAY, midnight - DAY),
    ]


def test_what_is_older_than_the_overlap_is_settled_and_the_rest_provisional(logins, cloudflare, now, overlap):
    sync_stream(logins, cloudflare())
    assert settled(logins) == [Span(now - 2 * DAY, now - overlap)]
    assert provisional(logins) == [Span(now - overlap, now)]


def test_a_second_sync_stores_nothing_new(streams, cloudflare):
    client = cloudflare()
    for stream in streams:
        sync_stream(stream, client)
    SyncRun.objects.all().delete()
    assert all(sync_stream(stream, client) for stream in streams)
    assert [run.stored for run in SyncRun.objects.all()] == [0, 0, 0]
    assert sum(run.fetched for run in SyncRun.objects.all()) > 0


def test_a_minute_later_only_the_newest_window_is_read(logins, cloudflare, now, overlap, time_machine):
    client = cloudflare()
    sync_stream(logins, client)
    SyncRun.objects.all().delete()
    time_machine.move_to(now + MINUTE, tick=False)
    assert sync_stream(logins, client)
    assert windows_read() == [Span(now - 2 * overlap, now + MINUTE)]
    assert settled(logins) == [Span(now - 2 * DAY, now + MINUTE - overlap)]


def test_rows_that_arrive_late_are_stored_by_the_overlap(logins, cloudflare, now, time_machine):
    client = cloudflare(logins_per_day=2000, lateness=lambda random: timedelta(minutes=random.uniform(0, 14)))
    for minutes in range(0, 65, 5):
        time_machine.move_to(now + minutes * MINUTE, tick=False)
        assert sync_stream(logins, client)
    assert SyncRun.objects.filter(stored__gt=0).count() > 10
    time_machine.move_to(now + 3 * HOUR, tick=False)
    [known] = settled(logins)
    settled_rows = AccessRequest.objects.between(*known).values_list("key", flat=True)
    assert sorted(settled_rows) == known_to(client, logins, *known)


def test_time_that_gatehouse_slept_through_is_read_afterwards(logins, cloudflare, now, time_machine):
    client = cloudflare()
    sync_stream(logins, client)
    time_machine.move_to(now + 3 * DAY + 2 * HOUR, tick=False)
    assert sync_stream(logins, client)
    assert stored_of(logins) == known_to(client, logins, now - 2 * DAY, now + 3 * DAY + 2 * HOUR)
    assert not missing_spans(logins, now + 3 * DAY)


def test_a_stream_is_read_further_back_once_that_is_asked_for(logins, cloudflare, now):
    client = cloudflare()
    sync_stream(logins, client)
    logins.backfill_since = now - 4 * DAY
    assert sync_stream(logins, client)
    assert stored_of(logins) == known_to(client, logins, now - 4 * DAY, now)


def test_a_run_tells_what_it_read_and_stored(stream, now):
    rows = rows_at(now - 20 * MINUTE, now - 10 * MINUTE)
    sync_stream(stream, client_of(LogServer(rows)))
    sync_stream(stream, client_of(LogServer(rows + rows_at(now - 5 * MINUTE))))
    newest, first = SyncRun.objects.all()
    assert (first.fetched, first.stored, newest.fetched, newest.stored) == (2, 2, 3, 1)
    assert (first.started_at, first.finished_at, first.error) == (now, now, "")


def test_progress_is_told_after_every_page(stream, now):
    told = []
    server = LogServer(rows_at(*(now - (20 - number) * MINUTE for number in range(5))), cap=2)
    sync_stream(stream, client_of(server), on_progress=lambda reading: told.append((reading.fetched, reading.stored)))
    assert told == [(2, 2), (4, 4), (5, 5), (5, 5)]


# Which window comes first


@pytest.mark.parametrize(
    ("since", "until", "begins"),
    [
        (None, None, -30 * MINUTE),
        (-3 * HOUR, -15 * MINUTE, -30 * MINUTE),
        (-3 * HOUR, -20 * MINUTE, -35 * MINUTE),
        (-3 * HOUR, -2 * HOUR, -2 * HOUR - 15 * MINUTE),
        (-9 * DAY, -3 * DAY, -DAY),
        (-3 * HOUR, 2 * HOUR, -30 * MINUTE),
    ],
    ids=["never read", "just read", "a while ago", "hours ago", "days ago", "in the future"],
)
def test_the_newest_window_begins_an_overlap_before_what_is_settled(stream, now, cover, since, until, begins):
    if since is not None:
        cover(stream, now + since, now + until)
    assert newest_window(stream, now) == Span(now + begins, now)


def test_missing_is_what_is_not_settled_since_the_beginning(stream, now, cover):
    stream.backfill_since = now - 5 * HOUR
    cover(stream, now - 9 * HOUR, now - 4 * HOUR)
    cover(stream, now - 3 * HOUR, now - 2 * HOUR)
    cover(stream, now - 2 * HOUR, now - HOUR, is_settled=False)
    assert missing_spans(stream, now) == [Span(now - 4 * HOUR, now - 3 * HOUR), Span(now - 2 * HOUR, now)]


# Failures on the way


def fails_at_page(page):
    return lambda request: html_page(502) if request.query.get("page") == [str(page)] else None


def test_a_failure_in_the_middle_keeps_the_pages_before_it(logins, cloudflare, now):
    broken = cloudflare(logins_per_day=4000, page_cap=20, faults=fails_at_page(3))
    assert not sync_stream(logins, broken)
    assert AccessRequest.objects.count() == 40
    newest = AccessRequest.objects.first()
    assert newest
    assert settled(logins) + provisional(logins) == [Span(now - 30 * MINUTE, newest.created_at)]


def test_the_next_sync_completes_what_a_failure_left(logins, cloudflare, now):
    broken = cloudflare(page_cap=5, faults=fails_at_page(4))
    whole = cloudflare()
    assert not sync_stream(logins, broken)
    assert logins.error
    assert sync_stream(logins, whole)
    assert stored_of(logins) == known_to(whole, logins, now - 2 * DAY, now)
    assert Stream.objects.get(pk=logins.pk).error == ""


def test_a_sync_that_is_cut_off_anywhere_completes_in_the_end(logins, cloudflare, now):
    requests = count(1)
    flaky = cloudflare(page_cap=25, faults=lambda request: status(403) if next(requests) % 7 == 0 else None)
    attempts = [sync_stream(logins, flaky) for _ in range(12)]
    assert attempts[0] is False
    assert attempts[-1] is True
    assert stored_of(logins) == known_to(cloudflare(), logins, now - 2 * DAY, now)


def test_rows_of_the_moment_at_which_a_page_ended_are_not_taken_for_read(stream, now):
    moments = [now - 29 * MINUTE, now - 28 * MINUTE, now - 28 * MINUTE, now - 20 * MINUTE]
    server = LogServer(rows_at(*moments), cap=2)
    failures = iter([None, failure(403, 10000)])
    assert not sync_stream(stream, client_of(lambda request: next(failures) or server(request)))
    assert settled(stream) == [Span(now - 30 * MINUTE, now - 28 * MINUTE)]
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.count() == 4


def test_pages_out_of_order_cover_nothing_before_the_window_ends(stream, now):
    server = LogServer(rows_at(now - 18 * MINUTE, now - 20 * MINUTE, now - 17 * MINUTE, now - 16 * MINUTE), cap=2)
    covered = []
    assert sync_stream(
        stream, client_of(server), on_progress=lambda _: covered.append(settled(stream) + provisional(stream))
    )
    assert covered[:-1] == [[], []]
    assert merge(covered[-1]) == [Span(now - 30 * MINUTE, now)]


def test_rows_and_what_they_cover_are_kept_together_or_not_at_all(stream, now, monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(sync, "cover", fail)
    assert not sync_stream(stream, client_of(LogServer(rows_at(now - 20 * MINUTE))))
    assert not AccessRequest.objects.exists()
    assert not CoveredRange.objects.exists()


def test_an_unforeseen_failure_is_said_gives_the_lease_back_and_ends_the_run(stream, now, caplog):
    def fail(_):
        raise OSError("the disk is full")

    assert not sync_stream(stream, client_of(LogServer([])), on_progress=fail)
    assert Stream.objects.get().error == sync.OUR_FAULT
    assert "the disk is full" in caplog.text
    assert Stream.objects.get().lease_owner == ""
    assert SyncRun.objects.get().finished_at == now


def test_a_row_without_a_time_is_stored_and_does_not_disturb_the_order(stream, now):
    server = LogServer([*rows_at(now - 20 * MINUTE), {"ray_id": "timeless"}, *rows_at(now - 10 * MINUTE)], cap=1)
    assert sync_stream(stream, client_of(server))
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.get(ray_id="timeless").created_at == now - 30 * MINUTE
    assert AccessRequest.objects.count() == 3


# The lease


@pytest.fixture
def unreachable():
    """A client whose Cloudflare must not be asked."""
    return client_of(lambda request: pytest.fail(f"asked for {request.url}"))


def test_a_stream_that_another_worker_reads_is_left_alone(stream, unreachable):
    stream.take_lease("another", 300)
    assert not sync_stream(stream, unreachable)
    assert Stream.objects.get().lease_owner == "another"
    assert not SyncRun.objects.exists()
    assert Stream.objects.get().error == ""


def test_a_stream_whose_worker_was_killed_is_taken_over(stream, now, time_machine):
    stream.take_lease("killed", 300)
    time_machine.move_to(now + timedelta(seconds=301), tick=False)
    assert sync_stream(stream, client_of(LogServer(rows_at(now))))
    assert AccessRequest.objects.count() == 1


def test_a_worker_that_lost_its_lease_stores_no_further_page(stream, now):
    def lose_the_lease(_):
        Stream.objects.update(lease_owner="another")

    server = LogServer(rows_at(now - 20 * MINUTE, now - 19 * MINUTE, now - 18 * MINUTE), cap=1)
    assert not sync_stream(stream, client_of(server), on_progress=lose_the_lease)
    assert AccessRequest.objects.count() == 1
    assert settled(stream) == [Span(now - 30 * MINUTE, now - 20 * MINUTE)]
    noted = Stream.objects.get()
    assert (noted.lease_owner, noted.error) == ("another", "")


def test_every_page_prolongs_the_lease(stream, now, time_machine):
    expiries = []

    def look(_):
        expiries.append(Stream.objects.get().lease_expires_at)
        time_machine.shift(100)

    sync_stream(stream, client_of(LogServer(rows_at(now - 20 * MINUTE, now - 19 * MINUTE), cap=1)), on_progress=look)
    assert expiries == [now + timedelta(seconds=seconds) for seconds in (300, 400, 500)]
    assert Stream.objects.get().lease_owner == ""


# What is noted of a failure


def test_a_refusal_is_noted_for_a_person_and_tried_again_in_five_minutes(logins, cloudflare, now):
    assert not sync_stream(logins, cloudflare("no-logins"))
    noted = Stream.objects.get(pk=logins.pk)
    assert "Give the token the permission “Access: Audit Logs Read”" in noted.error
    assert (noted.needs_person, noted.error_since, noted.retry_at) == (True, now, now + 5 * MINUTE)
    assert SyncRun.objects.get().error == noted.error


def test_a_refusal_of_one_stream_keeps_no_other_waiting(streams, logins, cloudflare):
    sync_stream(logins, cloudflare("no-logins"))
    assert Stream.objects.filter(retry_at=None).count() == len(streams) - 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failure(400, 12091), "report this as a fault of Gatehouse"),
        (success({}), "is not a list; nothing of it was stored"),
        (success([None]), "is not a JSON object; nothing of that page was stored"),
    ],
)
def test_an_answer_that_no_retry_heals_is_noted_for_a_person(stream, now, answer, words):
    assert not sync_stream(stream, client_of(lambda _: answer))
    noted = Stream.objects.get()
    assert words in noted.error
    assert (noted.needs_person, noted.retry_at) == (True, now + 5 * MINUTE)


def test_a_pause_that_cloudflare_asks_for_is_kept_by_every_stream(streams, logins, cloudflare, now):
    busy = cloudflare(faults=lambda _: status(429, {}, {"Retry-After": "120"}))
    assert not sync_stream(logins, busy)
    assert {stream.retry_at for stream in Stream.objects.all()} == {now + 2 * MINUTE}
    assert not Stream.objects.due(now + MINUTE).exists()
    noted = Stream.objects.get(pk=logins.pk)
    assert "asks for a pause of 120 s" in noted.error
    assert not noted.needs_person


def test_a_server_in_trouble_is_asked_again_the_next_time(streams, logins, cloudflare, now):
    assert not sync_stream(logins, cloudflare(faults=lambda _: html_page(502)))
    noted = Stream.objects.get(pk=logins.pk)
    assert (noted.needs_person, noted.retry_at) == (False, now)
    assert Stream.objects.due(now).count() == len(streams)


def test_a_network_that_is_down_is_noted(logins, cloudflare):
    def unplugged(_):
        raise httpx.ConnectError("no route")

    assert not sync_stream(logins, cloudflare(faults=unplugged))
    assert "could not be reached (ConnectError: no route)" in Stream.objects.get(pk=logins.pk).error


def test_one_broken_stream_does_not_stop_the_others(streams, cloudflare, now):
    client = cloudflare("no-scim")
    assert [sync_stream(stream, client) for stream in streams] == [
        stream.log == Log.ACCESS_REQUESTS for stream in streams
    ]
    [whole] = Stream.objects.filter(error="")
    assert stored_of(whole) == known_to(cloudflare(), whole, now - 2 * DAY, now)
    errors = Stream.objects.exclude(error="").values_list("error", flat=True)
    assert ["Access: SCIM Logs Read" in error for error in errors] == [True, True]


def test_a_success_ends_the_trouble(logins, cloudflare, now):
    sync_stream(logins, cloudflare("no-logins"))
    assert sync_stream(logins, cloudflare())
    noted = Stream.objects.get(pk=logins.pk)
    assert (noted.error, noted.needs_person, noted.retry_at, noted.succeeded_at) == ("", False, None, now)


# Windows that cannot be paged whole


@pytest.fixture
def crowded(logins, now):
    """The stream of the logins, with more of them in its second window than a page has."""
    logins.backfill_since = now - 10 * HOUR
    return logins


def test_a_window_that_overflows_is_read_in_halves(crowded, cloudflare, now):
    assert sync_stream(crowded, cloudflare(logins_per_day=5000, ignore_page=True))
    assert stored_of(crowded) == known_to(cloudflare(logins_per_day=5000), crowded, now - 10 * HOUR, now)
    assert len(stored_of(crowded)) > 2000


def test_a_second_that_overflows_is_said_aloud_and_never_skipped(stream, now):
    moment = now - 20 * MINUTE
    rows = rows_at(now - 25 * MINUTE, *(moment + timedelta(microseconds=number) for number in range(1001)))
    server = LogServer(rows, ignores_page=True, ignores_window=False)
    assert not sync_stream(stream, client_of(server))
    noted = Stream.objects.get()
    assert "of a window that holds more" in noted.error
    assert noted.needs_person
    assert AccessRequest.objects.filter(ray_id="0").exists()
    assert [span for span in settled(stream) if span.until > moment + timedelta(milliseconds=1)] == []


def test_a_turn_that_ends_between_halves_leaves_the_other_half_missing(crowded, cloudflare, now):
    client = cloudflare(logins_per_day=5000, ignore_page=True)
    assert not sync_stream(crowded, client, should_stop=after(4))
    assert (crowded.error, len(missing_spans(crowded, now - HOUR))) == ("", 1)
    assert sync_stream(crowded, client)
    assert stored_of(crowded) == known_to(cloudflare(logins_per_day=5000), crowded, now - 10 * HOUR, now)


# Being told to stop


def test_a_turn_ends_after_the_page_that_it_is_at(stream, now):
    server = LogServer(rows_at(*(now - (25 - number) * MINUTE for number in range(6))), cap=2)
    assert not sync_stream(stream, client_of(server), should_stop=after(1))
    assert len(server.asked) == 2
    assert AccessRequest.objects.count() == 4
    assert Stream.objects.get().error == ""
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.count() == 6


def test_a_turn_ends_between_windows(logins, cloudflare, now):
    client = cloudflare(logins_per_day=0)
    # Asked once after the only page of the first window, and once after that window.
    assert not sync_stream(logins, client, should_stop=after(2))
    assert len(windows_read()) == 2
    assert Stream.objects.get(pk=logins.pk).lease_owner == ""


# A clock that is set back


def test_a_clock_set_back_ends_the_turn(logins, cloudflare, now, time_machine):
    def set_back_and_go_on(_):
        time_machine.move_to(now - 5 * HOUR + next(ticks) * timedelta(seconds=1), tick=False)

    ticks = count()
    client = cloudflare()
    assert not sync_stream(logins, client, on_progress=set_back_and_go_on)
    windows = windows_read()
    assert all(later.until <= earlier.since for earlier, later in pairwise(windows))
    assert windows[-1].since == logins.backfill_since


def test_once_the_clock_is_right_again_nothing_is_missing(logins, cloudflare, now, time_machine):
    client = cloudflare()
    sync_stream(logins, client, on_progress=lambda _: time_machine.move_to(now - 5 * HOUR, tick=False))
    time_machine.move_to(now, tick=False)
    assert sync_stream(logins, client)
    assert stored_of(logins) == known_to(client, logins, now - 2 * DAY, now)
    assert not missing_spans(logins, now - HOUR)
