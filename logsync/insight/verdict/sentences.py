"""Every sentence that a verdict can contain, and how to fill one in.

A sentence says what the rows say, never why. `{covered}` becomes "in the logs we have" if part of the time is not
known. Log text goes in as a Quote and a moment as a datetime, so that the page decides how to mark the one and which
clock to use for the other; `{last:at}` is a moment with its "at" or "on".

To add a sentence: write it here, add the rule that fills it in to `note_rules`, and, if the rule needs a fact that
nobody has loaded yet, add that to `facts` and `loading`.
"""

from __future__ import annotations

from logsync.insight.sentence import Sentence, Value

# What Cloudflare documents about groups; the logs can't show it.
GROUPS_AT_LOGIN = (
    "Cloudflare’s documentation says that Access decides a login by the groups that the identity provider sends with "
    "it; groups from SCIM are for Gateway and device profiles."
)
SENTENCES = {
    # Coverage: which time is known.
    "C1": "No login data for {range} has been synced, so nothing can be said about {email} yet. {needs}",
    "C2": "Login data{of} is missing for {holes}; a login in that time would not show.",
    "C2 whole": "Login data{of} is missing for {range}; a login in that time would not show.",
    "C3": "Login data{of} ends {end:at}, {age} ago; later logins are not here yet.",
    "C4": "Some SCIM updates are missing ({gaps}), so what is said here about SCIM may be incomplete.",
    "C4 gap": "{provider}: {holes}",
    "C4 unread": "{provider}: none synced yet",
    "C5": "The login data{of} starts {first:at}; an earlier login would not show.",
    "C6": "No identity provider{of} has SCIM turned on, so SCIM says nothing about this person there.",
    # Headlines: the first one that is true. Some have a second sentence, shown smaller.
    "H1": "Deactivated by SCIM {off:at}, but got in to {app} {allowed:at}, {later} later.",
    "H1 gap": "Some SCIM updates are missing ({gaps}), so a reactivation there would not show.",
    "H2": "Deactivated by SCIM {off:at}. Since then {denied} denied, none successful{covered}.",
    "H3": "Denied at {app}, like {out} of {people} other people who tried since {since}{covered}.",
    "H4": "Never had access to {app} in the logs we have, which start {first:at}: {denied} denied, the last {last:at}.",
    "H4 once": "Never had access to {app} in the logs we have, which start {first:at}: {denied} denied, {last:at}.",
    "H5": "Locked out of {app} since {since}: {denied} denied, none successful{covered}.",
    "last got in": "Last got in {allowed:at}{gap}{covered}.",
    "H6": "Not locked out of {app} now, as far as {the_logs} show: {denied} denied, then got in {allowed:at}{gap}.",
    "H7": "No denied logins in {range}; last got in to {app} {allowed:at}{covered}.{unsaid}",
    "H7 unsaid": "No denied logins in {range}{covered}.{unsaid}",
    "unsaid": " Cloudflare recorded no result for {attempts}.",
    "H9": "No login attempts in {range}; the most recent one was {result} at {app} {last:at}{covered}.",
    "H9 unsaid": "No login attempts in {range}; the most recent one, at {app} {last:at}, has no result{covered}.",
    "gap earlier": ", {gap} earlier",
    "gap later": ", {gap} later",
    "H8 other": "No logins since {first}{covered}; seen only in SCIM ({updates} since {since}) and in {others}.",
    "H8": "No logins since {first}{covered}; seen only in SCIM ({updates} since {since}).",
    "H10": "No logins or SCIM updates found for {email} since {first}{covered}.{similar}",
    "H10 similar": " Did you mean {addresses}?",
    "H10 other": (
        "No logins or SCIM updates found for {email} since {first}{covered}; the address appears only in "
        "{others}.{similar}"
    ),
    "other services": "{rows} from service tokens or other services",
    "other actions": "{rows} {that_are} ({actions})",
    "H11": (
        "{email} is not one person: services such as service tokens and WARP connectors share this address. "
        "{rows} since {first}{covered}."
    ),
    # After one login, on the page of that login.
    "E1": "Got in to {app} since then, last {allowed:at}.",
    "E2 next": "Ask the caller for their e-mail address, and look it up.",
    # Notes: every one that is true.
    "N1": "The last denied attempt used {now}; the last successful login there{covered} used {before}.",
    "N2": "The last denied attempt came from {now}; the last successful login there{covered} came from {before}.",
    "N3": (
        "Same provider, country and IP address as the last successful login{covered}: what changed isn’t in the logs."
    ),
    "N4": "{people} other people got in to {app} in the same time.",
    "N5": ("{requests} about this person {have} been failing since {since}: {template}. " + GROUPS_AT_LOGIN),
    "N6": (
        "{requests} about {email} {have} been failing. Cloudflare’s documentation says that SCIM provisioning of a "
        "person starts only after their first login; there is none since {first}{covered}."
    ),
    "N7": "Removed from {group} by SCIM {at:at}, between the last successful and the first denied login{covered}.",
    "N8": "Got in to {app} {at:at} through the same provider, {connection}.",
    "N9": "One-time PIN: a wrong or used code shows the same page as a denial, and may be logged as one.",
    "N10": "{denied} without an e-mail came from the same IP address around that time.",
    "N11": (
        "Denied {seconds} after a SCIM {change}, let in {later} after that. This fits the pause of up to a minute "
        "after a session is revoked (session revocation: {setting})."
    ),
    "N12": "The same {shared} also logs in as {other}, which got in to {app} {at:at}.",
    "N13": "{provider} deactivated this person {off:at}, but {others} still {has} them active.",
    "N13 allowed": (
        "{provider} deactivated this person {off:at}, but {others} still {has} them active; they got in to {app} "
        "{allowed:at}, {later} later."
    ),
    "N14": "The {what} {name} {changed} of this run.",
    "N14 others": "The {what} {name} {changed} of this run; {others} came in the day before.",
    # Limits: what the logs can’t show.
    "K1": "Why a login was denied: the logs have no reason, policy, group claim, device or MFA result.",
    # The same where the policies of the app say more than the logs; what is left depends on the headline of `why`.
    "K1 on record": (
        "The logs name no policy; the policies were read from Cloudflare’s settings. Groups, devices and MFA results "
        "of this login aren’t in the logs."
    ),
    "K1 as last seen": (
        "Which groups, attributes and devices came with this login: the logs don’t have them, only what was seen at "
        "another time is known. MFA results aren’t in the logs either."
    ),
    "K1 unknown": "What the login brought beyond e-mail, country, IP address and provider, and whether MFA succeeded.",
    "K1 admitted": "What denied a login that a policy admits: approval, purpose and MFA results aren’t in the logs.",
    "K2": "SCIM shows what Cloudflare stored, not what the identity provider or a policy decided.",
    "K3": "What happens after a successful login, in the app or its session, isn’t in these logs.",
    "K4": (
        "Some failed sign-ins may not appear here: one that stops at the identity provider, a PIN that isn’t "
        "entered, and a block by country, IP address or device, which comes before login and has no e-mail. Requests "
        "of service tokens and others without an identity may only be in Cloudflare’s GraphQL Analytics API."
    ),
    "K5": "Logins up to 2 minutes after the deactivation aren’t counted: clocks differ, and rows arrive late.",
    "K6": "A user who isn’t assigned to the app looks the same here.",
    "K7": "SCIM doesn’t create people in Cloudflare; their first login does.",
    "K8": (
        "Requests of service tokens and others without an identity may only be in Cloudflare’s GraphQL Analytics API, "
        "where each has its Ray ID."
    ),
    # Next steps.
    "H1 next": "If this person should no longer have access, revoke their sessions in Cloudflare.",
    "H3 next": "Find out what the denied people at {app} have in common before you change anything for this person.",
    "H4 next": "Check that this person is assigned to {app}, under this e-mail address.",
    "H10 next": "Check the spelling, and whether the person uses another e-mail address.",
    "N9 next": "Ask the person to request a new one-time PIN.",
    "K1 next": "Look up Ray ID {ray} in Cloudflare, or run the Access policy tester for {email}.",
    "K1 ray": "Look up Ray ID {ray} in Cloudflare.",
    "K1 no ray": "Run the Access policy tester for {email}.",
    "K2 next": "Check the person’s account in {provider} (session revocation: {setting}).",
    "K3 next": "If the login succeeded, check the app, cookies or session.",
    "K4 next": "Ask for the Ray ID or IP address on the block page, and search for it.",
    "K7 next": "Ask the person to log in to an Access app once.",
    "K8 next": "Search for the Ray ID in Cloudflare’s GraphQL Analytics API.",
    # Parts of other sentences.
    "before": "all time before {until}",
    "span": "{since} to {until}",
    "of": " of {account}",
    "place": "{ip_address} ({country})",
    "place without country": "{ip_address}",
    "text": "{text}",
    "more": "{text} and {count}",
}


def fill(sentence_id: str, **values: Value) -> Sentence:
    """A sentence with these values. `{covered}` is blank unless given."""
    return Sentence(sentence_id, SENTENCES, {"covered": "", **values})
