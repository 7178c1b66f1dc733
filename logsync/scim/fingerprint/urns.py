"""URNs of schemas and attributes (RFC 7643 section 3.1) are kept, in lower case."""

import re

# A `urn:uuid:` names one thing (RFC 9562), not a kind of things.
URN = re.compile(r"(?i)(?<![\w:.-])urn:(?!uuid:)[a-z0-9][\w.:-]*\w")

# Each URN is one private character while the other rules run; plain text has none of these.
FIRST_SHIELD = 0xE000
SHIELD = re.compile("[\ue000-\uf8ff]")


def shield_urns(text: str) -> tuple[str, list[str]]:
    """The text with a private character for each URN, and the URNs in lower case."""
    urns: list[str] = []

    def shield(match: re.Match[str]) -> str:
        urns.append(match[0].lower())
        return chr(FIRST_SHIELD + len(urns) - 1)

    return URN.sub(shield, text), urns


def restore_urns(text: str, urns: list[str]) -> str:
    """The text with the URNs in their places."""
    return SHIELD.sub(lambda match: urns[ord(match[0]) - FIRST_SHIELD], text)
