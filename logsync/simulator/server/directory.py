"""What can be looked up: accounts, identity providers, and the users and groups that SCIM brought.

https://developers.cloudflare.com/api/resources/zero_trust/
"""

from collections.abc import Callable, Sequence

from logsync.simulator.company.company import OKTA, Company, Group, IdentityProvider, Person
from logsync.simulator.logs.timeline import Row
from logsync.simulator.server import parameters
from logsync.simulator.server.http import UNKNOWN_PROVIDER, Answer, Query, success

CREATED_AT = "2024-02-05T09:30:00Z"


class Directory:
    """What can be looked up in one account."""

    def __init__(self, company: Company, is_active: Callable[[Person], bool]) -> None:
        self.company = company
        self.is_active = is_active

    def identity_providers(self, query: Query) -> Answer:
        providers = self.company.identity_providers
        if parameters.last(query, "scim_enabled") == "true":
            providers = tuple(idp for idp in providers if idp.has_scim)
        return listed([self._identity_provider(idp) for idp in providers], query)

    def identity_provider(self, provider_id: str, _: Query) -> Answer:
        providers = [self._identity_provider(idp) for idp in self.company.identity_providers]
        return by_id(providers, provider_id, UNKNOWN_PROVIDER)

    def scim_users(self, provider_id: str, query: Query) -> Answer:
        people = [
            scim_resource("User", person, person.name)
            | {"active": self.is_active(person), "emails": [{"primary": True, "type": "work", "value": person.email}]}
            for person in self.company.people
            if person.provider.id == provider_id
        ]
        return listed(people, query, default=100)

    def scim_groups(self, provider_id: str, query: Query) -> Answer:
        groups = [
            scim_resource("Group", group, group.name)
            for group in self.company.groups
            if group.provider.id == provider_id
        ]
        return listed(groups, query, default=100)

    def _identity_provider(self, idp: IdentityProvider) -> Row:
        """Return a provider with its secrets, as the API may; a client must not store them."""
        row: Row = {"id": idp.id, "name": idp.name, "type": idp.type, "config": {}}
        if not idp.has_scim:
            return row
        row["config"] = {
            "client_id": self.company.guid("client", idp.key),
            "client_secret": self.company.hexadecimal("client secret", idp.key),
            "claims": ["groups"],
            "email_claim_name": "email",
        }
        row["scim_config"] = self._scim_config(idp)
        return row

    def _scim_config(self, idp: IdentityProvider) -> Row:
        return {
            "enabled": True,
            "scim_base_url": f"https://{self.company.label}.cloudflareaccess.example/cdn-cgi/access/scim/{idp.id}",
            "secret": self.company.hexadecimal("scim secret", idp.key),
            "user_deprovision": idp.type == OKTA,
            "seat_deprovision": False,
            "identity_update_behavior": "reauth" if idp.type == OKTA else "automatic",
        }


def verified_token(company: Company, token: str) -> Answer:
    verified = {
        "id": company.hexadecimal("token", token)[:32],
        "status": "active",
        "not_before": CREATED_AT,
        "expires_on": "2099-12-31T23:59:59Z",
    }
    messages = [{"code": 10000, "message": "This API Token is valid and active", "type": None}]
    return success(verified, messages=messages)


def listed_accounts(companies: Sequence[Company], query: Query) -> Answer:
    rows = [account(company) for company in companies]
    return listed(matching(rows, query, "name"), query, default=20, sizes=parameters.ACCOUNT_PAGE_SIZES)


def account(company: Company) -> Row:
    return {
        "id": company.account_id,
        "name": company.name,
        "type": "standard",
        "created_on": CREATED_AT,
        "settings": {"enforce_twofactor": True},
    }


def scim_resource(kind: str, resource: Person | Group, name: str) -> Row:
    return {
        "schemas": [f"urn:ietf:params:scim:schemas:core:2.0:{kind}"],
        "id": resource.cf_resource_id,
        "externalId": resource.idp_resource_id,
        "displayName": name,
        "meta": {"created": CREATED_AT, "lastModified": CREATED_AT},
    }


def by_id(rows: Sequence[Row], id_: str, unknown: Answer) -> Answer:
    return next((success(row) for row in rows if row["id"] == id_), unknown)


def matching(rows: Sequence[Row], query: Query, *names: str) -> list[Row]:
    """Return the rows whose named fields contain what the query looks for."""
    wanted = {name: value for name in names if (value := parameters.last(query, name))}
    return [row for row in rows if all(value in str(row.get(name, "")) for name, value in wanted.items())]


def listed(
    rows: Sequence[Row],
    query: Query,
    default: int = 25,
    sizes: frozenset[int] = parameters.ACCESS_PAGE_SIZES,
) -> Answer:
    paging = parameters.paging(query, default, sizes)
    page = rows[paging.skip : paging.skip + paging.per_page]
    return success(page, result_info=paging.info(count=len(page), total_count=len(rows)))
