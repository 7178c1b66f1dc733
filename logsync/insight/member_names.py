"""The names of people and groups that groups list by an id only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from logsync.models import ScimIdentifier, ScimMember, ScimUpdate

# Of all updates together, no more members are read: one request may list a whole company.
MOST_MEMBERS = 5000
# Of one request, names are looked for of so many, and so many are shown by their id only.
MOST_NAMED = 200
MOST_UNNAMED = 3
# Longer ids are cut.
LONGEST_ID = 12

Kind = ScimIdentifier.Kind


class Name(NamedTuple):
    """What the SCIM log calls a user or a group."""

    text: str
    resource_type: str


class MemberNames:
    """The newest known names of the resources with these ids: by Cloudflare's id, else by the provider's."""

    def __init__(self, ids: Collection[str]) -> None:
        bearers = ScimIdentifier.objects.filter(
            value__in=ids, kind__in=(Kind.CF, Kind.IDP), resource__identifiers__kind=Kind.NAME
        ).order_by("resource__identifiers__pk")
        values = ("account", "kind", "scope", "value", "resource__identifiers__value", "resource__resource_type")
        rows = bearers.values_list(*values) if ids else ()
        self._by_id = {tuple(key): Name(name, resource_type) for *key, name, resource_type in rows}

    def name_of(self, id: str, update: ScimUpdate) -> Name | None:
        """The name of an id, as an update of this account and provider means it."""
        for kind in (Kind.CF, Kind.IDP):
            if name := self._by_id.get((update.account_id, kind, update.idp_id, id)):
                return name
        return None


@dataclass(frozen=True, slots=True)
class Member:
    """A member that a request names; `name` is None if the SCIM log never gave its id a name."""

    id: str
    name: Name | None

    @property
    def short_id(self) -> str:
        """The beginning of the id, which is enough to find it in the body."""
        return self.id if len(self.id) <= LONGEST_ID else f"{self.id[:LONGEST_ID]}…"

    @property
    def is_person(self) -> bool:
        """Whether the name is an e-mail address."""
        return self.name is not None and self.name.resource_type == "USER" and "@" in self.name.text


@dataclass(frozen=True, slots=True)
class NamedMembers:
    """Whom a request adds to a group, removes from it, or lists as all of its members.

    Those with a name come first, and not all are here. `more` counts the others; None if there are too many to count.
    """

    verb: str
    shown: list[Member]
    more: int | None

    @property
    def total(self) -> int:
        """How many members there are, at least."""
        return len(self.shown) + (MOST_MEMBERS if self.more is None else self.more)


VERBS = {ScimMember.Way.ADDED: "Adds", ScimMember.Way.REMOVED: "Removes", ScimMember.Way.LISTED: "Sets the members to"}


@dataclass(slots=True)
class _Ids:
    """The ids that one request names in one way."""

    ids: list[str] = field(default_factory=list)
    is_cut: bool = False


def members_of(updates: Sequence[ScimUpdate], most: int) -> dict[int, list[NamedMembers]]:
    """The members that each of these updates names, by its pk; at most `most` of each verb are shown."""
    found = _ids_of([update for update in updates if update.resource_type == "GROUP"])
    shown = {id for ways in found.values() for one in ways.values() for id in one.ids[:MOST_NAMED]}
    names = MemberNames(shown)
    by_pk = {update.pk: update for update in updates}
    return {
        pk: [_named(verb, ways[way], most, names, by_pk[pk]) for way, verb in VERBS.items() if way in ways]
        for pk, ways in found.items()
    }


def _named(verb: str, one: _Ids, most: int, names: MemberNames, update: ScimUpdate) -> NamedMembers:
    members = [Member(id, names.name_of(id, update)) for id in one.ids[:MOST_NAMED]]
    named, unnamed = [one for one in members if one.name], [one for one in members if not one.name]
    shown = [*named, *unnamed[:MOST_UNNAMED]][:most]
    return NamedMembers(verb, shown, None if one.is_cut else len(one.ids) - len(shown))


def _ids_of(updates: Iterable[ScimUpdate]) -> dict[int, dict[str, _Ids]]:
    pks = [update.pk for update in updates]
    if not pks:
        return {}
    rows = ScimMember.objects.filter(update__in=pks).order_by("update", "pk")
    read = list(rows.values_list("update", "way", "member_id")[: MOST_MEMBERS + 1])
    found: dict[int, dict[str, _Ids]] = defaultdict(lambda: defaultdict(_Ids))
    for pk, way, member_id in read[:MOST_MEMBERS]:
        found[pk][way].ids.append(member_id)
    if len(read) > MOST_MEMBERS:
        for one in found.get(read[-1][0], {}).values():
            one.is_cut = True
    return found
