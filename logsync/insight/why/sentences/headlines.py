"""The headline of an answer as a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from logsync.cloudflare.policies import DENY
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.why import wording
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Source, Why
from logsync.insight.why.conditions import by_row_alone, leaves
from logsync.insight.why.facts import Evidence
from logsync.insight.why.headline import ADMITTING
from logsync.insight.why.rules.finding import IDENTITY, SCIM
from logsync.insight.why.sentences.catalogue import fill
from logsync.insight.why.sentences.phrases import (
    Telling,
    changes_words,
    policy_name,
    seen_words,
    when,
)


def headline_of(why: Why, evidence: Evidence, *, short: bool = False) -> Sentence:
    """The headline as a sentence."""
    return _Headline(why, evidence, short).whole()


class _Headline(Telling):
    """Words a headline."""

    def whole(self) -> Sentence:
        """The headline; if the policies may have been others at the time of the login, it says so."""
        headline = self.headline()
        if self.is_of_login or self.why.headline in ("Y5", "Y6"):
            return headline
        if not self.why.changed_since:
            at, read_at = self.evidence.login.at, self.why.read_at
            if at and read_at and at > read_at:
                return fill("with earlier reading", headline=headline, age=at - read_at)
            return fill("with other time", headline=headline)
        return fill("with changes", headline=headline, changes=changes_words(self.why.changed_since))

    def headline(self) -> Sentence:
        about = self.why.subject
        match self.why.headline:
            case "Y1" if about:
                name = "Y1 everyone" if _is_about_everyone(about) else "Y1"
                return fill(name, name=policy_name(about), rules=self._brought(about))
            case "Y2":
                return self._none("Y2", by_row=True)
            case "Y3":
                return self._not_as_seen()
            case "Y4" | "A2" if about:
                return self._could(about)
            case "Y5" | "A1" if about:
                return self._admits(about)
            case "A3":
                admitting = (one for one in self.why.policies if one.policy.decision != DENY)
                name = "A3 older" if any(one.source is Source.OLDER for one in admitting) else "A3"
                return fill(name, app=self.app, read=self.read, seen=self._what_was_seen())
        if self.why.app.policies is None or self.why.app.unread or self.why.app.unreadable:
            return fill("Y6", app=self.app, grant=self.why.app.unreadable or "Gatehouse has not read them yet.")
        return fill("Y6 none", app=self.app_at_start, read=self.read)

    def _none(self, name: str, *, by_row: bool, **values: Value) -> Sentence:
        """No policy is met; the nearest, what it needs, and what was seen instead."""
        nearest = self.why.nearest
        if nearest is None:
            return fill(f"{name} none", app=self.app, **values)
        count = sum(answer.policy.decision == nearest.policy.decision for answer in self.why.policies)
        which = fill(f"{'nearest' if count > 1 else 'only'} {nearest.policy.decision}", count=count)
        rules = by_row_alone(nearest.deciding) if by_row else nearest.deciding
        values |= {"which": which, "name": policy_name(nearest), "asks": self.asks(rules, by_row)}
        return fill(name, app=self.app, **values, seen=self._seen(rules, by_row))

    def _not_as_seen(self) -> Sentence:
        about = self.why.subject
        if about and about.policy.decision == DENY:
            values = {"name": policy_name(about), "rules": self._brought(about), "as_seen": self._as_seen()}
            return fill("Y3 blocked", who=self.who, **values)
        return self._none("Y3", by_row=False, who=self.who, as_seen=self._as_seen())

    def _could(self, about: PolicyAnswer) -> Sentence:
        """A policy that could admit the login, and what isn't known of it."""
        against = self.why.against
        open_policy = against or about
        if not open_policy.policy.decision:
            return fill("Y4 unread", app=self.app)
        if open_policy.policy.decision not in (*ADMITTING, DENY):
            decision = Quote(open_policy.policy.decision)
            return fill("Y4 decision", name=policy_name(open_policy), decision=decision)
        rules, excluded = self.rules(open_policy.deciding)
        if against:
            found = rules or excluded or wording.words("what it names")
            return fill("Y4 blocked", name=policy_name(about), against=policy_name(against), rules=found)
        also: Value = ""
        if self.why.admitting and self.why.headline == "Y4":
            also = fill("also", name=policy_name(self.why.admitting))
        name = "Y4 both" if rules and excluded else "Y4 excludes" if excluded else "Y4"
        return fill(name, name=policy_name(about), rules=rules or "", excluded=excluded or "", also=also)

    def _brought(self, blocking: PolicyAnswer) -> Sentence:
        """What a policy blocks that was met: "everyone without membership of the Okta group eng-prod"."""
        exclude = [rule for rule in blocking.rules if rule.list == "exclude"]
        excluded = self.any_of(exclude) if exclude else None
        if _is_about_everyone(blocking):
            return fill("everyone without", excluded=excluded) if excluded else fill("everyone")
        rules = wording.all_of(self.needed(rule) for rule in blocking.deciding if rule.rule.kind != "everyone")
        return fill("without", rules=rules, excluded=excluded) if excluded else rules

    def _seen(self, rules: Iterable[RuleAnswer], by_row: bool) -> Value:
        """What was seen instead of what these rules need: "; the login came from the Netherlands (NL)"."""
        found = []
        for leaf in leaves(rules, by_row):
            if leaf.where == IDENTITY and leaf.seen and leaf.result is Result.NOT_MET:
                found.append(fill("seen then", seen=Quote(leaf.seen)))
            elif leaf.source is Source.ROW and (words := seen_words(leaf, self.evidence)):
                found.append(words)
        return fill("semicolon", text=wording.all_of(found)) if found else ""

    def _admits(self, about: PolicyAnswer) -> Sentence:
        values: dict[str, Value] = {"name": policy_name(about), "read": self.read}
        values |= {"steps": self._steps(about), "changed": self._changed()}
        if about.source is Source.ROW:
            return fill(self.why.headline, **values)
        return fill(f"{self.why.headline} older", **values, seen=self._what_was_seen())

    def _what_was_seen(self) -> Sentence:
        said = {rule.where == SCIM for rule in self.why.older}
        name = "what was seen and said" if len(said) > 1 else "what SCIM said" if True in said else "what was seen"
        return fill(name, when=self._seen_when())

    def _as_seen(self) -> Sentence:
        older = self.why.older
        name = "as SCIM says" if older and all(rule.where == SCIM for rule in older) else "as last seen"
        return fill(name, when=self._seen_when())

    def _seen_when(self) -> Sentence:
        return when(min((rule.at for rule in self.why.older if rule.at), default=None), self.evidence)

    def _steps(self, about: PolicyAnswer) -> Value:
        """What is asked for beside the rules: the steps of the policy, and the providers of the application."""
        found = []
        if about.policy.further_steps:
            found.append(fill("steps", name=policy_name(about), steps=self.step_names(about)))
        if self.wrong_provider:
            found.append(fill("steps provider", app=self.app, **self.provider_values(self.wrong_provider)))
        return fill("both", first=found[0], last=found[1]) if len(found) > 1 else found[0] if found else ""

    def _changed(self) -> Value:
        if self.is_of_login:
            return ""
        if not self.why.changed_since:
            return fill("not proved")
        return fill("changed", changes=changes_words(self.why.changed_since))


def _is_about_everyone(answer: PolicyAnswer) -> bool:
    """Whether a policy that is met is met for everyone, unless it excludes them."""
    kinds = {rule.rule.kind for rule in answer.deciding if rule.list == "include"}
    return "everyone" in kinds and all(rule.list == "include" for rule in answer.deciding)
