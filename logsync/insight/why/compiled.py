"""The same judgement as `judge`, made for a million logins: which policy decides, without what a page shows of it.

A `Rulebook` is one way to set an application up, `Alternatives` are two: the same evidence goes into both, so whatever
differs is due to the policies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH, Policy, Rule, RuleGroup, RuleLists
from logsync.insight.why.answer import Result
from logsync.insight.why.facts import AppPolicies, Evidence, Identity, LoginFacts, ScimGroup, Surroundings
from logsync.insight.why.judge import in_order
from logsync.insight.why.rules import find

NOT_MET, UNKNOWN, MET = -1, 0, 1
_NUMBER = {Result.NOT_MET: NOT_MET, Result.UNKNOWN: UNKNOWN, Result.MET: MET}
# Whether somebody whom a policy is met by gets in. A decision that isn't known here may do either.
_ADMITS = {ALLOW: True, BYPASS: True, SERVICE_AUTH: True, DENY: False}


class Seen(NamedTuple):
    """What a login brought, as far as rules look at it; a field that no rule looks at may be blank.

    `person` stands for the e-mail address, and together with `user_id` for the identity.
    """

    person: str
    user_id: str = ""
    ip_address: str = ""
    country: str = ""
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person beside their logins."""

    identity: Identity | None = None
    scim_groups: tuple[ScimGroup, ...] = ()


NOTHING_KNOWN = Known()
# How many answers are remembered about each thing.
MOST_REMEMBERED = 50_000
_PERSON, _IP, _COUNTRY = ("person",), ("ip_address",), ("country",)
_IDENTITY = ("person", "user_id")
_FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    "everyone": (),
    "email": _PERSON,
    "email_domain": _PERSON,
    "email_list": _PERSON,
    "ip": _IP,
    "ip_list": _IP,
    "geo": _COUNTRY,
    "login_method": (*_IDENTITY, "connection"),
    **dict.fromkeys(
        (
            *("azureAD", "okta", "gsuite", "github-organization", "saml", "oidc"),
            *("device_posture", "certificate", "common_name"),
        ),
        _IDENTITY,
    ),
}


