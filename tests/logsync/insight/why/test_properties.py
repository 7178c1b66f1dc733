"""What holds of any policies and any login, whatever is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.policies import AppSettings, Policy, Rule, RuleGroup, RuleLists
from logsync.insight.explain.identities import identity_of
from logsync.insight.why.answer import Result, Source
from logsync.insight.why.facts import AppPolicies, Change, Evidence, ListItems, LoginFacts, Surroundings, Who
from logsync.insight.why.judge import answer_policy, explain
from logsync.insight.why.rules import CHECKS, NEVER_DECIDED
from logsync.insight.why.sentences import ask_for, headline_of, limits_of, policy_words, seen_words
from tests.examples import examples
from tests.logsync.insight.why.random_evidence import AT, some_evidence

SEEDS = st.integers(0, 10**9)
TEXTS = st.text(max_size=8) | st.sampled_from(["ada@a.example", "192.0.2.0/24", "g", "idp", "NL", "okta", "::/0"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["group", *sorted(CHECKS.keys() | NEVER_DECIDED)])
KEYS = ("id", "email", "domain", "ip", "country_code", "name", "token_id", "integration_uid", "attribute_name")
VALUES = JSON | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3)
RULES = st.dictionaries(KINDS, VALUES, min_size=1, max_size=1) | JSON
LISTS = st.fixed_dictionaries(
    {}, optional={name: st.lists(RULES, max_size=3) | JSON for name in ("include", "require", "exclude")}
)
POLICIES = st.builds(
    lambda lists, **fields: lists | fields,
    LISTS,
    decision=st.sampled_from(["allow", "deny", "bypass", "non_identity", "isolate"]) | JSON,
    name=JSON,
    precedence=JSON,
    mfa_config=JSON,
)
IDENTITIES = JSON | st.dictionaries(
    st.sampled_from(["email", "idp", "groups", "devicePosture", "mtls_auth", "saml_attributes", "oidc_fields"]), JSON
)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
LOGINS = st.builds(
    LoginFacts, MOMENTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(Who), st.sampled_from([True, False, None])
)
CHANGES = st.builds(Change, TEXTS, TEXTS, TEXTS, MOMENTS, st.just(AT), MOMENTS)


@given(
    POLICIES | JSON,
    st.lists(POLICIES | JSON, max_size=3),
    st.dictionaries(TEXTS, LISTS | JSON, max_size=3),
    LOGINS,
    st.none() | IDENTITIES,
    st.lists(CHANGES, max_size=5),
)
@examples(300)
def test_nothing_raises(first, policies, groups, login, seen, changes):
    settings = AppSettings.from_json(first)
    app = AppPolicies(
        1,
        "app",
        settings.name,
        tuple(map(Policy.from_json, [first, *policies])),
        login.at,
        changed_since=tuple(changes),
        allowed_idps=settings.allowed_idps,
        unread=tuple(groups),
    )
    around = Surroundings(
        groups={one: RuleGroup.from_json(content) for one, content in groups.items()},
        provider_types={"idp": "okta", login.user_id: login.connection},
        lists={one: ListItems(one, frozenset(groups)) for one in groups},
    )
    identity = None if seen is None else replace(identity_of(seen, login.at, AT), user_id=login.user_id)
    evidence = Evidence(login, app, around, identity)
    why = explain(evidence)
    sentences = [words for one in why.policies for rule in one.rules if (words := seen_words(rule, evidence))]
    for short in (False, True):
        sentences += [headline_of(why, evidence, short=short), *ask_for(why, evidence, short=short)]
        sentences += limits_of(why, evidence, short=short)
        sentences += [policy_words(one, evidence, short=short) for one in why.policies]
    assert all(sentence.text(str).strip() for sentence in sentences)


def results(evidence):
    """The result and the source of each policy and each of its rules, by the policy's id."""
    return {
        one.policy.policy_id: [(one.result, one.source), *((rule.result, rule.source) for rule in one.rules)]
        for one in explain(evidence).policies
    }


def pairs(less, more):
    before, after = results(less), results(more)
    return [pair for policy, found in before.items() for pair in zip(found, after[policy], strict=True)]


@given(SEEDS)
@examples(300)
def test_more_older_evidence_only_adds(seed):
    more = some_evidence(Random(seed))
    less = replace(more, identity=None, scim_groups=())
    for (result, source), after in pairs(less, more):
        assert result is Result.UNKNOWN or after == (result, source)


@given(SEEDS)
@examples(300)
def test_what_row_shows_stays(seed):
    random = Random(seed)
    more = some_evidence(random)
    for (result, source), after in pairs(_with_less(more, random), more):
        assert source is not Source.ROW or after == (result, source)


@given(SEEDS)
@examples(300)
def test_more_of_the_row_only_adds(seed):
    random = Random(seed)
    more = replace(some_evidence(random), identity=None, scim_groups=())
    for (result, source), after in pairs(_with_less(more, random), more):
        assert result is Result.UNKNOWN or after == (result, source)


def _with_less(evidence, random):
    """The same without some of what the row and the configuration show."""
    blank = {name: "" for name in ("user_email", "ip_address", "country", "connection") if random.random() < 0.5}
    around = evidence.surroundings
    if random.random() < 0.5:
        around = replace(around, provider_types=None)
    known = {one: group for one, group in around.groups.items() if random.random() < 0.5}
    lists = {one: items for one, items in around.lists.items() if random.random() < 0.5}
    return replace(
        evidence, login=replace(evidence.login, **blank), surroundings=replace(around, groups=known, lists=lists)
    )


