"""What is kept of each object of Access: Cloudflare's own fields by name, and no others.

A field that is not listed here is not kept: secrets of applications and providers, and what changes by itself, such as
when a service token was last seen. What stands for nothing (null, an empty text or list, a policy's flag that is not
set) is left out as well, so that two answers about the same thing are equal although one of them leaves a field out.
Nothing here raises an error for a value, whatever it is.

Sources: the API reference of "Access applications", "policies", "groups", "service tokens", "identity providers" and
"Zero Trust lists".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from logsync.cloudflare.records import cut_deep, storable
from logsync.scim.redact import REDACTED, redact_value

APP_FIELDS = (
    *("id", "aud", "name", "domain", "type", "self_hosted_domains", "destinations", "target_criteria"),
    *("allowed_idps", "auto_redirect_to_identity", "session_duration", "mfa_config", "created_at", "updated_at"),
    *("app_launcher_visible", "allow_authenticate_via_warp", "options_preflight_bypass", "skip_interstitial"),
    *("service_auth_401_redirect", "enable_binding_cookie", "http_only_cookie_attribute", "same_site_cookie_attribute"),
    *("path_cookie_attribute", "custom_deny_message", "custom_deny_url", "custom_non_identity_deny_url", "tags"),
)
RULE_LISTS = ("include", "require", "exclude")
POLICY_FIELDS = (
    *("id", "name", "decision", *RULE_LISTS, "session_duration", "created_at", "updated_at"),
    *("approval_required", "approval_groups", "purpose_justification_required", "purpose_justification_prompt"),
    *("isolation_required", "mfa_config", "connection_rules"),
)
GROUP_FIELDS = ("id", "name", *RULE_LISTS, "is_default", "created_at", "updated_at")
# Not `updated_at`, which may follow each use.
SERVICE_TOKEN_FIELDS = ("id", "name", "client_id", "enabled", "duration", "expires_at", "created_at")
LIST_FIELDS = ("id", "name", "description", "type", "created_at", "updated_at")
PROVIDER_FIELDS = ("id", "name", "type")
PROVIDER_SCIM_FIELDS = (
    "enabled",
    "user_deprovision",
    "seat_deprovision",
    "group_member_deprovision",
    "identity_update_behavior",
)
# The fields of rules that are documented, by the rule's key. None is a secret; whatever else a rule has is redacted.
RULE_FIELDS: dict[str, frozenset[str]] = {
    "everyone": frozenset(),
    "email": frozenset({"email"}),
    "email_domain": frozenset({"domain"}),
    "email_list": frozenset({"id"}),
    "ip": frozenset({"ip"}),
    "ip_list": frozenset({"id"}),
    "geo": frozenset({"country_code"}),
    "group": frozenset({"id"}),
    "login_method": frozenset({"id"}),
    "azureAD": frozenset({"id", "identity_provider_id"}),
    "okta": frozenset({"name", "identity_provider_id"}),
    "gsuite": frozenset({"email", "identity_provider_id"}),
    "github-organization": frozenset({"name", "team", "identity_provider_id"}),
    "saml": frozenset({"attribute_name", "attribute_value", "identity_provider_id"}),
    "oidc": frozenset({"claim_name", "claim_value", "identity_provider_id"}),
    "device_posture": frozenset({"integration_uid"}),
    "certificate": frozenset(),
    "common_name": frozenset({"common_name"}),
    "service_token": frozenset({"token_id"}),
    "any_valid_service_token": frozenset(),
    "auth_method": frozenset({"auth_method"}),
    "auth_context": frozenset({"id", "ac_id", "identity_provider_id"}),
    "linked_app_token": frozenset({"app_uid"}),
}
# More than any real policy or group has. The rest is kept as one rule of no known kind, so that it is never taken for
# a rule that is not there.
MOST_RULES = 2000
TOO_MANY = "more_rules_than_are_kept"
# More than a list of Cloudflare's may hold.
MOST_ITEMS = 10_000
LONGEST_TEXT = 2000
# An object whose other fields are longer than this, as JSON, loses the longest of them.
LONGEST_FIELD = 50_000


def app_content(item: dict[str, Any], policies: Iterable[tuple[str, int]] | None) -> dict[str, Any]:
    """An application with references to its policies, each with its precedence; None if they aren't known."""
    kept = _fields(item, APP_FIELDS)
    for name in ("custom_deny_url", "custom_non_identity_deny_url"):
        if name in kept:
            kept[name] = _address(kept[name])
    if policies is not None:
        kept["policies"] = [{"id": policy_id, "precedence": precedence} for policy_id, precedence in policies]
    return kept


