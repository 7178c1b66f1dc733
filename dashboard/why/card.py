"""The Why card: what the policies asked of one login, beside what it is known to have brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.links import object_href, what_if_href
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.discretion import Discretion
from dashboard.why.identity import ask_for_identity
from dashboard.why.marks import Mark, policy_mark
from dashboard.why.rules import RuleLines, ShownList
from logsync.cloudflare.policies import DENY, Rule
from logsync.insight.explain.load import Explained
from logsync.insight.why.answer import Result, RuleAnswer, Why
from logsync.insight.why.facts import Evidence
from logsync.insight.why.sentences import ask_for, headline_of, limits_of, seen_words
from logsync.insight.why.wording import DECISIONS, rule_words
from logsync.models import Account

# So many policies are on a card; those that are left out are counted.
MOST_POLICIES = 20

# How sure a headline is, by its id; the others leave open what denied the login.
ON_RECORD = Mark("On record: the policies and the login’s own row", "circle-check")
FITS = Mark("Fits: what was last seen or told, not the login’s own row", "clock")
NOT_KNOWN = Mark("Not known: the logs and policies leave it open", "circle-dashed")
CERTAINTIES = {"Y1": ON_RECORD, "Y2": ON_RECORD, "Y3": FITS}
OTHER_TIME = Mark("Fits: the policies weren’t read both before and after this login", "clock")


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy with its place in Cloudflare’s order; `lists` is empty if its rules aren’t told.

    `href` leads to its own page, `what_if_href` to a form that tries a change of it; blank for who may see neither.
    """

    place: int
    name: SafeString | str
    decision: str
    mark: Mark
    is_nearest: bool
    is_open: bool
    lists: Sequence[ShownList] = ()
    href: str = ""
    what_if_href: str = ""


@dataclass(frozen=True, slots=True)
class WhyCard:
    """What the templates of this room show of one login.

    `id` is that of the headline, `key` that of the login's row. `certainty` says how sure the headline is. `limits` say
    how far all of it holds, `ask` what to do next, `identity` how far it is known what Cloudflare last saw of the
    person; blank if no rule needs that. `is_waiting` if Cloudflare is being asked for it just now. `more_policies` are
    not shown.
    """

    id: str
    key: str
    sentence: SafeString
    certainty: Mark
    limits: Sequence[SafeString]
    ask: Sequence[SafeString]
    identity: SafeString | str
    is_waiting: bool
    app: SafeString | str
    policies: Sequence[ShownPolicy]
    more_policies: int

    @property
    def in_brief(self) -> WhyCard:
        """The headline alone, for a page that shows the policies of another login."""
        return replace(self, policies=(), more_policies=0, limits=(), identity="", is_waiting=False)


def _certainty(why: Why) -> Mark:
    """How sure the headline is; only what is proved of the login's own time is on record."""
    certainty = CERTAINTIES.get(why.headline, NOT_KNOWN)
    return OTHER_TIME if certainty is ON_RECORD and not why.app.as_of_login else certainty


class WhyRenderer(SentenceRenderer):
    """Renders answers for one viewer at one moment."""

    def __init__(self, viewer: Viewer, now: datetime, discretion: Discretion) -> None:
        super().__init__(viewer, now)
        self.now = now
        self.discretion = discretion

    def card(self, explained: Explained, key: str) -> WhyCard:
        """The card on a login; `key` is that of its row."""
        explained = self.discretion.told(explained)
        why, evidence = explained.why, explained.evidence
        short = not self.discretion.sees_policies
        identity = ask_for_identity(explained, self.now)
        policies = list(self._policies(why, evidence, explained.account))
        return WhyCard(
            id=why.headline,
            key=key,
            sentence=self.html(headline_of(why, evidence, short=short)),
            certainty=_certainty(why),
            limits=[self.html(sentence) for sentence in limits_of(why, evidence, short=short)],
            ask=[self.html(sentence) for sentence in ask_for(why, evidence, short=short)],
            identity=self.html(identity.sentence) if identity else "",
            is_waiting=bool(identity and identity.is_waiting),
            app=cells.text(why.app.app) if why.app.app else "this application",
            policies=policies,
            more_policies=len(why.policies) - len(policies),
        )

    def _policies(self, why: Why, evidence: Evidence, account: Account) -> Iterator[ShownPolicy]:
        """The first policies, and of those that follow only the nearest and the one that the headline is about."""
        sees = self.discretion.sees_policies
        lines = RuleLines(words=partial(self._words, evidence), seen=partial(self._seen, evidence))
        for place, answer in enumerate(why.policies, start=1):
            is_told = answer is why.nearest or answer is why.subject
            if place > MOST_POLICIES and not is_told:
                continue
            policy = answer.policy
            yield ShownPolicy(
                place=place,
                name=cells.text(policy.name) if policy.name else "a policy without a name",
                decision=DECISIONS.get(policy.decision, policy.decision),
                mark=policy_mark(answer),
                is_nearest=answer is why.nearest and answer.result is not Result.MET,
                is_open=is_told,
                lists=lines.lists(self.discretion.rules(answer, why), lets_in=policy.decision != DENY),
                href=object_href(account, "policy", policy.policy_id) if sees else "",
                what_if_href=what_if_href(account, why.app.app_uid, policy.policy_id) if sees else "",
            )

    def _words(self, evidence: Evidence, rule: Rule) -> SafeString:
        return self.html(rule_words(rule, evidence.surroundings, short=not self.discretion.sees_policies))

    def _seen(self, evidence: Evidence, answer: RuleAnswer) -> SafeString | str:
        sentence = seen_words(answer, evidence)
        return self.html(sentence) if sentence else ""
