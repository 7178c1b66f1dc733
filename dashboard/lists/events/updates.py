"""One SCIM update as lists and pages show it: what it requested, its body, and the history of its resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from dashboard.lists.events.body import LONGEST_SHOWN, Body, render_body
from dashboard.lists.events.named import raw_record
from dashboard.lists.events.resource_lines import MANY_MEMBERS, ResourceLine, lines_of
from dashboard.page.badges import resource_badge
from dashboard.page.links import updates_href
from dashboard.page.wording import NO_TIME, UTC_FIRST, moment
from dashboard.permissions.reveals import revealed, subjects_of
from logsync.cloudflare import records
from logsync.derived.scim_problems import updates_of
from logsync.insight.member_names import NamedMembers, members_of
from logsync.insight.problem_resources import own_outcomes, worst_first
from logsync.insight.update_descriptions import describe_briefly, describe_update, read_intents
from logsync.models import IdentityProvider, ScimProblemStatus, ScimUpdate
from logsync.models.directory import provider_at_start
from logsync.models.sight import sight
from logsync.scim.description import Intent
from logsync.scim.description.wording import MAX_LISTED
from logsync.scim.hidden_body import HiddenBody
from logsync.scim.history.problem_lifecycle import UNANSWERED
from logsync.scim.history.repeats import regular_pause
from logsync.words import every

MOST_HISTORY = 20
# So many equal requests in a row are folded into one line.
FEWEST_FOLDED = 3

# What Cloudflare sends of an update, and what of it stands in the list of fields.
_SENT = [name for name in records.ScimUpdate.__slots__ if name not in ("extra", "identity")]
_FIELDS = [name for name in _SENT if name not in ("request_body", "error_description")]


@dataclass(frozen=True, slots=True)
class HistoryRun:
    """Requests of a history that follow each other and say the same, newest first."""

    updates: list[ScimUpdate]
    words: str

    @property
    def newest(self) -> ScimUpdate:
        return self.updates[0]

    @property
    def oldest(self) -> ScimUpdate:
        return self.updates[-1]

    @property
    def is_folded(self) -> bool:
        return len(self.updates) >= FEWEST_FOLDED

    @property
    def rhythm(self) -> str:
        """How regularly they came: "about every 40 minutes"; blank if they didn't."""
        pause = regular_pause([[update.logged_at for update in self.updates]])
        return f"about {every(pause)}" if pause else ""


@dataclass(frozen=True, slots=True)
class UpdateDetail:
    """What `template` shows of one SCIM update.

    `words` say what it requested, `line` where its problem stands with its resource; None if it didn't fail or names no
    resource. `own_badge` says what became of this very request, if it is others that keep the problem open. `history`
    are the newest updates of the same resource; `history_href` lists all `requests` for it. `body_href` has the whole
    body as text. `raw` is the record as Cloudflare sent it, blank if it is too long for a page. `members` are those
    that a request for a group names, if they are more than `words` name.
    """

    template: ClassVar[str] = "lists/events/update.html"
    lead_template: ClassVar[str] = "lists/events/update_lead.html"

    event: ScimUpdate
    provider: IdentityProvider | None
    fields: list[tuple[str, Any]]
    body: Body
    words: str
    line: ResourceLine | None
    own_badge: SafeString | str
    history: list[HistoryRun]
    requests: int
    history_href: str
    body_href: str
    raw: str
    members: Sequence[NamedMembers]

    @property
    def key(self) -> str:
        return self.event.key.hex

    @property
    def heading(self) -> str:
        """What it requested, and when."""
        at = NO_TIME if self.event.lacks_time else moment(self.event.logged_at, UTC_FIRST)
        return f"{self.words}, {at}"

    @property
    def provider_name(self) -> str:
        """Who sent the request, at the start of a sentence."""
        return provider_at_start(self.provider, self.event.idp_id)


def update_detail(update: ScimUpdate) -> UpdateDetail:
    """The details of one SCIM update."""
    root = update.resource.root_id if update.resource else None
    of_it = updates_of([root]) if root else ScimUpdate.objects.none()
    history: list[ScimUpdate] = list(of_it[:MOST_HISTORY])
    intents = read_intents([update, *history])
    if sight().is_masked and not isinstance(update.request_body, HiddenBody):
        with revealed(subjects_of(update)):
            intents |= read_intents([update])
    line = _line(update, root) if root else None
    raw = raw_record(update, _SENT)
    return UpdateDetail(
        event=update,
        provider=IdentityProvider.objects.filter(account=update.account, idp_id=update.idp_id).first(),
        fields=[(name, getattr(update, name)) for name in _FIELDS],
        body=render_body(update.request_body),
        words=describe_update(update, intents[update.pk]),
        line=line,
        own_badge=_own_badge(update, root, line) if root and line else "",
        history=_runs(history, intents, update),
        requests=of_it.order_by().count() if len(history) == MOST_HISTORY else len(history),
        history_href=updates_href(resource=root or "", status="any"),
        body_href=reverse("scim:body", args=[update.key.hex]),
        raw=raw if len(raw) <= LONGEST_SHOWN else "",
        members=[one for one in members_of([update], MANY_MEMBERS).get(update.pk, ()) if one.total > MAX_LISTED],
    )


def _runs(history: Sequence[ScimUpdate], intents: Mapping[int, Intent], shown: ScimUpdate) -> list[HistoryRun]:
    """The history with equal requests in a row together; the one that is shown stays alone."""
    said = [(describe_briefly(update, intents[update.pk]), update) for update in history]
    grouped = groupby(said, key=lambda one: (one[0], one[1].status, one[1].pk == shown.pk))
    return [HistoryRun([update for _, update in run], words) for (words, *_), run in grouped]


def _own_badge(update: ScimUpdate, root: int, line: ResourceLine) -> SafeString | str:
    """What became of this very request, if the problem is only open for others; else blank."""
    if not line.resource.is_open:
        return ""
    own = own_outcomes({root}).get(update.pk)
    return resource_badge(own, has_succeeded_otherwise=False) if own and own not in UNANSWERED else ""


def _line(update: ScimUpdate, root: int) -> ResourceLine | None:
    statuses = ScimProblemStatus.objects.filter(problem=update.problem_id, resource=root)
    lines = lines_of(worst_first(statuses), timezone.now()) if update.problem_id else []
    return lines[0] if lines else None
