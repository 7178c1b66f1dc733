"""Rows of the SCIM log in the order in which they were applied; only those that succeeded count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from logsync.scim.request.body import read_body
from logsync.scim.request.changes import read_changes
from logsync.scim.request.parse import UNKNOWN, ParsedRequest, is_bulk

SUCCESS = "SUCCESS"


@dataclass(frozen=True, slots=True)
class LoggedUpdate:
    """One row of the SCIM log, under the API's field names.

    `at` is its logged_at. `group` identifies a group, by any key that the caller has for it, and
    `group_name` is resource_group_name; both are blank in rows about users.
    """

    id: int
    at: datetime
    status: str
    request_method: str
    resource_type: str
    request_body: str = ""
    group: str = ""
    group_name: str = ""

    @property
    def method(self) -> str:
        return self.request_method.strip().upper()

    @property
    def type(self) -> str:
        return self.resource_type.strip().upper()


def successes(rows: Iterable[LoggedUpdate]) -> list[LoggedUpdate]:
    """The rows that were applied, in the order in which they were; any other status says nothing about the state."""
    applied = [row for row in rows if row.status.strip().upper() == SUCCESS]
    return sorted(applied, key=lambda row: (row.at, row.id))


def leaves_doubt(row: LoggedUpdate, request: ParsedRequest) -> bool:
    """Whether some of the row's body cannot be read, so that the request may have been for anything."""
    if not request.is_readable:
        return True
    return bool(request.touched & UNKNOWN) and not _is_empty(row.request_body)


def _is_empty(request_body: str) -> bool:
    """Whether the body is a PATCH with no operations, which changes nothing."""
    document = read_body(request_body).document
    return document is not None and not is_bulk(document) and not read_changes(document)
