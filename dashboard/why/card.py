"""The Why card: what the policies asked of one login, beside what it is known to have brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.discretion import Discretion
from dashboard.why.identity import ask_for_identity
from dashboard.why.marks import Mark, policy_mark
from dashboard.why.rules import RuleLines, ShownList
from dashboard.why.wording import ask_for, headline_of
from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH, Rule
from logsync.insight.explain.load import Explained
from logsync.insight.verdict.statement import Certainty
from logsync.insight.why.answer import Result, RuleAnswer, Why
from logsync.insight.why.facts import Change
from logsync.insight.why.wording import rule_words
from logsync.words import spoken_duration

# So many policies are on a card; those that are left out are counted.
MOST_POLICIES = 20
MOST_CHANGES = 5

DECISIONS = {ALLOW: "Allow", DENY: "Block", SERVICE_AUTH: "Service Auth", BYPASS: "Bypass"}
CERTAINTIES = {"Y1": Certainty.ON_RECORD, "Y2": Certainty.ON_RECORD, "Y3": Certainty.FITS}


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
    # How far it is known what Cloudflare last saw of the person; blank if no rule needs it.
    identity: SafeString | str = ""
    # Whether Cloudflare is being asked just now.
    is_waiting: bool = False

    @property
    def icon(self) -> str:
        return {"Y1": "ban", "Y2": "lock", "Y3": "lock", "Y5": "circle-check"}.get(self.id, "circle-dashed")


class WhyRenderer(SentenceRenderer):
    """Renders answers for one viewer at one moment."""

    def __init__(self, viewer: Viewer, now: datetime, discretion: Discretion) -> None:
        super().__init__(viewer, now)
        self.now = now
        self.discretion = discretion

    def card(self, explained: Explained, key: str) -> WhyCard:
        """The card on a login; `key` is that of its row."""
        why = self.discretion.seen(explained.why)
        identity = ask_for_identity(explained, self.now)
        policies = list(self._policies(explained, why))
        return WhyCard(
            id=why.headline,
            key=key,
            sentence=self.html(headline_of(why, explained.evidence)),
            certainty=CERTAINTIES.get(why.headline, Certainty.UNKNOWN),
            ask=[self.html(sentence) for sentence in ask_for(why, explained.evidence)],
            policies=policies,
            more_policies=len(why.policies) - len(policies),
            app=cells.text(why.app.app),
            read_at=self.moment(why.read_at) if why.read_at else "",
            is_in_full=self.discretion.sees_policies,
            changes=[self._change(change) for change in why.changed_since[:MOST_CHANGES]],
            more_changes=max(len(why.changed_since) - MOST_CHANGES, 0),
            identity=self.html(identity.sentence) if identity else "",
            is_waiting=bool(identity and identity.is_waiting),
        )

    def _policies(self, explained: Explained, why: Why) -> Iterator[ShownPolicy]:
        """The first policies, and of those that follow only the nearest and the one that the headline is about."""
        lines = RuleLines(
            words=lambda rule: self._words(rule, explained),
            seen=lambda answer: self._seen(answer, explained.evidence.login.at),
        )
        for place, answer in enumerate(why.policies, start=1):
            is_told = answer is why.nearest or answer is why.subject
            if place > MOST_POLICIES and not is_told:
                continue
            policy = answer.policy
            yield ShownPolicy(
                place=place,
                name=cells.text(policy.name) if policy.name else format_html("a policy without a name"),
                decision=DECISIONS.get(policy.decision, policy.decision),
                mark=policy_mark(answer),
                is_nearest=answer is why.nearest and answer.result is not Result.MET,
                is_open=is_told,
                lists=lines.lists(answer.rules, lets_in=policy.decision != DENY),
            )

    def _words(self, rule: Rule, explained: Explained) -> SafeString:
        return self.html(rule_words(rule, explained.evidence.surroundings, short=not self.discretion.sees_policies))

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
