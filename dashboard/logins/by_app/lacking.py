"""What the denied people of an app lack, by its policies: numbers that lead to their people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from dashboard.logins.by_app.compared_people import Answers, PeopleLinks
from dashboard.page import cells
from dashboard.page.links import object_href
from dashboard.page.sentences import SentenceRenderer
from dashboard.why.discretion import Discretion
from logsync.cloudflare.policies import ALLOW, DENY
from logsync.insight.comparison.load import Compared
from logsync.insight.explain.many import Condition, Lacking, PolicyTally, lacking
from logsync.insight.explain.sentences import (
    HEADLINES,
    headline_words,
    lacking_words,
    most_lacked,
    nearest_words,
    remarks,
    row_words,
    why_unknown,
)
from logsync.insight.why.answer import Result
from logsync.insight.why.wording import DECISIONS
from logsync.models import AccessObject
from logsync.words import counted

# So many policies, and conditions of each, are shown.
MOST_POLICIES, MOST_CONDITIONS, DEEPEST = 6, 16, 2
RESULTS = (Result.NOT_MET, Result.MET, Result.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Number:
    """How many people; `href` leads to them, blank if there are none."""

    count: int
    href: str


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """What a policy asks for, and how many lack it, have it, or can't be told. `depth` is that of parts within it."""

    words: SafeString
    note: str
    depth: int
    lack: Number
    have: Number
    unknown: Number


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy and how many met it; `nearest` is to how many it comes nearest.

    `left_out` says what of its conditions is not shown.
    """

    name: SafeString
    href: str
    decision: str
    nearest: Number
    lack: Number
    have: Number
    unknown: Number
    conditions: Sequence[ShownCondition]
    left_out: str

    @property
    def in_short(self) -> str:
        counts = ((self.lack, "not met"), (self.have, "met"), (self.unknown, "can’t be told"))
        return " · ".join(f"{number.count:,} {words}" for number, words in counts if number.count)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said of some of the people, as part of a sentence."""

    words: SafeString
    people: Number


@dataclass(frozen=True, slots=True)
class LackingCard:
    """What `logins/by_app/lacking.html` shows. Without policies only `said` is there."""

    said: Sequence[SafeString]
    judged: int = 0
    outcomes: Sequence[Outcome] = ()
    policies: Sequence[ShownPolicy] = ()
    more_policies: int = 0
    remarks: SafeString | str = ""
    read_at: SafeString | str = ""


def lacking_card(
    compared: Compared, links: PeopleLinks, renderer: SentenceRenderer, discretion: Discretion
) -> LackingCard | None:
    """The card about the people who are compared; None if nobody was denied."""
    found = lacking([one.login for one in compared.those(denied=True)])
    return None if found is None else _Card(found, links, renderer, discretion).card()


