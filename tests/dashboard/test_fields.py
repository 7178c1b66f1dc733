"""One vocabulary: field of the API = field of the model = filter = column = header of the CSV.

These walk every field there is, so a field that is added tomorrow must arrive everywhere.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from dashboard.logins.filters import LoginFilter
from dashboard.logins.tables import LoginTable
from dashboard.scim.filters import ScimFilter
from dashboard.scim.tables import ScimTable
from logsync.cloudflare import records
from logsync.derived import people
from logsync.models import AccessRequest, ScimUpdate, person_of
from tests.conftest import NOW
from tests.dashboard.reading import lines_of, page_of, records_of, rows_in


class Log(NamedTuple):
    """One of the two logs, from the API to the export."""

    record: Any
    model: Any
    filterset: Any
    table: Any
    page: str
    time: str
    anything: str
    address: str
    note: Any

    @property
    def fields(self) -> list[str]:
        """What the API calls its fields, and `extra` for those to come."""
        return [field.name for field in dataclasses.fields(self.record) if field.name != "identity"]

    @property
    def texts(self) -> list[str]:
        return [name for name in self.fields if name not in (self.time, "allowed", "extra")]

    @property
    def sortable(self) -> list[str]:
        return [name for name, column in self.table.base_columns.items() if column.orderable is not False]

    @property
    def export(self) -> str:
        return self.page.removesuffix("/") + ".csv"

    def make(self, **values: Any) -> Any:
        """A stored row, with whose it is."""
        person = person_of(values.get(self.address, ""))
        values = {"arrived_at": NOW, self.time: NOW - timedelta(hours=1), "person": person, **values}
        row = self.model.objects.create(**values)
        self.note(row.account_id, [row])
        return row


LOGINS = Log(
    records.AccessRequest,
    AccessRequest,
    LoginFilter,
    LoginTable,
    page="/logins/",
    time="created_at",
    anything="allowed=any&range=all",
    address="user_email",
    note=people.note_logins,
)
SCIM = Log(
    records.ScimUpdate,
    ScimUpdate,
    ScimFilter,
    ScimTable,
    page="/scim/",
    time="logged_at",
    anything="status=any&range=all",
    address="resource_user_email",
    note=people.note_updates,
)
LOGS = [pytest.param(LOGINS, id="logins"), pytest.param(SCIM, id="scim")]

# Order by code point is neither that of a dictionary nor that of UTF-16, and blanks and dashes count.
TEXTS = ["", "10", "9", "B", "Z", "a", "a b", "a-b", "a_b", "ab", "b", "z", "ß", "É", "é", "\u202e", "\ue000", "😀"]
HOSTILE = '"><script>alert(1)</script>=1+1\r\n\u202e'

in_both_logs = pytest.mark.parametrize("log", LOGS)
for_every_text = pytest.mark.parametrize(
    ("log", "name"), [pytest.param(log, name, id=name) for log in (LOGINS, SCIM) for name in log.texts]
)
for_every_sort = pytest.mark.parametrize(
    ("log", "name"), [pytest.param(log, name, id=name) for log in (LOGINS, SCIM) for name in log.sortable]
)


@in_both_logs
def test_model_has_every_api_field(log):
    derived = {"person"} | ({"touched", "activity", "resource", "problem", "members"} if log is SCIM else set())
    own = {"id", "key", "account", "arrived_at", "lacks_time"} | derived
    assert {field.name for field in log.model._meta.get_fields()} - own == set(log.fields)


@in_both_logs
def test_every_api_field_has_filter(log):
    without = {log.time, "extra"}  # a time has its range, and what has no name yet no filter
    own = {"identity", "person"} if log is LOGINS else {"problem", "resource"}
    beyond = {"q", "account", "arrived_since", "blank"} | own
    assert set(log.filterset.base_filters) - beyond == set(log.fields) - without


@in_both_logs
def test_every_api_field_is_ordered_column(log):
    assert [name for name in log.table.base_columns if name != "account"] == log.fields
    assert set(log.table.default_columns) <= set(log.table.base_columns)


@in_both_logs
def test_csv_header_has_every_column(log, signed_in):
    assert lines_of(signed_in.get(log.export)) == [list(log.table.base_columns)]


@in_both_logs
def test_event_page_shows_every_field(log, account, signed_in):
    row = log.make(account=account, extra={"tomorrow": 1}, **dict.fromkeys(log.texts, "x"))
    terms = page_of(signed_in.get(row.get_absolute_url())).all("dt")
    names = [term.text for term in terms if term.attrs.get("class") == "gh-id"]
    elsewhere = {"extra", "request_body", "error_description"}  # each of these has a place of its own on the page
    assert [name for name in log.fields if name not in elsewhere] == names[:-1]
    assert names[-1] == "extra.tomorrow"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (
            "/logins/",
            "user_email app_uid app_domain ip_address ray_id connection country action allowed account q identity",
        ),
        (
            "/scim/",
            "status request_method resource_type idp_id resource_user_email resource_group_name idp_resource_id "
            "cf_resource_id error_description account q",
        ),
    ],
)
def test_query_parameters_are_stable(page, names, account, signed_in):
    known = {"allowed": "true", "account": account.account_id, "identity": "people"}
    query = {name: known.get(name, "x") for name in names.split()}
    query |= {"range": "7d", "sort": "", "columns": "", "since": "", "until": ""}
    assert signed_in.get(page, query).status_code == 200


@for_every_text
def test_every_filter_uses_its_own_field(log, name, account, signed_in):
    wanted = log.make(account=account, **{name: "NEEDLE"})
    log.make(account=account, **{other: "NEEDLE" for other in log.texts if other != name})
    log.make(account=account, **dict.fromkeys(log.texts, "HAY"))
    query = "range=all&status=NEEDLE" if name == "status" else f"{log.anything}&{name}=NEEDLE"
    assert rows_in(signed_in.get(f"{log.page}?{query}")) == [wanted]


@for_every_sort
def test_every_column_sorts_both_ways(log, name, account, signed_in):
    values: dict[str, list[Any]] = {
        log.time: [NOW - timedelta(minutes=age) for age in (3, 1, 2)],
        "allowed": [True, None, False],
    }
    made = [log.make(account=account, **{name: value}) for value in values.get(name, TEXTS[::-1]) * 2]
    ordered = sorted(made, key=lambda row: (_rank(getattr(row, name)), row.pk))
    assert rows_in(signed_in.get(f"{log.page}?{log.anything}&sort={name}")) == ordered
    assert rows_in(signed_in.get(f"{log.page}?{log.anything}&sort=-{name}")) == ordered[::-1]


def _rank(value: Any) -> Any:
    """What was not said comes before a refusal."""
    return -1 if value is None else value


@in_both_logs
@pytest.mark.parametrize("text", ["", HOSTILE, "x" * 10_000], ids=["empty", "hostile", "long"])
def test_every_column_renders_any_value(log, text, account, signed_in):
    extra = {text: text} if text else {}
    row = log.make(account=account, extra=extra, **dict.fromkeys(log.texts, text))
    everything = "&".join(f"columns={name}" for name in log.table.base_columns)
    response = signed_in.get(f"{log.page}?{log.anything}&{everything}&open={row.key.hex}")
    assert rows_in(response) == [row]
    *_, shown, detail = page_of(response).rows
    # Besides the fields: what opens the row, and what became of a failed SCIM update.
    assert len(shown) == len(log.table.base_columns) + (2 if log is SCIM else 1)
    assert len(detail) == 1


@in_both_logs
def test_empty_row_exports_empty_cells(log, account, signed_in):
    row = log.make(account=account)
    [record] = records_of(signed_in.get(f"{log.export}?{log.anything}"))
    known = {"account": account.account_id, log.time: f"{getattr(row, log.time):%Y-%m-%dT%H:%M:%S.%fZ}"}
    assert record == dict.fromkeys(log.table.base_columns, "") | known
