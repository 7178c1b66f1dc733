"""Changes of policies in a person's timeline: those in the day before a denial, at the app that denied them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.links import change_href
from dashboard.page.viewer import Viewer
from dashboard.people.timeline import ChangeEntry, Entry, Timeline, with_further
from logsync.insight.app_names import AppKey, app_names
from logsync.insight.policy_changes.change import KINDS, PolicyChange
from logsync.insight.policy_changes.footprint import DAY
from logsync.insight.policy_changes.load import LATEST_READING, changes_in, references_of_apps, with_entries
from logsync.models import AccessRequest
from logsync.spans import Span

# A timeline is about logins; of more changes the list of changes has the others.
MOST = 20


def with_policy_changes(timeline: Timeline, viewer: Viewer) -> Timeline:
    """The timeline with the changes that touched an app in the day before it denied the person.

    One query if there was a denial, and a few more only if anything changed. Each part of it has those of its time.
    """
    denials = _denials(timeline)
    if not denials:
        return timeline
    moments = [at for found in denials.values() for at in found]
    span = Span(min(moments) - DAY, max(moments) + LATEST_READING)
    changes = with_entries(changes_in({account for account, _ in denials}, span))
    references = {
        account: references_of_apps(account, {app_uid for owner, app_uid in denials if owner == account})
        for account in {change.account_id for change in changes}
    }
    touching: dict[PolicyChange, list[AppKey]] = defaultdict(list)
    for change in changes:
        for app_uid in references[change.account_id].apps_touched(change.key, change.span):
            key = change.account_id, app_uid
            if any(at - DAY <= change.moment <= at for at in denials.get(key, ())):
                touching[change].append(key)
    names = app_names(key for keys in touching.values() for key in keys)
    oldest = min(entry.at for day in timeline.days for entry in day.entries)
    entries = [
        Entry(change.moment, change=_told(change, sorted(names[key] for key in keys)))
        for change, keys in list(touching.items())[:MOST]
        # Older ones belong to the next part, if there is one.
        if not timeline.older or change.moment >= oldest
    ]
    return with_further(timeline, entries, viewer)


def _denials(timeline: Timeline) -> dict[AppKey, list[datetime]]:
    """When each app denied the person, in this part of the timeline."""
    found: dict[AppKey, list[datetime]] = defaultdict(list)
    for row in _logins(timeline):
        if row.is_denied and not row.lacks_time and row.app_uid:
            found[row.account_id, row.app_uid].append(row.created_at)
    return found


def _logins(timeline: Timeline) -> Iterator[AccessRequest]:
    for day in timeline.days:
        for entry in day.entries:
            if entry.login:
                yield entry.login
                yield from entry.folded


def _told(change: PolicyChange, apps: list[str]) -> ChangeEntry:
    kind = KINDS.get(change.kind, "")
    who: SafeString | str = cells.address(change.actors[-1]) if change.actors else ""
    return ChangeEntry(
        kind=f"{kind[:1].upper()}{kind[1:]}",
        name=change.name or change.object_id,
        href=change_href(change.number, change.origin),
        apps=tuple(apps),
        who=who,
    )
