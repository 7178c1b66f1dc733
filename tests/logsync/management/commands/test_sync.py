"""`manage.py sync`: what it ends with, and what it says."""

from __future__ import annotations

import socket
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from logsync.management.commands import sync
from logsync.models import AccessRequest, Account, ScimUpdate, Stream
from logsync.sync import missing_spans
from tests.logsync.cloudflare.answers import client_of, success

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch, settings):
    """Run the command with clients that are made so; what it writes."""
    settings.SIMULATED = False
    settings.BACKFILL = timedelta(days=2)

    def run(connect):
        monkeypatch.setattr(sync, "connect", connect)
        out = StringIO()
        call_command("sync", stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def refused(run):
    """Run the command, which is to fail; its last words."""

    def refused(connect):
        with pytest.raises(CommandError) as raised:
            run(connect)
        assert raised.value.returncode == 1
        return str(raised.value)

    return refused


def test_says_what_is_complete(run, cloudflare, now):
    assert run(cloudflare) == "Complete: Logins · Meridian, SCIM · Okta · Meridian, SCIM · Entra ID · Meridian.\n"
    assert [missing_spans(stream, now - timedelta(hours=1)) for stream in Stream.objects.all()] == [[], [], []]
    assert AccessRequest.objects.exists()
    assert ScimUpdate.objects.exists()


def test_may_be_run_again(run, cloudflare):
    first = run(cloudflare)
    rows = AccessRequest.objects.count()
    assert run(cloudflare) == first
    assert AccessRequest.objects.count() == rows


def test_names_every_stream_that_is_not_complete_and_reads_the_others(refused, cloudflare):
    logins, *others = refused(lambda: cloudflare("no-logins")).splitlines()
    assert logins.startswith("Logins · Meridian is not complete: Cloudflare refused (403, code 10000")
    assert "Access: Audit Logs Read" in logins
    assert others == []
    assert ScimUpdate.objects.exists()


def test_a_token_that_is_not_accepted_is_all_that_is_said(refused, cloudflare):
    assert refused(lambda: cloudflare("wrong")) == (
        "Cloudflare does not accept the API token. Make a new one, set CLOUDFLARE_API_TOKEN and restart."
    )


def test_providers_that_cannot_be_listed_are_not_taken_for_complete(refused, cloudflare):
    words = refused(lambda: cloudflare("no-names"))
    assert words.startswith("The SCIM log of Meridian was not asked for: Cloudflare refused (403")
    assert AccessRequest.objects.exists()


def test_an_account_without_zero_trust_is_named(refused, cloudflare):
    assert "Zero Trust was never enabled on this account" in refused(lambda: cloudflare("no-zero-trust"))


def test_a_token_that_lists_no_account_is_no_success(refused):
    assert "The token lists no account" in refused(lambda: client_of(lambda _: success([])))


def test_a_stream_that_a_worker_reads_just_now_is_no_success(run, refused, cloudflare):
    run(cloudflare)
    busy = Stream.objects.earliest("pk")
    busy.take_lease("a worker", 300)
    assert refused(cloudflare) == (
        f"{busy} is not complete: another worker is reading it just now. Run this again in a minute."
    )


def test_streams_that_wait_are_read_all_the_same(run, cloudflare, now):
    run(cloudflare)
    Stream.objects.update(retry_at=now + timedelta(hours=1))
    run(cloudflare)
    assert not Stream.objects.exclude(retry_at=None).exists()


def test_the_bar_of_a_stream_rewrites_its_line_until_all_is_read(run, cloudflare, capsys):
    run(cloudflare)
    logins, *others = filter(None, capsys.readouterr().err.split("\n"))
    first, *_, last = filter(None, logins.split("\r"))
    assert first.startswith("Logins · Meridian:   0%|")
    assert last.startswith("Logins · Meridian: 100%|")
    assert "48 of 48 h" in last
    assert f"{AccessRequest.objects.count()} new rows of" in last
    assert len(others) == 2


def test_the_bar_of_a_stream_that_fails_does_not_say_that_all_is_read(refused, cloudflare, capsys):
    refused(lambda: cloudflare("no-logins"))
    logins, *others = filter(None, capsys.readouterr().err.split("\n"))
    assert "100%" not in logins
    assert ["100%" in other for other in others] == [True, True]


def test_the_simulated_company_needs_no_server_that_runs_already(settings, now):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    settings.SIMULATED = True
    settings.BACKFILL = timedelta(hours=2)
    settings.CLOUDFLARE_API_TOKEN = "simulator"
    settings.CLOUDFLARE_API_BASE_URL = f"http://127.0.0.1:{address[1]}/client/v4"
    call_command("sync", stdout=StringIO())
    assert Account.objects.get().name == "Meridian"
    assert AccessRequest.objects.count() > 100
    with socket.socket() as probe:
        assert probe.connect_ex(address) != 0
