"""What the code that runs now may see of the logs: everything, unless it answers somebody who may see less.

The models ask here when they read rows, so no page can forget it. Workers and commands see everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Piece = TypeVar("Piece")


class Sight:
    """What may be seen: everything."""

    @property
    def is_masked(self) -> bool:
        """Whether IP addresses are masked and request bodies hidden (see `logsync.models.masking`)."""
        return False

    @property
    def accounts(self) -> frozenset[int] | None:
        """The primary keys of the accounts whose rows may be seen (see `logsync.models.visible`); None means all."""
        return None


class Unmasked(Sight):
    """The rows of these accounts with nothing masked: to judge by what is never shown."""

    def __init__(self, accounts: frozenset[int] | None) -> None:
        self._accounts = accounts

    @property
    def accounts(self) -> frozenset[int] | None:
        return self._accounts


EVERYTHING = Sight()

_current: ContextVar[Sight] = ContextVar("sight", default=EVERYTHING)


def sight() -> Sight:
    """What may be seen now."""
    return _current.get()


@contextmanager
def seeing(what: Sight) -> Iterator[None]:
    """See no more and no less than this."""
    before = _current.set(what)
    try:
        yield
    finally:
        _current.reset(before)


def seen_with(what: Sight, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, each of them made while seeing this: a long answer is read from the database as it is sent."""
    iterator = iter(pieces)
    while True:
        with seeing(what):
            try:
                piece = next(iterator)
            except StopIteration:
                return
        yield piece
