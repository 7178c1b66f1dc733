"""What the connection of a login is called."""

from __future__ import annotations

import pytest

from logsync.insight.connection_names import ConnectionNames, connection_names
from logsync.models import Account, IdentityProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(account):
    def provider(idp_id, type, name, account=account):
        return IdentityProvider.objects.create(account=account, idp_id=idp_id, type=type, name=name)

    return provider


@pytest.fixture
def other_account():
    return Account.objects.create(account_id="other", name="Other")


def test_only_provider_of_type_gives_name(account, provider):
    provider("1", "okta", "Meridian SSO")
    provider("2", "onetimepin", "")
    names = connection_names()
    assert names.name("okta", account.pk) == names.name("okta") == "Meridian SSO"
    assert names.name("onetimepin", account.pk) == names.name("onetimepin") == "One-time PIN"
    assert names.within(account.pk).name("okta") == "Meridian SSO"


def test_two_of_type_are_called_product(account, provider):
    provider("1", "azureAD", "Entra North")
    provider("2", "azureAD", "Entra South")
    names = connection_names()
    assert names.name("azureAD", account.pk) == names.name("azureAD") == "Microsoft Entra ID"


def test_vanished_provider_still_counts(account, provider, now):
    provider("1", "okta", "Okta")
    old = provider("2", "okta", "Old Okta")
    old.vanished_at = now
    old.save()
    assert connection_names().name("okta", account.pk) == "Okta"
    assert "okta" not in {type for _, type in connection_names().providers}


def test_unlistable_providers_give_no_name(account, provider):
    provider("1", "okta", "Meridian SSO")
    account.providers_error = "403"
    account.save()
    names = connection_names()
    assert names.name("okta", account.pk) == names.name("okta") == "Okta"


def test_accounts_keep_their_own_names(account, other_account, provider):
    provider("1", "okta", "North SSO")
    provider("2", "okta", "South SSO", other_account)
    names = connection_names()
    assert (names.name("okta", account.pk), names.name("okta", other_account.pk)) == ("North SSO", "South SSO")
    assert names.name("okta") == "Okta"
    assert names.within(other_account.pk).name("okta") == "South SSO"


def test_unknown_connection_stays_as_is(account):
    names = connection_names()
    assert names == ConnectionNames()
    assert [names.name(word, account.pk) for word in ("", "okta-eu", "nonidentity")] == [
        "",
        "okta-eu",
        "Service token or no identity",
    ]


def test_names_need_one_query(account, provider, django_assert_num_queries):
    for number in range(5):
        provider(str(number), "okta", f"Okta {number}")
    with django_assert_num_queries(1):
        connection_names()
