"""The doctor: every check in each of its states, in words that say what mends it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.celery import app
from logsync import health, tasks
from logsync.cloudflare.client import CloudflareClient
from logsync.health import Check, State, ask_cloudflare, environment, look_around, tokens
from logsync.health.providers import look_at_providers
from logsync.ingest.directory import sync_directory
from logsync.ingest.retention_probe import SHORTEST_RETENTION
from logsync.ingest.tokens import Connections, api_tokens
from logsync.models import Account, ApiToken, HourlyCount, IdentityProvider, Installation, LatenessCount, Log, Stream
from logsync.simulator import Simulator
from logsync.simulator.server.faults import html_page
from logsync.simulator.server.serve import serving
from tests import services
from tests.logsync.cloudflare.answers import failure, success

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BROKER = ("broker_url", "broker_transport_options")


@pytest.fixture(autouse=True)
def beat_was_seen(db, request):
    """Just now, so that no test waits for an answer of a worker unless it wants to."""
    if "now" in request.fixturenames:
        request.getfixturevalue("now")
    Installation.get()
    Installation.objects.update(beat_seen_at=timezone.now())


@pytest.fixture(autouse=True)
def broker(tmp_path):
    """An embedded broker of the test's own; call it to use another."""

    def use(url, **options):
        app.conf.update(broker_url=url, broker_transport_options=options)
        # What is connected to another broker is not used any more.
        app._after_fork()  # type: ignore[attr-defined]
        app.control._after_fork()  # type: ignore[attr-defined]

    before = {name: app.conf[name] for name in BROKER}
    for folder in ("messages", "control"):
        (tmp_path / folder).mkdir()
    messages, control = str(tmp_path / "messages"), str(tmp_path / "control")
    use("filesystem://localhost", data_folder_in=messages, data_folder_out=messages, control_folder=control)
    yield use
    use(before["broker_url"], **before["broker_transport_options"])


@pytest.fixture
def token():
    [token] = api_tokens()
    return token


@pytest.fixture
def read_account(account, token):
    """The account of the test, which the token reads."""
    account.api_token = token
    account.names_listed_at = datetime(2026, 11, 19, tzinfo=UTC)
    account.save()
    return account


def of(checks, name):
    """What the checks of a name found: state, words and hint of each."""
    return [(str(check.state), check.words, check.hint) for check in checks if check.name == name]


def states(checks, name):
    return [state for state, _, _ in of(checks, name)]


def the(checks, name):
    [found] = of(checks, name)
    return found


# All of them


def test_each_check_has_a_place_in_the_order_of_mending(cloudflare, read_account):
    checks = [*look_around(), *ask_cloudflare(lambda _: cloudflare())]
    assert {check.name for check in checks} <= set(health.ORDER)
    assert health.in_order(reversed(checks))[0].name == "database"


@pytest.mark.parametrize("habits", [{}, {"token": "wrong"}, {"faults": lambda _: html_page(502)}])
def test_what_is_good_or_new_needs_no_mending_and_all_else_has_a_mend(habits, cloudflare, make_stream):
    make_stream()
    for check in [*look_around(), *ask_cloudflare(lambda _: cloudflare(**habits))]:
        assert check.words
        assert bool(check.hint) == (check.state in (State.WARN, State.BAD))


def test_a_check_that_fails_itself_stops_no_other(monkeypatch):
    monkeypatch.setattr(health, "disk", lambda: 1 / 0)
    checks = look_around()
    words = "This check failed itself (ZeroDivisionError: division by zero)."
    assert the(checks, "disk")[:2] == ("bad", words)
    assert states(checks, "lag") == ["warn"]


def test_hostile_names_are_one_line_of_text(read_account):
    Account.objects.update(name="<b>Meridian</b>\r\n\x1b[31m\u202eevil")
    IdentityProvider.objects.create(account=read_account, idp_id="p1", name="\x1b[2J\nOkta", scim_enabled=True)
    for check in look_around():
        assert (check.words + check.hint).isprintable()
    assert "<b>Meridian</b>[31mevil" in the(look_around(), "providers")[1]


