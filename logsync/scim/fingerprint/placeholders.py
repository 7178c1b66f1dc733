"""Placeholders for values recognised by how they look: addresses, times and ids."""

import ipaddress
import re

from logsync.scim.fingerprint.known_words import KNOWN_WORDS

URL = re.compile(
    r"""(?ix) (?<![a-z0-9+.-]) [a-z][a-z0-9+.-]*+ ://
    (?: \[[0-9a-f:.]++\] )?+ (?: [^\s"'`<>(){}\[\]]* [^\s"'`<>(){}\[\].,;:!?] )?"""
)
EMAIL = re.compile(r"(?<![\w.+%#-])[\w.+%#-]++(?:'[\w.+%#-]++)*+@[\w-]++(?:\.[\w-]++)++")
TIME = re.compile(
    r"""(?ix) (?<![\w:.]) (?:
        (?: [0-9]{4}[-/][0-9]{2}[-/][0-9]{2}
          | [0-9]{1,2}/[0-9]{1,2}/[0-9]{4}
          | (?: (?:mon|tue|wed|thu|fri|sat|sun)[a-z]*+,?\ )? [0-9]{1,2}[\ /-]
            (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*+[\ /-][0-9]{4} )
        (?: (?: ,\s? | t | \s | : ) [0-9]{1,2}:[0-9]{2} (?: :[0-9]{2} (?: [.,][0-9]++ )? )? (?: \s?[ap]m\b )?
            (?: z\b | \s?(?:utc|gmt)\b | \s?[+-][0-9]{2}:?[0-9]{2} )*+ )?
      | [0-9]{1,2}:[0-9]{2}:[0-9]{2} (?: [.,][0-9]++ )? (?: \s?[ap]m\b )?
    ) (?! [\w:] )"""
)
IP = re.compile(
    r"""(?ix)
    (?<![\w.:]) (?:
        [0-9]{1,3}(?:\.[0-9]{1,3}){3} (?! \.[0-9] )
      | (?=[a-f:]*+[0-9]) [0-9a-f:]*:[0-9a-f:.]* (?: [0-9a-f] | :: )
    ) (?: /[0-9]{1,3} )? (?! \w )"""
)
GUID = re.compile(r"(?i)(?<![a-z0-9])\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![a-z0-9])\}?")
# A Ray ID may have the data centre behind it: 8a1b2c3d4e5f6071-FRA.
HEX = re.compile(
    r"""(?ix) (?<![a-z0-9])
    (?: [0-9a-f]{16}-[a-z]{3} | [0-9a-f]{16,}+(?:@[0-9a-f]++)?+ | [0-9a-f]{8,}+@[0-9a-f]{8,}+ ) (?![a-z0-9])"""
)
# At least 12 word characters, a letter and three digits among them.
MIXED = re.compile(r"(?<!\w)(?=[0-9_]*+[^\W0-9_])(?=(?:[^\W0-9]*+[0-9]){3})\w{12,}+")

REPEATED = re.compile(r"(<[a-z]+>)(?:(?:[\s,;|&]|\b(?:and|or)\b)+\1)+")


def put_placeholders(text: str) -> str:
    """The text with `<url>`, `<email>`, `<time>`, `<ip>` and `<id>`, looked for in this order."""
    text = EMAIL.sub("<email>", URL.sub("<url>", text))
    text = IP.sub(_ip_or_text, TIME.sub("<time>", text))
    return MIXED.sub(_id_or_word, HEX.sub("<id>", GUID.sub("<id>", text)))


def join_repeated(text: str) -> str:
    """The text with one placeholder for a list of equal ones."""
    return REPEATED.sub(r"\1", text)


def _ip_or_text(match: re.Match[str]) -> str:
    try:
        ipaddress.ip_interface(match[0])
    except ValueError:
        return match[0]
    return "<ip>"


def _id_or_word(match: re.Match[str]) -> str:
    return match[0] if match[0].lower() in KNOWN_WORDS else "<id>"
