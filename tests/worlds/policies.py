"""What the applications of a world ask of a login, how that changed, and what Cloudflare last saw of people.

What is true of a denied login is worked out here in the plainest way, and shares nothing with the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.worlds.making import ADDRESSES, CROWD, JOINED, PEOPLE, user_id
from tests.worlds.world import Row, World

OKTA = "okta-of-the-world"
GROUPS = ("staff", "engineers", "wiki-users")
READ_SINCE = timedelta(days=40)
Rule = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """What something was, as it was read from the one time to the other."""

    since: datetime
    until: datetime
    content: dict[str, Any]


@dataclass
class Thing:
    """A policy or a rule group, with its forms, the oldest first."""

    id: str
    forms: list[Form]

    def at(self, moment: datetime | None) -> dict[str, Any]:
        """Its form at a moment: the last that was read by then, or else the first; the newest without a moment."""
        begun = [form for form in self.forms if moment is None or form.since <= moment]
        return (begun or self.forms[:1])[-1].content


@dataclass
class Setup:
    """The policies of the applications of an account, its rule groups, and what was seen of its people.

    `apps` has the ids of the policies of each application by its `app_uid`, in their order; one that was never read is
    not in it. `seen` has, by the id of a user, when an identity was seen, and the groups in it, None for none.
    """

    apps: dict[str, list[str]] = field(default_factory=dict)
    policies: dict[str, Thing] = field(default_factory=dict)
    groups: dict[str, Thing] = field(default_factory=dict)
    seen: dict[str, list[tuple[datetime, list[str] | None]]] = field(default_factory=dict)


# Making


@dataclass
class Maker:
    random: Random
    now: datetime

    def setup(self, world: World, account_id: str) -> Setup:
        """What an account is set up to do; nothing in some."""
        company = next(one for one in world.companies if one.account_id == account_id)
        setup = Setup()
        if self.random.random() < 0.2:
            return setup
        for number in range(2):
            setup.groups[f"group-{number}"] = self._thing(f"group-{number}", is_inner=True)
        for app_uid in {row["app_uid"] for row in company.logins.rows}:
            if self.random.random() < 0.85:
                setup.apps[app_uid] = list(self._policies(setup, app_uid))
        for person in (*PEOPLE, JOINED[0], *CROWD):
            times = self.random.choice((0, 1, 1, 2))
            setup.seen[user_id(company, person)] = [self._seen() for _ in range(times)]
        return setup

    def _seen(self) -> tuple[datetime, list[str] | None]:
        at = self.now - timedelta(seconds=self.random.randrange(60, 25 * 86400))
        groups = None if self.random.random() < 0.2 else self.random.sample(GROUPS, self.random.randrange(3))
        return at, groups

    def _policies(self, setup: Setup, app_uid: str) -> Iterator[str]:
        """None to three policies that allow, and before them perhaps one that blocks by the login's own row."""
        wanted = ["allow"] * self.random.choice((0, 1, 1, 2, 3))
        for number, decision in enumerate((["deny"] if self.random.random() < 0.25 else []) + wanted):
            id = f"policy-{app_uid}-{number}"
            setup.policies[id] = self._thing(id, decision=decision)
            yield id

    def _thing(self, id: str, *, is_inner: bool = False, decision: str = "") -> Thing:
        contents = [self._content(id, is_inner, decision) for _ in range(self.random.choice((1, 1, 2)))]
        begin, forms = self.now - READ_SINCE, []
        for place, content in enumerate(contents):
            is_last = place == len(contents) - 1
            end = self.now if is_last else begin + timedelta(days=self.random.randrange(5, 39))
            forms.append(Form(begin, end, content))
            begin = end + timedelta(minutes=self.random.randrange(1, 180))
        return Thing(id, forms)

    def _content(self, id: str, is_inner: bool, decision: str) -> dict[str, Any]:
        rules = {
            "include": [self._rule(is_inner, decision) for _ in range(self.random.choice((1, 1, 2, 3)))],
            "require": [self._rule(is_inner, decision) for _ in range(self.random.choice((0, 0, 1, 2)))],
            "exclude": [self._rule(is_inner, decision) for _ in range(self.random.choice((0, 0, 0, 1)))],
        }
        return {"id": id, "name": id, "decision": decision} | rules

    def _rule(self, is_inner: bool, decision: str) -> Rule:
        by_row: list[Rule] = [
            {"email": {"email": self.random.choice(PEOPLE).upper()}},
            {"email_domain": {"domain": self.random.choice(("example.com", "example.org"))}},
            {"geo": {"country_code": self.random.choice(("US", "NL", "DE"))}},
            {"ip": {"ip": f"{self.random.choice(ADDRESSES)}/32"}},
        ]
        if decision == "deny":
            return self.random.choice(by_row)
        others: list[Rule] = [
            {"everyone": {}},
            *[{"okta": {"name": self.random.choice(GROUPS), "identity_provider_id": OKTA}}] * 3,
            {"auth_method": {"auth_method": "mfa"}},
        ]
        if not is_inner:
            others += [{"group": {"id": self.random.choice(("group-0", "group-1"))}}] * 2
        return self.random.choice([*by_row, *others])


