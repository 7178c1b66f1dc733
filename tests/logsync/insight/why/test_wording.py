"""The words of rules."""

from __future__ import annotations

import pytest

from logsync.cloudflare.policies import Rule, RuleGroup, RuleLists
from logsync.insight.why.countries import country_words
from logsync.insight.why.facts import ListItems, Surroundings
from logsync.insight.why.wording import MOST_NAMED, all_of, any_of, merged, needed_words, quoted, rule_words

SURROUNDINGS = Surroundings(
    groups={"b1b7": RuleGroup("b1b7", "Engineers", RuleLists())},
    provider_names={"p1": "Okta", "p2": "Okta Berlin", "p3": "Entra ID"},
    lists={"l1": ListItems("Contractors", None)},
    names={"n1": "CI", "n2": "eng-prod", "n3": "Disk encryption"},
)


def said(sentence):
    return sentence.text(str, lambda quote: f"“{quote}”")


CASES = [
    ({"everyone": {}}, "anyone", "anyone"),
    ({"email": {"email": "jane@meridian.example"}}, "e-mail address is “jane@meridian.example”", None),
    ({"email_domain": {"domain": "meridian.example"}}, "e-mail address ends in “@meridian.example”", None),
    (
        {"email_domain": {"domain": ["a.io", "b.io"]}},
        "e-mail address ends in “@a.io” or “@b.io”",
        None,
    ),
    ({"email_list": {"id": "l1"}}, "e-mail address is in the list “Contractors”", None),
    ({"ip": {"ip": "192.0.2.0/24"}}, "IP address is in “192.0.2.0/24”", "an IP address in “192.0.2.0/24”"),
    ({"ip_list": {"id": "l2"}}, "IP address is in the list “l2”", None),
    ({"geo": {"country_code": "de"}}, "country is Germany (DE)", "a location in Germany (DE)"),
    ({"geo": {"country_code": "T1"}}, "country is Tor (T1)", None),
    ({"geo": {"country_code": "ZZ"}}, "country is “ZZ”", None),
    ({"login_method": {"id": "p1"}}, "signed in with “Okta”", "a sign-in with “Okta”"),
    ({"group": {"id": "b1b7"}}, "in the rule group “Engineers”", "a place in the rule group “Engineers”"),
    ({"azureAD": {"id": "n2", "identity_provider_id": "p3"}}, "in the Microsoft Entra ID group “eng-prod”", None),
    ({"okta": {"name": "eng-prod", "identity_provider_id": "p1"}}, "in the Okta group “eng-prod”", None),
    ({"okta": {"name": "staff", "identity_provider_id": "p2"}}, "in the Okta group “staff” (“Okta Berlin”)", None),
    ({"gsuite": {"email": "eng@meridian.example"}}, "in the Google Workspace group “eng@meridian.example”", None),
    ({"github-organization": {"name": "m", "team": "t"}}, "in the GitHub organisation “m”, team “t”", None),
    ({"saml": {"attribute_name": "unit", "attribute_value": "R&D"}}, "SAML attribute “unit” is “R&D”", None),
    ({"oidc": {"claim_name": "unit", "claim_value": "R&D"}}, "OIDC claim “unit” is “R&D”", None),
    ({"device_posture": {"integration_uid": "n3"}}, "device passes the check “Disk encryption”", None),
    ({"certificate": {}}, "has a valid client certificate", "a valid client certificate"),
    ({"common_name": {"common_name": "laptop"}}, "client certificate has the common name “laptop”", None),
    ({"service_token": {"token_id": "n1"}}, "service token is “CI”", "the service token “CI”"),
    ({"any_valid_service_token": {}}, "has a valid service token", "a valid service token"),
    ({"auth_method": {"auth_method": "hwk"}}, "authentication method is “hwk”", None),
    ({"user_risk_score": {"user_risk_score": ["low", "medium"]}}, "user risk score is “low” or “medium”", None),
    (
        {"moon_phase": {"is": "full"}},
        '“moon_phase”: “{"is":"full"}”',
        'what the rule “moon_phase” asks for: “{"is":"full"}”',
    ),
    ({"email": None}, "“email”: “null”", None),
    (None, "a rule that could not be read", None),
    ([1], "“[1]”", "what the rule “[1]” asks for"),
]


@pytest.mark.parametrize(("rule", "words", "needed"), CASES, ids=str)
def test_rule_is_worded(rule, words, needed):
    rule = Rule.from_json(rule)
    assert said(rule_words(rule, SURROUNDINGS)) == words
    if needed:
        assert said(needed_words(rule, SURROUNDINGS)) == needed


@pytest.mark.parametrize(
    ("rule", "hidden"),
    [
        ({"email": {"email": "jane@meridian.example"}}, "jane"),
        ({"ip": {"ip": "192.0.2.0/24"}}, "192.0"),
        ({"saml": {"attribute_name": "mail", "attribute_value": "jane@meridian.example"}}, "jane"),
        ({"oidc": {"claim_name": "mail", "claim_value": "jane@meridian.example"}}, "jane"),
        ({"common_name": {"common_name": "jane-laptop"}}, "jane"),
        ({"external_evaluation": {"evaluate_url": "https://jane.example"}}, "jane"),
        ({"moon_phase": {"of": "jane"}}, "jane"),
        (["jane"], "jane"),
    ],
    ids=str,
)
def test_short_form_names_nobody(rule, hidden):
    rule = Rule.from_json(rule)
    for form in (rule_words, needed_words):
        assert hidden in said(form(rule, SURROUNDINGS))
        assert hidden not in said(form(rule, SURROUNDINGS, short=True))


def test_short_form_keeps_groups():
    rule = Rule.from_json({"saml": {"attribute_name": "unit", "attribute_value": "R&D"}})
    assert rule_words(rule, SURROUNDINGS, short=True) == rule_words(rule, SURROUNDINGS)


def test_long_json_is_cut():
    rule = Rule.from_json({"moon_phase": {"is": "x" * 1000}})
    assert said(rule_words(rule, SURROUNDINGS)).endswith("xxx…”")
    assert len(said(rule_words(rule, SURROUNDINGS))) < 400


def test_many_rules_are_counted():
    rules = [quoted(letter) for letter in "abcdef"]
    assert said(any_of(rules)) == f"“a”, “b”, “c” or one of {len(rules) - MOST_NAMED} more"
    assert said(all_of(rules)) == "“a”, “b”, “c” and 3 more"
    assert said(any_of(rules[:4])) == "“a”, “b”, “c” or “d”"
    assert said(all_of(rules[:1] * 2)) == "“a”"


def test_country_has_english_name():
    assert [country_words(code) for code in ("gb", "NL", "XX", "")] == [
        "the United Kingdom",
        "the Netherlands",
        "Unknown country",
        "",
    ]


def test_rules_that_differ_in_one_value_are_merged():
    items = [
        {"geo": {"country_code": "DE"}},
        {"okta": {"name": "staff", "identity_provider_id": "p1"}},
        {"geo": {"country_code": "NL"}},
        {"okta": {"name": "ops", "identity_provider_id": "p2"}},
        {"okta": {"name": "eng", "identity_provider_id": "p1"}},
        {"geo": None},
        {"geo": None},
    ]
    rules = merged([Rule.from_json(item) for item in items])
    assert [said(rule_words(rule, SURROUNDINGS)) for rule in rules] == [
        "country is Germany (DE) or the Netherlands (NL)",
        "in the Okta group “staff” or “eng”",
        "in the Okta group “ops” (“Okta Berlin”)",
        "“geo”: “null”",
        "“geo”: “null”",
    ]
