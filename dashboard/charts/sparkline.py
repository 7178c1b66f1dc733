"""Small bars in the rows of a table, one picture for each row."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from logsync.insight.trends import Bar
from logsync.spans import Span, intersect

# A picture is 1,000 wide and 100 high; its base line is this far down.
BASE = 94
# The whole of a range, in per cent from and to.
WHOLE = ((0.0, 100.0),)


def shares_of(spans: Sequence[Span], whole: Span) -> list[tuple[float, float]]:
    """Where these spans begin and end, in per cent of the whole."""
    inside = intersect(spans, [whole])
    ends = [((span.since - whole.since) / whole.length, (span.until - whole.since) / whole.length) for span in inside]
    return [(round(100 * start, 2), round(100 * end, 2)) for start, end in ends]


def sparkline(bars: Sequence[Bar], mark: str, label: str, known: Sequence[tuple[float, float]] = WHOLE) -> SafeString:
    """Draw bars. `mark` is the CSS class of their colour, `label` what they show, in words.

    The base line is drawn under the `known` time only.
    """
    line = "".join(f"M{10 * start:.0f} {BASE}H{10 * end:.0f}V100H{10 * start:.0f}z" for start, end in known)
    return format_html(
        '<svg class="gh-spark" role="img" aria-label="{}" viewBox="0 0 1000 100" preserveAspectRatio="none">'
        '<path class="m-calm" d="{}"/><path class="{}" d="M0 {}{}"/></svg>',
        label,
        line,
        mark,
        BASE,
        "".join(_outline(bar) for bar in sorted(bars, key=lambda bar: bar.x)),
    )


def _outline(bar: Bar) -> str:
    """The path along the base line to a bar and around it."""
    return f"H{10 * bar.x:.0f}V{BASE * (1 - bar.height / 100):.0f}h{10 * bar.width:.0f}V{BASE}"
