"""Words that are part of the error and not anyone's name, in lower case."""

from logsync.scim.vocabulary import SCIM_WORDS

# RFC 7644 section 3.12, table 9.
SCIM_TYPES = """
    invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive
"""
# RFC 7643 section 2.3, and what JSON and programming languages call them.
DATA_TYPES = "string boolean bool decimal integer int number dateTime binary reference complex object array list"
ATTRIBUTES = "email phone login userId groupId user_name external_id display_name given_name family_name"

KNOWN_WORDS = SCIM_WORDS | frozenset(f"{SCIM_TYPES} {DATA_TYPES} {ATTRIBUTES}".lower().split())
