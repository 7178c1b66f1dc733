"""Rules, as policies and rule groups write them in JSON.

https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/policies/
"""

from collections.abc import Sequence
from typing import TypeAlias

from logsync.simulator.company.company import OKTA, Group, IdentityProvider

Rule: TypeAlias = dict[str, object]

EVERYONE: Rule = {"everyone": {}}
ANY_SERVICE_TOKEN: Rule = {"any_valid_service_token": {}}


def email(address: str) -> Rule:
    return {"email": {"email": address}}


def email_domain(domain: str) -> Rule:
    return {"email_domain": {"domain": domain}}


def email_list(list_id: str) -> Rule:
    return {"email_list": {"id": list_id}}


def network(range_: str) -> Rule:
    return {"ip": {"ip": range_}}


def ip_list(list_id: str) -> Rule:
    return {"ip_list": {"id": list_id}}


def country(code: str) -> Rule:
    return {"geo": {"country_code": code}}


def rule_group(group_id: str) -> Rule:
    return {"group": {"id": group_id}}


def idp_group(group: Group) -> Rule:
    """Return the rule for a group of an identity provider: by its name at Okta, by its id at Entra."""
    if group.provider.type == OKTA:
        return okta(group.name, group.provider.id)
    return entra(group.idp_resource_id, group.provider.id)


def okta(name: str, provider_id: str) -> Rule:
    return {"okta": {"name": name, "identity_provider_id": provider_id}}


def entra(group_id: str, provider_id: str) -> Rule:
    return {"azureAD": {"id": group_id, "identity_provider_id": provider_id}}


def claim(name: str, value: str, provider: IdentityProvider) -> Rule:
    return {"oidc": {"claim_name": name, "claim_value": value, "identity_provider_id": provider.id}}


def login_method(provider: IdentityProvider) -> Rule:
    return {"login_method": {"id": provider.id}}


def device_posture(check_id: str) -> Rule:
    return {"device_posture": {"integration_uid": check_id}}


def auth_method(method: str) -> Rule:
    """Return the rule for a method of RFC 8176."""
    return {"auth_method": {"auth_method": method}}


def user_risk_score(*levels: str) -> Rule:
    return {"user_risk_score": {"user_risk_score": list(levels)}}


def external_evaluation(host: str) -> Rule:
    return {"external_evaluation": {"evaluate_url": f"https://{host}/", "keys_url": f"https://{host}/keys"}}


def service_token(token_id: str) -> Rule:
    return {"service_token": {"token_id": token_id}}


def lists(include: Sequence[Rule], require: Sequence[Rule] = (), exclude: Sequence[Rule] = ()) -> dict[str, object]:
    """Return the three lists of a policy or a rule group."""
    return {"include": list(include), "require": list(require), "exclude": list(exclude)}