class Admission(StrEnum):
    """What policies make of a login."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Step(NamedTuple):
    """A policy on the way to the decision that was met, or may have been. `admits` None if its decision isn't known."""

    policy: _Compiled
    result: int
    admits: bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a login: `steps` are the policies that matter to it, in order. The first that is met decides.

    A policy that may have been met does not matter if what decides after it comes to the same.
    """

    steps: tuple[Step, ...]

    @property
    def admission(self) -> Admission:
        if not self.steps:
            return Admission.REFUSED
        first = self.steps[0]
        if first.result != MET or first.admits is None:
            return Admission.UNKNOWN
        return Admission.ADMITTED if first.admits else Admission.REFUSED

    @property
    def policy(self) -> Policy | None:
        """The policy that decides, or the first that may; None if none does."""
        return self.steps[0].policy.policy if self.steps else None

    def is_same_as(self, other: Decision) -> bool:
        """Whether both come to the same, whatever the unknown rules are."""
        if self.admission is not Admission.UNKNOWN:
            return self.admission is other.admission
        mine, theirs = ([_weight(step) for step in one.steps] for one in (self, other))
        return mine == theirs


def _weight(step: Step) -> tuple[object, ...]:
    """What makes a step come to the same as another: a policy that is met by its effect, any other by itself."""
    if step.result == MET and step.admits is not None:
        return MET, step.admits
    return step.result, id(step.policy)


class Rulebook:
    """The policies of an application with the rule groups they use, ready to judge many logins.

    Make those to be compared by `like`: what both have in common is then the same for both, also where it is unknown.
    """

    def __init__(self, app: AppPolicies, surroundings: Surroundings, like: Rulebook | None = None) -> None:
        compiler = _Compiler(app, surroundings, like.policies if like else ())
        self.surroundings = surroundings
        # As `judge` has it: where they stand isn't known, so they may come before all others.
        unread = [Policy(policy_id, "", "", RuleLists()) for policy_id in app.unread]
        policies = [*unread, *in_order(app.policies or ())]
        self.policies: tuple[_Compiled, ...] = tuple(map(compiler.policy, policies))

    @property
    def fields(self) -> frozenset[str]:
        """The fields of Seen that any rule looks at."""
        return frozenset(name for policy in self.policies for fields, _ in policy.leaves for name in fields)

    @property
    def rules(self) -> Iterator[RuleLists]:
        """All lists of rules: those of the policies, and those of the rule groups."""
        yield from (one.policy.rules for one in self.policies)
        yield from (group.rules for group in self.surroundings.groups.values())

    def decide(self, seen: Seen, known: Known) -> Decision:
        """What becomes of a login that brought this, by a person of whom this is known."""
        steps: list[Step] = []
        for policy in self.policies:
            result = policy.check(seen, known)
            if result == NOT_MET:
                continue
            steps.append(Step(policy, result, policy.admits))
            if result == MET:
                break
        return Decision(_that_matter(steps))


def _that_matter(steps: list[Step]) -> tuple[Step, ...]:
    """The steps without those that may have been met but come to the same as what decides after them."""
    is_met = bool(steps) and steps[-1].result == MET
    end = steps.pop() if is_met else None
    admits = end.admits if end else False
    while steps and admits is not None and steps[-1].admits is admits:
        steps.pop()
    return (*steps, end) if end else tuple(steps)


_Check = Callable[[Seen, Known], int]
_Leaf = tuple[tuple[str, ...], _Check]


@dataclass(eq=False, slots=True)
class _Compiled:
    """A policy as a function. `basis` is all that it is made of: its rules and those of the groups it leads to.

    `leaves` are these rules, without rule groups, each with the fields of Seen that it looks at.
    """

    policy: Policy
    basis: tuple[Hashable, ...]
    check: _Check
    leaves: Sequence[_Leaf]
    admits: bool | None


class _Compiler:
    """Makes functions of rules. A policy that `others` have as well, with equal groups, is taken from them."""

    def __init__(self, app: AppPolicies, surroundings: Surroundings, others: Iterable[_Compiled]) -> None:
        self.app = app
        self.surroundings = surroundings
        self.others = {one.basis: one for one in others}
        self.groups: dict[str, _Check] = {}
        self.leaves: dict[str, _Leaf] = {}

    def policy(self, policy: Policy) -> _Compiled:
        used = self._used_by(policy.rules)
        basis = (policy.decision, repr(policy.rules), *((group_id, repr(used[group_id].rules)) for group_id in used))
        if found := self.others.get(basis):
            return found
        for group_id in used:
            if group_id not in self.groups:
                self._make(group_id)
        check = self._lists(policy.rules)
        every = (policy.rules, *(group.rules for group in used.values()))
        leaves = {repr(rule): rule for lists in every for _, rules in lists.named() for rule in rules}
        asked = [self._leaf(rule) for rule in leaves.values() if rule.kind != "group"]
        return _Compiled(policy, basis, check, asked, _ADMITS.get(policy.decision))

    def _used_by(self, lists: RuleLists) -> dict[str, RuleGroup]:
        """The rule groups that these lists lead to and that could be read, those first that others lead to."""
        found: dict[str, RuleGroup] = {}
        entered: set[str] = set()
        left = [(group_id, False) for group_id in _group_ids(lists)]
        while left:
            group_id, is_left = left.pop()
            group = self.surroundings.groups.get(group_id)
            if group is None:
                continue
            if is_left:
                found.setdefault(group_id, group)
            elif group_id not in entered:
                entered.add(group_id)
                left.append((group_id, True))
                left += ((inner, False) for inner in _group_ids(group.rules))
        return found

    def _fields_of(self, lists: RuleLists) -> tuple[str, ...]:
        """The fields of Seen that these lists look at, also in groups."""
        every = (lists, *(group.rules for group in self._used_by(lists).values()))
        kinds = {rule.kind for one in every for _, rules in one.named() for rule in rules} - {"group"}
        names = {name for kind in kinds for name in _FIELDS_OF.get(kind, Seen._fields)}
        return tuple(name for name in Seen._fields if name in names)

    def _make(self, group_id: str) -> None:
        """Make a group, or all those of a circle that lead to one another; what else they lead to is made before."""
        groups = self.surroundings.groups
        used = self._used_by(groups[group_id].rules)
        members = [one for one in used if group_id in self._used_by(groups[one].rules)]
        fields = self._fields_of(groups[group_id].rules)
        if not members:
            self.groups[group_id] = _remembering(self._lists(groups[group_id].rules), fields)
            return
        for one in used:
            if one not in members and one not in self.groups:
                self._make(one)
        circle = _Circle()
        for one in members:
            self.groups[one] = circle.member(one)
        for one in members:
            circle.lists[one] = self._lists(groups[one].rules)
        for one in members:
            # From outside; those within have the plain function already.
            self.groups[one] = _remembering(self.groups[one], fields)

    def _lists(self, lists: RuleLists) -> _Check:
        made = {
            name: [self._rule(one.rule) for one in dict.fromkeys(map(_Same, rules))] for name, rules in lists.named()
        }
        return _all_lists(**made)

    def _rule(self, rule: Rule) -> _Check:
        if rule.kind == "group":
            return self.groups.get(rule.text("id"), _never_known)

        return self._leaf(rule)[1]

    def _leaf(self, rule: Rule) -> _Leaf:
        """A rule other than a rule group; one that is written the same is the same, wherever it is used."""

        def check(seen: Seen, known: Known) -> int:
            login = LoginFacts(None, seen.person, seen.user_id, seen.ip_address, seen.country, seen.connection)
            evidence = Evidence(login, self.app, self.surroundings, known.identity, known.scim_groups)
            return _NUMBER[find(rule, evidence).result]

        return self.leaves.setdefault(repr(rule), (_FIELDS_OF.get(rule.kind, Seen._fields), check))


class _Circle:
    """Rule groups that lead to one another. Each begins as unknown, and all are judged until nothing more comes out."""

    def __init__(self) -> None:
        self.lists: dict[str, _Check] = {}
        self.results: dict[str, int] | None = None

    def member(self, group_id: str) -> _Check:
        """One of the groups, as a rule."""

        def check(seen: Seen, known: Known) -> int:
            return self._judge(seen, known)[group_id] if self.results is None else self.results[group_id]

        return check

    def _judge(self, seen: Seen, known: Known) -> dict[str, int]:
        self.results = results = dict.fromkeys(self.lists, UNKNOWN)
        try:
            # Each round settles another group, if there is any left that can be.
            for _ in self.lists:
                self.results = {group_id: check(seen, known) for group_id, check in self.lists.items()}
                if self.results == results:
                    break
                results = self.results
        finally:
            self.results = None
        return results


class _Same:
    """A rule that equals another if it is written the same, whatever is in it; its value may not be hashable."""

    __slots__ = ("rule", "words")

    def __init__(self, rule: Rule) -> None:
        self.rule, self.words = rule, repr(rule)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)


def _group_ids(lists: RuleLists) -> Iterable[str]:
    return (rule.text("id") for _, rules in lists.named() for rule in rules if rule.kind == "group")


def _never_known(seen: Seen, known: Known) -> int:
    return UNKNOWN


def _all_lists(include: Sequence[_Check], require: Sequence[_Check], exclude: Sequence[_Check]) -> _Check:
    """Kleene's logic in numbers: AND is the least, OR the greatest, NOT the other sign. See `truth.of_lists`."""
    at_first = NOT_MET if include else UNKNOWN

    def check(seen: Seen, known: Known) -> int:
        # Cloudflare lets nobody leave include empty, so what that means is not known.
        least = at_first
        for one in include:
            least = max(least, one(seen, known))
            if least == MET:
                break
        for one in require:
            if least == NOT_MET:
                return NOT_MET
            least = min(least, one(seen, known))
        for one in exclude:
            if least == NOT_MET:
                return NOT_MET
            least = min(least, -one(seen, known))
        return least

    return check


