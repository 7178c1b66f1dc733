"""Any range can be asked for: a hole by its button, or whatever the form says; and the page says how far that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.sync.views import MOST_BACKFILLS, MOST_HOLES
from logsync.ingest.claims import windows_of
from logsync.models import ApiToken, AskedRange, Claim, Log, Stream, SyncRun
from logsync.spans import Span
from tests.conftest import NOW
from tests.dashboard.reading import page_of

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
OLD = NOW - timedelta(minutes=30)  # younger time is read every round
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def asked(stream):
    return [(range.since, range.until, range.again) for range in stream.asked_ranges.all()]


def said(response):
    """What the page says after a form was sent."""
    return [str(message) for message in response.context["messages"]]


def holes_on(page):
    """The forms of the holes, with what each sends."""
    sent = [(form.attrs.get("action"), dict(form.fields)) for form in page.forms]
    return [fields for action, fields in sent if action == "/sync/backfill/" and "until" in fields and fields["until"]]


# Holes


def test_each_hole_has_its_own_button(make_stream, cover, page):
    stream = make_stream(backfill_since=NOW - 5 * DAY)
    cover(stream, NOW - 5 * DAY, NOW - 4 * DAY)
    cover(stream, NOW - 3 * DAY + timedelta(microseconds=123456), NOW - HOUR)
    shown = page()
    assert [button.text for button in shown.all("button") if button.text.startswith("Read ")] == [
        "Read this range",
        "Read 15 Nov 14:06 to 16 Nov 14:06",
        "Read 19 Nov 13:06 to 13:36",
    ]
    assert [(fields["stream"], fields["since"], fields["until"]) for fields in holes_on(shown)] == [
        (str(stream.pk), "2026-11-15T14:06:12+00:00", "2026-11-16T14:06:12.123456+00:00"),
        (str(stream.pk), "2026-11-19T13:06:12+00:00", "2026-11-19T13:36:12+00:00"),
    ]


def test_failed_hole_is_retried_immediately(living_broker, make_stream, cover, fail, page, signed_in):
    stream = make_stream(backfill_since=NOW - 5 * DAY, succeeded_at=NOW)
    hole = Span(NOW - 3 * DAY, NOW - 3 * DAY + timedelta(seconds=20))
    cover(stream, NOW - 5 * DAY, hole.since)
    cover(stream, hole.until, NOW)
    failed = fail(stream, *hole, tries=5, retry_at=NOW + HOUR)
    other = fail(make_stream(Log.SCIM_UPDATES, "okta"), *hole, retry_at=NOW + HOUR)
    assert not list(windows_of(stream, hole))
    [fields] = holes_on(page(f"stream={stream.pk}"))
    response = signed_in.post("/sync/backfill/", fields, follow=True)
    assert said(response) == ["16 Nov 2026 14:06 to 16 Nov 2026 14:06 UTC of 1 stream will be read, newest first."]
    failed.refresh_from_db()
    other.refresh_from_db()
    assert (failed.retry_at, failed.tries) == (NOW, 5)
    assert other.retry_at == NOW + HOUR
    assert asked(stream) == []  # it is wanted already
    assert list(windows_of(Stream.objects.get(pk=stream.pk), hole)) == [hole]
    assert living_broker() == ["logsync.tasks.start_syncs"]


def test_only_newest_holes_have_buttons(make_stream, cover, page):
    stream = make_stream()
    for number in range(MOST_HOLES + 3):
        cover(stream, OLD - number * DAY - 20 * HOUR, OLD - number * DAY)
    cover(stream, NOW - 30 * DAY, OLD - 8 * DAY - 24 * HOUR)
    shown = page()
    assert len(holes_on(shown)) == MOST_HOLES
    assert "3 older holes, and" in shown.text
    assert holes_on(shown)[-1]["until"] == (OLD - 20 * HOUR).isoformat()


def test_seconds_between_rounds_are_no_hole(make_stream, cover, page):
    stream = make_stream()
    cover(stream, NOW - 30 * DAY, OLD - timedelta(seconds=59))
    assert holes_on(page()) == []


def test_failed_seconds_are_a_hole(make_stream, cover, fail, page):
    stream = make_stream()
    cover(stream, NOW - 30 * DAY, NOW - 3 * DAY)
    cover(stream, NOW - 3 * DAY + timedelta(seconds=2), NOW)
    fail(stream, NOW - 3 * DAY, NOW - 3 * DAY + timedelta(seconds=2))
    [hole] = holes_on(page())
    assert (hole["since"], hole["until"]) == ("2026-11-16T14:06:12+00:00", "2026-11-16T14:06:14+00:00")
    assert "Read 16 Nov 14:06:12 to 14:06:14" in page().text


def test_expired_time_is_no_hole(make_stream, cover, page):
    stream = make_stream()
    cover(stream, NOW - 30 * DAY, NOW - 10 * DAY, state="beyond")
    cover(stream, NOW - 10 * DAY, NOW)
    assert holes_on(page()) == []


def test_inactive_stream_offers_no_holes(make_stream, page):
    gone = make_stream(is_active=False)
    shown = page(f"stream={gone.pk}")
    assert "This range has not been synced yet" in shown.text
    assert holes_on(shown) == []


# The form


@pytest.fixture
def send(living_broker, signed_in):
    """Send the form as a person fills it in; give what the page says then."""
    return lambda **fields: said(signed_in.post("/sync/backfill/", fields, follow=True))


def test_form_offers_each_and_every_stream(make_stream, okta, signed_in):
    make_stream()
    make_stream(Log.SCIM_UPDATES, okta.idp_id)
    page = page_of(signed_in.get("/sync/"))
    [form] = [form for form in page.forms if ("since", "") in form.fields]
    assert form.attrs["method"] == "post"
    assert dict(form.fields).keys() == {"csrfmiddlewaretoken", "stream", "since", "until"}  # `again` is not ticked
    options = [option.text for option in page.all("option")]
    assert options == ["Every stream", "Logins · Meridian", "SCIM · Okta · Meridian"]


def test_form_needs_a_stream(account, page):
    assert not [form for form in page().forms if form.attrs.get("action") == "/sync/backfill/"]


def test_range_of_one_stream_is_requested(send, make_stream, living_broker):
    one, other = make_stream(), make_stream(Log.SCIM_UPDATES, "okta")
    words = send(stream=one.pk, since="2026-09-01", until="2026-09-03T12:30Z")
    assert words == ["1 Sep 2026 00:00 to 3 Sep 2026 12:30 UTC of 1 stream will be read, newest first."]
    assert asked(one) == [(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 3, 12, 30, tzinfo=UTC), False)]
    assert asked(other) == []
    assert living_broker() == ["logsync.tasks.start_syncs"]


def test_range_of_active_streams_is_requested(send, make_stream):
    streams = [make_stream(Log.SCIM_UPDATES, idp) for idp in ("a", "b", "c")]
    gone = make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert send(stream="", since="2026-09-01", until="2026-09-02")[0].endswith(
        "of 3 streams will be read, newest first."
    )
    assert [len(asked(stream)) for stream in streams] == [1, 1, 1]
    assert asked(gone) == []


def test_request_records_user_and_time(send, make_stream):
    make_stream()
    send(since="2026-09-01")
    range = AskedRange.objects.get()
    assert (range.asked_by, range.asked_at) == ("sam", NOW)


def test_wanted_range_is_not_requested_twice(send, make_stream):
    stream = make_stream(backfill_since=NOW - 5 * DAY)
    send(since=f"{MIDNIGHT - 10 * DAY:%Y-%m-%d}")
    assert asked(stream) == [(MIDNIGHT - 10 * DAY, NOW - 5 * DAY, False)]
    send(since=f"{MIDNIGHT - 10 * DAY:%Y-%m-%d}")
    assert len(asked(stream)) == 1


def test_open_or_future_range_ends_now(send, make_stream):
    stream = make_stream(backfill_since=NOW)
    for until in ("", "2027-01-01", "9999-12-31T23:59:59Z"):
        words = send(since="2026-11-18T10:00", until=until)
        assert words == ["18 Nov 2026 10:00 to 19 Nov 2026 14:06 UTC of 1 stream will be read, newest first."]
        assert asked(stream) == [(datetime(2026, 11, 18, 10, tzinfo=UTC), NOW, False)]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-02", datetime(2026, 11, 2, tzinfo=UTC)),
        ("2026-11-02T13:00", datetime(2026, 11, 2, 13, tzinfo=UTC)),
        ("2026-11-02T13:00Z", datetime(2026, 11, 2, 13, tzinfo=UTC)),
        ("2026-11-02 13:00", datetime(2026, 11, 2, 13, tzinfo=UTC)),
        (" 2026-11-02t13:00:05.5z ", datetime(2026, 11, 2, 13, 0, 5, 500000, tzinfo=UTC)),
        ("2026-11-02T13:00+02:00", datetime(2026, 11, 2, 11, tzinfo=UTC)),
    ],
)
def test_human_time_formats_are_accepted(text, moment, send, make_stream):
    stream = make_stream(backfill_since=NOW)
    send(since=text, until="2026-11-03")
    assert asked(stream) == [(moment, datetime(2026, 11, 3, tzinfo=UTC), False)]


def test_known_time_is_reread_on_request(send, make_stream, cover):
    stream = make_stream()
    cover(stream, NOW - 30 * DAY, NOW)
    day = Span(MIDNIGHT - 5 * DAY, MIDNIGHT - 4 * DAY)
    fields = {"since": f"{day.since:%Y-%m-%d}", "until": f"{day.until:%Y-%m-%d}"}
    send(**fields)
    assert (asked(stream), list(windows_of(stream, day))) == ([], [])
    send(**fields, again="on")
    assert asked(stream) == [(*day, True)]
    assert list(windows_of(Stream.objects.get(pk=stream.pk), day)) == [day]


def test_requested_reread_is_hole_but_known(send, make_stream, cover, page):
    stream = make_stream()
    cover(stream, NOW - 30 * DAY, NOW)
    send(since="2026-11-10", until="2026-11-11", again="on")
    shown = page()
    assert "Complete from 20 Oct 14:06 to 19 Nov 14:06 UTC." in shown.text
    assert [hole["since"] for hole in holes_on(shown)] == ["2026-11-10T00:00:00+00:00"]


NEITHER = "“{}” is neither a date nor a time such as 2026-11-02T13:00Z."
EMPTY = "The range is empty, or has not happened yet: “from” must be before “to”."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Enter where to start: a date, or a time such as 2026-11-02T13:00Z."),
        ({"since": "  "}, "Enter where to start: a date, or a time such as 2026-11-02T13:00Z."),
        ({"until": "2026-11-02"}, "Enter where to start: a date, or a time such as 2026-11-02T13:00Z."),
        ({"since": "yesterday"}, NEITHER.format("yesterday")),
        ({"since": "2026-02-30"}, NEITHER.format("2026-02-30")),
        ({"since": "2026-11-02T25:00"}, NEITHER.format("2026-11-02T25:00")),
        ({"since": "<b>"}, NEITHER.format("<b>")),
        ({"since": "2026-11-02", "until": "soon"}, NEITHER.format("soon")),
        ({"since": "x", "until": "y"}, f"{NEITHER.format('x')} {NEITHER.format('y')}"),
        ({"since": "2026-11-02", "until": "2026-11-02"}, EMPTY),
        ({"since": "2026-11-03", "until": "2026-11-02"}, EMPTY),
        ({"since": "2026-11-19T14:06:12Z"}, EMPTY),
        ({"since": "2026-11-20"}, EMPTY),
        ({"since": "2026-11-20", "until": "2026-11-21"}, EMPTY),
        ({"since": "2026-11-02", "stream": "0"}, "There is no stream 0; choose one from the list."),
        ({"since": "2026-11-02", "stream": "1 OR 1=1"}, "There is no stream 1 OR 1=1; choose one from the list."),
        ({"since": "2024-11-18"}, "No log is kept that long: the earliest possible “from” is 2024-11-19."),
        ({"since": "0001-01-01T00:00+14:00"}, "No log is kept that long: the earliest possible “from” is 2024-11-19."),
        ({"since": "0001-01-01"}, "No log is kept that long: the earliest possible “from” is 2024-11-19."),
    ],
    ids=str,
)
def test_invalid_request_is_refused_with_sentence(fields, sentence, send, make_stream, living_broker):
    make_stream()
    assert send(**fields) == [f"Nothing was requested. {sentence}"]
    assert not AskedRange.objects.exists()
    assert living_broker() == []


def test_earliest_allowed_day_is_accepted(send, make_stream):
    stream = make_stream()
    send(since="2024-11-19")
    assert asked(stream)[0][0] == datetime(2024, 11, 19, tzinfo=UTC)


@pytest.mark.parametrize("name", ["since", "until", "stream"])
def test_a_nul_character_is_refused(name, send, make_stream):
    make_stream()
    [words] = send(**({"since": "2026-11-02"} | {name: "2026-11-03\0"}))
    assert words.startswith("Nothing was requested. ")
    assert not AskedRange.objects.exists()


def test_inactive_stream_cannot_be_requested(send, make_stream):
    make_stream()
    gone = make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert send(stream=gone.pk, since="2026-11-02") == [
        "Nothing was requested. Choose a stream that is still being read."
    ]
    assert not AskedRange.objects.exists()


def test_invalid_input_is_escaped_on_page(living_broker, make_stream, signed_in):
    make_stream()
    page = page_of(signed_in.post("/sync/backfill/", {"since": "<script>alert(1)</script>"}, follow=True))
    assert NEITHER.format("<script>alert(1)</script>") in page.text
    assert not [script for script in page.all("script") if not script.attrs.get("src")]


def test_get_request_asks_for_nothing(make_stream, signed_in):
    make_stream()
    assert signed_in.get("/sync/backfill/?since=2026-11-02").status_code == 405
    assert not AskedRange.objects.exists()


def test_range_is_kept_without_broker(dead_broker, make_stream, signed_in):
    stream = make_stream()
    words = said(signed_in.post("/sync/backfill/", {"since": "2026-09-01"}, follow=True))
    assert words == ["The sync didn’t start: the broker is not answering. Check that Redis is running at REDIS_URL."]
    assert len(asked(stream)) == 1  # the next round that runs reads it


# How far it has come


@pytest.fixture
def card(page):
    """What the card about the backfill says."""

    def read(query=""):
        text = page(query).text
        return text[text.rindex("Backfill day by day, newest first") :].split(" Doctor ")[0]

    return read


def test_complete_stream_has_nothing_left(make_stream, cover, card):
    cover(make_stream(), NOW - 30 * DAY, NOW)
    assert card() == "Backfill day by day, newest first Nothing left to read."


def test_missing_stream_has_nothing_left(account, card):
    assert card().endswith("Nothing left to read.")


def test_backfill_shows_days_read(make_stream, cover, page, card):
    stream = make_stream()
    assert "Logins · Meridian0 of 30 days" in card()
    cover(stream, OLD - 12 * DAY, NOW)
    assert "Logins · Meridian12 of 30 days" in card()
    assert "40 % read" in [drawing.attrs.get("aria-label") for drawing in page().all("svg")]
    bars = [bar.attrs["width"] for bar in page().all("rect") if bar.attrs["class"] == "m-accent"]
    assert bars == ["40.0%"]


def test_backfill_waits_for_worker(make_stream, card):
    make_stream()
    assert "waiting for a worker" in card()


def test_paused_token_waits_for_no_worker(account, make_stream, card):
    account.api_token = ApiToken.objects.create(fingerprint="f", blocked_until=NOW + timedelta(minutes=2))
    account.save()
    make_stream()
    assert "paused until 14:08:12 at Cloudflare’s request" in card()
    assert "waiting for a worker" not in card()


def test_failing_stream_pauses_backfill(make_stream, card):
    make_stream(error="refused", error_since=NOW)
    assert "waiting until the stream can be read again" in card()
    assert "waiting for a worker" not in card()


def test_active_backfill_shows_position_and_duration(make_stream, make_run, cover, card):
    stream = make_stream()
    cover(stream, OLD - 10 * DAY, NOW)
    # Two days of log in the two minutes since the first began: 20 days take 20 minutes.
    for minutes, days in ((2, 9), (1, 10)):
        since = OLD - days * DAY
        make_run(stream, minutes, is_backfill=True, since=since, until=since + DAY)
    for days in (11, 12):
        claim = Claim.objects.create(stream=stream, since=OLD - days * DAY, until=OLD - (days - 1) * DAY)
        claim.take_lease(f"worker{days}")
    # Whatever a dead worker held is nobody's.
    Claim.objects.create(stream=stream, since=OLD - 13 * DAY, until=OLD - 12 * DAY)
    words = card()
    assert "10 of 30 days" in words
    assert "about 20 min left with 2 workers" in words
    assert "at 7 Nov 13:36 to 8 Nov 13:36; " in words or "at 8 Nov 13:36 to 9 Nov 13:36; " in words


@pytest.mark.parametrize(
    "values",
    [{"is_backfill": False}, {"outcome": SyncRun.Outcome.FAILED}, {"started_at": NOW - timedelta(minutes=6)}],
    ids=str,
)
def test_duration_needs_recent_backfill_runs(values, make_stream, make_run, card):
    make_run(make_stream(), **({"is_backfill": True} | values))
    assert "left with" not in card()


def test_streams_are_shown_together_and_separately(make_stream, make_run, cover, card):
    make_stream()
    updates = make_stream(Log.SCIM_UPDATES, "okta")
    cover(updates, OLD - 15 * DAY, NOW)
    make_run(updates, 1, is_backfill=True, since=OLD - 15 * DAY, until=OLD - 14 * DAY)
    Claim.objects.create(stream=updates, since=OLD - 16 * DAY, until=OLD - 15 * DAY).take_lease("worker")
    together, rest = card().split("SCIM · okta · Meridian")
    read, waiting = rest.split("Logins · Meridian")
    assert "2 streams together15 of 60 days" in together
    assert "about 45 min left with 1 worker" in together
    assert "15 of 30 days" in read
    assert "at 3 Nov 13:36 to 4 Nov 13:36; about 15 min left with 1 worker" in read
    assert "0 of 30 days waiting for a worker" in waiting


def test_single_stream_is_shown_once(make_stream, card):
    make_stream()
    assert "together" not in card()


def test_streams_with_most_left_are_shown(make_stream, cover, card):
    for number in range(MOST_BACKFILLS + 2):
        cover(make_stream(Log.SCIM_UPDATES, f"idp-{number}"), OLD - number * DAY, NOW)
    words = card()
    assert f"{MOST_BACKFILLS + 2} streams together" in words
    shown = [number for number in range(MOST_BACKFILLS + 2) if f"idp-{number} " in words]
    assert shown == list(range(MOST_BACKFILLS))


def test_inactive_stream_has_no_backfill(make_stream, card):
    make_stream(is_active=False)
    assert card().endswith("Nothing left to read.")
