"""One rule at a time: whether a login met it, by what that is known, and which value was compared."""

from __future__ import annotations

from collections.abc import Callable

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules import device, groups, lists, login, provider, service
from logsync.insight.why.rules.finding import Finding, unknown

_NOT_IN_LOGS = "neither the logs nor what Cloudflare last saw of a person show it"


def find(rule: Rule, evidence: Evidence) -> Finding:
    """What is known of a rule other than a rule group."""
    check = CHECKS.get(rule.kind)
    if check:
        return check(rule, evidence)
    if not rule.kind:
        return unknown("the rule is not written as Cloudflare documents rules")
    return unknown(_NOT_IN_LOGS if rule.kind in NEVER_DECIDED else "Gatehouse doesn’t know this kind of rule")


CHECKS: dict[str, Callable[[Rule, Evidence], Finding]] = {
    "everyone": login.everyone,
    "email": login.email,
    "email_domain": login.email_domain,
    "ip": login.ip,
    "geo": login.country,
    "login_method": provider.login_method,
    "azureAD": groups.entra,
    "okta": groups.okta,
    "gsuite": groups.google,
    "github-organization": groups.github,
    "saml": groups.saml,
    "oidc": groups.oidc,
    "device_posture": device.posture,
    "certificate": device.certificate,
    "common_name": device.common_name,
    "service_token": service.service_token,
    "any_valid_service_token": service.any_valid_service_token,
    "email_list": lists.email_list,
    "ip_list": lists.ip_list,
}
# Kinds that Cloudflare documents and no log shows.
NEVER_DECIDED = frozenset(
    {
        "auth_context",
        "auth_method",
        "cloudflare_account_member",
        "external_evaluation",
        "linked_app_token",
        "user_risk_score",
    }
)
