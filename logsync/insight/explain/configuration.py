"""What Access was set up to do in an account at any moment: its snapshots, read once and asked about many logins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from logsync.cloudflare.policies import AppSettings, Policy, RuleGroup
from logsync.insight.why.facts import AppPolicies, Change, ListItems, Surroundings
from logsync.models import AccessObject, Account, Reading, Snapshot

Kind = AccessObject.Kind


@dataclass(frozen=True, slots=True)
class Version:
    """The form of an object that is taken for a moment. `is_proved` if it is proved to be the one of that moment.

    `changes` are those after the moment, and those of which it isn't known whether they came before it.
    """

    content: dict[str, Any]
    is_proved: bool
    changes: tuple[Change, ...]


class Configuration:
    """All snapshots of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._snapshots: dict[tuple[str, str], list[Snapshot]] = defaultdict(list)
        rows = Snapshot.objects.filter(object__account=account).select_related("object")
        for row in rows.order_by("first_seen_at", "id"):
            self._snapshots[row.object.kind, row.object.object_id].append(row)

    @cached_property
    def readings(self) -> dict[str, Reading]:
        return {reading.part: reading for reading in Reading.objects.filter(account=self.account)}

    def ids(self, kind: Kind) -> list[str]:
        """The ids of all objects of a kind that were ever read."""
        return [object_id for of, object_id in self._snapshots if of == kind]

    def version(self, kind: Kind, object_id: str, at: datetime | None) -> Version | None:
        """The form of an object at a moment, the newest if there is no moment; None if it was never read."""
        rows = self._snapshots.get((kind, object_id))
        return _version(rows, at) if rows else None

    def app(self, app_uid: str, at: datetime | None) -> AppPolicies:
        """The policies of an application at a moment."""
        found = self.version(Kind.APP, app_uid, at) if app_uid else None
        reading = self.readings.get(Reading.Part.APPS)
        read_at = reading.read_at if reading else None
        settings = AppSettings.from_json(found.content) if found else None
        if found is None or settings is None or settings.policies is None:
            why = (reading.error if reading else "") or "Gatehouse has not read this application yet."
            return AppPolicies(self.account.pk, app_uid, "", None, read_at, unreadable=why)
        versions = [(self.version(Kind.POLICY, policy, at), place) for policy, place in settings.policies]
        known = [(version, place) for version, place in versions if version]
        changes = [change for version in (found, *(version for version, _ in known)) for change in version.changes]
        return AppPolicies(
            account_id=self.account.pk,
            app_uid=app_uid,
            app=settings.name,
            policies=tuple(Policy.from_json(version.content, place) for version, place in known),
            read_at=read_at,
            as_of_login=found.is_proved and all(version and version.is_proved for version, _ in versions),
            changed_since=tuple(sorted(changes, key=lambda change: change.by)),
            allowed_idps=settings.allowed_idps,
        )

    def surroundings(self, at: datetime | None) -> Surroundings:
        """What policies refer to, at a moment."""
        groups = dict(self._contents(Kind.GROUP, at))
        lists = dict(self._contents(Kind.LIST, at))
        return Surroundings(
            groups={group_id: RuleGroup.from_json(content) for group_id, content in groups.items()},
            provider_types=dict(self.account.identity_providers.filter(vanished_at=None).values_list("idp_id", "type")),
            provider_names={idp.idp_id: str(idp) for idp in self.account.identity_providers.all()},
            lists={list_id: _items(content) for list_id, content in lists.items()},
            names={id: str(content.get("name", "")) for id, content in self._contents(Kind.SERVICE_TOKEN, at)},
            missing={part: reading.error for part, reading in self.readings.items() if reading.error},
        )

    def _contents(self, kind: Kind, at: datetime | None) -> Iterator[tuple[str, dict[str, Any]]]:
        for object_id in self.ids(kind):
            if version := self.version(kind, object_id, at):
                yield object_id, version.content


def _version(rows: Sequence[Snapshot], at: datetime | None) -> Version:
    if at is None:
        return Version(rows[-1].content, is_proved=True, changes=())
    place = max((place for place, row in enumerate(rows) if _began(row) <= at), default=0)
    row = rows[place]
    return Version(row.content, _began(row) <= at <= row.last_seen_at, tuple(_changes(rows, place)))


def _began(row: Snapshot) -> datetime:
    """From when on an object is proved to have had this form: Cloudflare's time of the change, if it says one."""
    return min(row.updated_at, row.first_seen_at) if row.updated_at else row.first_seen_at


def _changes(rows: Sequence[Snapshot], place: int) -> Iterator[Change]:
    for before, after in zip(rows[place:], rows[place + 1 :], strict=False):
        thing = after.object
        yield Change(
            thing.kind, thing.object_id, thing.name, before.last_seen_at, after.first_seen_at, after.updated_at
        )


def _items(content: dict[str, Any]) -> ListItems:
    items: Iterable[Any] = content.get("items") or ()
    values = frozenset(str(item.get("value", "")) for item in items if isinstance(item, dict))
    return ListItems(str(content.get("name", "")), values)