# Database and disk


def test_a_good_database_tells_its_rows_and_how_fast_it_answers(account, now):
    HourlyCount.objects.create(account=account, log=Log.ACCESS_REQUESTS, hour=now, total=1_900_000, failed=0)
    state, words, _ = the(look_around(), "database")
    assert state == "good"
    assert words.startswith(f"Database ({connection.display_name} ")
    assert "1.9 million rows, " in words
    assert words.endswith(" ms.")


def test_few_rows_are_counted_to_the_last():
    assert ", 0 rows, " in the(look_around(), "database")[1]


def test_a_slow_database_wants_a_look(monkeypatch):
    monkeypatch.setattr(environment, "SLOW_SECONDS", -1)
    assert states(look_around(), "database") == ["warn"]


def test_a_database_that_does_not_answer_is_all_that_is_said(monkeypatch):
    def refuse():
        raise OperationalError('connection to server at "db" failed:\n\tConnection refused')

    monkeypatch.setattr(connection, "cursor", refuse)
    assert look_around() == [
        Check(
            "database",
            State.BAD,
            'The database does not answer (OperationalError: connection to server at "db" failed: Connection refused).',
            "Start it, or check DATABASE_URL.",
        )
    ]


def test_a_database_without_its_tables_is_all_that_is_said():
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="logsync").latest("name").name
    recorder.record_unapplied("logsync", last)
    assert look_around() == [
        Check("database", State.BAD, "The database lacks 1 migration.", "Run: python manage.py migrate")
    ]


@pytest.mark.parametrize(("free", "state"), [(5 * 10**9, "good"), (10**9, "warn"), (10**8, "bad")])
def test_the_disk_under_an_embedded_database_may_be_nearly_full(free, state, tmp_path, monkeypatch):
    file = SimpleNamespace(vendor="sqlite", is_in_memory_db=lambda: False, settings_dict={"NAME": tmp_path})
    monkeypatch.setattr(environment, "connection", file)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    found = the(environment.disk(), "disk")
    assert found[:2] == (state, f"The disk under the database has {free / 10**9:.1f} GB left.")
    assert (str(tmp_path) in found[2]) == (state != "good")


def test_the_disk_of_a_database_server_is_not_guessed_at(monkeypatch):
    monkeypatch.setattr(environment, "connection", SimpleNamespace(vendor="postgresql"))
    assert list(environment.disk()) == []


# Broker, worker, beat


WORKER = """
import json, sys
from celery import Celery
app = Celery()
app.conf.update(json.loads(sys.argv[1]))
app.worker_main(["worker", "--pool=solo", "--loglevel=critical"])
"""


@contextmanager
def worker():
    """A worker at the test's broker, in a process of its own, that knows no task."""
    command = [sys.executable, "-W", "ignore", "-c", WORKER, json.dumps({name: app.conf[name] for name in BROKER})]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            assert any(app.control.ping(timeout=1, limit=1) for _ in range(30))
            with pytest.MonkeyPatch.context() as patch:
                # The first answer ends the wait; beside other tests it may take its time.
                patch.setattr(environment, "PING_SECONDS", 20.0)
                yield
        finally:
            process.terminate()


@pytest.fixture
def beat_was_not_seen():
    Installation.objects.update(beat_seen_at=datetime.now(UTC) - DAY)


def test_a_round_of_beat_shows_that_beat_and_a_worker_run():
    checks = look_around()
    assert the(checks, "broker") == ("good", "The embedded broker works.", "")
    assert the(checks, "worker") == ("good", "A worker runs.", "")
    assert the(checks, "beat") == ("good", "Beat runs: the last round that it asked for began 0 s ago.", "")