def _remembering(ask: _Check, fields: Sequence[str]) -> _Check:
    """The same function, asked once for each value of the fields that it looks at."""
    value_of = _values(fields)
    results: dict[Hashable, int] = {}

    def check(seen: Seen, known: Known) -> int:
        value = value_of(seen)
        if value not in results:
            _make_room(results)
            results[value] = ask(seen, known)
        return results[value]

    return check


def _values(fields: Sequence[str]) -> Callable[[Seen], Hashable]:
    """A function that has the values of these fields, as one thing to look up by."""
    places = [Seen._fields.index(name) for name in fields]
    return itemgetter(*places) if places else lambda seen: None


def _make_room(results: dict[Any, Any]) -> None:
    """Keep memory the same however many people there are."""
    if len(results) >= MOST_REMEMBERED:
        results.clear()


# Two ways to set an application up


class Effect(StrEnum):
    """What an edit does to one login."""

    GAINED = "gained"
    LOST = "lost"
    UNTOLD = "untold"
    SAME = "same"


class Verdict(NamedTuple):
    """What becomes of a login now and as edited, and whether that differs."""

    now: Decision
    edited: Decision
    effect: Effect


class Alternatives:
    """The policies of one application now and as edited, ready to judge a million logins by both.

    Rules are asked about each value once. Values of which all rules say the same are alike, and of logins that are
    alike in everything only one is judged: with ten countries in ten rules, and any number of addresses in two
    networks, there are few different logins.
    """

    def __init__(self, now: Rulebook, edited: Rulebook) -> None:
        self.now = now
        self.edited = edited
        leaves: dict[tuple[str, ...], list[_Check]] = defaultdict(list)
        for policy in dict.fromkeys((*now.policies, *edited.policies)):
            for fields, check in policy.leaves:
                leaves[fields].append(check)
        self._kinds = [_Kind(fields, checks) for fields, checks in leaves.items()]
        self._verdicts: dict[tuple[int, ...], Verdict] = {}

    @property
    def fields(self) -> frozenset[str]:
        """The fields of Seen that any rule looks at."""
        return self.now.fields | self.edited.fields

    def judge(self, seen: Seen, known: Known) -> Verdict:
        """What becomes of a login that brought this, by a person of whom this is known."""
        alike = tuple(kind.number(seen, known) for kind in self._kinds)
        found = self._verdicts.get(alike)
        if found is None:
            _make_room(self._verdicts)
            now, edited = self.now.decide(seen, known), self.edited.decide(seen, known)
            found = self._verdicts[alike] = Verdict(now, edited, effect_of(now, edited))
        return found


class _Kind:
    """What some fields may have, told apart only as far as the rules that look at them tell it apart."""

    def __init__(self, fields: Sequence[str], checks: Sequence[_Check]) -> None:
        self._value_of = _values(fields)
        self._checks = checks
        self._numbers: dict[Hashable, int] = {}
        self._number_of: dict[tuple[int, ...], int] = {}

    def number(self, seen: Seen, known: Known) -> int:
        """The same number for values of which all rules say the same."""
        value = self._value_of(seen)
        number = self._numbers.get(value)
        if number is None:
            _make_room(self._numbers)
            results = tuple(check(seen, known) for check in self._checks)
            number = self._numbers[value] = self._number_of.setdefault(results, len(self._number_of))
        return number


def effect_of(now: Decision, edited: Decision) -> Effect:
    """What an edit does to a login, by what becomes of it now and as edited."""
    if now.is_same_as(edited):
        return Effect.SAME
    both = (now.admission, edited.admission)
    return {
        (Admission.REFUSED, Admission.ADMITTED): Effect.GAINED,
        (Admission.ADMITTED, Admission.REFUSED): Effect.LOST,
    }.get(both, Effect.UNTOLD)
