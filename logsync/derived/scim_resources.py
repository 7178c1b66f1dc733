"""Which SCIM updates are about the same resource: by Cloudflare's id, else the provider's id, else the name.

A resource belongs to one provider, also where two bear the same id: what succeeds through one says nothing about the
other. A row that has both ids links them for as long as any row of the resource is kept. Rows without ids are about the
one resource of that provider that has their name; where two have it (a person hired again, a duplicate), they stay
apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from logsync.cloudflare.records import LONGEST_ID
from logsync.models import Account, ScimIdentifier, ScimResource, ScimUpdate

Kind = ScimIdentifier.Kind


class Mark(NamedTuple):
    """An id or a name in a row; `scope` is the provider that the row came through."""

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
        ids.append(Mark(resource_type, Kind.CF, update.idp_id, update.cf_resource_id))
    if update.idp_resource_id:
        ids.append(Mark(resource_type, Kind.IDP, update.idp_id, update.idp_resource_id))
    name = (update.resource_user_email or update.resource_group_name).casefold()[:LONGEST_ID]
    if not name:
        return ids
    return [*ids, Mark(resource_type, Kind.NAME if ids else Kind.ONLY_NAME, update.idp_id, name)]


def assign_resources(account: Account, updates: Sequence[ScimUpdate]) -> set[int]:
    """Set the resource of each of these updates, None if it names nothing; everything but the updates is saved.

    Returns the resources whose problems may have another status now. Call it with the account's row locked, as one id
    must not become two resources.
    """
    known = _Resources(account, updates)
    for update in updates:
        known.place(update)
    for update in updates:
        update.resource_id = known.current(update.resource_id)
    known.save()
    changed = known.join_names()
    return changed | {update.resource_id for update in updates if update.resource_id}


def forget_unused(resources: Collection[int]) -> set[int]:
    """Drop those of these resources that no update is about any more, and names that no update bears any more.

    The ids of a resource stay linked as long as there are updates of it. Returns other resources whose problems may
    have another status now. Call it after the updates were deleted, while writers are blocked.
    """
    fields = ("resource_type", "idp_id", "cf_resource_id", "idp_resource_id", "resource_user_email")
    left = ScimUpdate.objects.filter(resource__in=resources).order_by()
    borne: dict[int, set[Mark]] = defaultdict(set)
    for resource, *values in left.values_list("resource", *fields, "resource_group_name").distinct().iterator():
        update = ScimUpdate(**dict(zip((*fields, "resource_group_name"), values, strict=True)))
        borne[resource].update(marks_of(update))
    changed = set(ScimResource.objects.filter(same_as__in=set(resources) - borne.keys()).values_list("pk", flat=True))
    dropped = [
        identifier
        for identifier in ScimIdentifier.objects.filter(resource__in=resources).select_related("account")
        if identifier.resource_id not in borne
        or (identifier.kind in (Kind.NAME, Kind.ONLY_NAME) and _mark(identifier) not in borne[identifier.resource_id])
    ]
    ScimIdentifier.objects.filter(pk__in=[identifier.pk for identifier in dropped]).delete()
    ScimResource.objects.filter(pk__in=set(resources) - borne.keys()).delete()
    for account in {identifier.account for identifier in dropped}:
        known = _Resources(account, [])
        for identifier in dropped:
            if identifier.account_id == account.pk and identifier.kind == Kind.NAME:
                known.look_again_at(identifier)
        changed |= known.join_names()
    return changed


def _mark(identifier: ScimIdentifier) -> Mark:
    return Mark(identifier.resource_type, identifier.kind, identifier.scope, identifier.value)


class _Resources:
    """The resources that these updates may be about, by their ids and names."""

    def __init__(self, account: Account, updates: Iterable[ScimUpdate]) -> None:
        self.account = account
        self.owners: dict[Mark, set[int]] = defaultdict(set)
        self.merged: dict[int, int] = {}
        self.names: set[Mark] = set()
        self.unsaved: list[ScimIdentifier] = []
        values = {mark.value for update in updates for mark in marks_of(update)}
        for identifier in ScimIdentifier.objects.filter(account=account, value__in=values):
            self.owners[_mark(identifier)].add(identifier.resource_id)

    def place(self, update: ScimUpdate) -> None:
        """Find or create the resource of one update, and note its ids and name."""
        marks = marks_of(update)
        if not marks:
            update.resource_id = None
            return
        # Two resources are never merged for their name alone.
        decisive = [mark for mark in marks if mark.kind != Kind.NAME]
        found = sorted({owner for mark in decisive for owner in self.owners[mark]})
        resource = found[0] if found else self._make(update.resource_type)
        for other in found[1:]:
            self._merge(other, resource)
        for mark in marks:
            self._add_mark(resource, mark)
        update.resource_id = resource

    def current(self, resource: int | None) -> int | None:
        """The resource that this one was merged into, or itself."""
        while resource in self.merged:
            resource = self.merged[resource]
        return resource

    def save(self) -> None:
        """Save the ids and names that were found."""
        ScimIdentifier.objects.bulk_create(self.unsaved)
        self.unsaved = []

    def join_names(self) -> set[int]:
        """Link every resource without ids to the one resource with its name; return what changed."""
        changed = set()
        named_alike = {name: self.owners[name._replace(kind=Kind.ONLY_NAME)] for name in self.names}
        for name, namesakes in named_alike.items():
            named = self.owners[name._replace(kind=Kind.NAME)]
            same_as = next(iter(named)) if len(named) == 1 else None
            # Most names belong only to resources with ids.
            for nameless in ScimResource.objects.filter(pk__in=namesakes) if namesakes else []:
                if nameless.same_as_id != same_as:
                    changed |= {pk for pk in (nameless.pk, nameless.same_as_id, same_as) if pk}
                    nameless.same_as_id = same_as
                    nameless.save(update_fields=["same_as"])
        return changed

    def _make(self, resource_type: str) -> int:
        return ScimResource.objects.create(account=self.account, resource_type=resource_type).pk

    def _add_mark(self, resource: int, mark: Mark) -> None:
        if mark.kind in (Kind.NAME, Kind.ONLY_NAME):
            self.names.add(mark)
        if resource not in self.owners[mark]:
            self.owners[mark].add(resource)
            self.unsaved.append(ScimIdentifier(account=self.account, resource_id=resource, **mark._asdict()))

    def _merge(self, other: int, resource: int) -> None:
        """Merge another resource, with its ids and names, into this one."""
        self.save()
        ScimUpdate.objects.filter(resource=other).update(resource=resource)
        ScimResource.objects.filter(same_as=other).update(same_as=resource)
        there = set(ScimIdentifier.objects.filter(resource=resource).values_list("kind", "scope", "value"))
        for identifier in ScimIdentifier.objects.filter(resource=other):
            if (identifier.kind, identifier.scope, identifier.value) not in there:
                identifier.resource_id = resource
                identifier.save(update_fields=["resource"])
            if identifier.kind == Kind.NAME:
                self.look_again_at(identifier)
        ScimResource.objects.filter(pk=other).delete()
        self.merged[other] = resource
        for owners in self.owners.values():
            if other in owners:
                owners.remove(other)
                owners.add(resource)

    def look_again_at(self, name: ScimIdentifier) -> None:
        """Read a name again: two resources had it, and now it may be one."""
        mark = _mark(name)
        for kind in (Kind.NAME, Kind.ONLY_NAME):
            same = mark._replace(kind=kind)
            owners = ScimIdentifier.objects.filter(account=self.account, **same._asdict())
            self.owners[same] |= set(owners.values_list("resource", flat=True))
        self.names.add(mark)
