"""Cases of why a login was denied, as data: for the evaluator alone, and for whatever shows its answers.

Each is one application with its policies, a login at it, and what else is known, all as Cloudflare writes it; then what
is to come out: of each policy its rules in the order include, require, exclude, and the headline with its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

# The time of every login; its policies were read before and after it, last at READ_AT.
LOGIN_AT = datetime(2026, 11, 19, 13, 6, 12, tzinfo=UTC)
READ_AT = LOGIN_AT + timedelta(hours=1)
# The login, less what a case says otherwise.
LOGIN = {
    "created_at": LOGIN_AT,
    "user_email": "ada@meridian.example",
    "user_id": "57171132-e453-4ee8-b2a5-8cbaad333207",
    "ip_address": "192.0.2.7",
    "country": "NL",
    "connection": "okta",
    "allowed": False,
}
APP = {"id": "13d976ec-915a-4e59-afab-cef6291764b8", "name": "Grafana"}
OKTA, ENTRA, GOOGLE, GITHUB, PIN = "idp-okta", "idp-entra", "idp-google", "idp-github", "idp-pin"
# The identity providers of the account by id: the type and the name of each.
PROVIDERS = {
    OKTA: ("okta", "Okta"),
    ENTRA: ("azureAD", "Microsoft Entra ID"),
    GOOGLE: ("google-apps", "Google Workspace"),
    GITHUB: ("github", "GitHub"),
    PIN: ("onetimepin", "One-time PIN"),
}
ENG = "3f0e7c1a-5b7d-4a57-9f53-0c9d1a2b3c4d"
OPS = "9a7b6c5d-1234-4abc-8def-0123456789ab"


@dataclass(frozen=True)
class Case:
    """One case. `results` has, by the name of each policy, "result source" of each rule.

    `identity` is what Cloudflare last saw, `identity_age` before the login; `scim` are memberships that SCIM told, each
    as the name of the group, whether the person is a member, and how long before the login.
    """

    name: str
    policies: list[dict[str, Any]]
    headline: str
    sentence: str
    results: dict[str, list[str]]
    groups: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    login: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] | None = None
    identity_age: timedelta = timedelta(days=4)
    scim: list[tuple[str, bool, timedelta]] = field(default_factory=list)
    providers: dict[str, tuple[str, str]] = field(default_factory=lambda: PROVIDERS)
    app: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def policy(name: str, decision: str = "allow", **fields: Any) -> dict[str, Any]:
    """A policy whose id is made of its name."""
    return {"id": f"policy-{name.lower().replace(' ', '-')}", "name": name, "decision": decision} | fields


def group(name: str, **fields: Any) -> dict[str, Any]:
    """A rule group, referred to by `in_group(name)`."""
    return {"id": f"group-{name.lower().replace(' ', '-')}", "name": name} | fields


def in_group(name: str) -> dict[str, Any]:
    return {"group": {"id": f"group-{name.lower().replace(' ', '-')}"}}


def identity(**fields: Any) -> dict[str, Any]:
    """What Cloudflare last saw of the person, who came through Okta."""
    seen = {"email": LOGIN["user_email"], "user_uuid": LOGIN["user_id"], "idp": {"id": OKTA, "type": "okta"}}
    return seen | fields


EVERYONE: dict[str, Any] = {"everyone": {}}
GERMANY = {"geo": {"country_code": "DE"}}
NETHERLANDS = {"geo": {"country_code": "NL"}}
MERIDIAN = {"email_domain": {"domain": "meridian.example"}}
PARTNER = {"email_domain": {"domain": "partner.example"}}
OKTA_ENG = {"okta": {"name": "eng-prod", "identity_provider_id": OKTA}}
ENTRA_ENG = {"azureAD": {"id": ENG, "identity_provider_id": ENTRA}}
ENCRYPTION = {"device_posture": {"integration_uid": "check-disk"}}


CASES = [
    # Every kind of rule.
    Case(
        "everyone",
        policies=[policy("All", "deny", include=[EVERYONE])],
        headline="Y1",
        sentence="The policy “All” blocks everyone.",
        results={"All": ["met row"]},
    ),
    Case(
        "e-mail met",
        policies=[policy("Ada", include=[{"email": {"email": "ADA@meridian.example"}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Ada” admits this login. What denied it is not among them.",
        results={"Ada": ["met row"]},
    ),
    Case(
        "e-mail not met",
        policies=[policy("Bob", include=[{"email": {"email": "bob@meridian.example"}}])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Bob”, needs the "
            "e-mail address “bob@meridian.example”; the login’s e-mail address is “ada@meridian.example”."
        ),
        results={"Bob": ["not_met row"]},
    ),
    Case(
        "e-mail unknown without address",
        policies=[policy("Ada", include=[{"email": {"email": "ada@meridian.example"}}])],
        login={"user_email": "", "user_id": ""},
        headline="Y4",
        sentence=(
            "“Ada” could admit this login; the logs don’t show whether it brought the e-mail address "
            "“ada@meridian.example”."
        ),
        results={"Ada": ["unknown none"]},
    ),
    Case(
        "e-mail without value",
        policies=[policy("Null", include=[{"email": None}])],
        headline="Y4",
        sentence=(
            "“Null” could admit this login; the logs don’t show whether it brought what the rule “email” "
            "asks for: “null”."
        ),
        results={"Null": ["unknown none"]},
    ),
    Case(
        "domain met",
        policies=[policy("Staff", include=[{"email_domain": {"domain": "Meridian.EXAMPLE"}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Staff” admits this login. What denied it is not among them.",
        results={"Staff": ["met row"]},
    ),
    Case(
        "domain not met",
        policies=[policy("Partners", include=[PARTNER])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Partners”, needs "
            "an e-mail address ending in “@partner.example”; the login’s e-mail address is "
            "“ada@meridian.example”."
        ),
        results={"Partners": ["not_met row"]},
    ),
    Case(
        "domain is no suffix",
        policies=[policy("Short", include=[{"email_domain": {"domain": "ridian.example"}}])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Short”, needs an "
            "e-mail address ending in “@ridian.example”; the login’s e-mail address is "
            "“ada@meridian.example”."
        ),
        results={"Short": ["not_met row"]},
    ),
    Case(
        "domains as a list",
        policies=[policy("Both", include=[{"email_domain": {"domain": ["partner.example", "@meridian.example"]}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Both” admits this login. What denied it is not among them.",
        results={"Both": ["met row"]},
    ),
    Case(
        "address in network",
        policies=[policy("Office", include=[{"ip": {"ip": "192.0.2.0/24"}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Office” admits this login. What denied it is not among them.",
        results={"Office": ["met row"]},
    ),
    Case(
        "address not in network",
        policies=[policy("Office", include=[{"ip": {"ip": "198.51.100.0/24"}}])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Office”, needs "
            "an IP address in “198.51.100.0/24”; the login came from “192.0.2.7”."
        ),
        results={"Office": ["not_met row"]},
    ),
    Case(
        "IPv6 address in network",
        policies=[policy("Office", include=[{"ip": {"ip": "2001:db8::/32"}}])],
        login={"ip_address": "2001:db8:0:1::7"},
        headline="Y5",
        sentence="By the policies read at 14:06, “Office” admits this login. What denied it is not among them.",
        results={"Office": ["met row"]},
    ),
    Case(
        "IPv4 address written as IPv6",
        policies=[policy("Office", include=[{"ip": {"ip": "192.0.2.7"}}])],
        login={"ip_address": "::ffff:192.0.2.7"},
        headline="Y5",
        sentence="By the policies read at 14:06, “Office” admits this login. What denied it is not among them.",
        results={"Office": ["met row"]},
    ),
    Case(
        "IPv4 network written as IPv6",
        policies=[policy("Office", include=[{"ip": {"ip": "::ffff:192.0.2.0/120"}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Office” admits this login. What denied it is not among them.",
        results={"Office": ["met row"]},
    ),
    Case(
        "network that can't be read",
        policies=[policy("Office", include=[{"ip": {"ip": "office"}}])],
        headline="Y4",
        sentence=("“Office” could admit this login; the logs don’t show whether it brought an IP address in “office”."),
        results={"Office": ["unknown none"]},
    ),
    Case(
        "country met",
        policies=[policy("Dutch", include=[{"geo": {"country_code": "nl"}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Dutch” admits this login. What denied it is not among them.",
        results={"Dutch": ["met row"]},
    ),
    Case(
        "country not met",
        policies=[policy("German", include=[GERMANY])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “German”, needs a "
            "location in Germany (DE); the login came from the Netherlands (NL)."
        ),
        results={"German": ["not_met row"]},
    ),
    Case(
        "country unknown",
        policies=[policy("German", include=[GERMANY])],
        login={"country": ""},
        headline="Y4",
        sentence=(
            "“German” could admit this login; the logs don’t show whether it brought a location in Germany (DE)."
        ),
        results={"German": ["unknown none"]},
    ),
    Case(
        "only provider of its type",
        policies=[policy("By Okta", include=[{"login_method": {"id": OKTA}}])],
        headline="Y5",
        sentence="By the policies read at 14:06, “By Okta” admits this login. What denied it is not among them.",
        results={"By Okta": ["met row"]},
    ),
    Case(
        "provider of another type",
        policies=[policy("By Entra", include=[{"login_method": {"id": ENTRA}}])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “By Entra”, needs "
            "a sign-in with “Microsoft Entra ID”; the login came through “Okta”."
        ),
        results={"By Entra": ["not_met row"]},
    ),
    Case(
        "one of two providers of a type",
        policies=[policy("By Okta", include=[{"login_method": {"id": OKTA}}])],
        providers=PROVIDERS | {"idp-okta-2": ("okta", "Okta Berlin")},
        headline="Y4",
        sentence="“By Okta” could admit this login; the logs don’t show whether it brought a sign-in with “Okta”.",
        results={"By Okta": ["unknown none"]},
    ),
    Case(
        "one of two providers, seen at the login",
        policies=[policy("By Okta", include=[{"login_method": {"id": "idp-okta-2"}}])],
        providers=PROVIDERS | {"idp-okta-2": ("okta", "Okta Berlin")},
        identity=identity(),
        identity_age=timedelta(minutes=-4),
        headline="Y3",
        sentence=(
            "As last seen 4 minutes after this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “By Okta”, needs a sign-in with “Okta Berlin”; seen then: “Okta”."
        ),
        results={"By Okta": ["not_met older"]},
    ),
    Case(
        "one of two providers, seen too late",
        policies=[policy("By Okta", include=[{"login_method": {"id": "idp-okta-2"}}])],
        providers=PROVIDERS | {"idp-okta-2": ("okta", "Okta Berlin")},
        identity=identity(),
        identity_age=timedelta(minutes=-6),
        headline="Y4",
        sentence=(
            "“By Okta” could admit this login; the logs don’t show whether it brought a sign-in with “Okta Berlin”."
        ),
        results={"By Okta": ["unknown none"]},
    ),
    Case(
        "Okta group as last seen",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(groups=["eng-prod", "staff"]),
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, “Engineers” admits "
            "this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Engineers": ["met older"]},
    ),
    Case(
        "Okta group missing as last seen",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(groups=["staff", "all"]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the Okta group “eng-prod”; seen then: “all, "
            "staff”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "Okta groups with their ids",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(groups=[{"id": "00gJWwr6QUmAmc8ybTyC", "name": "staff"}]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the Okta group “eng-prod”; seen then: "
            "“staff”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "Okta group in other letters",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(groups=["Eng-Prod"]),
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "Okta group seen after the login",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(groups=["staff"]),
        identity_age=timedelta(hours=-2),
        headline="Y3",
        sentence=(
            "As last seen 2 hours after this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the Okta group “eng-prod”; seen then: "
            "“staff”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "identity without groups",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(),
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "identity through another provider",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(idp={"id": PIN, "type": "onetimepin"}, groups=["eng-prod"]),
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "identity of someone else",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(
            email="bob@meridian.example", user_uuid="0c2f4f2e-7d8f-4d3b-b0f5-26d8f9a3e0aa", groups=["eng-prod"]
        ),
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "no identity at all",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "SCIM says a member",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        scim=[("eng-prod", True, timedelta(days=9))],
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what SCIM said 9 days before this login, “Engineers” admits "
            "this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Engineers": ["met older"]},
    ),
    Case(
        "SCIM says removed",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        scim=[("eng-prod", True, timedelta(days=9)), ("eng-prod", False, timedelta(days=2))],
        headline="Y3",
        sentence=(
            "By what SCIM said 2 days before this login, “ada@meridian.example” met no policy of “Grafana”. "
            "Its only allow policy, “Engineers”, needs membership of the Okta group “eng-prod”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "groups before SCIM",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        identity=identity(groups=["staff"]),
        scim=[("eng-prod", True, timedelta(days=9))],
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the Okta group “eng-prod”; seen then: "
            "“staff”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "Entra group by id",
        policies=[policy("Engineers", include=[ENTRA_ENG])],
        login={"connection": "azureAD"},
        identity=identity(idp={"id": ENTRA, "type": "azureAD"}, groups=[{"id": ENG.upper(), "name": "Engineering"}]),
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, “Engineers” admits "
            "this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Engineers": ["met older"]},
    ),
    Case(
        "Entra group missing",
        policies=[policy("Engineers", include=[ENTRA_ENG])],
        login={"connection": "azureAD"},
        identity=identity(idp={"id": ENTRA, "type": "azureAD"}, groups=[{"id": OPS, "name": "Operations"}]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the Microsoft Entra ID group "
            "“3f0e7c1a-5b7d-4a57-9f53-0c9d1a2b3c4d”; seen then: “Operations”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "Entra groups only by name",
        policies=[policy("Engineers", include=[ENTRA_ENG])],
        login={"connection": "azureAD"},
        identity=identity(idp={"id": ENTRA, "type": "azureAD"}, groups=["Operations"]),
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Microsoft Entra ID group “3f0e7c1a-5b7d-4a57-9f53-0c9d1a2b3c4d”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "Google group met",
        policies=[
            policy("Engineers", include=[{"gsuite": {"email": "eng@meridian.example", "identity_provider_id": GOOGLE}}])
        ],
        login={"connection": "google-apps"},
        identity=identity(
            idp={"id": GOOGLE, "type": "google-apps"},
            groups=[{"id": "1", "name": "Eng", "email": "Eng@meridian.example"}],
        ),
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, “Engineers” admits "
            "this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Engineers": ["met older"]},
    ),
    Case(
        "Google group not met",
        policies=[
            policy("Engineers", include=[{"gsuite": {"email": "eng@meridian.example", "identity_provider_id": GOOGLE}}])
        ],
        login={"connection": "google-apps"},
        identity=identity(
            idp={"id": GOOGLE, "type": "google-apps"},
            groups=[{"id": "1", "name": "Ops", "email": "ops@meridian.example"}],
        ),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the Google Workspace group "
            "“eng@meridian.example”; seen then: “Ops, ops@meridian.example”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "GitHub organisation not met",
        policies=[
            policy("Engineers", include=[{"github-organization": {"name": "meridian", "identity_provider_id": GITHUB}}])
        ],
        login={"connection": "github"},
        identity=identity(idp={"id": GITHUB, "type": "github"}, groups=["other"]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs membership of the GitHub organisation “meridian”; seen "
            "then: “other”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "GitHub team that can't be told",
        policies=[
            policy(
                "Engineers",
                include=[{"github-organization": {"name": "meridian", "team": "eng", "identity_provider_id": GITHUB}}],
            )
        ],
        login={"connection": "github"},
        identity=identity(idp={"id": GITHUB, "type": "github"}, groups=["meridian", "eng"]),
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "GitHub organisation “meridian”, team “eng”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "SAML attribute met",
        policies=[
            policy(
                "Research",
                include=[{"saml": {"attribute_name": "unit", "attribute_value": "R&D", "identity_provider_id": OKTA}}],
            )
        ],
        identity=identity(saml_attributes={"unit": ["R&D", "Board"]}),
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, “Research” admits "
            "this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Research": ["met older"]},
    ),
    Case(
        "SAML attribute not met",
        policies=[
            policy(
                "Research",
                include=[{"saml": {"attribute_name": "unit", "attribute_value": "R&D", "identity_provider_id": OKTA}}],
            )
        ],
        identity=identity(saml_attributes={"unit": "Sales"}),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Research”, needs the SAML attribute “unit” with the value “R&D” (“Okta”); "
            "seen then: “Sales”."
        ),
        results={"Research": ["not_met older"]},
    ),
    Case(
        "SAML attribute not there",
        policies=[
            policy(
                "Research",
                include=[{"saml": {"attribute_name": "unit", "attribute_value": "R&D", "identity_provider_id": OKTA}}],
            )
        ],
        identity=identity(saml_attributes={"floor": "3"}),
        headline="Y4",
        sentence=(
            "“Research” could admit this login; the logs don’t show whether it brought the SAML attribute "
            "“unit” with the value “R&D” (“Okta”)."
        ),
        results={"Research": ["unknown none"]},
    ),
    Case(
        "OIDC claim not met",
        policies=[
            policy(
                "Research",
                include=[{"oidc": {"claim_name": "unit", "claim_value": "R&D", "identity_provider_id": OKTA}}],
            )
        ],
        identity=identity(oidc_fields={"unit": "Sales"}),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Research”, needs the OIDC claim “unit” with the value “R&D” (“Okta”); seen "
            "then: “Sales”."
        ),
        results={"Research": ["not_met older"]},
    ),
    Case(
        "device check passed",
        policies=[policy("Encrypted", include=[EVERYONE], require=[ENCRYPTION])],
        identity=identity(
            devicePosture={
                "check-disk": {"success": True, "rule_name": "Disk encryption", "timestamp": "2026-11-19T12:06:12Z"}
            }
        ),
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen 60 minutes before this login, “Encrypted” "
            "admits this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Encrypted": ["met row", "met older"]},
    ),
    Case(
        "device check failed",
        policies=[policy("Encrypted", include=[EVERYONE], require=[ENCRYPTION])],
        identity=identity(
            devicePosture={
                "check-disk": {"success": False, "rule_name": "Disk encryption", "timestamp": "2026-11-19T12:06:12Z"}
            }
        ),
        headline="Y3",
        sentence=(
            "As last seen 60 minutes before this login, “ada@meridian.example” met no policy of “Grafana”. "
            "Its only allow policy, “Encrypted”, needs a device that passes the check “Disk encryption”; "
            "seen then: “failed”."
        ),
        results={"Encrypted": ["met row", "not_met older"]},
    ),
    Case(
        "device check not there",
        policies=[policy("Encrypted", include=[EVERYONE], require=[ENCRYPTION])],
        identity=identity(),
        headline="Y4",
        sentence=(
            "“Encrypted” could admit this login; the logs don’t show whether it brought a device that passes "
            "the check “check-disk”."
        ),
        results={"Encrypted": ["met row", "unknown none"]},
    ),
    Case(
        "certificate valid",
        policies=[policy("Laptops", include=[{"certificate": {}}])],
        identity=identity(mtls_auth={"cert_presented": True, "auth_status": "SUCCESS"}),
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, “Laptops” admits this "
            "login. What denied it is not among them; or this login brought something else."
        ),
        results={"Laptops": ["met older"]},
    ),
    Case(
        "certificate missing",
        policies=[policy("Laptops", include=[{"certificate": {}}])],
        identity=identity(mtls_auth={"cert_presented": False, "auth_status": "NONE"}),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Laptops”, needs a valid client certificate; seen then: “none that is "
            "valid”."
        ),
        results={"Laptops": ["not_met older"]},
    ),
    Case(
        "common name of another device",
        policies=[policy("Laptops", include=[{"common_name": {"common_name": "laptop-7"}}])],
        identity=identity(common_name="laptop-8", mtls_auth={"cert_presented": True, "auth_status": "SUCCESS"}),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Laptops”, needs a client certificate with the common name “laptop-7”; seen "
            "then: “laptop-8”."
        ),
        results={"Laptops": ["not_met older"]},
    ),
    Case(
        "common name not there",
        policies=[policy("Laptops", include=[{"common_name": {"common_name": "laptop-7"}}])],
        identity=identity(mtls_auth={"cert_presented": True, "auth_status": "SUCCESS"}),
        headline="Y4",
        sentence=(
            "“Laptops” could admit this login; the logs don’t show whether it brought a client certificate "
            "with the common name “laptop-7”."
        ),
        results={"Laptops": ["unknown none"]},
    ),
    Case(
        "service token of a person",
        policies=[policy("Robots", "non_identity", include=[{"service_token": {"token_id": "token-ci"}}])],
        headline="Y2",
        sentence="No policy of “Grafana” admits what this login brought; it has no allow policy.",
        results={"Robots": ["not_met row"]},
    ),
    Case(
        "service token of a service",
        policies=[policy("Robots", "non_identity", include=[{"service_token": {"token_id": "token-ci"}}])],
        login={"user_email": "", "user_id": "", "connection": "service_token"},
        headline="Y4",
        sentence=(
            "“Robots” could admit this login; the logs don’t show whether it brought the service token “token-ci”."
        ),
        results={"Robots": ["unknown none"]},
    ),
    Case(
        "any service token of a person",
        policies=[policy("Robots", "non_identity", include=[{"any_valid_service_token": {}}])],
        headline="Y2",
        sentence="No policy of “Grafana” admits what this login brought; it has no allow policy.",
        results={"Robots": ["not_met row"]},
    ),
    Case(
        "any service token of a service",
        policies=[policy("Robots", "non_identity", include=[{"any_valid_service_token": {}}])],
        login={"user_email": "", "user_id": "", "connection": "service_token"},
        headline="Y4",
        sentence="“Robots” could admit this login; the logs don’t show whether it brought a valid service token.",
        results={"Robots": ["unknown none"]},
    ),
    Case(
        "e-mail list met",
        policies=[policy("Listed", include=[{"email_list": {"id": "list-staff"}}])],
        lists=[{"id": "list-staff", "name": "Staff", "items": [{"value": "Ada@meridian.example"}]}],
        headline="Y5",
        sentence="By the policies read at 14:06, “Listed” admits this login. What denied it is not among them.",
        results={"Listed": ["met row"]},
    ),
    Case(
        "e-mail list not met",
        policies=[policy("Listed", include=[{"email_list": {"id": "list-staff"}}])],
        lists=[{"id": "list-staff", "name": "Staff", "items": [{"value": "bob@meridian.example"}]}],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Listed”, needs "
            "an e-mail address in the list “Staff”; the login’s e-mail address is “ada@meridian.example”."
        ),
        results={"Listed": ["not_met row"]},
    ),
    Case(
        "e-mail list that was not read",
        policies=[policy("Listed", include=[{"email_list": {"id": "list-staff"}}])],
        headline="Y4",
        sentence=(
            "“Listed” could admit this login; the logs don’t show whether it brought an e-mail address in "
            "the list “list-staff”."
        ),
        results={"Listed": ["unknown none"]},
    ),
    Case(
        "address list met",
        policies=[policy("Listed", include=[{"ip_list": {"id": "list-nets"}}])],
        lists=[{"id": "list-nets", "name": "Offices", "items": [{"value": "203.0.113.0/24"}, {"value": "192.0.2.7"}]}],
        headline="Y5",
        sentence="By the policies read at 14:06, “Listed” admits this login. What denied it is not among them.",
        results={"Listed": ["met row"]},
    ),
    Case(
        "address list not met",
        policies=[policy("Listed", include=[{"ip_list": {"id": "list-nets"}}])],
        lists=[{"id": "list-nets", "name": "Offices", "items": [{"value": "203.0.113.0/24"}]}],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Listed”, needs "
            "an IP address in the list “Offices”; the login came from “192.0.2.7”."
        ),
        results={"Listed": ["not_met row"]},
    ),
    Case(
        "authentication method",
        policies=[policy("Keys", include=[EVERYONE], require=[{"auth_method": {"auth_method": "hwk"}}])],
        headline="Y4",
        sentence=(
            "“Keys” could admit this login; the logs don’t show whether it brought the authentication method “hwk”."
        ),
        results={"Keys": ["met row", "unknown none"]},
    ),
    Case(
        "authentication context",
        policies=[
            policy(
                "Context",
                include=[EVERYONE],
                require=[{"auth_context": {"id": "c1", "ac_id": "1", "identity_provider_id": ENTRA}}],
            )
        ],
        headline="Y4",
        sentence=(
            "“Context” could admit this login; the logs don’t show whether it brought the Microsoft Entra ID "
            "authentication context “c1”."
        ),
        results={"Context": ["met row", "unknown none"]},
    ),
    Case(
        "external evaluation",
        policies=[
            policy(
                "External",
                include=[EVERYONE],
                require=[
                    {
                        "external_evaluation": {
                            "evaluate_url": "https://eval.example",
                            "keys_url": "https://keys.example",
                        }
                    }
                ],
            )
        ],
        headline="Y4",
        sentence=(
            "“External” could admit this login; the logs don’t show whether it brought agreement of the "
            "service at “https://eval.example”."
        ),
        results={"External": ["met row", "unknown none"]},
    ),
    Case(
        "user risk score",
        policies=[
            policy(
                "Careful", include=[EVERYONE], require=[{"user_risk_score": {"user_risk_score": ["low", "unscored"]}}]
            )
        ],
        headline="Y4",
        sentence=(
            "“Careful” could admit this login; the logs don’t show whether it brought a user risk score of "
            "“low” or “unscored”."
        ),
        results={"Careful": ["met row", "unknown none"]},
    ),
    Case(
        "linked app token",
        policies=[policy("Linked", include=[{"linked_app_token": {"app_uid": "app-2"}}])],
        headline="Y4",
        sentence=(
            "“Linked” could admit this login; the logs don’t show whether it brought a token of the app “app-2”."
        ),
        results={"Linked": ["unknown none"]},
    ),
    Case(
        "account member",
        policies=[policy("Members", include=[{"cloudflare_account_member": {"account_id": "a1"}}])],
        headline="Y4",
        sentence=(
            "“Members” could admit this login; the logs don’t show whether it brought membership of the "
            "Cloudflare account."
        ),
        results={"Members": ["unknown none"]},
    ),
    Case(
        "kind that nobody knows",
        policies=[policy("Moon", include=[{"moon_phase": {"is": "full"}}])],
        headline="Y4",
        sentence=(
            "“Moon” could admit this login; the logs don’t show whether it brought what the rule "
            '“moon_phase” asks for: “{"is":"full"}”.'
        ),
        results={"Moon": ["unknown none"]},
    ),
    Case(
        "rule of two keys",
        policies=[policy("Odd", include=[{"email": {"email": "ada@meridian.example"}, "ip": {"ip": "192.0.2.7"}}])],
        headline="Y4",
        sentence=(
            "“Odd” could admit this login; the logs don’t show whether it brought what the rule "
            '“{"email":{"email":"ada@meridian.example"},"ip":{"ip":"192.0.2.7"}}” asks for.'
        ),
        results={"Odd": ["unknown none"]},
    ),
    # Rule groups.
    Case(
        "rule group not met by the row",
        policies=[policy("Engineers", include=[in_group("Engineering")])],
        groups=[group("Engineering", include=[MERIDIAN], require=[GERMANY])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Engineers”, "
            "needs a place in the rule group “Engineering”, which needs a location in Germany (DE); the "
            "login came from the Netherlands (NL)."
        ),
        results={"Engineers": ["not_met row"]},
    ),
    Case(
        "rule group excluded",
        policies=[policy("Staff", include=[MERIDIAN], exclude=[in_group("Abroad")])],
        groups=[group("Abroad", include=[EVERYONE], exclude=[GERMANY])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Staff”, excludes "
            "a place in the rule group “Abroad”."
        ),
        results={"Staff": ["met row", "met row"]},
    ),
    Case(
        "rule group as last seen",
        policies=[policy("Engineers", include=[in_group("Engineering")])],
        groups=[
            group("Engineering", include=[in_group("Okta engineers")]),
            group("Okta engineers", include=[OKTA_ENG]),
        ],
        identity=identity(groups=["staff"]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. Its "
            "only allow policy, “Engineers”, needs a place in the rule group “Engineering”, which needs "
            "membership of the Okta group “eng-prod”; seen then: “staff”."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "rule group that was not read",
        policies=[policy("Engineers", include=[in_group("Engineering")])],
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought a place in the rule "
            "group “group-engineering”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "rule group in itself, where it matters",
        policies=[policy("Engineers", include=[in_group("Engineering")])],
        groups=[group("Engineering", include=[in_group("Engineering"), PARTNER])],
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought a place in the rule "
            "group “Engineering”, which needs a place in the rule group “Engineering”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "rule group in itself, where it doesn't matter",
        policies=[policy("Engineers", include=[in_group("Engineering")])],
        groups=[group("Engineering", include=[in_group("Engineering"), EVERYONE], require=[GERMANY])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Engineers”, "
            "needs a place in the rule group “Engineering”, which needs a location in Germany (DE); the "
            "login came from the Netherlands (NL)."
        ),
        results={"Engineers": ["not_met row"]},
    ),
    # Headlines.
    Case(
        "Y1 blocked before an allow",
        policies=[policy("Blocked countries", "deny", include=[NETHERLANDS]), policy("Staff", include=[MERIDIAN])],
        headline="Y1",
        sentence=("The policy “Blocked countries” blocks what this login brought: a location in the Netherlands (NL)."),
        results={"Blocked countries": ["met row"], "Staff": ["met row"]},
    ),
    Case(
        "Y1 needs all that is required",
        policies=[
            policy("Partners abroad", "deny", include=[NETHERLANDS], require=[MERIDIAN], exclude=[GERMANY]),
            policy("Staff", include=[MERIDIAN]),
        ],
        headline="Y1",
        sentence=(
            "The policy “Partners abroad” blocks what this login brought: a location in the Netherlands (NL) and an "
            "e-mail address ending in “@meridian.example”, without a location in Germany (DE)."
        ),
        results={"Partners abroad": ["met row", "met row", "not_met row"], "Staff": ["met row"]},
    ),
    Case(
        "Y1 everyone among others",
        policies=[policy("Closed", "deny", include=[NETHERLANDS, EVERYONE])],
        headline="Y1",
        sentence="The policy “Closed” blocks everyone.",
        results={"Closed": ["met row", "met row"]},
    ),
    Case(
        "Y1 everyone from somewhere",
        policies=[policy("Closed", "deny", include=[EVERYONE], require=[NETHERLANDS])],
        headline="Y1",
        sentence="The policy “Closed” blocks what this login brought: a location in the Netherlands (NL).",
        results={"Closed": ["met row", "met row"]},
    ),
    Case(
        "Y5 as seen and as SCIM says",
        policies=[policy("Engineers", include=[OKTA_ENG], require=[ENCRYPTION])],
        identity=identity(devicePosture={"check-disk": {"success": True, "rule_name": "Disk encryption"}}),
        scim=[("eng-prod", True, timedelta(days=9))],
        headline="Y5",
        sentence=(
            "By the policies read at 14:06 and what was seen and SCIM said, the oldest 9 days before this login, "
            "“Engineers” admits this login. What denied it is not among them; or this login brought something else."
        ),
        results={"Engineers": ["met older", "met older"]},
    ),
    Case(
        "Y1 everyone but some",
        policies=[policy("Closed", "deny", include=[EVERYONE], exclude=[GERMANY]), policy("Staff", include=[MERIDIAN])],
        headline="Y1",
        sentence="The policy “Closed” blocks everyone without a location in Germany (DE).",
        results={"Closed": ["met row", "not_met row"], "Staff": ["met row"]},
    ),
    Case(
        "Y3 everyone but some as last seen",
        policies=[
            policy("Closed", "deny", include=[EVERYONE], exclude=[OKTA_ENG]),
            policy("Staff", include=[MERIDIAN]),
        ],
        identity=identity(groups=["staff"]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met what the policy “Closed” blocks: "
            "everyone without membership of the Okta group “eng-prod”."
        ),
        results={"Closed": ["met row", "not_met older"], "Staff": ["met row"]},
    ),
    Case(
        "Y1 not after an allow that is met",
        policies=[policy("Staff", include=[MERIDIAN]), policy("Blocked countries", "deny", include=[NETHERLANDS])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Staff” admits this login. What denied it is not among them.",
        results={"Staff": ["met row"], "Blocked countries": ["met row"]},
    ),
    Case(
        "Y1 after an allow that is unknown",
        policies=[policy("Engineers", include=[OKTA_ENG]), policy("Blocked countries", "deny", include=[NETHERLANDS])],
        headline="Y1",
        sentence=("The policy “Blocked countries” blocks what this login brought: a location in the Netherlands (NL)."),
        results={"Engineers": ["unknown none"], "Blocked countries": ["met row"]},
    ),
    Case(
        "Y2 nearest of three",
        policies=[
            policy("Partners", include=[PARTNER], require=[GERMANY]),
            policy("Engineers", include=[MERIDIAN], require=[GERMANY]),
            policy("Board", include=[{"email": {"email": "eve@meridian.example"}}], require=[GERMANY]),
        ],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. The nearest of its 3 allow policies, "
            "“Engineers”, needs a location in Germany (DE); the login came from the Netherlands (NL)."
        ),
        results={
            "Partners": ["not_met row", "not_met row"],
            "Engineers": ["met row", "not_met row"],
            "Board": ["not_met row", "not_met row"],
        },
    ),
    Case(
        "Y2 excluded",
        policies=[policy("Staff", include=[MERIDIAN], exclude=[NETHERLANDS])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Staff”, excludes "
            "a location in the Netherlands (NL); the login came from the Netherlands (NL)."
        ),
        results={"Staff": ["met row", "met row"]},
    ),
    Case(
        "Y2 any of many",
        policies=[
            policy("Named", include=[{"email": {"email": f"user{number}@partner.example"}} for number in range(12)])
        ],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Named”, needs "
            "the e-mail address “user0@partner.example”, “user1@partner.example”, “user2@partner.example” or "
            "one of 9 more; the login’s e-mail address is “ada@meridian.example”."
        ),
        results={
            "Named": [
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
                "not_met row",
            ]
        },
    ),
    Case(
        "Y2 by the row although older evidence agrees",
        policies=[policy("Engineers", include=[OKTA_ENG], require=[GERMANY])],
        identity=identity(groups=["staff"]),
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Engineers”, "
            "needs a location in Germany (DE); the login came from the Netherlands (NL)."
        ),
        results={"Engineers": ["not_met older", "not_met row"]},
    ),
    Case(
        "Y2 two countries at once",
        policies=[policy("Impossible", include=[EVERYONE], require=[NETHERLANDS, GERMANY])],
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Impossible”, "
            "needs a location in Germany (DE); the login came from the Netherlands (NL)."
        ),
        results={"Impossible": ["met row", "met row", "not_met row"]},
    ),
    Case(
        "Y2 only policies that deny",
        policies=[policy("Blocked countries", "deny", include=[GERMANY])],
        headline="Y2",
        sentence="No policy of “Grafana” admits what this login brought; it has no allow policy.",
        results={"Blocked countries": ["not_met row"]},
    ),
    Case(
        "Y2 bypass for another network",
        policies=[policy("Office", "bypass", include=[{"ip": {"ip": "198.51.100.0/24"}}])],
        headline="Y2",
        sentence="No policy of “Grafana” admits what this login brought; it has no allow policy.",
        results={"Office": ["not_met row"]},
    ),
    Case(
        "Y3 one by the row, one as last seen",
        policies=[policy("Partners", include=[PARTNER]), policy("Engineers", include=[MERIDIAN], require=[OKTA_ENG])],
        identity=identity(groups=["staff"]),
        headline="Y3",
        sentence=(
            "As last seen 4 days before this login, “ada@meridian.example” met no policy of “Grafana”. The "
            "nearest of its 2 allow policies, “Partners”, needs an e-mail address ending in "
            "“@partner.example”; the login’s e-mail address is “ada@meridian.example”."
        ),
        results={"Partners": ["not_met row"], "Engineers": ["met row", "not_met older"]},
    ),
    Case(
        "Y3 blocked as last seen",
        policies=[
            policy("Lost devices", "deny", include=[{"device_posture": {"integration_uid": "check-lost"}}]),
            policy("Staff", include=[MERIDIAN]),
        ],
        identity=identity(
            devicePosture={
                "check-lost": {"success": True, "rule_name": "Reported lost", "timestamp": "2026-11-18T13:06:12Z"}
            }
        ),
        headline="Y3",
        sentence=(
            "As last seen 24 hours before this login, “ada@meridian.example” met what the policy “Lost "
            "devices” blocks: a device that passes the check “Reported lost”."
        ),
        results={"Lost devices": ["met older"], "Staff": ["met row"]},
    ),
    Case(
        "Y3 include or require",
        policies=[policy("Engineers", include=[OKTA_ENG, PARTNER], require=[ENCRYPTION, GERMANY])],
        identity=identity(
            groups=["staff"], devicePosture={"check-disk": {"success": False, "rule_name": "Disk encryption"}}
        ),
        headline="Y2",
        sentence=(
            "No policy of “Grafana” admits what this login brought. Its only allow policy, “Engineers”, "
            "needs a location in Germany (DE); the login came from the Netherlands (NL)."
        ),
        results={"Engineers": ["not_met older", "not_met row", "not_met older", "not_met row"]},
    ),
    Case(
        "Y4 one of two rules",
        policies=[policy("Partners", include=[PARTNER]), policy("Engineers", include=[MERIDIAN], require=[OKTA_ENG])],
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Partners": ["not_met row"], "Engineers": ["met row", "unknown none"]},
    ),
    Case(
        "Y4 excluded perhaps",
        policies=[policy("Staff", include=[MERIDIAN], exclude=[OKTA_ENG])],
        headline="Y4",
        sentence=(
            "“Staff” could admit this login; the logs don’t show whether it brought membership of the Okta "
            "group “eng-prod”, which the policy excludes."
        ),
        results={"Staff": ["met row", "unknown none"]},
    ),
    Case(
        "Y4 needed and excluded perhaps",
        policies=[policy("Staff", include=[OKTA_ENG, ENTRA_ENG], exclude=[ENCRYPTION])],
        headline="Y4",
        sentence=(
            "“Staff” could admit this login; the logs don’t show whether it brought membership of the Okta "
            "group “eng-prod” or membership of the Microsoft Entra ID group "
            "“3f0e7c1a-5b7d-4a57-9f53-0c9d1a2b3c4d”, nor whether it brought a device that passes the check "
            "“check-disk”, which the policy excludes."
        ),
        results={"Staff": ["unknown none", "unknown none", "unknown none"]},
    ),
    Case(
        "Y4 although another admits",
        policies=[policy("Engineers", include=[OKTA_ENG]), policy("Staff", include=[MERIDIAN])],
        headline="Y4",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”. By what is known, “Staff” admits it."
        ),
        results={"Engineers": ["unknown none"], "Staff": ["met row"]},
    ),
    Case(
        "Y4 perhaps blocked before",
        policies=[
            policy("Lost devices", "deny", include=[{"device_posture": {"integration_uid": "check-lost"}}]),
            policy("Staff", include=[MERIDIAN]),
        ],
        headline="Y4",
        sentence=(
            "“Staff” could admit this login, unless the policy “Lost devices” blocks it; the logs don’t show "
            "whether it brought a device that passes the check “check-lost”."
        ),
        results={"Lost devices": ["unknown none"], "Staff": ["met row"]},
    ),
    Case(
        "Y4 decision that nobody knows",
        policies=[policy("New", "isolate", include=[MERIDIAN])],
        headline="Y4",
        sentence="The policy “New” could admit this login; Gatehouse doesn’t know what its action “isolate” does.",
        results={"New": ["met row"]},
    ),
    Case(
        "Y4 include that is empty",
        policies=[policy("Empty", include=[])],
        headline="Y4",
        sentence=(
            "“Empty” could admit this login; the logs don’t show whether it brought what a rule asks for "
            "that could not be read."
        ),
        results={"Empty": ["unknown none"]},
    ),
    Case(
        "Y5 admits",
        policies=[policy("Staff", include=[MERIDIAN])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Staff” admits this login. What denied it is not among them.",
        results={"Staff": ["met row"]},
    ),
    Case(
        "Y5 with further steps",
        policies=[
            policy(
                "Staff",
                include=[MERIDIAN],
                approval_required=True,
                purpose_justification_required=True,
                mfa_config={"allowed_authenticators": ["totp"]},
            )
        ],
        headline="Y5",
        sentence=(
            "By the policies read at 14:06, “Staff” admits this login. What denied it is not among them; "
            "“Staff” also asks for approval, a purpose and MFA."
        ),
        results={"Staff": ["met row"]},
    ),
    Case(
        "Y5 bypass for everyone",
        policies=[policy("Public", "bypass", include=[EVERYONE]), policy("Staff", include=[PARTNER])],
        headline="Y5",
        sentence="By the policies read at 14:06, “Public” admits this login. What denied it is not among them.",
        results={"Public": ["met row"], "Staff": ["not_met row"]},
    ),
    Case(
        "Y5 order of precedence",
        policies=[
            policy("Staff", include=[MERIDIAN]),
            policy("All", include=[EVERYONE]),
            policy("Public", "bypass", include=[NETHERLANDS]),
        ],
        headline="Y5",
        sentence="By the policies read at 14:06, “Public” admits this login. What denied it is not among them.",
        results={"Public": ["met row"], "Staff": ["met row"], "All": ["met row"]},
    ),
    Case(
        "Y6 no policies",
        policies=[],
        headline="Y6",
        sentence="“Grafana” had no policies when they were read at 14:06.",
        results={},
    ),
    Case(
        "A1 allowed",
        policies=[policy("Partners", include=[PARTNER]), policy("Staff", include=[MERIDIAN])],
        login={"allowed": True},
        headline="A1",
        sentence="By the policies read at 14:06, “Staff” admits this login.",
        results={"Partners": ["not_met row"], "Staff": ["met row"]},
    ),
    Case(
        "A2 allowed, by what can't be told",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        login={"allowed": True},
        headline="A2",
        sentence=(
            "“Engineers” could admit this login; the logs don’t show whether it brought membership of the "
            "Okta group “eng-prod”."
        ),
        results={"Engineers": ["unknown none"]},
    ),
    Case(
        "A3 allowed although no policy admits",
        policies=[policy("Partners", include=[PARTNER])],
        login={"allowed": True},
        headline="A3",
        sentence=("By the policies read at 14:06, no policy of “Grafana” admits this login, though it was not denied."),
        results={"Partners": ["not_met row"]},
    ),
    Case(
        "A3 allowed although it wouldn't be as last seen",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        login={"allowed": True},
        identity=identity(groups=["staff"]),
        headline="A3",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, no policy of “Grafana” admits "
            "this login, though it was not denied."
        ),
        results={"Engineers": ["not_met older"]},
    ),
    Case(
        "A1 allowed, as last seen",
        policies=[policy("Engineers", include=[OKTA_ENG])],
        login={"allowed": True},
        identity=identity(groups=["eng-prod"]),
        headline="A1",
        sentence=(
            "By the policies read at 14:06 and what was seen 4 days before this login, “Engineers” admits this login."
        ),
        results={"Engineers": ["met older"]},
    ),
    Case(
        "A1 no result recorded",
        policies=[policy("Staff", include=[MERIDIAN])],
        login={"allowed": None},
        headline="A1",
        sentence="By the policies read at 14:06, “Staff” admits this login.",
        results={"Staff": ["met row"]},
    ),
]
