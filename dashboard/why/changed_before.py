"""What changed in the day before denials began at an application: facts side by side, and none is called a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.links import change_href
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from logsync.insight.policy_changes.change import KINDS, PolicyChange
from logsync.insight.policy_changes.footprint import DAY, first_denial_in
from logsync.insight.policy_changes.load import changes_before
from logsync.insight.policy_changes.sentences import before_denial
from logsync.spans import Span

# The latest are told; the list of changes has the others.
MOST = 3


@dataclass(frozen=True, slots=True)
class ChangedBefore:
    """A change: what it is called, its page, and how long before the first denial it came, by whom."""

    kind: str
    name: SafeString
    href: str
    words: SafeString
    who: SafeString | str


def changed_before(account_id: int, app_uid: str, episode: Span, viewer: Viewer, now: datetime) -> list[ChangedBefore]:
    """The latest changes that touched an application in the day before the first denial of a run in this span."""
    first = first_denial_in(account_id, app_uid, episode)
    if first is None:
        return []
    renderer = SentenceRenderer(viewer, now)
    return [_told(change, first, renderer) for change in _latest(changes_before(account_id, app_uid, first, DAY))]


def _latest(changes: Iterable[PolicyChange]) -> list[PolicyChange]:
    return sorted(changes, key=lambda change: change.moment, reverse=True)[:MOST]


def _told(change: PolicyChange, first: datetime, renderer: SentenceRenderer) -> ChangedBefore:
    words = format_html("{} ({})", renderer.html(before_denial(change, first)), renderer.at(change.moment))
    kind = KINDS.get(change.kind, "")
    return ChangedBefore(
        kind=f"{kind[:1].upper()}{kind[1:]}",
        name=cells.text(change.name or change.object_id),
        href=change_href(change.number, change.origin),
        words=words,
        who=cells.address(change.actors[-1]) if change.actors else "",
    )
