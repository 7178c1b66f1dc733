"""Further accounts, each a company of its own, and further identity providers of one account."""

from collections import Counter
from datetime import timedelta

import pytest

from logsync.simulator import Simulator
from logsync.simulator.company.company import ENTRA, OKTA, IdentityProvider
from logsync.simulator.logs.scim import Resource
from tests.logsync.simulator.reader import NOW, Reader, Row

DAY = timedelta(days=1)
SIX_ACCOUNTS = Simulator(clock=lambda: NOW, lateness=None, accounts=6)


@pytest.fixture(scope="module")
def meridian() -> Reader:
    """Meridian with two of the usual identity providers, and three of divisions."""
    return Reader(Simulator(clock=lambda: NOW, lateness=None, providers=5))


@pytest.fixture(scope="module")
def updates(meridian: Reader) -> list[Row]:
    """Ten days of all providers."""
    return meridian.scim(NOW - 10 * DAY, NOW)


def readers() -> list[Reader]:
    return [Reader(SIX_ACCOUNTS, account=account) for account in SIX_ACCOUNTS.accounts]


def divisions(reader: Reader) -> list[IdentityProvider]:
    return [idp for idp in reader.company.identity_providers if idp.has_scim][2:]


def resources(reader: Reader) -> list[Resource]:
    return [*reader.company.people, *reader.company.groups]


def test_all_accounts_are_listed_in_pages() -> None:
    reader = Reader(SIX_ACCOUNTS)
    first, second, third = (reader.get("/accounts", per_page=5, page=page).json() for page in (1, 2, 3))
    assert [account["name"] for account in first["result"] + second["result"]] == [
        "Meridian",
        "Meridian Labs",
        "Meridian Retail",
        "Meridian Health",
        "Meridian Energy",
        "Meridian Logistics",
    ]
    assert second["result_info"] == {"page": 2, "per_page": 5, "count": 1, "total_count": 6}
    assert third["result"] == []
    [labs] = reader.get("/accounts", name="Labs").json()["result"]
    assert labs["id"] == SIX_ACCOUNTS.accounts[1].id


def test_repeated_account_names_are_numbered() -> None:
    names = [account.company.name for account in Simulator(accounts=20).accounts]
    assert names[9:12] == ["Meridian Air", "Meridian Labs 2", "Meridian Retail 2"]
    assert len(set(names)) == 20


def test_accounts_share_no_people_or_logs() -> None:
    emails = [{user["email"] for user in reader.access("users", per_page=100).json()["result"]} for reader in readers()]
    rays = [{row["ray_id"] for row in reader.logins(NOW - DAY / 24, NOW)} for reader in readers()]
    resources = [{row.get("cf_resource_id") for row in reader.scim(NOW - DAY, NOW)} - {None} for reader in readers()]
    for of_accounts in (emails, rays, resources):
        assert all(of_accounts)
        assert max(Counter(value for values in of_accounts for value in values).values()) == 1


def test_provider_is_unknown_to_other_accounts() -> None:
    meridian, labs, *_ = readers()
    assert labs.scim(NOW - DAY, NOW, idp_id=meridian.idp_ids) == []
    assert labs.access(f"identity_providers/{meridian.idp_ids[0]}/scim/users").json()["result"] == []


def test_sister_account_uses_own_domain() -> None:
    labs = readers()[1]
    text = labs.logins_page(per_page=1000).text + labs.scim_page(per_page=1000).text + labs.access("apps").text
    assert "meridian-labs.example" in text
    assert "meridian.example" not in text


def test_first_account_stays_same_among_many() -> None:
    alone, among_many = Reader(Simulator(clock=lambda: NOW, lateness=None)), readers()[0]
    assert among_many.company.account_id == alone.company.account_id
    assert among_many.logins_page(per_page=1000).json() == alone.logins_page(per_page=1000).json()
    assert among_many.scim_page(per_page=1000).json()["result"] == alone.scim_page(per_page=1000).json()["result"]


def test_seed_determines_each_account() -> None:
    same = Reader(SIX_ACCOUNTS, account=SIX_ACCOUNTS.accounts[2])
    fewer = Simulator(clock=lambda: NOW, lateness=None, accounts=3)
    assert Reader(fewer, account=fewer.accounts[2]).logins_page().json() == same.logins_page().json()


def test_unknown_account_is_refused() -> None:
    answer = Reader(SIX_ACCOUNTS).get(f"/accounts/{'0' * 32}/access/logs/access_requests")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 10000)


def test_token_has_same_id_everywhere() -> None:
    paths = ["/user/tokens/verify", *(f"/accounts/{account.id}/tokens/verify" for account in SIX_ACCOUNTS.accounts)]
    assert len({Reader(SIX_ACCOUNTS).get(path).json()["result"]["id"] for path in paths}) == 1


