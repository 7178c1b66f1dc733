"""What an application asks of a login: its policies, their rules, rule groups. Read from Cloudflare's own JSON.

The same JSON comes from the API and from snapshots, so all of it is tolerant: whatever is not as documented stays as it
came, and is unknown to those who ask what it means. Nothing here raises an error for a value of another type.

Sources: the API reference of "Access applications", "policies" and "groups"; "Policies" in Cloudflare's Zero Trust
documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from logsync.cloudflare.records import Instant

ALLOW, DENY, SERVICE_AUTH, BYPASS = "allow", "deny", "non_identity", "bypass"
# Further steps which a policy may ask for after its rules are met, by Cloudflare's names.
FURTHER_STEPS = ("approval_required", "purpose_justification_required", "mfa_config", "isolation_required")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `kind` is its key in the JSON, `value` what is there. `kind` is blank if it is no object of one key."""

    kind: str
    value: Any

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded rule, whatever it is."""
        if isinstance(item, dict) and len(item) == 1:
            [(kind, value)] = item.items()
            return cls(str(kind), value)
        return cls("", item)

    def text(self, name: str) -> str:
        """A text within the value, without blanks around it; blank if there is none."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """A text within the value, or a list of texts; empty if there is none, or anything else among them."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        found = [one.strip() if isinstance(one, str) else "" for one in (value if isinstance(value, list) else [value])]
        return found if all(found) else []


@dataclass(frozen=True, slots=True)
class RuleLists:
    """The three lists of rules of a policy or a rule group: any of `include`, all of `require`, none of `exclude`."""

    include: tuple[Rule, ...] = ()
    require: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read the lists of a decoded policy or group; what is no list counts as a single rule of no known kind."""
        fields = item if isinstance(item, dict) else {}
        return cls(*(tuple(_rules(fields.get(name))) for name in ("include", "require", "exclude")))

    def named(self) -> Iterator[tuple[str, tuple[Rule, ...]]]:
        """Each list with its name in the JSON, in the order in which people read them."""
        yield "include", self.include
        yield "require", self.require
        yield "exclude", self.exclude


def _rules(value: object) -> Iterator[Rule]:
    if value is None:
        return
    for item in value if isinstance(value, list) else [value]:
        yield Rule.from_json(item)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy. `precedence` is its place in one application (lower is earlier), None where that isn't known."""

    policy_id: str
    name: str
    decision: str
    rules: RuleLists
    precedence: int | None = None
    further_steps: tuple[str, ...] = ()
    updated_at: datetime | None = None

    @classmethod
    def from_json(cls, item: object, precedence: int | None = None) -> Self:
        """Read a decoded policy. `precedence` is that which the application gives it, if the policy has none itself."""
        fields = item if isinstance(item, dict) else {}
        own = fields.get("precedence")
        return cls(
            policy_id=_text(fields, "id"),
            name=_text(fields, "name"),
            decision=_text(fields, "decision"),
            rules=RuleLists.from_json(fields),
            precedence=precedence if precedence is not None else own if type(own) is int else None,
            further_steps=tuple(name for name in FURTHER_STEPS if _is_set(fields.get(name))),
            updated_at=time_of(fields, "updated_at"),
        )


def _is_set(value: object) -> bool:
    """Whether a further step is asked for: a flag that is true, or settings that don't turn themselves off."""
    if isinstance(value, dict):
        return bool(value) and value.get("mfa_disabled") is not True
    return value is True


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A rule group: a rule made of the same three lists."""

    group_id: str
    name: str
    rules: RuleLists

    @classmethod
    def from_json(cls, item: object) -> Self:
        fields = item if isinstance(item, dict) else {}
        return cls(_text(fields, "id"), _text(fields, "name"), RuleLists.from_json(fields))


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What of an application bears on a login: which policies it has, with their precedence, and its providers.

    `policies` are ids with their precedence; None if it isn't known which policies it has. `allowed_idps` are the ids
    of the only providers that it takes; empty for any.
    """

    app_uid: str
    name: str
    allowed_idps: tuple[str, ...]
    policies: tuple[tuple[str, int | None], ...] | None

    @classmethod
    def from_json(cls, item: object) -> Self:
        fields = item if isinstance(item, dict) else {}
        listed = fields.get("policies")
        policies = None if not isinstance(listed, list) else tuple(_references(listed))
        idps = fields.get("allowed_idps")
        return cls(
            app_uid=_text(fields, "id"),
            name=_text(fields, "name"),
            allowed_idps=tuple(idp for idp in idps if isinstance(idp, str)) if isinstance(idps, list) else (),
            policies=policies,
        )


def _references(listed: list[object]) -> Iterator[tuple[str, int | None]]:
    for place, item in enumerate(listed, start=1):
        if isinstance(item, str) and item:
            yield item, place
        elif isinstance(item, dict) and (policy_id := _text(item, "id")):
            own = item.get("precedence")
            yield policy_id, own if type(own) is int else place


def time_of(fields: dict[str, Any], name: str) -> datetime | None:
    """A time that Cloudflare wrote in RFC 3339; None if it is missing or unreadable."""
    instant = Instant.parse(fields.get(name))
    return instant.time if instant else None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
