"""Kept logins judged twice, by the policies as they are and as edited."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.policies import Policy, RuleGroup
from logsync.insight.explain.replay import (
    Outcome,
    Tally,
    logins_in,
    newest_logins,
    replay,
)
from logsync.insight.why.answer import Result
from logsync.insight.why.compiled import NOTHING_KNOWN, Admission, Alternatives, Effect, Rulebook, Seen
from logsync.insight.why.facts import AppPolicies, Evidence, LoginFacts, Surroundings
from logsync.insight.why.judge import answer_policy, in_order
from logsync.spans import Span
from tests.conftest import NOW
from tests.examples import examples

GRAFANA = "13d976ec-915a-4e59-afab-cef6291764b8"
DAY = Span(NOW - timedelta(days=1), NOW)


def policy(decision="allow", **lists):
    fields = {name: [{kind: value} for kind, value in rules] for name, rules in lists.items()}
    return Policy.from_json({"id": repr(lists), "name": "Engineers", "decision": decision, **fields})


def domain(name):
    return ("email_domain", {"domain": name})


def country(code):
    return ("geo", {"country_code": code})


def setup(*policies, groups=()):
    app = AppPolicies(1, GRAFANA, "Grafana", policies, NOW)
    return app, Surroundings(groups={group["id"]: RuleGroup.from_json(group) for group in groups})


def alternatives(now, edited):
    (app, around), (edited_app, edited_around) = now, edited
    book = Rulebook(app, around)
    return Alternatives(book, Rulebook(edited_app, edited_around, book))


ANYONE = policy(include=[domain("meridian.example")])
GERMANS = policy(include=[domain("meridian.example")], require=[country("DE")])
UNREADABLE = policy(include=[("posture_of_tomorrow", {})])


def outcomes(account, now, edited, tally=None):
    apps = {GRAFANA: alternatives(setup(*now), setup(*edited))}
    parts = replay(logins_in(account, apps, DAY), apps, tally or Tally())
    return {one.person: one for part in parts for one in part}


def test_requiring_a_country_loses_people(make_login, account):
    for name, code in (("ada", "NL"), ("bob", "DE"), ("eve", "NL"), ("eve", "DE"), ("kim", "")):
        make_login(user_email=f"{name}@meridian.example", country=code, allowed=True)
    make_login(user_email="zoe@elsewhere.example", country="DE")
    found = outcomes(account, [ANYONE], [GERMANS], tally := Tally())
    assert {person.partition("@")[0]: one.outcome for person, one in found.items()} == {
        "ada": Outcome.LOSES,
        "bob": Outcome.UNCHANGED,
        "eve": Outcome.CHANGES,
        "kim": Outcome.UNTOLD,
        "zoe": Outcome.UNCHANGED,
    }
    assert tally.people == Counter(unchanged=2, loses=1, changes=1, untold=1)
    assert tally.logins == Counter(lost=2, same=3, untold=1)
    assert +tally.log_agrees == {(True, "admitted"): 5, (False, "refused"): 1}
    assert outcomes(account, [GERMANS], [ANYONE])["ada@meridian.example"].outcome is Outcome.GAINS


def test_newest_login_is_the_example(make_login, account):
    make_login(country="NL", created_at=NOW - timedelta(hours=3))
    newest = make_login(country="NL", created_at=NOW - timedelta(hours=2))
    make_login(country="DE", created_at=NOW - timedelta(hours=1))
    [changed] = outcomes(account, [ANYONE], [GERMANS]).values()
    assert changed.logins == {Effect.LOST: 2, Effect.SAME: 1}
    rows = logins_in(account, [GRAFANA], DAY)
    assert newest_logins(rows, [changed]) == {(GRAFANA, "ada@meridian.example"): newest}


def test_unknown_of_both_is_unchanged():
    """A rule that is unknown is the same unknown in both, unless the edit changes what its policy leads to."""
    seen = Seen("ada@meridian.example", country="NL")

    def effect(now, edited):
        both = alternatives(setup(*now), setup(*edited))
        return both.judge(seen, NOTHING_KNOWN).effect

    assert effect([UNREADABLE], [UNREADABLE, GERMANS]) is Effect.SAME
    assert effect([UNREADABLE], [UNREADABLE, ANYONE]) is Effect.UNTOLD
    assert effect([UNREADABLE, ANYONE], [ANYONE]) is Effect.SAME
    assert effect([UNREADABLE], []) is Effect.UNTOLD
    assert effect([replace(UNREADABLE, decision="deny")], []) is Effect.SAME
    assert effect([replace(UNREADABLE, decision="deny"), ANYONE], [ANYONE]) is Effect.UNTOLD
    assert effect([GERMANS], [replace(ANYONE, decision="challenge")]) is Effect.UNTOLD


def test_edited_group_counts_where_it_is_used():
    uses = policy(include=[("group", {"id": "g"})])
    inner = {"id": "h", "include": [{"group": {"id": "g"}}, {"email": {"email": "ada@meridian.example"}}]}
    groups = [{"id": "g", "include": [{"geo": {"country_code": "DE"}}]}, inner]
    edited = [{"id": "g", "include": [{"group": {"id": "h"}}]}, inner]
    both = alternatives(setup(uses, groups=groups), setup(uses, groups=edited))
    seen = Seen("ada@meridian.example", country="NL")
    now, edited, effect = both.judge(seen, NOTHING_KNOWN)
    assert (now.admission, edited.admission, effect) == (Admission.REFUSED, Admission.ADMITTED, Effect.GAINED)


def test_groups_in_circles_end():
    """Each group leads to both of the next, so there are more ways through them than anyone could walk."""
    groups = [
        {"id": str(n), "include": [{"group": {"id": str(n + 1)}}, {"group": {"id": str((n + 2) % 40)}}]}
        for n in range(40)
    ]
    book = Rulebook(*setup(policy(include=[("group", {"id": "0"})]), groups=groups))
    assert book.decide(Seen("ada@meridian.example"), NOTHING_KNOWN).admission is Admission.UNKNOWN


RULES = st.sampled_from(
    [
        ("everyone", {}),
        domain("meridian.example"),
        country("DE"),
        country("NL"),
        ("email", {"email": "ada@meridian.example"}),
        ("ip", {"ip": "192.0.2.0/24"}),
        ("ip", {"ip": None}),
        ("group", {"id": "g"}),
        ("group", {"id": "h"}),
        ("group", {"id": "gone"}),
        ("posture_of_tomorrow", {}),
    ]
)
LISTS = st.fixed_dictionaries({name: st.lists(RULES, max_size=3) for name in ("include", "require", "exclude")})
POLICIES = st.lists(
    st.builds(
        lambda lists, decision: policy(decision, **lists),
        LISTS,
        st.sampled_from(["allow", "allow", "deny", "bypass", "?"]),
    ),
    max_size=4,
)
GROUPS = st.fixed_dictionaries({"g": LISTS, "h": LISTS})
SEEN = st.builds(
    Seen,
    st.sampled_from(["ada@meridian.example", "zoe@elsewhere.example"]),
    ip_address=st.sampled_from(["192.0.2.7", "198.51.100.1", ""]),
    country=st.sampled_from(["DE", "NL", ""]),
)


def as_groups(lists_of):
    return [
        {"id": group_id, **{name: [{kind: value} for kind, value in rules] for name, rules in lists.items()}}
        for group_id, lists in lists_of.items()
    ]


def judged_one_by_one(setup, seen):
    """The admission by `judge`, policy by policy."""
    app, surroundings = setup
    login = LoginFacts(None, seen.person, seen.user_id, seen.ip_address, seen.country, seen.connection)
    effects = {"allow": "admitted", "bypass": "admitted", "deny": "refused", "?": "unknown"}
    possible = set()
    for one in in_order(app.policies):
        result = answer_policy(one, Evidence(login, app, surroundings)).result
        if result is not Result.NOT_MET:
            possible.add(effects[one.decision])
        if result is Result.MET:
            break
    else:
        possible.add("refused")
    return possible.pop() if len(possible) == 1 else "unknown"


@examples(300)
@given(POLICIES, POLICIES, GROUPS, GROUPS, st.lists(SEEN, min_size=1, max_size=6))
def test_agrees_with_judging_one_by_one(now, edited, groups, edited_groups, logins):
    before = setup(*now, groups=as_groups(groups))
    after = setup(*edited, groups=as_groups(edited_groups))
    both = alternatives(before, after)
    for seen in logins:
        one, other, effect = both.judge(seen, NOTHING_KNOWN)
        assert one.admission == judged_one_by_one(before, seen)
        assert other.admission == judged_one_by_one(after, seen)
        if before == after:
            assert effect is Effect.SAME
