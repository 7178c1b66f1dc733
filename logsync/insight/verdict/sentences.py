"""Every sentence that a verdict can contain, and how to fill one in.

A sentence says what the rows say, never why. `{covered}` becomes "in the covered time" if part of the time is not
known. Log text goes in as a Quote and a moment as a datetime, so that the page decides how to mark the one and which
clock to use for the other.

To add a sentence: write it here, add the rule that fills it in to `note_rules`, and, if the rule needs a fact that
nobody has loaded yet, add that to `facts` and `loading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from string import Formatter
from typing import TypeAlias

from logsync.words import duration

SENTENCES = {
    # Coverage: which time is known.
    "C1": "No login data for {range} has been synced: nothing can be said about {email} yet. {needs}",
    "C2": "Login data{of} is missing for {holes}; a login in that time would not show.",
    "C2 whole": "Login data{of} is missing for {range}; a login in that time would not show.",
    "C3": "Login data{of} ends at {end}, {age} ago; a later login is not here yet.",
    "C4": "SCIM updates of {gaps}; the SCIM lines below are a lower bound.",
    "C4 gap": "{provider} are missing for {holes}",
    "C4 unread": "{provider} are missing: none were synced",
    "C5": "Nothing{of} before {first} is known; an earlier login would not show.",
    "C6": "No identity provider{of} has SCIM switched on, so SCIM says nothing about this person there.",
    # Headlines: the first one that is true.
    "H1": "Deactivated by SCIM at {off}, yet allowed at {app} at {allowed}, {later} later{gap}.",
    "H1 gap": "; SCIM updates of {gaps}, a reactivation there would not show",
    "H2": "Deactivated by SCIM at {off}. Since then {denied}, none allowed{covered}.",
    "H3": "Not only {email}: {out} of {people} other people were denied at {app} since {since}{covered}.",
    "H4": "Denied {denied} at {app}, last{covered} {last}. No allowed login there on record since {first}{covered}.",
    "H5": (
        "Denied {denied} at {app} since {since}; last allowed{covered} {allowed}{gap}. None allowed since{covered}."
    ),
    "H6": (
        "Denied {denied} at {app}, then allowed at {allowed}{gap}. "
        "Not locked out {where}, as far as the log shows{covered}."
    ),
    "H7": "No denial on record in {range}{covered}; last allowed{covered} at {app}, {allowed}.{unsaid}",
    "H7 unsaid": "No denial on record in {range}{covered}.{unsaid}",
    "unsaid": " Cloudflare did not say what became of {attempts}.",
    "H9": "No login attempt recorded in {range}{covered}; the last one{covered} was {result} at {app}, {last}.",
    "gap before": ", {gap} before",
    "gap later": ", {gap} later",
    "H8 other": (
        "No login on record since {first}{covered}; known from SCIM ({updates} since {since}) and from {others}."
    ),
    "H8": "Known from SCIM only ({updates} since {since}); no login on record since {first}{covered}.",
    "H10": "{email} occurs in no login or SCIM row since {first}{covered}.{similar}",
    "H10 similar": " Similar: {addresses}.",
    "H10 other": (
        "No login and no SCIM update of {email} on record since {first}{covered}; the address is in {others}.{similar}"
    ),
    "other services": "{rows} of service tokens or other services",
    "other actions": "{rows} {that_are} ({actions})",
    "H11": (
        "{email} is not one person: services of a team share this address, such as service tokens and WARP connectors. "
        "{rows} on record since {first}{covered}."
    ),
    # Notes: every one that is true.
    "N1": "Now {now}; the last allowed login there{covered} used {before}.",
    "N2": "Now from {now}; the last allowed login{covered} came from {before}.",
    "N3": "Same provider, country and IP as the last allowed login{covered}: what changed is not in the log.",
    "N4": "{people} other people were allowed at {app} in the same time.",
    "N5": (
        "{requests} about this person {are} failing since {since}: {template}. As documented, Access judges a login by "
        "the groups the identity provider sends at login; SCIM groups feed Gateway and device profiles."
    ),
    "N6": (
        "{requests} about {email} {are} failing. Cloudflare documents that provisioning of a person begins only after "
        "a first login; none is on record since {first}{covered}."
    ),
    "N7": "Removed from {group} by SCIM at {at}, between the last allowed and the first denied login{covered}.",
    "N8": "Allowed at {app} at {at} through the same provider, {connection}.",
    "N9": "One-time PIN: a mistyped or used code shows the same page as a denial and may be logged like one.",
    "N10": "{denied} without an e-mail came from the same IP.",
    "N11": (
        "Denied {seconds} after a SCIM {change}, allowed {later} later: fits the pause of up to a minute after a "
        "session is revoked (setting: {setting})."
    ),
    "N12": "The same {shared} also logs in as {other}; that address was allowed at {app}, {at}.",
    "N13": "{provider} deactivated this person at {off}, but {others} still {has} them active.",
    "N13 allowed": (
        "{provider} deactivated this person at {off}, but {others} still {has} them active; they got in to {app} at "
        "{allowed}, {later} later."
    ),
    # Limits: what the log can't show.
    "K1": "The log has no reason, policy, group claim, device or MFA result.",
    "K2": "SCIM status says what Cloudflare stored, not what the IdP or a policy decided.",
    "K3": "After an allowed login, trouble lies in the app, cookies or session, which this log does not see.",
    "K4": (
        "A sign-in that stops at the identity provider may leave no row, a PIN that is not entered leaves none, and "
        "blocks by country, IP or device come before login and carry no e-mail. Requests of service tokens and others "
        "without an identity may only be in Cloudflare's GraphQL Analytics API."
    ),
    "K5": "Clocks and late rows: up to 2 min is not counted.",
    "K6": "An assignment missing from the start looks the same.",
    "K7": "SCIM does not create people; the first login does.",
    "K8": (
        "Requests of service tokens and others without an identity may only be in Cloudflare's GraphQL Analytics API, "
        "where each has its Ray ID."
    ),
    # Next steps.
    "K1 next": "Open Ray ID {ray} in Cloudflare, or run the policy tester for {email}.",
    "K1 no ray": "Run the policy tester for {email}.",
    "K2 next": "Check the account in {provider}; session revocation is {setting}.",
    "K4 next": "Search by Ray ID or IP.",
    "K6 next": "Check the spelling and other addresses.",
    # Parts of other sentences.
    "before": "all time before {until}",
    "span": "{since} to {until}",
    "of": " of {account}",
    "place": "{ip_address} ({country})",
    "place without country": "{ip_address}",
    "text": "{text}",
    "more": "{text} and {count}",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Text from a row. Anyone may have written it, so it must not look like our own words."""

    text: str


