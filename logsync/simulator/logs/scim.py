"""The SCIM update log of one identity provider: its requests to Access, and whether they worked.

Fields: https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/logs/
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import TypeAlias

from logsync.simulator.company.company import Company, Group, IdentityProvider, Person
from logsync.simulator.logs.bodies import Body, Dialect
from logsync.simulator.logs.log import Planned
from logsync.simulator.logs.timeline import Row
from logsync.simulator.nanoseconds import SECOND, at, date_of
from logsync.simulator.story.story import Story

Resource: TypeAlias = Person | Group

SUCCESS = "SUCCESS"
FAILURE = "FAILURE"
# Cloudflare's guide to these logs has a word that its API reference lacks.
ERROR = "ERROR"

# Share of the rows about users that name no user.
WITHOUT_EMAIL = 0.04
# How long a newcomer stays.
STAY = timedelta(days=30)


class ScimUpdates(ABC):
    """The author of one provider's log: what all providers do."""

    time_field = "logged_at"

    def __init__(self, company: Company, story: Story, provider: IdentityProvider, dialect: Dialect) -> None:
        self.company = company
        self.story = story
        self.provider = provider
        self.dialect = dialect
        self.name = f"scim/{provider.key}"
        self.people = company.people_of(provider)
        self.groups = company.groups_of(provider)
        # The last group of each provider in the roster is that of all its people.
        self.everybody = self.groups[-1]

    @abstractmethod
    def rate(self, random: Random, bucket: int) -> float:
        """Return how busy the bucket is; 1 is the average."""

    @abstractmethod
    def change(self, random: Random, moment: int) -> Row:
        """Return one of the changes of an ordinary day. All of them succeed."""

    def ordinary(self, random: Random, moments: Sequence[int]) -> list[Row]:
        rows: list[Row] = []
        for moment in moments:
            row = self.change(random, moment)
            # Two of them may have the same timestamp, and then only this tells them apart.
            while rows and row == rows[-1]:
                row = self.change(random, moment)
            rows.append(row)
        for row in rows:
            if random.random() < WITHOUT_EMAIL:
                row.pop("resource_user_email", None)
        return rows

    def planned(self, day: int) -> list[Planned]:
        return [
            *self._deactivations(day),
            *self._reactivations(day),
            *self._removal(day),
            *self._return(day),
            *self._arrival(day),
        ]

    def plan(
        self, at: int, method: str, resource: Resource, body: Body | str | None, error: str = "", status: str = ""
    ) -> Planned:
        return Planned(at, lambda _: self.update(method, resource, body, error, status))

    def update(
        self, method: str, resource: Resource, body: Body | str | None, error: str = "", status: str = ""
    ) -> Row:
        """Return the row of one request. With an error its status is a failure, unless `status` says otherwise."""
        row: Row = {
            "cf_resource_id": resource.cf_resource_id,
            "idp_id": self.provider.id,
            "idp_resource_id": resource.idp_resource_id,
            "request_method": method,
            "status": status or (FAILURE if error else SUCCESS),
        }
        if isinstance(resource, Person):
            row |= {"resource_type": "USER", "resource_user_email": resource.email}
        else:
            row |= {"resource_type": "GROUP", "resource_group_name": resource.name}
        if body is not None:
            row["request_body"] = body if isinstance(body, str) else encoded(body)
        if error:
            row["error_description"] = error
        if error and method == "POST":
            # What could not be created has no id at Cloudflare.
            del row["cf_resource_id"]
        return row

    def someone(self, random: Random, moment: int) -> Person:
        """Return a person who has an account now, as a change would bring back any other."""
        return random.choice(self.active_people(moment))

    def active_people(self, moment: int) -> list[Person]:
        return [person for person in self.people if self.story.is_active(person, moment)]

    def addition(self, random: Random, moment: int) -> Row:
        """Return a request that adds some people to a group they belong to."""
        group = random.choice(self.groups)
        members = [person for person in group.members if self.story.is_member(person, group, moment)]
        added = random.sample(members, min(len(members), random.choice((1, 1, 2, 3))))
        return self.update("PATCH", group, self.dialect.add_members(group, added))

    def leaver(self, day: int) -> Person | None:
        """Return the newcomer whose stay ends on the day."""
        return self.story.newcomer(date_of(day) - STAY, self.provider)

    def _deactivations(self, day: int) -> Iterator[Planned]:
        for off in self.story.deactivated_on(date_of(day)):
            person = off.person
            if person.provider is self.provider:
                for group in self._teams_of(person):
                    yield self.plan(off.since - SECOND, "PATCH", group, self.dialect.remove_members(group, [person]))
                yield self.plan(off.since, "PATCH", person, self.dialect.set_active(person, False))

    def _reactivations(self, day: int) -> Iterator[Planned]:
        for off in self.story.reactivated_on(date_of(day)):
            person = off.person
            if person.provider is self.provider:
                yield self.plan(off.until, "PATCH", person, self.dialect.set_active(person, True))
                for group in self._teams_of(person):
                    yield self.plan(off.until + SECOND, "PATCH", group, self.dialect.add_members(group, [person]))

    def _removal(self, day: int) -> Iterator[Planned]:
        out = self.story.removal(date_of(day))
        if out.group.provider is self.provider:
            body = self.dialect.remove_members(out.group, [out.person])
            yield self.plan(out.since, "PATCH", out.group, body)

    def _return(self, day: int) -> Iterator[Planned]:
        out = self.story.removal(date_of(day - 1))
        if out.group.provider is self.provider:
            yield self.plan(out.until, "PATCH", out.group, self.dialect.add_members(out.group, [out.person]))

    def _arrival(self, day: int) -> Iterator[Planned]:
        if newcomer := self.story.newcomer(date_of(day), self.provider):
            yield self.plan(at(day, "08:15:04"), "POST", newcomer, self.dialect.create_user(newcomer))
            membership = self.dialect.add_members(self.everybody, [newcomer])
            yield self.plan(at(day, "08:15:06"), "PATCH", self.everybody, membership)

    def _teams_of(self, person: Person) -> list[Group]:
        return [group for group in self.groups if group is not self.everybody and person in group.members]


def encoded(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