@pytest.mark.usefixtures("beat_was_not_seen")
def test_without_a_worker_nothing_is_said_of_beat(tmp_path):
    checks = look_around()
    assert the(checks, "worker") == ("bad", "No worker answers.", "Start everything: python manage.py up")
    state, words, hint = the(checks, "beat")
    assert (state, hint) == ("warn", "Start a worker, and look again.")
    assert words.startswith("Whether beat runs is not known: of the rounds that it asks for, the last one began ")


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_a_worker_that_answers_without_beat_s_rounds_shows_that_beat_does_not_run():
    with worker():
        checks = look_around()
    assert the(checks, "worker") == ("good", "A worker answers.", "")
    state, words, hint = the(checks, "beat")
    assert (state, hint) == ("bad", "Start everything: python manage.py up")
    assert words.startswith("Beat does not run: of the rounds that it asks for, the last one began ")


@pytest.mark.usefixtures("beat_was_not_seen")
def test_while_tasks_wait_for_a_worker_nothing_is_said_of_beat(monkeypatch):
    monkeypatch.setattr(environment, "_ping", lambda broker: True)
    app.send_task("logsync.tasks.start_syncs")
    checks = look_around()
    state, words, _ = the(checks, "worker")
    assert (state, words) == ("warn", "A worker answers; waiting: 1 task.")
    assert states(checks, "beat") == ["warn"]


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_unanswered_questions_do_not_fill_the_folder_of_the_embedded_broker(tmp_path):
    with worker():
        pass
    look_around()
    assert list((tmp_path / "messages").iterdir()) == []


def test_a_beat_that_was_never_seen_is_said_so():
    Installation.objects.update(beat_seen_at=None)
    assert "none ever began" in the(look_around(), "beat")[1]


def test_a_folder_that_cannot_be_written_is_a_bad_embedded_broker(broker, tmp_path):
    gone = str(tmp_path / "gone")
    broker("filesystem://localhost", data_folder_in=gone, data_folder_out=gone, control_folder=gone)
    state, words, hint = the(look_around(), "broker")
    assert state == "bad"
    assert words.startswith("The folder of the embedded broker cannot be written (FileNotFoundError")
    assert gone in hint


@pytest.mark.usefixtures("beat_was_not_seen")
def test_a_broker_that_does_not_answer_leaves_the_workers_unknown(broker):
    broker("redis://127.0.0.1:1/0")
    checks = look_around()
    state, words, hint = the(checks, "broker")
    assert (state, hint) == ("bad", "Start Redis, or check REDIS_URL.")
    assert "Connection refused" in words
    assert states(checks, "worker") == ["warn"]
    assert states(checks, "beat") == []


@pytest.mark.services
@pytest.mark.usefixtures("beat_was_not_seen")
def test_the_workers_of_a_redis_are_asked_as_well(broker):
    services.require("redis")
    with services.redis() as url:
        broker(url)
        checks = look_around()
        assert the(checks, "broker") == ("good", "The broker answers.", "")
        assert the(checks, "worker")[2].startswith("Start it: docker compose up --detach worker (or by hand: celery")
        with worker():
            checks = look_around()
    assert states(checks, "worker") == ["good"]
    assert the(checks, "beat")[2].startswith("Start it: docker compose up --detach beat")


# Tokens


def verifying(status="active", expires_on=None, *, more=None):
    """A Cloudflare of one account whose token is in that state."""

    def answer(request):
        path = request.url.path.removeprefix("/client/v4/")
        if answer := (more or {}).get(path.rsplit("/", 1)[-1]):
            return answer
        if path.endswith("tokens/verify"):
            return success({"status": status, "expires_on": expires_on})
        if path.endswith("policies"):
            return failure(404, 11021, "unknown application")
        return success(
            [{"id": "a1", "name": "One"}] if path == "accounts" and request.url.params["page"] == "1" else []
        )

    base_url = "https://api.cloudflare.example/client/v4"
    return lambda _: CloudflareClient("a-token", base_url=base_url, transport=httpx.MockTransport(answer))


def test_a_good_token_tells_until_when(now):
    found = the(ask_cloudflare(verifying(expires_on="2027-01-31T00:00:00Z")), "token")
    assert found == ("good", "The API token is active until 31 Jan 2027.", "")


def test_a_token_may_never_expire():
    assert the(ask_cloudflare(verifying()), "token") == ("good", "The API token is active.", "")


