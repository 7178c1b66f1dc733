"""The table of advice: one entry for each kind of error, the most telling words first.

An entry fits by its scimType (RFC 7644, section 3.12), or by `words`, which are looked for in the error's template:
lower-case text in which names and numbers are placeholders. `examples` are errors that it is for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from logsync.scim.advice import sources
from logsync.scim.advice.sources import Source
from logsync.scim.advice.vendors import Step, Vendor

OKTA, ENTRA, JUMPCLOUD = Vendor.OKTA, Vendor.ENTRA, Vendor.JUMPCLOUD


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Advice on one kind of error. It is about resources of one type, or of any if `resource_type` is blank."""

    title: str
    cause: str
    check: str
    heals: str
    sources: tuple[Source, ...]
    examples: tuple[str, ...]
    scim_type: str = ""
    words: re.Pattern[str] | None = None
    resource_type: str = ""
    at: Mapping[Vendor, Step] = field(default_factory=dict)


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


RATE_LIMIT = Entry(
    title="Too many requests at once",
    cause="The server slowed the provider down because it sent too many requests in a short time.",
    check="Has a large group been assigned, or a full synchronisation started, around the first failure?",
    heals="Usually nothing to do: the provider tries again. If it goes on for hours, assign people in smaller batches.",
    words=_words(r"\brate limit", r"too many requests", r"throttl", r"\b429\b"),
    at={
        ENTRA: Step(
            "Entra calls this TooManyRequests, and says there is nothing to do.",
            (sources.ENTRA_CODES,),
        )
    },
    sources=(sources.ENTRA_CODES,),
    examples=("Rate limit exceeded, retry after 30 seconds", "429 Too Many Requests", "Request was throttled"),
)

CREDENTIALS = Entry(
    title="The provider’s SCIM credentials were refused",
    cause="The SCIM secret at the provider is wrong, expired or was regenerated in Cloudflare, or it may not do this.",
    check="Has somebody regenerated the SCIM secret in Cloudflare, or changed the SCIM endpoint, since it last worked?",
    heals="Regenerate the secret in Cloudflare, enter it at the provider, test the connection, and send again.",
    words=_words(
        r"\b40[13]\b",
        r"unauthori[sz]ed",
        r"not authori[sz]ed",
        r"\bforbidden\b",
        r"(?:invalid|expired|missing|bad|wrong) (?:access |api |auth |bearer |scim )*(?:token|secret|credentials?)\b",
        r"(?:token|secret|credentials?) (?:<value> |<id> )?(?:(?:is|are|was|has|have) )?(?:expired|invalid|revoked)",
        r"authentication (?:failed|required|error)",
        r"access denied",
        r"permission denied",
        r"insufficient (?:access )?(?:rights|permissions?|privileges)",
    ),
    at={
        OKTA: Step(
            "On the app’s Provisioning tab, open the API integration and choose “Test API Credentials”.",
            (sources.CLOUDFLARE_OKTA,),
        ),
        ENTRA: Step(
            "In the app’s Provisioning settings, enter the new secret token and choose “Test Connection”.",
            (sources.CLOUDFLARE_ENTRA,),
        ),
        JUMPCLOUD: Step(
            "On the app’s Identity Management tab, compare the Base URL and enter the token key again.",
            (sources.CLOUDFLARE_JUMPCLOUD,),
        ),
    },
    sources=(sources.CLOUDFLARE_SCIM,),
    examples=("401 Unauthorized", "code 9109: Invalid access token", "HTTP 403 Forbidden", "token has expired"),
)

LICENCES = Entry(
    title="No seat or licence is left",
    cause="The account may have no free seat or licence for this user.",
    check="Compare the seats in use with the plan, and look for people who no longer need one.",
    heals="Free a seat or buy more, then send the user again.",
    words=_words(r"\blicen[cs]es?\b", r"\bseats?\b"),
    at={ENTRA: Step("Entra calls this LicenseLimitExceeded.", (sources.ENTRA_CODES,))},
    sources=(sources.CLOUDFLARE_SEATS, sources.ENTRA_CODES),
    examples=("No seats available", "License limit exceeded"),
)

