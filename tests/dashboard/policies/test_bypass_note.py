"""Where an app lets requests bypass Access, a list without rows proves nothing, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.dashboard.policies.conftest import GRAFANA, HEALTH, STAFF
from tests.dashboard.reading import page_of

NOTE = "The policy “Health checks” lets requests bypass Access."
pytestmark = pytest.mark.usefixtures("all_logins_known")


@pytest.fixture
def text(signed_in):
    return lambda path: page_of(signed_in.get(path)).text


@pytest.mark.parametrize(("policies", "is_said"), [((HEALTH, STAFF), True), ((STAFF,), False)])
def test_empty_list_proves_nothing(policies, is_said, account, read_policies, text):
    read_policies(*policies)
    for path in ("/logins/", "/logins/by-app/app/"):
        found = text(f"{path}?app_uid={GRAFANA}&account={account.account_id}")
        assert (NOTE in found) is is_said
        assert ("So there were none." in found) is not is_said


def test_app_page_with_denials_says_it_too(account, read_policies, make_login, text):
    read_policies(HEALTH)
    make_login(created_at=NOW - timedelta(hours=1))
    assert NOTE in text(f"/logins/by-app/app/?app_uid={GRAFANA}&account={account.account_id}")


def test_list_of_several_apps_says_nothing(read_policies, text):
    read_policies(HEALTH)
    assert NOTE not in text("/logins/?country=XX")
    assert NOTE not in text(f"/logins/?country=XX&app_uid={GRAFANA}&app_uid=other")
