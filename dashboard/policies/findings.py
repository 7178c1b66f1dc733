"""Findings as pages show them: by kind, with the places where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from django.utils.safestring import SafeString

from dashboard.page.links import object_href
from dashboard.page.sentences import SentenceRenderer
from dashboard.policies.rows import Configured
from dashboard.policies.wording import FINDING_WORDS, finding_badge
from logsync.cloudflare.references import Reference
from logsync.insight.blind_spots.findings import Finding
from logsync.models import AccessObject

# How many of a kind a card shows; the list has the others.
MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Something that a finding is about: its kind in a word, its name, its page (blank if it has none)."""

    kind: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding."""

    sentence: SafeString
    meaning: SafeString
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of a kind: the first of them, how many there are, and a list of what they are about."""

    word: str
    badge: SafeString
    lines: Sequence[FindingLine]
    count: int
    href: str

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


def groups_of(
    configured: Iterable[Configured], renderer: SentenceRenderer, hrefs: dict[str, str]
) -> list[FindingGroup]:
    """The findings of some accounts by kind, the worst first; `hrefs` has the list of each kind."""
    found = [(finding, one) for one in configured for finding in one.findings.found]
    order = list(hrefs)
    found.sort(key=lambda pair: order.index(pair[0].kind))
    groups = [(kind, list(pairs)) for kind, pairs in groupby(found, key=lambda pair: pair[0].kind)]
    return [
        FindingGroup(
            FINDING_WORDS[kind],
            finding_badge(kind),
            [line_of(finding, one, renderer) for finding, one in islice(pairs, MOST_SHOWN)],
            len(pairs),
            hrefs[kind],
        )
        for kind, pairs in groups
    ]


def line_of(
    finding: Finding, configured: Configured, renderer: SentenceRenderer, but: Reference | None = None
) -> FindingLine:
    """A finding with the pages of all that it is about, but for the one that shows it."""
    things = [thing for thing in (finding.of, *finding.others) if thing != but]
    places = [place_of(thing, configured) for thing in things]
    return FindingLine(
        renderer.html(finding.sentence), renderer.html(finding.meaning), [place for place in places if place.href]
    )


def place_of(thing: Reference, configured: Configured) -> Place:
    """What a thing is called and where its page is; blank for what was never read."""
    is_known = configured.setup.has(thing)
    href = object_href(configured.account, thing.kind, thing.object_id) if is_known else ""
    return Place(AccessObject.Kind(thing.kind).label, configured.setup.name_of(thing), href)
