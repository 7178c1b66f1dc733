"""What Access was set up to do in an account at any moment: its applications, and what their policies refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from logsync.cloudflare.policies import AppSettings, Policy, RuleGroup, RuleLists
from logsync.insight.explain.references import References
from logsync.insight.explain.snapshots import Snapshots
from logsync.insight.explain.timeline import Moment
from logsync.insight.why.facts import AppPolicies, Change, ListItems, Surroundings
from logsync.models import AccessObject, Account, IdentityProvider, Reading

Kind = AccessObject.Kind
Part = Reading.Part

# Cloudflare's audit log and `updated_at` may differ by so much about one change.
SLACK = timedelta(minutes=2)
NEVER_READ = "Gatehouse has not read this application yet."
NOT_LISTED = "Cloudflare did not list all policies of this application."


@dataclass(frozen=True, slots=True)
class Version:
    """The form of an object that is taken for a moment. `is_proved` if it is proved to be the one of that moment.

    `is_gone` is true if Cloudflare had said by then that there is no such thing; the content is then the last one.
    `changes` are those after the moment, and those of which it isn't known whether they came before it.
    """

    content: dict[str, Any]
    is_proved: bool
    changes: tuple[Change, ...]
    is_gone: bool = False


class Configuration:
    """What an account is set up to do. Several may share their `snapshots`, if these were prepared together."""

    def __init__(self, account: Account, snapshots: Snapshots | None = None) -> None:
        self.account = account
        self.snapshots = snapshots or Snapshots([account.pk])
        self._apps: dict[object, AppPolicies] = {}
        self._surroundings: dict[object, Surroundings] = {}

    @cached_property
    def readings(self) -> dict[str, Reading]:
        return {reading.part: reading for reading in self.account.readings.all()}

    @cached_property
    def providers(self) -> list[IdentityProvider]:
        return list(self.account.identity_providers.all())

    @property
    def provider_groups(self) -> set[str]:
        """What the rules that were read so far call groups of providers by."""
        return self.snapshots.provider_groups[self.account.pk]

    def ids(self, kind: Kind) -> list[str]:
        """The ids of all objects of a kind that were ever read."""
        return self.snapshots.ids(kind, self.account.pk)

    def version(self, kind: Kind, object_id: str, at: datetime | None) -> Version | None:
        """The form of an object at a moment, the newest if there is no moment; None if it was never read."""
        moment = self.snapshots.moment(kind, (self.account.pk, object_id), at)
        if moment is None:
            return None
        return Version(self.snapshots.content(moment.form), moment.is_proved, moment.changes, moment.is_gone)

    def app(self, app_uid: str, at: datetime | None) -> AppPolicies:
        """The policies of an application at a moment."""
        self.snapshots.prepare({(self.account.pk, app_uid): [at]})
        key = app_uid, self.snapshots.era(at)
        if key not in self._apps:
            self._apps[key] = self._app(app_uid, at)
        return self._apps[key]

    def _app(self, app_uid: str, at: datetime | None) -> AppPolicies:
        found = self.version(Kind.APP, app_uid, at) if app_uid else None
        reading = self.readings.get(Part.APPS)
        read_at = reading.read_at if reading else None
        settings = AppSettings.from_json(found.content) if found else None
        if found is None or settings is None or settings.policies is None:
            why = (reading.error if reading else "") or NEVER_READ
            return AppPolicies(
                self.account.pk, app_uid, settings.name if settings else "", None, read_at, unreadable=why
            )
        versions = [(policy, self.version(Kind.POLICY, policy, at), place) for policy, place in settings.policies]
        unread = tuple(policy for policy, version, _ in versions if version is None)
        policies = [
            Policy.from_json(version.content, place) if version else Policy(policy, "", "", RuleLists(), place)
            for policy, version, place in versions
            if version is None or not version.is_gone
        ]
        things = list(self._things(app_uid, [policy for policy, _, _ in versions], at))
        return AppPolicies(
            account_id=self.account.pk,
            app_uid=app_uid,
            app=settings.name,
            policies=None if policies and len(policies) == len(unread) else tuple(policies),
            read_at=read_at,
            as_of_login=not unread and all(moment.is_proved for moment in things),
            changed_since=tuple(self._changes(things)),
            unreadable=self._why_unread(Part.POLICIES) or NOT_LISTED if unread else "",
            allowed_idps=settings.allowed_idps,
            unread=unread,
        )

    def _why_unread(self, part: Part) -> str:
        reading = self.readings.get(part)
        if reading and reading.error:
            return reading.error
        return "" if reading and reading.read_at else f"Gatehouse has not read {part.label} yet."

    def _things(self, app_uid: str, policies: Sequence[str], at: datetime | None) -> Iterator[Moment]:
        """All that was read of what the answer for an application rests on, as it was at a moment."""
        needed = self._needed(policies, at)
        things = [(Kind.APP, app_uid), *((Kind.POLICY, policy) for policy in policies)]
        things += [(Kind.GROUP, group) for group in needed.rule_groups]
        things += [(Kind.LIST, list_id) for list_id in needed.lists]
        for kind, object_id in things:
            if moment := self.snapshots.moment(kind, (self.account.pk, object_id), at):
                yield moment

    def _changes(self, things: Iterable[Moment]) -> list[Change]:
        found = [self._told(change) for moment in things for change in moment.changes]
        return sorted(found, key=lambda change: (change.by, change.kind, change.object_id))

    def _told(self, change: Change) -> Change:
        """The change with what the audit log says of it: by whom, and when."""
        entries = self.snapshots.audit.get((change.kind, self.account.pk, change.object_id), [])
        if change.at:
            since, until = change.at - SLACK, change.at + SLACK
        elif change.after:
            since, until = change.after, change.by
        else:
            return change
        inside = [(at, actor) for at, actor in entries if since <= at <= until]
        actors = dict.fromkeys(actor for _, actor in inside if actor)
        at = change.at or (inside[0][0] if len(inside) == 1 else None)
        return replace(change, at=at, actor=", ".join(actors))

    def _needed(self, policies: Iterable[str], at: datetime | None) -> References:
        """All that these policies refer to at a moment, and the rule groups that they mention, and so on."""
        needed = References()
        fresh = [(Kind.POLICY, policy) for policy in policies]
        while fresh:
            known = set(needed.rule_groups)
            for kind, object_id in fresh:
                if moment := self.snapshots.moment(kind, (self.account.pk, object_id), at):
                    needed.update(self.snapshots.references(moment.form))
            fresh = [(Kind.GROUP, group) for group in sorted(needed.rule_groups - known)]
        return needed

    def surroundings(self, at: datetime | None, app: AppPolicies | None = None) -> Surroundings:
        """What policies refer to, at a moment: those of an application, or all of the account."""
        policies = None if app is None else tuple(policy.policy_id for policy in app.policies or ())
        key = policies, self.snapshots.era(at), self._vanished(at)
        if key not in self._surroundings:
            self._surroundings[key] = self._surrounding(at, policies)
        return self._surroundings[key]

    def _surrounding(self, at: datetime | None, policies: tuple[str, ...] | None) -> Surroundings:
        if policies is None:
            groups, lists, tokens = self.ids(Kind.GROUP), self.ids(Kind.LIST), self.ids(Kind.SERVICE_TOKEN)
            names = {id: str(content.get("name", "")) for id, content in self._contents(Kind.SERVICE_TOKEN, tokens, at)}
        else:
            needed, names = self._needed(policies, at), {}
            groups, lists = sorted(needed.rule_groups), sorted(needed.lists)
        own = {id: name for (account, id), name in self.snapshots.names.items() if account == self.account.pk}
        return Surroundings(
            groups={id: RuleGroup.from_json(content) for id, content in self._contents(Kind.GROUP, groups, at)},
            provider_types=self._provider_types(at),
            provider_names={idp.idp_id: str(idp) for idp in self.providers},
            lists={id: _items(content) for id, content in self._contents(Kind.LIST, lists, at)},
            names=names | own,
            missing={part.value: why for part in Part if (why := self._why_unread(part))},
        )

    def _contents(self, kind: Kind, ids: Iterable[str], at: datetime | None) -> Iterator[tuple[str, dict[str, Any]]]:
        ids = list(ids)
        self.snapshots.read(kind, {(self.account.pk, object_id): {at} for object_id in ids})
        for object_id in ids:
            version = self.version(kind, object_id, at)
            if version and not version.is_gone:
                yield object_id, version.content

    def _provider_types(self, at: datetime | None) -> dict[str, str] | None:
        """The type of each provider that had not vanished by then; None if they could not be listed."""
        if self.account.providers_error:
            return None
        return {idp.idp_id: idp.type for idp in self.providers if not _had_vanished(idp, at)}

    def _vanished(self, at: datetime | None) -> int:
        """How many providers had vanished by then."""
        return sum(_had_vanished(idp, at) for idp in self.providers)


def _had_vanished(idp: IdentityProvider, at: datetime | None) -> bool:
    return idp.vanished_at is not None and (at is None or idp.vanished_at <= at)


def _items(content: dict[str, Any]) -> ListItems:
    items = content.get("items")
    if not isinstance(items, list):
        return ListItems(str(content.get("name", "")), None)
    values = (item.get("value") if isinstance(item, dict) else item for item in items)
    return ListItems(str(content.get("name", "")), frozenset(value for value in values if isinstance(value, str)))