class Email(Quote):
    """An e-mail address from a row, of someone other than the person the verdict is about."""


Part: TypeAlias = "str | datetime | Quote"
Value: TypeAlias = "str | int | datetime | timedelta | Quote | Sentence | Sequence[Sentence]"


@dataclass(frozen=True)
class Sentence:
    """A sentence by its id, with its values; a value may itself be a sentence."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def parts(self) -> Iterator[Part]:
        """The sentence in parts: our own words, moments, and quotes."""
        for words, name, _, _ in Formatter().parse(SENTENCES[self.id]):
            if words:
                yield words
            if name:
                yield from parts_of(self.values[name])

    def text(self, clock: Callable[[datetime], str], quote: Callable[[str], str] = str) -> str:
        """The sentence as plain text, with moments written by `clock` and quotes by `quote`."""
        return "".join(
            clock(part) if isinstance(part, datetime) else quote(part.text) if isinstance(part, Quote) else part
            for part in self.parts()
        )


def fill(sentence_id: str, **values: Value) -> Sentence:
    """A sentence with these values. `{covered}` is blank unless given."""
    return Sentence(sentence_id, {"covered": "", **values})


def parts_of(value: Value) -> Iterator[Part]:
    """A value in parts."""
    if isinstance(value, str | datetime | Quote):
        yield value
    elif isinstance(value, int):
        yield f"{value:,}"
    elif isinstance(value, timedelta):
        yield duration(value)
    elif isinstance(value, Sentence):
        yield from value.parts()
    else:
        for at, one in enumerate(value):
            yield ", " if at else ""
            yield from one.parts()
