"""The form that edits policies: each rule a row of its own, in plain fields that need no script.

The names of fields say where they belong: `p0-include-2-email` is the e-mail address of the third rule in the first
policy's include, `g1-require-add-kind` the kind of a rule that is to be added to the second rule group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from logsync.cloudflare.policies import Rule
from logsync.cloudflare.records import storable
from logsync.insight.explain.edit import ADDED, LISTS, Content, EditError, Setup
from logsync.insight.why.facts import Surroundings
from logsync.insight.why.wording import DECISIONS

# More rows than these are shown as words, and edited as JSON: a browser's form has to end somewhere.
MOST_ROWS = 150
LONGEST_VALUE = 500
LIST_WORDS = {
    "include": ("Include", "any of these is enough"),
    "require": ("Require", "all of these must be met"),
    "exclude": ("Exclude", "none of these may be met"),
}
_PROVIDER = ("identity_provider_id", "provider")
# What of each kind of rule can be typed: the field in Cloudflare's JSON, and what the page calls it.
FIELDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "everyone": (),
    "email": (("email", "e-mail address"),),
    "email_domain": (("domain", "domain"),),
    "email_list": (("id", "list"),),
    "ip": (("ip", "network"),),
    "ip_list": (("id", "list"),),
    "geo": (("country_code", "country code"),),
    "login_method": (("id", "provider"),),
    "group": (("id", "rule group"),),
    "okta": (("name", "group"), _PROVIDER),
    "azureAD": (("id", "group id"), _PROVIDER),
    "gsuite": (("email", "group’s e-mail"), _PROVIDER),
    "github-organization": (("name", "organisation"), ("team", "team"), _PROVIDER),
    "saml": (("attribute_name", "attribute"), ("attribute_value", "value"), _PROVIDER),
    "oidc": (("claim_name", "claim"), ("claim_value", "value"), _PROVIDER),
    "device_posture": (("integration_uid", "check id"),),
    "certificate": (),
    "common_name": (("common_name", "common name"),),
    "service_token": (("token_id", "token id"),),
    "any_valid_service_token": (),
}
KINDS = {
    "email": "E-mail address",
    "email_domain": "E-mail domain",
    "everyone": "Everyone",
    "geo": "Country",
    "ip": "IP network",
    "group": "Rule group",
    "login_method": "Sign-in provider",
    "okta": "Okta group",
    "azureAD": "Microsoft Entra ID group",
    "gsuite": "Google Workspace group",
    "github-organization": "GitHub organisation",
    "saml": "SAML attribute",
    "oidc": "OIDC claim",
    "email_list": "List of e-mail addresses",
    "ip_list": "List of IP addresses",
    "device_posture": "Device posture check",
    "certificate": "Client certificate",
    "common_name": "Certificate’s common name",
    "service_token": "Service token",
    "any_valid_service_token": "Any service token",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: the value that is sent, and its words."""

    value: str
    words: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One value of a rule. With `choices` it is one of these."""

    name: str
    label: str
    value: str
    choices: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. Without `fields`, `words` are all that is shown of it; `is_new` if the edit added it."""

    kind: str
    words: SafeString
    fields: Sequence[FieldRow]
    remove: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class ListForm:
    """One of the three lists: its word, what it means, its rules, and how the fields of a new rule are called.

    `removed` are rules that the edit takes out.
    """

    name: str
    word: str
    meaning: str
    rows: Sequence[RuleRow]
    removed: Sequence[SafeString]
    add: str


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """A policy or a rule group. `decisions` and `precedence` None for a group. `is_changed` by the edit."""

    prefix: str
    object_id: str
    name: str
    lists: Sequence[ListForm]
    decisions: Sequence[Choice] | None
    decision: str
    precedence: int | None
    has_precedence: bool
    is_off: bool
    is_added: bool
    is_changed: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to choose from, by id: rule groups, lists, identity providers."""

    groups: Mapping[str, str]
    lists: Mapping[str, str]
    providers: Mapping[str, str]

    @classmethod
    def of(cls, surroundings: Surroundings) -> Names:
        return cls(
            groups={group_id: group.name or group_id for group_id, group in surroundings.groups.items()},
            lists={list_id: one.name or list_id for list_id, one in surroundings.lists.items()},
            providers=dict(surroundings.provider_names),
        )

    def of_field(self, kind: str, field: str) -> Mapping[str, str]:
        """What a field may be; empty for anything."""
        if field == _PROVIDER[0] or kind == "login_method":
            return self.providers
        return {"group": self.groups, "email_list": self.lists, "ip_list": self.lists}.get(kind, {})


# The form of a setup


class SetupForm:
    """The fields for a setup, beside what it was before; `words` has a rule's words, `opened` is a policy's id."""

    def __init__(
        self, before: Setup, setup: Setup, names: Names, words: Callable[[Rule], SafeString], opened: str
    ) -> None:
        self.before = before
        self.setup = setup
        self.names = names
        self.words = words
        self.opened = opened

    def policies(self) -> list[PolicyForm]:
        before = {policy["id"]: policy for policy in self.before.policies}
        return [
            self._content(f"p{place}", policy, before.get(policy["id"]), is_policy=True)
            for place, policy in enumerate(self.setup.policies)
        ]

    def groups(self) -> list[PolicyForm]:
        before = {group["id"]: group for group in self.before.groups}
        return [
            self._content(f"g{place}", group, before.get(group["id"]), is_policy=False)
            for place, group in enumerate(self.setup.groups)
        ]

    def _content(self, prefix: str, content: Content, before: Content | None, *, is_policy: bool) -> PolicyForm:
        decision = str(content.get("decision", ""))
        is_changed = before is None or any(content.get(name) != before.get(name) for name in content)
        return PolicyForm(
            prefix=prefix,
            object_id=str(content["id"]),
            name=str(content["name"]),
            lists=[self._list(prefix, name, content, before or {}) for name in LISTS],
            decisions=_decisions(decision) if is_policy else None,
            decision=DECISIONS.get(decision, decision),
            precedence=content.get("precedence"),
            has_precedence="precedence" in content,
            is_off=bool(content.get("off")),
            is_added=before is None,
            is_changed=is_changed,
            is_open=is_changed or content["id"] == self.opened or (is_policy and len(self.setup.policies) == 1),
        )

    def _list(self, prefix: str, name: str, content: Content, before: Content) -> ListForm:
        word, meaning = LIST_WORDS[name]
        old, rules = before.get(name) or [], content[name]
        return ListForm(
            name=name,
            word=word,
            meaning=meaning,
            rows=[self._row(f"{prefix}-{name}-{place}", rule, rule not in old) for place, rule in enumerate(rules)],
            removed=[self.words(Rule.from_json(rule)) for rule in old if rule not in rules],
            add=f"{prefix}-{name}-add",
        )

    def _row(self, prefix: str, item: Any, is_new: bool) -> RuleRow:
        rule = Rule.from_json(item)
        words = self.words(rule)
        fields = list(self._fields(prefix, rule)) if has_rows(self.setup) and is_editable(rule) else []
        return RuleRow(KINDS.get(rule.kind, rule.kind), words, fields, f"{prefix}-remove", is_new)

    def _fields(self, prefix: str, rule: Rule) -> Iterator[FieldRow]:
        for field, label in FIELDS[rule.kind]:
            value, known = rule.text(field), self.names.of_field(rule.kind, field)
            choices = [Choice(one, words, one == value) for one, words in known.items()]
            if choices and value not in known:
                choices.insert(0, Choice(value, value or "any", True))
            yield FieldRow(f"{prefix}-{field}", label, value, choices)


def _decisions(chosen: str) -> list[Choice]:
    """What a policy may decide, and what this one does if that is something else."""
    other = {} if chosen in DECISIONS else {chosen: chosen or "not said"}
    return [Choice(value, words, value == chosen) for value, words in {**DECISIONS, **other}.items()]


def has_rows(setup: Setup) -> bool:
    """Whether the rules can be edited row by row; if not, they are too many."""
    return sum(len(one[name]) for one in (*setup.policies, *setup.groups) for name in LISTS) <= MOST_ROWS


def is_editable(rule: Rule) -> bool:
    """Whether a rule is one whose values can be typed: of a kind that is known, with a text for each field, or none."""
    if rule.kind not in FIELDS or not isinstance(rule.value, dict):
        return False
    return all(isinstance(rule.value.get(field, ""), str) for field, _ in FIELDS[rule.kind])


# What is sent


def read_form(sent: QueryDict, setup: Setup, names: Names) -> Setup:
    """The setup as the fields have it. Raises EditError."""
    policies = [_read(sent, f"p{place}", policy, names) for place, policy in enumerate(setup.policies)]
    groups = [_read(sent, f"g{place}", group, names) for place, group in enumerate(setup.groups)]
    return Setup(tuple(one for one in policies if one), tuple(one for one in groups if one))


def with_new_policy(setup: Setup) -> Setup:
    """The setup with one more policy, which admits nobody yet and is judged last."""
    number = sum(str(policy["id"]).startswith(ADDED) for policy in setup.policies) + 1
    last = max((policy.get("precedence") or 0 for policy in setup.policies), default=0)
    policy: Content = {
        "id": f"{ADDED}{number}",
        "name": f"New policy {number}",
        "decision": "allow",
        "precedence": last + 1,
        **{name: [] for name in LISTS},
    }
    return Setup((*setup.policies, policy), setup.groups)


def _read(sent: QueryDict, prefix: str, content: Content, names: Names) -> Content | None:
    """One policy or group as its fields have it; None for an added policy that is to go."""
    if prefix not in sent:
        return content
    if f"{prefix}-drop" in sent and content["id"].startswith(ADDED):
        return None
    read = dict(content)
    if f"{prefix}-decision" in sent:
        read["decision"] = _text(sent, f"{prefix}-decision")
        read.pop("off", None)
        if f"{prefix}-off" in sent:
            read["off"] = True
    if f"{prefix}-precedence" in sent:
        read["precedence"] = _number(_text(sent, f"{prefix}-precedence"), content)
    if name := _text(sent, f"{prefix}-name"):
        read["name"] = name
    for list_name in LISTS:
        read[list_name] = list(_read_list(sent, f"{prefix}-{list_name}", content[list_name], names))
    return read


def _number(text: str, content: Content) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise EditError(f"Policy “{content['name']}”: the precedence must be a whole number, such as 1.")
    return int(text)


def _read_list(sent: QueryDict, prefix: str, rules: Sequence[Any], names: Names) -> Iterator[Any]:
    for place, item in enumerate(rules):
        if f"{prefix}-{place}-remove" not in sent:
            yield _read_rule(sent, f"{prefix}-{place}", item, names)
    if added := _read_added(sent, f"{prefix}-add", names):
        yield added


def _read_rule(sent: QueryDict, prefix: str, item: Any, names: Names) -> Any:
    rule = Rule.from_json(item)
    if not is_editable(rule):
        return item
    value = dict(rule.value)
    for field, label in FIELDS[rule.kind]:
        if (name := f"{prefix}-{field}") in sent and (text := _text(sent, name)) != rule.text(field):
            value[field] = _named(rule.kind, field, label, text, names)
    return {rule.kind: value}


def _read_added(sent: QueryDict, prefix: str, names: Names) -> Any:
    """The rule that is to be added; None if none is."""
    kind, text = _text(sent, f"{prefix}-kind"), _text(sent, f"{prefix}-value")
    if not kind:
        if text:
            raise EditError(f"Choose what kind of rule “{text}” is.")
        return None
    if kind not in KINDS:
        raise EditError(f"There is no kind of rule “{kind}” here.")
    if not FIELDS[kind]:
        return {kind: {}}
    (field, label), *_ = FIELDS[kind]
    if not text:
        raise EditError(f"A rule of the kind “{KINDS[kind]}” needs a value: {label}.")
    return {kind: {field: _named(kind, field, label, text, names)}}


def _named(kind: str, field: str, label: str, text: str, names: Names) -> str:
    """The value for what was typed: the id of a group, list or provider that may also be called by its name."""
    if kind == "geo" and (len(text) != 2 or not text.isascii() or not text.isalpha()):
        raise EditError(f"“{text}” is not a country code; write two letters, such as DE.")
    known = names.of_field(kind, field)
    if not known or text in known or not text:
        return text.upper() if kind == "geo" else text.removeprefix("@") if kind == "email_domain" else text
    found = [one for one, name in known.items() if name.casefold() == text.casefold()]
    if len(found) != 1:
        few = ", ".join(sorted(known.values())[:5])
        how = "Several have that name; give the id." if found else f"There is: {few}."
        raise EditError(f"There is no {label} “{text}” to choose. {how}")
    return found[0]


def _text(sent: QueryDict, name: str) -> str:
    text: str = storable(sent.get(name, "")).strip()
    if len(text) > LONGEST_VALUE:
        raise EditError(f"A value is too long: {len(text):,} characters, and {LONGEST_VALUE} are allowed.")
    return text
