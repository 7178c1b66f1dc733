"""Which updates are about the same resource: whatever order they come in, the answer is the same."""

from __future__ import annotations

from itertools import count, permutations

import pytest

from logsync.derived.scim_resources import forget_unused
from logsync.models import Account, ScimIdentifier, ScimResource, ScimUpdate

pytestmark = pytest.mark.django_db

OKTA, ENTRA = "okta", "entra"


@pytest.fixture
def see(make_update):
    """Store an update that carries just these names; its number."""
    serial = count()

    def store(**names):
        blank = dict.fromkeys(("cf_resource_id", "idp_resource_id", "resource_user_email", "resource_group_name"), "")
        values = {"idp_id": OKTA, "status": "SUCCESS", "error_description": ""} | blank | names
        make_update(**values)
        return next(serial)

    return store


def resource_of():
    """The resource of every update, by its number: the lowest number of all updates of that resource."""
    lowest: dict[int, int] = {}
    found = []
    for number, update in enumerate(ScimUpdate.objects.select_related("resource").order_by("pk")):
        resource = update.resource
        root = resource and resource.root_id
        found.append(root and lowest.setdefault(root, number + 1) - 1)
    return found


CASES = {
    "one id of cloudflare's": ([{"cf_resource_id": "c1"}, {"cf_resource_id": "c1"}], [{0, 1}]),
    "cloudflare's ids differ": ([{"cf_resource_id": "c1"}, {"cf_resource_id": "c2"}], [{0}, {1}]),
    "cloudflare's id holds within the provider": (
        [{"cf_resource_id": "c1"}, {"cf_resource_id": "c1", "idp_id": ENTRA}],
        [{0}, {1}],
    ),
    "all ids and the name hold within the provider": (
        [
            {"cf_resource_id": "c1", "idp_resource_id": "i1", "resource_user_email": "ada@x.example"},
            {"cf_resource_id": "c1", "idp_resource_id": "i1", "resource_user_email": "ada@x.example", "idp_id": ENTRA},
            {"resource_user_email": "ada@x.example", "idp_id": ENTRA},
        ],
        [{0}, {1, 2}],
    ),
    "a provider's id holds within the provider": (
        [{"idp_resource_id": "i1"}, {"idp_resource_id": "i1", "idp_id": ENTRA}],
        [{0}, {1}],
    ),
    "a row with both ids links them": (
        [{"cf_resource_id": "c1"}, {"idp_resource_id": "i1"}, {"cf_resource_id": "c1", "idp_resource_id": "i1"}],
        [{0, 1, 2}],
    ),
    "a chain of links": (
        [
            {"cf_resource_id": "c1", "idp_resource_id": "i1"},
            {"cf_resource_id": "c2", "idp_resource_id": "i2"},
            {"cf_resource_id": "c1", "idp_resource_id": "i2"},
            {"cf_resource_id": "c2"},
        ],
        [{0, 1, 2, 3}],
    ),
    "users and groups are never one": (
        [{"cf_resource_id": "c1"}, {"cf_resource_id": "c1", "resource_type": "GROUP"}],
        [{0}, {1}],
    ),
    "a name alone, whatever its case": (
        [{"resource_user_email": "Ada@x.example"}, {"resource_user_email": "ada@X.example"}],
        [{0, 1}],
    ),
    "a name alone holds within the provider": (
        [{"resource_user_email": "ada@x.example"}, {"resource_user_email": "ada@x.example", "idp_id": ENTRA}],
        [{0}, {1}],
    ),
    "a name alone is the one resource that bears it": (
        [{"resource_user_email": "ada@x.example"}, {"resource_user_email": "ada@x.example", "cf_resource_id": "c1"}],
        [{0, 1}],
    ),
    "a name that two resources bear stays apart": (
        [
            {"resource_user_email": "ada@x.example"},
            {"resource_user_email": "ada@x.example", "cf_resource_id": "c1"},
            {"resource_user_email": "ada@x.example", "cf_resource_id": "c2"},
        ],
        [{0}, {1}, {2}],
    ),
    "two resources that turn out to be one bear the name once": (
        [
            {"resource_user_email": "ada@x.example"},
            {"resource_user_email": "ada@x.example", "cf_resource_id": "c1"},
            {"resource_user_email": "ada@x.example", "idp_resource_id": "i1"},
            {"cf_resource_id": "c1", "idp_resource_id": "i1"},
        ],
        [{0, 1, 2, 3}],
    ),
    "a group by its name": (
        [
            {"resource_group_name": "eng", "resource_type": "GROUP"},
            {"resource_group_name": "Eng", "resource_type": "GROUP"},
        ],
        [{0, 1}],
    ),
    "a shared name makes no two ids one": (
        [
            {"resource_user_email": "ada@x.example", "cf_resource_id": "c1"},
            {"resource_user_email": "ada@x.example", "cf_resource_id": "c2"},
        ],
        [{0}, {1}],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_updates_merge_alike_in_any_order(case, see, account):
    rows, wanted = CASES[case]
    for order in list(permutations(range(len(rows))))[:24]:
        ScimUpdate.objects.all().delete()
        ScimResource.objects.all().delete()
        for number in order:
            see(**rows[number])
        found: dict[int, set[int]] = {}
        for place, resource in enumerate(resource_of()):
            found.setdefault(resource, set()).add(order[place])
        assert sorted(map(sorted, found.values())) == sorted(map(sorted, wanted)), order


def test_update_without_names_has_no_resource(see):
    see()
    assert resource_of() == [None]
    assert not ScimResource.objects.exists()


def test_accounts_share_no_resource(see):
    see(cf_resource_id="c1")
    see(cf_resource_id="c1", account=Account.objects.create(account_id="another"))
    assert resource_of() == [0, 1]


def test_merged_resource_keeps_both_names(see):
    see(cf_resource_id="c1", resource_user_email="ada@x.example")
    see(idp_resource_id="i1", resource_user_email="a.l@x.example")
    see(cf_resource_id="c1", idp_resource_id="i1")
    [resource] = ScimResource.objects.all()
    bears = set(resource.identifiers.values_list("kind", "value"))
    assert bears == {
        ("cf_resource_id", "c1"),
        ("idp_resource_id", "i1"),
        ("name", "ada@x.example"),
        ("name", "a.l@x.example"),
    }
    assert ScimIdentifier.objects.count() == 4


# What is forgotten


def forget(*updates):
    """Delete these updates, and what only they said."""
    resources = set(ScimUpdate.objects.filter(pk__in=updates).values_list("resource", flat=True))
    ScimUpdate.objects.filter(pk__in=updates).delete()
    return forget_unused(resources)


def names_and_ids():
    return set(ScimIdentifier.objects.values_list("kind", "value"))


def test_resource_without_updates_is_forgotten(see):
    see(cf_resource_id="c1", idp_resource_id="i1", resource_user_email="ada@x.example")
    see(cf_resource_id="c2")
    forget(ScimUpdate.objects.earliest("pk").pk)
    assert names_and_ids() == {("cf_resource_id", "c2")}
    assert ScimResource.objects.count() == 1


def test_former_name_is_forgotten_but_ids_stay(see):
    see(cf_resource_id="c1", idp_resource_id="i1", resource_user_email="ada@x.example")
    see(cf_resource_id="c1", resource_user_email="a.lovelace@x.example")
    forget(ScimUpdate.objects.earliest("pk").pk)
    assert names_and_ids() == {("cf_resource_id", "c1"), ("idp_resource_id", "i1"), ("name", "a.lovelace@x.example")}


def test_name_of_forgotten_namesake_joins(see):
    """Of two resources with one name one is left, so the updates with that name alone are about it."""
    see(cf_resource_id="c1", resource_user_email="ada@x.example")
    see(cf_resource_id="c2", resource_user_email="ada@x.example")
    see(resource_user_email="ada@x.example")
    assert resource_of() == [0, 1, 2]
    nameless = ScimUpdate.objects.latest("pk").resource_id
    assert nameless in forget(ScimUpdate.objects.earliest("pk").pk)
    assert resource_of() == [0, 0]


def test_name_alone_outlives_its_resource(see):
    see(cf_resource_id="c1", resource_user_email="ada@x.example")
    see(resource_user_email="ada@x.example")
    assert resource_of() == [0, 0]
    nameless = ScimUpdate.objects.latest("pk").resource_id
    assert forget(ScimUpdate.objects.earliest("pk").pk) == {nameless}
    assert resource_of() == [0]
    assert names_and_ids() == {("only_name", "ada@x.example")}
