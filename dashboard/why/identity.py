"""What Cloudflare last saw of the person of a login: asked for when somebody opens a page whose answer needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from logsync.insight.explain.load import Explained
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.why.answer import RuleAnswer, Source
from logsync.models import UserReading, person_of

SENTENCES = {
    "asking": "Asking Cloudflare what it last saw of {email} …",
    "no answer": "Gatehouse wanted to ask Cloudflare {wanted:at} what it last saw of {email}, and has no answer yet.",
    "refused": "Cloudflare could not be asked what it last saw of {email}: {error}",
    "seen": "Cloudflare last saw {email} {seen:at}, {age}; Gatehouse asked {read:at}.",
    "seen, asking": "Cloudflare last saw {email} {seen:at}, {age}. Asking again …",
    "seen sometime": "Cloudflare doesn’t say when it last saw {email}; Gatehouse asked {read:at}.",
    "not seen": "Cloudflare has nothing that it last saw of {email}; Gatehouse asked {read:at}.",
    "before": "{age} before this login",
    "after": "{age} after this login",
    "with": "at the time of this login",
}
# Kinds of rules that what was last seen of a person can decide.
NEEDING = frozenset(
    {
        "azureAD",
        "certificate",
        "common_name",
        "device_posture",
        "github-organization",
        "gsuite",
        "login_method",
        "oidc",
        "okta",
        "saml",
    }
)
# Within so long, what was seen may be of this login: Cloudflare tells whole seconds of it.
AT_LOGIN = timedelta(minutes=1)
# A page that waits for Cloudflare’s answer asks for itself again for so long.
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """How far what Cloudflare last saw of the person is known; `is_waiting` if the page should ask again soon."""

    sentence: Sentence
    is_waiting: bool = False
    is_refused: bool = False


def ask_for_identity(explained: Explained, now: datetime) -> IdentityLine | None:
    """Have Cloudflare asked what it last saw of the person of a denied login; None where no rule needs that."""
    login = explained.evidence.login
    person = person_of(login.user_email)
    if not person or login.allowed is not False or not _is_needed(explained):
        return None
    reading = UserReading.objects.want(explained.account, person, UserReading.Subject.IDENTITY)
    return _line(reading, explained, now) if reading else None


def _is_needed(explained: Explained) -> bool:
    """Whether a rule needs it, and isn't decided by the login's own row."""
    return any(rule.rule.kind in NEEDING and rule.source is not Source.ROW for rule in _each_rule(explained))


def _each_rule(explained: Explained) -> Iterator[RuleAnswer]:
    """Every rule of the policies and of their groups, each once."""
    waiting: list[Iterable[RuleAnswer]] = [policy.rules for policy in explained.why.policies]
    known: set[int] = set()
    while waiting:
        for rule in waiting.pop():
            if id(rule) not in known:
                known.add(id(rule))
                yield rule
                waiting.append(rule.parts)


def _line(reading: UserReading, explained: Explained, now: datetime) -> IdentityLine:
    login, identity = explained.evidence.login, explained.evidence.identity
    values: dict[str, Value] = {"email": Quote(login.user_email)}
    is_waiting = reading.is_waiting and now - reading.wanted_at < PATIENCE
    if identity and identity.seen_at:
        values |= {"seen": identity.seen_at, "age": _age(identity.seen_at, login.at), "read": identity.read_at}
        return IdentityLine(_said("seen, asking" if is_waiting else "seen", values), is_waiting)
    if is_waiting:
        return IdentityLine(_said("asking", values), is_waiting)
    if identity:
        return IdentityLine(_said("seen sometime", values | {"read": identity.read_at}))
    if reading.is_waiting:
        return IdentityLine(_said("no answer", values | {"wanted": reading.wanted_at}))
    if reading.error:
        return IdentityLine(_said("refused", values | {"error": Quote(reading.error)}), is_refused=True)
    return IdentityLine(_said("not seen", values | {"read": reading.read_at or reading.wanted_at}))


def _age(seen_at: datetime, login_at: datetime | None) -> Value:
    if login_at is None:
        return "at another time than this login"
    if abs(login_at - seen_at) < AT_LOGIN:
        return _said("with", {})
    return _said("before" if seen_at <= login_at else "after", {"age": abs(login_at - seen_at)})


def _said(sentence: str, values: dict[str, Value]) -> Sentence:
    return Sentence(sentence, SENTENCES, values)
