"""What the tests of the pages share: logs that were read without a hole, so that an empty list is a real zero."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import Account, FailedRange, Log, Stream
from tests.conftest import NOW

LONG_AGO = timedelta(days=29)


@pytest.fixture(autouse=True)
def _clock(now):
    """Rows are made an hour before the clock's time, so every page is looked at then."""


@pytest.fixture
def all_logins_known(now, make_stream, cover, make_login):
    """The login log was read for 30 days; an old success proves how far Cloudflare's own copy went back."""
    stream = make_stream(succeeded_at=now)
    cover(stream, now - timedelta(days=30), now)
    make_login(created_at=now - LONG_AGO, allowed=True, user_email="first@meridian.example", app_name="Proof")
    return stream


@pytest.fixture
def all_updates_known(now, okta, make_stream, cover, make_update):
    """Okta's SCIM log was read for 30 days; an old success proves how far Cloudflare's own copy went back."""
    stream = make_stream(Log.SCIM_UPDATES, okta.idp_id, succeeded_at=now)
    cover(stream, now - timedelta(days=30), now)
    make_update(logged_at=now - LONG_AGO, status="SUCCESS", error_description="", cf_resource_id="first")
    return stream


@pytest.fixture
def fail():
    """Note that a stream could not be read from `since` to `until`, once, and is tried again in ten minutes."""

    def note(stream, since, until, error="Cloudflare answered 500.", **values):
        values = {"failed_at": NOW, "retry_at": NOW + timedelta(minutes=10)} | values
        return FailedRange.objects.create(stream=stream, since=since, until=until, error=error, **values)

    return note


@pytest.fixture
def other_account(db):
    """A second account, whose names are others."""
    return Account.objects.create(account_id="f" * 32, name="Zenith")


@pytest.fixture
def sixty_accounts(db, cover):
    """The login streams of sixty accounts, all settled for a week, but for three of which one was never read."""
    streams = []
    for number in range(60):
        account = Account.objects.create(account_id=f"{number:032x}", name=f"Company {number:02}")
        stream = Stream.objects.create(
            account=account, log=Log.ACCESS_REQUESTS, backfill_since=NOW - timedelta(days=30)
        )
        if number not in (7, 21, 42):
            cover(stream, NOW - timedelta(days=7), NOW)
        elif number != 7:
            cover(stream, NOW - timedelta(days=7), NOW - timedelta(hours=5))
        streams.append(stream)
    return streams
