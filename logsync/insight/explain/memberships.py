"""What SCIM last said, before each login, of its person and the groups that rules mention.

Only requests that succeeded count. Where the log of the provider is not known from what was said up to the login, what
was said last isn't known either, and the membership is left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.db.models import Q
from django.utils import timezone

from logsync.coverage import KNOWN, spans_of, without_pause
from logsync.derived.scim_problems import updates_of
from logsync.insight.explain.group_names import group_roots, names_of_groups
from logsync.insight.identity.addresses import join
from logsync.insight.logged_updates import logged_update
from logsync.insight.why.facts import ScimGroup
from logsync.models import (
    AccessRequest,
    IdentityProvider,
    Log,
    ScimIdentifier,
    ScimMember,
    ScimResource,
    ScimUpdate,
    Stream,
)
from logsync.models.events import SUCCESS, root_of
from logsync.scim.history.applied import LoggedUpdate
from logsync.scim.history.person_state import GroupFact, Membership, person_state
from logsync.scim.request.parse import read_request
from logsync.scim.request.touched import UNREADABLE
from logsync.spans import END, Span, subtract

# Of all groups together so many of the newest updates are read; what older ones said counts as unknown.
MOST_UPDATES = 10_000

Kind = ScimIdentifier.Kind
# An account, and the id of a provider in it.
Provider = tuple[int, str]

# Requests that may say something of people whom they do not name: a whole list, a deletion, what can't be read.
_MEMBERS = Q(touched="members") | Q(touched__startswith="members\n") | Q(touched__contains="\nmembers\n")
_WHOLESALE = (
    ~Q(request_method="PATCH")
    | Q(touched="")
    | Q(touched__contains=UNREADABLE)
    | Q(touched__contains="displayname")
    | _MEMBERS
    | Q(touched__endswith="\nmembers")
)


def memberships_of(
    logins: Sequence[AccessRequest], mentioned: Mapping[int, Collection[str]]
) -> dict[int, tuple[ScimGroup, ...]]:
    """What SCIM said of each login's person, by the login's primary key.

    `mentioned` are the names and ids of groups by account; of other groups nothing is read. The number of queries
    doesn't grow with the logins.
    """
    roots = _roots(mentioned)
    theirs = [login for login in logins if login.person and mentioned.get(login.account_id)]
    if not roots or not theirs:
        return {}
    people = join({(login.account_id, login.person) for login in theirs})
    users = _users({root for joined in people.values() for root in joined.roots})
    ids = {one for user in users.values() for ids in user.ids.values() for one in ids}
    if not ids:
        return {}
    log = _Log(roots, users, ids)
    found = {}
    for login in theirs:
        own = [users[root] for root in people[login.account_id, login.person].roots if root in users]
        until = END if login.lacks_time else login.created_at
        if groups := tuple(log.said_of(login.account_id, own, until)):
            found[login.pk] = groups
    return found


@dataclass(slots=True)
class _User:
    """A SCIM user: its ids by provider, and the updates that create or delete it."""

    ids: dict[Provider, set[str]] = field(default_factory=lambda: defaultdict(set))
    updates: list[LoggedUpdate] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """A group of a provider: all that it is called by, and its updates.

    `wholesale` are those that may say something of anybody, `naming` those that name a member by an id. The places in
    `complete` are those of updates after which everybody is known to be a member or not.
    """

    provider: Provider
    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    wholesale: list[LoggedUpdate] = field(default_factory=list)
    naming: dict[str, list[LoggedUpdate]] = field(default_factory=lambda: defaultdict(list))
    complete: list[datetime] = field(default_factory=list)

    def about(self, ids: Collection[str], until: datetime) -> Iterator[LoggedUpdate]:
        """The updates before a moment that bear on whoever has these ids."""
        place = bisect_left(self.complete, until)
        since = self.complete[place - 1] if place else None
        for rows in (self.wholesale, *(self.naming[one] for one in ids if one in self.naming)):
            yield from (row for row in rows if row.at < until and (since is None or row.at >= since))


def _roots(mentioned: Mapping[int, Collection[str]]) -> dict[int, _Group]:
    """The groups that are mentioned, by their roots."""
    values = {value for some in mentioned.values() for value in some}
    if not values:
        return {}
    bearing = group_roots(mentioned.keys(), values)
    wanted = {
        root
        for account, some in mentioned.items()
        for value in some
        for spelling in (value, value.casefold())
        for root in bearing.get((account, spelling), ())
    }
    spellings: dict[str, set[str]] = defaultdict(set)
    for value in values:
        spellings[value.casefold()].add(value)
    found: dict[int, _Group] = {}
    for root, account, kind, scope, value in _identifiers(wanted):
        group = found.setdefault(root, _Group((account, scope)))
        if kind in (Kind.CF, Kind.IDP):
            group.ids.add(value)
        else:
            group.names |= {value, *spellings[value]}
    for root, name in names_of_groups(found.keys()).items():
        found[root].names.add(name)
    return found


def _users(roots: Collection[int]) -> dict[int, _User]:
    found: dict[int, _User] = {}
    for root, account, kind, scope, value in _identifiers(roots):
        user = found.setdefault(root, _User())
        if kind in (Kind.CF, Kind.IDP):
            user.ids[account, scope].add(value)
    return found


def _identifiers(roots: Collection[int]) -> Iterable[tuple[int, int, str, str, str]]:
    """Each identifier of these resources: the root, the account, its kind, the provider, its value."""
    if not roots:
        return ()
    resources = ScimResource.objects.of_roots(roots).order_by().values("pk")
    rows = ScimIdentifier.objects.filter(resource__in=resources).order_by().annotate(root=root_of("resource"))
    return rows.values_list("root", "account_id", "kind", "scope", "value")


class _Log:
    """The successful updates of these users and groups."""

    def __init__(self, groups: dict[int, _Group], users: dict[int, _User], ids: Collection[str]) -> None:
        self.groups = groups
        self.users = users
        self.read = cache(read_request)
        accounts = {account for account, _ in (group.provider for group in groups.values())}
        self.types = {
            (account, idp_id): type
            for account, idp_id, type in IdentityProvider.objects.filter(account__in=accounts)
            .order_by()
            .values_list("account_id", "idp_id", "type")
        }
        streams = Stream.objects.filter(log=Log.SCIM_UPDATES, account__in=accounts).prefetch_related("covered_ranges")
        self.known = {(stream.account_id, stream.idp_id): spans_of(stream, *KNOWN) for stream in streams}
        self.now = timezone.now()
        self.untimed: set[int] = set()
        self.oldest = self._read_groups(ids)
        self._read_users()

    def _read_groups(self, ids: Collection[str]) -> datetime | None:
        """Read the updates of the groups; the time of the oldest that was read, if there were too many."""
        successes = updates_of(self.groups.keys()).filter(status=SUCCESS)
        naming: dict[int, list[str]] = defaultdict(list)
        named = ScimMember.objects.filter(update__in=successes.values("pk").order_by(), member_id__in=ids).order_by()
        for update, member_id in named.values_list("update", "member_id"):
            naming[update].append(member_id)
        rows = successes.filter(_WHOLESALE | Q(pk__in=naming.keys())).order_by("-logged_at", "-pk")
        read = list(rows.defer("extra", "error_description")[: MOST_UPDATES + 1])
        for row in reversed(read[:MOST_UPDATES]):
            self._place(row, naming.get(row.pk))
        return read[MOST_UPDATES - 1].logged_at if len(read) > MOST_UPDATES else None

    def _place(self, row: ScimUpdate, member_ids: Sequence[str] | None) -> None:
        update, group = logged_update(row), self.groups[row.root]  # type: ignore[attr-defined]
        if row.lacks_time:
            self.untimed.add(row.pk)
        request = self.read(update.method, update.type, update.request_body)
        says_all = request.listed is not None and all(member.id for member in request.listed)
        is_whole = update.method == "DELETE" or (update.method in ("POST", "PUT") and request.is_readable and says_all)
        if is_whole and not row.lacks_time:
            group.complete.append(update.at)
        is_of_the_named = update.method == "PATCH" and request.is_readable and UNREADABLE not in request.touched
        if member_ids and is_of_the_named and request.listed is None and not request.removes_all:
            for one in member_ids:
                group.naming[one].append(update)
            if not request.display_name:
                return
        group.wholesale.append(update)

    def _read_users(self) -> None:
        """Read when users were created and deleted: then they are in no group."""
        rows = updates_of(self.users.keys()).filter(status=SUCCESS, request_method__in=("POST", "DELETE"))
        if self.oldest:
            # What groups said between these and the oldest update that was read is not known.
            rows = rows.filter(logged_at__gte=self.oldest)
        for row in rows.order_by("logged_at", "pk").defer("extra", "error_description"):
            if row.lacks_time:
                self.untimed.add(row.pk)
            self.users[row.root].updates.append(logged_update(row))

    def said_of(self, account: int, users: Sequence[_User], until: datetime) -> Iterator[ScimGroup]:
        """What was last said before a moment of the person with these users."""
        by_provider: dict[Provider, set[str]] = defaultdict(set)
        for user in users:
            for provider, ids in user.ids.items():
                by_provider[provider] |= ids
        for provider, ids in by_provider.items():
            groups = {str(root): group for root, group in self.groups.items() if group.provider == provider}
            if not groups:
                continue
            rows = [row for user in users if provider in user.ids for row in user.updates if row.at < until]
            rows += [row for group in groups.values() for row in group.about(ids, until)]
            state = person_state(rows, ids, self.types.get(provider, ""), None, self.read)
            for key, group in groups.items():
                fact = state.groups.get(key, state.other_groups)
                if self._is_known(fact, provider, until):
                    yield _scim_group(fact, group)

    def _is_known(self, fact: GroupFact, provider: Provider, until: datetime) -> bool:
        """Whether it is known what was said last: the time of the update, and all of the log since."""
        if fact.membership not in (Membership.IN, Membership.OUT) or fact.at is None or fact.update_id in self.untimed:
            return False
        end = max(fact.at, min(until, self.now))
        missing = subtract([Span(fact.at, end)], self.known.get(provider, []))
        return not without_pause(missing, self.now)


def _scim_group(fact: GroupFact, group: _Group) -> ScimGroup:
    assert fact.at is not None
    names = {fact.name} if fact.name else group.names
    return ScimGroup(frozenset(names | group.ids), group.provider[1], fact.membership is Membership.IN, fact.at)
