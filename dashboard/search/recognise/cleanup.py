"""Tidy a pasted text: put it on one line and undo what mail programs, chats and web pages do to text."""

import re
import unicodedata
from urllib.parse import unquote

MOST_CHARACTERS = 20_000

_LOOKALIKES = str.maketrans(
    dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛′", "'") | dict.fromkeys("\u2010\u2011", "-") | {"＠": "@"}
)
# Drop format characters (zero-width, direction marks, soft hyphen) and lone surrogates; controls separate words.
_GONE = {"Cf", "Cs"}

_TAG = re.compile(r"(?i)</?(?:b|br|code|dd|div|dt|em|h[1-6]|i|li|p|pre|span|strong|td|th|tr|ul)(?:\s[^<>@]{0,500})?/?>")
_WORD = re.compile(r"[^\s\"<>]++")
_ESCAPED = re.compile(r"(?i)%(?:40|3a|2f)")
# In a mail link a plus sign is escaped; elsewhere it may stand for one in a value.
_MAIL_LINK = re.compile(r"(?i)\W{0,9}mailto:")
_AT = re.compile(r"(?i) ?[\[(] ?at ?[\])] ?(?=[\w-]++ ?(?:\.|\[\.\]|[\[(] ?dot))")
_DOT = re.compile(r"(?i)\[\.\]| ?[\[(] ?dot ?[\])] ?")
_DEFANGED_SCHEME = re.compile(r"(?i)\bhxxp(s?)(?:://|\[:\]//)")
# `https://ada:password@host`: a user name and a password, not an e-mail address.
_USERINFO = re.compile(r"(://)[^\s/?#@]{1,500}@")
# These look like people's e-mail addresses: `Message-ID: <x@mail.example.com>`.
_MESSAGE_IDS = re.compile(r"(?i)\b(?:message-id|in-reply-to|references):(?: ?<[^<>\s]{1,500}>)+")


def tidied(text: str) -> str:
    """The first 20,000 characters on one line: straight quotes, single spaces, @ for [at]; case is kept."""
    text = _one_line(text.strip()[:MOST_CHARACTERS].replace("\\/", "/"))
    text = _WORD.sub(lambda word: _unescaped(word[0]), text)
    text = _DOT.sub(".", _AT.sub("@", text))
    text = _DEFANGED_SCHEME.sub(r"http\1://", text)
    for pattern, kept in ((_TAG, " "), (_USERINFO, r"\1"), (_MESSAGE_IDS, " ")):
        text = pattern.sub(kept, text)
    return _one_line(text)


def _unescaped(word: str) -> str:
    is_mail_link = _MAIL_LINK.match(word) and "%" in word
    return unquote(word) if is_mail_link or _ESCAPED.search(word) else word


def _one_line(text: str) -> str:
    return " ".join("".join(map(_plain, text.translate(_LOOKALIKES))).split())


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in _GONE:
        return ""
    return " " if category == "Cc" else character
