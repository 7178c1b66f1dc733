"""Accounts, providers and applications, and the streams that follow from them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from logsync.cloudflare.client import CloudflareClient
from logsync.directory import sync_directory
from logsync.models import Account, Application, IdentityProvider, Installation, Log, ScimUpdate, Stream
from logsync.simulator.faults import html_page
from tests.logsync.cloudflare.answers import client_of, failure, success

pytestmark = pytest.mark.django_db


class Directory:
    """Cloudflare's lists, as dictionaries; an answer in place of a list is given as it is."""

    def __init__(self, **lists):
        self.lists = {"accounts": [{"id": "a1", "name": "One"}], "identity_providers": [], "apps": [], **lists}

    def __call__(self, request):
        answer = self.lists[request.url.path.split("/")[-1]]
        if not isinstance(answer, list):
            return answer
        return success(answer if request.url.params["page"] == "1" else [])

    @property
    def client(self) -> CloudflareClient:
        return client_of(self)


def provider(idp_id, *, scim=True, **more):
    return {"id": idp_id, "name": f"Provider {idp_id}", "type": "okta", "scim_config": {"enabled": scim, **more}}


def refusal():
    return failure(403, 10000, "Authentication error")


def active_streams():
    return sorted(Stream.objects.filter(is_active=True).values_list("account__account_id", "log", "idp_id"))


# What there is


def test_a_simulated_company_has_a_stream_for_its_logins_and_for_each_scim_provider(cloudflare, settings, now):
    sync_directory(cloudflare())
    scim = [idp.idp_id for idp in IdentityProvider.objects.filter(scim_enabled=True)]
    assert IdentityProvider.objects.count() == 3
    assert sorted(Stream.objects.values_list("log", "idp_id")) == sorted(
        [(Log.ACCESS_REQUESTS, ""), *((Log.SCIM_UPDATES, idp_id) for idp_id in scim)]
    )
    assert {stream.backfill_since for stream in Stream.objects.all()} == {now - settings.BACKFILL}
    assert Application.objects.count() == 14


def test_names_are_kept_with_every_field():
    directory = Directory(
        identity_providers=[provider("p1", user_deprovision=True, identity_update_behavior="reauth")],
        apps=[{"id": "u1", "name": "Grafana", "domain": "g.example", "type": "self_hosted", "aud": "d00d"}],
    )
    sync_directory(directory.client)
    [account], [idp], [app] = Account.objects.all(), IdentityProvider.objects.all(), Application.objects.all()
    assert (account.account_id, account.name) == ("a1", "One")
    assert (account.providers_error, account.applications_error) == ("", "")
    assert (idp.account, idp.idp_id, idp.name, idp.type) == (account, "p1", "Provider p1", "okta")
    assert (idp.scim_enabled, idp.user_deprovision, idp.identity_update_behavior) == (True, True, "reauth")
    assert (app.account, app.app_uid, app.name, app.domain) == (account, "u1", "Grafana", "g.example")
    assert (app.type, app.aud) == ("self_hosted", "d00d")