INVALID_SYNTAX = Entry(
    title="The request couldn’t be read",
    cause="The body is cut off, isn’t valid JSON, or doesn’t have the structure that SCIM wants.",
    check="Does the request body end in the middle? Compare its size with requests that succeeded.",
    heals="Send the change again, a large group in smaller parts. If the same body fails again, ask the "
    "provider’s support.",
    scim_type="invalidSyntax",
    words=_words(
        r"\bnot (?:a )?(?:valid )?json\b",
        r"\binvalid json\b",
        r"unpars(?:e)?able",
        r"(?:unable|failed) to parse",
        r"(?:can ?not|could not|can't|couldn't) (?:be )?parse",
        r"parse error",
        r"unexpected (?:end|token|character)",
        r"malformed (?:request|body|json|payload)",
        r"syntax error",
        r"syntactically incorrect",
    ),
    sources=(sources.RFC_ERRORS,),
    examples=(
        "Request body is not valid JSON: unexpected end of input",
        '{"scimType":"invalidSyntax","detail":"Request is unparsable.","status":"400"}',
        'unexpected token at {"foo":1}',
    ),
)

INVALID_FILTER = Entry(
    title="A filter isn’t supported",
    cause="The filter in the request is malformed, or the server doesn’t support that comparison on that attribute.",
    check="Look for “eq”, “co” or square brackets in the request, and at which attribute the provider matches "
    "people by.",
    heals="Match by an attribute that the server can filter by, such as userName, and send again.",
    scim_type="invalidFilter",
    words=_words(r"\binvalid filter\b", r"\bunsupported filter\b", r"\bfilter\b.*\b(?:not supported|is invalid)\b"),
    at={
        ENTRA: Step(
            "Check the matching attribute of the mapping: the server has to support filtering by it.",
            (sources.ENTRA_ON_DEMAND,),
        ),
        OKTA: Step("Okta looks users up by a filter on userName before it creates them.", (sources.OKTA_SCIM,)),
    },
    sources=(sources.RFC_ERRORS,),
    examples=('{"scimType":"invalidFilter","status":"400"}', "Unsupported filter: title sw"),
)

INVALID_VERSION = Entry(
    title="The SCIM version isn’t supported",
    cause="The provider speaks another version of SCIM than the server. Cloudflare supports version 2.0.",
    check="Is the connection at the provider set to SCIM 2.0, and not to 1.1?",
    heals="Set the connection to SCIM 2.0 and send again.",
    scim_type="invalidVers",
    words=_words(r"(?:scim|protocol) version\b.*\bnot supported", r"unsupported (?:scim|protocol) version"),
    at={JUMPCLOUD: Step("Choose SCIM 2.0 on the app’s Identity Management tab.", (sources.JUMPCLOUD_SCIM,))},
    sources=(sources.RFC_ERRORS, sources.CLOUDFLARE_SCIM),
    examples=('{"scimType":"invalidVers","status":"400"}', "SCIM version 1.1 is not supported"),
)

SENSITIVE = Entry(
    title="Personal data stood in the address of a request",
    cause="The server refused a request because its URL, not its body, carried sensitive or personal data.",
    check="Which attribute does the provider search by? Is it one that the server treats as confidential?",
    heals="Search by another attribute, or by POST to /.search, where the provider can.",
    scim_type="sensitive",
    sources=(sources.RFC_ERRORS,),
    examples=('{"scimType":"sensitive","detail":"Query filter is restricted","status":"403"}',),
)

MEMBER_NOT_FOUND = Entry(
    title="A member of the group isn’t known to Cloudflare",
    cause="The change names a member who isn’t provisioned yet, was deleted, or has another ID by now. "
    "Cloudflare doesn’t "
    "create people by SCIM alone: they first log in to an Access app or enrol a device.",
    check="Look at which members the newest request names, and whether each has a successful request of their "
    "own here.",
    heals="Get the member provisioned first, then push the whole group again.",
    words=_words(
        r"\bmembers?\b.*\b(?:not found|(?:could|can) ?not be found|do(?:es)? not exist|unknown|not provisioned)\b",
        r"\b(?:unknown|no such|invalid) members?\b",
    ),
    at={
        OKTA: Step(
            "Members have to be assigned to the app and provisioned before their group is pushed. Don’t use one group "
            "both to assign the app and to push.",
            (sources.OKTA_PREREQUISITES, sources.OKTA_GROUP_PUSH),
        ),
        ENTRA: Step(
            "Only direct members of a group that is assigned to the app are sent, not members of nested groups.",
            (sources.ENTRA_SCOPE, sources.CLOUDFLARE_ENTRA),
        ),
        JUMPCLOUD: Step(
            "Check that the member is in a user group bound to the app, and that management of user groups is on.",
            (sources.CLOUDFLARE_JUMPCLOUD,),
        ),
    },
    sources=(sources.CLOUDFLARE_SCIM,),
    examples=("member not found: 7f4bc1a3-285e-48ae-8202-5accb43efb0e", "Members u1, u2 could not be found"),
)