@pytest.mark.parametrize(
    ("status", "expires_on", "state", "words"),
    [
        ("disabled", None, "bad", "The API token is disabled."),
        ("", None, "bad", "The API token is not active."),
        ("expired", "2026-11-01T00:00:00Z", "bad", "The API token has expired."),
        ("active", "2026-11-19T14:00:00Z", "bad", "The API token has expired."),
        ("active", "2026-11-30T00:00:00Z", "warn", "The API token is active, but expires on 30 Nov 2026."),
    ],
)
def test_a_token_at_its_end_has_to_be_replaced(status, expires_on, state, words, now):
    found = the(ask_cloudflare(verifying(status, expires_on)), "token")
    assert found[:2] == (state, words)
    assert "Make a new token, set CLOUDFLARE_API_TOKEN" in found[2]


def test_a_token_that_cannot_be_verified_but_reads_its_logs_is_good():
    checks = ask_cloudflare(verifying(more={"verify": failure(401, 1000, "Invalid API Token")}))
    assert the(checks, "token") == ("good", "The API token cannot be verified, but reads its logs.", "")


def test_a_token_that_is_not_accepted_is_said_once(cloudflare):
    sync_directory(lambda _: cloudflare())
    checks = ask_cloudflare(lambda _: cloudflare("wrong"))
    state, words, hint = the(checks, "token")
    assert (state, words) == ("bad", "Cloudflare does not accept the API token.")
    assert hint.startswith("Make a new one, set CLOUDFLARE_API_TOKEN")
    assert of(checks, "permissions") == []


def test_a_cloudflare_that_cannot_be_reached_says_nothing_of_the_token(cloudflare):
    sync_directory(lambda _: cloudflare())
    checks = ask_cloudflare(lambda _: cloudflare(faults=lambda _: html_page(502)))
    state, words, _ = the(checks, "token")
    assert (state, words) == (
        "warn",
        "The API token: not known just now. Cloudflare answered 502; it is asked again by itself.",
    )
    assert of(checks, "permissions") == []


def test_the_calls_that_are_left_are_told(settings):
    with serving(Simulator()) as settings.CLOUDFLARE_API_BASE_URL:
        words = the(ask_cloudflare(Connections().connect_sparingly), "token")[1]
    assert words == "The API token is active until 31 Dec 2099; 1,199 of 1,200 calls left."


def test_a_token_that_has_to_wait_is_not_asked(settings, token, account):
    ApiToken.objects.update(blocked_until=datetime.now(UTC) + 4 * MINUTE)
    with serving(Simulator()) as settings.CLOUDFLARE_API_BASE_URL:
        checks = ask_cloudflare(Connections().connect_sparingly)
    state, words, hint = the(checks, "token")
    assert state == "warn"
    assert words.startswith("The API token: not asked just now. The token waits 2")
    assert "asked again by itself" in hint
    assert states(checks, "clock") == ["warn"]


def test_each_token_is_looked_at_even_if_another_fails(settings, cloudflare):
    def connect(token):
        if token.name == "a1":
            raise LookupError("taken away")
        return cloudflare()

    settings.CLOUDFLARE_API_TOKENS = {"a1": "one", "": "other"}
    for token, id in zip(api_tokens(), ("a1", "a2"), strict=True):
        Account.objects.create(account_id=id, api_token=token)
    first, second = of(ask_cloudflare(connect), "token")
    assert first[:2] == ("bad", "This check failed itself (LookupError: taken away).")
    assert second[0] == "good"


# Accounts and permissions


def test_all_that_a_token_reads_is_one_line(cloudflare):
    checks = ask_cloudflare(lambda _: cloudflare())
    assert the(checks, "accounts") == ("good", "The API token is for Meridian.", "")
    assert the(checks, "permissions") == ("good", "The API token reads Meridian: logins, SCIM, names.", "")


