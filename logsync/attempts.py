"""Which rows of the login log are tries of a person to log in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from logsync.models.events import LOGIN_ACTIONS, LOGIN_OF_PERSON, AccessRequestQuerySet

Rows = TypeVar("Rows", bound=AccessRequestQuerySet)


def logins_of_people(rows: Rows) -> Rows:
    """Login events that bear an address: no log-outs, no service tokens, nobody without a name.

    A row without an action counts, for Cloudflare may leave a field out.
    """
    return rows.filter(LOGIN_OF_PERSON)


def is_login_of_person(row: Mapping[str, Any]) -> bool:
    """The same of one row that is about to be stored, by its columns."""
    return row["action"] in LOGIN_ACTIONS and bool(row["person"]) and row["connection"] != "nonidentity"
