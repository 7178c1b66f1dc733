"""Which rows of the login log are tries of a person to log in."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Q

from logsync.models.events import AccessRequestQuerySet

Rows = TypeVar("Rows", bound=AccessRequestQuerySet)

LOGIN = Q(action="") | Q(action__iexact="login")


def logins_of_people(rows: Rows) -> Rows:
    """Login events that bear an address: no log-outs, no service tokens, nobody without a name.

    A row without an action counts, for Cloudflare may leave a field out.
    """
    return rows.filter(LOGIN).exclude(person="").exclude(connection="nonidentity")
