"""What is said beside the headlines of the cases: next steps, limits, the short form, and what is never said."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from logsync.insight.why import rules
from logsync.insight.why.facts import Change
from logsync.insight.why.judge import explain
from logsync.insight.why.sentences import WHY, ask_for, headline_of, limits_of, policy_words, seen_words
from logsync.insight.why.wording import WORDS
from tests.logsync.insight.why.cases import evidence_of, said
from tests.why_cases import (
    CASES,
    ENCRYPTION,
    ENTRA,
    GERMANY,
    LOGIN_AT,
    MERIDIAN,
    NETHERLANDS,
    OKTA,
    OKTA_ENG,
    PARTNER,
    PIN,
    READ_AT,
    Case,
    group,
    identity,
    in_group,
    policy,
)

NEVER = re.compile(
    r"\b(because|due to|caused by|therefore|policy denied|no permission|MFA failed|hacked|blocked by SCIM)\b"
    r"|\b(always|never)\b",
    re.IGNORECASE,
)
HOUR = timedelta(hours=1)


def told(*policies, app=None, **fields):
    """The evidence on a login at an application with these policies, and the answer."""
    evidence = evidence_of(Case("", list(policies), "", "", {}, app=app or {}, **fields))
    return explain(evidence), evidence


def with_app(evidence, **fields):
    evidence = replace(evidence, app=replace(evidence.app, **fields))
    return explain(evidence), evidence


def all_said(sentences):
    return [said(sentence) for sentence in sentences]


def test_nothing_says_what_was_the_cause():
    texts = [*WHY.values(), *WORDS.values()]
    for path in Path(rules.__file__).parent.glob("*.py"):
        texts += [
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    assert [text for text in texts if NEVER.search(text)] == []


OKTA_OPS = {"okta": {"name": "ops", "identity_provider_id": OKTA}}
ADA = "“ada@meridian.example”"
ASKED = [
    (
        [policy("Engineers", include=[OKTA_ENG])],
        {"identity": identity(groups=["staff"])},
        [
            f"If {ADA} should have access, ask for membership of the Okta group “eng-prod” in “Okta”; "
            "it counts from the next login."
        ],
    ),
    (
        [policy("Engineers", include=[in_group("Engineering")])],
        {
            "identity": identity(groups=["staff"]),
            "groups": [
                group("Engineering", include=[OKTA_ENG, {"okta": {"name": "ops", "identity_provider_id": OKTA}}])
            ],
        },
        [
            f"If {ADA} should have access, ask for membership of the Okta group “eng-prod” or “ops” in “Okta”; "
            "it counts from the next login."
        ],
    ),
    (
        [policy("Engineers", include=[OKTA_ENG])],
        {},
        [f"Check in “Okta” whether {ADA} has membership of the Okta group “eng-prod”."],
    ),
    (
        [policy("Office", include=[{"ip": {"ip": "198.51.100.0/24"}}], require=[GERMANY])],
        {},
        [
            "Ask which network the person is on, for example the office or a VPN: “Office” needs an IP address in "
            "“198.51.100.0/24”.",
            "Ask where the person is, and whether a VPN changes their country: “Office” needs a location in Germany "
            "(DE).",
        ],
    ),
    (
        [policy("By Entra", include=[{"login_method": {"id": ENTRA}}])],
        {},
        ["Have the person try a sign-in with “Microsoft Entra ID”."],
    ),
    (
        [policy("Partners", include=[PARTNER])],
        {},
        [
            f"Check that {ADA} logs in with the right address: “Partners” needs an e-mail address ending in "
            "“@partner.example”."
        ],
    ),
    (
        [policy("Listed", include=[{"email_list": {"id": "l"}}])],
        {"lists": [{"id": "l", "name": "Staff", "items": []}]},
        [f"If {ADA} should have access, ask for an e-mail address in the list “Staff” in Cloudflare."],
    ),
    (
        [policy("Encrypted", include=[MERIDIAN], require=[ENCRYPTION])],
        {"identity": identity(devicePosture={"check-disk": {"success": False, "rule_name": "Disk"}})},
        ["Look at the device: “Encrypted” needs a device that passes the check “Disk”."],
    ),
    (
        [policy("Staff", include=[MERIDIAN], exclude=[NETHERLANDS])],
        {},
        [
            f"“Staff” excludes a location in the Netherlands (NL); if {ADA} should have access, ask the people who "
            "look after that policy."
        ],
    ),
    (
        [policy("Staff", include=[MERIDIAN], exclude=[ENCRYPTION])],
        {},
        ["Check in Cloudflare: “Staff” excludes a device that passes the check “check-disk”."],
    ),
    (
        [policy("Lost", "deny", include=[ENCRYPTION]), policy("Staff", include=[MERIDIAN])],
        {},
        ["Check in Cloudflare: the policy “Lost” blocks a device that passes the check “check-disk”."],
    ),
    (
        [policy("Lost", "deny", include=[{"everyone": {}}], exclude=[OKTA_ENG]), policy("Staff", include=[MERIDIAN])],
        {},
        ["Check in Cloudflare: the policy “Lost” excludes membership of the Okta group “eng-prod”."],
    ),
    (
        [policy("Blocked", "deny", include=[NETHERLANDS])],
        {},
        [f"If {ADA} should have access, ask the people who look after the policy “Blocked”."],
    ),
    (
        [policy("Moon", include=[{"moon_phase": {"is": "full"}}])],
        {},
        ['Look in Cloudflare: “Moon” needs what the rule “moon_phase” asks for: “{"is":"full"}”.'],
    ),
    (
        [policy("Staff", include=[MERIDIAN], approval_required=True)],
        {},
        [
            "Ask whether the person was asked for approval, and what came of it.",
            f"Run the Access policy tester for {ADA} in Cloudflare; it knows only today’s policies.",
        ],
    ),
    ([policy("Blocked", "deny", include=[GERMANY])], {}, ["Look at the policies of “Grafana” in Cloudflare."]),
    ([], {}, ["Look at the policies of “Grafana” in Cloudflare."]),
]


@pytest.mark.parametrize(("policies", "fields", "expected"), ASKED, ids=range(len(ASKED)))
def test_next_steps(policies, fields, expected):
    assert all_said(ask_for(*told(*policies, **fields))) == expected


def test_provider_that_app_does_not_take():
    why, evidence = told(
        policy("Staff", include=[MERIDIAN], mfa_config={"allowed_authenticators": ["totp"]}),
        app={"allowed_idps": [PIN]},
    )
    assert (why.headline, why.provider.result, why.provider.source) == ("Y5", "not_met", "row")
    assert said(headline_of(why, evidence)) == (
        "By the policies read at 14:06, “Staff” admits this login. What denied it is not among them; “Staff” also asks "
        "for MFA; “Grafana” takes only a sign-in with “One-time PIN”, and this login came through “Okta”."
    )
    assert all_said(ask_for(why, evidence))[-1] == "Have the person try a sign-in with “One-time PIN”."
    assert "“Grafana” takes only a sign-in with “One-time PIN”; this login came through “Okta”." in all_said(
        limits_of(why, evidence)
    )


def test_providers_that_app_takes():
    assert told(app={"allowed_idps": [OKTA, PIN]})[0].provider is None
    why, evidence = told(policy("Staff", include=[MERIDIAN]), app={"allowed_idps": [OKTA, PIN]})
    assert why.provider.result == "met"
    assert all_said(limits_of(why, evidence)) == ["The policies were last read at 14:06."]
    why, evidence = told(policy("Staff", include=[MERIDIAN]), app={"allowed_idps": [PIN]}, login={"connection": ""})
    assert all_said(limits_of(why, evidence))[-1] == (
        "“Grafana” takes only a sign-in with “One-time PIN”; the logs don’t show whether this login was one."
    )


CHANGES = (
    Change("policy", "p", "Engineers", LOGIN_AT - HOUR, LOGIN_AT + HOUR),
    Change("group", "g", "Engineering", None, LOGIN_AT + 2 * HOUR, at=LOGIN_AT + HOUR / 2),
    Change("app", "a", "", None, LOGIN_AT),
    Change("list", "l", "Staff", None, LOGIN_AT - HOUR),
    Change("list", "m", "Partners", None, LOGIN_AT - HOUR),
)


def test_changed_since_is_told():
    why, evidence = with_app(told(policy("Staff", include=[MERIDIAN]))[1], changed_since=CHANGES, as_of_login=False)
    changes = (
        "the rule group “Engineering” at 13:36, the policy “Engineers” between 12:06 and 14:06, the application “a” by "
        "13:06 and 2 more"
    )
    assert said(headline_of(why, evidence)) == (
        "By the policies read at 14:06, “Staff” admits this login. What denied it is not among them; or they changed "
        f"since: {changes}."
    )
    assert all_said(limits_of(why, evidence)) == ["The policies were last read at 14:06."]
    assert all_said(ask_for(why, evidence))[0] == f"Ask the people who changed {changes} whether that was meant."


def test_headline_tells_that_policies_changed():
    evidence = told(policy("Staff", include=[PARTNER]))[1]
    as_it_was = said(headline_of(*with_app(evidence)))
    why, changed = with_app(evidence, changed_since=CHANGES[:1], as_of_login=False)
    assert (why.headline, said(headline_of(why, changed))) == (
        "Y2",
        f"{as_it_was} At the time of this login it may have been otherwise; changed since: the policy “Engineers” "
        "between 12:06 and 14:06.",
    )
    why, unproved = with_app(evidence, as_of_login=False)
    assert said(headline_of(why, unproved)) == (
        f"{as_it_was} The policies may have been others at the time of this login."
    )


def test_headline_tells_of_an_earlier_reading():
    evidence = told(policy("Staff", include=[PARTNER]))[1]
    as_it_was = said(headline_of(*with_app(evidence)))
    why, read_before = with_app(evidence, as_of_login=False, read_at=LOGIN_AT - timedelta(minutes=2))
    assert said(headline_of(why, read_before)) == (
        f"{as_it_was} The policies were last read 2 minutes before this login."
    )


def test_later_changes_stand_apart():
    evidence = told(policy("Staff", include=[PARTNER]))[1]
    why, changed = with_app(evidence, changed_since=CHANGES[:1])
    assert said(headline_of(why, changed)) == said(headline_of(*with_app(evidence)))
    assert all_said(limits_of(why, changed)) == [
        "The policies were last read at 14:06.",
        "Changed since this login: the policy “Engineers” between 12:06 and 14:06.",
    ]


def test_policies_of_another_time():
    evidence = told(policy("Staff", include=[MERIDIAN]))[1]
    why, evidence = with_app(evidence, as_of_login=False, read_at=None)
    assert said(headline_of(why, evidence)) == (
        "By the policies read at an unknown time, “Staff” admits this login. What denied it is not among them; or they "
        "were others at the time of this login."
    )
    assert all_said(limits_of(why, evidence))[0] == "It isn’t known when the policies were last read."


def test_app_that_could_not_be_read():
    why, evidence = with_app(told()[1], policies=None, app="", unreadable="Grant Access: Apps and Policies Read.")
    assert (why.headline, said(headline_of(why, evidence))) == (
        "Y6",
        "The policies of this application could not be read: Grant Access: Apps and Policies Read.",
    )
    assert list(limits_of(why, evidence)) == []


def test_policy_that_could_not_be_read():
    partners = told(policy("Partners", include=[PARTNER]))[1]
    why, evidence = with_app(partners, unread=("p9",), unreadable="Gatehouse has not read reusable policies yet.")
    assert (why.headline, [one.policy.policy_id for one in why.policies]) == ("Y4", ["policy-partners", "p9"])
    assert said(headline_of(why, evidence)) == (
        "A policy of “Grafana” could not be read; it could admit this login or block it."
    )
    assert all_said(ask_for(why, evidence)) == ["Look at the policies of “Grafana” in Cloudflare."]
    assert all_said(limits_of(why, evidence))[-1] == (
        "Reusable policies could not be read: Gatehouse has not read reusable policies yet."
    )
    why, evidence = with_app(told(policy("Staff", include=[MERIDIAN]))[1], unread=("p9",))
    assert (why.headline, why.subject.policy.name, why.against.policy.policy_id) == ("Y4", "Staff", "p9")
    why, evidence = with_app(told()[1], unread=("p9",))
    assert said(headline_of(why, evidence)) == (
        "The policies of “Grafana” could not be read: Gatehouse has not read them yet."
    )


def test_older_evidence_is_told_with_its_time():
    why, evidence = told(
        policy("Engineers", include=[OKTA_ENG], require=[ENCRYPTION]),
        identity=identity(
            groups=["eng-prod"],
            devicePosture={"check-disk": {"success": True, "rule_name": "Disk", "timestamp": "2026-11-19T12:06:12Z"}},
        ),
    )
    assert all_said(seen_words(rule, evidence) for rule in why.subject.rules) == [
        "last seen 4 days before this login: “eng-prod”",
        "last seen 60 minutes before this login: “passed”",
    ]
    assert all_said(limits_of(why, evidence))[1] == (
        "Groups, attributes and devices are as Cloudflare last saw them, 4 days before this login; this login may have "
        "brought others."
    )


def test_scim_is_told_as_what_it_says():
    why, evidence = told(policy("Engineers", include=[OKTA_ENG]), scim=[("eng-prod", False, 2 * HOUR)])
    seen = [seen_words(rule, evidence) for rule in why.policies[0].rules]
    assert all_said(seen) == ["SCIM says: “not a member” (2 hours before this login)"]
    assert all_said(limits_of(why, evidence))[-1] == (
        "SCIM shows what Cloudflare stored, not which groups came with this login."
    )


def test_evidence_of_a_login_without_time():
    _, evidence = told(policy("Engineers", include=[OKTA_ENG]), identity=identity(groups=["staff"]))
    evidence = replace(evidence, login=replace(evidence.login, at=None))
    why = explain(evidence)
    assert said(headline_of(why, evidence)).startswith(f"As last seen at 13:06, {ADA} met no policy of “Grafana”.")


def test_missing_parts_are_named():
    _, evidence = told(policy("All", include=[OKTA_ENG, in_group("Engineering"), {"email_list": {"id": "l"}}]))
    missing = {"groups": "grant A.", "lists": "grant B.", "users": "grant C.", "audit_log": "grant D."}
    evidence = replace(evidence, surroundings=replace(evidence.surroundings, missing=missing))
    assert all_said(limits_of(explain(evidence), evidence))[1:] == [
        "Rule groups could not be read: grant A.",
        "Gateway lists could not be read: grant B.",
        "The identities that Cloudflare last saw could not be read: grant C.",
    ]


def test_policies_are_told_with_what_they_need():
    why, evidence = told(
        policy("Blocked", "deny", include=[GERMANY]),
        policy("Staff", include=[MERIDIAN]),
        policy("Engineers", include=[OKTA_ENG], require=[GERMANY]),
        policy("Encrypted", include=[MERIDIAN], require=[ENCRYPTION]),
    )
    assert all_said(policy_words(one, evidence) for one in why.policies) == [
        "Not met: blocks a location in Germany (DE)",
        "Met by what is known",
        "Not met: needs a location in Germany (DE)",
        "Can’t be told: needs a device that passes the check “check-disk”",
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_short_form_names_no_other_person_or_network(case):
    evidence = evidence_of(case)
    why = explain(evidence)
    sentences = [headline_of(why, evidence, short=True), *ask_for(why, evidence, short=True)]
    sentences += [*limits_of(why, evidence, short=True)]
    sentences += [policy_words(one, evidence, short=True) for one in why.policies]
    spoken = " ".join(all_said(sentences))
    others = set(re.findall(r"[\w.]+@(?:meridian|partner)\.example|\d+\.\d+\.\d+\.\d+(?:/\d+)?", spoken))
    # The login's own, and the addresses of groups.
    assert others <= {"ada@meridian.example", "192.0.2.7", "eng@meridian.example", "ops@meridian.example"}


def test_service_is_about_service_auth():
    service = {"user_email": "", "user_id": "", "connection": "service_token"}
    robots = policy("Robots", "non_identity", include=[{"any_valid_service_token": {}}])
    why, evidence = told(policy("Staff", include=[MERIDIAN]), robots, login=service)
    assert (why.headline, why.subject.policy.name, why.nearest.policy.name) == ("Y4", "Robots", "Robots")
    assert all_said(ask_for(why, evidence)) == [
        "Look at the service token that was used: “Robots” needs a valid service token."
    ]
    robots = policy("Robots", "non_identity", include=[{"ip": {"ip": "198.51.100.0/24"}}])
    why, evidence = told(robots, login=service)
    assert "Its only Service Auth policy, “Robots”, needs an IP address in" in said(headline_of(why, evidence))


def test_nearest_has_fewest_conditions_missing():
    many = policy("Many", include=[{"email": {"email": f"user{number}@partner.example"}} for number in range(20)])
    two = policy("Two", include=[MERIDIAN], require=[GERMANY, {"ip": {"ip": "198.51.100.0/24"}}])
    unknown = policy("Unknown", include=[PARTNER], require=[ENCRYPTION])
    assert told(two, many)[0].nearest.policy.name == "Many"
    assert told(unknown, many)[0].nearest.policy.name == "Many"
    assert told(two, unknown)[0].nearest.policy.name == "Unknown"
    assert told(policy("First", include=[PARTNER]), many)[0].nearest.policy.name == "First"


def test_masked_address_is_compared_whole():
    class Masked(str):
        whole = "192.0.2.7"

    _, evidence = told(policy("Office", include=[{"ip": {"ip": "192.0.2.0/28"}}]))
    evidence = replace(evidence, login=replace(evidence.login, ip_address=Masked("192.0.2.…")))
    why = explain(evidence)
    assert (why.headline, why.policies[0].rules[0].seen) == ("Y5", "192.0.2.…")
    evidence = replace(evidence, login=replace(evidence.login, ip_address="192.0.2.…"))
    assert explain(evidence).policies[0].rules[0].result == "unknown"


def test_read_at_is_that_of_app():
    why, _ = told(policy("Staff", include=[MERIDIAN]))
    assert (why.read_at, why.changed_since) == (READ_AT, ())
