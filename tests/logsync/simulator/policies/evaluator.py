"""A small judge of policies, written apart from Gatehouse's own: which results of a login the policies leave open."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Json = Mapping[str, Any]
# Nothing in the log or the directory says whether these hold.
UNSEEN = {"device_posture", "external_evaluation", "auth_method", "user_risk_score"}


@dataclass(frozen=True)
class Login:
    """What a login really brought. `groups` and `claims` come from the provider with `provider_id`."""

    email: str
    address: str
    country: str
    provider_id: str
    groups: frozenset[str]
    claims: Mapping[str, str]


@dataclass(frozen=True)
class Judge:
    groups: Mapping[str, Json]
    items_of: Callable[[str], Iterable[str]]
    # Whether the rules hold of which nothing can be known; None leaves both open.
    unseen: bool | None = None

    def results(self, policies: list[Json], login: Login) -> set[bool]:
        """Return whether the login may be let in: both, if that depends on what isn't known."""
        open_ones: set[bool] = set()
        first = [one for one in policies if one["decision"] in ("bypass", "non_identity")]
        rest = [one for one in policies if one not in first]
        for policy in (*by_precedence(first), *by_precedence(rest)):
            is_met = self.meets(policy, login)
            if is_met is not False:
                open_ones.add(policy["decision"] != "deny")
            if is_met:
                return open_ones
        return open_ones | {False}

    def meets(self, lists: Json, login: Login) -> bool | None:
        required = [self.holds(rule, login) for rule in lists["require"]]
        if False in required:
            return False
        excluded = [self.holds(rule, login) for rule in lists["exclude"]]
        included = [self.holds(rule, login) for rule in lists["include"]]
        if True in excluded or not {True, None} & {*included}:
            return False
        return None if None in (*required, *excluded) or True not in included else True

    def holds(self, rule: Json, login: Login) -> bool | None:
        [(kind, value)] = rule.items()
        if kind in UNSEEN:
            return self.unseen
        if kind == "service_token":
            return False if login.email else self.unseen
        if kind == "group":
            return self.meets(self.groups[value["id"]], login)
        if value.get("identity_provider_id", login.provider_id) != login.provider_id:
            return False
        if kind == "oidc":
            return bool(login.claims.get(value["claim_name"]) == value["claim_value"])
        if kind in ("okta", "azureAD"):
            return (value.get("name") or value["id"]) in login.groups
        return self.holds_by_row(kind, value, login)

    def holds_by_row(self, kind: str, value: Json, login: Login) -> bool:
        address = ip_address(login.address)
        holds: dict[str, Callable[[], bool]] = {
            "everyone": lambda: True,
            "email": lambda: value["email"] == login.email,
            "geo": lambda: value["country_code"] == login.country,
            "ip": lambda: address in ip_network(value["ip"]),
            "ip_list": lambda: any(address in ip_network(item) for item in self.items_of(value["id"])),
            "email_list": lambda: login.email in self.items_of(value["id"]),
            "login_method": lambda: value["id"] == login.provider_id,
        }
        return holds[kind]()


def by_precedence(policies: list[Json]) -> list[Json]:
    return sorted(policies, key=lambda policy: policy["precedence"])
