"""Each incident has a cause that can be found: who edited which rule group, and when."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from logsync.simulator.company.account import Account
from logsync.simulator.company.company import Person
from logsync.simulator.nanoseconds import MINUTE, SECOND, at, day_of
from logsync.simulator.policies.catalogue import SECURITY_TEAM, under_review, users_at
from logsync.simulator.policies.edits import REVIEWED_AT
from logsync.simulator.policies.policies import Configuration
from logsync.simulator.story.facts import Incident
from tests.logsync.simulator.policies.evaluator import Judge, Login
from tests.logsync.simulator.reader import NOW

DAYS = [NOW.date() - timedelta(days=age) for age in range(5)]


@pytest.fixture(scope="module")
def account() -> Account:
    return Simulator(clock=lambda: NOW).accounts[0]


def group_named(configuration: Configuration, name: str) -> dict[str, object]:
    return next(group for group in configuration.groups.values() if group["name"] == name)


def policy_named(configuration: Configuration, name: str) -> dict[str, Any]:
    return next(policy for policy in configuration.policies.values() if policy["name"] == name)


def is_in(account: Account, incident: Incident, person: Person, moment: int) -> bool | None:
    """Whether the person meets the rule group of those who may use the incident's application."""
    now, brought = account.policies.at(moment), account.policies.brought
    groups = brought.groups(person, person.connection, moment)
    login = Login(
        person.email,
        person.ip_address,
        person.country,
        person.provider.id,
        frozenset(name for group in groups for name in (group.name, group.idp_resource_id)),
        brought.claims(person, person.connection),
    )
    way = "Payroll from the office" if incident.app.name == "Payroll" else f"{incident.app.name}: staff"
    [rule] = policy_named(now, f"{way} at {person.provider.name}")["include"]
    return Judge(now.groups, lambda list_id: ()).holds(rule, login)


@pytest.mark.parametrize("day", DAYS)
def test_edit_locks_out_affected_people_only(account: Account, day: date) -> None:
    incident = account.story.incident(day)
    before, after = at(day_of(day), "08:58") - SECOND, at(day_of(day), "08:58")
    assert all(is_in(account, incident, person, before) for person in incident.affected)
    assert not any(is_in(account, incident, person, after) for person in incident.affected)
    pilots = account.policies.edits.pilots(incident)
    assert len(pilots) >= 2
    assert all(is_in(account, incident, person, after) for person in pilots)
    assert all(is_in(account, incident, person, incident.until) for person in incident.affected)


@pytest.mark.parametrize("day", DAYS)
def test_edit_is_undone_when_incident_ends(account: Account, day: date) -> None:
    incident = account.story.incident(day)
    name = users_at(incident.app.name, account.company.provider(incident.connection))
    forms = [
        group_named(account.policies.at(moment), name)
        for moment in (at(day_of(day), "08:57"), incident.since, incident.until)
    ]
    rules = [json.dumps(form["include"]) for form in forms]
    assert rules[0] == rules[2] != rules[1]
    assert [str(form["updated_at"])[11:] for form in forms[1:]] == ["08:58:00Z", "11:40:00Z"]
    assert str(forms[0]["updated_at"]) < day.isoformat()


@pytest.mark.parametrize("day", DAYS)
def test_locked_out_people_are_under_review(account: Account, day: date) -> None:
    incident = account.story.incident(day)

    def named(moment: int) -> str:
        return json.dumps(policy_named(account.policies.at(moment), under_review(incident.app.name))["include"])

    for person in incident.locked_out:
        assert person.email not in named(incident.since)
        assert person.email in named(at(day_of(day), REVIEWED_AT))
        assert person.email in named(incident.locked_until - 1)
        assert person.email not in named(incident.locked_until)


def test_only_security_team_edits_anything(account: Account) -> None:
    edits = [edit for day in DAYS for edit in account.policies.edits.on(day_of(day))]
    assert {edit.actor.email for edit in edits} <= {account.company.email(name) for name in SECURITY_TEAM}
    assert all(account.story.is_active(edit.actor, edit.at) for edit in edits)
    assert len({edit.name for edit in edits}) >= 15


def test_restart_changes_nothing_in_force(account: Account) -> None:
    again = Simulator(clock=lambda: NOW + timedelta(days=9)).accounts[0]
    for hours in range(0, 100, 7):
        moment = at(day_of(NOW.date()), "14:00") - hours * 60 * MINUTE
        assert again.policies.at(moment) == account.policies.at(moment)
        assert again.policies.lists(moment) == account.policies.lists(moment)
