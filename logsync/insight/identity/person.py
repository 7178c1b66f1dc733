"""Who an e-mail address belongs to: every address and SCIM id that the logs tie to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from logsync.insight.identity.addresses import CHAIN, MOST_ADDRESSES, Joined, join
from logsync.models import (
    AccessRequest,
    Account,
    PersonAddress,
    ScimIdentifier,
    ScimMember,
    ScimResource,
    ScimUpdate,
    person_of,
)
from logsync.models.events import OF_PERSON, AccessRequestQuerySet, ScimUpdateQuerySet
from logsync.models.scim import ScimMemberQuerySet


@dataclass(frozen=True, slots=True)
class Person:
    """An address, and everything in some accounts that belongs to the same person.

    `seen_in` are those of the accounts in which any of the addresses occurs, or all of them if none does: only what is
    known of their logs says anything about the person. `shared` maps each other address to what it shares with this
    one, see `logsync.insight.identity.addresses`. `resources` are the person's SCIM users; `roots` leaves out those
    known only from rows without ids. Groups of an account and provider name the person by its `member_ids`.
    """

    email: str
    accounts: tuple[int, ...]
    seen_in: tuple[int, ...]
    shared: Mapping[str, str]
    user_ids: tuple[str, ...]
    roots: tuple[int, ...]
    resources: tuple[int, ...]
    member_ids: Mapping[tuple[int, str], tuple[str, ...]]

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.email, *self.shared

    def logins(self) -> AccessRequestQuerySet:
        """The person's logins, in no order."""
        rows = AccessRequest.objects.filter(account__in=self.accounts, person__in=self.addresses)
        return rows.logins_of_people().order_by()

    def other_events(self) -> AccessRequestQuerySet:
        """What the login log has of the person that is no login, such as log-outs; in no order."""
        rows = AccessRequest.objects.filter(account__in=self.accounts, person__in=self.addresses)
        return rows.of_other_actions().filter(OF_PERSON).order_by()

    def updates(self) -> QuerySet[ScimUpdate]:
        """SCIM updates of the person's user."""
        return ScimUpdate.objects.filter(account__in=self.accounts, resource__in=self.resources).order_by()

    def named_updates(self) -> QuerySet[ScimUpdate]:
        """SCIM updates with one of the person's addresses, whatever they are about."""
        return ScimUpdate.objects.filter(account__in=self.accounts, person__in=self.addresses).order_by()

    def group_updates(self) -> ScimUpdateQuerySet:
        """SCIM updates of groups that name the person as a member."""
        naming = self.memberships().values("update")
        return ScimUpdate.objects.filter(account__in=self.accounts, pk__in=naming).order_by()

    def memberships(self) -> ScimMemberQuerySet:
        """Where updates of groups name the person; an id means the person only at the provider whose id it is."""
        theirs = Q(pk__in=[])
        for (account, idp_id), ids in self.member_ids.items():
            theirs |= Q(update__account=account, update__idp_id=idp_id, member_id__in=ids)
        every_id = {one for ids in self.member_ids.values() for one in ids}
        return ScimMember.objects.filter(theirs, member_id__in=every_id).order_by()

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
    found = _joined(email, pks)
    direct = dict(pair for joined in found[email] for pair in joined.addresses.items())
    everyone = dict.fromkeys(address for each in found.values() for joined in each for address in joined.addresses)
    joined_to = [joined for each in found.values() for joined in each]
    roots = {root for joined in joined_to for root in joined.roots}
    resources = set(ScimResource.objects.of_roots(roots).values_list("pk", flat=True)) | roots
    return Person(
        email=email,
        accounts=pks,
        seen_in=_seen_in(pks, [email, *everyone]),
        shared={address: direct.get(address, CHAIN) for address in everyone if address != email},
        user_ids=tuple(dict.fromkeys(user_id for joined in joined_to for user_id in joined.user_ids)),
        roots=tuple(sorted(roots)),
        resources=tuple(sorted(resources)),
        member_ids=_member_ids(resources),
    )


def _seen_in(accounts: tuple[int, ...], addresses: Sequence[str]) -> tuple[int, ...]:
    if len(accounts) < 2:
        return accounts
    known = PersonAddress.objects.filter(account__in=accounts, person__in=addresses).order_by()
    seen = set(known.values_list("account_id", flat=True))
    return tuple(account for account in accounts if account in seen) or accounts


def _joined(email: str, accounts: Sequence[int]) -> dict[str, list[Joined]]:
    """What belongs to each address of the person in each account; what one account adds is looked for in all."""
    found: dict[str, list[Joined]] = {}
    fresh = {email}
    while fresh:
        joined = join({(account, address) for account in accounts for address in fresh})
        found |= {address: [joined[account, address] for account in accounts] for address in sorted(fresh)}
        everyone = {address for each in found.values() for one in each for address in one.addresses}
        if len(everyone) > MOST_ADDRESSES:
            return {email: found[email]}
        # In one account, all that are one person were found at once.
        fresh = everyone - found.keys() if len(accounts) > 1 else set()
    return found


def _member_ids(resources: Collection[int]) -> dict[tuple[int, str], tuple[str, ...]]:
    ids: dict[tuple[int, str], list[str]] = defaultdict(list)
    rows = _identifiers(resources).order_by("value").values_list("account_id", "scope", "value")
    for account, idp_id, value in rows.distinct():
        ids[account, idp_id].append(value)
    return {key: tuple(values) for key, values in ids.items()}


def _identifiers(resources: Collection[int]) -> QuerySet[ScimIdentifier]:
    """The ids by which Cloudflare and the providers know these users."""
    kinds = (ScimIdentifier.Kind.CF, ScimIdentifier.Kind.IDP)
    return ScimIdentifier.objects.filter(resource__in=resources, kind__in=kinds)
