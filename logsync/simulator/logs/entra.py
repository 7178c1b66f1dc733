"""The SCIM log of Entra ID, which works in cycles, and tries what failed again in each of them."""

from collections.abc import Iterator
from random import Random

from logsync.simulator.company.company import Company, IdentityProvider, Person
from logsync.simulator.logs import bodies
from logsync.simulator.logs.bodies import Body
from logsync.simulator.logs.log import Planned
from logsync.simulator.logs.scim import ScimUpdates, encoded
from logsync.simulator.logs.timeline import BUCKET, Row
from logsync.simulator.nanoseconds import MINUTE, at, date_of
from logsync.simulator.story.story import Story

BUCKETS_A_CYCLE = 40 * MINUTE // BUCKET


class EntraUpdates(ScimUpdates):
    def __init__(self, company: Company, story: Story, provider: IdentityProvider) -> None:
        self.entra = bodies.Entra()
        super().__init__(company, story, provider, self.entra)

    def rate(self, random: Random, bucket: int) -> float:
        """Make everything happen in the first minutes of a cycle."""
        return random.uniform(0, 2 * BUCKETS_A_CYCLE) if bucket % BUCKETS_A_CYCLE == 0 else 0.0

    def change(self, random: Random, moment: int) -> Row:
        roll = random.random()
        if roll < 0.6:
            person = self.someone(random, moment)
            return self.update("PATCH", person, self._attributes(random, person))
        if roll < 0.9:
            return self.addition(random, moment)
        group = random.choice(self.groups)
        return self.update("PATCH", group, self.entra.replace({"displayName": group.name}))

    def planned(self, day: int) -> list[Planned]:
        return [
            *super().planned(day),
            *self._duplicates(day),
            *self._end_of_stay(day),
            *self._hostile(day),
            *self._cut_body(day),
        ]

    def _attributes(self, random: Random, person: Person) -> Body:
        number = f"+49 30 5550{random.randrange(100, 1000)}"
        return random.choice(
            (
                self.entra.add_manager(self.people[0]),
                self.entra.replace({"title": person.title}),
                self.entra.replace({"name.familyName": person.family_name, "displayName": person.name}),
                self.entra.replace({'emails[type eq "work"].value': person.email}),
                self.entra.replace({'phoneNumbers[type eq "mobile"].value': number}),
            )
        )

    def _duplicates(self, day: int) -> Iterator[Planned]:
        for moment, person in self.story.duplicate_attempts(date_of(day)):
            if person.provider is self.provider:
                error = f'userName "{person.email}" already exists'
                yield self.plan(moment, "POST", person, self.entra.create_user(person), error)

    def _end_of_stay(self, day: int) -> Iterator[Planned]:
        if leaver := self.leaver(day):
            yield self.plan(at(day, "17:00:11"), "DELETE", leaver, "")

    def _hostile(self, day: int) -> Iterator[Planned]:
        """A name and a title that are harmless only as long as they are shown as text."""
        moment = at(day, "15:20:44")
        person = next(person for person in reversed(self.people) if self.story.is_active(person, moment))
        name, title = "</script><script>alert(1)</script>", '=HYPERLINK("http://evil.example","x")'
        yield self.plan(moment, "PATCH", person, self.entra.replace({"displayName": name, "title": title}))

    def _cut_body(self, day: int) -> Iterator[Planned]:
        if self.story.happens("cut body", date_of(day), every=3):
            group = self.groups[1]
            body = encoded(self.entra.add_members(group, group.members))
            error = "request body is not valid JSON: unexpected end of input"
            yield self.plan(at(day, "11:20:06"), "PATCH", group, body[: len(body) // 2], error)
