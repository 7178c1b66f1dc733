"""An export is the page's own list, whole, in a form that every reader of CSV takes and no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from dashboard.lists import export
from dashboard.lists.csv import cell
from logsync.models import AccessRequest, Account, Log, Stream
from tests.conftest import NOW
from tests.dashboard.reading import lines_of, page_of, records_of, rows_in, text_of

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


@pytest.fixture
def many_logins(account):
    """Make a lot of logins quickly."""

    def make(count):
        AccessRequest.objects.bulk_create(
            AccessRequest(
                account=account,
                arrived_at=NOW,
                created_at=NOW - timedelta(seconds=number % 3600),
                allowed=False,
                user_email=f"person{number}@meridian.example",
                app_domain="x" * 100,
            )
            for number in range(count)
        )

    return make


# Single values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ({}, ""),
        (True, "true"),
        (False, "false"),
        (NOW, "2026-11-19T14:06:12.000000Z"),
        (NOW.replace(microsecond=120), "2026-11-19T14:06:12.000120Z"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2025-12-31T22:00:00.000000Z"),
        ({"b": "é", "a": [1, None]}, '{"a": [1, null], "b": "é"}'),
        ("a,b", "a,b"),
        ("192.0.2.7", "192.0.2.7"),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
    ],
)
def test_a_value_is_written_as_text(value, text):
    assert cell(value) == text


@pytest.mark.parametrize("blank", ["", " ", "   ", "\t", "\r", "\n", "\r\n", "\xa0", "\u3000"])
@pytest.mark.parametrize("sign", SIGNS)
def test_formula_gets_apostrophe_even_after_spaces(sign, blank):
    text = f"{blank}{sign}1+cmd|'/C calc'!A0"
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("start", ["\t", "\r", "\n"])
def test_leading_control_character_gets_apostrophe(start):
    assert cell(f"{start}text") == f"'{start}text"


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(SIGNS + " \t\r\n'")))
def test_cells_are_never_formulas_nor_shortened(text):
    written = cell(text)
    assert written in (text, f"'{text}")
    assert not written.strip().startswith(tuple(SIGNS))
    assert not written.startswith(("\t", "\r", "\n"))


# The whole file


def test_file_name_has_time_and_coverage(all_logins_known, make_login, signed_in):
    make_login(user_email="émile@meridian.example")
    response = signed_in.get("/logins.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = f"logins-20261119T140612Z-export-{response['Export-Id']}-complete.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "émile@meridian.example" in text_of(response)
    updates = signed_in.get("/scim.csv")
    name = f"scim-20261119T140612Z-export-{updates['Export-Id']}-unknown.csv"
    assert updates["Content-Disposition"] == f'attachment; filename="{name}"'


def test_lines_end_with_crlf(make_login, signed_in):
    make_login()
    make_login()
    text = text_of(signed_in.get("/logins.csv"))
    assert text.count("\r\n") == text.count("\n") == text.count("\r") == 3
    assert text.endswith("\r\n")


HOSTILE = 'a,b;"c"\r\nd\ne\rf\t\u202e</td>\'`\\'


def test_any_value_stays_in_one_cell(make_update, signed_in):
    names = ["error_description", "resource_group_name", "request_body", "idp_id"]
    make_update(extra={HOSTILE: HOSTILE}, **dict.fromkeys(names, HOSTILE))
    [record] = records_of(signed_in.get("/scim.csv"))
    assert {record[name] for name in names} == {HOSTILE}
    assert json.loads(record["extra"]) == {HOSTILE: HOSTILE}


@pytest.mark.parametrize("column", ["user_email", "user_id", "app_name", "app_domain", "connection", "ray_id"])
def test_log_text_never_becomes_formula(column, make_login, signed_in):
    make_login(**{column: '=HYPERLINK("http://evil.example")'})
    [record] = records_of(signed_in.get("/logins.csv"))
    assert record[column] == '\'=HYPERLINK("http://evil.example")'


def test_header_uses_api_field_names(account, make_login, signed_in):
    row = make_login(allowed=None, extra={"purpose": "x"}, created_at=NOW - timedelta(microseconds=1))
    [record] = records_of(signed_in.get("/logins.csv?allowed=any"))
    assert record == {
        "created_at": "2026-11-19T14:06:11.999999Z",
        "user_email": "ada@meridian.example",
        "user_id": "57171132-e453-4ee8-b2a5-8cbaad333207",
        "app_name": "Grafana",
        "app_uid": "13d976ec-915a-4e59-afab-cef6291764b8",
        "app_domain": "grafana.meridian.example/login",
        "app_type": "self_hosted",
        "action": "login",
        "connection": "okta",
        "allowed": "",
        "ip_address": "192.0.2.7",
        "country": "NL",
        "ray_id": row.ray_id,
        "account": account.account_id,
        "extra": '{"purpose": "x"}',
    }


# The export of a page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "allowed=any&sort=user_email",
        "allowed=any&sort=-allowed&range=7d",
        "country=DE&country=NL&sort=-country",
        "user_email=PERSON1&range=all",
        "q=person&identity=people",
        "since=2026-11-19T13:00:00Z&until=2026-11-19T13:59:00Z&allowed=true",
        "user_email=nobody",
    ],
)
def test_export_matches_rows_of_page(query, make_login, signed_in):
    for number in range(24):
        make_login(
            created_at=NOW - timedelta(hours=number % 5),
            user_email=f"person{number % 7}@meridian.example",
            country=["NL", "DE", "FR"][number % 3],
            allowed=[False, True, None, False][number % 4],
        )
    response = signed_in.get(f"/logins/?{query}")
    page, rows = page_of(response), rows_in(response)
    records = records_of(signed_in.get(page.link("Export CSV")))
    assert [record["ray_id"] for record in records] == [row.ray_id for row in rows]
    plural = "" if len(rows) == 1 else "s"
    assert page.has_link(f"Export CSV, {len(rows)} row{plural}")


def test_button_count_is_capped_file_complete(many_logins, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.lists.paging.COUNT_CAP", 60)
    many_logins(60)
    assert page_of(signed_in.get("/logins/")).has_link("Export CSV, 60 rows")
    many_logins(1)
    page = page_of(signed_in.get("/logins/"))
    assert page.has_link("Export CSV, 60+ rows")
    assert len(records_of(signed_in.get(page.link("Export CSV")))) == 61


def test_export_has_chosen_columns(make_login, signed_in):
    row = make_login()
    page = page_of(signed_in.get("/logins/?columns=ray_id&columns=created_at,country"))
    assert lines_of(signed_in.get(page.link("Export CSV"))) == [
        ["ray_id", "created_at", "country"],
        [row.ray_id, "2026-11-19T13:06:12.000000Z", "NL"],
    ]


def test_export_without_chosen_columns_has_all(make_login, signed_in):
    make_login()
    [record] = records_of(signed_in.get("/logins.csv"))
    assert len(record) == 15
    assert len(signed_in.get("/logins/").context["table"].shown) < 15


def test_empty_export_is_only_header(account, signed_in):
    assert [line[0] for line in lines_of(signed_in.get("/logins.csv"))] == ["created_at"]


def test_empty_column_still_writes_lines(make_login, signed_in):
    make_login(country="")
    make_login(country="")
    assert text_of(signed_in.get("/logins.csv?columns=country")) == 'country\r\n""\r\n""\r\n'


def test_account_is_written_by_id(make_login, signed_in):
    make_login(account=Account.objects.create(account_id="1" * 32, name="Other"))
    assert lines_of(signed_in.get("/logins.csv?columns=account")) == [["account"], ["1" * 32]]


# Any number of rows


def test_export_is_read_lazily(all_logins_known, many_logins, signed_in, django_assert_num_queries):
    many_logins(10)
    response = signed_in.get("/logins.csv")
    content = iter(response.streaming_content)
    assert next(content).startswith(b"created_at,")
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 1):  # PostgreSQL: and a savepoint
        assert b"meridian.example" in next(content)
    response.close()


def test_rows_of_unread_time_are_partial(make_stream, make_login, signed_in):
    make_stream()
    assert signed_in.get("/logins.csv")["Content-Disposition"].endswith('-unknown.csv"')
    make_login()
    response = signed_in.get("/logins.csv?columns=country")
    assert response["Content-Disposition"].endswith('-partial.csv"')
    assert text_of(response) == "country\r\nNL\r\n"


@pytest.mark.parametrize("path", ["/logins.csv", "/logins/by-app.csv"])
def test_provisional_time_makes_provisional_file(path, make_stream, cover, signed_in):
    stream = make_stream()
    cover(stream, NOW - timedelta(days=9), NOW - timedelta(minutes=15))
    cover(stream, NOW - timedelta(minutes=15), NOW, is_settled=False)
    assert signed_in.get(path)["Content-Disposition"].endswith('-provisional.csv"')


def test_header_has_sentence_of_each_log(make_stream, cover, other_account, signed_in):
    cover(make_stream(), NOW - timedelta(days=9), NOW)
    Stream.objects.create(
        account=other_account,
        log=Log.ACCESS_REQUESTS,
        backfill_since=NOW - timedelta(days=30),
        error="The token lacks a permission.",
        error_since=NOW - timedelta(hours=5),
    )
    response = signed_in.get("/logins.csv?head=coverage")
    assert response["Content-Disposition"].endswith('-partial.csv"')
    sentence = (
        "Zenith, logins: This range could not be read: not readable since 19 Nov 09:06 UTC. "
        "The token lacks a permission. "
        "Meridian, logins: Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC."
    )
    assert response["Coverage"] == sentence
    assert text_of(response).startswith(f"# {sentence}\r\n")


def test_header_is_short_for_many_logs(sixty_accounts, signed_in):
    coverage = signed_in.get("/logins.csv")["Coverage"]
    assert coverage.startswith("57 of 60 accounts complete; 3 with gaps: ")
    assert "more logs." in coverage
    assert len(coverage) < 2500


def test_rows_are_fetched_in_chunks(many_logins, signed_in, monkeypatch):
    monkeypatch.setattr(export, "CHUNK_ROWS", 10)
    many_logins(100)
    response = signed_in.get("/logins.csv")
    content = iter(response.streaming_content)
    next(content), next(content)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_cursors WHERE statement LIKE 'DECLARE%accessrequest%'")
            assert len(cursor.fetchall()) == 1
    assert len(list(content)) == 99


def peak_of(response) -> int:
    tracemalloc.start()
    for _ in response.streaming_content:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_export_memory_is_constant(many_logins, signed_in, monkeypatch):
    monkeypatch.setattr(export, "CHUNK_ROWS", 250)
    many_logins(1_000)
    few = peak_of(signed_in.get("/logins.csv"))
    many_logins(9_000)
    many = peak_of(signed_in.get("/logins.csv"))
    assert many < 1.2 * few


@pytest.mark.django_db(transaction=True)
def test_only_postgresql_export_holds_transaction(many_logins, signed_in):
    many_logins(10)
    response = signed_in.get("/logins.csv")
    content = iter(response.streaming_content)
    next(content), next(content)
    assert connection.in_atomic_block is (connection.vendor == "postgresql")
    assert len(list(content)) == 9
    assert connection.in_atomic_block is False


@pytest.mark.django_db(transaction=True)
def test_unsent_export_holds_no_transaction(make_login, signed_in):
    make_login()
    response = signed_in.get("/logins.csv")
    assert response["Content-Disposition"].endswith('-partial.csv"')
    assert connection.in_atomic_block is False
    response.close()


@pytest.mark.django_db(transaction=True)
def test_abandoned_export_leaves_no_transaction(many_logins, signed_in):
    many_logins(10)
    response = signed_in.get("/logins.csv")
    content = iter(response.streaming_content)
    next(content), next(content)
    response.close()
    del content
    assert connection.in_atomic_block is False
    assert AccessRequest.objects.count() == 10


def test_rows_arriving_meanwhile_do_not_disturb(many_logins, signed_in, monkeypatch):
    monkeypatch.setattr(export, "CHUNK_ROWS", 5)
    many_logins(30)
    response = signed_in.get("/logins.csv?columns=user_email")
    lines = []
    for number, line in enumerate(response.streaming_content):
        lines.append(line.decode())
        if number == 7:
            many_logins(30)
    emails = [line[0] for line in csv.reader(io.StringIO("".join(lines), newline=""))][1:]
    assert len(emails) >= 30
    assert {f"person{number}@meridian.example" for number in range(30)} == set(emails)


def test_times_are_always_utc(make_login, signed_in):
    signed_in.cookies.load({"clock": "local", "time_zone": "Asia/Tokyo"})
    make_login(created_at=datetime(2026, 11, 19, 12, tzinfo=UTC))
    assert lines_of(signed_in.get("/logins.csv?columns=created_at"))[1] == ["2026-11-19T12:00:00.000000Z"]
