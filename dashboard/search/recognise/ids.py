"""Ray IDs, e-mail addresses and other ids in a text of one line."""

import re

from dashboard.search.recognise.kinds import Found, Kind

# No letter or digit touches the id, and it is not part of a longer id, an e-mail address or a host name.
_BEFORE = r"(?<![\w@])(?<!\w[.-])"
_AFTER = r"(?!\w|@|[.-]\w)"
# The data centre that answered, as in `6ad96d0a4873697b-FRA`.
_COLO = r"(?:-[a-z]{3})?"

# `Ray ID: x`, `cf-ray: x`, `"ray_id":"x"`, `**Ray ID** is x`.
LABELLED_RAY_ID = re.compile(
    rf"""(?ix)
    (?<![^\W_]) (?: cf[-_\ ]?ray | ray[-_\ ]?(?:id|name) ) (?: [-_\ ]?id )?
    [\s\\"'`*:=\#>|(\[_.-]{{0,12}} (?: is\b[\s:"'`*]{{1,6}} )?
    (?P<ray_id> [a-z0-9]{{8,16}} ) {_COLO} {_AFTER}""",
    re.ASCII,
)
BARE_RAY_ID = re.compile(rf"(?i){_BEFORE}(?P<ray_id>[0-9a-f]{{16}}){_COLO}{_AFTER}", re.ASCII)
_HEX = re.compile(r"(?i)[0-9a-f]+")
_RAY_ID_LENGTH = 16

_LOCAL_CHARACTERS = r"\w.!#$&'*+^~-"
EMAIL = re.compile(
    rf"(?<![{_LOCAL_CHARACTERS}])(?P<local>[{_LOCAL_CHARACTERS}]{{1,80}}+)@(?P<domain>[\w-]++(?:\.[\w-]++)++)(?!@)"
)
_TOP_LEVEL_DOMAIN = re.compile(r"(?i)[^\W\d_]{2,63}|xn--[a-z0-9-]{2,59}")

GUID = re.compile(
    rf"(?i){_BEFORE}(?P<guid>[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}|[0-9a-f]{{32}}){_AFTER}", re.ASCII
)
OKTA_ID = re.compile(rf"{_BEFORE}00[ug][A-Za-z0-9]{{17}}{_AFTER}", re.ASCII)
AUD = re.compile(rf"(?i){_BEFORE}[0-9a-f]{{64}}{_AFTER}", re.ASCII)


def labelled_ray_id(match: re.Match[str]) -> Found | None:
    """After a label, any 16 letters or digits are a Ray ID; fewer hexadecimal digits are the start of one."""
    ray_id = match["ray_id"]
    is_hex = _HEX.fullmatch(ray_id) is not None
    if len(ray_id) == _RAY_ID_LENGTH:
        return Found(Kind.RAY_ID, ray_id.lower() if is_hex else ray_id)
    return Found(Kind.RAY_ID_START, ray_id.lower(), "the Ray ID is cut") if is_hex else None


def bare_ray_id(match: re.Match[str]) -> Found:
    ray_id = match["ray_id"].lower()
    return Found(Kind.RAY_ID, ray_id, "looks like a Ray ID" if ray_id.isdigit() else "")


def email(match: re.Match[str]) -> Found | None:
    """An e-mail address in lower case, without the quotes, asterisks and dashes around it."""
    local, domain = match["local"].lstrip(".!#$&'*+^~-"), match["domain"].rstrip("-_")
    is_address = local and not local.endswith(".") and _TOP_LEVEL_DOMAIN.fullmatch(domain.rpartition(".")[2])
    return Found(Kind.USER_EMAIL, f"{local}@{domain}".lower()) if is_address else None


def guid(match: re.Match[str]) -> Found:
    """The id in lower case with dashes: 8, 4, 4, 4 and 12 digits."""
    digits = match["guid"].lower().replace("-", "")
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return Found(Kind.GUID, "-".join(parts))


def okta_id(match: re.Match[str]) -> Found:
    return Found(Kind.IDP_RESOURCE_ID, match[0])


def aud(match: re.Match[str]) -> Found:
    return Found(Kind.AUD, match[0].lower())
