"""The lookups: accounts, applications, identity providers, users and groups."""

from datetime import timedelta

import pytest

from logsync.simulator import Simulator
from tests.logsync.simulator.reader import NOW, Reader


def test_the_one_account_is_meridian(reader: Reader) -> None:
    [account] = reader.get("/accounts").json()["result"]
    assert (account["name"], account["type"]) == ("Meridian", "standard")
    assert len(account["id"]) == 32
    assert reader.get("/accounts", name="Elsewhere").json()["result"] == []


@pytest.mark.parametrize(("per_page", "status"), [(4, 400), (5, 200), (50, 200), (51, 400)])
def test_accounts_have_own_page_sizes(reader: Reader, per_page: int, status: int) -> None:
    assert reader.get("/accounts", per_page=per_page).status_code == status


def test_only_worker_application_lacks_host(reader: Reader) -> None:
    apps = reader.access("apps").json()["result"]
    assert len(apps) == 17
    assert [app["name"] for app in apps if "domain" not in app] == ["Status page"]
    assert {len(app["aud"]) for app in apps} == {64}
    assert {app["type"] for app in apps} == {"self_hosted", "saas", "ssh", "vnc"}
    [found] = reader.access("apps", name="Graf").json()["result"]
    assert found["domain"] == "grafana.meridian.example"


def test_lists_are_paged_with_total(reader: Reader) -> None:
    answers = [reader.access("users", per_page=50, page=page).json() for page in (1, 2, 3)]
    assert [len(answer["result"]) for answer in answers] == [50, 11, 0]
    assert answers[1]["result_info"] == {"page": 2, "per_page": 50, "count": 11, "total_count": 61}
    assert reader.access("users", per_page=51).json()["code"] == 12091


def test_two_of_three_providers_use_scim(reader: Reader) -> None:
    everyone = reader.access("identity_providers").json()["result"]
    with_scim = reader.access("identity_providers", scim_enabled="true").json()["result"]
    assert [idp["type"] for idp in everyone] == ["okta", "azureAD", "onetimepin"]
    assert [idp["type"] for idp in with_scim] == ["okta", "azureAD"]


@pytest.mark.parametrize(("list_", "code"), [("apps", 11021), ("identity_providers", 12135)])
def test_names_are_found_by_id(reader: Reader, list_: str, code: int) -> None:
    for row in reader.access(list_).json()["result"]:
        assert reader.access(f"{list_}/{row['id']}").json()["result"] == row
    unknown = reader.access(f"{list_}/00000000-0000-4000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (404, code)


def test_identity_providers_carry_secrets(reader: Reader) -> None:
    for idp in reader.access("identity_providers", scim_enabled="true").json()["result"]:
        assert len(idp["config"]["client_secret"]) == 64
        assert len(idp["scim_config"]["secret"]) == 64
        assert isinstance(idp["scim_config"]["user_deprovision"], bool)
        assert idp["scim_config"]["identity_update_behavior"] in ("automatic", "reauth", "no_action")


def test_scim_resources_belong_to_provider(reader: Reader) -> None:
    company = reader.company
    for idp in company.identity_providers[:2]:
        users = reader.access(f"identity_providers/{idp.id}/scim/users").json()["result"]
        groups = reader.access(f"identity_providers/{idp.id}/scim/groups").json()["result"]
        assert [user["emails"][0]["value"] for user in users] == [person.email for person in company.people_of(idp)]
        assert [group["displayName"] for group in groups] == [group.name for group in company.groups_of(idp)]


def test_deprovisioned_user_is_inactive(reader: Reader) -> None:
    person = reader.story.deprovisioning(NOW.date()).person

    def is_active(hours: int) -> bool:
        then = Reader(Simulator(clock=lambda: NOW + timedelta(hours=hours)))
        users = then.access(f"identity_providers/{person.provider.id}/scim/users").json()
        return next(bool(user["active"]) for user in users["result"] if user["id"] == person.cf_resource_id)

    assert [is_active(hours) for hours in (-2, 0, 12, 18)] == [True, False, False, True]
