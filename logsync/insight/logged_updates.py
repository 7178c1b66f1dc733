"""Rows of the SCIM log in the form that `logsync.scim.history` reads."""

from __future__ import annotations

from typing import Any

from logsync.scim.history.applied import LoggedUpdate


def logged_update(row: Any) -> LoggedUpdate:
    """A ScimUpdate; its group is the annotation `root` of `updates_of`, if it is about a group and has one."""
    return LoggedUpdate(
        row.pk,
        row.logged_at,
        row.status,
        row.request_method,
        row.resource_type,
        row.request_body,
        group=str(getattr(row, "root", "")) if row.resource_type == "GROUP" else "",
        group_name=row.resource_group_name,
    )
