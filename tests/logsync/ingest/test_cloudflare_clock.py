"""Cloudflare's clock decides what time it is."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import CloudflareError
from logsync.ingest import cloudflare_clock
from logsync.ingest.token_gate import TokenGate
from logsync.models import ApiToken
from tests.logsync.cloudflare.answers import failure, success

SECOND = timedelta(seconds=1)


def test_a_process_that_heard_nothing_goes_by_its_own_clock(now):
    assert (cloudflare_clock.offset(), cloudflare_clock.cloudflare_now()) == (timedelta(), now)


@pytest.mark.parametrize("difference", [4 * SECOND, -4 * SECOND, timedelta(hours=5), timedelta(days=-900)])
def test_a_clock_that_differs_is_followed(now, difference):
    cloudflare_clock.hear(now + difference)
    assert (cloudflare_clock.offset(), cloudflare_clock.cloudflare_now()) == (difference, now + difference)


@pytest.mark.parametrize("difference", [0 * SECOND, 3 * SECOND, -3 * SECOND])
def test_an_answers_way_and_rounding_are_no_difference(now, difference):
    cloudflare_clock.hear(now + difference)
    assert (cloudflare_clock.offset(), cloudflare_clock.cloudflare_now()) == (timedelta(), now)


def test_the_last_answer_counts(now):
    for difference in (5 * SECOND, -7 * SECOND):
        cloudflare_clock.hear(now + difference)
    assert cloudflare_clock.offset() == -7 * SECOND
    cloudflare_clock.hear(now)
    assert cloudflare_clock.offset() == timedelta()


def test_time_goes_on_after_an_answer(now, time_machine):
    cloudflare_clock.hear(now + 60 * SECOND)
    time_machine.shift(5)
    assert cloudflare_clock.cloudflare_now() == now + 65 * SECOND


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [success([]), failure(403, 10000)])
def test_the_date_of_every_answer_is_heard_also_of_a_refusal(now, answer):
    answer.headers["Date"] = "Thu, 19 Nov 2026 14:16:12 GMT"
    gate = TokenGate(ApiToken.objects.create(fingerprint="f"))
    client = CloudflareClient("a-token", "a1", gate=gate, transport=httpx.MockTransport(lambda _: answer))
    try:
        client.accounts()
    except CloudflareError:
        assert answer.status_code == 403
    assert cloudflare_clock.cloudflare_now() == now + timedelta(minutes=10)
