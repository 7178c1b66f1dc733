"""How far an answer holds: when the policies were read, what changed, what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logsync.insight.sentence import Sentence
from logsync.insight.why.answer import Result, RuleAnswer, Source, Why
from logsync.insight.why.conditions import every_rule
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules.finding import IDENTITY, SCIM
from logsync.insight.why.sentences.catalogue import fill
from logsync.insight.why.sentences.phrases import Telling, changes_words, when

_PARTS = {
    "groups": "Rule groups",
    "lists": "Gateway lists",
    "users": "The identities that Cloudflare last saw",
    "policies": "Reusable policies",
}
# The part of the configuration that decides a kind of rule; identities decide the others.
_PART_OF = {"group": "groups", "email_list": "lists", "ip_list": "lists"} | dict.fromkeys(
    (
        *("azureAD", "okta", "gsuite", "github-organization", "saml", "oidc"),
        *("device_posture", "certificate", "common_name"),
    ),
    "users",
)


def limits_of(why: Why, evidence: Evidence, *, short: bool = False) -> Iterator[Sentence]:
    """How far all of this holds."""
    return _Limits(why, evidence, short).limits()


class _Limits(Telling):
    """Words how far an answer holds."""

    def limits(self) -> Iterator[Sentence]:
        if not self.why.policies:
            return
        yield fill("read", read=self.read) if self.why.read_at else fill("unread")
        if self.is_of_login and self.why.changed_since:
            yield fill("changed since", changes=changes_words(self.why.changed_since))
        leaves = [leaf for answer in self.why.policies for leaf in every_rule(answer.rules)]
        seen = [leaf.at for leaf in leaves if leaf.where == IDENTITY and leaf.source is Source.OLDER]
        if seen:
            times = [at for at in seen if at]
            yield fill("limit identity", when=when(min(times, default=None), self.evidence))
        if any(leaf.where == SCIM for leaf in leaves):
            yield fill("limit SCIM")
        yield from self._unread(leaves)
        yield from self._provider_limit()

    def _unread(self, leaves: Iterable[RuleAnswer]) -> Iterator[Sentence]:
        """The parts of the configuration that would be needed and could not be read."""
        needed = {_PART_OF.get(leaf.rule.kind, "") for leaf in leaves if leaf.result is Result.UNKNOWN}
        if self.evidence.own_identity:
            needed.discard("users")
        for part, words in _PARTS.items():
            if part in needed and (reason := self.evidence.surroundings.missing.get(part)):
                yield fill("limit missing", part=words, reason=reason)
        if self.why.app.unread and self.why.app.unreadable:
            yield fill("limit missing", part=_PARTS["policies"], reason=self.why.app.unreadable)

    def _provider_limit(self) -> Iterator[Sentence]:
        provider = self.why.provider
        if provider is None or provider.result is Result.MET:
            return
        name = "limit provider" if provider.result is Result.NOT_MET else "limit provider unknown"
        yield fill(name, app=self.app_at_start, **self.provider_values(provider))
