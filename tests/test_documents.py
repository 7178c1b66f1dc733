"""What the documents say is what is there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from dashboard.env import CLOUDFLARE_API_BASE_URL, Env
from logsync.cloudflare import client, permissions

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
TABLE = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", README, re.MULTILINE))


def test_readme_lists_exactly_variables_read():
    assert set(TABLE) == {field.name.upper() for field in fields(Env)}


@pytest.mark.parametrize(
    "name",
    [
        "SYNC_EVERY_SECONDS",
        "SYNC_OVERLAP_MINUTES",
        "BACKFILL_DAYS",
        "KEEP_EVENTS_DAYS",
        "KEEP_AUDIT_DAYS",
        "RATE_LIMIT_PERCENT",
        "POLICIES_EVERY_MINUTES",
        "POLICY_CALLS_PERCENT",
        "EXPORTS_AT_ONCE",
    ],
)
def test_readme_states_the_defaults(name):
    assert TABLE[name] == f"`{getattr(Env(), name.lower())}`"


def test_readme_states_cloudflare_address():
    assert TABLE["CLOUDFLARE_API_BASE_URL"] == f"`{CLOUDFLARE_API_BASE_URL}`" == f"`{client.BASE_URL}`"


@pytest.mark.parametrize("name", [name for name in dir(permissions) if name.endswith("_PERMISSION")])
def test_readme_names_every_permission(name):
    assert f"| {getattr(permissions, name)} |" in README


@pytest.mark.parametrize("address", sorted(set(re.findall(r"`(/[a-z.\-/<>]+)`", README))))
def test_every_address_in_the_readme_exists(address):
    path = address.replace("<key>", "0" * 32).replace("<kind>", "policy").replace("<id>", "p1")
    try:
        resolve(path)
    except Resolver404:
        pytest.fail(f"{address} is in the README and nowhere else")


def test_documented_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", README + (ROOT / "CONTRIBUTING.md").read_text()))
    assert named <= targets
