"""Policies as somebody would have them: an edit of what was last read, kept here and never sent to Cloudflare.

A `Setup` is what can be edited: the policies of an application (or one policy, for every application that has it) and
the rule groups that they use, as Cloudflare's JSON. An edit is what differs from it, as small JSON of its own:

{"policies": {id: {"decision": "deny", "require": [...]}}, "added": [{...}], "groups": {id: {...}}}

A policy with `"off": true` is not judged. Whatever people send is checked; `EditError` says what is wrong, and where.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from logsync.cloudflare.policies import (
    AppSettings,
    Policy,
    Rule,
    RuleGroup,
    RuleLists,
)
from logsync.cloudflare.records import storable
from logsync.insight.explain.configuration import Configuration, Kind
from logsync.insight.why.compiled import Alternatives, Rulebook
from logsync.insight.why.facts import AppPolicies, Surroundings
from logsync.insight.why.wording import DECISIONS

Content = dict[str, Any]
Edit = dict[str, Any]

LISTS = ("include", "require", "exclude")
POLICY_FIELDS = ("name", "decision", "precedence", *LISTS)
# An edit may be so long, as JSON, may have so many rules, and a rule may be nested so deep.
LONGEST = 200_000
MOST_RULES = 2_000
MOST_ADDED = 20
DEEPEST = 6
LONGEST_NAME = 350
ADDED = "new-"


class EditError(ValueError):
    """An edit that can't be read; the message is a sentence for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What can be edited, each with its `id`: policies in the order of their precedence, rule groups by name."""

    policies: tuple[Content, ...]
    groups: tuple[Content, ...]

    def to_json(self) -> dict[str, list[Content]]:
        """The same as JSON, for the text area."""
        return {"policies": list(self.policies), "groups": list(self.groups)}


# What there is


def setup_of(configuration: Configuration, app_uid: str, policy_id: str) -> Setup | None:
    """What can be edited of an application, or of one policy if no application is named; None if it was never read."""
    # Together, and not one by one.
    configuration.surroundings(None)
    if app_uid:
        configuration.snapshots.prepare({(configuration.account.pk, app_uid): [None]})
    policies = tuple(_policies_of(configuration, app_uid) if app_uid else _policy_alone(configuration, policy_id))
    if not policies and configuration.version(Kind.APP, app_uid, None) is None:
        return None
    contents = dict(_groups_used(configuration, policies))
    by_name = sorted(contents.values(), key=lambda group: (str(group["name"]).casefold(), group["id"]))
    return Setup(policies, tuple(by_name))


def _policies_of(configuration: Configuration, app_uid: str) -> Iterator[Content]:
    found = configuration.version(Kind.APP, app_uid, None)
    listed = AppSettings.from_json(found.content).policies if found else None
    places = dict(listed or ())
    known = [
        (place, version.content)
        for policy_id, place in places.items()
        if (version := configuration.version(Kind.POLICY, policy_id, None)) and not version.is_gone
    ]
    for place, content in sorted(known, key=lambda one: (one[0] is None, one[0] or 0)):
        yield _editable(content, POLICY_FIELDS) | {"precedence": place}


def _policy_alone(configuration: Configuration, policy_id: str) -> Iterator[Content]:
    version = configuration.version(Kind.POLICY, policy_id, None)
    if version and not version.is_gone:
        content = _editable(version.content, POLICY_FIELDS)
        content.pop("precedence", None)
        yield content


def _groups_used(configuration: Configuration, policies: Iterable[Content]) -> Iterator[tuple[str, Content]]:
    entered: set[str] = set()
    left = [group_id for policy in policies for group_id in _group_ids(policy)]
    while left:
        group_id = left.pop()
        version = None if group_id in entered else configuration.version(Kind.GROUP, group_id, None)
        entered.add(group_id)
        if version and not version.is_gone:
            content = _editable(version.content, ("name", *LISTS))
            yield group_id, content
            left += _group_ids(content)


def _group_ids(content: Content) -> list[str]:
    rules = RuleLists.from_json(content)
    return [rule.text("id") for _, found in rules.named() for rule in found if rule.kind == "group"]


def _editable(content: Mapping[str, Any], names: Iterable[str]) -> Content:
    """What can be edited of a content; a list that is missing is empty."""
    fields = {name: content.get(name) for name in names}
    lists = {name: value if isinstance(value, list) else [] for name, value in fields.items() if name in LISTS}
    texts: Content = {name: str(fields[name] or "") for name in ("name", "decision") if name in fields}
    return {"id": str(content.get("id", "")), **fields, **lists, **texts}


def apps_with(configuration: Configuration, policy_id: str) -> list[str]:
    """The ids of the applications that have a policy."""
    account = configuration.account.pk
    uids = configuration.ids(Kind.APP)
    configuration.snapshots.prepare({(account, app_uid): [None] for app_uid in uids})
    found = ((app_uid, configuration.version(Kind.APP, app_uid, None)) for app_uid in uids)
    return [
        app_uid
        for app_uid, version in found
        if version
        and not version.is_gone
        and any(one == policy_id for one, _ in AppSettings.from_json(version.content).policies or ())
    ]