NO_TARGET = Entry(
    title="The change found nothing to change",
    cause='The path of the change, often with a filter such as emails[type eq "work"], matches nothing here.',
    check="Does the user have the value that the change wants to replace or remove, for example a work e-mail?",
    heals="Add the missing value first, or let the provider send the whole resource once.",
    scim_type="noTarget",
    words=_words(
        r"\bno target\b",
        r"\b(?:path|filter)\b.*\b(?:no match|(?:did|does) not match|matche[sd] nothing)\b",
        r"\bnothing to (?:remove|replace|change)\b",
    ),
    sources=(sources.RFC_ERRORS, sources.RFC_PATCH),
    examples=('{"scimType":"noTarget","status":"400"}', "The path did not match any attribute"),
)

INVALID_PATH = Entry(
    title="The request names an attribute that doesn’t exist here",
    cause="The path or attribute in the request is misspelt, or the server doesn’t know it.",
    check="Find the attribute in the request body, and the mapping at the provider that writes it.",
    heals="Correct the mapping or take it out, then send again.",
    scim_type="invalidPath",
    words=_words(
        r"\binvalid path\b",
        r"\b(?:unknown|unsupported|unrecogni[sz]ed) (?:path|attribute|property|field|schema)\b",
        r"\b(?:path|attribute|property|field|schema) \S+ (?:(?:is|was) )?"
        r"(?:not (?:supported|recogni[sz]ed|found|allowed)|unknown)\b",
        r"\bno such attribute\b",
    ),
    at={
        ENTRA: Step(
            "Compare the attribute mappings with those that Cloudflare recommends: userName, work e-mail, given "
            "name and "
            "family name. Entra calls this SchemaAttributeNotFound.",
            (sources.CLOUDFLARE_ENTRA, sources.ENTRA_CODES),
        ),
        JUMPCLOUD: Step(
            "By default JumpCloud sends email, firstname and lastname, and the name of a group; take others out.",
            (sources.CLOUDFLARE_JUMPCLOUD,),
        ),
        OKTA: Step(
            "Take attributes that Cloudflare doesn’t know out of the mappings, under Provisioning > To App.",
            (sources.OKTA_SCIM,),
        ),
    },
    sources=(sources.RFC_ERRORS, sources.RFC_PATCH),
    examples=(
        '{"scimType":"invalidPath","status":"400"}',
        'Invalid path: emails[type eq "work"].value',
        "Unknown schema urn:acme:custom:2.0:User",
        "Attribute 'badge' is not supported",
    ),
)

MUTABILITY = Entry(
    title="The attribute can’t be changed",
    cause="The request changes an attribute that the server keeps read-only, or that can only be set once, such "
    "as an id.",
    check="Find the attribute in the request body. Has a userName or an ID changed at the provider?",
    heals="Take the attribute out of the updates. If an ID changed, remove the user and let the provider create "
    "it anew.",
    scim_type="mutability",
    words=_words(
        r"\bread-?only\b",
        r"\bimmutable\b",
        r"\b(?:can ?not|can't|may not|must not) be (?:changed|modified|updated|altered)\b",
    ),
    sources=(sources.RFC_ERRORS,),
    examples=(
        '{"scimType":"mutability","detail":"Attribute \'id\' is readOnly","status":"400"}',
        "userName cannot be changed",
    ),
)

