"""What to ask the person on the line for, or to look up next."""

from __future__ import annotations

from collections.abc import Iterator

from logsync.cloudflare.policies import DENY
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.why import wording
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Why
from logsync.insight.why.conditions import leaves
from logsync.insight.why.facts import Evidence
from logsync.insight.why.sentences.catalogue import fill
from logsync.insight.why.sentences.phrases import Telling, changes_words, policy_name

# What to ask for where a rule is missing.
_ASK = {
    **dict.fromkeys(("azureAD", "okta", "gsuite", "github-organization", "saml", "oidc"), "ask group"),
    **dict.fromkeys(("email_list", "ip_list"), "ask list"),
    **dict.fromkeys(("email", "email_domain"), "ask email"),
    **dict.fromkeys(("device_posture", "certificate", "common_name"), "ask device"),
    **dict.fromkeys(("service_token", "any_valid_service_token"), "ask service"),
    "ip": "ask network",
    "geo": "ask country",
    "login_method": "ask provider",
    "group": "ask rule group",
}
# Where it is unknown whether a rule was met, these are looked up elsewhere than at the caller's.
_CHECK = {"ask group": "check group", "ask list": "ask other", "ask rule group": "ask other", "ask email": "ask other"}
# So many things to ask for at once.
_MOST_ASKED = 4


def ask_for(why: Why, evidence: Evidence, *, short: bool = False) -> Iterator[Sentence]:
    """What helps the person on the line, or whoever looks into it next."""
    found = _NextSteps(why, evidence, short).next_steps()
    alike = {repr(sentence): sentence for sentence in found}
    yield from list(alike.values())[:_MOST_ASKED]


class _NextSteps(Telling):
    """Words what to do next."""

    def next_steps(self) -> Iterator[Sentence]:
        yield from self._by_headline()
        if self.wrong_provider and self.why.headline in ("Y2", "Y3", "Y4", "Y5"):
            yield fill("ask provider", rules=self.provider_values(self.wrong_provider)["rules"])

    def _by_headline(self) -> Iterator[Sentence]:
        about = self.why.subject or self.why.nearest
        match self.why.headline:
            case "Y1" if about:
                yield fill("ask blocked", who=self.who, name=policy_name(about))
            case "Y2" | "Y3" if about:
                if about.policy.decision == DENY:
                    yield fill("ask blocked", who=self.who, name=policy_name(about))
                else:
                    yield from self._missing(about)
            case "Y4" if about:
                if self.why.admitting:
                    yield from self._past_policies(self.why.admitting)
                yield from self._missing(self.why.against or about)
            case "Y5" if about:
                yield from self._past_policies(about)
            case "Y2" | "Y6":
                yield fill("check policies", app=self.app)

    def _missing(self, about: PolicyAnswer) -> Iterator[Sentence]:
        """What to ask for, or to check where it isn't known, condition by condition."""
        if not about.policy.decision:
            yield fill("check policies", app=self.app)
            return
        if about.policy.decision == DENY:
            yield fill("check blocked", name=policy_name(about), asks=self.asks_of(about))
            return
        asked: dict[tuple[str, str, str], list[RuleAnswer]] = {}
        for leaf in leaves(about.deciding):
            name = _ASK.get(leaf.rule.kind, "ask other")
            if leaf.result is Result.UNKNOWN:
                name = _CHECK.get(name, name)
            if leaf.list == "exclude":
                name = "check excluded" if leaf.result is Result.UNKNOWN else "ask excluded"
            where = self._provider(leaf) if name in ("ask group", "check group") else ""
            condition = leaf.list if leaf.list == "include" else wording.as_json([leaf.rule.kind, leaf.rule.value])
            asked.setdefault((name, where, condition), []).append(leaf)
        for (name, where, _), alike in asked.items():
            rules = self.any_of(alike)
            provider: Value = Quote(where) if where else "the identity provider"
            yield fill(name, who=self.who, name=policy_name(about), rules=rules, provider=provider)

    def _provider(self, leaf: RuleAnswer) -> str:
        names = self.evidence.surroundings.provider_names
        return names.get(leaf.rule.text("identity_provider_id"), "") or wording.PRODUCT_OF.get(leaf.rule.kind, "")

    def _past_policies(self, about: PolicyAnswer) -> Iterator[Sentence]:
        if about.policy.further_steps:
            yield fill("check steps", steps=self.step_names(about))
        if self.why.changed_since and not self.is_of_login:
            yield fill("check changes", changes=changes_words(self.why.changed_since))
        yield fill("check tester", who=self.who)
