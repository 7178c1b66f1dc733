"""What SCIM last said, before each login, of its person and the groups that rules mention.

Only requests that succeeded count. Where the log of the provider is not known from what was said up to the login, what
was said last isn't known either, and the membership is left out. So is that of a member who was switched off since:
whether they still are one, SCIM doesn't say.

Groups may be large and old. So it is looked up first when which updates came, and only those are read that decide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from logsync.coverage import KNOWN, without_pause
from logsync.derived.scim_problems import updates_of
from logsync.insight.explain.group_names import group_roots, names_of_groups
from logsync.insight.identity.addresses import join
from logsync.insight.why.facts import ScimGroup
from logsync.models import (
    AccessRequest,
    CoveredRange,
    IdentityProvider,
    Log,
    ScimIdentifier,
    ScimMember,
    ScimResource,
    ScimUpdate,
)
from logsync.models.events import SUCCESS, root_of
from logsync.scim.history.applied import LoggedUpdate
from logsync.scim.history.person_state import GroupFact, Membership, person_state
from logsync.scim.request.parse import read_request
from logsync.scim.request.touched import UNREADABLE
from logsync.spans import END, Span, merge, subtract

# Of all groups together so many of the newest updates are looked up; what older ones said counts as unknown.
MOST_UPDATES = 10_000
# Databases take so many values in a query without trouble.
MOST_AT_ONCE = 5_000

Kind = ScimIdentifier.Kind
Activity = ScimUpdate.Activity
# An account, and the id of a provider in it.
Provider = tuple[int, str]

# Requests that give a list of members as a whole.
_LISTS = (
    Q(touched="members")
    | Q(touched__startswith="members\n")
    | Q(touched__contains="\nmembers\n")
    | Q(touched__endswith="\nmembers")
)
# Those after which it is known of everybody whether they are a member, or that it can't be told.
_DECIDING = Q(request_method="DELETE") | _LISTS
# Those that may say something of people whom they do not name, such as those that can't be read.
_WHOLESALE = ~Q(request_method="PATCH") | Q(touched="") | Q(touched__contains=UNREADABLE) | _LISTS
_NAMING = Q(touched__contains="displayname")


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
    asked = {
        login.pk: _Asked(
            [users[root] for root in people[login.account_id, login.person].roots if root in users],
            END if login.lacks_time else login.created_at,
        )
        for login in theirs
    }
    log = _Log(roots, users, ids)
    log.read(asked.values())
    return {pk: groups for pk, one in asked.items() if (groups := tuple(log.said_of(one)))}


class _Moment(NamedTuple):
    """When an update came, and its primary key."""

    at: datetime
    pk: int


@dataclass(slots=True)
class _User:
    """A SCIM user: its ids by provider, when it was created or deleted, and when it was switched on or off."""

    ids: dict[Provider, set[str]] = field(default_factory=lambda: defaultdict(set))
    updates: list[LoggedUpdate] = field(default_factory=list)
    switches: list[tuple[_Moment, bool]] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """A group of a provider: all that it is called by, and when its updates came, the oldest first.

    `wholesale` are those that may say something of anybody, `about` those that name a member by an id, and `naming`
    those that may give the group a name. At the times in `deciding` everybody became a member or not, as far as it can
    be told.
    """

    provider: Provider
    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    wholesale: list[_Moment] = field(default_factory=list)
    about: dict[str, list[_Moment]] = field(default_factory=lambda: defaultdict(list))
    naming: list[_Moment] = field(default_factory=list)
    deciding: list[datetime] = field(default_factory=list)

    def last_words(self, ids: Collection[str], until: datetime) -> set[int]:
        """The updates before a moment that decide on whoever has these ids, and the last that may name the group."""
        own = [moment for one in ids if one in self.about for moment in _before(self.about[one], until)]
        place = bisect_left(self.deciding, until)
        decided = [*(moment.at for moment in own), *self.deciding[place - 1 : place]]
        since = max(decided, default=None)
        wholesale = _before(self.wholesale, until)
        if since is not None:
            wholesale = wholesale[bisect_left(wholesale, (since,)) :]
            own = [moment for moment in own if moment.at >= since]
        return {moment.pk for moment in (*wholesale, *own, *_before(self.naming, until)[-1:])}


@dataclass(frozen=True, slots=True)
class _Asked:
    """The SCIM users of the person of a login, and until when to look."""

    users: Sequence[_User]
    until: datetime

    def by_provider(self) -> dict[Provider, set[str]]:
        """The ids of the person at each provider."""
        found: dict[Provider, set[str]] = defaultdict(set)
        for user in self.users:
            for provider, ids in user.ids.items():
                found[provider] |= ids
        return found

    def switched_off_at(self, provider: Provider) -> datetime | None:
        """When the person was last switched off or deleted at a provider, if that is the last that was said."""
        switches = [one for user in self.users if provider in user.ids for one in user.switches]
        moment, is_on = max((one for one in switches if one[0].at < self.until), default=(None, True))
        return moment.at if moment and not is_on else None


def _before(moments: list[_Moment], until: datetime) -> list[_Moment]:
    return moments[: bisect_left(moments, (until,))]


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
    """The successful updates of these users and groups: when they came, and what those say that were read."""

    def __init__(self, groups: dict[int, _Group], users: dict[int, _User], ids: Collection[str]) -> None:
        self.groups: dict[Provider, dict[int, _Group]] = defaultdict(dict)
        for root, group in groups.items():
            self.groups[group.provider][root] = group
        self.roots = groups.keys()
        self.parse = cache(read_request)
        accounts = {account for account, _ in self.groups}
        self.types = {
            (account, idp_id): type
            for account, idp_id, type in IdentityProvider.objects.filter(account__in=accounts)
            .order_by()
            .values_list("account_id", "idp_id", "type")
        }
        self.known = _known_spans(accounts)
        self.now = timezone.now()
        self.untimed: set[int] = set()
        self.rows: dict[int, LoggedUpdate] = {}
        oldest = self._find_updates(groups)
        self._find_members(groups, ids, oldest)
        self._read_users(users, oldest)

    def _find_updates(self, groups: dict[int, _Group]) -> datetime | None:
        """Find the updates that bear on anybody; the time of the oldest that was found, if there were too many."""
        rows = updates_of(groups.keys()).filter(_WHOLESALE | _NAMING, status=SUCCESS)
        rows = rows.annotate(is_wholesale=_WHOLESALE, is_deciding=_DECIDING).order_by("-logged_at", "-pk")
        names = ("root", "pk", "logged_at", "lacks_time", "is_wholesale", "is_deciding")
        found = list(rows.values_list(*names)[: MOST_UPDATES + 1])
        for root, pk, at, lacks_time, is_wholesale, is_deciding in reversed(found[:MOST_UPDATES]):
            group = groups[root]
            (group.wholesale if is_wholesale else group.naming).append(_Moment(at, pk))
            if lacks_time:
                self.untimed.add(pk)
            elif is_deciding:
                group.deciding.append(at)
        return found[MOST_UPDATES - 1][2] if len(found) > MOST_UPDATES else None

    def _find_members(self, groups: dict[int, _Group], ids: Collection[str], oldest: datetime | None) -> None:
        """Find the updates that name these people."""
        resources = ScimResource.objects.of_roots(groups.keys()).order_by()
        rows = ScimMember.objects.filter(
            member_id__in=ids, update__resource__in=resources.values("pk"), update__status=SUCCESS
        ).with_root()
        if oldest:
            rows = rows.filter(update__logged_at__gte=oldest)
        names = ("root", "member_id", "update_id", "update__logged_at", "update__lacks_time")
        for root, member_id, pk, at, lacks_time in rows.order_by("update__logged_at", "update_id").values_list(*names):
            groups[root].about[member_id].append(_Moment(at, pk))
            if lacks_time:
                self.untimed.add(pk)

    def _read_users(self, users: dict[int, _User], oldest: datetime | None) -> None:
        """Read when users were created and deleted, as they are in no group then, and when they were switched."""
        says_whether = ~Q(activity="") | Q(request_method__in=("POST", "DELETE"))
        rows = updates_of(users.keys()).filter(says_whether, status=SUCCESS)
        if oldest:
            # What groups said between these and the oldest update that was found is not known.
            rows = rows.filter(logged_at__gte=oldest)
        names = ("root", "pk", "logged_at", "lacks_time", "request_method", "activity")
        for root, pk, at, lacks_time, method, activity in rows.order_by("logged_at", "pk").values_list(*names):
            if lacks_time:
                self.untimed.add(pk)
            if activity:
                users[root].switches.append((_Moment(at, pk), activity == Activity.ON))
            if method in ("POST", "DELETE"):
                users[root].updates.append(LoggedUpdate(pk, at, SUCCESS, method, "USER"))

    def read(self, asked: Iterable[_Asked]) -> None:
        """Read the updates that decide on these people."""
        wanted = {
            pk
            for one in asked
            for provider, ids in one.by_provider().items()
            for group in self.groups.get(provider, {}).values()
            for pk in group.last_words(ids, one.until)
        }
        names = ("root", "pk", "logged_at", "request_method", "resource_group_name", "request_body")
        ordered = sorted(wanted)
        for start in range(0, len(ordered), MOST_AT_ONCE):
            rows = ScimUpdate.objects.filter(pk__in=ordered[start : start + MOST_AT_ONCE]).order_by().with_root()
            for root, pk, at, method, name, body in rows.values_list(*names):
                self.rows[pk] = LoggedUpdate(pk, at, SUCCESS, method, "GROUP", body, str(root), name)

    def said_of(self, asked: _Asked) -> Iterator[ScimGroup]:
        """What was last said of the person of a login."""
        for provider, ids in asked.by_provider().items():
            groups = self.groups.get(provider)
            if not groups:
                continue
            rows = [row for user in asked.users if provider in user.ids for row in user.updates if row.at < asked.until]
            rows += [self.rows[pk] for group in groups.values() for pk in group.last_words(ids, asked.until)]
            state = person_state(rows, ids, self.types.get(provider, ""), None, self.parse)
            off_at = asked.switched_off_at(provider)
            for root, group in groups.items():
                fact = state.groups.get(str(root), state.other_groups)
                if self._is_known(fact, provider, asked.until) and not _was_member(fact, off_at):
                    yield self._scim_group(root, group, fact)

    def _scim_group(self, root: int, group: _Group, fact: GroupFact) -> ScimGroup:
        assert fact.at is not None
        names = {fact.name} if fact.name else group.names | self._newest_names.get(root, set())
        is_member = fact.membership is Membership.IN
        return ScimGroup(frozenset(names | group.ids), group.provider[1], is_member, fact.at)

    @cached_property
    def _newest_names(self) -> dict[int, set[str]]:
        """What the groups are called, for those that no update named until then."""
        return {root: {name} for root, name in names_of_groups(self.roots).items()}

    def _is_known(self, fact: GroupFact, provider: Provider, until: datetime) -> bool:
        """Whether it is known what was said last: the time of the update, and all of the log since."""
        if fact.membership not in (Membership.IN, Membership.OUT) or fact.at is None or fact.update_id in self.untimed:
            return False
        end = max(fact.at, min(until, self.now))
        missing = subtract([Span(fact.at, end)], self.known.get(provider, []))
        return not without_pause(missing, self.now)


def _known_spans(accounts: Collection[int]) -> dict[Provider, list[Span]]:
    """The known time of the log of each provider of these accounts."""
    ranges = CoveredRange.objects.filter(
        stream__log=Log.SCIM_UPDATES, stream__account__in=accounts, state__in=KNOWN
    ).order_by()
    found: dict[Provider, list[Span]] = defaultdict(list)
    names = ("stream__account", "stream__idp_id", "since", "until")
    for account, idp_id, since, until in ranges.values_list(*names):
        found[account, idp_id].append(Span(since, until))
    return {provider: merge(spans) for provider, spans in found.items()}


def _was_member(fact: GroupFact, off_at: datetime | None) -> bool:
    """Whether the person was called a member before they were switched off."""
    return fact.membership is Membership.IN and fact.at is not None and off_at is not None and fact.at < off_at
