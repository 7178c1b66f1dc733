"""`manage.py sync`: what it ends with, and what it says."""

from __future__ import annotations

import socket
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from logsync.coverage import missing_spans
from logsync.derived.counts import differences
from logsync.ingest.tokens import Connections
from logsync.models import AccessRequest, Account, ApiToken, ScimUpdate, Stream
from tests.conftest import NOW
from tests.logsync.cloudflare.answers import success

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(company):
    """Run the command against a company with such a token; what it writes."""

    def run(token="a-token", **habits):
        company(token, **habits)
        return sync()

    return run


def sync():
    out = StringIO()
    call_command("sync", stdout=out)
    return out.getvalue()


def refused(run, *arguments, **options):
    """Run the command, which is to fail; its last words."""
    with pytest.raises(CommandError) as raised:
        run(*arguments, **options)
    assert raised.value.returncode == 1
    return str(raised.value)


def test_reports_complete_streams(run, now):
    complete, policies, *_ = run().splitlines()
    assert complete == "Complete: Logins · Meridian, SCIM · Okta · Meridian, SCIM · Entra ID · Meridian."
    assert policies.startswith("Policies of Meridian: ")
    assert [missing_spans(stream, now - timedelta(hours=1)) for stream in Stream.objects.all()] == [[], [], []]
    assert AccessRequest.objects.exists()
    assert ScimUpdate.objects.exists()
    assert differences() == []


def test_no_name_moves_a_terminal(run, monkeypatch, capsys):
    run()
    monkeypatch.setattr("logsync.management.commands.sync.sync_directory", lambda connect: None)
    Account.objects.update(name="Meridian\x1b[2J\nComplete\u202e")
    assert sync().startswith("Complete: Logins · Meridian[U+001B][2J[U+000A]Complete[U+202E], SCIM")
    assert "\x1b" not in capsys.readouterr().err
    Stream.objects.update(error="No\x1b[2J\u202e", needs_person=True, error_since=NOW)
    monkeypatch.setattr("logsync.management.commands.sync.sync_stream", lambda *args, **options: False)
    words = refused(sync)
    assert "No[U+001B][2J[U+202E]" in words
    assert "\x1b" not in words + capsys.readouterr().err


def test_wrong_identity_key_is_refused(run, settings):
    run()
    rows = AccessRequest.objects.count()
    settings.IDENTITY_KEY = bytes(32)
    assert "Give IDENTITY_KEY its earlier value" in refused(run)
    assert AccessRequest.objects.count() == rows


def test_may_be_run_again(run):
    first = run()
    rows = AccessRequest.objects.count()
    assert run() == first
    assert AccessRequest.objects.count() == rows


def test_reads_every_account_of_a_token(run):
    words = run(accounts=3)
    assert words.count("Logins · ") == Account.objects.count() == 3


def test_refused_token_is_named_others_read(company, settings):
    accounts = company(accounts=3).accounts
    settings.CLOUDFLARE_API_TOKENS = {accounts[0].id: "wrong", accounts[1].id: "a-token"}
    words = refused(sync)
    assert "Cloudflare does not accept the API token" in words
    other = Account.objects.get(account_id=accounts[1].id)
    assert str(other) not in words
    assert other.access_requests.exists()
    assert not Account.objects.filter(account_id=accounts[2].id).exists()


def test_incomplete_streams_are_named_others_read(run):
    logins, *others = refused(run, "no-logins").splitlines()
    assert logins.startswith("Logins · Meridian is not complete: Cloudflare refused (403, code 10000")
    assert "Access: Audit Logs Read" in logins
    assert not [other for other in others if other.startswith("SCIM")]
    assert ScimUpdate.objects.exists()


def test_rejected_token_is_only_message(run):
    assert refused(run, "wrong") == (
        "Cloudflare does not accept the API token (403, code 9109, “Invalid access token”). Create a new one, set "
        "CLOUDFLARE_API_TOKEN or write it into its file, and restart."
    )


def test_unlisted_providers_are_not_complete(run):
    words = refused(run, "no-names")
    assert words.startswith("The identity providers of Meridian: Cloudflare refused (403")
    assert AccessRequest.objects.exists()


def test_inactive_account_is_no_failure(run):
    Account.objects.create(account_id="gone", providers_error="Cloudflare refused, then.")
    assert run().startswith("Complete: ")


def test_account_without_zero_trust_is_named(run):
    assert "Zero Trust was never enabled on this account" in refused(run, "no-zero-trust")


def test_token_without_accounts_is_no_success(ask):
    ask(httpx.MockTransport(lambda _: success([])))
    assert "The token lists no account" in refused(sync)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["logsync.ingest.window.cover", "logsync.ingest.sync.SyncRun.objects.create"])
def test_full_disk_is_named(run, monkeypatch, where):
    run()

    def fail(*_, **__):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(where, fail)
    words = refused(run)
    assert "The disk under the database is full (database or disk is full). Make room on it" in words
    assert "another worker" not in words


def test_stream_in_use_is_no_success(run):
    run()
    busy = Stream.objects.earliest("pk")
    busy.take_lease("a worker")
    assert refused(run) == (
        f"{busy} is not complete: another worker is reading it just now. Run this again in a minute."
    )


def test_waiting_streams_are_read_anyway(run, now):
    run()
    Stream.objects.update(retry_at=now + timedelta(hours=1))
    run()
    assert not Stream.objects.exclude(retry_at=None).exists()


# Cloudflare's limit of calls


def test_blocked_token_is_waited_for(run, naps, now):
    run()
    Connections().gate(ApiToken.objects.get()).block(120)
    assert run().startswith("Complete: ")
    assert naps.taken == [120]


def test_calls_under_limit_read_everything(company, naps):
    company(rate_limit=(20, 60), enforce_rate_limit=True)
    assert sync().startswith("Complete: ")
    assert naps.taken
    assert all(0 < seconds <= 60 for seconds in naps.taken)
    assert ApiToken.objects.get().blocked_until is None


def test_a_refusal_is_not_waited_for(run, naps):
    refused(run, "no-logins")
    assert naps.taken == []


def test_progress_bar_shows_waiting(run, naps, capsys):
    run()
    Connections().gate(ApiToken.objects.get()).block(120)
    run()
    assert "waits 120 s for Cloudflare's limit of calls" in capsys.readouterr().err


# The bar


def test_progress_bar_rewrites_line_until_done(run, capsys):
    run()
    logins, *others = filter(None, capsys.readouterr().err.split("\n"))
    first, *_, last = filter(None, logins.split("\r"))
    assert first.startswith("Logins · Meridian:   0%|")
    assert last.startswith("Logins · Meridian: 100%|")
    assert "48 of 48 h" in last
    assert f"{AccessRequest.objects.count()} new rows of" in last
    assert len(others) == 2


def test_failed_streams_bar_is_not_complete(run, capsys):
    refused(run, "no-logins")
    logins, *others = filter(None, capsys.readouterr().err.split("\n"))
    assert "100%" not in logins
    assert ["100%" in other for other in others[-2:]] == [True, True]


def test_sync_starts_its_own_simulator(settings, now):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    settings.SIMULATED = True
    settings.BACKFILL = timedelta(hours=2)
    settings.CLOUDFLARE_API_TOKENS = {"": "simulator"}
    settings.CLOUDFLARE_API_BASE_URL = f"http://127.0.0.1:{address[1]}/client/v4"
    call_command("sync", stdout=StringIO())
    assert Account.objects.get().name == "Meridian"
    assert AccessRequest.objects.count() > 100
    with socket.socket() as probe:
        assert probe.connect_ex(address) != 0
