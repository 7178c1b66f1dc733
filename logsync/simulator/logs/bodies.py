"""SCIM request bodies (RFC 7643, RFC 7644) as the two identity providers really write them.

Okta: https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/
Entra ID: https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
"""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Protocol, TypeAlias

from logsync.simulator.company.company import BASE62, Group, Person

Body: TypeAlias = dict[str, object]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Dialect(Protocol):
    """How one identity provider writes the requests that both send."""

    def create_user(self, person: Person) -> Body: ...

    def set_active(self, person: Person, active: bool) -> Body: ...

    def add_members(self, group: Group, members: Iterable[Person]) -> Body: ...

    def remove_members(self, group: Group, members: Iterable[Person]) -> Body: ...


class Okta:
    """Writes lower-case operations, names the group with every change of its members, sends passwords."""

    def __init__(self, organization: str) -> None:
        self.organization = organization

    def create_user(self, person: Person) -> Body:
        # Okta makes up a password even where passwords are not synchronised.
        password = "".join(Random(person.cf_resource_id).choices(BASE62, k=8))
        return self._user(person) | {"password": password, "groups": []}

    def replace_user(self, person: Person) -> Body:
        return {
            **self._user(person),
            "schemas": [USER, ENTERPRISE_USER],
            "id": person.cf_resource_id,
            "title": person.title,
            "groups": [],
            ENTERPRISE_USER: {"department": person.team.title(), "organization": self.organization},
            "meta": {"resourceType": "User"},
        }

    def set_active(self, person: Person, active: bool) -> Body:
        return patch({"op": "replace", "value": {"active": active}})

    def create_group(self, group: Group) -> Body:
        return {"schemas": [GROUP], "displayName": group.name, "members": []}

    def rename_group(self, group: Group) -> Body:
        return patch(self._name(group))

    def add_members(self, group: Group, members: Iterable[Person]) -> Body:
        named = [{"value": person.cf_resource_id, "display": person.email} for person in members]
        return patch(self._name(group), {"op": "add", "path": "members", "value": named})

    def remove_members(self, group: Group, members: Iterable[Person]) -> Body:
        removals: list[Body] = [
            {"op": "remove", "path": f'members[value eq "{person.cf_resource_id}"]'} for person in members
        ]
        return patch(self._name(group), *removals)

    def add_member_id(self, group: Group, member_id: str) -> Body:
        return patch(self._name(group), {"op": "add", "path": "members", "value": [{"value": member_id}]})

    def replace_members(self, member_ids: Iterable[str]) -> Body:
        members = [{"value": member_id} for member_id in member_ids]
        return patch({"op": "replace", "path": "members", "value": members})

    def _user(self, person: Person) -> Body:
        email = {"primary": True, "value": person.email, "type": "work", "display": person.email}
        return {
            "schemas": [USER],
            "userName": person.email,
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "emails": [email],
            "displayName": person.name,
            "locale": "en-US",
            "externalId": person.idp_resource_id,
            "active": True,
        }

    def _name(self, group: Group) -> Body:
        return {"op": "replace", "value": {"id": group.cf_resource_id, "displayName": group.name}}


class Entra:
    """Writes capitalised operations with a path for each attribute, and booleans as words at times."""

    def create_user(self, person: Person) -> Body:
        return {
            "schemas": [USER, ENTERPRISE_USER],
            "externalId": person.idp_resource_id,
            "userName": person.email,
            "active": True,
            "displayName": person.name,
            "emails": [{"primary": True, "type": "work", "value": person.email}],
            "meta": {"resourceType": "User"},
            "name": {
                "formatted": person.name,
                "familyName": person.family_name,
                "givenName": person.given_name,
            },
            "roles": [],
        }

    def set_active(self, person: Person, active: bool) -> Body:
        # Some provisioning jobs of Entra still write booleans as words.
        value = str(active) if person.idp_resource_id[-1] in "02468ace" else active
        return {"Operations": [{"op": "Replace", "path": "active", "value": value}], "schemas": [PATCH_OP]}

    def replace(self, values: Mapping[str, object]) -> Body:
        return patch(*({"op": "Replace", "path": path, "value": value} for path, value in values.items()))

    def add_manager(self, manager: Person) -> Body:
        value = [{"$ref": f"../Users/{manager.cf_resource_id}", "value": manager.cf_resource_id}]
        return patch({"op": "Add", "path": "manager", "value": value})

    def add_members(self, group: Group, members: Iterable[Person]) -> Body:
        return self._members("Add", members)

    def remove_members(self, group: Group, members: Iterable[Person]) -> Body:
        return self._members("Remove", members)

    def _members(self, operation: str, members: Iterable[Person]) -> Body:
        value = [{"$ref": None, "value": person.cf_resource_id} for person in members]
        return patch({"op": operation, "path": "members", "value": value})


def patch(*operations: Body) -> Body:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
