"""A bar chart over time, drawn by the server: SVG in per cent of the plot, a link for each bar, a table beside it.

Unknown time is hatched, time that some logs don't know is dotted, and time that may still change is tinted: only a bin
without any of them can be zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard.charts.axes import Tick, x_ticks, y_ticks
from dashboard.charts.bins import DAY, Bins
from dashboard.charts.counts import Counts, Kind
from dashboard.charts.known_time import Known, known_of
from dashboard.charts.marks import Mark
from dashboard.page.coverage_words import COMPLETE, MAY_CHANGE, count_words, names_listed
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from dashboard.page.wording import day_words, moment, offsets_beside
from logsync.coverage import CoverageByStream
from logsync.models import Stream
from logsync.spans import Span
from logsync.words import rfc3339

# A bar leaves a fifth of its bin free. Bands are drawn to a thousandth of the plot, and no narrower than three.
BAR_SHARE, GRAIN, NARROWEST = 0.8, 1000, 3
NOT_KNOWN = mark_safe('<span class="dim" aria-label="not known">–</span>')


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in per cent of the plot, from its upper left corner."""

    css: str
    x: float
    y: float
    width: float
    height: float

    @property
    def path(self) -> str:
        """As the path of a picture that is 100 wide and 100 high."""
        return f"M{self.x:g} {self.y:g}h{self.width:g}v{self.height:g}H{self.x:g}z"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: its parts from the bottom up, its link, and what is known of its time.

    `begins` and `ends` are its ends in words, for a drag over several bars. `numbers` are of the chart's kinds, None
    where nothing was found although there may be rows.
    """

    begins: str
    ends: str
    label: str
    tip: str
    href: str
    hit: Rect
    parts: list[Rect]
    numbers: list[int | None]
    known: str

    @property
    def drawn(self) -> SafeString:
        """The bar in the picture."""
        paths = [(part.css, part.path) for part in (*self.parts, self.hit)]
        return format_html(
            '<a href="{}" tabindex="-1" data-begins="{}" data-ends="{}"><title>{}</title>{}</a>',
            self.href,
            self.begins,
            self.ends,
            self.tip,
            format_html_join("", '<path class="{}" d="{}"/>', paths),
        )

    @property
    def table_row(self) -> SafeString:
        """The bar as a row of the table."""
        numbers = [(NOT_KNOWN if number is None else f"{number:,}",) for number in self.numbers]
        return format_html(
            '<tr><th scope="row"><a href="{}">{}</a></th>{}<td>{}</td></tr>',
            self.href,
            self.label,
            format_html_join("", "<td>{}</td>", numbers),
            self.known,
        )


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A mark by the class that draws it, and what it stands for."""

    css: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready for `charts/chart.html`. `label` sums it up in words, `step` is a bin's length and clock.

    It is of the time `whole`.
    """

    label: str
    step: str
    kinds: Sequence[Kind]
    bars: list[Bar]
    bands: list[Rect]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    legend: list[LegendItem]
    note: str
    whole: Span
    marks: Sequence[Mark] = ()

    @property
    def has_days(self) -> bool:
        """Whether dates stand below the times along the bottom."""
        return any(tick.day for tick in self.x_ticks)


def chart_of(
    counts: Counts,
    coverage: CoverageByStream,
    viewer: Viewer,
    query_string: QueryString,
    *,
    noun: str,
    now: datetime,
    names: Mapping[Stream, str],
) -> Chart:
    """Lay out counts. A bin links to the page with the bin as its range.

    `coverage` is what is known of all their time, and `names` are those of its streams.
    """
    bins = counts.bins
    known = known_of(bins.whole, coverage, names, counts.counted_since, now)
    ticks, top = y_ticks(max(map(sum, counts.numbers)))
    legend = _legend(counts, known)
    return Chart(
        label=_gist(counts, viewer, legend, noun),
        step=f"{bins.step.words} bars, {viewer.first_word}",
        kinds=counts.kinds,
        bars=[_bar(counts, at, top, known, viewer, query_string) for at in range(len(bins.spans))],
        bands=[
            *_bands("m-none", known.unsettled, bins.whole),
            *_bands("m-dots", known.dotted, bins.whole),
            *_bands("m-hatch", known.hatched, bins.whole),
        ],
        x_ticks=x_ticks(bins.whole, viewer),
        y_ticks=ticks,
        legend=legend,
        note=_note(counts, viewer),
        whole=bins.whole,
    )


# Geometry


def _bar(counts: Counts, at: int, top: int, known: Known, viewer: Viewer, query_string: QueryString) -> Bar:
    span, numbers = counts.bins.spans[at], counts.numbers[at]
    words = known.words_for(span)
    shown = [number if number or words == COMPLETE else None for number in numbers]
    label = bin_words(span, counts.bins, viewer)
    since, until = (rfc3339(end, "auto") for end in span)
    begins, ends = _ends(span, counts.bins, viewer)
    hit = _rect("m-hit", span, counts.bins.whole)
    return Bar(
        begins=begins,
        ends=f"{ends} {viewer.first_word}",
        label=label,
        tip=" · ".join([label, *_said(counts, shown), *([words] if words != COMPLETE else [])]),
        href=query_string.replacing(range=None, since=since, until=until),
        hit=hit,
        parts=_parts(counts.kinds, numbers, hit, top),
        numbers=shown,
        known=words,
    )


def _said(counts: Counts, numbers: list[int | None]) -> list[str]:
    """The numbers of a bin, without kinds that are nowhere in the chart."""
    found = zip(counts.kinds, numbers, counts.shown, strict=True)
    return [f"{number:,} {kind.word.lower()}" for kind, number, shown in found if number is not None and shown]


def _parts(kinds: Sequence[Kind], numbers: list[int], room: Rect, top: int) -> list[Rect]:
    parts, below = [], 0
    for kind, number in zip(kinds, numbers, strict=True):
        below += number
        if number:
            y, height = 100 - 100 * below / top, 100 * number / top
            parts.append(Rect(kind.css, room.x, round(y, 2), round(room.width * BAR_SHARE, 3), round(height, 2)))
    return parts


def _rect(css: str, span: Span, whole: Span) -> Rect:
    x, width = (span.since - whole.since) / whole.length, span.length / whole.length
    return Rect(css, round(100 * x, 3), 0, round(100 * width, 3), 100)


def _bands(css: str, spans: list[Span], whole: Span) -> list[Rect]:
    """Bands that are wide enough to see, and few even for many spans."""
    bands: list[tuple[int, int]] = []
    for span in sorted(spans):
        start = int(GRAIN * ((span.since - whole.since) / whole.length))
        start = min(start, GRAIN - NARROWEST)
        end = max(round(GRAIN * ((span.until - whole.since) / whole.length)), start + NARROWEST)
        if bands and start <= bands[-1][1]:
            start, end = bands[-1][0], max(end, bands.pop()[1])
        bands.append((start, end))
    return [Rect(css, 100 * start / GRAIN, 0, 100 * (end - start) / GRAIN, 100) for start, end in bands]


# Words


def bin_words(span: Span, bins: Bins, viewer: Viewer) -> str:
    """When a bin is, on the viewer's first clock; whole days if it is no shorter than one."""
    begins, ends = _ends(span, bins, viewer)
    since, until = viewer.local(span.since), viewer.local(span.until)
    if bins.step.length < DAY and since.date() == until.date():
        ends = ends.removeprefix(f"{day_words(until)} ")
    both = begins if begins == ends else f"{begins} to {ends}"
    return f"{both} {viewer.first_word}"


