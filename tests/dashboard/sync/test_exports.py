"""Streams and runs are exported whole, with their errors and without words."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.models import Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of, records_of


def json_of(response):
    return json.loads(b"".join(response))


def test_streams_are_exported(account, okta, make_stream, cover, signed_in):
    cover(make_stream(succeeded_at=NOW), NOW - timedelta(hours=48), NOW)
    make_stream(Log.SCIM_UPDATES, okta.idp_id, error="Cloudflare answered 403.", error_since=NOW)
    records = records_of(signed_in.get("/sync/streams.csv"))
    assert [(record["log"], record["idp_id"], record["error"]) for record in records] == [
        ("access_requests", "", ""),
        ("scim_updates", okta.idp_id, "Cloudflare answered 403."),
    ]
    assert records[0]["settled_to"] == records[0]["succeeded_at"] == "2026-11-19T14:06:12.000000Z"
    assert records[0]["account"] == account.account_id
    [logins, _] = json_of(signed_in.get("/sync/streams.json"))["result"]
    assert (logins["is_active"], logins["rows_today"], logins["median_lateness_seconds"]) == (True, 0, None)


def test_all_runs_are_exported(make_stream, make_run, signed_in):
    stream = make_stream()
    for minutes in range(30):
        make_run(stream, minutes, fetched=1000, stored=987)
    make_run(stream, 0, outcome="failed", error="=1+1")
    records = records_of(signed_in.get("/sync/runs.csv"))
    assert len(records) == 31
    assert records[0]["error"] == "'=1+1"
    assert {record["fetched"] for record in records} == {"0", "1000"}
    assert json_of(signed_in.get("/sync/runs.json"))["result"][0]["finished_at"] is not None


def test_runs_of_one_stream_are_exported(okta, make_stream, make_run, signed_in):
    logins, scim = make_stream(), make_stream(Log.SCIM_UPDATES, okta.idp_id)
    make_run(logins, 1), make_run(scim, 2)
    page = page_of(signed_in.get(f"/sync/?stream={scim.pk}"))
    assert f"/sync/runs.csv?stream={scim.pk}" in [link.href for link in page.all("a")]
    records = records_of(signed_in.get(f"/sync/runs.csv?stream={scim.pk}"))
    assert [record["log"] for record in records] == ["scim_updates"]


@pytest.mark.parametrize("format", ["csv", "json"])
def test_unknown_stream_is_refused(format, make_stream, signed_in):
    assert signed_in.get(f"/sync/runs.{format}?stream=99").status_code == 400
    assert signed_in.get(f"/sync/streams.{format}?head=x").status_code == 400