TOO_MANY = Entry(
    title="The request is too large",
    cause="It names more members or operations, or would return more results, than the server handles at once.",
    check="How many members does the newest request name? Was a large group changed all at once?",
    heals="Change the group in smaller steps, or split it, and push it again.",
    scim_type="tooMany",
    words=_words(
        r"\btoo many (?:members|operations|results|values|items|entries|resources|changes)\b",
        r"\b(?:payload|request|body|entity)\b.*\btoo large\b",
        r"\b413\b",
        r"\bexceed(?:s|ed)? (?:the )?(?:maximum|max|limit|allowed)\b",
    ),
    at={
        ENTRA: Step(
            "On-demand provisioning sends at most five members of a group at once, which can tell whether size "
            "is the cause.",
            (sources.ENTRA_ON_DEMAND,),
        )
    },
    sources=(sources.RFC_ERRORS,),
    examples=(
        "too many members in one operation: 512, at most 100",
        '{"scimType":"tooMany","status":"400"}',
        "413 Payload Too Large",
    ),
)

UNIQUENESS_OF_GROUPS = Entry(
    title="The group already exists",
    cause="Cloudflare already has a group of this name or ID, often from an earlier push or another provider.",
    check="Search here for the group’s name: which provider created it, and is it still pushed?",
    heals="Rename one of the two, or delete the old group, then push again.",
    scim_type="uniqueness",
    words=_words(
        r"^(?!.*\bmember).*\balready (?:exists?|in use|taken|used|been taken|there)\b",
        r"\bduplicate\b",
        r"\bmust be unique\b",
        r"\bnot unique\b",
        r"\b409\b",
    ),
    resource_type="GROUP",
    at={
        OKTA: Step(
            "Okta can’t push a group whose name the app already has, unless the app supports linking groups.",
            (sources.OKTA_PREREQUISITES,),
        ),
        ENTRA: Step(
            "Check which attribute matches groups in the mapping. Entra calls this Conflict or EntryConflict.",
            (sources.ENTRA_CODES, sources.ENTRA_MAPPINGS),
        ),
    },
    sources=(sources.RFC_ERRORS,),
    examples=("Group eng-prod already exists", '{"scimType":"uniqueness","status":"409"}'),
)

UNIQUENESS = Entry(
    title="Another user already has this value",
    cause="Cloudflare already has a user with this userName or e-mail: mostly the same person, created earlier under "
    "another ID or through another provider, or somebody who had the address before.",
    check="Search here for the address to see every resource that has it. Was the person renamed, or deleted "
    "and hired again?",
    heals="Let the provider match the existing user, or remove or rename one of the two, then send the user again.",
    scim_type="uniqueness",
    words=_words(
        r"^(?!.*\bmember).*\balready (?:exists?|in use|taken|used|been taken|registered|assigned|there)\b",
        r"\bduplicate\b",
        r"\bmust be unique\b",
        r"\bnot unique\b",
        r"\b409\b",
    ),
    at={
        OKTA: Step(
            "The app’s “Application username format” becomes userName; it has to be the person’s e-mail in Cloudflare.",
            (sources.CLOUDFLARE_OKTA,),
        ),
        ENTRA: Step(
            "Check the matching attribute and the mappings of userName and work e-mail, so that Entra finds the "
            "existing "
            "user. Entra calls this Conflict or EntryConflict.",
            (sources.ENTRA_CODES, sources.CLOUDFLARE_ENTRA),
        ),
        JUMPCLOUD: Step(
            "JumpCloud sends the user’s e-mail: check that no second user has it, or had it before.",
            (sources.CLOUDFLARE_JUMPCLOUD,),
        ),
    },
    sources=(sources.RFC_ERRORS, sources.CLOUDFLARE_SCIM),
    examples=(
        'userName "ada@example.com" already exists',
        '{"scimType":"uniqueness","detail":"userName \\"jdoe@example.com\\" is already taken","status":409}',
        "409 Conflict",
        "User with externalId 00ujl29u0le5T6Aj10h7 already exists",
    ),
)

