"""What a request touches, as a set of words, so that it shows which later success is of the same change.

A PATCH has a word for each attribute: its whole path in lower case, with its filter (`emails[type eq "work"].value`).
Where the value is yes or no, it is a part of the word ("active=true"). Of a list, single items are "members+ID" and
"members-ID"; the whole list is "members" together with "members=ID" for each item in it. POST and PUT have "*", with
the words of what they say about `active` and `members`. "unknown" stands for anything that could not be read.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from logsync.scim.request.body import JsonObject
from logsync.scim.request.changes import Change
from logsync.scim.request.members import Member
from logsync.scim.request.paths import Path
from logsync.scim.request.values import MISSING, read_boolean, text_of, unwrapped

EVERYTHING = "*"
UNREADABLE = "unknown"

QUOTED = re.compile(r'("(?:[^"\\]|\\.)*+")', re.DOTALL)
# These have a meaning in our words.
SIGNS = str.maketrans({"+": "%2B", "-": "%2D", "=": "%3D", "%": "%25", "\n": " "})
ITEM = re.compile(r"([^+\-=]*)([+\-=])(.*)", re.DOTALL)

# Sent alone, as an object, or in a list of one, but never several.
SINGLE = ("manager",)

OPPOSITE = {"=true": "=false", "=false": "=true"}


def touched_by(change: Change) -> set[str]:
    """The words of one change of a PATCH that is not about the members of a group."""
    path, value = _word_of(change.path), change.value
    if not path:
        return {UNREADABLE}
    if change.path.root in SINGLE:
        return {path}
    if change.operation == "remove":
        return {_item(path, "-", one) for one in value} if isinstance(value, list) and value else {path}
    if (is_on := None if value is MISSING else read_boolean(value)) is not None:
        return {_answer(path, is_on)}
    if isinstance(value, JsonObject) and value and not change.path.sub_attribute:
        return {_part(path, name, part) for name, part in value.items()}
    if isinstance(value, list) and change.operation == "add":
        return {_item(path, "+", one) for one in value} or {UNREADABLE}
    if isinstance(value, list):
        return {path, *(_item(path, "=", one) for one in value)}
    return {path}


def touched_members(added: Iterable[Member], removed: Iterable[Member], listed: Iterable[Member] | None) -> set[str]:
    """The words of what a request does with the members of a group, all in all; `listed` is the whole list if given."""
    if listed is None:
        signed = [*(("+", member) for member in added), *(("-", member) for member in removed)]
        return {f"members{sign}{_escaped(member.id)}" if member.id else UNREADABLE for sign, member in signed}
    gone = {member.key for member in removed}
    left = [member for member in (*listed, *added) if member.key not in gone]
    # A member without an id may be anyone.
    return {"members", *(f"members={_escaped(member.id)}" for member in left)}


def touched_activity(value: Any) -> set[str]:
    """The word of what a whole user says about `active`; none if it cannot be read."""
    is_on = read_boolean(value)
    return set() if is_on is None else {_answer("active", is_on)}


def opposite_of(word: str) -> str:
    """The word of the opposite answer, of a word whose value is yes or no; else blank."""
    path, sign, answer = word.rpartition("=")
    other = OPPOSITE.get(f"{sign}{answer}", "")
    return f"{path}{other}" if other else ""


def covers(success: frozenset[str], failed: frozenset[str]) -> bool:
    """Whether a PATCH that succeeded made every change of a PATCH that failed.

    A whole list makes up for another whole list, as what the identity provider wants is now that list. It adds an item
    only if it has it, and removes one only if it does not.
    """
    return success == failed or all(_makes(success, failed, word) for word in failed)


def contradicts(whole: frozenset[str], failed: frozenset[str]) -> bool:
    """Whether a whole resource (POST, PUT) says the opposite of what a failed PATCH asked for."""
    return any(opposite_of(word) in whole or _lacks(whole, word) for word in failed)


def same_change(touched: frozenset[str]) -> frozenset[str]:
    """What two requests have in common that attempt the same change: for a whole list, which list it is."""
    if EVERYTHING in touched:
        return frozenset({EVERYTHING})
    return frozenset(word for word in touched if not _is_in_list(touched, word))


def _makes(success: frozenset[str], failed: frozenset[str], word: str) -> bool:
    if _is_in_list(failed, word):
        return True
    match = ITEM.fullmatch(word)
    if match is None or match[2] == "=":
        return word in success
    path, sign, item = match.groups()
    if sign == "+":
        is_made = word in success or (path in success and f"{path}={item}" in success)
        return is_made and f"{path}-{item}" not in success
    is_made = word in success or (path in success and not {f"{path}={item}", f"{path}="} & success)
    return is_made and f"{path}+{item}" not in success


def _lacks(whole: frozenset[str], word: str) -> bool:
    """Whether a list in a whole resource leaves an item as the failed request did not want it."""
    match = ITEM.fullmatch(word)
    if match is None or match[2] == "=" or match[1] not in whole:
        return False
    path, sign, item = match.groups()
    return f"{path}={item}" not in whole if sign == "+" else bool({f"{path}={item}", f"{path}="} & whole)


def _is_in_list(touched: frozenset[str], word: str) -> bool:
    """Whether the word is an item of a list that is set as a whole."""
    match = ITEM.fullmatch(word)
    return match is not None and match[2] == "=" and match[1] in touched


def _word_of(path: Path) -> str:
    parts = [path.root]
    if path.filter:
        pieces = QUOTED.split(path.filter)
        spaced = (piece if place % 2 else " ".join(piece.lower().split()) for place, piece in enumerate(pieces))
        parts.append(f"[{' '.join(filter(None, spaced))}]")
    if path.sub_attribute:
        parts.append(f".{path.sub_attribute.lower()}")
    return "".join(parts).translate(SIGNS)


def _part(path: str, name: str, value: Any) -> str:
    is_on = read_boolean(value)
    word = f"{path}.{name.lower().translate(SIGNS)}"
    return word if is_on is None else _answer(word, is_on)


def _answer(path: str, is_on: bool) -> str:
    return f"{path}={'true' if is_on else 'false'}"


def _item(path: str, sign: str, item: Any) -> str:
    return f"{path}{sign}{_escaped(_name_of(item))}"


def _name_of(item: Any) -> str:
    """What tells an item of a list from the others: its type and value, else all of it."""
    value = text_of(unwrapped(item))
    if not value:
        return json.dumps(item, sort_keys=True)
    kind = text_of(item.get("type")).lower() if isinstance(item, JsonObject) else ""
    return f"{kind} {value}" if kind else value


def _escaped(text: str) -> str:
    """The text on one line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")
