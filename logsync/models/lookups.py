"""Search that ignores case, and finds the same rows on both databases.

SQLite's own LIKE ignores case only for ASCII letters, PostgreSQL's for all letters; so SQLite gets a function for it.
"""

from __future__ import annotations

import sqlite3
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import CharField, F, TextField
from django.db.models.functions import Collate
from django.db.models.lookups import IContains


@CharField.register_lookup
@TextField.register_lookup
class Holds(IContains):
    """`field__holds=text`: the text occurs in the field, whatever its case."""

    lookup_name = "holds"

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        pattern = fold(str(self.rhs)).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"FOLD({lhs}) LIKE %s ESCAPE '\\'", [*lhs_params, f"%{pattern}%"]

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        self.lookup_name = "icontains"
        sql, params = self.as_sql(compiler, connection)
        return sql, list(params)


def spellings_of_ip(text: str) -> set[str]:
    """How logs may write an IP address, the text itself among them; an address is compared by its value."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return {text}
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    found = {text, str(address), address.exploded}
    if isinstance(address, IPv4Address):
        found |= {f"::ffff:{address}", f"::FFFF:{address}"}
    else:
        # Without leading zeros, and without leaving a run of zeros out.
        found.add(":".join(f"{int(group, 16):x}" for group in address.exploded.split(":")))
    return found | {one.upper() for one in found}


def by_code_point(name: str) -> Any:
    """A text column ordered by code point: SQLite's default, and on PostgreSQL the collation "C"."""
    return Collate(name, "C") if connection.vendor == "postgresql" else F(name)


def fold(text: str) -> str:
    """Upper case as PostgreSQL has it: letter by letter, so that "ß" stays one and a final "ς" is a "Σ"."""
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := letter.upper()) == 1 else letter.lower() for letter in text)


def _teach_sqlite(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite":
        raw: sqlite3.Connection = connection.connection
        raw.create_function("FOLD", 1, lambda text: None if text is None else fold(text), deterministic=True)


connection_created.connect(_teach_sqlite, dispatch_uid="logsync.teach_sqlite")
