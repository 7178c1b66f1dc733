"""`manage.py forget`: nothing is deleted without a word."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from logsync.ingest.retention import forget_old_events
from logsync.models import AccessRequest, Installation

DAY = timedelta(days=1)


@pytest.fixture
def run(settings, monkeypatch, make_login, now):
    """Run the command where some logins are older than the ninety days that they are kept; what it writes."""
    settings.SIMULATED = False
    settings.KEEP_EVENTS = 90 * DAY
    for age in range(80, 100):
        make_login(created_at=now - age * DAY)

    def run(*arguments):
        out = StringIO()
        call_command("forget", *arguments, stdout=out)
        return out.getvalue()

    return run


def test_nothing_is_deleted_unasked(run):
    assert run() == "9 events from before 21 Aug 2026 14:00 UTC. Delete them with --confirm.\n"
    assert AccessRequest.objects.count() == 20


def test_confirmation_deletes_all_at_once(run, now):
    forget_old_events(now)
    assert AccessRequest.objects.count() == 19
    assert run("--confirm") == "8 events from before 21 Aug 2026 14:00 UTC were deleted.\n"
    assert AccessRequest.objects.count() == 11
    assert Installation.get().held_back_before is None
    assert run("--confirm") == "0 events from before 21 Aug 2026 14:00 UTC were deleted.\n"
