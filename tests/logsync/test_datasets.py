"""Each of Cloudflare's logs has one entry that says all that is its own."""

from __future__ import annotations

import pytest

from logsync.datasets import DATASETS, dataset_of
from logsync.ingest.store import STORES
from logsync.models import Log
from tests.logsync.cloudflare.answers import LogServer, client_of


@pytest.fixture(params=list(DATASETS))
def dataset(request):
    return DATASETS[request.param]


def test_every_log_has_an_entry():
    assert set(DATASETS) == set(STORES) == set(Log)


def test_time_field_holds_record_time(dataset, now):
    record = dataset.record.from_json({dataset.time_field: "2026-11-19T14:06:12Z"})
    assert record.time == now
    assert dataset.model._meta.get_field(dataset.time_field)


def test_provider_is_a_row_field(dataset):
    names = {field.name for field in dataset.model._meta.get_fields()}
    assert ("idp_id" in names) == dataset.is_per_provider


@pytest.mark.django_db
def test_failed_matches_the_log(dataset, make_login, make_update):
    make_login(allowed=True)
    make_login(allowed=None)
    make_update(status="SUCCESS")
    failed = {Log.ACCESS_REQUESTS: make_login(), Log.SCIM_UPDATES: make_update()}
    assert list(dataset.model.objects.filter(dataset.failed)) == [failed[dataset.log]]


@pytest.mark.django_db
def test_stream_finds_its_own_rows(make_stream, make_login, make_update):
    login, update = make_login(), make_update(idp_id="p1")
    make_update(idp_id="p2")
    logins, scim = make_stream(), make_stream(Log.SCIM_UPDATES, "p1")
    assert list(dataset_of(logins).rows_of(logins)) == [login]
    assert list(dataset_of(scim).rows_of(scim)) == [update]


def test_asks_cloudflare_by_provider(dataset, now):
    server = LogServer([])
    client = client_of(server)
    assert list(dataset.pages(client, "p1", now, now)) == []
    assert dataset.oldest(client, "p1", now, now) is None
    assert {asked.get("idp_id") for asked in server.asked} == {"p1" if dataset.is_per_provider else None}
