"""The filters of the two logs, as the API reference describes them."""

from collections.abc import Callable

from logsync.simulator.logs.timeline import Row
from logsync.simulator.server.http import Query
from logsync.simulator.server.parameters import choice, last

Keep = Callable[[Row], bool]

# Filters of the SCIM log: each may be repeated, and keeps the rows that have any of its values.
REPEATABLE = (
    "cf_resource_id",
    "idp_resource_id",
    "request_method",
    "resource_group_name",
    "resource_type",
    "resource_user_email",
    "status",
)


def by_email(query: Query) -> Keep | None:
    """Keep the rows whose `user_email` contains `email`, equals it or differs from it, as `emailOp` says."""
    email = last(query, "email")
    if not email:
        return None
    operator = choice(query, "emailOp", "contains", "eq", "neq")
    is_exact = choice(query, "email_exact", "false", "true") == "true" or operator == "eq"

    def keep(row: Row) -> bool:
        matches = row["user_email"] == email if is_exact else email in str(row["user_email"])
        return matches != (operator == "neq")

    return keep


def by_values(query: Query) -> Keep | None:
    wanted = {name: frozenset(query[name]) for name in REPEATABLE if name in query}
    if not wanted:
        return None
    return lambda row: all(row.get(name) in values for name, values in wanted.items())
