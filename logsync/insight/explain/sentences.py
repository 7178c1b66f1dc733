"""The sentences about what many denied people lack; each names only what is known, and none says why.

"39 of 42 denied people lack membership of the Okta group eng-prod, as last seen; for 3 it can’t be told."
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logsync.insight.explain.many import Condition, Lacking
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer
from logsync.insight.why.facts import Surroundings
from logsync.insight.why.wording import all_of, any_of, needed_words, quoted, rule_words

CATALOGUE = {
    "lack": "{count} of {people} denied people lack {rule}{seen}{unknown}.",
    "are excluded": "{count} of {people} denied people are what {policy} excludes, {rule}{seen}{unknown}.",
    "mostly unknown": (
        "For {unknown} of {people} denied people it can’t be told whether they have {rule}; "
        "for {count} it is known to be missing{seen}."
    ),
    "unknown only": "For {count} of {people} denied people it can’t be told whether they have {rule}.",
    "unknown exclusion": (
        "For {count} of {people} denied people it can’t be told whether they are what {policy} excludes, {rule}."
    ),
    "as last seen": ", as last seen",
    "partly as last seen": ", {count} of them as last seen",
    "not told": "; for {count} it can’t be told",
    "exclusion": "excluded: {rule}",
    "nearest": "{policy} comes nearest to being met for {count} of {people} denied people.",
    "nearest of all": "{policy} comes nearest to being met for all {people} denied people.",
    "Y1": "a policy blocks what the login brought",
    "Y2": "no policy admits what the login brought",
    "Y3": "no policy was met, as last seen",
    "Y4": "a policy could admit the login; whether its rules were met can’t be told",
    "Y5": "a policy admits the login, by what was read",
    "Y6": "the policies could not be read",
    "newest": "Counted are the {judged} people who were denied last, of {denied}.",
    "unproved": "For {count} of {people}, the policies may have been others at the time of the login.",
    "changed": "The policies changed in this time; each person is judged by those of their login.",
    "unread": "{count} of the policies could not be read, and nothing is known of what they ask for: {why}",
    "none read": "The policies of this app could not be read: {why}",
    "no policies": "This app has no policies.",
}
HEADLINES = ("Y1", "Y2", "Y3", "Y4", "Y5", "Y6")


def headline_words(headline: str) -> Sentence:
    """What a headline says of one of many people, as part of a sentence."""
    return Sentence(headline, CATALOGUE)


def lacking_words(condition: Condition, policy: str, surroundings: Surroundings, *, short: bool) -> Sentence:
    """How many lack what a condition of a policy asks for. `short` names neither other people nor networks."""
    lack, unknown = condition.count(Result.NOT_MET), condition.count(Result.UNKNOWN)
    excludes = condition.list_name == "exclude"
    values: dict[str, Value] = {
        "count": lack or unknown,
        "people": condition.judged,
        "policy": Quote(policy),
        "rule": condition_words(condition, surroundings, short=short, needed=not excludes),
        "seen": _as_last_seen(condition.older, lack),
        "unknown": Sentence("not told", CATALOGUE, {"count": unknown}) if unknown else "",
    }
    if not excludes and 0 < lack < unknown:
        return Sentence("mostly unknown", CATALOGUE, values | {"unknown": unknown})
    if not lack:
        return Sentence("unknown exclusion" if excludes else "unknown only", CATALOGUE, values)
    return Sentence("are excluded" if excludes else "lack", CATALOGUE, values)


def condition_words(condition: Condition, surroundings: Surroundings, *, short: bool, needed: bool = False) -> Sentence:
    """What a condition asks for: one rule, or several of which one is enough."""
    words = needed_words if needed else rule_words
    return any_of([words(rule, surroundings, short=short) for rule in condition.rules])


def row_words(condition: Condition, surroundings: Surroundings, *, short: bool) -> Sentence:
    """What a condition asks for, in a table."""
    words = condition_words(condition, surroundings, short=short)
    return Sentence("exclusion", CATALOGUE, {"rule": words}) if condition.list_name == "exclude" else words


def lacked_words(answer: PolicyAnswer, surroundings: Surroundings, *, short: bool) -> Sentence | None:
    """What one person lacks of a policy; None if nothing of it is known to be lacking."""
    return _needs([rule for rule in answer.deciding if rule.holds_against], surroundings, short)


def untold_words(answer: PolicyAnswer, surroundings: Surroundings, *, short: bool) -> Sentence | None:
    """What of a policy that is not known to be lacking can't be told of one person; None if there is nothing."""
    return _needs([rule for rule in answer.deciding if rule.result is Result.UNKNOWN], surroundings, short)


def _needs(rules: Sequence[RuleAnswer], surroundings: Surroundings, short: bool) -> Sentence | None:
    include = [needed_words(one.rule, surroundings, short=short) for one in rules if one.list == "include"]
    found = [any_of(include)] if include else []
    for one in rules:
        if one.list == "require":
            found.append(needed_words(one.rule, surroundings, short=short))
        elif one.list == "exclude":
            words = rule_words(one.rule, surroundings, short=short)
            found.append(Sentence("exclusion", CATALOGUE, {"rule": words}))
    return all_of(found) if found else None


def nearest_words(found: Lacking) -> Sentence | None:
    """Which policy comes nearest to most of the people; None if none allows anybody."""
    nearest = found.nearest
    if nearest is None:
        return None
    name = "nearest of all" if len(nearest.nearest) == found.judged else "nearest"
    policy = quoted(nearest.policy.name or nearest.policy.policy_id)
    values: dict[str, Value] = {"policy": policy, "count": len(nearest.nearest), "people": found.judged}
    return Sentence(name, CATALOGUE, values)


def most_lacked(found: Lacking) -> Condition | None:
    """What most people lack, or may lack, of the policy that comes nearest to most."""
    conditions = found.nearest.conditions if found.nearest else []
    some = [condition for condition in conditions if condition.count(Result.MET) < condition.judged]
    return max(some, key=lambda one: (one.judged - one.count(Result.MET), one.count(Result.NOT_MET)), default=None)


def remarks(found: Lacking) -> Iterator[Sentence]:
    """How far the numbers reach, each remark that is needed."""
    if found.judged < found.denied:
        yield Sentence("newest", CATALOGUE, {"judged": found.judged, "denied": found.denied})
    if found.app.unread and found.is_known:
        yield Sentence("unread", CATALOGUE, {"count": len(found.app.unread), "why": found.app.unreadable})
    if found.has_changed:
        yield Sentence("changed", CATALOGUE)
    if found.unproved and found.is_known:
        yield Sentence("unproved", CATALOGUE, {"count": found.unproved, "people": found.judged})


def why_unknown(found: Lacking) -> Sentence:
    """Why there are no numbers."""
    if found.app.policies is None:
        return Sentence("none read", CATALOGUE, {"why": found.app.unreadable})
    return Sentence("no policies", CATALOGUE)


def _as_last_seen(older: int, lack: int) -> Value:
    if not older:
        return ""
    return Sentence("as last seen" if older == lack else "partly as last seen", CATALOGUE, {"count": older})
