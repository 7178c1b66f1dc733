"""A row that cannot be kept as what it is is set aside; all others are stored, and the stream goes on."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from django.db import DataError

from logsync.cloudflare import records
from logsync.coverage import missing_spans, newest_edge
from logsync.ingest import set_aside, store
from logsync.ingest.retention import forget_before
from logsync.ingest.sync import read_newest, sync_stream
from logsync.models import AccessRequest, FailedRange, Log, ScimUpdate, SetAsideRow, Stream, SyncRun
from tests.logsync.cloudflare.answers import LogServer, client_of

MINUTE = timedelta(minutes=1)
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def stream(make_stream, now, settings):
    """A stream that is read as far back as its newest window reaches."""
    return make_stream(backfill_since=now - 2 * settings.SYNC_OVERLAP)


@pytest.fixture
def updates(make_stream, now, settings):
    return make_stream(Log.SCIM_UPDATES, "p1", backfill_since=now - 2 * settings.SYNC_OVERLAP)


@pytest.fixture
def login(now):
    """A row of the login log, some minutes old."""

    def row(minutes=20, **values):
        return {"created_at": (now - minutes * MINUTE).isoformat(), "ray_id": f"{minutes}", **values}

    return row


class DeepServer(LogServer):
    """Its rows are nested 100,000 deep where they say "deep"."""

    def __call__(self, request):
        text = super().__call__(request).text
        return httpx.Response(200, content=text.replace('"deep"', DEEP).encode())


def kept():
    return sorted(AccessRequest.objects.values_list("ray_id", flat=True))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "It is not a JSON object, but null."),
        ("a row", "It is not a JSON object, but text."),
        (7, "It is not a JSON object, but a number."),
        (False, "It is not a JSON object, but a flag."),
        ([{"ray_id": "1"}], "It is not a JSON object, but a list."),
        ({"new": "deep"}, "A value in it is nested more than 1,000 levels deep."),
        (["deep"], "It is not a JSON object, but a list."),
    ],
)
def test_bad_row_is_set_aside(stream, login, now, bad, reason):
    server = DeepServer([login(21), bad, login(20)])
    assert sync_stream(stream, client_of(server))
    assert kept() == ["20", "21"]
    row = SetAsideRow.objects.get()
    assert (row.stream, row.reason, row.received_at) == (stream, reason, now)
    assert row.since <= now - 20 * MINUTE < row.until
    stream.refresh_from_db()
    assert (stream.error, stream.set_aside, missing_spans(stream, newest_edge(now))) == ("", 1, [])
    assert not FailedRange.objects.exists()


def test_every_kind_of_bad_row_at_once(stream, login):
    server = DeepServer([login(21), None, login(20), {"new": "deep"}, 7, login(19), "x"])
    assert sync_stream(stream, client_of(server))
    assert (kept(), SetAsideRow.objects.count()) == (["19", "20", "21"], 4)


ODD_VALUES = {
    "NUL": r'"a\u0000b"',
    "raw NUL": '"a\x00b"',
    "half a pair": r'"\ud800"',
    "a huge number": "1" + "0" * 5000,
    "a huge negative number": "-1" + "0" * 5000,
    "a number beyond floats": "1e400",
    "not a number": "NaN",
    "infinity": "-Infinity",
    "odd names": r'{"\u0000": "\udfff"}',
    "long text": '"' + "x" * 100_000 + '"',
}


@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES)
@pytest.mark.parametrize("name", ["user_email", "ray_id", "app_name", "created_at", "allowed", "new"])
def test_odd_value_stops_no_row(stream, login, name, value):
    class OddServer(LogServer):
        def __call__(self, request):
            text = super().__call__(request).text
            return httpx.Response(200, content=text.replace('"odd"', value).encode())

    assert sync_stream(stream, client_of(OddServer([login(21), login(20) | {name: "odd"}])))
    assert AccessRequest.objects.count() + SetAsideRow.objects.count() == 2
    assert "21" in kept()


def test_row_is_set_aside_once(stream, login, time_machine, now):
    server = DeepServer([login(3), None, None, {"ray_id": "1", "new": "deep"}])
    for minutes in range(3):
        time_machine.move_to(now + minutes * MINUTE, tick=False)
        assert read_newest(stream, client_of(server))
    assert [row.received_at for row in SetAsideRow.objects.all()] == [now] * 3
    assert set(SyncRun.objects.values_list("fetched", flat=True)) == {4}


def test_full_page_of_bad_rows_is_followed(stream, login):
    server = LogServer([None] * 3 + [login(3)], cap=3)
    assert sync_stream(stream, client_of(server))
    assert (kept(), SetAsideRow.objects.count()) == (["3"], 3)


def test_row_that_is_mended_leaves(stream, login, time_machine, now):
    row = login(3)
    assert read_newest(stream, client_of(DeepServer([row | {"new": "deep"}, None])))
    assert (kept(), SetAsideRow.objects.count()) == ([], 2)
    time_machine.move_to(now + MINUTE, tick=False)
    assert read_newest(stream, client_of(DeepServer([row | {"new": [1]}, None])))
    assert (kept(), SetAsideRow.objects.get().text) == (["3"], "null")
    assert Stream.objects.get().set_aside == 1


def test_stored_row_is_not_set_aside(stream, login, time_machine, now):
    row = login(3)
    assert read_newest(stream, client_of(LogServer([row])))
    time_machine.move_to(now + MINUTE, tick=False)
    assert read_newest(stream, client_of(DeepServer([row | {"new": "deep"}])))
    assert (kept(), SetAsideRow.objects.count()) == (["3"], 0)


@pytest.fixture
def refuse(monkeypatch):
    """Have the database refuse rows with this Ray ID."""

    def refuse(ray_id, fault=DataError):
        insert = store._insert

        def refusing(events):
            if any(event.ray_id == ray_id for event in events):
                raise fault("value out of range: hunter2")
            return insert(events)

        monkeypatch.setattr(store, "_insert", refusing)

    return refuse


@pytest.mark.parametrize("fault", [DataError, ValueError, OverflowError, RecursionError])
def test_refused_row_is_set_aside(stream, login, refuse, fault):
    refuse("7", fault)
    server = LogServer([login(minutes, ray_id=f"{minutes % 10}") for minutes in range(20, 0, -1)])
    assert sync_stream(stream, client_of(server))
    assert sorted(set(kept())) == list("012345689")
    assert AccessRequest.objects.count() == 18
    assert {row.reason for row in SetAsideRow.objects.all()} == {f"It could not be stored ({fault.__name__})."}
    assert all(json.loads(row.text)["ray_id"] == "7" for row in SetAsideRow.objects.all())
    assert SetAsideRow.objects.count() == 2


def test_refused_row_leaves_once_it_is_stored(stream, login, refuse, monkeypatch, time_machine, now):
    client = client_of(LogServer([login(7)]))
    with monkeypatch.context():
        refuse("7")
        assert read_newest(stream, client)
    assert (kept(), SetAsideRow.objects.count()) == ([], 1)
    monkeypatch.undo()
    time_machine.move_to(now + MINUTE, tick=False)
    assert read_newest(stream, client)
    assert (kept(), SetAsideRow.objects.count()) == (["7"], 0)


def test_row_whose_secrets_stay_is_set_aside(updates, now, monkeypatch):
    def redact(body):
        if body == "hostile":
            raise RecursionError
        return body

    monkeypatch.setattr(store, "redact_body", redact)
    rows = [{"logged_at": (now - MINUTE).isoformat(), "request_body": body} for body in ("hostile", "{}")]
    assert sync_stream(updates, client_of(LogServer(rows)))
    assert ScimUpdate.objects.get().request_body == "{}"
    row = SetAsideRow.objects.get()
    assert (row.reason, row.text) == ("It could not be stored (RecursionError).", '"[redacted]"')


@pytest.mark.parametrize(
    "bad",
    [
        ['password: "hunter2"'],
        'the password "hunter2" is too short',
        {"new": "deep", "password": "hunter2"},
        {"new": "deep", "request_body": '{"userName": "ada", "password": "hunter2"}'},
        {"new": "deep", "request_body": {"userName": "ada", "password": "hunter2"}},
        {"new": "deep", "error_description": 'Invalid password "hunter2"'},
    ],
)
def test_text_has_no_secrets(updates, bad):
    assert sync_stream(updates, client_of(DeepServer([bad])))
    text = SetAsideRow.objects.get().text
    assert "redacted" in text
    assert "hunter2" not in text


def test_text_is_cut_where_long(stream):
    assert sync_stream(stream, client_of(DeepServer([["x" * 100_000]])))
    text = SetAsideRow.objects.get().text
    assert (len(text), text[:3], text[-1]) == (set_aside.LONGEST_TEXT + 1, '["x', "…")


def test_old_rows_are_forgotten(stream, login, now):
    assert sync_stream(stream, client_of(LogServer([None])))
    forget_before(now - timedelta(hours=2))
    assert SetAsideRow.objects.count() == 1
    forget_before(now + timedelta(hours=2))
    assert (SetAsideRow.objects.count(), Stream.objects.get().set_aside) == (0, 0)


def test_fault_of_all_is_no_rows_fault(stream, login, monkeypatch, now):
    # It goes wrong beside the rows, which can all be stored.
    def fail(*_, **__):
        raise ValueError("a fault of ours")

    monkeypatch.setattr("logsync.ingest.window.cover", fail)
    assert not sync_stream(stream, client_of(LogServer([login(3)])))
    assert (kept(), SetAsideRow.objects.count()) == ([], 0)
    assert "Gatehouse itself failed" in Stream.objects.get(pk=stream.pk).error


def test_page_is_parted_in_order():
    page = [records.row_of(records.AccessRequest, item) for item in ({"ray_id": "1"}, None, {"ray_id": "2"})]
    rows, unreadable = set_aside.parted(page)
    assert [json.loads(row.identity) for row in rows] == [{"ray_id": "1"}, {"ray_id": "2"}]
    assert [row.value for row in unreadable] == [None]
