"""Find out whether two error descriptions say the same: compare them without what differs from row to row.

A template is text that people read, so its words stay; names, ids, addresses, times and counts become
placeholders such as `<value>`. No two wordings are merged by hand. A template is its own template.
"""

import hashlib
import json
import re

from logsync.scim.fingerprint.json_text import without_json
from logsync.scim.fingerprint.numbers import without_numbers
from logsync.scim.fingerprint.placeholders import join_repeated, put_placeholders
from logsync.scim.fingerprint.plain import plain_text
from logsync.scim.fingerprint.preamble import without_preamble
from logsync.scim.fingerprint.quotes import without_quotes
from logsync.scim.fingerprint.urns import restore_urns, shield_urns
from logsync.scim.fingerprint.values import lower_text_without_values, without_names

__all__ = ["NO_TEXT", "VERSION", "looks_alike", "problem_key", "template_of"]

# Part of every key. Add one with every change of a rule, so that stored keys are made again.
VERSION = 3

NO_TEXT = "(no error text)"
UNSETTLED = "<value>"

MAX_LENGTH = 500
MAX_ROUNDS = 8

TOKEN = re.compile(r"<\w+>|\w[\w.-]*")


def template_of(error_description: str) -> str:
    """What equal errors have in common: at most 500 characters of lower-case text with placeholders.

    The input is already without secrets. Any text is taken; a blank one gives "(no error text)".
    """
    template = error_description
    for _ in range(MAX_ROUNDS):
        previous, template = template, _template_once(template)
        if template == previous:
            return template
    return UNSETTLED


def problem_key(account_id: str, idp_id: str, resource_type: str, request_method: str, template: str) -> str:
    """The key of one problem, 32 hex digits: the same error of the same kind of request from one identity provider."""
    parts = [VERSION, account_id, idp_id, resource_type.upper(), request_method.upper(), template]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def looks_alike(a: str, b: str) -> bool:
    """Whether four of five words of the two templates, taken together, are in both. A suggestion, never a merge."""
    words, others = set(TOKEN.findall(a)), set(TOKEN.findall(b))
    # The Jaccard index in whole numbers: shared / all >= 4 / 5.
    return a == b or (bool(words) and 5 * len(words & others) >= 4 * len(words | others))


def _template_once(text: str) -> str:
    text = without_preamble(without_json(plain_text(text)))
    text, urns = shield_urns(text)
    text = without_quotes(put_placeholders(text))
    text = without_names(lower_text_without_values(text))
    text = join_repeated(without_numbers(text))
    return _shortened(restore_urns(text, urns)) or NO_TEXT


def _shortened(text: str) -> str:
    """The text cut at a blank, if there is one, and without the punctuation that ends a sentence."""
    if len(text) > MAX_LENGTH:
        text = text[: MAX_LENGTH + 1].rpartition(" ")[0] or text[:MAX_LENGTH]
    return text.rstrip(" .!;:")
