"""What a case of `tests.why_cases` is to the evaluator, without a database."""

from __future__ import annotations

from dataclasses import replace

from logsync.cloudflare.policies import AppSettings, Policy, RuleGroup
from logsync.insight.explain.identities import identity_of
from logsync.insight.explain.load import login_facts
from logsync.insight.sentence import Sentence
from logsync.insight.why.answer import Why
from logsync.insight.why.facts import AppPolicies, Evidence, Identity, ListItems, ScimGroup, Surroundings
from logsync.models import AccessRequest, person_of
from tests.why_cases import APP, LOGIN, LOGIN_AT, OKTA, READ_AT, Case


def evidence_of(case: Case) -> Evidence:
    """All that a case says is known."""
    row = AccessRequest(**(LOGIN | case.login))
    row.person = person_of(row.user_email)
    app = AppPolicies(
        account_id=1,
        app_uid=APP["id"],
        app=APP["name"],
        policies=tuple(Policy.from_json(one, place) for place, one in enumerate(case.policies, start=1)),
        read_at=READ_AT,
        as_of_login=True,
        allowed_idps=AppSettings.from_json(APP | case.app).allowed_idps,
    )
    scim = tuple(
        ScimGroup(frozenset({name}), OKTA, is_member, LOGIN_AT - before) for name, is_member, before in case.scim
    )
    return Evidence(login_facts(row), app, surroundings_of(case), seen_in(case), scim)


def surroundings_of(case: Case) -> Surroundings:
    checks = (case.identity or {}).get("devicePosture", {})
    return Surroundings(
        groups={one["id"]: RuleGroup.from_json(one) for one in case.groups},
        provider_types={idp_id: kind for idp_id, (kind, _) in case.providers.items()},
        provider_names={idp_id: name for idp_id, (_, name) in case.providers.items()},
        lists={
            one["id"]: ListItems(one["name"], frozenset(item["value"] for item in one["items"])) for one in case.lists
        },
        names={check: result["rule_name"] for check, result in checks.items()},
    )


def seen_in(case: Case) -> Identity | None:
    """What Cloudflare last saw of the person."""
    if case.identity is None:
        return None
    seen = identity_of(case.identity, LOGIN_AT - case.identity_age, READ_AT)
    return replace(seen, user_id=case.identity["user_uuid"])


def results_of(why: Why) -> dict[str, list[str]]:
    """The result and the source of each rule, by the name of its policy."""
    return {one.policy.name: [f"{rule.result} {rule.source}" for rule in one.rules] for one in why.policies}


def said(sentence: Sentence) -> str:
    return sentence.text(lambda moment: f"{moment:%H:%M}", lambda quote: f"“{quote}”")
