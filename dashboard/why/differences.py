"""What differs between two forms of something in the configuration of Access, as a page shows it: before and after.

Show it with `why/difference.html`, under the name `difference`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.sentences import SentenceRenderer
from logsync.cloudflare.policies import Rule
from logsync.insight.policy_changes.differences import LISTS, MISSING, Difference, Part, differences
from logsync.insight.policy_changes.names import Names
from logsync.insight.why.wording import DECISIONS, rule_words
from logsync.models.masking import without_addresses
from logsync.models.sight import sight
from logsync.words import counted

# Nobody reads more rows of one list; the others are counted.
MOST_ROWS = 40
# So many rules that stayed are shown beside those that changed.
MOST_UNCHANGED = 5
LONGEST_VALUE = 300
# So many settings are named in a summary.
MOST_FIELDS = 3

HEADINGS = {
    "include": "Include: any one of these is enough",
    "require": "Require: all of these must be met",
    "exclude": "Exclude: none of these may be met",
    "policies": "Policies, with their precedence",
    "allowed_idps": "The only identity providers that it takes",
    "items": "Items",
    "": "Settings",
}
ELEMENTS = {Part.RULE: "rule", Part.POLICY: "policy", Part.PROVIDER: "identity provider", Part.ITEM: "item"}
MANY_ELEMENTS = {Part.POLICY: "policies"}
FIELD_WORDS = {
    "name": "Name",
    "decision": "Action",
    "domain": "Domain",
    "type": "Type",
    "session_duration": "Session duration",
    "approval_required": "Asks for approval",
    "purpose_justification_required": "Asks for a purpose",
    "isolation_required": "Asks for browser isolation",
    "mfa_config": "Asks for MFA",
    "description": "Description",
    "expires_at": "Expires",
}


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One row: what was there before and after; blank where there was nothing.

    `css` is added, removed, replaced or same. `label` names a setting.
    """

    css: str
    before: SafeString | str
    after: SafeString | str
    label: str = ""


@dataclass(frozen=True, slots=True)
class DifferencePart:
    """The rows of one list, or of all settings; `more` changed ones are not shown, `unchanged` counts what stayed."""

    heading: str
    rows: list[DifferenceRow]
    more: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """All that differs. `is_made` and `is_gone` say that there was nothing before, or is nothing after."""

    parts: list[DifferencePart] = field(default_factory=list)
    is_made: bool = False
    is_gone: bool = False

    @property
    def is_equal(self) -> bool:
        return not self.parts


def difference_of(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, names: Names, renderer: SentenceRenderer
) -> ShownDifference:
    """What differs between two forms, of which one may be None: then all of the other is shown."""
    found: dict[str, list[Difference]] = defaultdict(list)
    for one in differences(before or {}, after or {}):
        if one.name != "id":
            found[one.name if one.part is not Part.FIELD else ""].append(one)
    words = _Words(names, renderer)
    order = [name for name in ("", *LISTS) if name in found]
    parts = [_part(name, found[name], before or {}, after or {}, words) for name in order]
    return ShownDifference(parts, is_made=before is None, is_gone=after is None)


