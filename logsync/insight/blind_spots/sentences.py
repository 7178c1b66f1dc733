"""What is said of policies that are odd: one sentence for what is so, and one for what it means.

Every sentence can be proved from what was read. Nothing says that somebody made a mistake: a policy that nobody can
meet may be meant.
"""

from __future__ import annotations

from logsync.insight.sentence import Sentence, Value

WHAT = {
    "bypass": "The policy “{policy}” lets requests bypass Access.",
    "nobody": "Nobody can meet {what} “{name}”: {reason}.",
    "no_policies": "{app} has no policies.",
    "shadowed": "At {app}, “{policy}” lets nobody in: “{deny}” comes first and blocks everyone who meets it.",
    "unused_policy": "No application uses the policy “{policy}”.",
    "unused_group": "No policy and no other rule group uses the rule group “{group}”.",
    "expired_token": "“{name}” names the service token “{token}”, which expired {at:at}.",
    "missing_provider": "“{name}” names an identity provider that this account doesn’t have: {thing}.",
    "gone_group": "“{name}” names a rule group that no longer exists: {thing}.",
    "unknown_group": "“{name}” names a rule group that Gatehouse can’t find: {thing}.",
}

MEANING = {
    "bypass": "Requests that it lets in leave no rows in the login log, so no rows prove nothing.",
    "nobody_allow": "It lets nobody in.",
    "nobody_deny": "It blocks nobody.",
    "nobody_other": "It has no effect.",
    "nobody_group": "A policy that requires it can’t be met.",
    "no_policies": "Nobody gets in: Access denies whoever isn’t admitted by a policy.",
    "shadowed": "A policy that blocks wins over those that allow after it.",
    "unused_policy": "It has no effect on any login. Only applications that Gatehouse could read are counted.",
    "unused_group": "It has no effect on any login. Only policies that Gatehouse could read are counted.",
    "expired_token": "Services that still use the token don’t meet this rule. Renew the token, or remove the rule.",
    "missing_provider": "Nobody can sign in by it, so no login meets this rule.",
    "missing_provider_of_app": "Nobody can sign in to the application by it.",
    "gone_group": "No login can meet this rule.",
    "unknown_group": "It was deleted, or the API token can’t see it.",
}

# Why nobody can meet a policy or a rule group.
REASON = {
    "two_countries": "it requires both {first} and {second}, and a login comes from one country",
    "two_methods": "it requires both {first} and {second}, and a login uses one provider",
    "two_emails": "it requires both {first} and {second}, and a login has one e-mail address",
    "two_networks": "it requires both {first} and {second}, which have no address in common",
    "two_rules": "it requires both {first} and {second}, and no login has both",
    "required_and_excluded": "it requires {first} and excludes {second}, so whoever meets the one is excluded",
    "require": "the rules that it requires contradict one another",
    "everyone_excluded": "it excludes everyone",
    "included_and_excluded": "it excludes everyone it includes",
    "included_and_required": "nobody it includes can meet what it requires",
    "all": "its rules contradict one another",
}


def what(id: str, **values: Value) -> Sentence:
    """What is so."""
    return Sentence(id, WHAT, values)


def meaning(id: str) -> Sentence:
    """What that means."""
    return Sentence(id, MEANING)


def reason(id: str, **values: Value) -> Sentence:
    """Why nobody can meet something."""
    return Sentence(id, REASON, values)
