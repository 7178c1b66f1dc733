"""Policies and logins made at random, from few values, so that rules are often met."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from logsync.cloudflare.policies import Policy, RuleGroup
from logsync.insight.why.facts import (
    AppPolicies,
    Evidence,
    Identity,
    ListItems,
    LoginFacts,
    Posture,
    ScimGroup,
    Surroundings,
    Who,
)

AT = datetime(2026, 11, 19, 13, 6, 12, tzinfo=UTC)
EMAILS = ("ada@a.example", "Bob@b.example", "")
ADDRESSES = ("192.0.2.7", "198.51.100.7", "2001:db8::7", "")
NETWORKS = ("192.0.2.0/24", "198.51.100.7", "2001:db8::/32")
COUNTRIES = ("NL", "de", "")
TYPES = ("okta", "azureAD", "google-apps", "github", "saml", "oidc")
PROVIDERS = tuple(f"idp-{number}" for number in range(4))
# Most rules are about the first.
OF_RULES = (*PROVIDERS, *PROVIDERS[:1] * 6)
GROUPS = ("eng", "ops", "meridian", "meridian/eng")
# Entra calls groups by such ids.
IDS = ("3f0e7c1a-5b7d-4a57-9f53-0c9d1a2b3c4d", "9a7b6c5d-1234-4abc-8def-0123456789ab")
RULE_GROUPS = ("g0", "g1", "g2", "missing")
CHECKS = ("c0", "c1", "c2")
DECISIONS = ("allow", "allow", "allow", "deny", "bypass", "non_identity", "isolate")


def some_evidence(random):
    """All that is known about a login."""
    login = some_login(random)
    app = AppPolicies(1, "app", "Grafana", some_policies(random), AT)
    scim = tuple(some_membership(random) for _ in range(random.choice((0, 0, 1, 3))))
    return Evidence(login, app, some_surroundings(random), some_identity(random, login), scim)


def some_login(random):
    email = random.choice(EMAILS)
    who = random.choice((Who.PERSON, Who.PERSON, Who.SERVICE)) if email else random.choice(tuple(Who))
    return LoginFacts(
        at=None if random.random() < 0.1 else AT,
        user_email=email,
        user_id=random.choice(("u1", "u2", "")),
        ip_address=random.choice(ADDRESSES),
        country=random.choice(COUNTRIES),
        connection=random.choice((*TYPES, "onetimepin", "")),
        who=who,
        allowed=random.choice((False, False, False, True, None)),
    )


def some_policies(random):
    return tuple(
        Policy.from_json(
            {"id": f"p{number}", "name": f"P{number}", "decision": random.choice(DECISIONS), **some_lists(random)},
            random.choice((1, 2, 3, None)),
        )
        for number in range(random.randrange(5))
    )


def some_lists(random):
    sizes = {"include": (0, 1, 1, 2, 3), "require": (0, 0, 0, 1, 2), "exclude": (0, 0, 0, 1)}
    return {name: [some_rule(random) for _ in range(random.choice(size))] for name, size in sizes.items()}


def some_rule(random):
    kind = random.choice(OFTEN if random.random() < 0.5 else KINDS)
    value = VALUES[kind](random)
    if random.random() < 0.03:
        return {kind: random.choice((None, [], "x", {}))}
    if kind in ("azureAD", "okta", "gsuite", "github-organization", "saml", "oidc") and random.random() < 0.8:
        value["identity_provider_id"] = random.choice(OF_RULES)
    return {kind: value}


def one_of(name, values):
    return lambda random: {name: random.choice([value for value in values if value])}


VALUES = {
    "everyone": lambda random: {},
    "email": one_of("email", EMAILS),
    "email_domain": one_of("domain", ("a.example", "B.example")),
    "ip": one_of("ip", NETWORKS),
    "geo": one_of("country_code", ("NL", "DE")),
    "login_method": one_of("id", (*PROVIDERS, "idp-unknown")),
    "azureAD": one_of("id", IDS),
    "okta": one_of("name", GROUPS),
    "gsuite": one_of("email", ("eng@a.example", "ops@a.example")),
    "github-organization": lambda random: {"name": "meridian"} | ({"team": "eng"} if random.random() < 0.5 else {}),
    "saml": lambda random: {"attribute_name": random.choice("ab"), "attribute_value": random.choice("xy")},
    "oidc": lambda random: {"claim_name": random.choice("ab"), "claim_value": random.choice("xy")},
    "device_posture": one_of("integration_uid", CHECKS),
    "certificate": lambda random: {},
    "common_name": one_of("common_name", ("laptop-1", "laptop-2")),
    "service_token": one_of("token_id", ("t1",)),
    "any_valid_service_token": lambda random: {},
    "email_list": one_of("id", ("l0", "l1", "missing")),
    "ip_list": one_of("id", ("l2", "l3", "missing")),
    "auth_method": one_of("auth_method", ("hwk",)),
    "moon_phase": one_of("is", ("full",)),
    "group": one_of("id", RULE_GROUPS),
}


KINDS = tuple(VALUES)
# Kinds that the row often decides, so that policies are met as often as not.
OFTEN = ("everyone", "email_domain", "geo", "group", "azureAD", "okta")


def some_surroundings(random):
    types = {idp: random.choice(TYPES[:3]) for idp in PROVIDERS[: random.randrange(1, 5)]}
    return Surroundings(
        groups={
            one: RuleGroup.from_json({"id": one, "name": one, **some_lists(random)})
            for one in RULE_GROUPS[: random.randrange(4)]
        },
        provider_types=None if random.random() < 0.1 else types,
        lists={
            "l0": ListItems("L0", frozenset(random.sample(("ada@a.example", "bob@b.example"), random.randrange(3)))),
            "l1": ListItems("L1", None, "not to be read"),
            "l2": ListItems("L2", frozenset(random.sample(NETWORKS, random.randrange(4)))),
            "l3": ListItems("L3", None),
        },
    )


def some_identity(random, login):
    if random.random() < 0.2:
        return None
    # Groups of every kind at once, so that none is only named where a rule has an id or an e-mail address.
    groups = frozenset(name for name in (*GROUPS, *IDS, "eng@a.example", "ops@a.example") if random.random() < 0.5) | {
        "00000000-0000-4000-8000-000000000000",
        "all@a.example",
    }
    seen_at = AT + timedelta(minutes=random.choice((-9000, -6, -5, 0, 4, 6, 600)))
    certificates: tuple[Any, ...] = (None, {}, {"auth_status": "NONE"}, {"auth_status": "SUCCESS"})
    return Identity(
        seen_at=None if random.random() < 0.05 else seen_at,
        read_at=AT + timedelta(days=1),
        user_email=random.choice((login.user_email, *EMAILS)).swapcase(),
        idp_id=random.choice((*OF_RULES, "")),
        idp_type="okta",
        groups=None if random.random() < 0.3 else groups,
        claims=None if random.random() < 0.3 else {"a": tuple(random.choice(("x", "xy", "")))},
        device_posture={one: Posture(one, random.choice((True, False, None)), seen_at) for one in CHECKS[:2]},
        certificate=random.choice((*certificates, {"auth_status": "SUCCESS", "common_name": "laptop-1"})),
        user_id=random.choice((login.user_id, login.user_id, "u1", "")),
    )


def some_membership(random):
    return ScimGroup(
        names=frozenset({random.choice((*GROUPS, *IDS))}),
        idp_id=random.choice(OF_RULES),
        is_member=random.random() < 0.5,
        at=AT + timedelta(hours=random.choice((-48, -24, 24))),
    )
