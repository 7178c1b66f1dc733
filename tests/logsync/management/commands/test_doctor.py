"""`manage.py doctor`: what it prints, and what it ends with."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from logsync.health import Check, State
from logsync.management.commands import doctor
from logsync.models import Installation

pytestmark = pytest.mark.django_db

GOOD = Check("database", State.GOOD, "Database, 3 rows.")
NEW = Check("providers", State.NEW, "Provider Entra B2B appeared.")
LOOK = Check("clock", State.WARN, "The clock is late.", "Set it by NTP.")
BAD = Check("token", State.BAD, "The token has expired.", "Make a new one.")


@pytest.fixture
def run(monkeypatch, settings):
    """Run the command where these checks are found; what it writes."""
    settings.SIMULATED = False

    def run(*checks, **options):
        monkeypatch.setattr(doctor, "look_around", lambda _: [c for c in checks if c is not BAD])
        monkeypatch.setattr(doctor, "ask_cloudflare", lambda _: [c for c in checks if c is BAD])
        out = StringIO()
        call_command("doctor", stdout=out, **options)
        return out.getvalue()

    return run


def test_good_checks_are_one_sentence(run):
    assert (
        run(GOOD, NEW) == "✓ ok       Database, 3 rows.\n+ new      Provider Entra B2B appeared.\nEverything is fine.\n"
    )


def test_warning_has_hint_and_succeeds(run):
    assert run(GOOD, LOOK) == (
        "✓ ok       Database, 3 rows.\n"
        "! warning  The clock is late.\n"
        "           → Set it by NTP.\n"
        "No problems; 1 of 2 checks have a warning.\n"
    )


def test_no_check_moves_a_terminal(run):
    hostile = "Meridian\x1b[2J\n✓ ok       all is well\u202e\r"
    assert run(Check("clock", State.WARN, hostile, hostile)).splitlines()[:2] == [
        "! warning  Meridian[U+001B][2J[U+000A]✓ ok       all is well[U+202E][U+000D]",
        "           → Meridian[U+001B][2J[U+000A]✓ ok       all is well[U+202E][U+000D]",
    ]


def test_bad_check_exits_with_status_1(run):
    with pytest.raises(CommandError, match="1 of 3 checks found a problem; fix the first") as raised:
        run(GOOD, LOOK, BAD)
    assert raised.value.returncode == 1


def test_checks_are_in_display_order(run):
    words = run(LOOK, NEW, GOOD)
    assert words.index("Database") < words.index("Provider") < words.index("clock")


def test_colour_never_replaces_words(run):
    assert "\x1b[" not in run(GOOD)
    coloured = run(GOOD, LOOK, force_color=True)
    assert "✓ ok" in coloured
    assert "\x1b[" in coloured


def test_stops_without_database(monkeypatch, settings):
    def refuse():
        raise OperationalError("Connection refused")

    settings.SIMULATED = False
    monkeypatch.setattr(connection, "cursor", refuse)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert out.getvalue() == (
        "✗ problem  The database is not answering (OperationalError: Connection refused).\n"
        "           → Start it, or check DATABASE_URL.\n"
    )


def test_doctor_starts_its_own_simulator(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.SIMULATED = True
    settings.CLOUDFLARE_API_BASE_URL = f"http://127.0.0.1:{port}/client/v4"
    Installation.get()
    Installation.objects.update(beat_seen_at=datetime.now(UTC))
    out = StringIO()
    call_command("doctor", stdout=out)
    first, *others = out.getvalue().splitlines()
    assert first == "The data is simulated, since CLOUDFLARE_API_TOKEN is not set."
    assert "✓ ok       The API token reads Meridian: logins, SCIM, names." in others
    assert any(line.startswith("! warning  Logins · Meridian was never read") for line in others)
