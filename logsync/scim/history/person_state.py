"""The last known state of a person: what SCIM requests have told Cloudflare, as far as the log was read.

It does not say what Access did with it, and does not explain any login.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from logsync.scim.history.applied import LoggedUpdate, leaves_doubt, successes
from logsync.scim.request.parse import Activity, Member, ParsedRequest, read_request

__all__ = ["ActiveFact", "Activeness", "GroupFact", "LoggedUpdate", "Membership", "PersonState", "person_state"]

# Entra ID has been seen to replace a list of members by a part of it.
SENDS_PARTIAL_LISTS = "azuread"


class Activeness(StrEnum):
    """Whether the user is active."""

    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


class Membership(StrEnum):
    """Whether the person is in a group."""

    IN = "in"
    OUT = "out"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ActiveFact:
    """`active` of the user, with the id and time of the row that says so.

    Unknown without a row means unknown before `at`, the first moment that is covered. Unknown with a row, which is
    then the user's creation, means that the row did not say. `left_out_by` is the newest replacement since then that
    did not give the attribute.
    """

    value: Activeness
    update_id: int | None
    at: datetime | None
    left_out_by: int | None = None


@dataclass(frozen=True, slots=True)
class GroupFact:
    """The membership in one group, with the id and time of the row that says so.

    The row is one of the group, or, for all groups at once, the creation or deletion of the user. Unknown has no
    row, and means: unknown before `at`, the first moment that is covered.
    """

    name: str
    membership: Membership
    update_id: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonState:
    """What is known of a person. `groups` has every group that a row was about, by its key, in order of appearance.

    `other_groups` holds for every group that is not listed: unknown, or out since the user was created or deleted.
    """

    active: ActiveFact
    is_deleted: bool
    groups: dict[str, GroupFact]
    other_groups: GroupFact


def person_state(
    rows: Iterable[LoggedUpdate],
    ids: Collection[str],
    idp_type: str,
    first_covered: datetime | None,
    read: Callable[[str, str, str], ParsedRequest] = read_request,
) -> PersonState:
    """Fold the rows of a person's user resource and of groups, in any order.

    `ids` are the person's cf_resource_id and idp_resource_id, by which members are matched. `idp_type` is the type
    of the identity provider. `first_covered` is the first moment of its log that was read, None if none was. Who asks
    about many people may `read` each request once for all of them.
    """
    fold = _fold(ids, idp_type, first_covered, read)
    for row in successes(rows):
        fold.read(row)
    return fold.state()


def removals(rows: Iterable[LoggedUpdate], ids: Collection[str], idp_type: str) -> list[int]:
    """The ids of the rows after which the person was out of a group, who was in it by the rows before."""
    fold = _fold(ids, idp_type, None)
    found = []
    for row in successes(rows):
        before = fold.groups.get(row.group)
        fold.read(row)
        after = fold.groups.get(row.group)
        if before and after and (before.membership, after.membership) == (Membership.IN, Membership.OUT):
            found.append(row.id)
    return found


def _fold(
    ids: Collection[str],
    idp_type: str,
    first_covered: datetime | None,
    read: Callable[[str, str, str], ParsedRequest] = read_request,
) -> "_Fold":
    return _Fold(frozenset(ids) - {""}, idp_type.strip().lower() == SENDS_PARTIAL_LISTS, first_covered, read)


class _Fold:
    def __init__(
        self,
        ids: frozenset[str],
        sends_partial_lists: bool,
        first_covered: datetime | None,
        read_request: Callable[[str, str, str], ParsedRequest],
    ) -> None:
        self.ids = ids
        self.read_request = read_request
        self.sends_partial_lists = sends_partial_lists
        self.active = ActiveFact(Activeness.UNKNOWN, None, first_covered)
        self.is_deleted = False
        self.groups: dict[str, GroupFact] = {}
        self.other_groups = GroupFact("", Membership.UNKNOWN, None, first_covered)

    def state(self) -> PersonState:
        return PersonState(self.active, self.is_deleted, self.groups, self.other_groups)

    def read(self, row: LoggedUpdate) -> None:
        if row.method not in ("POST", "PUT", "PATCH", "DELETE"):
            return
        request = self.read_request(row.method, row.type, row.request_body)
        if row.type == "USER":
            self._read_user(row, request)
        elif row.type == "GROUP":
            self._read_group(row, request)

    def _read_user(self, row: LoggedUpdate, request: ParsedRequest) -> None:
        if row.method in ("POST", "DELETE"):
            self._leave_all_groups(row)
            self.is_deleted = row.method == "DELETE"
        value = _activeness(row, request)
        if value is not None:
            self.active = ActiveFact(value, row.id, row.at)
            # Who is active exists, whether or not the log has the creation.
            self.is_deleted &= value is not Activeness.TRUE
        elif row.method == "PUT":
            self.active = replace(self.active, left_out_by=row.id)

    def _leave_all_groups(self, row: LoggedUpdate) -> None:
        """A user who was created is in no group yet, and one who was deleted in none any more."""
        self.other_groups = GroupFact("", Membership.OUT, row.id, row.at)
        self.groups = {key: replace(self.other_groups, name=group.name) for key, group in self.groups.items()}

    def _read_group(self, row: LoggedUpdate, request: ParsedRequest) -> None:
        before = self.groups.get(row.group, self.other_groups)
        known = replace(before, name=request.display_name or row.group_name or before.name)
        membership = self._membership(row, request, before.membership)
        if membership is not None:
            known = replace(known, membership=membership, update_id=row.id, at=row.at)
        self.groups[row.group] = known

    def _membership(self, row: LoggedUpdate, request: ParsedRequest, before: Membership) -> Membership | None:
        """What the row says, None if nothing."""
        if row.method == "DELETE":
            return Membership.OUT
        if not request.is_readable:
            return Membership.UNSURE
        if row.method == "PATCH":
            return self._patched(row, request)
        if request.listed is not None:
            return self._listed(request.listed)
        # RFC 7644 section 3.5.1 leaves it to the server what becomes of an attribute that is not given.
        is_doubtful = row.method == "PUT" and before is not Membership.UNKNOWN
        return Membership.UNSURE if is_doubtful else None

    def _patched(self, row: LoggedUpdate, request: ParsedRequest) -> Membership | None:
        if self._has(request.added):
            return Membership.IN
        if self._has(request.removed):
            return Membership.OUT
        if leaves_doubt(row, request):
            return Membership.UNSURE
        if request.removes_all:
            return Membership.OUT
        if request.listed is None:
            return None
        membership = self._listed(request.listed)
        return Membership.UNSURE if membership is Membership.OUT and self.sends_partial_lists else membership

    def _listed(self, members: tuple[Member, ...]) -> Membership:
        if self._has(members):
            return Membership.IN
        # A member without an id may be anyone.
        return Membership.OUT if all(member.id for member in members) else Membership.UNSURE

    def _has(self, members: tuple[Member, ...]) -> bool:
        return any(member.id in self.ids for member in members)


def _activeness(row: LoggedUpdate, request: ParsedRequest) -> Activeness | None:
    """What the row says about `active`, None if nothing."""
    if row.method == "DELETE":
        return Activeness.FALSE
    if not request.is_readable or request.activity is Activity.UNREADABLE:
        return Activeness.UNSURE
    if request.activity is Activity.NOT_GIVEN:
        return _not_given(row, request)
    return Activeness.TRUE if request.activity is Activity.ON else Activeness.FALSE


def _not_given(row: LoggedUpdate, request: ParsedRequest) -> Activeness | None:
    if row.method == "POST":
        return Activeness.UNKNOWN
    # An operation that cannot be read may have been about it.
    return Activeness.UNSURE if leaves_doubt(row, request) else None