@given(SEEDS)
@examples(150)
def test_order_of_rules_does_not_matter(seed):
    random = Random(seed)
    evidence = some_evidence(random)

    def shuffled(rules):
        return tuple(random.sample(rules, len(rules)))

    def mixed(lists):
        return RuleLists(*(shuffled(rules) for _, rules in lists.named()))

    policies = tuple(replace(one, rules=mixed(one.rules)) for one in evidence.app.policies)
    groups = {one: replace(group, rules=mixed(group.rules)) for one, group in evidence.surroundings.groups.items()}
    other = replace(
        evidence,
        app=replace(evidence.app, policies=policies),
        surroundings=replace(evidence.surroundings, groups=groups),
    )
    assert essence(explain(other)) == essence(explain(evidence))


@given(SEEDS)
@examples(150)
def test_names_do_not_matter(seed):
    evidence = some_evidence(Random(seed))
    policies = tuple(replace(one, name=f"Renamed {one.name}") for one in evidence.app.policies)
    groups = {one: replace(group, name="Renamed") for one, group in evidence.surroundings.groups.items()}
    other = replace(
        evidence,
        app=replace(evidence.app, app="Renamed", policies=policies),
        surroundings=replace(evidence.surroundings, groups=groups),
    )
    assert essence(explain(other)) == essence(explain(evidence))


def essence(why):
    named = [one and one.policy.policy_id for one in (why.subject, why.nearest, why.against, why.admitting)]
    return why.headline, named, [(one.policy.policy_id, one.result, one.source) for one in why.policies]


LOGIN = LoginFacts(AT, "ada@a.example", "u1", "192.0.2.7", "NL", "okta")


def answered(policy, groups=None):
    """What is known of a policy, with these rule groups by their id."""
    around = Surroundings(
        groups={one: RuleGroup.from_json({"id": one, "name": one, **lists}) for one, lists in (groups or {}).items()}
    )
    return answer_policy(Policy.from_json(policy), Evidence(LOGIN, AppPolicies(1, "a", "A", (), None), around))


def in_group(group_id):
    return {"group": {"id": group_id}}


def test_groups_nested_fifty_deep():
    groups = {f"g{depth}": {"include": [in_group(f"g{depth + 1}")]} for depth in range(50)}
    groups["g50"] = {"include": [{"everyone": {}}], "require": [{"geo": {"country_code": "DE"}}]}
    answer = answered({"include": [in_group("g0")]}, groups)
    assert (answer.result, answer.source) == ("not_met", "row")
    rule, depth = answer.rules[0], 0
    while rule.parts:
        rule, depth = rule.parts[-1], depth + 1
    assert (rule.rule.kind, depth) == ("geo", 51)


def test_deeper_groups_are_judged_but_not_shown():
    groups = {f"g{depth}": {"include": [in_group(f"g{depth + 1}")]} for depth in range(5_000)}
    groups["g5000"] = {"include": [{"everyone": {}}]}
    answer = answered({"include": [in_group("g0")]}, groups)
    assert (answer.result, answer.source) == ("met", "row")
    rule = answer.rules[0]
    while rule.parts:
        [rule] = rule.parts
    assert (rule.result, rule.reason) == ("met", "the rules in it are not shown: there are too many")


def test_group_used_twice_at_every_level():
    groups = {f"g{depth}": {"include": [in_group(f"g{depth + 1}")] * 2} for depth in range(50)}
    groups["g50"] = {"include": [{"everyone": {}}]}
    assert answered({"include": [in_group("g0")]}, groups).result == "met"


def test_circle_is_unknown_where_it_matters():
    circle = {"a": {"include": [in_group("b")]}, "b": {"include": [in_group("a")], "exclude": [in_group("c")]}}
    assert answered({"include": [in_group("a")]}, circle | {"c": {"include": [{"email": {"email": "x"}}]}}).result == (
        "unknown"
    )
    assert answered({"include": [in_group("a")]}, circle | {"c": {"include": [{"everyone": {}}]}}).result == "not_met"


def test_groups_that_all_hold_one_another():
    groups = {f"g{one}": {"include": [in_group(f"g{other}") for other in range(60)]} for one in range(60)}
    groups["g59"]["include"].append({"everyone": {}})
    answer = answered({"include": [in_group("g0")]}, groups)
    assert (answer.result, answer.source) == ("met", "row")


def test_every_rule_is_asked_once(monkeypatch):
    asked = []

    def ask(rule, evidence):
        asked.append(rule)
        return CHECKS["everyone"](rule, evidence)

    monkeypatch.setitem(CHECKS, "email", ask)
    rules = [{"email": {"email": f"user{number}@a.example"}} for number in range(500)]
    answer = answered({"include": rules})
    assert (answer.result, len(answer.rules), len(asked)) == ("met", 500, 500)


def test_value_nested_too_deeply_is_still_worded():
    value: dict[str, Any] = {}
    for _ in range(5_000):
        value = {"deeper": value}
    rule = Rule("moon_phase", value)
    policy = Policy("p", "Moon", "allow", RuleLists(include=(rule, rule, Rule("okta", value | {"name": "eng"}))))
    evidence = Evidence(LOGIN, AppPolicies(1, "a", "A", (policy,), datetime.now(UTC)), Surroundings())
    why = explain(evidence)
    assert "“…”" in headline_of(why, evidence).text(str, lambda quote: f"“{quote}”")
    assert list(ask_for(why, evidence))


def test_times_far_apart_are_worded():
    evidence = some_evidence(Random(3))
    identity = replace(
        identity_of({"email": "ada@a.example"}, datetime.min.replace(tzinfo=UTC), AT), user_id="u1", certificate={}
    )
    login = replace(LOGIN, at=datetime.max.replace(tzinfo=UTC) - timedelta(days=1))
    evidence = replace(evidence, login=login, identity=identity)
    assert headline_of(explain(evidence), evidence).text(str)
