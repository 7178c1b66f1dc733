"""Inputs that were told wrong once: each is synced as it came, and then what was seen of it must be right."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import httpx
import pytest
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from tests.samples.checks import Checks, run
from tests.samples.cloudflare import Cloudflare
from tests.samples.inputs import ACCOUNT_IDS, NAMES, load


@pytest.fixture
def synced(now, settings, monkeypatch):
    """Sync all that an input has, once; what the command said."""

    def sync(described):
        transport = httpx.MockTransport(Cloudflare(described, timezone.now))
        settings.SIMULATED = False
        settings.BACKFILL = timedelta(days=3)
        settings.CLOUDFLARE_API_TOKENS = {"": "a-token"}
        settings.CLOUDFLARE_ACCOUNT_IDS = described.get("env", {}).get("CLOUDFLARE_ACCOUNT_IDS", "").split()
        monkeypatch.setattr("logsync.ingest.tokens.CloudflareClient", partial(CloudflareClient, transport=transport))
        return run("sync")

    return sync


@pytest.mark.parametrize("name", NAMES)
def test_input_is_told_truly(name, now, synced, signed_in):
    described = load(name, now)
    checks = Checks(signed_in, synced(described))
    wrong = [problem for check in described["checks"] for problem in checks.wrong(check)]
    assert not wrong, "\n".join([described["title"], described["expect"], *wrong])


def test_repeated_row_is_numbered(now):
    rows = load("page_load_of_thirty_assets", now)["logins"]
    assert [row["ray_id"] for row in rows[:2]] == ["2900000000000000", "2900000000000001"]
    assert len(rows) == 30


def test_times_are_written_as_asked(now):
    logins = load("login_times_as_numbers_or_absent", now)["logins"]
    assert logins[0]["created_at"] * 10**9 == logins[1]["created_at"] + 60 * 10**9
    updates = load("scim_times_with_offset_or_absent", now)["scim"]
    assert [row.get("logged_at") for row in updates] == [
        "2026-11-19T22:56:12+09:30",
        "2026-11-19T13:25:12.123456789Z",
        None,
    ]


def test_first_account_is_filled_in(now):
    assert load("token_bound_to_other_addresses", now)["env"] == {"CLOUDFLARE_ACCOUNT_IDS": ACCOUNT_IDS[0]}