def setups_of(world: World) -> dict[str, Setup]:
    """What each account of a world is set up to do."""
    maker = Maker(Random(f"{world.seed} policies"), world.now)
    return {company.account_id: maker.setup(world, company.account_id) for company in world.companies}


# Truth


def headline(setup: Setup, row: Row, at: datetime | None) -> str:
    """What can be said of a login of a person that was denied."""
    policies = [setup.policies[id].at(at) for id in setup.apps.get(row["app_uid"], ())]
    if not policies:
        return "Y6"

    def verdict(policy: dict[str, Any], *, by_row_alone: bool) -> bool | None:
        seen = None if by_row_alone else _seen_near(setup, row["user_id"], at)
        return _lists(setup, policy, row, seen, at)

    if any(one["decision"] == "deny" and verdict(one, by_row_alone=True) for one in policies):
        return "Y1"
    allowing = [one for one in policies if one["decision"] == "allow"]
    by_row = [verdict(one, by_row_alone=True) for one in allowing]
    by_all = [verdict(one, by_row_alone=False) for one in allowing]
    if all(one is False for one in by_row):
        return "Y2"
    if all(one is False for one in by_all):
        return "Y3"
    return "Y4" if None in by_all else "Y5"


def _seen_near(setup: Setup, user: str, at: datetime | None) -> list[str] | None:
    """The groups in the identity that was seen nearest to a moment, the earlier of two; the newest without a moment."""
    kept = sorted(setup.seen.get(user, []), key=lambda one: one[0])
    if not kept:
        return None
    return (kept[-1] if at is None else min(kept, key=lambda one: abs(one[0] - at)))[1]


def _lists(setup: Setup, content: dict[str, Any], row: Row, seen: list[str] | None, at: datetime | None) -> bool | None:
    include, require, exclude = (
        [_rule(setup, rule, row, seen, at) for rule in content[name]] for name in ("include", "require", "exclude")
    )
    parts = [True if True in include else None if None in include else False, *require]
    parts += [None if one is None else not one for one in exclude]
    return False if False in parts else None if None in parts else True


def _rule(setup: Setup, rule: Rule, row: Row, seen: list[str] | None, at: datetime | None) -> bool | None:
    [(kind, value)] = rule.items()
    email = row["user_email"].lower()
    if kind == "group":
        return _lists(setup, setup.groups[value["id"]].at(at), row, seen, at)
    if kind == "okta":
        return None if seen is None else value["name"] in seen
    known = {
        "everyone": lambda: True,
        "email": lambda: value["email"].lower() == email,
        "email_domain": lambda: email.endswith("@" + value["domain"]),
        "geo": lambda: row["country"] == value["country_code"],
        "ip": lambda: value["ip"] == f"{row['ip_address']}/32",
    }
    return known[kind]() if kind in known else None
