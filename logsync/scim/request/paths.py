"""Attribute paths of SCIM (RFC 7644 section 3.5.2): `urn:…:User:emails[type eq "work"].value`."""

import re
from dataclasses import dataclass

CORE_SCHEMAS = (
    "urn:ietf:params:scim:schemas:core:2.0:user",
    "urn:ietf:params:scim:schemas:core:2.0:group",
    "urn:scim:schemas:core:1.0",
)
ENTERPRISE_SCHEMAS = (
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user",
    "urn:scim:schemas:extension:enterprise:1.0",
)
KNOWN_SCHEMAS = (*CORE_SCHEMAS, *ENTERPRISE_SCHEMAS)

# `urn:acme:2.0:User.badge`, where an older draft had a full stop in the place of the colon.
FOREIGN_NAME = re.compile(r"(?is)(?P<schema>urn:.*:(?:user|group))(?:[.:](?P<name>[^:]*))?")

COMPARISON = r'\s*(\w+)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*'
COMPARED = re.compile(rf"(?is){COMPARISON}")
ALTERNATIVES = re.compile(rf"(?is){COMPARISON}(?:\bor\b{COMPARISON})*+")


@dataclass(frozen=True, slots=True)
class Path:
    """The parts of a path as written; each may be blank.

    `schema` is the URN of a foreign schema, and blank for the core and the enterprise ones, whose names are
    unique without it. `attribute` is blank where the path is only the URN of a schema.
    """

    attribute: str = ""
    schema: str = ""
    filter: str = ""
    sub_attribute: str = ""

    @property
    def root(self) -> str:
        """What a change at this path touches: the attribute in lower case, after its URN if it is foreign."""
        return ":".join(part for part in (self.schema, self.attribute) if part).lower()

    def is_plain(self, attribute: str) -> bool:
        """Whether this is exactly the attribute of the core or enterprise schema, whole."""
        return self.root == attribute and not self.filter and not self.sub_attribute


def read_path(text: str) -> Path:
    """The path that is written in the text, whatever it is."""
    head, bracket, rest = text.strip().partition("[")
    schema, name = _split_schema(head)
    filter_, closing, sub_attribute = rest.rpartition("]")
    if not bracket or not closing:
        attribute, _, sub_attribute = f"{name}{bracket}{rest}".partition(".")
        return Path(attribute, schema, "", sub_attribute)
    return Path(name, schema, filter_, sub_attribute.removeprefix("."))


def is_known_schema(text: str) -> bool:
    """Whether the text is the URN of a core or enterprise resource."""
    return text.strip().lower() in KNOWN_SCHEMAS


def is_urn(text: str) -> bool:
    return text.strip().lower().startswith("urn:")


def compared_values(filter_: str, *attributes: str) -> list[tuple[str, str]]:
    """The (attribute, value) pairs of a filter that is only equalities with these attributes, joined by "or".

    Empty for any other filter: then it is not known what it means.
    """
    if not ALTERNATIVES.fullmatch(filter_):
        return []
    pairs = [(name.lower(), re.sub(r"(?s)\\(.)", r"\1", value)) for name, value in COMPARED.findall(filter_)]
    return pairs if all(name in attributes for name, _ in pairs) else []


def _split_schema(head: str) -> tuple[str, str]:
    lowered = head.lower()
    for schema in KNOWN_SCHEMAS:
        if lowered.startswith(schema) and lowered[len(schema) : len(schema) + 1] in ("", ":", "."):
            return "", head[len(schema) + 1 :]
    if not is_urn(head):
        return "", head
    if match := FOREIGN_NAME.fullmatch(head):
        return match["schema"], match["name"] or ""
    schema, _, name = head.rpartition(":")
    return schema, name