@pytest.mark.parametrize(
    ("token", "state", "what", "permission", "rest"),
    [
        ("no-logins", "bad", "logins", "Access: Audit Logs Read", "SCIM, names"),
        ("no-scim", "bad", "SCIM", "Access: SCIM Logs Read", "logins, names"),
        ("no-names", "warn", "names", "Access: Apps and Policies Read", "logins, SCIM"),
    ],
)
def test_a_missing_permission_is_named(cloudflare, token, state, what, permission, rest):
    sync_directory(lambda _: cloudflare())
    read, refused = of(ask_cloudflare(lambda _: cloudflare(token)), "permissions")
    assert read == ("good", f"The API token reads Meridian: {rest}.", "")
    assert refused[0] == state
    assert refused[1].startswith(f"The API token does not read Meridian, {what}: Cloudflare refused (403, code 10000")
    assert refused[2].startswith(f"Give the token the permission “{permission}” on this account")


def test_an_account_without_scim_is_not_asked_for_it():
    checks = ask_cloudflare(verifying())
    assert the(checks, "permissions")[1] == "The API token reads One: logins, names."


def test_what_cloudflare_does_not_answer_just_now_is_not_taken_for_a_missing_permission(cloudflare):
    sync_directory(lambda _: cloudflare())
    fault = lambda request: html_page(502) if "logs/scim" in request.path else None  # noqa: E731
    read, unknown = of(ask_cloudflare(lambda _: cloudflare(faults=fault)), "permissions")
    assert read[1] == "The API token reads Meridian: logins."
    assert unknown[:2] == (
        "warn",
        "Meridian, SCIM: not known just now. Cloudflare answered 502; it is asked again by itself.",
    )


def test_accounts_for_which_there_is_no_time_are_asked_later(monkeypatch, cloudflare):
    monkeypatch.setattr(tokens, "ASK_SECONDS", -1.0)
    found = the(ask_cloudflare(lambda _: cloudflare()), "permissions")
    assert found[:2] == ("warn", "What the API token reads of Meridian was not asked: the time was up.")


def test_a_token_without_an_account_needs_a_permission():
    found = the(ask_cloudflare(verifying(more={"accounts": success([])})), "accounts")
    assert found[:2] == ("bad", "The token lists no account.")
    assert found[2].startswith("Give it the permission “Account Settings Read”")


def test_accounts_that_cannot_be_listed_just_now_are_read_on(token, read_account, cloudflare):
    ApiToken.objects.update(error="Cloudflare answered 502; it is asked again by itself.")
    found = the(ask_cloudflare(lambda _: cloudflare()), "accounts")
    assert found[:2] == (
        "warn",
        "Cloudflare answered 502; it is asked again by itself. The accounts known before are read on: Meridian.",
    )


def test_an_account_that_no_token_reads_any_more_wants_a_look(make_stream, cloudflare):
    make_stream()
    sync_directory(lambda _: cloudflare())
    _, orphan = of(ask_cloudflare(lambda _: cloudflare()), "accounts")
    assert orphan[:2] == ("warn", "No API token reads Meridian any more; what was stored stays.")


# Clock


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, "good", "Clock within 1 s of Cloudflare's."),
        (-2, "good", "Clock within 2 s of Cloudflare's."),
        (10, "warn", "This machine's clock is 10 s behind Cloudflare's."),
        (-10, "warn", "This machine's clock is 9 s ahead of Cloudflare's."),
        (3600, "bad", "This machine's clock is 60 min behind Cloudflare's."),
    ],
)
def test_the_clock_is_held_against_cloudflare_s(ahead, state, words, cloudflare, now):
    checks = ask_cloudflare(lambda _: cloudflare(clock=lambda: now + timedelta(seconds=ahead)))
    found = the(checks, "clock")
    assert found[:2] == (state, words)
    assert ("by NTP" in found[2]) == (state != "good")


# Providers


@pytest.fixture
def make_provider(read_account, now):
    def make(name, **values):
        values = {"scim_enabled": True, "first_listed_at": now - 30 * DAY} | values
        return IdentityProvider.objects.create(account=read_account, idp_id=name, name=name, **values)

    return make


def test_providers_with_and_without_scim_are_named(make_provider):
    make_provider("Okta")
    make_provider("One-time PIN", scim_enabled=False)
    assert the(look_around(), "providers") == (
        "good",
        "Meridian: 1 of 2 identity providers have SCIM; without it: One-time PIN.",
        "",
    )


