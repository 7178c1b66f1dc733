"""Names, and what stands for them where there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from logsync.models import Account, ApiToken, Application, IdentityProvider
from logsync.models.directory import LONGEST_BLOCK


@pytest.mark.parametrize(("name", "shown"), [("Meridian", "Meridian"), ("", "0123")])
def test_unnamed_objects_show_their_id(name, shown):
    assert str(Account(account_id="0123", name=name)) == shown
    assert str(IdentityProvider(idp_id="0123", name=name)) == shown
    assert str(Application(app_uid="0123", name=name)) == shown


@pytest.fixture
def azures(account):
    """Three providers of one name, two of them in one account."""
    other = Account.objects.create(account_id="another", name="Other")
    for owner, idp_id in ((account, "1c1f0f5a-1111"), (account, "9e9f0f5a-3333"), (other, "1c1f0f5a-1111")):
        IdentityProvider.objects.create(account=owner, idp_id=idp_id, name="Azure AD")
    IdentityProvider.objects.create(account=other, idp_id="5a5a", name="Okta")
    return account, other


def test_equal_providers_are_told_apart(azures):
    one, other = azures
    assert IdentityProvider.objects.names() == {
        (one.pk, "1c1f0f5a-1111"): "Azure AD (Meridian, 1c1f0f5a)",
        (one.pk, "9e9f0f5a-3333"): "Azure AD (Meridian, 9e9f0f5a)",
        (other.pk, "1c1f0f5a-1111"): "Azure AD (Other, 1c1f0f5a)",
        (other.pk, "5a5a"): "Okta",
    }


def test_account_is_not_named_twice(azures):
    one, other = azures
    assert IdentityProvider.objects.names_beside_account() == {
        (one.pk, "1c1f0f5a-1111"): "Azure AD (1c1f0f5a)",
        (one.pk, "9e9f0f5a-3333"): "Azure AD (9e9f0f5a)",
        (other.pk, "1c1f0f5a-1111"): "Azure AD",
        (other.pk, "5a5a"): "Okta",
    }


def test_equal_names_follow_renaming(azures):
    account, _ = azures
    IdentityProvider.objects.filter(account=account).update(name="")
    IdentityProvider.objects.tell_apart()
    assert set(IdentityProvider.objects.names().values()) == {"1c1f0f5a-1111", "9e9f0f5a-3333", "Azure AD", "Okta"}


def test_account_id_is_unique(account):
    with pytest.raises(IntegrityError):
        Account.objects.create(account_id=account.account_id)


@pytest.mark.parametrize(("kind", "name"), [(IdentityProvider, "idp_id"), (Application, "app_uid")])
def test_name_is_unique_within_account(account, kind, name):
    kind.objects.create(account=account, **{name: "1"})
    kind.objects.create(account=Account.objects.create(account_id="another"), **{name: "1"})
    with pytest.raises(IntegrityError):
        kind.objects.create(account=account, **{name: "1"})


def test_no_column_holds_secret():
    columns = {field.name for field in IdentityProvider._meta.get_fields()}
    assert columns.isdisjoint({"config", "scim_config", "secret", "client_secret", "scim_base_url"})
    assert {field.name for field in ApiToken._meta.get_fields()}.isdisjoint({"token", "secret", "value"})


def test_token_is_named_after_its_account():
    assert (str(ApiToken()), str(ApiToken(name="a1"))) == ("the API token", "the API token of a1")


@pytest.mark.parametrize(
    ("seconds", "is_blocked"),
    [(None, False), (-1, False), (0, False), (1, True), (300, True), (360, True), (361, False), (10**6, False)],
)
def test_expired_or_overlong_block_is_ignored(db, now, seconds, is_blocked):
    until = None if seconds is None else now + timedelta(seconds=seconds)
    token = ApiToken.objects.create(fingerprint="f", blocked_until=until)
    account = Account.objects.create(account_id="a1", api_token=token)
    assert timedelta(seconds=360) == LONGEST_BLOCK
    assert ApiToken.objects.filter(ApiToken.blocked(now)).exists() is is_blocked
    found = Account.objects.filter(ApiToken.blocked(now, "api_token__"))
    assert list(found) == ([account] if is_blocked else [])


def test_an_account_outlives_its_token(db):
    token = ApiToken.objects.create(fingerprint="f")
    Account.objects.create(account_id="a1", api_token=token)
    token.delete()
    assert Account.objects.get().api_token is None
