"""Small bars are drawn as one shape, and say in words what they show."""

from __future__ import annotations

from dashboard.charts.sparkline import sparkline
from logsync.insight.trends import Bar
from tests.dashboard.reading import Page


def shapes(*args):
    return [(path.attrs["class"], path.attrs["d"]) for path in Page(sparkline(*args)).all("path")]


def test_bars_stand_at_their_time():
    late, early = Bar(x=50, width=10, height=98, count=4), Bar(x=0.5, width=3.33, height=50, count=2)
    _, bars = shapes([late, early], "m-bad", "")
    assert bars == ("m-bad", "M0 94H5V47h33V94H500V2h100V94")


def test_baseline_breaks_at_unknown_time():
    line, bars = shapes([], "m-bad", "", [(0, 25), (50, 100)])
    assert line == ("m-calm", "M0 94H250V100H0zM500 94H1000V100H500z")
    assert bars == ("m-bad", "M0 94")


def test_the_words_are_never_markup():
    [picture] = Page(sparkline([], "m-bad", '"><b>')).all("svg")
    assert picture.attrs["aria-label"] == '"><b>'