MISSING_VALUE = Entry(
    title="A required value is missing",
    cause="The request leaves out a value that the server needs, mostly because it is empty in the person’s profile.",
    check="Is the attribute that the error names missing or empty in the request body below?",
    heals="Fill in the value at the provider, or map another attribute to it, then send again.",
    words=_words(
        r"\b(?:required|mandatory|missing) (?:attribute|field|value|property|parameter|member)",
        r"\b(?:attribute|field|property|value|username|emails?|displayname|externalid|name|givenname|familyname|active)\S*"
        r"(?: \S+)? (?:is|are|was) (?:required|missing|mandatory|empty|blank)\b",
        r"\b(?:can ?not|can't|must not|may not) be (?:empty|blank|null)\b",
        r"\bmissing required\b",
    ),
    at={
        OKTA: Step(
            "Fill in the person’s Okta profile, and check the attribute’s mapping under Provisioning > To App.",
            (sources.OKTA_SCIM,),
        ),
        ENTRA: Step(
            "Cloudflare needs userName and the work e-mail: check that both are mapped, and that the mail property is "
            "filled in. Entra doesn’t send empty values, and calls this MissingValues.",
            (sources.CLOUDFLARE_ENTRA, sources.ENTRA_ON_DEMAND, sources.ENTRA_CODES),
        ),
        JUMPCLOUD: Step(
            "By default JumpCloud sends email, firstname and lastname: check that all three are filled in.",
            (sources.CLOUDFLARE_JUMPCLOUD,),
        ),
    },
    sources=(sources.RFC_ERRORS,),
    examples=(
        "required attribute emails is missing",
        "Attribute 'userName' is required",
        "displayName must not be empty",
    ),
)

INVALID_VALUE = Entry(
    title="A value isn’t valid",
    cause="A value has the wrong type or form for its attribute, or a required value is missing.",
    check="Compare the value in the request body with what the attribute wants: true or false without quotes, a "
    "full e-mail.",
    heals="Correct the value or its mapping at the provider, then send again.",
    scim_type="invalidValue",
    words=_words(
        r"\binvalid (?:value|e-?mail|data ?type|type|format)\b",
        r"\bnot a valid\b",
        r"\b(?:wrong|incorrect) (?:type|format)\b",
        r"\b(?:expected|must be) (?:an? )?(?:string|boolean|integer|number|array|object|valid)\b",
        r"\btoo (?:long|short)\b",
    ),
    at={
        ENTRA: Step(
            'By default Entra sends active as the text "False". With ?aadOptscim062020 at the end of the tenant URL it '
            "sends true or false, as SCIM wants.",
            (sources.ENTRA_SCIM,),
        ),
        JUMPCLOUD: Step(
            "JumpCloud expects and sends a user’s id as text, never as a number.", (sources.JUMPCLOUD_TROUBLESHOOTING,)
        ),
    },
    sources=(sources.RFC_ERRORS,),
    examples=(
        "emails[0].value is not a valid e-mail",
        '{"scimType":"invalidValue","status":"400"}',
        "active must be a boolean",
    ),
)

NOT_FOUND_GROUP = Entry(
    title="The group no longer exists in Cloudflare",
    cause="The provider changes a group that was deleted in Cloudflare, or knows it by an old ID.",
    check="Does the group’s history here end with a successful DELETE? Was it deleted by hand?",
    heals="Let the provider create the group again, then push its members.",
    words=_words(
        r"\b(?:group|resource)\b.*\b(?:not found|(?:could|can) ?not be found|does not exist|(?:has been|was) deleted)",
        r"\b(?:no such|unknown) (?:group|resource)\b",
        r"\b(?:can ?not|can't|could not) find (?:the )?(?:group|resource)\b",
        r"\b404\b",
    ),
    resource_type="GROUP",
    at={
        OKTA: Step(
            "Choose “Delete pushed group in app” with “Leave the group in the target app”, then push the group anew.",
            (sources.OKTA_GROUP_PUSH,),
        ),
        ENTRA: Step(
            "Restarting the provisioning job makes Entra match everything again; it is a full cycle and can take long.",
            (sources.ENTRA_CODES,),
        ),
    },
    sources=(sources.RFC_ERRORS,),
    examples=("Group eng-prod not found", "404 Not Found"),
)

NOT_FOUND = Entry(
    title="The user isn’t known to Cloudflare",
    cause="The provider changes a user who was deleted in Cloudflare, is known there by another ID, or has "
    "never logged in: "
    "Cloudflare doesn’t create people by SCIM alone.",
    check="Does the user’s history here hold a successful POST, and no DELETE after it? Have they ever logged in?",
    heals="Have the person log in to an Access app once, then let the provider create the user again.",
    words=_words(
        r"\b(?:user|resource|account|person|username|externalid|id)\b.*"
        r"\b(?:not found|(?:could|can) ?not be found|does not exist|(?:has been|was) deleted)",
        r"\b(?:no such|unknown) (?:user|resource)\b",
        r"\b(?:can ?not|can't|could not) find (?:the )?(?:user|resource)\b",
        r"\b404\b",
    ),
    at={
        OKTA: Step(
            "Take the person off the app’s assignments and assign them again: Okta then looks the user up anew.",
            (sources.OKTA_SCIM,),
        ),
        ENTRA: Step(
            "Entra calls this InvalidAnchor. Restarting the provisioning job makes it match everybody again; that is a "
            "full cycle and can take long.",
            (sources.ENTRA_CODES,),
        ),
        JUMPCLOUD: Step("Check that the person is in a user group bound to the app.", (sources.CLOUDFLARE_JUMPCLOUD,)),
    },
    sources=(sources.CLOUDFLARE_SCIM, sources.RFC_ERRORS),
    examples=("User 23a35c27-23d3-4c03-b4c5-6443c09e7173 not found", "can't find user", "404 Not Found"),
)

