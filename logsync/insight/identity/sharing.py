"""Which of many addresses are the same person: one name for each person, in a few queries for a whole crowd."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from django.db.models import Count
from django.db.models.functions import Coalesce

from logsync.insight.identity.addresses import addresses_of
from logsync.models import ScimIdentifier, UserId

# Databases take so many values in a query without trouble.
MOST_AT_ONCE = 5_000


def people_of(account: int, addresses: Collection[str]) -> dict[str, frozenset[str]]:
    """Every address of the person behind each of these addresses in an account.

    Most people have one address. So it is asked first, of the whole account, which addresses share anything at all.
    """
    sharing = set(addresses) & _sharing_a_user_id(account)
    names = _sharing_a_resource(account)
    sharing |= {address for address in addresses if address.casefold() in names}
    people = {address: frozenset([address]) for address in addresses}
    for some in _parts(sorted(sharing)):
        joined = addresses_of({(account, address) for address in some})
        people |= {address: frozenset(found) for (_, address), found in joined.items()}
    return people


def _sharing_a_user_id(account: int) -> set[str]:
    ids = UserId.objects.filter(account=account).order_by()
    shared = ids.values("user_id").annotate(bearers=Count("pk")).filter(bearers__gt=1).values("user_id")
    return set(ids.filter(user_id__in=shared).values_list("person", flat=True))


def _sharing_a_resource(account: int) -> set[str]:
    """The names of SCIM users that have more than one, as identifiers are written."""
    kinds = (ScimIdentifier.Kind.NAME, ScimIdentifier.Kind.ONLY_NAME)
    names = ScimIdentifier.objects.filter(account=account, resource_type="USER", kind__in=kinds).order_by()
    root = Coalesce("resource__same_as", "resource")
    by_root = names.annotate(root=root).values("root").annotate(bearers=Count("value", distinct=True))
    shared = by_root.filter(bearers__gt=1).values("root")
    return set(names.alias(root=root).filter(root__in=shared).values_list("value", flat=True))


def _parts(addresses: Collection[str]) -> Iterator[list[str]]:
    rest = iter(addresses)
    while some := list(islice(rest, MOST_AT_ONCE)):
        yield some
