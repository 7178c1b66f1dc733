"""The page about the sync: what each stream is doing, what is wrong and how to mend it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from kombu import pools

from dashboard.celery import app
from dashboard.coverage.views import MOST_RUNS
from logsync.models import Account, Installation, Log, Stream, SyncRun
from tests.conftest import NOW
from tests.dashboard.reading import follow, page_of, problems_in


@pytest.fixture
def page(signed_in):
    return lambda query="": page_of(signed_in.get(f"/sync/?{query}"))


@pytest.fixture
def make_run():
    """Make a run that read an hour of a stream in two seconds, so many minutes ago."""

    def make(stream, minutes=1, **values):
        at = NOW - timedelta(minutes=minutes)
        row = {
            "started_at": at,
            "finished_at": at + timedelta(seconds=2),
            "since": NOW - timedelta(hours=1),
            "until": NOW,
        }
        return SyncRun.objects.create(stream=stream, **(row | values))

    return make


def runs_on(page):
    """The rows of the second table, which is that of the runs."""
    headers = next(number for number, row in enumerate(page.rows) if row[0] == "Began")
    return page.rows[headers + 1 :]


def test_without_streams_the_page_says_how_they_come_to_be(account, page):
    assert "No stream yet" in page().text
    assert "if a worker and beat run" in page().text


def test_every_stream_is_listed_by_its_name(okta, make_stream, page):
    make_stream()
    make_stream(Log.SCIM_UPDATES, okta.idp_id)
    make_stream(Log.SCIM_UPDATES, "unknown-idp")
    text = page().text
    for name in ("Logins · Meridian", "SCIM · Okta · Meridian", "SCIM · unknown-idp · Meridian"):
        assert name in text
    assert "3 streams, read every 60 s; the last 15 min are read again" in text


# Troubles


def test_what_is_refused_is_said_with_what_mends_it_and_since_when(make_stream, page):
    make_stream(
        error="Give the token the permission “Access: Audit Logs Read”.",
        needs_person=True,
        error_since=NOW - timedelta(hours=2),
        retry_at=NOW + timedelta(minutes=5),
    )
    text = page().text
    assert "Logins · Meridian is refused since 19 Nov 12:06:12" in text
    assert "Give the token the permission “Access: Audit Logs Read”. Next try at 14:11:12" in text


def test_what_mends_itself_is_failing_and_comes_after_what_needs_a_person(make_stream, okta, page):
    make_stream(error="Cloudflare answered 500.", error_since=NOW)
    make_stream(Log.SCIM_UPDATES, okta.idp_id, error="Cloudflare refused.", needs_person=True, error_since=NOW)
    text = page().text
    assert text.index("SCIM · Okta · Meridian is refused") < text.index("Logins · Meridian is failing")


def test_what_stops_everything_comes_first(make_stream, page):
    Installation.get()
    Installation.objects.update(directory_error="Cloudflare does not accept the API token.")
    make_stream(error="refused", error_since=NOW)
    text = page().text
    assert text.index("The accounts could not be listed") < text.index("is failing")
    assert "Cloudflare does not accept the API token." in text


def test_directories_that_could_not_be_listed_are_named_with_their_account(account, page):
    Account.objects.update(providers_error="No permission for providers.", applications_error="None for applications.")
    text = page().text
    assert "The SCIM log of Meridian cannot be asked for" in text
    assert "The applications of Meridian could not be listed" in text
    assert "No permission for providers." in text
    assert "None for applications." in text


def test_without_troubles_none_is_said(all_logins_known, page):
    for word in ("refused", "failing", "could not be listed"):
        assert word not in page().text


# Runs


def test_runs_are_listed_newest_first_with_what_they_brought(make_stream, make_run, page):
    stream = make_stream()
    make_run(stream, 5, fetched=1000, stored=987)
    make_run(stream, 1, finished_at=None)
    make_run(stream, 3, error="Cloudflare answered 500.")
    assert runs_on(page()) == [
        ["14:05:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "0", "0", "–", "Running"],
        ["14:03:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "0", "0", "2.0 s", "Failed"],
        ["14:01:12", "Logins · Meridian", "19 Nov 13:06 to 14:06", "987", "1000", "2.0 s", "Read"],
    ]


def test_a_window_over_midnight_names_both_days(make_stream, make_run, page):
    make_run(make_stream(), since=NOW - timedelta(days=1))
    assert runs_on(page())[0][2] == "18 Nov 14:06 to 19 Nov 14:06"


def test_only_the_newest_runs_are_listed(make_stream, make_run, page):
    stream = make_stream()
    for minutes in range(MOST_RUNS + 5):
        make_run(stream, minutes)
    assert len(runs_on(page())) == MOST_RUNS


def test_runs_can_be_narrowed_to_a_stream_by_its_name(okta, make_stream, make_run, signed_in):
    make_run(make_stream())
    make_run(make_stream(Log.SCIM_UPDATES, okta.idp_id))
    whole = page_of(signed_in.get("/sync/"))
    narrowed = page_of(follow(signed_in, "/sync/", whole.link("SCIM · Okta · Meridian")))
    assert len(runs_on(whole)) == 2
    assert [row[1] for row in runs_on(narrowed)] == ["SCIM · Okta · Meridian"]
    assert len(runs_on(page_of(follow(signed_in, "/sync/", narrowed.link("Every stream"))))) == 2


def test_before_the_first_run_there_are_none(make_stream, page):
    make_stream()
    assert runs_on(page()) == [["None yet."]]


@pytest.mark.parametrize("asked", ["0", "999999999999999999999", "x", "\0", "1 OR 1=1"])
def test_a_stream_that_is_not_there_gets_a_sentence(asked, make_stream, signed_in):
    make_stream()
    response = signed_in.get("/sync/", {"stream": asked})
    assert response.status_code == 400
    assert problems_in(response) == [f"There is no stream {asked}; choose one of the list."]


def test_the_page_refreshes_itself_under_its_own_address(make_stream, signed_in):
    stream = make_stream()
    address = f"/sync/?stream={stream.pk}"
    polled = [element.attrs.get("hx-get") for element in page_of(signed_in.get(address)).elements]
    assert address in polled


def test_many_runs_cost_no_more_questions_than_one(make_stream, make_run, signed_in, django_assert_max_num_queries):
    stream = make_stream()
    make_run(stream)
    with django_assert_max_num_queries(25) as one:
        signed_in.get("/sync/")
    for minutes in range(20):
        make_run(stream, minutes)
    with django_assert_max_num_queries(len(one)):
        signed_in.get("/sync/")


# Sync now

CELERY: Any = app
ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


@pytest.fixture
def broker():
    """Have tasks sent to a broker at an address, or to none that answers."""
    usual = CELERY.conf.broker_url, CELERY.conf.task_publish_retry_policy

    def use(url, policy):
        CELERY.conf.broker_url, CELERY.conf.task_publish_retry_policy = url, policy
        CELERY._pool = CELERY.amqp._producer_pool = None
        pools.reset()

    yield use
    use(*usual)


def test_a_sync_is_started_on_request(broker, make_stream, signed_in):
    broker("memory://localhost", ONCE)
    response = signed_in.post("/sync/now/", follow=True)
    assert response.redirect_chain == [("/sync/", 302)]
    assert "A sync was started; new rows appear as they come." in page_of(response).text
    with CELERY.connection_for_read() as connection:
        message = connection.SimpleQueue("celery").get_nowait()
    assert message.headers["task"] == "logsync.tasks.start_syncs"


def test_a_stream_that_waits_for_a_person_is_not_made_to_wait_any_longer(broker, make_stream, signed_in):
    broker("memory://localhost", ONCE)
    later = NOW + timedelta(minutes=5)
    mended = make_stream(error="refused", needs_person=True, retry_at=later)
    # Cloudflare asked for this pause; asking sooner would only prolong it.
    paused = make_stream(Log.SCIM_UPDATES, "okta", error="429", retry_at=later)
    signed_in.post("/sync/now/")
    assert Stream.objects.get(pk=mended.pk).retry_at is None
    assert Stream.objects.get(pk=paused.pk).retry_at == later


def test_a_broker_that_does_not_answer_is_said_to_be_down(broker, make_stream, signed_in):
    broker("redis://127.0.0.1:1/0", ONCE)
    response = signed_in.post("/sync/now/", follow=True)
    assert "No sync was started: the broker does not answer. Check that Redis runs" in page_of(response).text
    assert "A sync was started" not in page_of(response).text


def test_a_sync_is_not_started_by_looking(account, signed_in):
    assert signed_in.get("/sync/now/").status_code == 405
