"""One check of the doctor, and its words. Each is one line, and text from outside loses what does not print."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from logsync.cloudflare.errors import printable
from logsync.words import day_words

logger = logging.getLogger(__name__)

MOST_NAMED = 5
BY_ITSELF = "Nothing to do: it is retried automatically. Check again in a few minutes."
REPORT = "Please report this as a bug in Gatehouse; the log shows where it failed."


class State(StrEnum):
    """GOOD and NEW need no one; NEW is worth knowing. WARN may need someone before long, BAD does now."""

    GOOD = "good"
    NEW = "new"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Check:
    """`words`: what was found; `hint`: how to fix it, blank if nothing has to be fixed.

    `name` is one of `logsync.health.ORDER`; several checks may have the same.
    """

    name: str
    state: State
    words: str
    hint: str = ""


Checks = Iterable[Check]


def good(name: str, words: str) -> Check:
    return Check(name, State.GOOD, _line(words))


def new(name: str, words: str) -> Check:
    return Check(name, State.NEW, _line(words))


def warn(name: str, words: str, hint: str) -> Check:
    return Check(name, State.WARN, _line(words), _line(hint))


def bad(name: str, words: str, hint: str) -> Check:
    return Check(name, State.BAD, _line(words), _line(hint))


def safely(name: str, look: Callable[[], Checks]) -> list[Check]:
    """What a look finds. If it fails itself, that is one more check, and the other looks still run."""
    found: list[Check] = []
    try:
        found.extend(look())
    except Exception as error:
        logger.exception("The doctor failed at: %s", name)
        found.append(bad(name, f"This check itself failed ({describe_error(error)}).", REPORT))
    return found


# Words


def _line(text: str) -> str:
    return "".join(filter(str.isprintable, text))


def describe_error(error: Exception) -> str:
    return f"{type(error).__name__}: {printable(' '.join(str(error).split()))}"


def parted(error: str, otherwise: str) -> tuple[str, str]:
    """Split an error into what happened and how to fix it; `otherwise` if it has only one sentence.

    A quote of Cloudflare's is part of what happened, whatever is in it.
    """
    parts = re.match(r"((?:“[^”]*”|[^“])*?\.) +(.+)", error, re.DOTALL)
    return (parts[1], parts[2]) if parts else (error, otherwise)


def capital(row: object) -> str:
    name = printable(str(row))
    return name[:1].upper() + name[1:]


def named(rows: Iterable[object]) -> str:
    """The first names, and how many more there are."""
    names = [printable(str(row)) for row in rows]
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def moment(time: datetime) -> str:
    time = time.astimezone(UTC)
    return f"{day_words(time)} {time:%H:%M} UTC"


def day(time: datetime) -> str:
    time = time.astimezone(UTC)
    return f"{time.day} {time:%b %Y}"