def test_only_the_first_of_many_names_are_told(make_provider):
    for number in range(8):
        make_provider(f"p{number}", scim_enabled=False)
    words = "No identity provider of Meridian has SCIM, so it has no SCIM log: p0, p1, p2, p3, p4, 3 more."
    assert the(look_around(), "providers") == ("good", words, "")


def test_a_provider_that_appeared_is_news_for_a_day(make_provider, now, time_machine):
    make_provider("Okta")
    make_provider("Entra B2B", first_listed_at=now - HOUR)
    _, news = of(look_around(), "providers")
    assert news == ("new", "Provider Entra B2B of Meridian appeared 19 Nov 13:06 UTC, now synced.", "")
    time_machine.shift(DAY)
    assert states(look_at_providers(), "providers") == ["good"]


def test_the_first_list_of_an_account_is_no_news(make_provider, now):
    for name in ("Okta", "Entra ID"):
        make_provider(name, first_listed_at=now)
    assert states(look_around(), "providers") == ["good"]


def test_a_provider_that_vanished_wants_a_look_for_a_week(make_provider, now, time_machine):
    make_provider("Okta")
    make_provider("Entra ID", vanished_at=now - HOUR)
    _, vanished = of(look_around(), "providers")
    assert vanished[:2] == (
        "warn",
        "Provider Entra ID of Meridian is listed no more since 19 Nov 13:06 UTC; its rows stay.",
    )
    time_machine.shift(7 * DAY)
    assert states(look_at_providers(), "providers") == ["good"]


def test_an_account_without_any_provider_may_lack_a_permission(read_account):
    state, words, hint = the(look_around(), "providers")
    assert (state, words) == ("warn", "Cloudflare lists no identity provider of Meridian.")
    assert "“Access: Organizations, Identity Providers, and Groups Read”" in hint


@pytest.mark.parametrize("known", [True, False])
def test_providers_that_are_refused_are_bad_where_none_is_known(known, cloudflare):
    sync_directory(lambda _: cloudflare("a-token" if known else "no-names"))
    if known:
        Account.objects.update(providers_error="Cloudflare refused (403). Give the token the permission.")
    first, *_ = of(look_around(), "providers")
    assert first[0] == ("warn" if known else "bad")
    assert first[1].startswith("The identity providers of Meridian could not be listed: Cloudflare refused (403")
    assert first[2].startswith("Give the token the permission")


def test_applications_that_are_refused_want_a_look(make_provider):
    make_provider("Okta")
    Account.objects.update(applications_error="Cloudflare refused (403). Give the token the permission.")
    first, _ = of(look_around(), "providers")
    assert first == (
        "warn",
        "The applications of Meridian could not be listed: Cloudflare refused (403).",
        "Give the token the permission.",
    )


# Lag


@pytest.fixture
def log(make_stream, cover, now):
    """A log that is read up to now."""
    stream = make_stream(succeeded_at=now - MINUTE, backfill_since=now - DAY)
    cover(stream, now - DAY, now - 15 * MINUTE)
    return stream


def change(stream, **values):
    Stream.objects.filter(pk=stream.pk).update(**values)


def test_logs_that_are_read_on_time_are_one_line(log):
    assert the(look_around(), "lag") == (
        "good",
        "1 of 1 log read on time; settled to 19 Nov 13:51 UTC at least.",
        "",
    )


def test_a_passing_error_is_no_lag(log):
    change(log, error="Cloudflare answered 502; it is asked again by itself.")
    assert states(look_around(), "lag") == ["good"]


@pytest.mark.parametrize(("minutes", "state"), [(6, "warn"), (61, "bad")])
def test_a_log_that_nobody_reads_lags(log, minutes, state, now):
    change(log, succeeded_at=now - minutes * MINUTE)
    found = the(look_around(), "lag")
    assert found[0] == state
    assert found[1].startswith("Logins · Meridian was last read 19 Nov 1")
    assert found[1].endswith(", settled to 19 Nov 13:51 UTC.")
    assert found[2] == "See that a worker and beat run."