# An edit of it


def edited(setup: Setup, edit: Edit) -> Setup:
    """What is there once an edit is applied. What the edit says of things that are there no more is left out."""
    policies = [{**policy, **edit.get("policies", {}).get(policy["id"], {})} for policy in setup.policies]
    added = [{"id": f"{ADDED}{number}", **policy} for number, policy in enumerate(edit.get("added", ()), start=1)]
    groups = [{**group, **edit.get("groups", {}).get(group["id"], {})} for group in setup.groups]
    return Setup((*policies, *added), tuple(groups))


def edit_between(setup: Setup, other: Setup) -> Edit:
    """What makes the one of the other. A policy that the other lacks is switched off."""
    by_id = {policy["id"]: policy for policy in other.policies}
    known = {policy["id"] for policy in setup.policies}
    policies = {
        policy["id"]: changed
        for policy in setup.policies
        if (changed := _changed(policy, by_id.get(policy["id"], policy | {"off": True})))
    }
    added = [
        {name: value for name, value in policy.items() if name != "id"}
        for policy in other.policies
        if policy["id"] not in known
    ]
    old = {group["id"]: group for group in setup.groups}
    groups = {
        group["id"]: changed
        for group in other.groups
        if group["id"] in old and (changed := _changed(old[group["id"]], group))
    }
    parts = {"policies": policies, "added": added, "groups": groups}
    return {name: part for name, part in parts.items() if part}


def _changed(before: Content, after: Content) -> Content:
    return {name: value for name, value in after.items() if value != before.get(name) and (name != "off" or value)}


def alternatives(configuration: Configuration, app_uid: str, edit: Edit) -> Alternatives:
    """An application's policies now and as edited, ready to judge logins."""
    app, around = configuration.app(app_uid, None), configuration.surroundings(None)
    setup = setup_of(configuration, app_uid, "") or Setup((), ())
    now = Rulebook(_judged(app, setup), around)
    other = edited(setup, edit)
    changed = {group["id"]: RuleGroup.from_json(group) for group in other.groups}
    return Alternatives(now, Rulebook(_judged(app, other), _with_groups(around, changed), now))


def _judged(app: AppPolicies, setup: Setup) -> AppPolicies:
    """The application with these policies."""
    return replace(app, policies=tuple(Policy.from_json(one) for one in setup.policies if not one.get("off")))


def _with_groups(around: Surroundings, changed: Mapping[str, RuleGroup]) -> Surroundings:
    return replace(around, groups={**around.groups, **changed})


def added_rules(setup: Setup, other: Setup) -> list[Rule]:
    """The rules that an edit adds, wherever."""
    before = {json.dumps(rule, sort_keys=True) for one in (*setup.policies, *setup.groups) for rule in _rules(one)}
    found = (rule for one in (*other.policies, *other.groups) for rule in _rules(one))
    return [Rule.from_json(rule) for rule in found if json.dumps(rule, sort_keys=True) not in before]


def _rules(content: Content) -> Iterator[Any]:
    return (rule for name in LISTS for rule in content.get(name) or ())


# What people send


def read_setup(text: str, base: Setup) -> Setup:
    """The policies and rule groups that a text area has. Raises EditError."""
    value = read_json(text)
    if not isinstance(value, dict) or not {"policies", "groups"}.issuperset(value):
        raise EditError("The JSON must be an object with “policies” and “groups”, each a list.")
    policies, groups = (_list(value, name) for name in ("policies", "groups"))
    found = Setup(tuple(_read_policies(policies)), tuple(_read_groups(groups, base)))
    return check(found, base)


def read_edit(text: str, base: Setup) -> Setup:
    """What an edit makes of the base, as an address has it. Raises EditError."""
    value = read_json(text)
    if not isinstance(value, dict) or not {"policies", "added", "groups"}.issuperset(value):
        raise EditError("The edit in the address must be an object with “policies”, “added” and “groups”.")
    for name, kind in (("policies", dict), ("added", list), ("groups", dict)):
        part = value.get(name, kind())
        items = list(part.values()) if isinstance(part, dict) else part
        if not isinstance(part, kind) or not all(isinstance(item, dict) for item in items):
            raise EditError(f"“{name}” in the edit must be {'an object' if kind is dict else 'a list'} of objects.")
    found = edited(base, value)
    return check(Setup(tuple(_read_policies(found.policies)), tuple(_read_groups(found.groups, base))), base)


def read_json(text: str) -> Any:
    """Decoded JSON of a bounded size and depth. Raises EditError."""
    if len(text) > LONGEST:
        raise EditError(f"The JSON is too long: {len(text):,} characters, and {LONGEST:,} are allowed.")
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise EditError(f"The JSON can’t be read: {error.msg}, line {error.lineno}, column {error.colno}.") from None
    except (RecursionError, ValueError):
        raise EditError("The JSON can’t be read: it is nested too deep, or has a number that is none.") from None
    return storable(value) if _depth(value) <= DEEPEST + 4 else _too_deep()


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _too_deep() -> Any:
    raise EditError(f"The JSON is nested too deep; a rule may be nested {DEEPEST} levels deep.")


