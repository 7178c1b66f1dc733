"""Phrases of an intent, each in two forms: what was requested, and what was done if the request succeeded."""

from collections.abc import Sequence
from typing import NamedTuple

from logsync.words import counted

MAX_PHRASES = 4

PAST_TENSE = {
    "activate": "activated",
    "add": "added",
    "change": "changed",
    "clear": "cleared",
    "create": "created",
    "deactivate": "deactivated",
    "delete": "deleted",
    "empty": "emptied",
    "remove": "removed",
    "rename": "renamed",
    "replace": "replaced",
    "send": "sent",
    "set": "set",
}


class Phrase(NamedTuple):
    """`infinitive` follows "asked to", as in "add 1 member"; `done` is the same in the past, "added 1 member"."""

    infinitive: str
    done: str

    def followed_by(self, end: "str | Phrase") -> "Phrase":
        """The phrase with more words, or with another phrase, at its end."""
        end = end if isinstance(end, Phrase) else Phrase(end, end)
        return Phrase(self.infinitive + end.infinitive, self.done + end.done)


def act(verb: str, rest: str) -> Phrase:
    """The verb, an infinitive of PAST_TENSE, and what it is about."""
    return Phrase(f"{verb} {rest}", f"{PAST_TENSE[verb]} {rest}")


def note(words: str) -> Phrase:
    """Words without a verb, the same whether the request succeeded or not."""
    return Phrase(words, words)


def joined(phrases: Sequence[Phrase], total: int) -> Phrase:
    """The first phrases, and how many more there are in total."""
    shown = list(phrases[:MAX_PHRASES])
    if total > len(shown):
        shown.append(note(f"and {counted(total - len(shown), 'more change')}"))
    return Phrase("; ".join(phrase.infinitive for phrase in shown), "; ".join(phrase.done for phrase in shown))