def test_division_providers_alternate_okta_and_entra(meridian: Reader) -> None:
    providers = meridian.access("identity_providers", scim_enabled="true").json()["result"]
    assert [(idp["name"], idp["type"]) for idp in providers] == [
        ("Okta", OKTA),
        ("Entra ID", ENTRA),
        ("Okta Contractors", OKTA),
        ("Entra B2B", ENTRA),
        ("Okta Retail", OKTA),
    ]
    for secret in ("id", "config", "scim_config"):
        assert len({str(idp[secret]) for idp in providers}) == 5


@pytest.mark.parametrize(("providers", "names"), [(0, []), (1, ["Okta"]), (2, ["Okta", "Entra ID"])])
def test_number_of_scim_providers_is_configurable(providers: int, names: list[str]) -> None:
    reader = Reader(Simulator(clock=lambda: NOW, lateness=None, providers=providers))
    pushing = reader.access("identity_providers", scim_enabled="true").json()["result"]
    assert [idp["name"] for idp in pushing] == names
    everyone = [idp.id for idp in reader.company.identity_providers]
    assert len({row["idp_id"] for row in reader.scim(NOW - DAY, NOW, idp_id=everyone)}) == providers


def test_everybody_has_own_address_and_ids(meridian: Reader) -> None:
    people = meridian.company.people
    assert len(people) > 90
    for ids in (
        [person.email for person in people],
        [person.user_id for person in people],
        [resource.cf_resource_id for resource in resources(meridian)],
        [resource.idp_resource_id for resource in resources(meridian)],
    ):
        assert len(set(ids)) == len(ids)


def test_directory_lists_divisions_people_and_groups(meridian: Reader) -> None:
    listed = {
        user["email"] for page in (1, 2) for user in meridian.access("users", per_page=50, page=page).json()["result"]
    }
    for idp in divisions(meridian):
        users = meridian.access(f"identity_providers/{idp.id}/scim/users").json()["result"]
        groups = meridian.access(f"identity_providers/{idp.id}/scim/groups").json()["result"]
        assert len(users) == 12
        assert {user["emails"][0]["value"] for user in users} <= listed
        assert [group["displayName"] for group in groups][-1].endswith("-everybody")


def test_people_of_division_log_in(meridian: Reader) -> None:
    rows = meridian.logins(NOW - DAY, NOW)
    for idp in divisions(meridian):
        emails = {person.email for person in meridian.company.people_of(idp)}
        theirs = [row for row in rows if row["user_email"] in emails]
        assert len({row["user_email"] for row in theirs}) > 6
        assert {row["connection"] for row in theirs} <= {idp.type, "onetimepin"}
        assert any(row.get("allowed") for row in theirs)


def test_each_provider_writes_own_log(meridian: Reader, updates: list[Row]) -> None:
    known = {
        idp.id: {thing.cf_resource_id for thing in resources(meridian) if thing.provider is idp}
        for idp in divisions(meridian)
    }
    for idp in divisions(meridian):
        rows = [row for row in updates if row["idp_id"] == idp.id]
        ids = {row["cf_resource_id"] for row in rows if "cf_resource_id" in row}
        others = set().union(*(known[id_] for id_ in known if id_ != idp.id))
        assert ids & known[idp.id]
        assert not ids & others
        assert {len(row["idp_resource_id"]) for row in rows} == {20 if idp.type == OKTA else 36}
        assert ('"op":"Add"' in str(rows), '"op":"add"' in str(rows)) == (idp.type == ENTRA, idp.type == OKTA)
        assert {row["status"] for row in rows} == {"SUCCESS", "FAILURE"}


def test_providers_share_daily_updates_evenly(meridian: Reader, updates: list[Row]) -> None:
    rows = Counter(row["idp_id"] for row in updates)
    for idp in divisions(meridian):
        assert rows[idp.id] / 10 == pytest.approx(80, rel=0.2)


def test_story_errors_stay_with_their_provider(meridian: Reader, updates: list[Row]) -> None:
    def where(error: str) -> set[str]:
        return {row["idp_id"] for row in updates if error in row.get("error_description", "")}

    assert where("member not found") == {meridian.company.provider(OKTA).id}
    assert where("already exists") == {meridian.company.provider(ENTRA).id}


def test_rows_of_all_providers_differ(updates: list[Row]) -> None:
    assert max(Counter(tuple(sorted(row.items())) for row in updates).values()) == 1


def test_added_provider_changes_no_division(meridian: Reader) -> None:
    more = Simulator(providers=8).company
    for idp in divisions(meridian):
        [same] = [provider for provider in more.identity_providers if provider.id == idp.id]
        assert [person.email for person in more.people_of(same)] == [
            person.email for person in meridian.company.people_of(idp)
        ]


@pytest.mark.parametrize("providers", range(3, 11))
def test_every_provider_gets_deprovisionings(providers: int) -> None:
    account = Simulator(providers=providers).accounts[0]
    switched_off = {account.story.deprovisioning(NOW.date() + age * DAY).person for age in range(150)}
    for idp in account.company.identity_providers[:-1]:
        assert switched_off & set(account.company.people_of(idp))
