"""Which token reads which account; the token itself is never kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.tokens import account_ids_of, api_tokens
from logsync.models import Account, ApiToken, Installation
from tests.logsync.ingest.workers import at_once, only_on_postgresql

pytestmark = pytest.mark.django_db


# Which tokens there are


def test_token_is_never_stored(token):
    assert "the-secret" not in str(ApiToken.objects.values())
    assert (token.name, token.is_active, str(token)) == ("", True, "the API token")


def test_token_is_recognised_by_fingerprint(token, settings):
    assert api_tokens() == [token]
    settings.CLOUDFLARE_API_TOKENS = {"": "another-secret"}
    assert api_tokens() != [token]


def test_fingerprints_differ_between_installations(token, settings):
    Installation.objects.all().delete()
    settings.IDENTITY_KEY = bytes(32)
    assert api_tokens()[0].fingerprint != token.fingerprint


def test_removed_token_is_unused_until_returned(given_tokens):
    one, two = given_tokens(a1="one", a2="two")
    given_tokens(a2="two")
    assert list(ApiToken.objects.filter(is_active=True)) == [two]
    assert given_tokens(a1="one", a2="two") == [one, two]
    assert ApiToken.objects.filter(is_active=True).count() == 2


def test_token_state_survives_restart(connections, token, now):
    connections.gate(token).block(100)
    assert api_tokens()[0].blocked_until == now + timedelta(seconds=100)


def test_token_is_named_after_its_account(given_tokens):
    assert list(map(str, given_tokens(a1="one", a2="two"))) == ["the API token of a1", "the API token of a2"]


def test_token_for_two_accounts_is_one(given_tokens):
    both, other = given_tokens(a1="both", a2="other", a3="both")
    assert (both.name, account_ids_of(both), account_ids_of(other)) == ("a1", ["a1", "a3"], ["a2"])
    assert ApiToken.objects.count() == 2


def test_shared_token_belongs_to_no_account(token):
    assert account_ids_of(token) == []


# Clients


def test_each_account_gets_its_tokens_client(connections, given_tokens, cloudflare_says):
    for row in given_tokens(a1="one", a2="two"):
        account = Account.objects.create(account_id=row.name, api_token=row)
        with connections.connect_to(account) as client:
            client.applications()
            assert client.account_id == row.name
    assert cloudflare_says.calls == {"one": 1, "two": 1}


def test_removed_token_has_no_client(connections, given_tokens):
    [one] = given_tokens(a1="one")
    given_tokens(a2="two")
    with pytest.raises(LookupError):
        connections.connect(one)


def test_unread_account_has_no_client(connections, account):
    with pytest.raises(LookupError, match="No API token reads Meridian"):
        connections.connect_to(account)


def test_all_clients_share_one_clock(connections, token, cloudflare_says, now):
    cloudflare_says.headers = {"Date": "Thu, 19 Nov 2026 14:07:12 GMT"}
    with connections.connect(token) as client, connections.connect(token) as other:
        client.accounts()
        assert other.clock.offset == connections.clock.offset == timedelta(minutes=1)


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_agree_on_token_rows(settings):
    settings.CLOUDFLARE_API_TOKENS = {"a1": "one", "a2": "two"}
    found = at_once(*[api_tokens] * 4)
    assert ApiToken.objects.count() == 2
    assert found == [list(ApiToken.objects.order_by("name"))] * 4
