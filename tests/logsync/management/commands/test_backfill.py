"""`manage.py backfill`: any range, read once, by however many; what it ends with, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from logsync.coverage import State, cover, spans_of
from logsync.derived.counts import differences
from logsync.ingest.tokens import Connections
from logsync.management.commands.backfill import moment
from logsync.models import AccessRequest, ApiToken, AskedRange, Claim, ScimUpdate, Stream, SyncRun
from logsync.simulator.server.faults import forbidden, html_page
from logsync.spans import Span
from tests.logsync.ingest.workers import at_once, only_on_postgresql

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TODAY = datetime(2026, 11, 19, tzinfo=UTC)


@pytest.fixture
def streams(company, naps, settings):
    """A company whose two days were read; its streams: logins, and SCIM of Okta and Entra ID."""
    company()
    call_command("sync", stdout=StringIO())
    SyncRun.objects.all().delete()
    return list(Stream.objects.order_by("pk"))


@pytest.fixture
def logins(streams):
    return streams[0]


def backfill(*arguments):
    out = StringIO()
    call_command("backfill", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments):
    """Run the command, which is to fail; its last words."""
    with pytest.raises(CommandError) as raised:
        backfill(*arguments)
    assert raised.value.returncode == 1
    return str(raised.value)


def settled(stream):
    return spans_of(Stream.objects.get(pk=stream.pk), State.SETTLED)


def windows(stream, outcome="read"):
    runs = SyncRun.objects.filter(stream=stream, outcome=outcome).order_by("since")
    return [(run.since, run.until) for run in runs]


def rays():
    return sorted(AccessRequest.objects.values_list("ray_id", flat=True))


# What is read


def test_date_range_reads_every_stream(streams, now):
    assert backfill("--since", "2026-11-10", "--until", "2026-11-12") == "Complete.\n"
    for stream in streams:
        assert settled(stream)[0] == Span(TODAY - 9 * DAY, TODAY - 7 * DAY)
        assert windows(stream) == [(TODAY - 9 * DAY, TODAY - 8 * DAY), (TODAY - 8 * DAY, TODAY - 7 * DAY)]
    assert AccessRequest.objects.between(TODAY - 9 * DAY, TODAY - 7 * DAY).count() > 50
    assert ScimUpdate.objects.between(TODAY - 9 * DAY, TODAY - 7 * DAY).exists()
    assert not AccessRequest.objects.between(None, TODAY - 9 * DAY).exists()
    assert differences() == []


def test_time_range_is_exact_to_second(logins):
    backfill("--since", "2026-11-10T08:30:00Z", "--until", "2026-11-10T12:00:01+02:00", "--log", "access_requests")
    assert settled(logins)[0] == Span(TODAY - 9 * DAY + 8.5 * HOUR, TODAY - 9 * DAY + 10 * HOUR + timedelta(seconds=1))


def test_range_without_end_reaches_now(logins, settings, now):
    assert backfill("--since", "2026-11-10", "--log", "access_requests") == "Complete.\n"
    assert settled(logins) == [Span(TODAY - 9 * DAY, now - settings.SYNC_OVERLAP)]


def test_future_end_becomes_now(logins, settings, now):
    logins.covered_ranges.all().delete()
    assert backfill("--since", "2026-11-18", "--until", "2030-01-01", "--log", "access_requests") == "Complete.\n"
    assert settled(logins) == [Span(TODAY - DAY, now - settings.SYNC_OVERLAP)]
    assert max(until for _, until in windows(logins)) == now


def test_known_time_is_not_reread(logins, company, now):
    backfill("--since", "2026-11-10", "--until", "2026-11-12")
    SyncRun.objects.all().delete()
    assert backfill("--since", "2026-11-09", "--until", "2026-11-13", "--log", "access_requests") == "Complete.\n"
    assert windows(logins) == [(TODAY - 10 * DAY, TODAY - 9 * DAY), (TODAY - 7 * DAY, TODAY - 6 * DAY)]


def test_again_option_rereads_known_time(logins, now):
    since, until = TODAY - DAY, TODAY
    before = rays()
    AccessRequest.objects.between(since, until).delete()
    arguments = ["--since", "2026-11-18", "--until", "2026-11-19", "--log", "access_requests"]
    assert backfill(*arguments) == "Complete.\n"
    assert rays() != before
    assert backfill(*arguments, "--again") == "Complete.\n"
    assert rays() == before
    assert (since, until) in windows(logins)
    # As if the deleted rows had come late: their hours were read once more.
    assert all(since <= start and end <= until for start, end in windows(logins))
    assert not AskedRange.objects.filter(again=True).exists()
    assert settled(logins)[-1].since <= since


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ([], [0, 1, 2]),
        (["--log", "access_requests"], [0]),
        (["--log", "scim_updates"], [1, 2]),
        (["--idp-id", "of Okta"], [1]),
        (["--account", "of Meridian"], [0, 1, 2]),
        (["--account", "of Meridian", "--idp-id", "of Okta"], [1]),
    ],
)
def test_only_the_chosen_logs_are_read(streams, arguments, chosen):
    names = {"of Okta": streams[1].idp_id, "of Meridian": streams[0].account.account_id}
    backfill("--since", "2026-11-10", "--until", "2026-11-11", *(names.get(word, word) for word in arguments))
    assert set(SyncRun.objects.values_list("stream", flat=True)) == {streams[number].pk for number in chosen}
    assert set(AskedRange.objects.values_list("stream", flat=True)) == {streams[number].pk for number in chosen}


@pytest.mark.parametrize(
    "arguments", [["--account", "elsewhere"], ["--idp-id", "unknown"], ["--log", "access_requests", "--idp-id", "p1"]]
)
def test_choice_without_log_is_refused(make_stream, arguments):
    make_stream()
    words = refused("--since", "2026-11-10", *arguments)
    assert words == "No active stream matches that account, log and provider; /sync/ lists them all."


def test_inactive_stream_is_not_read(make_stream):
    make_stream(is_active=False)
    assert "No active stream matches" in refused("--since", "2026-11-10")


def test_without_range_reads_missing_time(logins, cover, settings, now):
    since = now - 2 * DAY
    logins.covered_ranges.all().delete()
    cover(logins, now - DAY, now)
    assert backfill() == "Complete.\n"
    assert windows(logins) == [(since, TODAY - DAY), (TODAY - DAY, now - DAY)]
    assert not AskedRange.objects.exists()


def test_timeless_rows_count_in_full_hour(company, logins):
    def timeless(answer):
        body = json.loads(answer.body)
        for row in body["result"]:
            row.pop("created_at")
        return replace(answer, body=json.dumps(body).encode())

    company(faults=lambda request: timeless if "access_requests" in request.path else None)
    arguments = ["--since", "2026-11-10T08:30:00+05:30", "--until", "2026-11-10T20:30:00+05:30"]
    assert backfill(*arguments, "--log", "access_requests") == "Complete.\n"
    assert AccessRequest.objects.filter(created_at=TODAY - 9 * DAY + 3 * HOUR).exists()
    assert differences() == []


# Interrupted, and together


def test_interrupted_backfill_resumes(company, logins):
    calls = []

    def interrupt(request):
        if "access_requests" in request.path:
            calls.append(request)
            if len(calls) == 6:
                raise KeyboardInterrupt

    company(faults=interrupt)
    arguments = ["--since", "2026-11-10", "--until", "2026-11-15", "--log", "access_requests"]
    with pytest.raises(KeyboardInterrupt):
        backfill(*arguments)
    read_before = windows(logins)
    assert 0 < len(read_before) < 5
    assert not Claim.objects.exists()
    assert backfill() == "Complete.\n"
    assert settled(logins)[0] == Span(TODAY - 9 * DAY, TODAY - 4 * DAY)
    # What the first had read to its end, the second did not read again.
    assert len(windows(logins)) == 5
    assert windows(logins)[-len(read_before) :] == read_before
    assert differences() == []


def test_same_command_twice_reads_once(logins):
    arguments = ["--since", "2026-11-10", "--until", "2026-11-15", "--log", "access_requests"]
    backfill(*arguments)
    once = rays()
    for _ in range(2):
        assert backfill(*arguments) == "Complete.\n"
    assert rays() == once
    assert len(windows(logins)) == 5
    assert AskedRange.objects.count() == 1


def test_claimed_window_is_waited_for(logins, naps, now):
    claimed = Span(TODAY - 8 * DAY, TODAY - 7 * DAY)
    claim = Claim.objects.create(stream=logins, since=claimed.since, until=claimed.until)
    claim.take_lease("a worker")

    def end():
        if len(naps.taken) == 3:
            cover(Stream.objects.get(pk=logins.pk), claimed, now)
            claim.delete()

    naps.during = end
    arguments = ["--since", "2026-11-10", "--until", "2026-11-13", "--log", "access_requests"]
    assert backfill(*arguments) == "Complete.\n"
    assert len(naps.taken) == 3
    assert windows(logins) == [(TODAY - 9 * DAY, TODAY - 8 * DAY), (TODAY - 7 * DAY, TODAY - 6 * DAY)]
    assert settled(logins)[0] == Span(TODAY - 9 * DAY, TODAY - 6 * DAY)


def test_killed_workers_window_is_read(logins, naps, now):
    claim = Claim.objects.create(stream=logins, since=TODAY - 8 * DAY, until=TODAY - 7 * DAY)
    claim.take_lease("a worker")
    # The lease ends by the database's clock, which no test can move.
    naps.during = lambda: Claim.objects.filter(pk=claim.pk).update(lease_expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert backfill("--since", "2026-11-10", "--until", "2026-11-13", "--log", "access_requests") == "Complete.\n"
    assert len(windows(logins)) == 3


def test_waiting_never_rereads_newest_time(logins, naps, now):
    AccessRequest.objects.all().delete()
    logins.covered_ranges.all().delete()
    claim = Claim.objects.create(stream=logins, since=TODAY - DAY, until=TODAY)
    claim.take_lease("a worker")
    naps.during = lambda: len(naps.taken) == 10 and claim.delete()
    assert backfill("--since", "2026-11-17", "--log", "access_requests") == "Complete.\n"
    assert len(naps.taken) == 10
    edge = now - 30 * MINUTE
    assert windows(logins) == [(TODAY - 2 * DAY, TODAY - DAY), (TODAY - DAY, TODAY), (TODAY, edge), (edge, now)]


def test_long_backfill_still_completes(logins, naps, time_machine):
    logins.covered_ranges.all().delete()
    claim = Claim.objects.create(stream=logins, since=TODAY - DAY, until=TODAY)
    claim.take_lease("a worker")

    def take_hours():
        time_machine.shift(3 * HOUR)
        claim.delete()

    naps.during = take_hours
    assert backfill("--since", "2026-11-17", "--log", "access_requests") == "Complete.\n"


def test_leased_newest_time_is_waited_for(logins, naps, now):
    logins.covered_ranges.all().delete()
    logins.take_lease("a worker")
    naps.during = lambda: logins.release_lease("a worker")
    assert backfill("--since", "2026-11-19", "--log", "access_requests") == "Complete.\n"
    assert len(naps.taken) == 1


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_commands_read_every_window_once(company, settings, monkeypatch, account):
    monkeypatch.setattr("logsync.management.commands.backfill.LOOK_EVERY_SECONDS", 0.01)
    company(logins_per_day=50, scim_per_day=4)
    call_command("sync", stdout=StringIO())
    SyncRun.objects.all().delete()
    said = at_once(*[partial(backfill, "--since", "2026-11-01", "--until", "2026-11-11")] * 2)
    assert said == ["Complete.\n"] * 2
    for stream in Stream.objects.filter(is_active=True):
        assert windows(stream) == [(TODAY - days * DAY, TODAY - (days - 1) * DAY) for days in range(18, 8, -1)]
    assert not Claim.objects.exists()
    assert differences() == []


def test_blocked_token_is_waited_for(logins, naps):
    Connections().gate(ApiToken.objects.get()).block(120)
    assert backfill("--since", "2026-11-10", "--until", "2026-11-12") == "Complete.\n"
    assert sum(naps.taken) == 120


def test_backfill_stays_under_its_share(company, naps, streams):
    counts = []
    company(rate_limit=(20, 60), enforce_rate_limit=True, faults=lambda request: counts.append(1))
    assert backfill("--since", "2026-11-06", "--until", "2026-11-10") == "Complete.\n"
    assert naps.taken
    assert ApiToken.objects.get().blocked_until is None
    # Three quarters of 80 percent of 20 calls a minute, and it waited no longer than for new ones.
    assert sum(naps.taken) / 60 * 12 <= len(counts) <= (sum(naps.taken) / 60 + 1) * 12


# What cannot be read


def until(day, fault):
    """Spoil what is asked of logins before that."""
    return lambda request: fault if "access_requests" in request.path and request.query["until"][-1] < day else None


def test_failed_time_is_named_rest_read(company, streams):
    company(faults=until("2026-11-11T12", html_page(502)))
    words = refused("--since", "2026-11-10", "--until", "2026-11-13")
    assert words.startswith(
        "Logins · Meridian is not complete: 10 Nov 2026 00:00:00 to 11 Nov 2026 00:00:00 UTC could not be read: "
        "Cloudflare's API was not reached: a proxy or Cloudflare's edge answered 502"
    )
    assert "SCIM" not in words
    assert settled(streams[0])[0] == Span(TODAY - 8 * DAY, TODAY - 6 * DAY)
    assert settled(streams[1])[0] == Span(TODAY - 9 * DAY, TODAY - 6 * DAY)
    company()
    assert backfill("--since", "2026-11-10", "--until", "2026-11-13") == "Complete.\n"


def test_refused_log_shows_hint(company, streams):
    company(faults=lambda request: forbidden if "access_requests" in request.path else None)
    words = refused("--since", "2026-11-10", "--until", "2026-11-13")
    assert words.startswith("Logins · Meridian is not complete: Cloudflare refused (403, code 10000")
    assert "“Access: Audit Logs Read”" in words
    assert len(windows(streams[1])) == 3


@pytest.mark.parametrize("minutes", [10, 25, 200])
def test_failed_newest_time_is_no_success(company, logins, now, minutes):
    logins.covered_ranges.all().delete()
    arguments = ["--since", f"{now - minutes * MINUTE:%Y-%m-%dT%H:%M:%SZ}", "--log", "access_requests"]
    company(faults=lambda request: html_page(502))
    assert "answered 502" in refused(*arguments)
    company()
    assert backfill(*arguments) == "Complete.\n"


# Ranges that are none


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "2026-11-12", "--until", "2026-11-10"],
        ["--since", "2026-11-12", "--until", "2026-11-12"],
        ["--since", "2026-11-20"],
        ["--since", "2027-01-01", "--until", "2027-01-02"],
    ],
)
def test_empty_or_future_range_is_refused(make_stream, now, arguments):
    make_stream()
    words = refused(*arguments)
    assert words == "The range is empty, or has not happened yet: --since must be before --until."
    assert not AskedRange.objects.exists()


@pytest.mark.parametrize("arguments", [["--until", "2026-11-10"], ["--again"]])
def test_a_range_needs_a_beginning(make_stream, arguments):
    make_stream()
    assert refused(*arguments) == "Give the start of the range with --since."


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize(
    "text",
    ["yesterday", "", "19.11.2026", "2026-02-30", "2026-11-19T25:00:00Z", "2026-13", "0001-01-01T00:00:00+05:00"],
)
def test_invalid_time_names_accepted_formats(db, option, text):
    said = f"{text!r} is neither a date (2026-11-19) nor an RFC 3339 time (2026-11-19T08:30:00Z)."
    assert refused(option, text) == f"Error: argument {option}: {said}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-19", TODAY),
        ("2026-11-19T08:30:00Z", TODAY + 8.5 * HOUR),
        ("2026-11-19T08:30:00+05:30", TODAY + 3 * HOUR),
        ("2026-11-19 08:30", TODAY + 8.5 * HOUR),
        ("2026-11-19T08:30:00.25Z", TODAY + 8.5 * HOUR + timedelta(seconds=0.25)),
    ],
)
def test_time_defaults_to_utc(text, meant):
    assert moment(text) == meant
    assert moment(text).tzinfo == UTC


def test_unknown_log_is_refused(db):
    assert "invalid choice: 'logins' (choose from 'access_requests', 'scim_updates')" in refused("--log", "logins")


# The bar


def test_progress_bar_shows_remainder_and_workers(logins, capsys):
    capsys.readouterr()
    backfill("--since", "2026-11-10", "--until", "2026-11-12", "--log", "access_requests")
    first, *_, last = filter(None, capsys.readouterr().err.replace("\n", "\r").split("\r"))
    assert first.startswith("Backfill:   0%|")
    assert last.startswith("Backfill: 100%|")
    assert "48 of 48 h" in last
    assert "0 h left, 0 at work" in last


def test_expired_time_is_not_called_quiet(logins, now):
    words = backfill("--since", "2026-08-01", "--until", "2026-08-03", "--log", "access_requests")
    assert words == (
        "Logins · Meridian: Cloudflare sent no rows of 1 Aug 2026 00:00 to 3 Aug 2026 00:00 UTC, and may no longer "
        "keep that time.\nComplete.\n"
    )
    assert spans_of(Stream.objects.get(pk=logins.pk), State.BEYOND)[0].since == datetime(2026, 8, 1, tzinfo=UTC)
