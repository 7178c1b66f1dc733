"""Ranges of a stream's time: what was read, what failed, what is asked for, and who reads which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model

from logsync.models import AskedRange, Claim, CoveredRange, FailedRange, Stream
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db

KINDS: dict[type[Model], dict[str, Any]] = {
    CoveredRange: {"state": CoveredRange.State.SETTLED},
    FailedRange: {"error": "It is said why.", "failed_at": NOW, "retry_at": NOW},
    AskedRange: {"asked_at": NOW},
    Claim: {},
}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request):
    """One kind of range after the other."""
    return request.param


@pytest.fixture
def make(kind, stream):
    """Make a range of that kind."""

    def make(since, until):
        return kind.objects.create(stream=stream, since=since, until=until, **KINDS[kind])

    return make


def test_range_is_shown_as_its_time(make):
    assert str(make(NOW - MINUTE, NOW)) == "2026-11-19 14:05 to 2026-11-19 14:06"


def test_the_oldest_range_comes_first(make, kind):
    ranges = [make(NOW + number * MINUTE, NOW + 9 * MINUTE) for number in (2, 0, 1)]
    assert list(kind.objects.all()) == [ranges[1], ranges[2], ranges[0]]


def test_range_is_deleted_with_its_stream(make, kind, stream):
    make(NOW - MINUTE, NOW)
    stream.delete()
    assert not kind.objects.exists()


def test_ranges_are_prefetched_with_stream(make, stream, make_stream, django_assert_num_queries):
    make(NOW - MINUTE, NOW)
    with django_assert_num_queries(5):
        [found] = Stream.objects.with_ranges()
    with django_assert_num_queries(0):
        every = [found.covered_ranges.all(), found.failed_ranges.all(), found.asked_ranges.all(), found.claims.all()]
        assert sum(len(ranges) for ranges in every) == 1


def test_covered_ranges_have_seven_states():
    assert CoveredRange.State.values == ["settled", "provisional", "late", "beyond", "unproven", "refused", "deleted"]


def test_new_ranges_have_defaults(stream):
    values = {"stream": stream, "since": NOW - MINUTE, "until": NOW}
    assert FailedRange.objects.create(**values, **KINDS[FailedRange]).tries == 1
    assert not AskedRange.objects.create(**values, **KINDS[AskedRange]).again


def test_claim_without_owner_is_free(stream):
    Claim.objects.create(stream=stream, since=NOW - MINUTE, until=NOW)
    assert not Claim.objects.filter(Claim.held()).exists()
