"""Which token reads which account; the token itself is never kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.tokens import account_ids_of, api_tokens
from logsync.models import Account, ApiToken, Installation
from tests.logsync.ingest.workers import at_once, only_on_postgresql

pytestmark = pytest.mark.django_db


# Which tokens there are


def test_a_token_is_kept_nowhere(token):
    assert "the-secret" not in str(ApiToken.objects.values())
    assert (token.name, token.is_active, str(token)) == ("", True, "the API token")


def test_a_token_is_known_again_by_its_fingerprint(token, settings):
    assert api_tokens() == [token]
    settings.CLOUDFLARE_API_TOKENS = {"": "another-secret"}
    assert api_tokens() != [token]


def test_no_two_installations_give_a_token_the_same_fingerprint(token):
    Installation.objects.update(identity_key=bytes(32))
    assert api_tokens()[0].fingerprint != token.fingerprint


def test_a_token_that_was_taken_away_is_no_longer_in_use_until_it_is_given_again(given_tokens):
    one, two = given_tokens(a1="one", a2="two")
    given_tokens(a2="two")
    assert list(ApiToken.objects.filter(is_active=True)) == [two]
    assert given_tokens(a1="one", a2="two") == [one, two]
    assert ApiToken.objects.filter(is_active=True).count() == 2


def test_what_is_known_of_a_token_survives_a_new_start(connections, token, now):
    connections.gate(token).block(100)
    assert api_tokens()[0].blocked_until == now + timedelta(seconds=100)


def test_a_token_goes_by_the_account_that_it_was_given_for(given_tokens):
    assert list(map(str, given_tokens(a1="one", a2="two"))) == ["the API token of a1", "the API token of a2"]


def test_a_token_that_was_given_for_two_accounts_is_one(given_tokens):
    both, other = given_tokens(a1="both", a2="other", a3="both")
    assert (both.name, account_ids_of(both), account_ids_of(other)) == ("a1", ["a1", "a3"], ["a2"])
    assert ApiToken.objects.count() == 2


def test_a_token_for_all_accounts_was_given_for_none(token):
    assert account_ids_of(token) == []


# Clients


def test_each_account_is_asked_about_with_the_token_that_reads_it(connections, given_tokens, cloudflare_says):
    for row in given_tokens(a1="one", a2="two"):
        account = Account.objects.create(account_id=row.name, api_token=row)
        with connections.connect_to(account) as client:
            client.applications()
            assert client.account_id == row.name
    assert cloudflare_says.calls == {"one": 1, "two": 1}


def test_there_is_no_client_of_a_token_that_was_taken_away(connections, given_tokens):
    [one] = given_tokens(a1="one")
    given_tokens(a2="two")
    with pytest.raises(LookupError):
        connections.connect(one)


def test_there_is_no_client_of_an_account_that_no_token_reads(connections, account):
    with pytest.raises(LookupError, match="No API token reads Meridian"):
        connections.connect_to(account)


def test_all_clients_share_one_clock(connections, token, cloudflare_says, now):
    cloudflare_says.headers = {"Date": "Thu, 19 Nov 2026 14:07:12 GMT"}
    with connections.connect(token) as client, connections.connect(token) as other:
        client.accounts()
        assert other.clock.offset == connections.clock.offset == timedelta(minutes=1)


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_that_start_at_once_agree_on_the_rows(settings):
    settings.CLOUDFLARE_API_TOKENS = {"a1": "one", "a2": "two"}
    found = at_once(*[api_tokens] * 4)
    assert ApiToken.objects.count() == 2
    assert found == [list(ApiToken.objects.order_by("name"))] * 4
