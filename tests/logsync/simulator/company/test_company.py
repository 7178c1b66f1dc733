from collections import Counter

from logsync.simulator.company.company import ENTRA, OKTA, ONE_TIME_PIN, Company, Group, Person, plain
from logsync.simulator.story.story import DUPLICATES

company = Company("meridian")


def test_people_have_own_addresses_and_countries() -> None:
    assert len({person.email for person in company.people}) == len(company.people) == 61
    assert len({person.country for person in company.people}) > 25
    assert all(person.email.endswith("@meridian.example") for person in company.people)
    assert {company.email(name) for name in DUPLICATES} <= set(company.person_by_email)


def test_names_are_spelled_plainly_in_addresses() -> None:
    assert [plain(name) for name in ("Łukasz", "Søren", "Elif", "Yılmaz", "Trần", "de Vries", "El-Amin")] == [
        "lukasz",
        "soren",
        "elif",
        "yilmaz",
        "tran",
        "devries",
        "el-amin",
    ]


def test_okta_is_commonest_then_entra() -> None:
    connections = Counter(person.connection for person in company.people)
    assert [connection for connection, _ in connections.most_common()] == [OKTA, ENTRA, ONE_TIME_PIN]


def test_only_contractors_are_outside_payroll() -> None:
    outside = {person.team for person in company.people if not company.application("Payroll").admits(person)}
    assert outside == {"contractor"}


def test_identifiers_are_unique_and_seeded() -> None:
    def identifiers(company: Company) -> list[str]:
        things: list[Person | Group] = [*company.people, *company.groups]
        return [
            company.account_id,
            *(person.user_id for person in company.people),
            *(app.app_uid for app in company.applications),
            *(idp.id for idp in company.identity_providers),
            *(id_ for thing in things for id_ in (thing.cf_resource_id, thing.idp_resource_id)),
        ]

    mine = identifiers(company)
    assert len(set(mine)) == len(mine)
    assert mine == identifiers(Company("meridian"))
    assert not set(mine) & set(identifiers(Company("another")))
