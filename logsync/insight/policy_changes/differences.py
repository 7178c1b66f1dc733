"""What differs between two contents of an object of Access: rule by rule, item by item, else field by field.

Both are Cloudflare's JSON as snapshots keep it, and may hold anything: what is not as documented is compared as a whole
field. The order of rules, items and providers means nothing and is no difference; that of policies is their precedence.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final

from logsync.cloudflare.policies import Rule


class _Missing(Enum):
    MISSING = "missing"


# Stands for what one of the contents does not have; JSON's null is None.
MISSING: Final = _Missing.MISSING


class Part(StrEnum):
    """What a difference is of."""

    RULE = "rule"
    POLICY = "policy"
    ITEM = "item"
    PROVIDER = "provider"
    FIELD = "field"


# The lists whose elements are compared one by one, in the order in which people read them.
LISTS = {
    "include": Part.RULE,
    "require": Part.RULE,
    "exclude": Part.RULE,
    "policies": Part.POLICY,
    "allowed_idps": Part.PROVIDER,
    "items": Part.ITEM,
}
# Where these are missing or null, it is as if they were empty. Policies and items would then be unknown.
EMPTY_IF_MISSING = ("include", "require", "exclude", "allowed_idps")
# The fields that people read first.
FIRST_FIELDS = ("name", "decision", "precedence")
# What Cloudflare notes about an object by itself.
NOTED_BY_ITSELF = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: in the list or field `name`, `before` became `after`; MISSING where there was or is none."""

    part: Part
    name: str
    before: Any
    after: Any

    @property
    def is_added(self) -> bool:
        return self.before is MISSING

    @property
    def is_removed(self) -> bool:
        return self.after is MISSING


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Everything by which the second content differs from the first."""
    names = [name for name in (*FIRST_FIELDS, *LISTS) if name in before or name in after]
    found: list[Difference] = []
    for name in dict.fromkeys([*names, *sorted({*before, *after})]):
        if name not in NOTED_BY_ITSELF:
            found += _of_field(name, before.get(name, MISSING), after.get(name, MISSING))
    return found


def _of_field(name: str, before: Any, after: Any) -> Iterator[Difference]:
    if part := LISTS.get(name):
        old, new = _elements(name, before), _elements(name, after)
        if old is not None and new is not None:
            yield from _of_list(part, name, old, new)
            return
    if _text(before) != _text(after):
        yield Difference(Part.FIELD, name, before, after)


def _elements(name: str, value: Any) -> list[Any] | None:
    """The elements of a list; None if it is none."""
    if (value is None or value is MISSING) and name in EMPTY_IF_MISSING:
        return []
    if not isinstance(value, list):
        return None
    return list(_placed(value)) if name == "policies" else value


def _placed(policies: Sequence[Any]) -> Iterator[Any]:
    """Policies with their precedence; without one of its own it is the place in the list."""
    for place, policy in enumerate(policies, start=1):
        if isinstance(policy, str):
            yield {"id": policy, "precedence": place}
        elif isinstance(policy, dict) and "id" in policy:
            yield {"precedence": place} | policy
        else:
            yield policy


def _of_list(part: Part, name: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    removed, added = _only_in(before, after), _only_in(after, before)
    partners = _partners(part, removed, added)
    for place, element in enumerate(removed):
        yield Difference(part, name, element, added[partners[place]] if place in partners else MISSING)
    replacing = set(partners.values())
    for place, element in enumerate(added):
        if place not in replacing:
            yield Difference(part, name, MISSING, element)


def _only_in(elements: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The elements that are missing among the others, in their order; equal ones count each."""
    left, found = Counter(map(_text, others)), []
    for element in elements:
        text = _text(element)
        if left[text]:
            left[text] -= 1
        else:
            found.append(element)
    return found


def _partners(part: Part, removed: Sequence[Any], added: Sequence[Any]) -> dict[int, int]:
    """Which of the removed elements was replaced by which of the added: the only ones of one key."""
    old, new = _by_key(part, removed), _by_key(part, added)
    return {old[key][0]: new[key][0] for key in old if len(old[key]) == 1 and len(new.get(key, ())) == 1}


def _by_key(part: Part, elements: Iterable[Any]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for place, element in enumerate(elements):
        if key := _key(part, element):
            found[key].append(place)
    return found


def _key(part: Part, element: Any) -> str:
    """By what an element is still the same although something of it differs; blank for nothing."""
    if part is Part.RULE:
        return Rule.from_json(element).kind
    names = {Part.POLICY: "id", Part.ITEM: "value"}
    value = element.get(names.get(part, "")) if isinstance(element, dict) else None
    return value if isinstance(value, str) else ""


def _text(value: Any) -> str:
    """The same for equal JSON: true is not 1, and the order of names means nothing."""
    if value is MISSING:
        return ""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