def test_a_log_that_is_refused_is_bad_at_once(log):
    change(log, error="Cloudflare refused (403). Give the token the permission.", needs_person=True)
    state, words, hint = the(look_around(), "lag")
    assert (state, hint) == ("bad", "Give the token the permission.")
    assert words.endswith(": Cloudflare refused (403).")


def test_a_log_that_was_never_read_wants_a_look(make_stream):
    make_stream()
    assert the(look_around(), "lag")[:2] == ("warn", "Logins · Meridian was never read.")


def test_logs_that_lag_alike_are_one_line_and_others_of_their_own(make_stream, now):
    make_stream(succeeded_at=now - 8 * MINUTE)
    for idp_id, minutes in (("p1", 9), ("p2", 10)):
        make_stream(Log.SCIM_UPDATES, idp_id, succeeded_at=now - minutes * MINUTE)
    make_stream(Log.SCIM_UPDATES, "p3", error="Cloudflare refused (403). Mend it.", needs_person=True)
    refused, late = of(look_around(), "lag")
    assert refused == ("bad", "SCIM · p3 · Meridian was never read: Cloudflare refused (403).", "Mend it.")
    assert late[1] == (
        "SCIM · p2 · Meridian was last read 19 Nov 13:56 UTC (late as well: SCIM · p1 · Meridian, Logins · Meridian)."
    )


def test_without_a_log_there_is_something_to_mend():
    assert the(look_around(), "lag")[:2] == ("warn", "There is no log to be read yet.")


def test_logs_that_are_read_no_more_do_not_lag(log, make_stream):
    make_stream(Log.SCIM_UPDATES, "gone", is_active=False)
    assert states(look_around(), "lag") == ["good"]


def test_slow_rounds_are_no_lag(log, settings, now):
    settings.SYNC_EVERY = HOUR
    change(log, succeeded_at=now - 4 * HOUR)
    assert states(look_around(), "lag") == ["good"]


# Expiring


@pytest.fixture
def racing(log, now, cover):
    """A log of which an hour is missing that is nearly a day old; Cloudflare is known to keep a day."""
    log.covered_ranges.all().delete()
    cover(log, now - 19 * HOUR, now - 15 * MINUTE)
    change(log, backfill_since=now - 20 * HOUR)
    ran_long_ago(log, now)
    assert SHORTEST_RETENTION == DAY
    return log


def ran_long_ago(log, now):
    """Let a log have been read hours ago, and not since: its backfill does not get on."""
    log.runs.create(started_at=now - 5 * HOUR, since=now - DAY, until=now, outcome="stopped", is_backfill=True)


def test_a_backfill_that_is_done_soon_loses_nothing_to_speak_of(racing, now):
    racing.runs.create(
        started_at=now - 2 * MINUTE, since=now - 2 * DAY, until=now - DAY, outcome="read", is_backfill=True
    )
    assert of(look_around(), "race") == []


def test_a_backfill_that_has_only_begun_is_given_its_time(racing):
    racing.runs.all().delete()
    assert of(look_around(), "race") == []


def test_time_that_is_read_leaves_nothing_to_lose(log):
    assert of(look_around(), "race") == []


def test_unread_time_that_cloudflare_soon_forgets_is_told_with_the_command_that_saves_it(racing):
    assert the(look_around(), "race") == (
        "warn",
        "18 Nov 18:06 UTC of Logins · Meridian is not read yet and may leave Cloudflare's reach within 4 h.",
        "Have it read first: python manage.py backfill --account 0123456789abcdef0123456789abcdef "
        "--log access_requests --since 2026-11-18T18:06:12Z --until 2026-11-18T19:06:12Z",
    )


def test_a_longer_retention_that_rows_prove_leaves_more_time(racing, now):
    change(racing, oldest_at=now - 30 * DAY, probed_at=now)
    assert of(look_around(), "race") == []


