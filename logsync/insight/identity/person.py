"""Who an e-mail address belongs to: every address and SCIM id that the logs tie to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from logsync.derived.scim_problems import updates_of
from logsync.models import (
    AccessRequest,
    Account,
    ScimIdentifier,
    ScimMember,
    ScimResource,
    ScimUpdate,
    UserId,
    person_of,
)
from logsync.models.events import AccessRequestQuerySet, ScimUpdateQuerySet

# An id with more addresses than this can't be one person's; only the newest are looked at.
MOST_ADDRESSES = 20

USER_ID, RESOURCE = "user_id", "SCIM resource"


@dataclass(frozen=True, slots=True)
class Person:
    """An address, and everything in some accounts that belongs to the same person.

    `shared` maps each other address to what it shares with this one: USER_ID or RESOURCE. `resources` are the person's
    SCIM users; `roots` leaves out those known only from rows without ids. Groups name the person by `member_ids`.
    """

    email: str
    accounts: tuple[int, ...]
    shared: Mapping[str, str]
    user_ids: tuple[str, ...]
    roots: tuple[int, ...]
    resources: tuple[int, ...]
    member_ids: tuple[str, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.email, *self.shared

    def logins(self) -> AccessRequestQuerySet:
        """The person's logins, in no order."""
        rows = AccessRequest.objects.filter(account__in=self.accounts, person__in=self.addresses)
        return rows.logins_of_people().order_by()

    def updates(self) -> QuerySet[ScimUpdate]:
        """SCIM updates of the person's user."""
        return ScimUpdate.objects.filter(account__in=self.accounts, resource__in=self.resources).order_by()

    def named_updates(self) -> QuerySet[ScimUpdate]:
        """SCIM updates with one of the person's addresses, whatever they are about."""
        return ScimUpdate.objects.filter(account__in=self.accounts, person__in=self.addresses).order_by()

    def group_updates(self) -> ScimUpdateQuerySet:
        """SCIM updates of groups that name the person as a member."""
        naming = ScimMember.objects.filter(member_id__in=self.member_ids).values("update")
        return ScimUpdate.objects.filter(account__in=self.accounts, pk__in=naming).order_by()

    def all_updates(self) -> Sequence[QuerySet[ScimUpdate]]:
        """The updates found in each of these three ways; they may have rows in common."""
        return self.updates(), self.named_updates(), self.group_updates()

    def ids(self) -> list[tuple[str, str]]:
        """The person's ids, each with the name of the field that has it."""
        found = _identifiers(self.resources).order_by("kind", "value").values_list("kind", "value")
        return [*(("user_id", value) for value in self.user_ids), *found.distinct()]


def person_named(email: str, accounts: Sequence[Account] | None = None) -> Person:
    """The person with this address in these accounts, or in all."""
    email = person_of(email)
    pks = tuple(account.pk for account in (Account.objects.all() if accounts is None else accounts))
    ids = UserId.objects.filter(account__in=pks, person=email).order_by("-login_at")
    pairs = list(ids.values_list("account_id", "user_id")[:MOST_ADDRESSES])
    roots = _roots(email, pks)
    resources = set(ScimResource.objects.of_roots(roots).values_list("pk", flat=True)) | set(roots)
    shared = dict.fromkeys(_by_resource(roots, email), RESOURCE) | dict.fromkeys(_by_user_id(pairs, email), USER_ID)
    return Person(
        email=email,
        accounts=pks,
        shared=dict(list(shared.items())[:MOST_ADDRESSES]),
        user_ids=tuple(dict.fromkeys(user_id for _, user_id in pairs)),
        roots=tuple(sorted(roots)),
        resources=tuple(sorted(resources)),
        member_ids=tuple(_identifiers(resources).order_by("value").values_list("value", flat=True).distinct()),
    )


def _roots(email: str, accounts: Sequence[int]) -> set[int]:
    named = ScimUpdate.objects.filter(account__in=accounts, person=email, resource_type="USER")
    roots = named.exclude(resource=None).order_by().with_root().values_list("root", flat=True)
    return set(roots.distinct()[:MOST_ADDRESSES])


def _by_resource(roots: set[int], email: str) -> list[str]:
    others = updates_of(roots).exclude(person__in=("", email)).order_by("person")
    return list(others.values_list("person", flat=True).distinct()[:MOST_ADDRESSES])


def _by_user_id(pairs: Sequence[tuple[int, str]], email: str) -> list[str]:
    same = Q(pk__in=[])
    for account, user_id in pairs:
        same |= Q(account=account, user_id=user_id)
    others = UserId.objects.filter(same).exclude(person=email).order_by("-login_at", "person")
    return list(dict.fromkeys(others.values_list("person", flat=True)[:MOST_ADDRESSES]))


def _identifiers(resources: Collection[int]) -> QuerySet[ScimIdentifier]:
    """The ids by which Cloudflare and the providers know these users."""
    kinds = (ScimIdentifier.Kind.CF, ScimIdentifier.Kind.IDP)
    return ScimIdentifier.objects.filter(resource__in=resources, kind__in=kinds)
