"""Proofs about policies, held against every login of a small world."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.policies import RuleGroup, RuleLists
from logsync.insight.blind_spots.proof import MOST_STEPS, Budget, Prover
from tests.examples import examples

# Every login that the rules below can tell apart, and one that none of them is about.
EMAILS = ["ada@x.example", "bob@x.example", "ada@y.example", "eve@other.example"]
COUNTRIES = ["DE", "PT", "US"]
METHODS = ["okta", "entra", "pin"]
ADDRESSES = ["v4 low", "v4 high", "v4 host", "v6"]
LOGINS = [
    dict(zip(("email", "geo", "login_method", "ip", "okta", "posture"), one, strict=True))
    for one in product(EMAILS, COUNTRIES, METHODS, ADDRESSES, [True, False], [True, False])
]
NETWORKS = {
    "0.0.0.0/1": {"v4 low"},
    "128.0.0.0/1": {"v4 high", "v4 host"},
    "203.0.113.7": {"v4 host"},
    "::/0": {"v6"},
    "203.0.113.8/29": set(),
}
EVERYONE: dict[str, object] = {"everyone": {}}


def email(address):
    return {"email": {"email": address}}


def domain(name):
    return {"email_domain": {"domain": name}}


def country(code):
    return {"geo": {"country_code": code}}


def method(idp_id):
    return {"login_method": {"id": idp_id}}


def network(ip):
    return {"ip": {"ip": ip}}


def group(group_id):
    return {"group": {"id": group_id}}


OKTA = {"okta": {"name": "eng", "identity_provider_id": "okta"}}
POSTURE = {"device_posture": {"integration_uid": "disk"}}


def lists(include=(EVERYONE,), require=(), exclude=()):
    return RuleLists.from_json({"include": list(include), "require": list(require), "exclude": list(exclude)})


def is_met(rule, login, groups):
    value = rule.value
    return {
        "everyone": lambda: True,
        "email": lambda: login["email"] == value["email"].lower(),
        "email_domain": lambda: login["email"].endswith(f"@{value['domain']}"),
        "geo": lambda: login["geo"] == value["country_code"].upper(),
        "login_method": lambda: login["login_method"] == value["id"],
        "ip": lambda: login["ip"] in NETWORKS[value["ip"]],
        "okta": lambda: login["okta"],
        "device_posture": lambda: login["posture"],
        "group": lambda: are_met(groups[value["id"]].rules, login, groups),
    }[rule.kind]()


def are_met(rules, login, groups):
    return (
        any(is_met(rule, login, groups) for rule in rules.include)
        and all(is_met(rule, login, groups) for rule in rules.require)
        and not any(is_met(rule, login, groups) for rule in rules.exclude)
    )


SIMPLE = st.sampled_from(
    [
        EVERYONE,
        *(email(address) for address in (*EMAILS[:3], "ADA@X.example")),
        *(domain(name) for name in ("x.example", "y.example")),
        *(country(code) for code in ("DE", "pt")),
        *(method(idp_id) for idp_id in METHODS[:2]),
        # One of the networks has no login of the small world.
        *(network(ip) for ip in list(NETWORKS)[:-1]),
        OKTA,
        POSTURE,
    ]
)


def rule_lists(rules):
    return st.builds(
        lists, st.lists(rules, min_size=1, max_size=3), st.lists(rules, max_size=3), st.lists(rules, max_size=3)
    )


OF_ONE_GROUP = SIMPLE | st.just(group("inner"))
OF_TWO_GROUPS = OF_ONE_GROUP | st.just(group("outer"))
WORLDS = st.tuples(rule_lists(SIMPLE), rule_lists(OF_ONE_GROUP), rule_lists(OF_TWO_GROUPS), rule_lists(OF_TWO_GROUPS))


def prover_of(groups=None, steps=10 * MOST_STEPS):
    return Prover({id: RuleGroup(id, id, rules) for id, rules in (groups or {}).items()}, Budget(steps))


@examples(300)
@given(WORLDS)
def test_proofs_agree_with_every_login(world):
    inner, outer, rules, others = world
    prover = prover_of({"inner": inner, "outer": outer})
    met = [are_met(rules, login, prover.groups) for login in LOGINS]
    met_others = [are_met(others, login, prover.groups) for login in LOGINS]
    assert prover.nobody_meets(rules) is not any(met)
    assert prover.all_meet(rules, others) is all(b for a, b in zip(met, met_others, strict=True) if a)


@pytest.mark.parametrize(
    "rules",
    [
        lists(require=[country("DE"), country("PT")]),
        lists(require=[method("okta"), method("entra")]),
        lists(require=[email("ada@x.example"), email("bob@x.example")]),
        lists(require=[domain("x.example"), domain("y.example")]),
        lists(require=[email("ada@x.example"), domain("y.example")]),
        lists(require=[network("10.0.0.0/8"), network("192.0.2.0/24")]),
        lists(require=[network("10.0.0.0/8"), network("2001:db8::/32")]),
        lists(require=[OKTA], exclude=[OKTA]),
        lists([email("ada@x.example"), country("DE")], exclude=[domain("X.example"), country("de")]),
        lists([network("10.1.0.0/16")], exclude=[network("10.1.128.0/17"), network("10.1.0.0/17")]),
        lists(exclude=[EVERYONE]),
        lists(require=[group("nobody")]),
        lists(require=[group("unknown")], exclude=[group("unknown")]),
    ],
)
def test_nobody_meets_a_contradiction(rules):
    prover = prover_of({"nobody": lists([country("DE")], require=[country("PT")])})
    assert prover.nobody_meets(rules)


@pytest.mark.parametrize(
    "rules",
    [
        lists(),
        lists([country("DE"), country("PT")]),
        lists(require=[OKTA, {"azureAD": {"id": "eng", "identity_provider_id": "entra"}}]),
        lists(require=[country("")], exclude=[country("")]),
        lists(require=[{"ip": {"ip": "nonsense"}}], exclude=[{"ip": {"ip": "nonsense"}}]),
        lists(require=[{"external_evaluation": {"evaluate_url": "u"}}], exclude=[{"external_evaluation": {}}]),
        lists(
            require=[{"external_evaluation": {"evaluate_url": "u"}}],
            exclude=[{"external_evaluation": {"evaluate_url": "u"}}],
        ),
        lists(require=["nonsense"], exclude=["nonsense"]),
        lists(require=[None], exclude=[{"a": 1, "b": 2}]),
        lists(include=[]),
        lists(require=[group("circle")], exclude=[group("circle")]),
    ],
)
def test_what_is_not_proved_stays_open(rules):
    prover = prover_of({"circle": lists([group("other circle")]), "other circle": lists([group("circle")])})
    assert not prover.nobody_meets(rules)


def test_hundreds_of_rules_take_few_steps():
    people = [email(f"person{number}@x.example") for number in range(500)]
    others = [email(f"other{number}@x.example") for number in range(500)]
    networks = [network(f"10.0.{number}.0/24") for number in range(250)]
    prover = prover_of()
    assert not prover.nobody_meets(lists(people, require=[domain("x.example")], exclude=[*others, *networks]))
    assert prover.nobody_meets(lists(people, exclude=people))
    assert prover.all_meet(lists(people), lists([*others, *people]))
    assert not prover.all_meet(lists([*people, country("DE")]), lists(people))
    assert not prover.budget.ran_out
    assert 10 * MOST_STEPS - prover.budget.left < 10_000


def test_deep_groups_end_within_the_budget():
    groups = {
        f"{depth}": lists([group(f"{depth + 1}"), OKTA], require=[group(f"{depth + 1}")], exclude=[group(f"{depth}")])
        for depth in range(50)
    }
    prover = prover_of(groups, steps=5_000)
    assert not prover.nobody_meets(lists([group("0")], exclude=[group("0")]))
    assert prover.budget.left >= 0
    assert prover.budget.ran_out


def test_nothing_is_proved_without_steps():
    prover = prover_of(steps=0)
    assert not prover.nobody_meets(lists(exclude=[EVERYONE]))
    assert prover.budget.ran_out
