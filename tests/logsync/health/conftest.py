"""An installation with a broker of its own, whose beat and token work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from dashboard.celery import app
from logsync.ingest.tokens import api_tokens
from logsync.models import Installation

BROKER = ("broker_url", "broker_transport_options")


@pytest.fixture
def beat_was_seen(db, request):
    """Just now, so that no test waits for an answer of a worker unless it wants to."""
    if "now" in request.fixturenames:
        request.getfixturevalue("now")
    Installation.get()
    Installation.objects.update(beat_seen_at=timezone.now())


@pytest.fixture
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
