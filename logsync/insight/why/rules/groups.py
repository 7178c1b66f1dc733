"""Rules about groups, attributes and claims of an identity provider: only older evidence shows them.

The last seen identity counts if it came through the provider of the rule. Without it, SCIM says something of groups of
Okta and Microsoft Entra ID: what it told Cloudflare, which need not be what came with a login.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence, Identity, ScimGroup
from logsync.insight.why.rules.finding import IDENTITY, SCIM, Finding, by_older, unknown

# The type of identity provider that each kind of rule is about.
_TYPE_OF = {
    "azureAD": "azuread",
    "okta": "okta",
    "gsuite": "google-apps",
    "github-organization": "github",
    "saml": "saml",
    "oidc": "oidc",
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Okta writes the ids of its groups like this.
_OKTA_ID = re.compile(r"00g[0-9A-Za-z]{17}")
# So many groups or values are named; the page of the person has all.
_MOST_SEEN = 5


def entra(rule: Rule, evidence: Evidence) -> Finding:
    """Rules name a group by its id, and so does Entra; a name says nothing, unless Gatehouse knows whose it is."""
    wanted = rule.text("id")
    identity = _identity_of(rule, evidence)
    if not wanted:
        return unknown("the rule names no group")
    if identity is None or identity.groups is None:
        return _by_scim(wanted, rule, evidence)
    groups = identity.groups
    name = evidence.surroundings.names.get(wanted, "")
    is_member = wanted.casefold() in {group.casefold() for group in groups} or (name != "" and name in groups)
    if is_member or not groups or any(map(_ID.fullmatch, groups)):
        return _seen(is_member, identity, groups)
    return unknown("the groups last seen have no ids", _listed(groups), IDENTITY, identity.seen_at)


def okta(rule: Rule, evidence: Evidence) -> Finding:
    wanted = rule.text("name")
    identity = _identity_of(rule, evidence)
    if not wanted:
        return unknown("the rule names no group")
    if identity is None or identity.groups is None:
        return _by_scim(wanted, rule, evidence)
    return _among(wanted, identity.groups, identity)


def google(rule: Rule, evidence: Evidence) -> Finding:
    """Rules name a group by its e-mail address."""
    wanted = rule.text("email").casefold()
    identity = _identity_of(rule, evidence)
    if not wanted:
        return unknown("the rule names no group")
    if identity is None or identity.groups is None:
        return unknown(_no_identity(evidence, "groups"))
    groups = identity.groups
    is_member = wanted in {group.casefold() for group in groups}
    if is_member or not groups or any("@" in group for group in groups):
        return _seen(is_member, identity, groups)
    return unknown("the groups last seen have no e-mail addresses", _listed(groups), IDENTITY, identity.seen_at)


def github(rule: Rule, evidence: Evidence) -> Finding:
    """An organisation, and perhaps a team of it. Only a team that is written with its organisation is surely that."""
    organisation, team = rule.text("name").casefold(), rule.text("team").casefold()
    identity = _identity_of(rule, evidence)
    if not organisation:
        return unknown("the rule names no organisation")
    if identity is None or identity.groups is None:
        return unknown(_no_identity(evidence, "groups"))
    groups = {group.casefold() for group in identity.groups}
    is_there = organisation in groups or any(group.startswith(f"{organisation}/") for group in groups)
    if not team or not is_there or f"{organisation}/{team}" in groups:
        return _seen(is_there, identity, identity.groups)
    reason = "the identity last seen doesn’t say of which organisation each team is"
    return unknown(reason, _listed(identity.groups), IDENTITY, identity.seen_at)


def saml(rule: Rule, evidence: Evidence) -> Finding:
    return _claim(rule.text("attribute_name"), rule.text("attribute_value"), "attribute", rule, evidence)


def oidc(rule: Rule, evidence: Evidence) -> Finding:
    return _claim(rule.text("claim_name"), rule.text("claim_value"), "claim", rule, evidence)


def _claim(name: str, wanted: str, word: str, rule: Rule, evidence: Evidence) -> Finding:
    if not name or not wanted:
        return unknown(f"the rule names no {word} with a value")
    identity = _identity_of(rule, evidence)
    if identity is None:
        return unknown(_no_identity(evidence, f"{word}s"))
    values = (identity.claims or {}).get(name)
    if values is None and name.casefold() == "groups" and identity.groups is not None:
        values = tuple(identity.groups)
    if values is None:
        return unknown(f"the identity last seen has no such {word}", "", IDENTITY, identity.seen_at)
    return _among(wanted, frozenset(values), identity)


def _identity_of(rule: Rule, evidence: Evidence) -> Identity | None:
    """The identity, if it came through the provider of the rule; a rule without one means the only one of its type."""
    identity = evidence.own_identity
    if identity is None or not identity.idp_id:
        return None
    return identity if identity.idp_id == _provider_of(rule, evidence) else None


def _provider_of(rule: Rule, evidence: Evidence) -> str:
    if idp_id := rule.text("identity_provider_id"):
        return idp_id
    types = evidence.surroundings.provider_types or {}
    of_type = [idp_id for idp_id, kind in types.items() if kind.casefold() == _TYPE_OF[rule.kind]]
    return of_type[0] if len(of_type) == 1 else ""


def _no_identity(evidence: Evidence, what: str) -> str:
    if evidence.own_identity is None:
        return f"Gatehouse knows no last seen identity of this person, which would show their {what}"
    return f"the identity last seen has no {what} from this provider"


def _among(wanted: str, seen: Set[str], identity: Identity) -> Finding:
    """Whether a value is among those seen. Whether Cloudflare ignores the case of letters isn't documented."""
    if wanted not in seen and wanted.casefold() in {value.casefold() for value in seen}:
        reason = "it was last seen in other upper and lower case letters"
        return unknown(reason, _listed(seen), IDENTITY, identity.seen_at)
    return _seen(wanted in seen, identity, seen)


def _seen(is_met: bool, identity: Identity, seen: Iterable[str]) -> Finding:
    return by_older(is_met, _listed(seen), IDENTITY, identity.seen_at)


def _listed(seen: Iterable[str]) -> str:
    """Values in a line; ids are left out where there are names."""
    values = sorted(seen)
    values = [value for value in values if not _is_id(value)] or values
    if not values:
        return "none"
    more = f" and {len(values) - _MOST_SEEN} more" if len(values) > _MOST_SEEN else ""
    return ", ".join(values[:_MOST_SEEN]) + more


def _is_id(value: str) -> bool:
    return value.isdigit() or any(pattern.fullmatch(value) for pattern in (_ID, _OKTA_ID))


def _by_scim(wanted: str, rule: Rule, evidence: Evidence) -> Finding:
    """What SCIM last said before the login."""
    idp_id, at = _provider_of(rule, evidence), evidence.login.at
    of_group = [one for one in evidence.scim_groups if idp_id and one.idp_id == idp_id and _is_named(one, wanted)]
    before = [one for one in of_group if at is None or one.at <= at]
    if not before:
        if of_group:
            return unknown("SCIM said something of this group only after the login")
        return unknown(_no_identity(evidence, "groups"))
    last = max(before, key=lambda one: (one.at, not one.is_member))
    return by_older(last.is_member, "a member" if last.is_member else "not a member", SCIM, last.at)


def _is_named(group: ScimGroup, wanted: str) -> bool:
    return wanted in group.names or (
        _ID.fullmatch(wanted) is not None and wanted.casefold() in {name.casefold() for name in group.names}
    )
