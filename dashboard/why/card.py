"""The Why card: what the policies asked of one login, beside what it is known to have brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.discretion import Discretion
from dashboard.why.wording import ask_for, headline_of
from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH
from logsync.insight.explain.load import Explained
from logsync.insight.verdict.statement import Certainty
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer
from logsync.insight.why.facts import Change
from logsync.insight.why.wording import rule_words
from logsync.words import counted, spoken_duration

# So much of very long policies is on a card; what is left out is counted.
MOST_POLICIES = 20
MOST_RULES = 12
DEEPEST = 4
MOST_IN_ALL = 150
MOST_CHANGES = 5

DECISIONS = {ALLOW: "Allow", DENY: "Block", SERVICE_AUTH: "Service Auth", BYPASS: "Bypass"}
CERTAINTIES = {"Y1": Certainty.ON_RECORD, "Y2": Certainty.ON_RECORD, "Y3": Certainty.FITS}


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether something was met: a word with its icon and colour."""

    word: str
    icon: str
    kind: str = ""

    @property
    def badge(self) -> SafeString:
        return cells.badge(self.word, self.icon, self.kind)


UNKNOWN = Mark("Can’t be told", "circle-dashed")
RULE_MARKS = {
    Result.MET: Mark("Met", "circle-check", "good"),
    Result.NOT_MET: Mark("Not met", "square-rounded-x", "bad"),
    Result.UNKNOWN: UNKNOWN,
}
EXCLUDE_MARKS = {
    Result.MET: Mark("Applies", "square-rounded-x", "bad"),
    Result.NOT_MET: Mark("Doesn’t apply", "circle-check", "good"),
    Result.UNKNOWN: UNKNOWN,
}
BLOCK_MARKS = {
    Result.MET: Mark("Applies", "ban", "bad"),
    Result.NOT_MET: Mark("Doesn’t apply", "circle-minus"),
    Result.UNKNOWN: UNKNOWN,
}
# What is said above each list of rules.
LISTS = {"include": "At least one of these", "require": "All of these", "exclude": "None of these"}


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule, or `count` rules that read the same: its mark, its words, and what was seen.

    `seen` is the value that was compared and where it comes from; blank if there was none. `reason` says why it can't
    be told. `inside` are the lists of a rule group, those of groups within it after their rule.
    """

    mark: Mark
    words: SafeString
    seen: SafeString | str = ""
    reason: str = ""
    count: int = 1
    inside: tuple[ShownList, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownList:
    """Rules of one list; `more` says in words what is not shown of it. `depth` is that of the group it is in."""

    title: str
    rules: tuple[ShownRule, ...]
    more: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy with its place in Cloudflare’s order; `lists` is empty if its rules aren’t told."""

    place: int
    name: SafeString
    decision: str
    mark: Mark
    is_nearest: bool
    is_open: bool
    lists: Sequence[ShownList] = ()


@dataclass(frozen=True, slots=True)
class WhyCard:
    """What the templates of this room show of one login.

    `id` is that of the headline. `certainty` is blank if the rows are the sentence. `more_policies` are those that are
    not shown. `changes` say what changed since, or may have.
    """

    id: str
    key: str
    sentence: SafeString
    certainty: str
    ask: Sequence[SafeString]
    policies: Sequence[ShownPolicy]
    more_policies: int
    app: SafeString
    read_at: SafeString | str
    is_in_full: bool
    changes: Sequence[SafeString] = ()
    more_changes: int = 0

    @property
    def icon(self) -> str:
        return {"Y1": "ban", "Y2": "lock", "Y3": "lock", "Y5": "circle-check"}.get(self.id, "circle-dashed")


@dataclass(slots=True)
class _Budget:
    """How many more rules a card may show."""

    left: int = MOST_IN_ALL


