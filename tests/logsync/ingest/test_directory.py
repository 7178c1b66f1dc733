"""Accounts, providers and applications, and the streams that follow from them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from django.db import connection

from logsync.cloudflare.client import CloudflareClient
from logsync.ingest.directory import LIST_NAMES_EVERY, sync_directory
from logsync.ingest.token_gate import TokenGate
from logsync.ingest.tokens import Connections
from logsync.models import (
    AccessObject,
    Account,
    ApiToken,
    Application,
    IdentityProvider,
    Installation,
    Log,
    ScimUpdate,
    Snapshot,
    Stream,
)
from logsync.simulator.server.faults import html_page
from tests.logsync.cloudflare.answers import failure, success

pytestmark = pytest.mark.django_db


class Directory:
    """Cloudflare's lists, as dictionaries; an answer in place of a list is given as it is.

    `of` holds lists that are of one account alone, `refusal_of` what a token is always answered, by the account that
    it was given for. `asked` counts the lists that were asked for. What a list holds is also answered by its id, and
    `unlisted` has what is answered of ids that are in no list.
    """

    def __init__(self, **lists):
        self.lists = {"accounts": [{"id": "a1", "name": "One"}], "identity_providers": [], "apps": [], **lists}
        self.of = {}
        self.refusal_of = {}
        self.unlisted = {}
        self.asked: Counter[str] = Counter()

    def sync(self):
        sync_directory(self.connect)

    def connect(self, token):
        """A client whose token is the account that it was given for."""
        transport = httpx.MockTransport(self.answer)
        return CloudflareClient(
            token.name or "all", base_url="http://api.example", transport=transport, gate=TokenGate(token, 1.0, {})
        )

    def answer(self, request):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if token in self.refusal_of:
            return self.refusal_of[token]
        # /accounts, /accounts/a1/access/apps, or /accounts/a1/access/apps/u1
        _, _, account, _, name, id = [*request.url.path.split("/"), *[""] * 4][:6]
        name = name or "accounts"
        if id:
            self.asked[id] += 1
            return self.unlisted.get(id) or failure(404, 12135, "access.api.error.not_found")
        page = request.url.params["page"]
        self.asked[name] += page == "1"
        answer = (self.lists | self.of.get(account, {}))[name]
        if not isinstance(answer, list):
            return answer
        return success(answer if page == "1" else [])


def provider(idp_id, *, scim=True, **more):
    return {"id": idp_id, "name": f"Provider {idp_id}", "type": "okta", "scim_config": {"enabled": scim, **more}}


def app(app_uid, name):
    return {"id": app_uid, "name": name, "domain": f"{app_uid}.example"}


def refusal():
    return failure(403, 10000, "Authentication error")


def active_streams():
    return sorted(Stream.objects.filter(is_active=True).values_list("account__account_id", "log", "idp_id"))


def accounts_that_are_read():
    return {account for account, *_ in active_streams()}


@pytest.fixture
def look(cloudflare):
    """Look at the directory of a simulated company, with this token and these habits."""
    return lambda token="a-token", **habits: sync_directory(lambda _: cloudflare(token, **habits))


@pytest.fixture
def pass_time(now, time_machine):
    """Let so much time pass that names are listed anew, unless told otherwise."""
    return lambda duration=LIST_NAMES_EVERY: time_machine.shift(duration)


# What there is


def test_simulated_company_has_all_streams(look, settings, now):
    look()
    scim = [idp.idp_id for idp in IdentityProvider.objects.filter(scim_enabled=True)]
    assert IdentityProvider.objects.count() == 3
    assert sorted(Stream.objects.values_list("log", "idp_id")) == sorted(
        [(Log.ACCESS_REQUESTS, ""), *((Log.SCIM_UPDATES, idp_id) for idp_id in scim)]
    )
    assert {stream.backfill_since for stream in Stream.objects.all()} == {now - settings.BACKFILL}
    assert Application.objects.count() == 17


def test_names_are_kept_with_every_field():
    directory = Directory(
        identity_providers=[provider("p1", user_deprovision=True, identity_update_behavior="reauth")],
        apps=[
            {
                "id": "u1",
                "name": "Grafana",
                "domain": "g.example",
                "type": "self_hosted",
                "aud": "d00d",
                "self_hosted_domains": ["g.example", "charts.example/d"],
            }
        ],
    )
    directory.sync()
    [account], [idp], [app] = Account.objects.all(), IdentityProvider.objects.all(), Application.objects.all()
    assert (account.account_id, account.name, account.api_token) == ("a1", "One", ApiToken.objects.get())
    assert (account.providers_error, account.applications_error) == ("", "")
    assert (idp.account, idp.idp_id, idp.name, idp.type) == (account, "p1", "Provider p1", "okta")
    assert (idp.scim_enabled, idp.user_deprovision, idp.identity_update_behavior) == (True, True, "reauth")
    assert (app.account, app.app_uid, app.name, app.domain) == (account, "u1", "Grafana", "g.example")
    assert (app.type, app.aud, app.hosts) == ("self_hosted", "d00d", "g.example\ncharts.example/d")


def test_provider_secrets_are_never_stored(look):
    secrets = set()

    def note(answer):
        for idp in json.loads(answer.body)["result"]:
            secrets.update({idp.get("config", {}).get("client_secret"), idp.get("scim_config", {}).get("secret")})
        return replace(answer)

    look(faults=lambda request: note if "identity_providers" in request.path else None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM logsync_identityprovider")
        rows = str(cursor.fetchall())
    assert len(secrets - {None}) == 4
    assert not [secret for secret in secrets if secret and secret in rows]


def test_second_listing_changes_nothing(look, pass_time):
    def found():
        kinds = (Stream, Application, IdentityProvider)
        return [list(kind.objects.values()) for kind in kinds], list(Account.objects.values("account_id", "name"))

    look()
    before = found()
    pass_time()
    look()
    assert found() == before


def test_renamed_objects_are_updated(pass_time):
    directory = Directory(identity_providers=[provider("p1")], apps=[{"id": "u1", "name": "Old"}])
    directory.sync()
    directory.lists["accounts"][0]["name"] = "New account"
    directory.lists["identity_providers"][0]["name"] = "New provider"
    directory.lists["apps"][0]["name"] = "New app"
    pass_time()
    directory.sync()
    names = [kind.objects.get().name for kind in (Account, IdentityProvider, Application)]
    assert names == ["New account", "New provider", "New app"]


def test_account_without_name_keeps_last_name(pass_time):
    directory = Directory()
    directory.sync()
    directory.lists["accounts"][0]["name"] = ""
    pass_time()
    directory.sync()
    assert Account.objects.get().name == "One"


# How often is asked


def test_listing_intervals_differ_by_kind(pass_time):
    directory = Directory(identity_providers=[provider("p1")])
    for _ in range(11):
        directory.sync()
        pass_time(timedelta(minutes=1))
    assert directory.asked == {"identity_providers": 11, "accounts": 2, "apps": 2}


def test_clock_set_back_lists_names_immediately(pass_time):
    directory = Directory()
    directory.sync()
    pass_time(timedelta(hours=-5))
    directory.sync()
    assert directory.asked == {"identity_providers": 2, "accounts": 2, "apps": 2}


def test_refused_applications_wait_ten_minutes(pass_time):
    directory = Directory(apps=refusal())
    for _ in range(5):
        directory.sync()
        pass_time(timedelta(minutes=1))
    assert directory.asked["apps"] == 1


def test_failed_accounts_are_retried_next_round():
    directory = Directory(accounts=html_answer(502))
    directory.sync()
    asked = directory.asked["accounts"]
    directory.lists["accounts"] = [{"id": "a1"}]
    directory.sync()
    assert (directory.asked["accounts"], accounts_that_are_read()) == (asked + 1, {"a1"})


def html_answer(status):
    return httpx.Response(status, text="<html></html>")


# Providers that come and go


def test_new_provider_gets_dated_stream(pass_time, now):
    directory = Directory(identity_providers=[provider("p1")])
    directory.sync()
    directory.lists["identity_providers"].append(provider("p2"))
    pass_time(timedelta(minutes=1))
    directory.sync()
    assert active_streams() == [
        ("a1", "access_requests", ""),
        ("a1", "scim_updates", "p1"),
        ("a1", "scim_updates", "p2"),
    ]
    assert dict(IdentityProvider.objects.values_list("idp_id", "first_listed_at")) == {
        "p1": now,
        "p2": now + timedelta(minutes=1),
    }


def test_new_stream_backfills_from_discovery_day(settings, pass_time, now):
    directory = Directory(identity_providers=[provider("p1")])
    directory.sync()
    directory.lists["identity_providers"].append(provider("p2"))
    pass_time(timedelta(days=3))
    directory.sync()
    assert Stream.objects.get(idp_id="p1").backfill_since == now - settings.BACKFILL
    assert Stream.objects.get(idp_id="p2").backfill_since == now + timedelta(days=3) - settings.BACKFILL


def test_provider_without_scim_has_no_stream():
    Directory(identity_providers=[provider("p1", scim=False)]).sync()
    assert active_streams() == [("a1", "access_requests", "")]


@pytest.mark.parametrize("left", [[provider("p2")], [provider("p1", scim=False), provider("p2")]])
def test_removed_provider_keeps_its_rows(left, now):
    directory = Directory(identity_providers=[provider("p1"), provider("p2")])
    directory.sync()
    ScimUpdate.objects.create(account=Account.objects.get(), idp_id="p1", arrived_at=now, logged_at=now)
    directory.lists["identity_providers"] = left
    directory.sync()
    assert active_streams() == [("a1", "access_requests", ""), ("a1", "scim_updates", "p2")]
    assert ScimUpdate.objects.filter(idp_id="p1").exists()
    assert Stream.objects.filter(idp_id="p1").exists()


def test_vanished_provider_keeps_name_and_date(pass_time, now):
    directory = Directory(identity_providers=[provider("p1"), provider("p2")])
    directory.sync()
    directory.lists["identity_providers"] = [provider("p2")]
    for _ in range(3):
        pass_time(timedelta(minutes=1))
        directory.sync()
    gone, there = IdentityProvider.objects.all()
    assert (gone.name, gone.first_listed_at, gone.vanished_at) == ("Provider p1", now, now + timedelta(minutes=1))
    assert there.vanished_at is None


@pytest.mark.parametrize("id", ["", None, 7, "1" * 65])
def test_row_without_usable_id_is_left_out(id):
    directory = Directory(identity_providers=[provider("p1"), provider(id)], apps=[app("u1", "Wiki"), app(id, "Odd")])
    directory.lists["accounts"].append({"id": id, "name": "Odd"})
    directory.sync()
    assert [idp.idp_id for idp in IdentityProvider.objects.all()] == ["p1"]
    assert [str(application) for application in Application.objects.all()] == ["Wiki"]
    assert active_streams() == [("a1", "access_requests", ""), ("a1", "scim_updates", "p1")]


def test_equal_names_are_told_apart():
    directory = Directory(accounts=[{"id": "a1", "name": "One"}, {"id": "a2", "name": "Two"}])
    directory.of["a1"] = {"identity_providers": [provider("p1") | {"name": "Azure AD"}], "apps": [app("u1", "Wiki")]}
    directory.of["a2"] = {"identity_providers": [provider("p2") | {"name": "Azure AD"}], "apps": [app("u2", "Wiki")]}
    directory.sync()
    assert sorted(IdentityProvider.objects.names().values()) == ["Azure AD (One)", "Azure AD (Two)"]
    assert sorted(map(str, Application.objects.all())) == ["Wiki (One)", "Wiki (Two)"]
    assert sorted(map(str, Stream.objects.filter(log=Log.SCIM_UPDATES))) == [
        "SCIM · Azure AD · One",
        "SCIM · Azure AD · Two",
    ]


def test_provider_is_gone_by_its_id_alone():
    directory = Directory(identity_providers=[provider("p1"), provider("p2")])
    directory.sync()
    directory.lists["identity_providers"] = [provider("p2")]
    directory.unlisted["p1"] = success(provider("p1") | {"name": "Renamed"})
    directory.sync()
    assert ("a1", "scim_updates", "p1") in active_streams()
    assert IdentityProvider.objects.filter(vanished_at=None).count() == 2
    assert IdentityProvider.objects.get(idp_id="p1").name == "Renamed"
    assert Account.objects.get().providers_error == ""


@pytest.mark.parametrize(
    "answer", [refusal(), html_answer(404), html_answer(502), failure(404, 7003), success([]), success(provider("p9"))]
)
def test_provider_that_may_be_there_is_kept(answer):
    directory = Directory(identity_providers=[provider("p1"), provider("p2"), provider("p3")])
    directory.sync()
    before = active_streams()
    directory.lists["identity_providers"] = [provider("p3")]
    directory.unlisted["p1"] = answer
    directory.sync()
    assert active_streams() == before
    assert not IdentityProvider.objects.exclude(vanished_at=None).exists()
    said = Account.objects.get().providers_error
    assert said.startswith("Cloudflare no longer lists the identity provider Provider p1, and cannot say whether it")
    # Where one cannot be asked for, the next round asks again.
    assert directory.asked["p2"] == 0


def test_last_provider_may_be_gone():
    directory = Directory(identity_providers=[provider("p1")])
    directory.sync()
    directory.lists["identity_providers"] = []
    for _ in range(2):
        directory.sync()
    assert active_streams() == [("a1", "access_requests", "")]
    assert directory.asked["p1"] == 1
    assert Account.objects.get().providers_error == ""


def test_losing_scim_is_not_vanishing():
    directory = Directory(identity_providers=[provider("p1")])
    directory.sync()
    directory.lists["identity_providers"] = [provider("p1", scim=False)]
    directory.sync()
    assert IdentityProvider.objects.get().vanished_at is None


def test_returning_provider_resumes_reading(pass_time, now):
    directory = Directory(identity_providers=[provider("p1"), provider("p2")])
    directory.sync()
    before = Stream.objects.get(idp_id="p1")
    for listed in ([provider("p2")], [provider("p1"), provider("p2")]):
        pass_time()
        directory.lists["identity_providers"] = listed
        directory.sync()
    back = Stream.objects.get(idp_id="p1")
    assert (back.pk, back.is_active, back.backfill_since) == (before.pk, True, before.backfill_since)
    idp = IdentityProvider.objects.get(idp_id="p1")
    assert (idp.first_listed_at, idp.vanished_at) == (now, None)


def test_unexpected_empty_list_changes_nothing():
    directory = Directory(identity_providers=[provider("p1")])
    directory.sync()
    directory.lists["identity_providers"] = []
    directory.unlisted["p1"] = refusal()
    directory.sync()
    assert ("a1", "scim_updates", "p1") in active_streams()
    assert IdentityProvider.objects.get().vanished_at is None
    said = Account.objects.get().providers_error
    assert "Access: Organizations, Identity Providers, and Groups Read" in said
    directory.lists["identity_providers"] = [provider("p1")]
    directory.sync()
    assert Account.objects.get().providers_error == ""


def test_account_without_providers_has_no_warning():
    directory = Directory()
    for _ in range(2):
        directory.sync()
    assert Account.objects.get().providers_error == ""


# Names that are refused


def test_refused_names_do_not_stop_logs(look, pass_time):
    look()
    before = active_streams()
    pass_time()
    Directory(accounts=[{"id": Account.objects.get().account_id}], identity_providers=refusal(), apps=refusal()).sync()
    account = Account.objects.get()
    assert "permission “Access: Organizations, Identity Providers, and Groups Read”" in account.providers_error
    assert "permission “Access: Apps and Policies Read”" in account.applications_error
    assert active_streams() == before
    assert len(before) == 3


def test_logins_are_read_without_name_permission(look):
    look("no-names")
    [account] = Account.objects.all()
    assert account.providers_error.startswith("Cloudflare refused (403, code 10000")
    assert account.applications_error == ""
    assert [stream.log for stream in Stream.objects.all()] == [Log.ACCESS_REQUESTS]


def test_refused_providers_still_allow_app_names():
    Directory(identity_providers=refusal(), apps=[{"id": "u1", "name": "Grafana"}]).sync()
    assert Application.objects.get().name == "Grafana"


def test_successful_listing_clears_note(pass_time):
    directory = Directory(apps=refusal(), identity_providers=refusal())
    directory.sync()
    assert Account.objects.get().applications_error
    directory.lists |= {"apps": [], "identity_providers": []}
    pass_time()
    directory.sync()
    account = Account.objects.get()
    assert (account.providers_error, account.applications_error) == ("", "")


def test_refused_list_affects_only_its_account():
    directory = Directory(accounts=[{"id": "a1"}, {"id": "a2"}], identity_providers=[provider("p1")])
    directory.of["a1"] = {"identity_providers": refusal()}
    directory.sync()
    one, two = Account.objects.order_by("account_id")
    assert "Cloudflare refused" in one.providers_error
    assert two.providers_error == ""
    assert active_streams() == [
        ("a1", "access_requests", ""),
        ("a2", "access_requests", ""),
        ("a2", "scim_updates", "p1"),
    ]


# Accounts


def test_unlisted_account_is_not_read(pass_time):
    directory = Directory(accounts=[{"id": "a1"}, {"id": "a2"}])
    directory.sync()
    assert accounts_that_are_read() == {"a1", "a2"}
    directory.lists["accounts"] = [{"id": "a2"}]
    pass_time()
    directory.sync()
    assert accounts_that_are_read() == {"a2"}
    assert Account.objects.count() == 2
    directory.lists["accounts"] = [{"id": "a1"}, {"id": "a2"}]
    pass_time()
    directory.sync()
    assert accounts_that_are_read() == {"a1", "a2"}


def test_wrong_token_is_noted_on_token(look, now):
    look("wrong")
    assert ApiToken.objects.get().error == (
        "Cloudflare does not accept the API token (403, code 9109, “Invalid access token”). Create a new one, set "
        "CLOUDFLARE_API_TOKEN or write it into its file, and restart."
    )
    assert Installation.get().directory_checked_at == now
    assert not Account.objects.exists()


def test_token_without_accounts_gets_hint():
    Directory(accounts=[]).sync()
    said = ApiToken.objects.get().error
    assert "Account Settings Read" in said
    assert "CLOUDFLARE_ACCOUNT_IDS" in said


@pytest.mark.parametrize("answer", [html_answer(502), [], refusal()])
def test_unlisted_accounts_are_still_read(pass_time, answer):
    directory = Directory(identity_providers=[provider("p1")])
    directory.sync()
    before = active_streams()
    directory.lists["accounts"] = answer
    pass_time()
    directory.sync()
    assert ApiToken.objects.get().error
    assert active_streams() == before
    directory.lists["accounts"] = [{"id": "a1"}]
    directory.sync()
    assert ApiToken.objects.get().error == ""


def test_failing_simulator_is_reported(look):
    look(faults=lambda request: html_page(502) if request.path.endswith("/accounts") else None)
    assert "answered 502" in ApiToken.objects.get().error


def test_identity_check_survives_every_listing(look):
    check = Installation.get().identity_check
    look()
    assert Installation.get().identity_check == check


def test_only_configured_accounts_are_read(settings):
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a2", "a3")
    Directory(accounts=[{"id": "a1", "name": "One"}, {"id": "a2", "name": "Two"}]).sync()
    assert accounts_that_are_read() == {"a2", "a3"}
    assert dict(Account.objects.values_list("account_id", "name")) == {"a2": "Two", "a3": ""}


def test_configured_accounts_need_no_listing(settings):
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a2",)
    Directory(accounts=refusal()).sync()
    assert active_streams() == [("a2", "access_requests", "")]
    assert ApiToken.objects.get().error == ""


def test_removed_account_id_is_not_read(settings, pass_time):
    directory = Directory(accounts=[{"id": "a1"}, {"id": "a2"}])
    directory.sync()
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a1",)
    pass_time()
    directory.sync()
    assert accounts_that_are_read() == {"a1"}


# One token for each account


@pytest.fixture
def two_tokens(settings, now):
    """A Cloudflare with three accounts, and a token each for two of them."""
    settings.CLOUDFLARE_API_TOKENS = {"a1": "one", "a2": "two"}
    return Directory(
        accounts=[{"id": f"a{number}", "name": f"Account {number}"} for number in (1, 2, 3)],
        identity_providers=[provider("p1")],
    )


def test_each_account_uses_its_own_token(two_tokens):
    two_tokens.sync()
    assert dict(Account.objects.values_list("account_id", "api_token__name")) == {"a1": "a1", "a2": "a2"}
    assert dict(Account.objects.values_list("account_id", "name")) == {"a1": "Account 1", "a2": "Account 2"}
    assert len(active_streams()) == 4


@pytest.mark.parametrize("answer", [refusal(), failure(401, 9109, "Invalid access token"), html_answer(502)])
def test_refused_token_stops_no_other(two_tokens, answer):
    two_tokens.refusal_of["a1"] = answer
    two_tokens.sync()
    one, two = Account.objects.order_by("account_id")
    assert one.providers_error.startswith("Cloudflare")
    assert two.providers_error == ""
    assert ("a2", "scim_updates", "p1") in active_streams()
    # Its logins are still asked for, so that the stream itself says what is wrong.
    assert ("a1", "access_requests", "") in active_streams()


def test_waiting_token_stops_no_other(two_tokens, pass_time):
    two_tokens.sync()
    before = active_streams()
    Connections().gate(ApiToken.objects.get(name="a1")).block(300)
    two_tokens.asked.clear()
    pass_time(timedelta(minutes=1))
    two_tokens.sync()
    assert active_streams() == before
    assert two_tokens.asked == {"identity_providers": 1}
    assert not Account.objects.exclude(providers_error="").exists()
    assert not ApiToken.objects.exclude(error="").exists()


def test_account_without_file_keeps_rows(two_tokens, settings, now):
    two_tokens.sync()
    gone = Account.objects.get(account_id="a1")
    ScimUpdate.objects.create(account=gone, idp_id="p1", arrived_at=now, logged_at=now)
    settings.CLOUDFLARE_API_TOKENS = {"a2": "two"}
    two_tokens.sync()
    assert accounts_that_are_read() == {"a2"}
    assert gone.scim_updates.count() == 1
    assert gone.streams.count() == 2
    with pytest.raises(LookupError):
        Connections().connect_to(Account.objects.get(account_id="a1"))


def test_restored_token_file_resumes_reading(two_tokens, settings):
    two_tokens.sync()
    before = list(Stream.objects.values())
    for tokens in ({"a2": "two"}, {"a1": "another", "a2": "two"}):
        settings.CLOUDFLARE_API_TOKENS = tokens
        two_tokens.sync()
    assert list(Stream.objects.values()) == before


def test_new_token_takes_over_account(two_tokens, settings):
    two_tokens.sync()
    settings.CLOUDFLARE_API_TOKENS = {"a1": "renewed", "a2": "two"}
    two_tokens.sync()
    assert accounts_that_are_read() == {"a1", "a2"}
    assert Account.objects.get(account_id="a1").api_token == ApiToken.objects.get(name="a1", is_active=True)


def test_one_token_serves_two_account_files(two_tokens, settings, pass_time):
    settings.CLOUDFLARE_API_TOKENS = {"a1": "both", "a2": "both"}
    for _ in range(2):
        two_tokens.sync()
        assert accounts_that_are_read() == {"a1", "a2"}
        assert Account.objects.filter(api_token=ApiToken.objects.get()).count() == 2
        pass_time()


def test_account_ids_limit_folder_tokens(two_tokens, settings, pass_time):
    two_tokens.sync()
    settings.CLOUDFLARE_ACCOUNT_IDS = ("a2", "a3")
    pass_time()
    two_tokens.sync()
    assert accounts_that_are_read() == {"a2"}


def test_changed_account_ids_apply_immediately(settings, now):
    directory = Directory(accounts=[{"id": "a1"}, {"id": "a2"}])
    for chosen in (("a1",), ("a2", "a3"), ("a1", "a2")):
        settings.CLOUDFLARE_ACCOUNT_IDS = chosen
        directory.sync()
        assert accounts_that_are_read() == set(chosen)


def test_account_token_need_not_list_account(two_tokens):
    two_tokens.lists["accounts"] = refusal()
    two_tokens.sync()
    assert accounts_that_are_read() == {"a1", "a2"}
    assert not ApiToken.objects.exclude(error="").exists()


def test_shared_token_skips_accounts_with_own(settings):
    settings.CLOUDFLARE_API_TOKENS = {"": "all", "a2": "two"}
    Directory(accounts=[{"id": "a1"}, {"id": "a2"}]).sync()
    assert dict(Account.objects.values_list("account_id", "api_token__name")) == {"a1": "", "a2": "a2"}


def test_shared_token_and_folder_are_interchangeable(two_tokens, settings):
    for tokens, read in [
        ({"a1": "one", "a2": "two"}, {"a1", "a2"}),
        ({"": "all"}, {"a1", "a2", "a3"}),
        ({"a1": "one", "a2": "two"}, {"a1", "a2"}),
    ]:
        settings.CLOUDFLARE_API_TOKENS = tokens
        # Which token is asked first, and what it was last told, makes no difference.
        two_tokens.sync()
        assert accounts_that_are_read() == read


def test_directory_being_listed_is_skipped(look):
    """A list that hangs must not gather all workers about itself."""
    look()
    Stream.objects.all().delete()
    token = ApiToken.objects.get()
    assert token.take_lease("another worker")
    look()
    assert not Stream.objects.exists()
    token.release_lease("another worker")
    look()
    assert Stream.objects.count() == 3


# How providers change


def test_changes_of_a_provider_are_kept(pass_time):
    directory = Directory(identity_providers=[provider("p1", secret="hush")])
    directory.sync()
    pass_time()
    directory.sync()
    directory.lists["identity_providers"] = [provider("p1", scim=False)]
    pass_time()
    directory.sync()
    rows = Snapshot.objects.filter(object__object_id="p1").order_by("first_seen_at")
    assert [row.content["scim_config"]["enabled"] for row in rows] == [True, False]
    assert "hush" not in str([row.content for row in rows])
    directory.lists["identity_providers"] = []
    directory.sync()
    assert AccessObject.objects.get().gone_at is not None
