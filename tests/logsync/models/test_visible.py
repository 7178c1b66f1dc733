"""Every table of logsync shows only what may be seen, or is here with the reason why it need not."""

from __future__ import annotations

import pytest
from django.apps import apps

from logsync.models import Account, ApiToken, Installation
from logsync.models.erased import ErasedIdentity
from logsync.models.sight import Sight, seeing
from logsync.models.visible import VisibleManager

FOR_ALL = {
    ApiToken: "no page lists tokens; they are reached through streams",
    Installation: "one row about Gatehouse as a whole",
    ErasedIdentity: "hashes that name nobody",
}
MODELS = [model for model in apps.get_app_config("logsync").get_models() if model not in FOR_ALL]


class OfAccount(Sight):
    def __init__(self, pk):
        self.pk = pk

    @property
    def accounts(self):
        return frozenset({self.pk})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_is_limited(model, db):
    assert isinstance(model._default_manager, VisibleManager)
    assert not isinstance(model._base_manager, VisibleManager)
    with seeing(OfAccount(7)):
        assert '"account_id" IN (7)' in str(model._default_manager.all().query) or model is Account
        assert not model._default_manager.exists()


def test_account_is_limited_itself(account, other):
    with seeing(OfAccount(account.pk)):
        assert list(Account.objects.all()) == [account]


@pytest.fixture
def other(db):
    return Account.objects.create(account_id="f" * 32)


def test_rows_of_others_are_hidden_from_relations(account, other, make_login):
    make_login()
    make_login(account=other)
    with seeing(OfAccount(account.pk)):
        assert other.access_requests.count() == 0
        assert account.access_requests.count() == 1