def _depth(value: Any) -> int:
    """How deep a decoded value is nested; without recursion, as anybody may have written it."""
    deepest, left = 0, [(value, 1)]
    while left:
        one, depth = left.pop()
        deepest = max(deepest, depth)
        if isinstance(one, dict | list):
            left += [(inner, depth + 1) for inner in (one.values() if isinstance(one, dict) else one)]
    return deepest


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name, [])
    if not isinstance(found, list):
        raise EditError(f"“{name}” must be a list.")
    return found


def _read_policies(items: Iterable[Any]) -> Iterator[Content]:
    for place, item in enumerate(items, start=1):
        where = f"Policy {place}"
        if not isinstance(item, dict):
            raise EditError(f"{where} must be an object.")
        yield _read_policy(item, where)


def _read_policy(item: Content, where: str) -> Content:
    if unknown := sorted(set(item) - {"id", "off", *POLICY_FIELDS}):
        raise EditError(f"{where} has “{unknown[0]}”; what can be edited is {', '.join(POLICY_FIELDS)} and off.")
    precedence = item.get("precedence")
    if precedence is not None and (type(precedence) is not int or not 0 <= precedence < 1_000_000):
        raise EditError(f"{where}: the precedence must be a whole number below 1,000,000.")
    if not isinstance(item.get("off", False), bool):
        raise EditError(f"{where}: “off” must be true or false.")
    decision = item.get("decision")
    if not isinstance(decision, str):
        raise EditError(f"{where}: choose a decision: {', '.join(DECISIONS)}.")
    own: Content = {name: item[name] for name in ("precedence", "off") if name in item}
    return {**_read_lists(item, where), "decision": decision, **own}


def _read_groups(items: Iterable[Any], base: Setup) -> Iterator[Content]:
    known = {group["id"] for group in base.groups}
    for place, item in enumerate(items, start=1):
        where = f"Rule group {place}"
        if not isinstance(item, dict):
            raise EditError(f"{where} must be an object.")
        if item.get("id") not in known:
            raise EditError(f"{where} is not one that these policies use; rule groups can’t be added here.")
        if unknown := sorted(set(item) - {"id", "name", *LISTS}):
            raise EditError(f"{where} has “{unknown[0]}”; what can be edited is name, include, require and exclude.")
        yield _read_lists(item, where)


def _read_lists(item: Content, where: str) -> Content:
    name, own_id = item.get("name") or "", item.get("id", "")
    if not isinstance(name, str) or not isinstance(own_id, str) or len(name) > LONGEST_NAME:
        raise EditError(f"{where}: its name must be a text of at most {LONGEST_NAME} characters.")
    lists = {list_name: _read_rules(item.get(list_name), f"{where}, {list_name}") for list_name in LISTS}
    return {"id": own_id, "name": name, **lists}


def _read_rules(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise EditError(f"{where} must be a list of rules.")
    for place, rule in enumerate(value, start=1):
        if _depth(rule) > DEEPEST:
            raise EditError(f"{where}, rule {place} is nested too deep.")
    return value


def check(setup: Setup, base: Setup) -> Setup:
    """The same setup if what it adds is sound; what was read from Cloudflare may be as odd as it likes."""
    if sum(len(one[name]) for one in (*setup.policies, *setup.groups) for name in LISTS) > MOST_RULES:
        raise EditError(f"There are too many rules; a replay takes {MOST_RULES:,}.")
    known = {policy["id"]: policy for policy in base.policies}
    added = [policy for policy in setup.policies if policy["id"] not in known]
    if len(added) > MOST_ADDED:
        raise EditError(f"There are too many new policies; a replay takes {MOST_ADDED}.")
    for policy in setup.policies:
        before = known.get(policy["id"], {})
        if policy["decision"] != before.get("decision") and policy["decision"] not in DECISIONS:
            raise EditError(
                f"Policy “{policy['name']}”: there is no decision “{policy['decision']}”; "
                f"choose {', '.join(DECISIONS)}."
            )
    for kind, old, new in (("Policy", base.policies, setup.policies), ("Rule group", base.groups, setup.groups)):
        before_of = {one["id"]: one for one in old}
        for one in new:
            _check_rules(one, before_of.get(one["id"], {}), f"{kind} “{one['name']}”")
    return setup


def check_complete(setup: Setup, base: Setup) -> None:
    """Raise EditError if a policy is such as Cloudflare would not take: without a rule in include."""
    before = {policy["id"]: policy for policy in base.policies}
    for policy in setup.policies:
        if not policy["include"] and not policy.get("off") and before.get(policy["id"]) != policy:
            raise EditError(f"“{policy['name']}” has no rule in include, so nobody could meet it. Add one first.")


def _check_rules(content: Content, before: Content, where: str) -> None:
    for name in LISTS:
        for place, rule in enumerate(content[name], start=1):
            is_rule = isinstance(rule, dict) and len(rule) == 1
            if not is_rule and rule not in (before.get(name) or ()):
                example = '{"email": {"email": "ada@example.com"}}'
                raise EditError(f"{where}, {name}, rule {place} must be an object with one key, such as {example}.")