def test_no_secret_of_a_provider_reaches_the_database(cloudflare):
    secrets = set()

    def note(answer):
        for idp in json.loads(answer.body)["result"]:
            secrets.update({idp.get("config", {}).get("client_secret"), idp.get("scim_config", {}).get("secret")})
        return replace(answer)

    sync_directory(cloudflare(faults=lambda request: note if "identity_providers" in request.path else None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM logsync_identityprovider")
        rows = str(cursor.fetchall())
    assert len(secrets - {None}) == 4
    assert not [secret for secret in secrets if secret and secret in rows]


def test_a_second_look_changes_nothing(cloudflare, now, time_machine):
    client = cloudflare()
    sync_directory(client)
    before = list(Stream.objects.values()), list(Application.objects.values()), list(Account.objects.values())
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    sync_directory(client)
    assert (list(Stream.objects.values()), list(Application.objects.values()), list(Account.objects.values())) == before


def test_what_was_renamed_is_renamed():
    directory = Directory(identity_providers=[provider("p1")], apps=[{"id": "u1", "name": "Old"}])
    sync_directory(directory.client)
    directory.lists["accounts"][0]["name"] = "New account"
    directory.lists["identity_providers"][0]["name"] = "New provider"
    directory.lists["apps"][0]["name"] = "New app"
    sync_directory(directory.client)
    names = [kind.objects.get().name for kind in (Account, IdentityProvider, Application)]
    assert names == ["New account", "New provider", "New app"]


def test_an_account_that_lost_its_name_keeps_the_one_that_was_known():
    directory = Directory()
    sync_directory(directory.client)
    directory.lists["accounts"][0]["name"] = ""
    sync_directory(directory.client)
    assert Account.objects.get().name == "One"


# Providers that come and go


def test_a_new_scim_provider_gets_a_stream():
    directory = Directory(identity_providers=[provider("p1")])
    sync_directory(directory.client)
    directory.lists["identity_providers"].append(provider("p2"))
    sync_directory(directory.client)
    assert active_streams() == [
        ("a1", "access_requests", ""),
        ("a1", "scim_updates", "p1"),
        ("a1", "scim_updates", "p2"),
    ]


def test_a_provider_without_scim_gets_no_stream():
    sync_directory(Directory(identity_providers=[provider("p1", scim=False)]).client)
    assert active_streams() == [("a1", "access_requests", "")]


@pytest.mark.parametrize("left", [[provider("p2")], [provider("p1", scim=False), provider("p2")]])
def test_a_provider_that_is_gone_is_read_no_more_but_its_rows_stay(left, now):
    directory = Directory(identity_providers=[provider("p1"), provider("p2")])
    sync_directory(directory.client)
    ScimUpdate.objects.create(account=Account.objects.get(), idp_id="p1", arrived_at=now, logged_at=now)
    directory.lists["identity_providers"] = left
    sync_directory(directory.client)
    assert active_streams() == [("a1", "access_requests", ""), ("a1", "scim_updates", "p2")]
    assert ScimUpdate.objects.filter(idp_id="p1").exists()
    assert Stream.objects.filter(idp_id="p1").exists()


def test_a_provider_that_comes_back_is_read_on_from_where_it_was(now, time_machine):
    directory = Directory(identity_providers=[provider("p1"), provider("p2")])
    sync_directory(directory.client)
    before = Stream.objects.get(idp_id="p1")
    for listed in ([provider("p2")], [provider("p1"), provider("p2")]):
        time_machine.shift(3600)
        directory.lists["identity_providers"] = listed
        sync_directory(directory.client)
    back = Stream.objects.get(idp_id="p1")
    assert (back.pk, back.is_active, back.backfill_since) == (before.pk, True, before.backfill_since)


def test_an_empty_list_of_providers_stops_no_stream():
    directory = Directory(identity_providers=[provider("p1")])
    sync_directory(directory.client)
    directory.lists["identity_providers"] = []
    sync_directory(directory.client)
    assert ("a1", "scim_updates", "p1") in active_streams()


# Names that are refused


def test_refused_names_are_noted_on_the_account_and_the_logs_go_on(cloudflare):
    sync_directory(cloudflare())
    before = active_streams()
    directory = Directory(
        accounts=[{"id": Account.objects.get().account_id}], identity_providers=refusal(), apps=refusal()
    )
    sync_directory(directory.client)
    account = Account.objects.get()
    assert "permission “Access: Organizations, Identity Providers, and Groups Read”" in account.providers_error
    assert "permission “Access: Apps and Policies Read”" in account.applications_error
    assert active_streams() == before
    assert len(before) == 3


def test_a_token_that_may_read_no_names_still_reads_logins(cloudflare):
    sync_directory(cloudflare("no-names"))
    [account] = Account.objects.all()
    assert account.providers_error.startswith("Cloudflare refused (403, code 10000")
    assert account.applications_error == ""
    assert [stream.log for stream in Stream.objects.all()] == [Log.ACCESS_REQUESTS]


def test_refused_providers_do_not_keep_applications_from_being_named():
    sync_directory(Directory(identity_providers=refusal(), apps=[{"id": "u1", "name": "Grafana"}]).client)
    assert Application.objects.get().name == "Grafana"


def test_a_note_goes_once_names_are_given_again():
    directory = Directory(apps=refusal())
    sync_directory(directory.client)
    assert Account.objects.get().applications_error
    directory.lists["apps"] = []
    sync_directory(directory.client)
    assert Account.objects.get().applications_error == ""


# Accounts


def test_an_account_that_the_token_lists_no_more_is_read_no_more():
    directory = Directory(accounts=[{"id": "a1"}, {"id": "a2"}])
    sync_directory(directory.client)
    assert {account for account, *_ in active_streams()} == {"a1", "a2"}
    directory.lists["accounts"] = [{"id": "a2"}]
    sync_directory(directory.client)
    assert {account for account, *_ in active_streams()} == {"a2"}
    assert Account.objects.count() == 2


def test_a_wrong_token_is_said_on_the_installation(cloudflare, now):
    sync_directory(cloudflare("wrong"))
    installation = Installation.get()
    assert installation.directory_error == (
        "Cloudflare does not accept the API token. Make a new one, set CLOUDFLARE_API_TOKEN and restart."
    )
    assert installation.directory_checked_at == now
    assert not Account.objects.exists()


def test_a_token_that_lists_no_account_is_said_on_the_installation():
    sync_directory(Directory(accounts=[]).client)
    assert "Account Settings Read" in Installation.get().directory_error
    assert "CLOUDFLARE_ACCOUNT_IDS" in Installation.get().directory_error


def test_accounts_that_cannot_be_listed_just_now_are_read_on(cloudflare):
    sync_directory(cloudflare())
    before = active_streams()
    sync_directory(cloudflare(faults=lambda request: html_page(502) if request.path.endswith("/accounts") else None))
    assert "answered 502" in Installation.get().directory_error
    assert active_streams() == before
    sync_directory(cloudflare())
    assert Installation.get().directory_error == ""


def test_the_identity_key_survives_every_look(cloudflare):
    key = bytes(Installation.get().identity_key)
    sync_directory(cloudflare())
    assert bytes(Installation.get().identity_key) == key


def test_only_the_accounts_that_were_asked_for_are_read(settings):
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a2", "a3")
    sync_directory(Directory(accounts=[{"id": "a1", "name": "One"}, {"id": "a2", "name": "Two"}]).client)
    assert {account for account, *_ in active_streams()} == {"a2", "a3"}
    assert dict(Account.objects.values_list("account_id", "name")) == {"a2": "Two", "a3": ""}


def test_accounts_that_were_asked_for_need_not_be_listed(settings):
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a2",)
    sync_directory(Directory(accounts=refusal()).client)
    assert active_streams() == [("a2", "access_requests", "")]
    assert Installation.get().directory_error == ""


def test_an_account_that_is_asked_for_no_more_is_read_no_more(settings):
    directory = Directory(accounts=[{"id": "a1"}, {"id": "a2"}])
    sync_directory(directory.client)
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a1",)
    sync_directory(directory.client)
    assert {account for account, *_ in active_streams()} == {"a1"}
