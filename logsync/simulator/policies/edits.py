"""Who edits which policy or rule group, and when: the causes of the incidents, and changes without consequences.

A pure function of the seed and the day (UTC), as the story is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from logsync.simulator.company.company import Company, Person
from logsync.simulator.nanoseconds import DAY, at, date_of
from logsync.simulator.policies.catalogue import SECURITY_TEAM, Catalogue, Content, under_review, users_at
from logsync.simulator.story.facts import Incident
from logsync.simulator.story.story import INCIDENTS, Story

# Each of these is edited once in as many days, so what the last days edited tells all contents.
PERIOD = len(INCIDENTS)

# Until an incident begins, those who already have a session of the application go on with it.
EDITED_AT = "08:58"
# Some of those who fail again and again by then look suspicious, and are kept out until the next morning.
REVIEWED_AT = "09:26:11"

# Every day the next of these policies gets another session duration.
RETUNED = ("Data team", "Deployers", "Support", "Developers", "Front desk in the office")
DURATIONS = ("8h", "12h")


@dataclass(frozen=True, eq=False)
class Edit:
    """One change in the dashboard: `content` is what it changes, in a rule group (`groups`) or a policy."""

    at: int
    actor: Person
    kind: str
    name: str
    object_id: str
    content: Content


class Edits:
    def __init__(self, company: Company, story: Story, catalogue: Catalogue) -> None:
        self.company = company
        self.story = story
        self.catalogue = catalogue
        self.on = lru_cache(maxsize=64)(self._on)

    def before(self, moment: int) -> list[Edit]:
        """Return the edits that tell all contents of the moment, oldest first."""
        day = moment // DAY
        return [edit for one in range(day - PERIOD - 1, day + 1) for edit in self.on(one) if edit.at <= moment]

    def newest(self, moment: int) -> Edit:
        return self.before(moment)[-1]

    def _on(self, day: int) -> tuple[Edit, ...]:
        edits = (*self._of_incident(day), *self._end_of_review(day), self._retuned(day))
        return tuple(sorted(edits, key=lambda edit: edit.at))

    def _of_incident(self, day: int) -> Iterator[Edit]:
        incident = self.story.incident(date_of(day))
        app, provider = incident.app.name, self.company.provider(incident.connection)
        name, users = users_at(app, provider), self.catalogue.users
        yield self._edit(at(day, EDITED_AT), "groups", name, users(app, provider, self.pilots(incident)))
        yield self._review(at(day, REVIEWED_AT), incident, incident.locked_out)
        yield self._edit(incident.until, "groups", name, users(app, provider))

    def _end_of_review(self, day: int) -> Iterator[Edit]:
        incident = self.story.incident(date_of(day - 1))
        yield self._review(incident.locked_until, incident, ())

    def _review(self, moment: int, incident: Incident, people: Sequence[Person]) -> Edit:
        content = self.catalogue.under_review(people)
        return self._edit(moment, "policies", under_review(incident.app.name), content)

    def _retuned(self, day: int) -> Edit:
        turn, index = divmod(day, len(RETUNED))
        content: Content = {"session_duration": DURATIONS[turn % len(DURATIONS)]}
        return self._edit(at(day, "15:21:09"), "policies", RETUNED[index], content)

    def _edit(self, moment: int, kind: str, name: str, content: Content) -> Edit:
        ids = self.catalogue.group_id if kind == "groups" else self.catalogue.policy_id
        return Edit(moment, self._someone(moment), kind, name, ids(name), content)

    def _someone(self, moment: int) -> Person:
        """Return someone of the security team who has an account then, and is not locked out that day."""
        team = [self.company.person_by_email[self.company.email(name)] for name in SECURITY_TEAM]
        turn = self.company.random("edit", moment).randrange(len(team))
        in_turn = team[turn:] + team[:turn]
        troubled = self.story.incident(date_of(moment // DAY)).locked_out
        present = [person for person in in_turn if self.story.is_active(person, moment)]
        return next((person for person in present if person not in troubled), present[0])

    def pilots(self, incident: Incident) -> tuple[Person, ...]:
        """Return those of the connection whom the incident spares, and who are there while it lasts."""
        provider = self.company.provider(incident.connection)
        leave = self.story.leave(incident.starts_at.date())
        return tuple(
            person
            for person in self.company.people_of(provider)
            if incident.app.admits(person)
            and person not in incident.affected
            and (self.story.is_active(person, incident.until) or person is leave.person)
        )
