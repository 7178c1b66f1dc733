"""The policies of a moment let in whom the log says they let in, and nobody else."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest

from logsync.simulator import Simulator
from logsync.simulator.company.account import Account
from logsync.simulator.company.company import ONE_TIME_PIN, Person
from logsync.simulator.nanoseconds import DAY, at, from_datetime, parse
from logsync.simulator.policies.edits import EDITED_AT
from tests.logsync.simulator.policies.evaluator import Json, Judge, Login
from tests.logsync.simulator.reader import NOW, Reader, Row

DAYS = timedelta(days=12)
SIMULATOR = Simulator(clock=lambda: NOW, lateness=None, logins_per_day=450, accounts=2, providers=5)


@dataclass
class Witness:
    """Judges the rows of an account by its policies. `results` are all that the policies leave open."""

    account: Account

    def results(self, row: Row, unseen: bool | None = None) -> set[bool]:
        moment = parse(row["created_at"])[0]
        now = self.account.policies.at(moment)
        policies: list[Json] = [*now.policies_of(row["app_uid"])]
        judge = Judge(now.groups, lambda list_id: self.items_of(list_id, moment), unseen)
        return judge.results(policies, self.login(row, moment))

    def items_of(self, list_id: str, moment: int) -> tuple[str, ...]:
        lists = self.account.policies.lists(moment)
        return next(one.items for one in lists if one.id == list_id)

    def person(self, row: Row) -> Person | None:
        return self.account.company.person_by_email.get(row["user_email"])

    def login(self, row: Row, moment: int) -> Login:
        person, connection = self.person(row), row["connection"]
        if person is None:
            provider_id = self.account.company.provider(ONE_TIME_PIN).id if row["user_email"] else ""
            return Login(row["user_email"], row["ip_address"], row["country"], provider_id, frozenset(), {})
        brought = self.account.policies.brought
        groups = brought.groups(person, connection, moment)
        by_pin = connection == ONE_TIME_PIN
        return Login(
            email=person.email,
            address=row["ip_address"],
            country=person.country,
            provider_id=self.account.company.provider(ONE_TIME_PIN).id if by_pin else person.provider.id,
            groups=frozenset(name for group in groups for name in (group.name, group.idp_resource_id)),
            claims=brought.claims(person, connection),
        )

    def is_settling(self, row: Row) -> bool:
        """Whether an edit that leads to an incident was just made, and has not reached all logins yet."""
        moment = parse(row["created_at"])[0]
        incident = self.account.story.incident(NOW.date() + timedelta(days=moment // DAY - from_datetime(NOW) // DAY))
        edited = at(moment // DAY, EDITED_AT)
        return row["app_uid"] == incident.app.app_uid and edited <= moment < incident.since


@pytest.fixture(scope="module", params=[0, 1], ids=["Meridian", "Meridian Labs"])
def judged(request: pytest.FixtureRequest) -> tuple[Witness, list[Row]]:
    account = SIMULATOR.accounts[request.param]
    rows = Reader(SIMULATOR, account=account).logins(NOW - DAYS, NOW)
    return Witness(account), [row for row in rows if "allowed" in row]


def test_policies_agree_with_every_login(judged: tuple[Witness, list[Row]]) -> None:
    witness, rows = judged
    wrong = [row for row in rows if row["allowed"] not in witness.results(row)]
    settling = [row for row in wrong if witness.is_settling(row)]
    assert [row for row in wrong if row not in settling] == []
    assert len(settling) < 12
    assert all(row["allowed"] for row in settling)


def test_policies_admit_whoever_passes_checks(judged: tuple[Witness, list[Row]]) -> None:
    witness, rows = judged
    assert all(
        witness.results(row, unseen=True) == {True} for row in rows if row["allowed"] and not witness.is_settling(row)
    )


def test_few_denials_rest_on_what_is_unseen(judged: tuple[Witness, list[Row]]) -> None:
    witness, rows = judged
    denied = [row for row in rows if not row["allowed"]]
    left_open = [row for row in denied if witness.results(row) != {False}]
    where = Counter(row.get("app_name") for row in left_open if row["user_email"])
    assert {*where} - {None} == {"Grafana", "Jira", "GitLab", "Confluence"}
    assert len(left_open) < 0.035 * len(rows)
    assert len(denied) - len(left_open) > 300