def summary_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What differs in a few words: "Require: 1 rule replaced; name changed"."""
    found = differences(before, after)
    counts: dict[tuple[str, Part], Counter[str]] = defaultdict(Counter)
    for one in found:
        if one.part is not Part.FIELD:
            counts[one.name, one.part][_done(one)] += 1
    said = [
        f"{name}: {_counted(done, part)}" if part is Part.RULE else _counted(done, part)
        for (name, part), done in counts.items()
    ]
    fields = [_field_words(one.name).lower() for one in found if one.part is Part.FIELD]
    if fields:
        more = len(fields) - MOST_FIELDS
        said.append(f"{', '.join(fields[:MOST_FIELDS])}{f' and {more:,} more' if more > 0 else ''} changed")
    words = "; ".join(said) or "saved again, nothing that decides about logins differs"
    return words[0].upper() + words[1:]


def _counted(done: Mapping[str, int], part: Part) -> str:
    """How many elements of a list were changed in which way: "15 rules removed, 1 added"."""
    (first, number), *others = done.items()
    words = f"{counted(number, ELEMENTS[part], MANY_ELEMENTS.get(part, ''))} {first}"
    return ", ".join([words, *(f"{number:,} {way}" for way, number in others)])


def _done(one: Difference) -> str:
    if one.is_added:
        return "added"
    return "removed" if one.is_removed else "moved" if one.part is Part.POLICY else "replaced"


def _part(
    name: str, found: list[Difference], before: Mapping[str, Any], after: Mapping[str, Any], words: _Words
) -> DifferencePart:
    value = words.for_part(found[0].part)
    rows = []
    for one in found[:MOST_ROWS]:
        css = "added" if one.is_added else "removed" if one.is_removed else "replaced"
        was, now = ("" if side is MISSING else value(side, one.name) for side in (one.before, one.after))
        rows.append(DifferenceRow(css, was, now, _field_words(one.name) if one.part is Part.FIELD else ""))
    stayed = _stayed(name, found, before, after) if name else []
    for element in stayed[:MOST_UNCHANGED]:
        same = value(element, name)
        rows.append(DifferenceRow("same", same, same))
    return DifferencePart(HEADINGS[name], rows, max(len(found) - MOST_ROWS, 0), max(len(stayed) - MOST_UNCHANGED, 0))


def _stayed(name: str, found: list[Difference], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Any]:
    """The elements of a list that it had before and has after; none if there was no such list on one side."""
    old, new = before.get(name), after.get(name)
    if not isinstance(old, list) or not isinstance(new, list):
        return []
    removed = Counter(_text(one.before) for one in found if one.before is not MISSING)
    stayed = []
    for element in old:
        text = _text(element)
        if removed[text]:
            removed[text] -= 1
        else:
            stayed.append(element)
    return stayed


def _field_words(name: str) -> str:
    return FIELD_WORDS.get(name, name.replace("_", " ").capitalize())


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


class _Words:
    """The words of single values."""

    def __init__(self, names: Names, renderer: SentenceRenderer) -> None:
        self.names, self.renderer = names, renderer
        self.is_masked = sight().is_masked

    def for_part(self, part: Part) -> Callable[[Any, str], SafeString | str]:
        words = {Part.RULE: self._rule, Part.POLICY: self._policy, Part.PROVIDER: self._provider, Part.ITEM: self._item}
        return words.get(part, self._field)

    def _seen(self, value: Any) -> Any:
        return without_addresses(value) if self.is_masked else value

    def _rule(self, value: Any, name: str) -> SafeString:
        return self.renderer.html(rule_words(Rule.from_json(self._seen(value)), self.names.surroundings))

    def _policy(self, value: Any, name: str) -> SafeString | str:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            return self._field(value, name)
        policy = self.names.policies.get(value["id"]) or value["id"]
        return format_html("{} <span class='dim'>(precedence {})</span>", cells.text(policy), value.get("precedence"))

    def _provider(self, value: Any, name: str) -> SafeString | str:
        if not isinstance(value, str):
            return self._field(value, name)
        return cells.text(self.names.surroundings.provider_names.get(value) or value)

    def _item(self, value: Any, name: str) -> SafeString | str:
        if isinstance(value, dict) and value.keys() == {"value"} and isinstance(value["value"], str):
            return cells.text(self._seen(value["value"]))
        return self._field(value, name)

    def _field(self, value: Any, name: str) -> SafeString | str:
        if name == "decision" and isinstance(value, str) and value in DECISIONS:
            return DECISIONS[value]
        if isinstance(value, bool):
            return "yes" if value else "no"
        seen = self._seen(value)
        text = seen if isinstance(seen, str) else json.dumps(seen, ensure_ascii=False, default=str)
        return cells.text(cells.beginning(text, LONGEST_VALUE))
