"""How late rows came in the last days, and the overlap that follows from it."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.health import lateness
from logsync.health.lateness import Lateness, lateness_of
from logsync.ingest import late_arrivals
from logsync.models import LatenessCount, Log

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def keep(stream, day, **count_by_seconds):
    for name, number in count_by_seconds.items():
        LatenessCount.objects.create(stream=stream, day=day, seconds=int(name.removeprefix("s")), count=number)


def test_fewer_than_twenty_rows_say_nothing(stream, now):
    keep(stream, now.date(), s10=19)
    assert lateness_of([stream], now) == {}
    keep(stream, now.date() - DAY, s10=1)
    assert lateness_of([stream], now)[stream.pk].rows == 20


def test_single_late_row_is_told(stream, now, settings):
    late = round(settings.SYNC_OVERLAP.total_seconds() * 1.2)
    keep(stream, now.date(), s10=3, **{f"s{late}": 2})
    said = lateness_of([stream], now)[stream.pk]
    assert (said.rows, said.late, said.is_typical, said.latest) == (5, 2, False, late * SECOND)


def test_step_around_overlap_is_not_late(stream, now, settings):
    keep(stream, now.date(), **{f"s{round(settings.SYNC_OVERLAP.total_seconds() * 1.05)}": 2})
    assert lateness_of([stream], now) == {}


def test_the_last_seven_days_count(stream, now):
    for days in range(9):
        keep(stream, now.date() - days * DAY, s10=100)
    assert lateness_of([stream], now)[stream.pk].rows == 800


def test_lateness_figures_match_rows(stream, now):
    keep(stream, now.date(), s1=10, s30=60, s60=25)
    keep(stream, now.date() - DAY, s60=1, s600=3, s1500=1)
    assert lateness_of([stream], now) == {
        stream.pk: Lateness(rows=100, median=30 * SECOND, p95=60 * SECOND, latest=1500 * SECOND, late=1)
    }


@given(ages=st.lists(st.floats(1, 10**5), min_size=20, max_size=60))
def test_lateness_is_precise_to_tenth(ages):
    counter = Counter(map(late_arrivals._step, ages))
    said = lateness._summed_up(counter)
    ordered = sorted(ages)
    for told, real in [
        (said.median, ordered[math.ceil(len(ages) * 0.5) - 1]),
        (said.p95, ordered[math.ceil(len(ages) * 0.95) - 1]),
        (said.latest, ordered[-1]),
    ]:
        assert real <= told.total_seconds() <= real * 1.1 + 1


def test_each_stream_has_its_own_lateness(stream, make_stream, now):
    scim = make_stream(Log.SCIM_UPDATES, "p1")
    keep(stream, now.date(), s10=20)
    keep(scim, now.date(), s60=30)
    assert {pk: said.latest for pk, said in lateness_of([stream, scim], now).items()} == {
        stream.pk: 10 * SECOND,
        scim.pk: 60 * SECOND,
    }
    assert lateness_of([scim], now).keys() == {scim.pk}


# The overlap


@given(latest=st.integers(1, 10**6), overlap=st.integers(1, 1000))
def test_proposed_overlap_exceeds_latest_row(latest, overlap):
    said = Lateness(100, SECOND, SECOND, latest * SECOND)
    proposed = said.proposed_overlap(overlap * MINUTE)
    if latest <= overlap * 60 or latest * 1.5 * SECOND > 3 * 60 * MINUTE:
        assert proposed is None
    else:
        assert proposed is not None
        assert proposed > max(said.latest, overlap * MINUTE)
        assert proposed % (5 * MINUTE) == timedelta()


@pytest.mark.parametrize(("latest", "proposed"), [(14, None), (15, None), (16, 25), (20, 30), (21, 35), (60, 90)])
def test_sufficient_overlap_is_kept(latest, proposed):
    said = Lateness(100, SECOND, SECOND, latest * MINUTE)
    assert said.proposed_overlap(15 * MINUTE) == (proposed and proposed * MINUTE)