@dataclass(frozen=True, slots=True)
class _Card:
    found: Lacking
    links: PeopleLinks
    renderer: SentenceRenderer
    discretion: Discretion

    @property
    def is_short(self) -> bool:
        return not self.discretion.sees_policies

    def card(self) -> LackingCard:
        found, html = self.found, self.renderer.html
        if not found.is_known:
            return LackingCard([html(why_unknown(found))])
        policies = [tally for tally in found.policies if _is_told(tally)]
        policies.sort(key=lambda tally: tally is not found.nearest)
        return LackingCard(
            said=list(self._said()),
            judged=found.judged,
            outcomes=[
                Outcome(html(headline_words(id)), self._number(len(found.headlines[id]), Answers.WHY, id))
                for id in HEADLINES
                if found.headlines.get(id)
            ],
            policies=[self._policy(tally) for tally in policies[:MOST_POLICIES]],
            more_policies=len(policies[MOST_POLICIES:]),
            remarks=format_html_join(" ", "{}", ((html(remark),) for remark in remarks(found))),
            read_at=self.renderer.moment(found.app.read_at) if found.app.read_at else "",
        )

    def _said(self) -> Iterator[SafeString]:
        condition = most_lacked(self.found)
        if condition and self.found.nearest:
            name, known = self.found.nearest.policy.name, self.found.surroundings
            yield self.renderer.html(lacking_words(self._seen(condition), name, known, short=self.is_short))
        if nearest := nearest_words(self.found):
            yield self.renderer.html(nearest)

    def _seen(self, condition: Condition) -> Condition:
        """The condition with its rules as the viewer may see them."""
        return replace(condition, rules=tuple(map(self.discretion.shown, condition.rules)))

    def _policy(self, tally: PolicyTally) -> ShownPolicy:
        is_nearest = tally is self.found.nearest
        told = tally.conditions if is_nearest or not self.is_short else []
        missed = [condition for condition in told if condition.count(Result.MET) < condition.judged]
        conditions = list(self._conditions(missed, 0, parts=is_nearest and not self.is_short))
        lack, have, unknown = (
            self._number(tally.count(result), Answers.POLICY, f"{tally.key}.{result}") for result in RESULTS
        )
        return ShownPolicy(
            name=cells.text(tally.policy.name or tally.policy.policy_id),
            href=self._policy_href(tally),
            decision=DECISIONS.get(tally.policy.decision, tally.policy.decision),
            nearest=self._number(len(tally.nearest), Answers.NEAREST, tally.key),
            lack=lack,
            have=have,
            unknown=unknown,
            conditions=conditions[:MOST_CONDITIONS],
            left_out=_left_out(len(told) - len(missed), len(conditions[MOST_CONDITIONS:])),
        )

    def _policy_href(self, tally: PolicyTally) -> str:
        if self.is_short:
            return ""
        return object_href(self.links.app.account, AccessObject.Kind.POLICY, tally.policy.policy_id)

    def _conditions(self, conditions: Sequence[Condition], depth: int, *, parts: bool) -> Iterator[ShownCondition]:
        """The conditions, each with its parts after it."""
        for condition in conditions:
            yield self._condition(condition, depth)
            if parts and depth < DEEPEST:
                yield from self._conditions(
                    [part for part in condition.parts if _is_of_many(part)], depth + 1, parts=True
                )

    def _condition(self, condition: Condition, depth: int) -> ShownCondition:
        rule = row_words(self._seen(condition), self.found.surroundings, short=self.is_short)
        lack, have, unknown = (
            self._number(condition.count(result), Answers.RULE, f"{condition.key}.{result}") for result in RESULTS
        )
        return ShownCondition(self.renderer.html(rule), _note(condition), min(depth, 3), lack, have, unknown)

    def _number(self, count: int, field: Answers, value: str) -> Number:
        return Number(count, self.links.of_answer(field, value) if count else "")


def _is_told(tally: PolicyTally) -> bool:
    """Whether a policy may have decided about a person: not so one of Service Auth that nobody met."""
    decision = tally.policy.decision
    return decision in (ALLOW, DENY, "") or tally.count(Result.MET) > 0


def _is_of_many(condition: Condition) -> bool:
    """Whether a part of a condition is worth a line: not one that names a single person or address."""
    return any(rule.kind not in ("email", "ip") for rule in condition.rules)


def _left_out(met: int, more: int) -> str:
    """What is not shown of a policy's conditions."""
    everyone = f"{counted(met, 'more condition is', 'more conditions are')} met by everyone." if met else ""
    others = f"{counted(more, 'more line is', 'more lines are')} not shown." if more else ""
    return " ".join(filter(None, (everyone, others)))


def _note(condition: Condition) -> str:
    older, lack = condition.older, condition.count(Result.NOT_MET)
    words = "whoever is so is not admitted" if condition.list_name == "exclude" else ""
    part = "one is enough" if len(condition.rules) > 1 else ""
    seen = "" if not older else "as last seen" if older == lack else f"{older:,} as last seen"
    return ", ".join(filter(None, (words, part, seen)))