@dataclass
class WhyRenderer(SentenceRenderer):
    """Renders answers for one viewer at one moment."""

    viewer: Viewer
    now: datetime
    discretion: Discretion
    _budget: _Budget = field(default_factory=_Budget, init=False)

    def __post_init__(self) -> None:
        super().__init__(self.viewer, self.now)

    def card(self, explained: Explained, key: str) -> WhyCard:
        """The card on a login; `key` is that of its row."""
        why = self.discretion.seen(explained.why)
        shown = list(self._policies(explained, why.policies[:MOST_POLICIES], why.nearest, why.subject))
        return WhyCard(
            id=why.headline,
            key=key,
            sentence=self.html(headline_of(why, explained.evidence)),
            certainty=CERTAINTIES.get(why.headline, Certainty.UNKNOWN),
            ask=[self.html(sentence) for sentence in ask_for(why, explained.evidence)],
            policies=shown,
            more_policies=len(why.policies) - len(shown),
            app=cells.text(why.app.app),
            read_at=self.moment(why.read_at) if why.read_at else "",
            is_in_full=self.discretion.sees_policies,
            changes=[self._change(change) for change in why.changed_since[:MOST_CHANGES]],
            more_changes=max(len(why.changed_since) - MOST_CHANGES, 0),
        )

    def _policies(
        self,
        explained: Explained,
        answers: Iterable[PolicyAnswer],
        nearest: PolicyAnswer | None,
        subject: PolicyAnswer | None,
    ) -> Iterator[ShownPolicy]:
        for place, answer in enumerate(answers, start=1):
            marks = BLOCK_MARKS if answer.policy.decision == DENY else RULE_MARKS
            yield ShownPolicy(
                place=place,
                name=cells.text(answer.policy.name) if answer.policy.name else format_html("a policy without a name"),
                decision=DECISIONS.get(answer.policy.decision, answer.policy.decision),
                mark=marks[answer.result],
                is_nearest=answer is nearest and answer.result is not Result.MET,
                is_open=answer is nearest or answer is subject,
                lists=list(self._lists(explained, answer.rules)),
            )

    def _lists(self, explained: Explained, rules: Sequence[RuleAnswer]) -> Iterator[ShownList]:
        """The lists of a policy, each of its groups folded into its rule."""
        for shown, more, name in self._chosen(rules):
            lines = [
                replace(self._rule(explained, rule), inside=tuple(self._inside(explained, rule.parts, 1)))
                for rule in shown
            ]
            yield ShownList(_title(name, len(lines)), tuple(_folded(lines)), more)

    def _inside(self, explained: Explained, rules: Sequence[RuleAnswer], depth: int) -> Iterator[ShownList]:
        """The lists of a group; those of a group within it follow its rule, one level deeper."""
        for shown, more, name in self._chosen(rules):
            title = _title(name, len(shown))
            for rule in shown:
                yield ShownList(title, (self._rule(explained, rule),), depth=depth)
                title = ""
                if rule.parts and depth < DEEPEST:
                    yield from self._inside(explained, rule.parts, depth + 1)
            if more:
                yield ShownList(title, (), more, depth)

    def _chosen(self, rules: Sequence[RuleAnswer]) -> Iterator[tuple[Sequence[RuleAnswer], str, str]]:
        """Of each list the rules to show, words for the others, and its name."""
        for name in LISTS:
            if listed := [rule for rule in rules if rule.list == name]:
                shown = _most_telling(listed, min(MOST_RULES, self._budget.left))
                self._budget.left -= len(shown)
                left_out = Counter(rule.result for rule in listed)
                left_out.subtract(rule.result for rule in shown)
                yield shown, _counted(left_out, name), name

    def _rule(self, explained: Explained, answer: RuleAnswer) -> ShownRule:
        marks = EXCLUDE_MARKS if answer.list == "exclude" else RULE_MARKS
        return ShownRule(
            mark=marks[answer.result],
            words=self.html(
                rule_words(answer.rule, explained.evidence.surroundings, short=not self.discretion.sees_policies)
            ),
            seen=self._seen(answer, explained.evidence.login.at),
            reason=answer.reason,
        )

    def _seen(self, answer: RuleAnswer, login_at: datetime | None) -> SafeString | str:
        if not answer.seen:
            return ""
        where = (
            answer.where
            if answer.at is None
            else format_html("{} {}", answer.where, self._with_age(answer.at, login_at))
        )
        return format_html('{} <span class="dim">({})</span>', cells.text(answer.seen), where)

    def _with_age(self, at: datetime, login_at: datetime | None) -> SafeString:
        if login_at is None:
            return self.at(at)
        word = "earlier" if at <= login_at else "later"
        return format_html("{}, {} {}", self.at(at), spoken_duration(abs(login_at - at)), word)

    def _change(self, change: Change) -> SafeString:
        name = cells.text(change.name or change.object_id)
        when = self.at(change.at) if change.at else format_html("by {}", self.moment(change.by))
        return format_html("{} changed {}", name, when)


def _most_telling(rules: Sequence[RuleAnswer], most: int) -> Sequence[RuleAnswer]:
    """So many of the rules, in their order: rather those that decide their list, then the unknown ones."""
    if len(rules) <= most:
        return rules
    order = [Result.MET, Result.UNKNOWN, Result.NOT_MET]
    if rules[0].list == "require":
        order.reverse()
    ranked = sorted(range(len(rules)), key=lambda place: order.index(rules[place].result))
    return [rules[place] for place in sorted(ranked[:most])]


def _title(name: str, rules: int) -> str:
    """What is said above a list; a single rule that must be met needs no words."""
    return LISTS[name] if rules > 1 or name == "exclude" else ""


def _folded(rules: Iterable[ShownRule]) -> Iterator[ShownRule]:
    """Rules that read the same, each once, with their number."""
    for rule, count in Counter(rules).items():
        yield replace(rule, count=count)


def _counted(counts: Counter[Result], name: str) -> str:
    """How many more rules there are, by their result: "488 more rules: 480 not met, 8 can’t be told"."""
    if not counts.total():
        return ""
    marks = EXCLUDE_MARKS if name == "exclude" else RULE_MARKS
    parts = [f"{counts[result]:,} {marks[result].word.lower()}" for result in Result if counts[result]]
    return f"{counted(counts.total(), 'more rule')}: {', '.join(parts)}"
