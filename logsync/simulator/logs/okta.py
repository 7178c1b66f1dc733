"""The SCIM log of Okta, which sends each change when it is made, mostly in working hours."""

from collections.abc import Iterator
from functools import cached_property
from random import Random

from logsync.simulator.company.company import Company, IdentityProvider
from logsync.simulator.logs import bodies
from logsync.simulator.logs.log import Planned
from logsync.simulator.logs.scim import ERROR, ScimUpdates, encoded
from logsync.simulator.logs.timeline import BUCKET, Row
from logsync.simulator.nanoseconds import DAY, HOUR, at, date_of
from logsync.simulator.story.story import Story


class OktaUpdates(ScimUpdates):
    def __init__(self, company: Company, story: Story, provider: IdentityProvider) -> None:
        self.okta = bodies.Okta(company.name)
        super().__init__(company, story, provider, self.okta)

    def rate(self, random: Random, bucket: int) -> float:
        """Leave most buckets empty, and fill the others."""
        if random.random() >= 1 / 8:
            return 0.0
        at_work = 6 <= bucket * BUCKET % DAY // HOUR < 18
        return random.uniform(4, 12) * (1.5 if at_work else 0.5)

    def change(self, random: Random, moment: int) -> Row:
        roll = random.random()
        if roll < 0.6:
            person = self.someone(random, moment)
            return self.update("PUT", person, self.okta.replace_user(person))
        if roll < 0.95:
            return self.addition(random, moment)
        group = random.choice(self.groups)
        return self.update("PATCH", group, self.okta.rename_group(group))

    def planned(self, day: int) -> list[Planned]:
        return [
            *super().planned(day),
            *self._group_outage(day),
            *self._end_of_stay(day),
            *self._project(day),
            *self._too_many_members(day),
            *self._without_emails(day),
            *self._upstream_error(day),
        ]

    def _group_outage(self, day: int) -> Iterator[Planned]:
        outage = self.story.group_outage(date_of(day))
        if outage.group not in self.groups:
            return
        body = self.okta.add_member_id(outage.group, outage.member_id)
        for moment in outage.failures:
            yield self.plan(moment, "PATCH", outage.group, body, f"member not found: {outage.member_id}")
        yield self.plan(outage.until, "PATCH", outage.group, body)

    def _end_of_stay(self, day: int) -> Iterator[Planned]:
        # Okta deactivates users, and never deletes them.
        if leaver := self.leaver(day):
            yield self.plan(at(day, "17:00:11"), "PATCH", leaver, self.okta.set_active(leaver, False))

    def _project(self, day: int) -> Iterator[Planned]:
        """Every Monday a project begins, and the one from two weeks ago ends."""
        if date_of(day).weekday() == 0:
            begun = self.company.new_group(f"project-{day // 7}", self.provider)
            ended = self.company.new_group(f"project-{day // 7 - 2}", self.provider)
            yield self.plan(at(day, "09:05:41"), "POST", begun, self.okta.create_group(begun))
            yield self.plan(at(day, "09:30:12"), "DELETE", ended, None)

    def _too_many_members(self, day: int) -> Iterator[Planned]:
        if self.story.happens("too many members", date_of(day), every=2):
            error = "too many members in one operation: 1204, at most 1000"
            yield self.plan(at(day, "12:12:20"), "PATCH", self.everybody, self._too_long_list, error)

    def _without_emails(self, day: int) -> Iterator[Planned]:
        if self.story.happens("without e-mails", date_of(day), every=3):
            people = self.active_people(at(day, "12:31:10"))
            person = people[day % len(people)]
            body = self.okta.replace_user(person)
            error = 'required attribute "emails" is missing'
            yield self.plan(at(day, "12:31:10"), "PUT", person, body | {"emails": []}, error)
            if day % 2:
                yield self.plan(at(day, "12:31:45"), "PUT", person, body)

    def _upstream_error(self, day: int) -> Iterator[Planned]:
        group = self.company.group("design")
        if group in self.groups and self.story.happens("upstream error", date_of(day), every=4):
            body = self.okta.add_members(group, [self.people[0]])
            yield self.plan(at(day, "08:47:30"), "PATCH", group, body, "upstream timed out", ERROR)
            yield self.plan(at(day, "08:52:31"), "PATCH", group, body)

    @cached_property
    def _too_long_list(self) -> str:
        return encoded(self.okta.replace_members(self.company.guid("member", number) for number in range(1204)))
