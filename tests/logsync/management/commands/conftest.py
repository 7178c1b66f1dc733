"""A simulated company that the commands read, by the same clients as the workers."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import httpx
import pytest

from logsync.cloudflare.client import CloudflareClient
from logsync.simulator import Simulator


@pytest.fixture
def ask(monkeypatch, settings):
    """Have every client ask this transport, with one token for all accounts."""

    def ask(transport, token="a-token"):
        settings.SIMULATED = False
        settings.CLOUDFLARE_API_TOKENS = {"": token}
        monkeypatch.setattr("logsync.ingest.tokens.CloudflareClient", partial(CloudflareClient, transport=transport))

    return ask


@pytest.fixture
def company(ask, settings, now, monkeypatch):
    """Have every client ask a small simulated company with these habits, of which two days are read."""
    settings.BACKFILL = timedelta(days=2)
    # Entra ID tries them again every 40 minutes, which is four of five SCIM updates.
    monkeypatch.setattr("logsync.simulator.story.story.Story.duplicate_attempts", lambda story, date: [])

    def company(token="a-token", **habits):
        simulator = Simulator(**{"logins_per_day": 60, "scim_per_day": 4, "lateness": None} | habits)
        ask(httpx.WSGITransport(app=simulator), token)
        return simulator

    return company


@pytest.fixture
def naps(monkeypatch, time_machine):
    """Nobody sleeps: time passes at once instead, and what `during` says happens meanwhile; the naps in seconds."""
    naps = SimpleNamespace(taken=[], during=lambda: None, passed=0.0)

    def sleep(seconds):
        naps.taken.append(seconds)
        assert len(naps.taken) < 500, "it waits for ever"
        naps.passed += seconds
        time_machine.shift(seconds)
        naps.during()

    clock = SimpleNamespace(sleep=sleep, monotonic=lambda: 1000 + naps.passed)
    monkeypatch.setattr("logsync.management.commands.backfill.LOOK_EVERY_SECONDS", 10.0)
    for place in ("management.commands.sync", "management.commands.backfill", "ingest.token_gate"):
        monkeypatch.setattr(f"logsync.{place}.time", clock)
    return naps
