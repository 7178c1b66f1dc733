"""What the headers of an answer tell: how much the token has left, and Cloudflare's time."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logsync.cloudflare.limits import Allowance, Gate, OpenGate, allowance_of, clock_of
from tests.examples import examples

MOMENT = datetime(2026, 11, 19, 14, 6, 12, tzinfo=UTC)

LIMITS: dict[str, tuple[str, Allowance | None]] = {
    "as documented": ('"default";r=50;t=30', Allowance(50, 30, None, None)),
    "unquoted": ("default;r=0;t=1", Allowance(0, 1, None, None)),
    "spaced": (' "default" ; r = 50 ;\tt = 30 ', Allowance(50, 30, None, None)),
    "in another order and case": ('"default";T=30;R=50', Allowance(50, 30, None, None)),
    "quoted numbers": ('"default";r="50";t="30"', Allowance(50, 30, None, None)),
    "with more parameters": ('"default";pk=:abc=:;r=50;x;t=30', Allowance(50, 30, None, None)),
    "parts of a second": ('"default";r=50;t=0.5', Allowance(50, 0.5, None, None)),
    "several": ('"default";r=50;t=30, "burst";r=3;t=7', Allowance(3, 7, None, None)),
    "several used up": ('"burst";r=0;t=7,"default";r=0;t=290', Allowance(0, 290, None, None)),
    "one of several unreadable": ('"burst";r=few;t=7, "default";r=50;t=30', Allowance(50, 30, None, None)),
    "empty": ("", None),
    "a word": ("soon", None),
    "no reset": ('"default";r=50', None),
    "no remainder": ('"default";t=30', None),
    "negative": ('"default";r=-1;t=30', None),
    "not finite": ('"default";r=nan;t=inf', None),
    "digits of another script": ('"default";r=٥;t=30', None),
    "endless digits": (f'"default";r={"9" * 5000};t=30', None),
}

POLICIES: dict[str, tuple[str, tuple[int | None, float | None]]] = {
    "of the same name": ('"burst";q=100;w=60, "default";q=1200;w=300', (1200, 300)),
    "of another name": ('"burst";q=100;w=60, "other";q=1;w=1', (100, 60)),
    "unquoted": ("default;q=1200;w=300", (1200, 300)),
    "without a window": ('"default";q=1200', (1200, None)),
    "without a limit": ('"default";w=300', (None, 300)),
    "unreadable": ("soon", (None, None)),
    "empty": ("", (None, None)),
}


@pytest.mark.parametrize(("header", "expected"), LIMITS.values(), ids=LIMITS)
def test_scarcest_limit_is_reported(header, expected):
    assert allowance_of({"Ratelimit": header}) == expected


@pytest.mark.parametrize(("header", "expected"), POLICIES.values(), ids=POLICIES)
def test_policy_belongs_to_scarcest_limit(header, expected):
    headers = httpx.Headers({"ratelimit": '"default";r=50;t=30', "ratelimit-policy": header})
    assert allowance_of(headers) == Allowance(50, 30, *expected)


def test_repeated_limit_headers_form_one_list():
    headers = httpx.Headers([("Ratelimit", '"default";r=50;t=30'), ("Ratelimit", '"burst";r=3;t=7')])
    assert allowance_of(headers) == Allowance(3, 7, None, None)


def test_a_policy_alone_leaves_nothing_known():
    assert allowance_of({"Ratelimit-Policy": '"default";q=1200;w=300'}) is None


@pytest.mark.parametrize(
    "date", ["Thu, 19 Nov 2026 14:06:12 GMT", "Thursday, 19-Nov-26 14:06:12 GMT", "Thu Nov 19 14:06:12 2026"]
)
def test_every_date_of_http_is_read(date):
    clock = clock_of({"Date": date})
    assert (clock, clock and clock.tzinfo) == (MOMENT, UTC)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "now",
        "0",
        "2026-11-19T14:06:12Z",
        "Thu, 19 Nov 2026 14:06:12",
        "Thu, 19 Nov 2026 14:06:12 +0200",
        "Thu, 31 Feb 2026 14:06:12 GMT",
        "Thu, 19 Nov 2026 25:06:12 GMT",
        "Thu, 19 Nov 0000 14:06:12 GMT",
    ],
)
def test_invalid_date_is_no_clock(date):
    assert clock_of({"Date": date}) is None
    assert clock_of({}) is None


HEADER_TEXTS = st.text() | st.lists(st.sampled_from([*'",;= \trtqw019.-', "default"]), max_size=20).map("".join)


@given(limit=HEADER_TEXTS, policy=HEADER_TEXTS, date=HEADER_TEXTS)
@example(limit='";r=1;t=1', policy='"', date="\x00")
@examples(300)
def test_any_header_is_parsed_sensibly(limit, policy, date):
    headers = {"Ratelimit": limit, "Ratelimit-Policy": policy, "Date": date}
    allowance, clock = allowance_of(headers), clock_of(headers)
    if allowance is not None:
        known = [allowance.remaining, allowance.resets_in, allowance.limit or 0, allowance.window or 0]
        assert all(0 <= number < 1e13 for number in known)
    assert clock is None or clock.tzinfo is UTC


def test_open_gate_ignores_blocks():
    gate: Gate = OpenGate()
    gate.block(300)
    gate.after_call(Allowance(0, 300, None, None))
    gate.before_call()
