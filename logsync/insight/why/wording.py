"""The words of one rule, and of several: "e-mail address ends in @meridian.example", "in the Okta group eng-prod".

Each rule has two forms: what it says of a login, for a list of rules ("country is Germany (DE)"), and what it needs,
within a sentence ("a location in Germany (DE)"). The short form of both names neither other people nor networks, for
those who may not see policies in full. A rule of another kind is shown as it is, by its key and its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH, Rule
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.why.countries import country_words
from logsync.insight.why.facts import Surroundings

# What a policy does with those who meet it, as Cloudflare’s dashboard calls it; another word stays as it is.
DECISIONS = {ALLOW: "Allow", DENY: "Block", SERVICE_AUTH: "Service Auth", BYPASS: "Bypass"}
# What a rule says of a login, and what it needs.
_FORMS: dict[str, tuple[str, str]] = {
    "everyone": ("anyone", "anyone"),
    "email": ("e-mail address is {email}", "the e-mail address {email}"),
    "email_domain": ("e-mail address ends in {domain}", "an e-mail address ending in {domain}"),
    "email_list": ("e-mail address is in the list {list}", "an e-mail address in the list {list}"),
    "ip": ("IP address is in {network}", "an IP address in {network}"),
    "ip_list": ("IP address is in the list {list}", "an IP address in the list {list}"),
    "geo": ("country is {country}", "a location in {country}"),
    "login_method": ("signed in with {provider}", "a sign-in with {provider}"),
    "group": ("in the rule group {group}", "a place in the rule group {group}"),
    "azureAD": (
        "in the Microsoft Entra ID group {group}{provider}",
        "membership of the Microsoft Entra ID group {group}{provider}",
    ),
    "okta": ("in the Okta group {group}{provider}", "membership of the Okta group {group}{provider}"),
    "gsuite": (
        "in the Google Workspace group {group}{provider}",
        "membership of the Google Workspace group {group}{provider}",
    ),
    "github-organization": (
        "in the GitHub organisation {organisation}{team}{provider}",
        "membership of the GitHub organisation {organisation}{team}{provider}",
    ),
    "saml": (
        "SAML attribute {name} is {value}{provider}",
        "the SAML attribute {name} with the value {value}{provider}",
    ),
    "oidc": ("OIDC claim {name} is {value}{provider}", "the OIDC claim {name} with the value {value}{provider}"),
    "device_posture": ("device passes the check {check}", "a device that passes the check {check}"),
    "certificate": ("has a valid client certificate", "a valid client certificate"),
    "common_name": (
        "client certificate has the common name {name}",
        "a client certificate with the common name {name}",
    ),
    "service_token": ("service token is {token}", "the service token {token}"),
    "any_valid_service_token": ("has a valid service token", "a valid service token"),
    "auth_method": ("authentication method is {method}", "the authentication method {method}"),
    "auth_context": (
        "has the Microsoft Entra ID authentication context {context}",
        "the Microsoft Entra ID authentication context {context}",
    ),
    "external_evaluation": ("the service at {url} agrees", "agreement of the service at {url}"),
    "user_risk_score": ("user risk score is {levels}", "a user risk score of {levels}"),
    "linked_app_token": ("has a token of the app {app}", "a token of the app {app}"),
    "cloudflare_account_member": ("is a member of the Cloudflare account", "membership of the Cloudflare account"),
    # Instead of the above, where a value is not to be named, or is none that can be named.
    "email short": ("e-mail address is one that the policy names", "an e-mail address that the policy names"),
    "ip short": (
        "IP address is in a network the policy names",
        "an IP address in a network that the policy names",
    ),
    "saml short": (
        "SAML attribute {name} has a value that the policy names",
        "a value of the SAML attribute {name} that the policy names",
    ),
    "oidc short": (
        "OIDC claim {name} has a value that the policy names",
        "a value of the OIDC claim {name} that the policy names",
    ),
    "common_name short": (
        "client certificate has a common name that the policy names",
        "a client certificate with a common name that the policy names",
    ),
    "external_evaluation short": ("an external service agrees", "agreement of an external service"),
    "other": ("{kind}: {value}", "what the rule {kind} asks for: {value}"),
    "other short": ("a rule of the kind {kind}", "what a rule of the kind {kind} asks for"),
    "bare": ("{value}", "what the rule {value} asks for"),
    "unreadable": ("a rule that could not be read", "what a rule asks for that could not be read"),
}
WORDS = {
    **{
        f"{kind} {form}": said
        for kind, forms in _FORMS.items()
        for form, said in zip(("is", "needed"), forms, strict=True)
    },
    "of provider": " ({provider})",
    "team": ", team {team}",
    "text": "{text}",
    "A or B": "{most} or {last}",
    "A and B": "{most} and {last}",
    "A or more": "{most} or one of {count} more",
    "A and more": "{most} and {count} more",
}
# A sentence names so many rules of a list; the card has all of them.
MOST_NAMED = 3
# Of JSON that is shown as it is; the page of the policy has all of it.
_LONGEST_JSON = 300
# The value that may be a list where several rules of a kind are worded as one.
_ALIKE = {
    "azureAD": "id",
    "email": "email",
    "email_domain": "domain",
    "email_list": "id",
    "geo": "country_code",
    "gsuite": "email",
    "ip": "ip",
    "ip_list": "id",
    "login_method": "id",
    "okta": "name",
    "service_token": "token_id",
}
PRODUCT_OF = {
    "azureAD": "Microsoft Entra ID",
    "okta": "Okta",
    "gsuite": "Google Workspace",
    "github-organization": "GitHub",
}


def rule_words(rule: Rule, surroundings: Surroundings, *, short: bool = False) -> Sentence:
    """What a rule says of a login: "e-mail address ends in @meridian.example"."""
    return _worded(rule, surroundings, "is", short)


def needed_words(rule: Rule, surroundings: Surroundings, *, short: bool = False) -> Sentence:
    """What a rule needs, as part of a sentence: "an e-mail address ending in @meridian.example"."""
    return _worded(rule, surroundings, "needed", short)


def merged(rules: Iterable[Rule]) -> Iterator[Rule]:
    """These rules, those that differ only in one value as one with a list of values: "country is Germany or Spain"."""
    found: dict[str, tuple[Rule, list[str]]] = {}
    for place, rule in enumerate(rules):
        key = _ALIKE.get(rule.kind, "")
        values = rule.texts(key)
        others = as_json({name: value for name, value in rule.value.items() if name != key}) if values else ""
        found.setdefault(f"{rule.kind} {others or place}", (rule, []))[1].extend(values)
    for rule, values in found.values():
        yield Rule(rule.kind, rule.value | {_ALIKE[rule.kind]: values}) if len(values) > 1 else rule


def any_of(rules: Iterable[Sentence]) -> Sentence:
    """Several rules of which one is enough: "A, B or C"."""
    return _joined(rules, "or")


def all_of(rules: Iterable[Sentence]) -> Sentence:
    """Several rules that all count: "A, B and C"."""
    return _joined(rules, "and")


def words(text: str) -> Sentence:
    """Our own words as a sentence."""
    return Sentence("text", WORDS, {"text": text})


def quoted(text: str) -> Sentence:
    """Text of the configuration or of the log as a sentence."""
    return Sentence("text", WORDS, {"text": Quote(text)})


def country(code: str) -> Sentence:
    """A country of a login or a rule: "Germany (DE)", and only the code of one that has no name."""
    name = country_words(code)
    return words(f"{name} ({code.upper()})") if name else quoted(code)


def _joined(rules: Iterable[Sentence], word: str) -> Sentence:
    """Rules that are worded alike are said once."""
    found = list({repr(rule): rule for rule in rules}.values())
    if not found:
        return words("what a rule asks for that could not be read")
    if len(found) == 1:
        return found[0]
    if len(found) > MOST_NAMED + 1:
        values: dict[str, Value] = {"most": found[:MOST_NAMED], "count": len(found) - MOST_NAMED}
        return Sentence(f"A {word} more", WORDS, values)
    return Sentence(f"A {word} B", WORDS, {"most": found[:-1], "last": found[-1]})


def _worded(rule: Rule, surroundings: Surroundings, form: str, short: bool) -> Sentence:
    named = _NAMED.get(rule.kind)
    values = named(rule, surroundings) if named else None
    if values is None:
        return _other(rule, form, short)
    if short and f"{rule.kind} short" in _FORMS and _is_personal(rule, values):
        return Sentence(f"{rule.kind} short {form}", WORDS, values)
    return Sentence(f"{rule.kind} {form}", WORDS, values)


def _is_personal(rule: Rule, values: Mapping[str, Value]) -> bool:
    """Whether a rule names a person or a network; an attribute does if its value looks like an e-mail address."""
    value = values.get("value")
    return rule.kind not in ("saml", "oidc") or (isinstance(value, Quote) and "@" in value.text)


def _other(rule: Rule, form: str, short: bool) -> Sentence:
    if not rule.kind and (short or rule.value is None):
        return Sentence(f"unreadable {form}", WORDS)
    if short:
        return Sentence(f"other short {form}", WORDS, {"kind": Quote(rule.kind)})
    name = "other" if rule.kind else "bare"
    return Sentence(f"{name} {form}", WORDS, {"kind": Quote(rule.kind), "value": Quote(compact_json(rule.value))})


def compact_json(value: object) -> str:
    """A value as it is, in one line, cut if it is very long."""
    text = as_json(value) or "…"
    return text if len(text) <= _LONGEST_JSON else f"{text[:_LONGEST_JSON]}…"


def as_json(value: object) -> str:
    """A value in one line, blank if it is nested too deeply to be written; databases don't keep the order of names."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)
    except (RecursionError, ValueError):
        return ""


