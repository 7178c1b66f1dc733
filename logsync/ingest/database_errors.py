"""What went wrong with the database, in a sentence that says what to do. One table for SQLite and PostgreSQL."""

from __future__ import annotations

from django.db import Error, InterfaceError

from logsync.cloudflare.errors import printable

FULL = "The disk under the database is full. Make room on it, or lower KEEP_EVENTS_DAYS."
UNREADABLE = "The disk under the database cannot be read or written. Check the disk."
READ_ONLY = "The database may only be read. Let Gatehouse's user write to it."
LOCKED = "Another program was writing to the database for too long. If this goes on, see which program has it open."
TAKEN_BACK = "Two programs were writing to the database at once. One of them was stopped, and tries again by itself."
UNREACHABLE = "The database cannot be reached. Start it, or check DATABASE_URL."
TOO_MANY = "The database accepts no more connections. Raise its max_connections, or run fewer workers."

# PostgreSQL tells the kind by an SQLSTATE: "PostgreSQL Error Codes", appendix A of its manual.
_BY_SQLSTATE = {
    "53100": FULL,
    "58030": UNREADABLE,
    "25006": READ_ONLY,
    "42501": READ_ONLY,
    "55P03": LOCKED,
    "57014": LOCKED,
    "40001": TAKEN_BACK,
    "40P01": TAKEN_BACK,
    "53300": TOO_MANY,
    "57P01": UNREACHABLE,
    "57P02": UNREACHABLE,
    "57P03": UNREACHABLE,
}
# SQLite tells it in words, and so does PostgreSQL's client where it has no connection.
_BY_WORDS = {
    "disk is full": FULL,
    "no space left on device": FULL,
    "disk i/o error": UNREADABLE,
    "readonly database": READ_ONLY,
    "unable to open database file": UNREACHABLE,
    "is locked": LOCKED,
    "too many clients": TOO_MANY,
    "connection": UNREACHABLE,
    "could not translate host name": UNREACHABLE,
}


def describe_database_error(error: Error) -> str:
    """What went wrong and what to do, with the database's own words."""
    quoted = printable(" ".join(str(error).split()))
    kind = _BY_SQLSTATE.get(getattr(error.__cause__, "sqlstate", None) or "") or _by_words(quoted)
    if kind is None and isinstance(error, InterfaceError):
        kind = UNREACHABLE
    if kind is None:
        return f"The database failed ({quoted})."
    what, _, hint = kind.partition(". ")
    return f"{what} ({quoted}). {hint}".rstrip()


def _by_words(text: str) -> str | None:
    return next((kind for words, kind in _BY_WORDS.items() if words in text.lower()), None)
