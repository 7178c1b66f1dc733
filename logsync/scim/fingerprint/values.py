"""Values recognised by the word before them: `userName=ada`, "user Ada Lovelace not found"."""

import re

from logsync.scim.fingerprint.known_words import KNOWN_WORDS

ASSIGNED = re.compile(
    r"""(?x)
    (?P<name> \b (?: user_?name | user | external_?id | e?mails? | (?:\w*_)?id | user_?id | group_?id | group | member
      | display_?name | login ) \)? ) (?: = | \ =\  )
    (?: \( [^()]*+ \) | [^\s,;&()\[\]]++ )"""
)

# "User with id 2819c223 not found": the word before the value says what it is.
KIND_OF_NAME = r"(?<=\bwith\ )(?:e?-?mail|display_?name|id|identifier|login|name|uu?id)"
NOUN = (
    r"(?:(?:user|group|member|resource|account|username|externalid|person|role|team|manager|department|application"
    rf"|license)s?|{KIND_OF_NAME})"
)
VERB = (
    r"(?:(?:was\ |is\ )?not\ found|already\ exists|does\ not\ exist|(?:was|has\ been)\ deleted"
    r"|is\ too\ (?:large|long|big)|(?:is|was)\ (?:not|already)\ (?:assigned|provisioned|licensed|a\ member)"
    r"|(?:could\ not|cannot|can\ not)\ be\ (?:found|located|resolved))"
)
# The nearest noun before the verb, with one to six words between them that are in the same sentence.
NAMED = re.compile(
    rf"(?x) \b (?P<noun> {NOUN} ) :? (?P<name> (?: \ (?! {NOUN}\b ) [^ ]++ (?<![.;:!?]) ){{1,6}}? ) (?= \ {VERB}\b )"
)
# What begins a description, such as "user with …", and not a name.
DESCRIPTION_WORDS = """
    a an and another any are as at be but by can cannot could did does for from had has have if in into is it its
    may must no not of on or same should such that the there this to was were when which who whose will with without
"""
# "User mapping not found" is about the mapping, not about a person called "mapping".
ABSTRACT_NOUNS = """
    account address addresses assignment association attribute attributes class claim configuration creation
    deletion directory domain endpoint entity entry extension field identifier identity info information integration
    key license link list mapping mappings member membership memberships names object owner parameter policy
    principal profile property provider provisioning query record reference relation request resource role rule
    schema session setting store template tenant token update
"""
STARTS = frozenset(DESCRIPTION_WORDS.split())
ABSTRACT = KNOWN_WORDS | frozenset(ABSTRACT_NOUNS.split())


def lower_text_without_values(text: str) -> str:
    """The text in lower case with single blanks, and with `<value>` for what follows `userName=` and its like."""
    text = " ".join(text.lower().split())
    return ASSIGNED.sub(r"\g<name>=<value>", text)


def without_names(text: str) -> str:
    """The lower-case text with `<value>` for a name between a noun and "not found", "already exists" and the like."""
    return NAMED.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    words = match["name"].split()
    is_description = words[0] in STARTS or words[-1].strip("'\",()") in ABSTRACT
    return match[0] if is_description else f"{match['noun']} <value>"