def _ends(span: Span, bins: Bins, viewer: Viewer) -> tuple[str, str]:
    """When a span begins and ends; for days, the first and the last."""
    if bins.step.length >= DAY:
        last = viewer.local(span.until - timedelta.resolution)
        return f"{viewer.local(span.since):%-d %b %Y}", f"{last:%-d %b %Y}"
    since, until = viewer.local(span.since), viewer.local(span.until)
    exact = "%H:%M:%S" if since.second or until.second else "%H:%M"
    began, ended = offsets_beside(since, until)
    return f"{day_words(since)} {since:{exact}}{began}", f"{day_words(until)} {until:{exact}}{ended}"


def _legend(counts: Counts, known: Known) -> list[LegendItem]:
    found = zip(counts.kinds, counts.totals, counts.shown, strict=True)
    range_kind = known.kind
    legend = [
        LegendItem(kind.css, f"{kind.word} {count_words(total, range_kind)}") for kind, total, shown in found if shown
    ]
    if known.unknown:
        words = ", ".join(known.unknown)
        legend.append(LegendItem("m-hatch", words[0].upper() + words[1:]))
    if known.dotted:
        legend.append(LegendItem("m-dots", f"Without {names_listed(list(known.partly))}"))
    if known.unsettled:
        legend.append(LegendItem("m-none", MAY_CHANGE.capitalize()))
    return legend


def _gist(counts: Counts, viewer: Viewer, legend: list[LegendItem], noun: str) -> str:
    """What the chart shows at a glance, for people who cannot see it."""
    bins, kind = counts.bins, counts.kinds[0]
    parts = [f"{noun[0].upper()}{noun[1:]} from {moment(bins.whole.since, viewer)}", *(item.words for item in legend)]
    firsts = [numbers[0] for numbers in counts.numbers]
    if most := max(firsts):
        when = bin_words(bins.spans[firsts.index(most)], bins, viewer)
        parts.append(f"most {kind.word.lower()}, {most:,}, {when}")
    return "; ".join(parts) + "."


def _note(counts: Counts, viewer: Viewer) -> str:
    """What the chart leaves out; blank if nothing is left out."""
    if counts.counted_since is None:
        return ""
    return f"Only the newest rows are counted: those after {moment(counts.counted_since, viewer)}."
