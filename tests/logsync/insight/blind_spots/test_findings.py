"""What is said of a setup that is odd, and what is not said of one that may be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.cloudflare.policies import AppSettings, Policy, RuleGroup
from logsync.cloudflare.references import APP, GROUP, POLICY, Reference
from logsync.insight.blind_spots.findings import Kind, findings_about, findings_of
from logsync.insight.blind_spots.setup import App, Setup, Token
from tests.conftest import NOW

EVERYONE: dict[str, object] = {"everyone": {}}
STAFF = {"email_domain": {"domain": "meridian.example"}}
IN_DE, IN_PT = {"geo": {"country_code": "DE"}}, {"geo": {"country_code": "PT"}}
ALL = frozenset({APP, POLICY, GROUP})


def policy(id, decision="allow", include=(EVERYONE,), **lists):
    return Policy.from_json({"id": id, "name": id.title(), "decision": decision, "include": list(include), **lists})


def group(id, include=(STAFF,), **lists):
    return RuleGroup.from_json({"id": id, "name": id.title(), "include": list(include), **lists})


def setup(*policies, apps=None, groups=(), type="self_hosted", allowed_idps=(), **values):
    if apps is None:
        listed = [{"id": one.policy_id} for one in policies]
        apps = {"wiki": {"id": "wiki", "name": "Wiki", "policies": listed, "allowed_idps": list(allowed_idps)}}
    return Setup(
        apps={id: App(AppSettings.from_json(app), type) for id, app in apps.items()},
        policies={one.policy_id: one for one in policies},
        groups={one.group_id: one for one in groups},
        **{"is_read": ALL} | values,
    )


def found(setup):
    return [(one.kind, one.sentence.text(str), one.meaning.text(str)) for one in findings_of(setup, NOW).found]


def sentences(setup):
    return [sentence for _, sentence, _ in found(setup)]


def test_ordinary_setup_has_nothing_odd():
    deny, allow = policy("abroad", "deny", [IN_DE]), policy("staff", include=[STAFF])
    assert found(setup(deny, allow)) == []


def test_bypass_leaves_no_rows():
    [only] = findings_of(setup(policy("health", "bypass"), policy("staff")), NOW).found
    assert only.sentence.text(str) == "The policy “Health” lets requests bypass Access."
    assert "no rows prove nothing" in only.meaning.text(str)
    assert only.is_about(Reference(APP, "wiki"))
    assert only.is_about(Reference(POLICY, "health"))
    assert not only.is_about(Reference(POLICY, "staff"))


def test_bypass_that_nobody_meets_is_none():
    kinds = [kind for kind, _, _ in found(setup(policy("health", "bypass", require=[IN_DE, IN_PT])))]
    assert kinds == [Kind.NOBODY]


@pytest.mark.parametrize(
    ("decision", "means"),
    [("allow", "It lets nobody in."), ("deny", "It blocks nobody."), ("bypass", "It has no effect.")],
)
def test_two_countries_can_not_be_met(decision, means):
    assert found(setup(policy("two", decision, require=[IN_DE, IN_PT]))) == [
        (
            Kind.NOBODY,
            "Nobody can meet the policy “Two”: it requires both a location in Germany (DE) and a location in "
            "Portugal (PT), and a login comes from one country.",
            means,
        )
    ]


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (
            {"require": [{"login_method": {"id": "a"}}, {"login_method": {"id": "b"}}]},
            "both a sign-in with a and a sign-in with b, and a login uses one provider",
        ),
        (
            {"require": [{"email": {"email": "ada@x.example"}}, {"email_domain": {"domain": "y.example"}}]},
            "the e-mail address ada@x.example and an e-mail address ending in @y.example, and a login has one e-mail",
        ),
        (
            {"require": [{"ip": {"ip": "10.0.0.0/8"}}, {"ip": {"ip": "192.0.2.0/24"}}]},
            "both an IP address in 10.0.0.0/8 and an IP address in 192.0.2.0/24, which have no address in common",
        ),
        ({"require": [IN_DE], "exclude": [IN_DE]}, "it requires a location in Germany (DE) and excludes a location in"),
        ({"require": [IN_DE], "exclude": [EVERYONE]}, "it excludes everyone"),
        ({"include": [STAFF, IN_DE], "exclude": [IN_DE, STAFF]}, "it excludes everyone it includes"),
        ({"include": [IN_PT], "require": [IN_DE]}, "nobody it includes can meet what it requires"),
        (
            {"include": [IN_PT, STAFF], "require": [IN_DE], "exclude": [STAFF]},
            "its rules contradict one another",
        ),
    ],
)
def test_why_nobody_can_meet_it(lists, words):
    [sentence] = sentences(setup(policy("odd", **lists)))
    assert words in sentence


def test_group_that_nobody_is_in():
    odd = setup(policy("staff", include=[{"group": {"id": "both"}}]), groups=[group("both", require=[IN_DE, IN_PT])])
    assert [text.partition(":")[0] for text in sentences(odd)] == [
        "Nobody can meet the policy “Staff”",
        "Nobody can meet the rule group “Both”",
    ]


@pytest.mark.parametrize("type", ["self_hosted", "bookmark"])
def test_app_without_policies_lets_nobody_in(type):
    odd = setup(apps={"wiki": {"id": "wiki", "name": "Wiki", "policies": []}}, type=type)
    assert sentences(odd) == ([] if type == "bookmark" else ["Wiki has no policies."])


def test_app_of_unknown_policies_is_no_finding():
    assert found(setup(apps={"wiki": {"id": "wiki", "name": "Wiki"}})) == []


def test_deny_before_allow_shadows_it():
    everyone, staff = policy("block", "deny"), policy("staff", include=[STAFF])
    assert sentences(setup(everyone, staff)) == [
        "At Wiki, “Staff” lets nobody in: “Block” comes first and blocks everyone who meets it."
    ]
    assert sentences(setup(staff, everyone)) == []


def test_deny_of_some_shadows_nothing():
    assert sentences(setup(policy("block", "deny", [IN_DE]), policy("staff", include=[STAFF]))) == []
    assert sentences(setup(policy("block", "deny", exclude=[STAFF]), policy("staff", include=[STAFF]))) == []


def test_deny_by_rule_group_covers_its_members():
    block = policy("block", "deny", [{"group": {"id": "company"}}])
    assert sentences(setup(block, policy("staff", include=[STAFF]), groups=[group("company", [IN_DE, STAFF])])) == [
        "At Wiki, “Staff” lets nobody in: “Block” comes first and blocks everyone who meets it."
    ]


def test_unused_policies_and_groups_are_found():
    used, circle = group("used"), group("circle", [{"group": {"id": "circle"}}])
    staff = policy("staff", include=[{"group": {"id": "used"}}])
    odd = setup(staff, groups=[used, circle, group("old")])
    odd = setup(
        staff, policy("spare"), apps=odd_apps(staff), groups=odd.groups.values(), still_there={"spare", "staff"}
    )
    assert sentences(odd) == [
        "No application uses the policy “Spare”.",
        "No policy and no other rule group uses the rule group “Circle”.",
        "No policy and no other rule group uses the rule group “Old”.",
    ]


def odd_apps(*policies):
    return {"wiki": {"id": "wiki", "name": "Wiki", "policies": [one.policy_id for one in policies]}}


@pytest.mark.parametrize("is_read", [{APP, POLICY}, {APP, GROUP}, {POLICY, GROUP}, set()])
def test_unused_needs_all_to_be_read(is_read):
    spare = setup(policy("spare"), apps={}, groups=[group("old")], still_there={"spare"}, is_read=is_read)
    assert sentences(spare) == []


def test_unused_needs_policies_of_every_app():
    unknown = {"wiki": {"id": "wiki", "name": "Wiki"}}
    assert sentences(setup(policy("spare"), apps=unknown, still_there={"spare"})) == []


@pytest.mark.parametrize(("days", "is_found"), [(-1, True), (0, True), (1, False), (None, False)])
def test_expired_token_that_is_named(days, is_found):
    expires_at = None if days is None else NOW + timedelta(days=days)
    named = policy("jobs", "non_identity", [{"service_token": {"token_id": "t"}}])
    texts = sentences(setup(named, tokens={"t": Token("ci-deploy", expires_at)}))
    assert [text.startswith("“Jobs” names the service token “ci-deploy”, which expired at") for text in texts] == (
        [True] if is_found else []
    )


def test_missing_provider_is_found():
    by_okta = policy("staff", include=[{"okta": {"name": "eng", "identity_provider_id": "gone"}}])
    assert sentences(setup(by_okta, allowed_idps=["gone", "okta"], providers={"okta": "Okta"})) == [
        "“Staff” names an identity provider that this account doesn’t have: gone.",
        "“Wiki” names an identity provider that this account doesn’t have: gone.",
    ]
    assert sentences(setup(by_okta, allowed_idps=["gone"], providers=None)) == []


def test_missing_groups_are_found():
    staff = policy("staff", include=[{"group": {"id": "gone"}}, {"group": {"id": "new"}}])
    gone = frozenset({Reference(GROUP, "gone")})
    assert sentences(setup(staff, gone=gone)) == [
        "“Staff” names a rule group that no longer exists: gone.",
        "“Staff” names a rule group that Gatehouse can’t find: new.",
    ]
    assert sentences(setup(staff, gone=gone, is_read={APP, POLICY})) == [
        "“Staff” names a rule group that no longer exists: gone."
    ]


def test_the_worst_comes_first():
    odd = setup(policy("two", require=[IN_DE, IN_PT]), policy("health", "bypass"), groups=[group("old")])
    assert [kind for kind, _, _ in found(odd)] == [Kind.BYPASS, Kind.NOBODY, Kind.UNUSED]


def test_many_apps_share_their_proofs():
    policies = [policy(f"block {n}", "deny", [IN_DE]) for n in range(3)] + [policy("staff", include=[STAFF])]
    apps = {f"{n}": {"id": f"{n}", "name": f"{n}", "policies": [one.policy_id for one in policies]} for n in range(500)}
    assert findings_of(setup(*policies, apps=apps), NOW) == findings_of(setup(*policies), NOW)


def test_findings_about_one_thing_are_the_same():
    named = {"include": [{"group": {"id": "both"}}, {"okta": {"name": "x", "identity_provider_id": "gone"}}]}
    jobs = policy("jobs", "non_identity", [{"service_token": {"token_id": "t"}}])
    odd = setup(
        policy("health", "bypass"),
        policy("block", "deny"),
        policy("staff", **named),
        policy("everyone"),
        jobs,
        policy("two", require=[IN_DE, IN_PT]),
        groups=[group("both", require=[IN_DE, IN_PT]), group("old")],
        providers={"okta": "Okta"},
        tokens={"t": Token("ci-deploy", NOW)},
    )
    every = findings_of(odd, NOW).found
    assert {one.kind for one in every} >= {*Kind} - {Kind.NO_POLICIES}
    for thing in {about for one in every for about in (one.of, *one.others)}:
        assert findings_about(odd, thing, NOW).found == tuple(one for one in every if one.is_about(thing))
