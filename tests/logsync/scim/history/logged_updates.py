"""Short ways to write rows of the SCIM log, and any of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from logsync.scim.history.applied import LoggedUpdate
from tests.logsync.scim.request.parse_cases import bodies, operation, patch

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST_COVERED = NOON - timedelta(days=28)
ADA, ADA_AT_IDP = "cf-ada", "idp-ada"
CUT = '{"Operations":[{"op":"replace","path":"act'

OFF = patch(operation("replace", "active", value=False))
ON = patch(operation("replace", "active", value=True))
ADD = patch(operation("add", "members", value=[{"value": ADA}]))
REMOVE = patch(operation("remove", f'members[value eq "{ADA}"]'))
REMOVE_ALL = patch(operation("remove", "members"))
REPLACE_BY_OTHER = patch(operation("replace", "members", value=[{"value": "z"}]))


def user(method: str, body: object = "", status: str = "SUCCESS") -> LoggedUpdate:
    return LoggedUpdate(0, NOON, status, method, "USER", text(body))


def group(method: str, body: object = "", status: str = "SUCCESS", key: str = "g", name: str = "eng") -> LoggedUpdate:
    return LoggedUpdate(0, NOON, status, method, "GROUP", text(body), key, name)


def text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def numbered(*rows: LoggedUpdate) -> list[LoggedUpdate]:
    """The rows with the ids 1, 2, 3, …, a minute after each other."""
    return [replace(row, id=number, at=NOON + timedelta(minutes=number)) for number, row in enumerate(rows, start=1)]


def with_members(*ids: str) -> dict[str, object]:
    return {"displayName": "eng", "members": [{"value": id_} for id_ in ids]}


BODIES = [
    *(OFF, ON, ADD, REMOVE, REMOVE_ALL, REPLACE_BY_OTHER, CUT, "", "{}", "[]", patch(), patch(1, operation("remove"))),
    patch(operation("add", "members", value=[{"display": "Ada"}])),
    text(with_members(ADA, "z")),
    text(with_members()),
    text({"displayName": "x", "members": 7}),
    text({"userName": "ada", "active": "maybe", "groups": []}),
]

any_rows = st.lists(
    st.builds(
        LoggedUpdate,
        id=st.integers(0, 9),
        at=st.integers(0, 9).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        status=st.sampled_from(["SUCCESS", "success", "FAILURE", "ERROR", "PARTIAL", ""]),
        request_method=st.sampled_from(["POST", "PUT", "PATCH", "patch", "DELETE", "GET", ""]),
        resource_type=st.sampled_from(["USER", "GROUP", "group", "ROLE", ""]),
        request_body=st.sampled_from(BODIES) | bodies,
        group=st.sampled_from(["g", "h", ""]),
        group_name=st.sampled_from(["eng", ""]),
    ),
    max_size=8,
    unique_by=lambda row: row.id,
)
