"""Which SCIM updates are about the same resource: by Cloudflare's id, else the provider's id, else the name.

A row that has both ids links them for ever. Rows without ids are about the one resource of that provider that bears
their name; where two bear it (a person hired again, a duplicate), they stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from logsync.cloudflare.records import LONGEST_ID
from logsync.models import Account, ScimIdentifier, ScimResource, ScimUpdate

Kind = ScimIdentifier.Kind


class Mark(NamedTuple):
    """An id or a name as a row carries it; `scope` is the provider within which it holds, blank for Cloudflare's."""

    resource_type: str
    kind: str
    scope: str
    value: str


def marks_of(update: ScimUpdate) -> list[Mark]:
    """The ids of a row with its name, or its name alone, or nothing."""
    # No word or name of a real log is as long as an index can hold.
    resource_type = update.resource_type[:LONGEST_ID]
    ids = []
    if update.cf_resource_id:
        ids.append(Mark(resource_type, Kind.CF, "", update.cf_resource_id))
    if update.idp_resource_id:
        ids.append(Mark(resource_type, Kind.IDP, update.idp_id, update.idp_resource_id))
    name = (update.resource_user_email or update.resource_group_name).casefold()[:LONGEST_ID]
    if not name:
        return ids
    return [*ids, Mark(resource_type, Kind.NAME if ids else Kind.ONLY_NAME, update.idp_id, name)]


def assign_resources(account: Account, updates: Sequence[ScimUpdate]) -> set[int]:
    """Set the resource of each of these updates, saving all but the updates themselves; None if a row names nothing.

    Returns the resources of which something may now stand otherwise. Call it under the lock of the account's row, for
    an id must not become two resources.
    """
    known = _Known(account, updates)
    for update in updates:
        known.place(update)
    for update in updates:
        update.resource_id = known.current(update.resource_id)
    known.save()
    changed = known.join_names()
    return changed | {update.resource_id for update in updates if update.resource_id}


class _Known:
    """The resources that these updates may be about, by all that they bear."""

    def __init__(self, account: Account, updates: Iterable[ScimUpdate]) -> None:
        self.account = account
        self.bearers: dict[Mark, set[int]] = defaultdict(set)
        self.merged: dict[int, int] = {}
        self.names: set[Mark] = set()
        self.unsaved: list[ScimIdentifier] = []
        values = {mark.value for update in updates for mark in marks_of(update)}
        for identifier in ScimIdentifier.objects.filter(account=account, value__in=values):
            mark = Mark(identifier.resource_type, identifier.kind, identifier.scope, identifier.value)
            self.bearers[mark].add(identifier.resource_id)

    def place(self, update: ScimUpdate) -> None:
        """Find or make the resource of one update, and note what it bears."""
        marks = marks_of(update)
        if not marks:
            update.resource_id = None
            return
        # A name alone makes no two resources one.
        decisive = [mark for mark in marks if mark.kind != Kind.NAME]
        found = sorted({bearer for mark in decisive for bearer in self.bearers[mark]})
        resource = found[0] if found else self._make(update.resource_type)
        for other in found[1:]:
            self._merge(other, resource)
        for mark in marks:
            self._bear(resource, mark)
        update.resource_id = resource

    def current(self, resource: int | None) -> int | None:
        """The resource that this one has become part of, or is still."""
        while resource in self.merged:
            resource = self.merged[resource]
        return resource

    def save(self) -> None:
        """Save what was found that resources bear."""
        ScimIdentifier.objects.bulk_create(self.unsaved)
        self.unsaved = []

    def join_names(self) -> set[int]:
        """Let every nameless resource be the same as the one that bears its name; return what changed."""
        changed = set()
        named_alike = {name: self.bearers[name._replace(kind=Kind.ONLY_NAME)] for name in self.names}
        for name, namesakes in named_alike.items():
            named = self.bearers[name._replace(kind=Kind.NAME)]
            same_as = next(iter(named)) if len(named) == 1 else None
            # Most names are borne by resources with ids alone.
            for nameless in ScimResource.objects.filter(pk__in=namesakes) if namesakes else []:
                if nameless.same_as_id != same_as:
                    changed |= {pk for pk in (nameless.pk, nameless.same_as_id, same_as) if pk}
                    nameless.same_as_id = same_as
                    nameless.save(update_fields=["same_as"])
        return changed

    def _make(self, resource_type: str) -> int:
        return ScimResource.objects.create(account=self.account, resource_type=resource_type).pk

    def _bear(self, resource: int, mark: Mark) -> None:
        if mark.kind in (Kind.NAME, Kind.ONLY_NAME):
            self.names.add(mark)
        if resource not in self.bearers[mark]:
            self.bearers[mark].add(resource)
            self.unsaved.append(ScimIdentifier(account=self.account, resource_id=resource, **mark._asdict()))

    def _merge(self, other: int, resource: int) -> None:
        """Make another resource part of this one, with all that it bears."""
        self.save()
        ScimUpdate.objects.filter(resource=other).update(resource=resource)
        ScimResource.objects.filter(same_as=other).update(same_as=resource)
        there = set(ScimIdentifier.objects.filter(resource=resource).values_list("kind", "scope", "value"))
        for identifier in ScimIdentifier.objects.filter(resource=other):
            if (identifier.kind, identifier.scope, identifier.value) not in there:
                identifier.resource_id = resource
                identifier.save(update_fields=["resource"])
            if identifier.kind == Kind.NAME:
                self._look_again_at(identifier)
        ScimResource.objects.filter(pk=other).delete()
        self.merged[other] = resource
        for bearers in self.bearers.values():
            if other in bearers:
                bearers.remove(other)
                bearers.add(resource)

    def _look_again_at(self, name: ScimIdentifier) -> None:
        """A name that two resources bore may have one bearer now."""
        mark = Mark(name.resource_type, Kind.NAME, name.scope, name.value)
        for kind in (Kind.NAME, Kind.ONLY_NAME):
            same = mark._replace(kind=kind)
            bearers = ScimIdentifier.objects.filter(account=self.account, **same._asdict())
            self.bearers[same] |= set(bearers.values_list("resource", flat=True))
        self.names.add(mark)