# What of each kind of rule is named, and by which name in its sentence; None if there is nothing to name.
_Named = Callable[[Rule, Surroundings], "dict[str, Value] | None"]


def _nothing(rule: Rule, surroundings: Surroundings) -> dict[str, Value]:
    return {}


def _value(name: str, key: str, names: Callable[[Surroundings, str], str] | None = None) -> _Named:
    """The value `key` of the rule, or what `names` calls it."""

    def named(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
        found = rule.texts(key)
        if not found:
            return None
        called = [names(surroundings, text) or text for text in found] if names else found
        return {name: any_of([quoted(text) for text in called]) if len(called) > 1 else Quote(called[0])}

    return named


def _domain(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
    found = [quoted("@" + text.removeprefix("@")) for text in rule.texts("domain")]
    return {"domain": any_of(found)} if found else None


def _country(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
    found = [country(code) for code in rule.texts("country_code")]
    return {"country": any_of(found)} if found else None


def _at_provider(named: _Named) -> _Named:
    """The same with the name of the provider in brackets, where the words of the rule don't say it already."""

    def with_provider(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
        values = named(rule, surroundings)
        name = surroundings.provider_names.get(rule.text("identity_provider_id"), "")
        is_said = not name or name.casefold() in PRODUCT_OF.get(rule.kind, "").casefold()
        provider: Value = "" if is_said else Sentence("of provider", WORDS, {"provider": Quote(name)})
        return None if values is None else {**values, "provider": provider}

    return with_provider


def _organisation(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
    name, team = rule.text("name"), rule.text("team")
    part: Value = Sentence("team", WORDS, {"team": Quote(team)}) if team else ""
    return {"organisation": Quote(name), "team": part} if name else None


def _pair(name: str, value: str) -> _Named:
    """The name and the value of an attribute or a claim."""

    def named(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
        return {"name": Quote(rule.text(name)), "value": Quote(rule.text(value))} if rule.text(name) else None

    return named


def _levels(rule: Rule, surroundings: Surroundings) -> dict[str, Value] | None:
    found = rule.texts("user_risk_score")
    return {"levels": any_of([quoted(level) for level in found])} if found else None


def _list_name(surroundings: Surroundings, list_id: str) -> str:
    found = surroundings.lists.get(list_id)
    return found.name if found else surroundings.names.get(list_id, "")


def _group_name(surroundings: Surroundings, group_id: str) -> str:
    group = surroundings.groups.get(group_id)
    return group.name if group else surroundings.names.get(group_id, "")


def _provider_name(surroundings: Surroundings, idp_id: str) -> str:
    return surroundings.provider_names.get(idp_id, "")


def _name(surroundings: Surroundings, object_id: str) -> str:
    return surroundings.names.get(object_id, "")


_NAMED: dict[str, _Named] = {
    "everyone": _nothing,
    "email": _value("email", "email"),
    "email_domain": _domain,
    "email_list": _value("list", "id", _list_name),
    "ip": _value("network", "ip"),
    "ip_list": _value("list", "id", _list_name),
    "geo": _country,
    "login_method": _value("provider", "id", _provider_name),
    "group": _value("group", "id", _group_name),
    "azureAD": _at_provider(_value("group", "id", _name)),
    "okta": _at_provider(_value("group", "name")),
    "gsuite": _at_provider(_value("group", "email")),
    "github-organization": _at_provider(_organisation),
    "saml": _at_provider(_pair("attribute_name", "attribute_value")),
    "oidc": _at_provider(_pair("claim_name", "claim_value")),
    "device_posture": _value("check", "integration_uid", _name),
    "certificate": _nothing,
    "common_name": _value("name", "common_name"),
    "service_token": _value("token", "token_id", _name),
    "any_valid_service_token": _nothing,
    "auth_method": _value("method", "auth_method"),
    "auth_context": _value("context", "id", _name),
    "external_evaluation": _value("url", "evaluate_url"),
    "user_risk_score": _levels,
    "linked_app_token": _value("app", "app_uid", _name),
    "cloudflare_account_member": _nothing,
}
