"""The doctor as a whole: the order of its checks, how they fail, and what is kept of them."""

from __future__ import annotations

import pytest

from logsync import health, tasks
from logsync.health import Check, State, ask_cloudflare, look_around
from logsync.ingest.tokens import Connections
from logsync.models import Account, IdentityProvider, Installation
from logsync.simulator import Simulator
from logsync.simulator.server.faults import html_page
from logsync.simulator.server.serve import serving
from tests.logsync.health.found import states, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("beat_was_seen", "broker")]


def test_every_check_has_display_order(cloudflare, read_account):
    checks = [*look_around(), *ask_cloudflare(lambda _: cloudflare())]
    assert {check.name for check in checks} <= set(health.ORDER)
    assert health.in_order(reversed(checks))[0].name == "database"


@pytest.mark.parametrize("habits", [{}, {"token": "wrong"}, {"faults": lambda _: html_page(502)}])
def test_only_problems_have_hints(habits, cloudflare, make_stream):
    make_stream()
    for check in [*look_around(), *ask_cloudflare(lambda _: cloudflare(**habits))]:
        assert check.words
        assert bool(check.hint) == (check.state in (State.WARN, State.BAD))


def test_failing_check_stops_no_other(monkeypatch):
    monkeypatch.setattr(health, "disk", lambda: 1 / 0)
    checks = look_around()
    words = "This check itself failed (ZeroDivisionError: division by zero)."
    assert the(checks, "disk")[:2] == ("bad", words)
    assert states(checks, "lag") == ["warn"]


def test_hostile_names_stay_on_one_line(read_account):
    Account.objects.update(name="<b>Meridian</b>\r\n\x1b[31m\u202eevil")
    IdentityProvider.objects.create(account=read_account, idp_id="p1", name="\x1b[2J\nOkta", scim_enabled=True)
    for check in look_around():
        assert (check.words + check.hint).isprintable()
    assert "<b>Meridian</b>[31mevil" in the(look_around(), "providers")[1]


def test_worker_stores_findings_for_page(settings, now):
    settings.CLOUDFLARE_API_TOKENS = {"": "no-scim"}
    with serving(Simulator()) as settings.CLOUDFLARE_API_BASE_URL:
        tasks.ask_doctor()
        asked = ask_cloudflare(Connections().connect_sparingly)
    kept = health.kept_checks()
    assert [(check.name, check.state) for check in kept] == [(check.name, check.state) for check in asked]
    assert all(isinstance(check.state, State) for check in kept)
    assert Installation.get().checked_at == now


def test_findings_of_another_version_are_readable():
    Installation.get()
    rows = [
        {"name": "token", "state": "bad", "words": "The API token has expired.", "hint": "Make a new token."},
        {"name": "moon", "state": "bad", "words": "It is full."},
        {"name": "clock", "state": "wobbly", "words": "It wobbles."},
        {"words": "nameless"},
        "text",
    ]
    Installation.objects.update(checks=rows)
    assert health.kept_checks() == [Check("token", State.BAD, "The API token has expired.", "Make a new token.")]


def test_nothing_is_stored_before_first_check():
    assert health.kept_checks() == []
