"""Masking a text that cannot be parsed: whatever is not known to be harmless goes.

Patching the patterns of secrets is not enough for broken JSON, where any quote may open or close.
"""

import re
from collections.abc import Iterator

from logsync.scim.redact.edits import REDACTED, Edit
from logsync.scim.redact.secret_names import compatible, is_hot
from logsync.scim.vocabulary import SCIM_WORDS

# What structures JSON, XML, forms and filters; blanks, control characters and byte order marks.
STRUCTURE = r"""{}\[\]()<>"':,;=&/\\\s\x00-\x1f\x7f\ufeff"""
TOKEN = rf"(?:\\u[0-9a-fA-F]{{4}}|[^{STRUCTURE}])++"
# A word of SCIM may be someone's password, so it is not kept as a value of `password` or `value`.
MASKABLE = re.compile(
    rf"""(?i)(?:(?:password|value)[\\"']*+\s*+[:=>]\s*+[\\"']*+(?!(?:true|false|null)\b))?(?P<token>{TOKEN})"""
)
ESCAPED = re.compile(r"(?<!\\)\\++u00([0-9a-fA-F]{2})")

KEPT_WORDS = SCIM_WORDS | {"redacted"}


# Nobody reads on so far in what is broken: one mark stands for the rest.
LONGEST_MASKED = 200_000


def is_suspect(text: str) -> bool:
    """Whether a text that cannot be parsed may hold a secret."""
    plain = compatible(_unescape(text))
    if re.search(r"(?i)value|eyJ|bearer", plain):
        return True
    return any(map(is_hot, set(re.split(rf"[{STRUCTURE}]+", plain))))


def mask_edits(text: str) -> Iterator[Edit]:
    """Edits that leave punctuation and the words of SCIM."""
    kept: dict[str, bool] = {}
    for match in MASKABLE.finditer(text):
        token, start = match["token"], match.start("token")
        if start > LONGEST_MASKED:
            yield Edit(start - text.startswith(REDACTED, start - 1), len(text))
            return
        if token not in kept:
            kept[token] = _is_kept_word(token)
        if start > match.start() or not kept[token]:
            yield Edit(start, match.end())


def _is_kept_word(token: str) -> bool:
    word = (_unescape(token) if "\\" in token else token).lower()
    return word in KEPT_WORDS or ("." in word and all(part in KEPT_WORDS for part in word.split(".")))


def _unescape(text: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
