"""Names, and what stands for them where there is none."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from logsync.models import Account, Application, IdentityProvider


@pytest.mark.parametrize(("name", "shown"), [("Meridian", "Meridian"), ("", "0123")])
def test_what_has_no_name_goes_by_its_id(name, shown):
    assert str(Account(account_id="0123", name=name)) == shown
    assert str(IdentityProvider(idp_id="0123", name=name)) == shown
    assert str(Application(app_uid="0123", name=name)) == shown


def test_an_account_is_there_once(account):
    with pytest.raises(IntegrityError):
        Account.objects.create(account_id=account.account_id)


@pytest.mark.parametrize(("kind", "name"), [(IdentityProvider, "idp_id"), (Application, "app_uid")])
def test_a_name_is_there_once_in_its_account(account, kind, name):
    kind.objects.create(account=account, **{name: "1"})
    kind.objects.create(account=Account.objects.create(account_id="another"), **{name: "1"})
    with pytest.raises(IntegrityError):
        kind.objects.create(account=account, **{name: "1"})


def test_no_column_is_there_for_a_secret():
    columns = {field.name for field in IdentityProvider._meta.get_fields()}
    assert columns.isdisjoint({"config", "scim_config", "secret", "client_secret", "scim_base_url"})
