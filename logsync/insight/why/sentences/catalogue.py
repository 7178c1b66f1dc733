"""Every sentence about why a login was denied: headlines, policies, what to ask for, and how far all of this holds.

A sentence sets what the policies ask for beside what the login is known to have brought; it never says that the one
had the other as its result. Of older evidence it says when that was seen. The short form names neither other people
nor networks; see `wording`.
"""

from __future__ import annotations

from logsync.insight.sentence import Sentence, Value

WHY = {
    # Headlines; the first that holds.
    "Y1": "The policy {name} blocks what this login brought: {rules}.",
    "Y1 everyone": "The policy {name} blocks {rules}.",
    "Y2": "No policy of {app} admits what this login brought. {which}, {name}, {asks}{seen}.",
    "Y2 none": "No policy of {app} admits what this login brought; it has no allow policy.",
    "Y3": "{as_seen}, {who} met no policy of {app}. {which}, {name}, {asks}{seen}.",
    "Y3 none": "{as_seen}, {who} met no policy of {app}.",
    "Y3 blocked": "{as_seen}, {who} met what the policy {name} blocks: {rules}.",
    "Y4": "{name} could admit this login; the logs don’t show whether it brought {rules}.{also}",
    "Y4 excludes": (
        "{name} could admit this login; the logs don’t show whether it brought {excluded}, which the policy "
        "excludes.{also}"
    ),
    "Y4 both": (
        "{name} could admit this login; the logs don’t show whether it brought {rules}, nor whether it brought "
        "{excluded}, which the policy excludes.{also}"
    ),
    "Y4 blocked": (
        "{name} could admit this login, unless the policy {against} blocks it; the logs don’t show whether it brought "
        "{rules}."
    ),
    "Y4 decision": "The policy {name} could admit this login; Gatehouse doesn’t know what its action {decision} does.",
    "Y4 unread": "A policy of {app} could not be read; it could admit this login or block it.",
    "also": " By what is known, {name} admits it.",
    "Y5": "By the policies read {read:at}, {name} admits this login. What denied it is not among them{steps}{changed}.",
    "Y5 older": (
        "By the policies read {read:at} and {seen}, {name} admits this login. What denied it is not "
        "among them{steps}{changed}; or this login brought something else."
    ),
    "Y6": "The policies of {app} could not be read: {grant}",
    "Y6 none": "{app} had no policies when they were read {read:at}.",
    # Headlines of a login that was not denied.
    "A1": "By the policies read {read:at}, {name} admits this login.",
    "A1 older": "By the policies read {read:at} and {seen}, {name} admits this login.",
    "A3": "By the policies read {read:at}, no policy of {app} admits this login, though it was not denied.",
    "A3 older": (
        "By the policies read {read:at} and {seen}, no policy of {app} admits this login, though it was not denied."
    ),
    # Where the policies may have been others at the time of the login.
    "with changes": "{headline} At the time of this login it may have been otherwise; changed since: {changes}.",
    "with earlier reading": "{headline} The policies were last read {age} before this login.",
    "with other time": "{headline} The policies may have been others at the time of this login.",
    # Parts of headlines.
    "only allow": "Its only allow policy",
    "nearest allow": "The nearest of its {count} allow policies",
    "only non_identity": "Its only Service Auth policy",
    "nearest non_identity": "The nearest of its {count} Service Auth policies",
    "unnamed": "a policy without a name",
    "what was seen": "what was seen {when}",
    "what SCIM said": "what SCIM said {when}",
    "what was seen and said": "what was seen and SCIM said, the oldest {when}",
    "as last seen": "As last seen {when}",
    "as SCIM says": "By what SCIM said {when}",
    "before": "{age} before this login",
    "after": "{age} after this login",
    "with": "at the time of this login",
    "moment": "{at:at}",
    "sometime": "at an unknown time",
    "needs": "needs {rules}",
    "blocks": "blocks {rules}",
    "blocks and excludes": "blocks {rules}, and excludes {excluded}",
    "without": "{rules}, without {excluded}",
    "everyone": "everyone",
    "everyone without": "everyone without {excluded}",
    "excludes": "excludes {excluded}",
    "needs and excludes": "needs {rules}, and excludes {excluded}",
    "include and require": "{include}, and also {require}",
    "in group": "{group}, which {asks}",
    "semicolon": "; {text}",
    "both": "{first}{last}",
    "steps": "; {name} also asks for {steps}",
    "steps provider": "; {app} takes only {rules}, and this login came through {seen}",
    "changed": "; or they changed since: {changes}",
    "not proved": "; or they were others at the time of this login",
    "approval_required": "approval",
    "purpose_justification_required": "a purpose",
    "mfa_config": "MFA",
    "isolation_required": "browser isolation",
    # What was seen of a rule.
    "seen email": "the login’s e-mail address is {seen}",
    "seen ip": "the login came from {seen}",
    "seen country": "the login came from {seen}",
    "seen provider": "the login came through {seen}",
    "seen person": "the login is a person’s",
    "seen then": "seen then: {seen}",
    "seen value": "last seen {when}: {seen}",
    "seen SCIM": "SCIM says: {seen} ({when})",
    # How a policy stands.
    "met": "Met by what is known",
    "not met": "Not met: {asks}",
    "unknown": "Can’t be told: {asks}",
    # What to ask for.
    "ask group": "If {who} should have access, ask for {rules} in {provider}; it counts from the next login.",
    "ask rule group": "If {who} should have access, ask for {rules} in Cloudflare.",
    "ask list": "If {who} should have access, ask for {rules} in Cloudflare.",
    "ask email": "Check that {who} logs in with the right address: {name} needs {rules}.",
    "ask network": "Ask which network the person is on, for example the office or a VPN: {name} needs {rules}.",
    "ask country": "Ask where the person is, and whether a VPN changes their country: {name} needs {rules}.",
    "ask provider": "Have the person try {rules}.",
    "ask device": "Look at the device: {name} needs {rules}.",
    "ask service": "Look at the service token that was used: {name} needs {rules}.",
    "ask other": "Look in Cloudflare: {name} needs {rules}.",
    "ask excluded": "{name} excludes {rules}; if {who} should have access, ask the people who look after that policy.",
    "ask blocked": "If {who} should have access, ask the people who look after the policy {name}.",
    "check group": "Check in {provider} whether {who} has {rules}.",
    "check blocked": "Check in Cloudflare: the policy {name} {asks}.",
    "check excluded": "Check in Cloudflare: {name} excludes {rules}.",
    "check steps": "Ask whether the person was asked for {steps}, and what came of it.",
    "check tester": "Run the Access policy tester for {who} in Cloudflare; it knows only today’s policies.",
    "check changes": "Ask the people who changed {changes} whether that was meant.",
    "check policies": "Look at the policies of {app} in Cloudflare.",
    # How far it holds.
    "read": "The policies were last read {read:at}.",
    "unread": "It isn’t known when the policies were last read.",
    "changed since": "Changed since this login: {changes}.",
    "change": "{kind} {name} {at:at}",
    "change between": "{kind} {name} between {after} and {by}",
    "change by": "{kind} {name} by {by}",
    "more changes": "{count} more",
    "limit identity": (
        "Groups, attributes and devices are as Cloudflare last saw them, {when}; this login may have brought others."
    ),
    "limit SCIM": "SCIM shows what Cloudflare stored, not which groups came with this login.",
    "limit missing": "{part} could not be read: {reason}",
    "limit provider": "{app} takes only {rules}; this login came through {seen}.",
    "limit provider unknown": "{app} takes only {rules}; the logs don’t show whether this login was one.",
}


def fill(name: str, /, **values: Value) -> Sentence:
    """The sentence of this name with these values."""
    return Sentence(name, WHY, values)