def policy_content(item: dict[str, Any]) -> dict[str, Any]:
    """A policy, of one application or reusable, without its place among the policies of an application."""
    kept = _fields(item, POLICY_FIELDS)
    return {name: _rules(name, value) for name, value in kept.items() if value is not False}


def group_content(item: dict[str, Any]) -> dict[str, Any]:
    kept = _fields(item, GROUP_FIELDS)
    return {name: _rules(name, value) for name, value in kept.items() if value is not False}


def service_token_content(item: dict[str, Any]) -> dict[str, Any]:
    return _fields(item, SERVICE_TOKEN_FIELDS)


def list_content(item: dict[str, Any], items: list[object] | None) -> dict[str, Any]:
    """A Gateway list; without `items` if they aren't known, or are more than are kept."""
    kept = _fields(item, LIST_FIELDS)
    if items is not None and len(items) <= MOST_ITEMS:
        values = {_short(value) for one in items if isinstance(value := _value_of(one), str)}
        kept["items"] = [{"value": value} for value in sorted(values)]
    return kept


def provider_content(item: dict[str, Any]) -> dict[str, Any]:
    """An identity provider: its name, its type and how it takes SCIM; nothing of its configuration."""
    kept = _fields(item, PROVIDER_FIELDS)
    scim = item.get("scim_config")
    if isinstance(scim, dict) and (settings := _fields(scim, PROVIDER_SCIM_FIELDS)):
        kept["scim_config"] = settings
    return kept


def without_secrets(value: Any) -> Any:
    """A value of Cloudflare's without its secrets, as far as a database can hold it."""
    return redact_value(storable(cut_deep(value)))


def _fields(item: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _bounded(name, value) for name in names if not _is_nothing(value := item.get(name))}


def _is_nothing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, list | dict) and not value)


def _bounded(name: str, value: object) -> Any:
    """The value without half characters and endless texts; long rule lists are cut where their rules are read."""
    if name in RULE_LISTS:
        return value
    if isinstance(value, str):
        return _short(value)
    if not isinstance(value, list | dict):
        return value
    kept = without_secrets(value)
    return kept if len(json.dumps(kept, default=str)) <= LONGEST_FIELD else REDACTED


def _short(text: str) -> str:
    return str(storable(text[:LONGEST_TEXT]))


def _rules(name: str, value: Any) -> Any:
    if name not in RULE_LISTS:
        return value
    if not isinstance(value, list):
        return without_secrets(value)
    rules = [_rule(rule) for rule in value[:MOST_RULES]]
    return [*rules, {TOO_MANY: {"left_out": len(value) - MOST_RULES}}] if len(value) > MOST_RULES else rules


def _rule(rule: object) -> Any:
    """One rule. What its kind is documented to have stays as it came; the rest is read for secrets."""
    if not isinstance(rule, dict) or len(rule) != 1:
        return without_secrets(rule)
    [(kind, value)] = rule.items()
    if _is_documented(kind, value):
        return {kind: {name: _short(text) if isinstance(text, str) else text for name, text in value.items()}}
    plain = _each_text(cut_deep(value), _address) if kind == "external_evaluation" else value
    return {_short(str(kind)): without_secrets(plain)}


def _is_documented(kind: object, value: object) -> bool:
    fields = RULE_FIELDS.get(kind) if isinstance(kind, str) else None
    return (
        fields is not None
        and isinstance(value, dict)
        and fields >= value.keys()
        and all(text is None or isinstance(text, str) for text in value.values())
    )


def _address(value: Any) -> Any:
    """An address without a password, and without what follows its path, where tokens are."""
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        return REDACTED
    if not parts.scheme or not parts.netloc:
        return value
    host = parts.netloc.rpartition("@")[2]
    rest = f"?{REDACTED}" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{host}{parts.path}{rest}"


def _each_text(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _each_text(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    return change(value)


def _value_of(item: object) -> object:
    return item.get("value") if isinstance(item, dict) else None
