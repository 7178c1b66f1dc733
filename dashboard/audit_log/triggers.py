"""What the database itself refuses, whoever asks: to change an entry, to delete one, or to write one elsewhere than at
the end.

Retention alone deletes, and only in one way: the head says up to which entry (`forgotten_number`), which the database
accepts if all of those are at least LEAST_DAYS old by its own clock. Whoever owns the tables can drop the triggers;
`verify_audit` then says that they are missing, and the chain shows what was done.

They are made after each migration, as a migration on SQLite that alters a table makes it anew without its triggers.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from dashboard.audit_log.models import AuditEntry, AuditHead

LEAST_DAYS = 30

ENTRY, HEAD = AuditEntry._meta.db_table, AuditHead._meta.db_table
KEPT = "The audit log is append-only: its entries cannot be changed or deleted."
NOT_NEXT = "The audit log is append-only: an entry can only be added at its end."
HEAD_KEPT = "The end of the audit log moves only as entries are added or become old."

# The condition under which each operation is refused, by the name of its trigger; blank if it always is.
_REFUSED = {
    "audit_entry_append": (
        f"BEFORE INSERT ON {ENTRY}",
        f"NOT EXISTS (SELECT 1 FROM {HEAD} WHERE number = NEW.number - 1 AND hash = NEW.previous)",
        NOT_NEXT,
    ),
    "audit_entry_update": (f"BEFORE UPDATE ON {ENTRY}", "", KEPT),
    "audit_entry_delete": (
        f"BEFORE DELETE ON {ENTRY}",
        f"OLD.number > COALESCE((SELECT forgotten_number FROM {HEAD}), 0)",
        KEPT,
    ),
    "audit_head_insert": (
        f"BEFORE INSERT ON {HEAD}",
        f"NEW.number <> 0 OR NEW.forgotten_number <> 0 OR EXISTS (SELECT 1 FROM {HEAD}) "
        f"OR EXISTS (SELECT 1 FROM {ENTRY})",
        HEAD_KEPT,
    ),
    "audit_head_update": (
        f"BEFORE UPDATE ON {HEAD}",
        f"""NEW.id <> OLD.id OR NOT (
            (NEW.forgotten_number = OLD.forgotten_number AND NEW.number = OLD.number + 1 AND EXISTS (
                SELECT 1 FROM {ENTRY} WHERE number = NEW.number AND hash = NEW.hash AND previous = OLD.hash))
            OR (NEW.number = OLD.number AND NEW.hash = OLD.hash AND NEW.forgotten_number > OLD.forgotten_number
                AND NEW.forgotten_number < OLD.number AND NOT EXISTS (
                SELECT 1 FROM {ENTRY} WHERE number <= NEW.forgotten_number AND at >= {{long_ago}})))""",
        HEAD_KEPT,
    ),
    "audit_head_delete": (f"BEFORE DELETE ON {HEAD}", "", HEAD_KEPT),
}
_MOVE_HEAD = "audit_entry_move_head"
_MOVE = f"UPDATE {HEAD} SET number = NEW.number, hash = NEW.hash;"
NAMES = frozenset({*_REFUSED, _MOVE_HEAD})
# SQLite has no TRUNCATE.
_TRUNCATED = {"audit_entry_truncate": (ENTRY, KEPT), "audit_head_truncate": (HEAD, HEAD_KEPT)}


def protect(using: str, **_: Any) -> None:
    """Make the triggers, and the head of a log that has none yet; a receiver of `post_migrate`."""
    connection = connections[using]
    if ENTRY not in connection.introspection.table_names():
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        drop(connection)
        AuditHead.objects.using(using).get_or_create(id=AuditHead.ONLY)
        for statement in _postgresql(connection) if connection.vendor == "postgresql" else _sqlite():
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away, so that they can be made anew, or so that a test can empty its database."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name in _expected(connection):
            table = f" ON {HEAD if name.startswith('audit_head') else ENTRY}" if is_postgresql else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def missing_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that this database should have, and has not, or has disabled."""
    asked = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid IN (%s::regclass, %s::regclass) AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [ENTRY, HEAD])
        return _expected(connection) - {name for (name,) in cursor.fetchall()}


def _expected(connection: BaseDatabaseWrapper) -> set[str]:
    return {*NAMES, *_TRUNCATED} if connection.vendor == "postgresql" else {*NAMES}


def _sqlite() -> list[str]:
    long_ago = f"strftime('%Y-%m-%d %H:%M:%S', 'now', '-{LEAST_DAYS} days')"
    made = [
        f"CREATE TRIGGER {name} {when} {f'WHEN {refused}' if refused else ''} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END".replace("{long_ago}", long_ago)
        for name, (when, refused, words) in _REFUSED.items()
    ]
    return [*made, f"CREATE TRIGGER {_MOVE_HEAD} AFTER INSERT ON {ENTRY} BEGIN {_MOVE} END"]


def _postgresql(connection: BaseDatabaseWrapper) -> list[str]:
    """Functions that look at these tables alone, even if a session puts others of the same names before them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        path = f"{connection.ops.quote_name(cursor.fetchone()[0])}, pg_temp"

    def made(name: str, when: str, body: str) -> list[str]:
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {path} "
            f"AS $$ BEGIN {body} RETURN COALESCE(NEW, OLD); END $$",
            f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
        ]

    def refusing(words: str) -> str:
        return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"

    long_ago = f"now() - interval '{LEAST_DAYS} days'"
    statements = made(_MOVE_HEAD, f"AFTER INSERT ON {ENTRY} FOR EACH ROW", _MOVE)
    for name, (when, refused, words) in _REFUSED.items():
        body = f"IF {refused} THEN {refusing(words)} END IF;" if refused else refusing(words)
        statements += made(name, f"{when} FOR EACH ROW", body.replace("{long_ago}", long_ago))
    for name, (table, words) in _TRUNCATED.items():
        statements += made(name, f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", refusing(words))
    return statements
