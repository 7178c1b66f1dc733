"""Names whose value is a secret ("hot" names), and which of their values may stay."""

import re
import unicodedata
from collections.abc import Sequence

from logsync.scim.vocabulary import SCIM_WORDS

# Hot names, with an underscore between their words. Names are matched in lower case, with letters and digits alone.
CONTAINED = (
    "password passwd passphrase passcode secret private_key api_key access_key recovery_code security_answer "
    "challenge_answer credential shared_key otp_seed totp"
)
AT_THE_END = "token pwd ssn pin_code"
ALONE = (
    "pass pw pin otp social_security_number national_id national_identifier tax_id passport passport_number "
    "credit_card card_number cvv cvc authorization cookie hash salt mfa_key"
)


def _alternatives(names: str, between: str = "") -> str:
    return "|".join(name.replace("_", between) for name in names.split())


HOT_NAME = re.compile(rf"{_alternatives(CONTAINED)}|(?:{_alternatives(AT_THE_END)})\Z|\A(?:{_alternatives(ALONE)})\Z")
# "API key" is one name of two words.
TWO_WORD_NAME = (
    "(?:"
    + "|".join(name.replace("_", r"[\ ]") for name in f"{CONTAINED} {AT_THE_END} {ALONE}".split() if "_" in name)
    + ")"
)
NEVER_HOT = {"secretary", "passwordpolicy", "passwordpolicyname", "passwordstatus", "tokentype", "tokenname"}

HOT_WORDS = re.compile(rf"(?i){TWO_WORD_NAME}")
WORD = re.compile(r"[\w$][\w$.:-]*+")

# A property of the secret, not the secret: `passwordLastChanged`, `passwordMaxAge`.
HARMLESS_NAME = re.compile(
    r"(?:changed|updated|modified|created|lastset|expires|expired|expiry|expiration|age|days|date|at|timestamp"
    r"|enabled|required|length|count)\Z"
)
HARMLESS_TEXT = re.compile(
    r"""(?ix)
      true | false
    | -?[0-9]{1,20}(?:\.[0-9]{1,9})?
    | [0-9]{4}-[0-9]{2}-[0-9]{2}
      (?:[T\ ][0-9:]{5,8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"""
)

# `{"name": "password", "value": …}`: members that say what the value beside them is.
SELECTORS = {"path", "name", "type", "key", "attribute", "attributename", "field", "claim", "loc"}
# Members that may hold such a value, although some are words of SCIM. `$ref` without its sign is "ref".
VALUE_NAMES = {"data", "display", "text", "ref", "input", "received"}
# Members that say what is wrong are read as sentences.
MESSAGES = {"msg", "reason", "hint", "errormessage", "errordescription", "errorsummary", "summary"}
# `{"type": "invalid_password"}` is the code of an error, which has ids and times beside it.
ERROR_CODE = re.compile(
    r"invalid|missing|expired|revoked|required|unknown|incorrect|wrong|mismatch|weak|short|denied|not|unsupported"
)

# `password eq "x"`, with the literal as the last group that matched.
COMPARISON = re.compile(
    r"""(?isx)
    (?<![\w$.:-]) (?P<name>[\w$.:-]++) \s++ (?:eq|ne|co|sw|ew|gt|ge|lt|le) \s++
    (?: "(?P<double>(?:[^"\\]|\\.)*+)"?+ | '(?P<single>(?:[^'\\]|\\.)*+)'?+ | (?P<bare>[\w.+-]++) )"""
)


def holds_hot_name(text: str) -> bool:
    """Whether any word of the text is a hot name."""
    return HOT_WORDS.search(text) is not None or any(map(is_hot, set(WORD.findall(text))))


def is_hot(name: str) -> bool:
    """Whether the value of this attribute name, URN or SCIM path is a secret; any of its segments may say so."""
    if name.isascii() and name.isalpha():
        return _is_hot_segment(name.lower())
    return any(_is_hot_segment(squeeze(segment)) for segment in _segments(name))


def squeeze(name: str) -> str:
    """The name in lower case with nothing but its letters and digits: "Pin_Code" is "pincode"."""
    if name.isalnum() and name.isascii():
        return name.lower()
    return re.sub(r"[\W_]+", "", compatible(name).lower())


def compatible(text: str) -> str:
    """The text with plain letters for wide, small and joined ones, one character at a time.

    The normal form of a whole text takes quadratic time where accents follow each other without end.
    """
    return text if text.isascii() else "".join([unicodedata.normalize("NFKC", character) for character in text])


def is_kept(name: str, value: object) -> bool:
    """Whether a decoded JSON value is harmless, although its name is a hot one."""
    if value is None or isinstance(value, bool) or (isinstance(value, str | list | dict) and not value):
        return True
    if not HARMLESS_NAME.search(squeeze(_segments(name)[-1])):
        return False
    return isinstance(value, int | float) or (isinstance(value, str) and bool(HARMLESS_TEXT.fullmatch(value)))


def secret_members(members: Sequence[tuple[str, object]]) -> list[bool]:
    """For each member of one object (key, decoded value) whether its value is a secret.

    Its own key may say so, or a selector beside it, as `path` says what `value` is in a PATCH operation.
    """
    keys = [squeeze(key) for key, _ in members]
    selected, selected_keys = _selection(keys, [value for _, value in members])
    names = [
        name if is_hot(name) else selected if key in selected_keys else None
        for key, (name, _) in zip(keys, members, strict=True)
    ]
    return [name is not None and not is_kept(name, value) for name, (_, value) in zip(names, members, strict=True)]


def _is_hot_segment(segment: str) -> bool:
    return segment not in NEVER_HOT and HOT_NAME.search(segment) is not None


def _segments(name: str) -> list[str]:
    return re.split(r"[.:/\[\]]+", COMPARISON.sub(_compared_names, name).strip(".:/[]"))


def _compared_names(comparison: re.Match[str]) -> str:
    # The literal is a value, except in `attributes[name eq "password"].value`.
    name, literal = comparison["name"], comparison[comparison.lastgroup or 0]
    return f"[{name}][{literal}]" if squeeze(name) in SELECTORS else f"[{name}]"


def _selection(keys: Sequence[str], values: Sequence[object]) -> tuple[str | None, set[str]]:
    """The hot name that a selector gives, and the keys of the values that it means."""
    value_keys = {key for key in keys if key.endswith(("value", "values")) or key in VALUE_NAMES}
    unknown_keys = set(keys) - SCIM_WORDS - SELECTORS - MESSAGES - value_keys
    selectors = [value for key, value in zip(keys, values, strict=True) if key in SELECTORS]
    if name := next(filter(None, map(_selected_name, selectors)), None):
        return name, value_keys if ERROR_CODE.search(squeeze(name)) else value_keys | unknown_keys
    # Misspelt, a selector is a key that SCIM does not know, with a single word as its value.
    for key, value in zip(keys, values, strict=True):
        if key in unknown_keys and isinstance(value, str) and " " not in value and is_hot(value):
            return value, value_keys
    return None, set()


def _selected_name(value: object) -> str | None:
    """The hot name that a selector's value is, or holds, as in `["body", "password"]`."""
    names = value if isinstance(value, list) else [value]
    return next((name for name in names if isinstance(name, str) and is_hot(name)), None)