PRECONDITION = Entry(
    title="The resource had changed in the meantime",
    cause="The request was made for an older version of the resource than the server has.",
    check="Do two providers, or two apps of one provider, change the same user or group?",
    heals="The next full update usually succeeds. Let only one provider manage each user and group.",
    words=_words(r"\b412\b", r"\bprecondition failed\b", r"\be-?tag\b", r"\bversion (?:mismatch|conflict)\b"),
    sources=(sources.RFC_VERSIONS,),
    examples=("412 Precondition Failed", "ETag mismatch"),
)

NOT_SUPPORTED = Entry(
    title="The server doesn’t support this kind of request",
    cause="Cloudflare’s SCIM server doesn’t accept this method or operation for this kind of resource.",
    check="Which feature at the provider sends it? Look for options such as deleting users, or bulk requests.",
    heals="Turn that option off, or use another way to the same end, such as deactivating instead of deleting.",
    words=_words(
        r"\bnot (?:supported|implemented)\b",
        r"\bunsupported (?:operation|method|request|patch)\b",
        r"\bmethod not allowed\b",
        r"\b(?:405|501)\b",
    ),
    at={
        ENTRA: Step(
            "The flag ?aadOptscim062020 at the end of the tenant URL makes Entra’s PATCH requests follow SCIM closely.",
            (sources.ENTRA_SCIM,),
        ),
        JUMPCLOUD: Step(
            "JumpCloud manages groups only where groups can be created, updated and deleted; else turn group "
            "management off.",
            (sources.JUMPCLOUD_TROUBLESHOOTING,),
        ),
    },
    sources=(sources.RFC_ERRORS,),
    examples=("patch-REPLACE-operation not supported for group.members", "501 Not Implemented", "Method Not Allowed"),
)

SERVER_ERROR = Entry(
    title="The server had a problem of its own",
    cause="Something failed at Cloudflare or on the way there; the request itself may be fine.",
    check="Did requests of other people fail at the same time? Look at Cloudflare’s status page for that hour.",
    heals="Usually nothing to do: the provider tries again. If single requests fail for days, ask Cloudflare’s "
    "support.",
    words=_words(
        r"\b50[0234]\b",
        r"\binternal (?:server )?error\b",
        r"\bservice unavailable\b",
        r"\bbad gateway\b",
        r"\btimed? ?-?out\b",
        r"\btemporarily unavailable\b",
        r"\bconnection (?:reset|refused)\b",
        r"\btry again later\b",
    ),
    at={
        ENTRA: Step("Entra tries again by itself, first after 40 minutes.", (sources.ENTRA_CODES,)),
    },
    sources=(sources.CLOUDFLARE_STATUS, sources.ENTRA_CODES),
    examples=("HTTP 503 from upstream after 3 retries", "Internal Server Error", "Request timed out"),
)

# The first that fits is taken: what is said of requests as such before what is said of values, and both before codes.
ENTRIES: tuple[Entry, ...] = (
    RATE_LIMIT,
    CREDENTIALS,
    LICENCES,
    INVALID_SYNTAX,
    INVALID_FILTER,
    INVALID_VERSION,
    SENSITIVE,
    TOO_MANY,
    MEMBER_NOT_FOUND,
    NO_TARGET,
    INVALID_PATH,
    MUTABILITY,
    UNIQUENESS_OF_GROUPS,
    UNIQUENESS,
    MISSING_VALUE,
    INVALID_VALUE,
    PRECONDITION,
    NOT_FOUND_GROUP,
    NOT_FOUND,
    NOT_SUPPORTED,
    SERVER_ERROR,
)
