"""Which rows are held against Cloudflare's failed logins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.at_cloudflare.failed_logins import Outcome
from logsync.insight.at_cloudflare.load import matched_failed_logins
from logsync.models import Account, Application, Stream, UserReading
from logsync.words import rfc3339
from tests.conftest import NOW

ADA = "ada@meridian.example"
AT = NOW - timedelta(hours=3)


@pytest.fixture
def _all_read(make_stream, cover):
    cover(make_stream(), NOW - timedelta(days=30), NOW)


@pytest.fixture
def outcomes(account):
    """The outcome of each failed login, as metadata of Cloudflare's."""

    def read(*logins):
        content = [{"metadata": {"datetime": rfc3339(AT), **login}} for login in logins]
        reading = UserReading(account=account, person=ADA, subject="failed_logins", wanted_at=NOW, content=content)
        return [one.outcome for one in matched_failed_logins(reading, NOW)]

    return read


@pytest.mark.usefixtures("_all_read")
def test_rows_are_found_by_ray_id(outcomes, make_login):
    make_login(ray_id="aaaa", created_at=AT)
    assert outcomes({"ray_id": "AAAA-fra"}, {"ray_id": "bbbb"}) == [Outcome.FOUND, Outcome.MISSING]


@pytest.mark.usefixtures("_all_read")
def test_rows_are_found_by_time_and_app(account, outcomes, make_login):
    login = make_login(ray_id="aaaa", created_at=AT + timedelta(seconds=1), user_email=ADA)
    Application.objects.create(account=account, app_uid=login.app_uid, name="Grafana", aud="tag")
    assert outcomes({"aud": "tag"}, {"aud": "tag"}) == [Outcome.FOUND, Outcome.MISSING]
    assert outcomes({"aud": "other"}) == [Outcome.MISSING]


@pytest.mark.usefixtures("_all_read")
def test_rows_of_other_accounts_do_not_count(outcomes, make_login):
    other = Account.objects.create(account_id="b" * 32)
    make_login(ray_id="aaaa", created_at=AT, account=other)
    assert outcomes({"ray_id": "aaaa"}) == [Outcome.MISSING]


def test_without_a_stream_nothing_is_read(outcomes, account):
    Stream.objects.all().delete()
    assert outcomes({"ray_id": "aaaa"}) == [Outcome.NOT_READ]
    assert outcomes() == []