def test_unread_time_that_cannot_be_read_is_bad(racing, now):
    error = "Cloudflare refused (403). Give the token the permission."
    racing.failed_ranges.create(since=now - DAY, until=now - 19 * HOUR, error=error, failed_at=now, retry_at=now)
    state, words, hint = the(look_around(), "race")
    assert (state, hint) == ("bad", "Give the token the permission.")
    assert words.endswith("within 4 h, and cannot be read: Cloudflare refused (403).")


def test_of_several_logs_the_first_to_lose_something_is_told(racing, make_stream, now):
    make_stream(Log.SCIM_UPDATES, "p1", backfill_since=now - 22 * HOUR)
    _, words, _ = the(look_around(), "race")
    assert words == (
        "18 Nov 16:06 UTC of SCIM · p1 · Meridian is not read yet and may leave Cloudflare's reach within 2 h "
        "(so may other time, of: Logins · Meridian)."
    )


def test_the_command_for_a_provider_names_it_safely(make_stream, now):
    ran_long_ago(make_stream(Log.SCIM_UPDATES, "a provider; rm", backfill_since=now - 30 * DAY), now)
    _, words, hint = the(look_around(), "race")
    assert "leave Cloudflare's reach now" in words
    assert "--log scim_updates --idp-id 'a provider; rm' --since 2026-11-18T14:06:12Z" in hint


# Lateness and failed time


def test_rows_that_came_later_than_the_overlap_propose_a_longer_one(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=1000, count=30)
    assert the(look_around(), "lateness") == (
        "warn",
        "Rows came up to 17 min late (Logins · Meridian); the overlap is 15 min.",
        "Set SYNC_OVERLAP_MINUTES to 25.",
    )


def test_rows_that_came_within_the_overlap_are_good(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=60, count=30)
    found = ("good", "Rows came up to 60 s late (Logins · Meridian); the overlap is 15 min.", "")
    assert the(look_around(), "lateness") == found


def test_of_too_few_rows_nothing_is_said(log, now):
    LatenessCount.objects.create(stream=log, day=now.date(), seconds=1000, count=3)
    assert of(look_around(), "lateness") == []


def test_nothing_that_failed_is_good(log):
    assert the(look_around(), "failed") == ("good", "No time is left that could not be read.", "")


@pytest.mark.parametrize(("tries", "state"), [(1, "warn"), (5, "bad")])
def test_failed_time_is_told_with_its_first_reason(log, tries, state, now):
    for hours in (2, 3):
        error = f"Cloudflare answered 50{hours}; it is asked again by itself."
        since, until = now - hours * HOUR, now - hours * HOUR + MINUTE
        log.failed_ranges.create(since=since, until=until, error=error, failed_at=now, tries=tries, retry_at=now)
    assert the(look_around(), "failed") == (
        state,
        "2 ranges could not be read, of Logins · Meridian; Logins · Meridian from 19 Nov 11:06 UTC: "
        "Cloudflare answered 503; it is asked again by itself.",
        "It is tried again by itself, up to an hour later each time.",
    )


def test_any_number_of_logs_takes_the_same_number_of_queries(log, make_stream, now):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            look_around()
        return len(counted)

    make_stream(Log.SCIM_UPDATES, "p0", succeeded_at=now - HOUR)
    before = queries()
    for name in ("p1", "p2", "p3"):
        make_stream(Log.SCIM_UPDATES, name, succeeded_at=now - HOUR)
    assert queries() == before


# What is kept


def test_a_worker_keeps_what_it_finds_for_the_page(settings, now):
    settings.CLOUDFLARE_API_TOKENS = {"": "no-scim"}
    with serving(Simulator()) as settings.CLOUDFLARE_API_BASE_URL:
        tasks.ask_doctor()
        asked = ask_cloudflare(Connections().connect_sparingly)
    kept = health.kept_checks()
    assert [(check.name, check.state) for check in kept] == [(check.name, check.state) for check in asked]
    assert all(isinstance(check.state, State) for check in kept)
    assert Installation.get().checked_at == now


def test_before_a_worker_asked_nothing_is_kept():
    assert health.kept_checks() == []
