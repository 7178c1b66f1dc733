"""The page about the sync: what each stream is doing, what is wrong and how to fix it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.sync.views import MOST_RUNS
from logsync.ingest.claims import windows_of
from logsync.models import Log, Stream
from logsync.spans import Span
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, problems_in


def runs_on(page):
    """The rows of the second table, which is that of the runs."""
    headers = next(number for number, row in enumerate(page.rows) if row[0] == "Started")
    return page.rows[headers + 1 :]


def test_page_without_streams_explains_itself(account, page):
    assert "No streams yet" in page().text
    assert "if a worker and beat are running" in page().text


def test_every_stream_is_listed_by_name(okta, make_stream, page):
    make_stream()
    make_stream(Log.SCIM_UPDATES, okta.idp_id)
    make_stream(Log.SCIM_UPDATES, "unknown-idp")
    text = page().text
    for name in ("Logins · Meridian", "SCIM · Okta · Meridian", "SCIM · unknown-idp · Meridian"):
        assert name in text
    assert "3 streams, read every 60 s. The last 15 min are read again" in text


# Runs


def test_runs_are_listed_newest_first(make_stream, make_run, page):
    stream = make_stream()
    make_run(stream, 5, fetched=1000, stored=987)
    make_run(stream, 1, finished_at=None, outcome="running")
    make_run(stream, 2, outcome="stopped", error="Another worker took it over.")
    make_run(stream, 3, outcome="failed", error="Cloudflare answered 500.")
    assert runs_on(page()) == [
        ["14:05:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "0", "0", "–", "Running"],
        ["14:04:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "0", "0", "2.0 s", "Stopped"],
        ["14:03:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "0", "0", "2.0 s", "Failed"],
        ["14:01:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "987", "1,000", "2.0 s", "Read"],
    ]


def test_window_over_midnight_names_both_days(make_stream, make_run, page):
    make_run(make_stream(), since=NOW - timedelta(days=1))
    assert runs_on(page())[0][2] == "18 Nov 14:06 to 19 Nov 14:06"


def test_only_the_newest_runs_are_listed(make_stream, make_run, page):
    stream = make_stream()
    for minutes in range(MOST_RUNS + 5):
        make_run(stream, minutes)
    assert len(runs_on(page())) == MOST_RUNS


def test_runs_can_be_filtered_by_stream(okta, make_stream, make_run, signed_in):
    make_run(make_stream())
    make_run(make_stream(Log.SCIM_UPDATES, okta.idp_id))
    whole = page_of(signed_in.get("/sync/"))
    narrowed = page_of(follow(signed_in, "/sync/", whole.link("SCIM · Okta · Meridian")))
    assert len(runs_on(whole)) == 2
    assert not whole.has_link("Show all streams")
    assert [row[1] for row in runs_on(narrowed)] == ["SCIM · Okta · Meridian"]
    assert len(runs_on(page_of(follow(signed_in, "/sync/", narrowed.link("Show all streams"))))) == 2


def test_failed_run_shows_its_error(make_stream, make_run, page):
    make_run(make_stream(), outcome="failed", error="Cloudflare answered 500.")
    assert "Cloudflare answered 500." in [element.attrs.get("title") for element in page().elements]


def test_missing_runs_are_stated(make_stream, page):
    make_stream()
    text = page().text
    assert "None yet." in text
    assert "Rows received" not in text


@pytest.mark.parametrize("asked", ["0", "999999999999999999999", "x", "1 OR 1=1"])
def test_unknown_stream_answers_400(asked, make_stream, signed_in):
    make_stream()
    response = signed_in.get("/sync/", {"stream": asked})
    assert response.status_code == 400
    assert problems_in(response) == [f"There is no stream {asked}; choose one from the list."]


def test_page_refreshes_with_its_query_string(make_stream, signed_in):
    stream = make_stream()
    address = f"/sync/?stream={stream.pk}"
    polled = [element.attrs.get("hx-get") for element in page_of(signed_in.get(address)).elements]
    assert address in polled


def test_query_count_is_constant_for_runs(make_stream, make_run, signed_in, django_assert_max_num_queries):
    stream = make_stream()
    make_run(stream)
    # The first visit is also noted as such.
    signed_in.get("/sync/")
    with django_assert_max_num_queries(30) as one:
        signed_in.get("/sync/")
    for minutes in range(20):
        make_run(stream, minutes)
    with django_assert_max_num_queries(len(one)):
        signed_in.get("/sync/")


# Sync now


def test_a_sync_is_started_on_request(living_broker, make_stream, signed_in):
    response = signed_in.post("/sync/now/", follow=True)
    assert response.redirect_chain == [("/sync/", 302)]
    assert "Sync started. New rows appear as they arrive." in page_of(response).text
    assert living_broker() == ["logsync.tasks.start_syncs"]


def test_refused_stream_is_retried_immediately(living_broker, make_stream, signed_in):
    later = NOW + timedelta(minutes=5)
    mended = make_stream(error="refused", needs_person=True, retry_at=later)
    # Cloudflare asked for this pause; asking sooner would only prolong it.
    paused = make_stream(Log.SCIM_UPDATES, "okta", error="429", retry_at=later)
    signed_in.post("/sync/now/")
    assert Stream.objects.get(pk=mended.pk).retry_at is None
    assert Stream.objects.get(pk=paused.pk).retry_at == later


def test_failed_time_is_retried_immediately(living_broker, make_stream, fail, signed_in):
    logins, updates = make_stream(), make_stream(Log.SCIM_UPDATES, "okta")
    for stream in (logins, updates):
        fail(stream, NOW - timedelta(days=3), NOW - timedelta(days=2), tries=9, retry_at=NOW + timedelta(hours=1))
        assert not any(window.since >= NOW - timedelta(days=3) for window in windows_of(stream, TWO_DAYS_AGO))
    signed_in.post("/sync/now/")
    for stream in (logins, updates):
        assert stream.failed_ranges.get().retry_at == NOW
        assert next(windows_of(Stream.objects.get(pk=stream.pk), TWO_DAYS_AGO)).until == NOW - timedelta(days=2)


TWO_DAYS_AGO = Span(NOW - timedelta(days=3), NOW - timedelta(days=2))


def test_unreachable_broker_is_reported(dead_broker, make_stream, signed_in):
    response = signed_in.post("/sync/now/", follow=True)
    assert "The sync didn’t start: the broker is not answering. Check that Redis is running" in page_of(response).text
    assert "A sync was started" not in page_of(response).text


def test_get_request_starts_no_sync(account, signed_in):
    assert signed_in.get("/sync/now/").status_code == 405


@pytest.mark.parametrize("address", ["/sync/now/", "/sync/backfill/"])
def test_sync_request_needs_csrf_token(address, living_broker, make_stream, fail, signed_in):
    later = NOW + timedelta(hours=1)
    failed = fail(make_stream(), NOW - timedelta(days=3), NOW - timedelta(days=2), retry_at=later)
    signed_in.handler.enforce_csrf_checks = True
    response = signed_in.post(address, {"since": "2026-11-16"})
    assert response.status_code == 403
    failed.refresh_from_db()
    assert failed.retry_at == later
    assert living_broker() == []


@pytest.mark.parametrize("address", ["/sync/now/", "/sync/backfill/"])
def test_sync_request_needs_sign_in(address, living_broker, make_stream, client):
    stream = make_stream(error="refused", needs_person=True, retry_at=NOW + timedelta(hours=1))
    response = client.post(address, {"since": "2026-11-16"})
    assert response["Location"].startswith("/sign-in/")
    stream.refresh_from_db()
    assert stream.retry_at is not None
    assert not stream.asked_ranges.exists()
    assert living_broker() == []
