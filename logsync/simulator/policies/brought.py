"""What the people of a company bring to a login beyond its row: groups, claims, devices, methods of signing in."""

from logsync.simulator.company.company import ONE_TIME_PIN, Application, Company, Group, Person
from logsync.simulator.nanoseconds import DAY
from logsync.simulator.story.facts import Leave
from logsync.simulator.story.story import Story

# At these, an ordinary login that is refused fails the device check that their policies ask for.
ASK_FOR_A_DEVICE = ("Grafana", "Jira")
# At this one, it was without a second factor.
ASKS_FOR_MFA = "Confluence"


TECHNOLOGY = ("engineering", "sre", "data", "security")


class Brought:
    def __init__(self, company: Company, story: Story) -> None:
        self.company = company
        self.story = story

    def groups(self, person: Person, connection: str, moment: int) -> list[Group]:
        """Return the groups that the identity provider sends. A one-time PIN has none."""
        if connection != person.connection:
            return []
        moment = self.signed_in_at(person, moment)
        groups = self.company.groups_of(person.provider)
        return [group for group in groups if self.story.is_member(person, group, moment)]

    def claims(self, person: Person, connection: str) -> dict[str, str]:
        if connection != person.connection or connection == ONE_TIME_PIN:
            return {}
        division = "Technology" if person.team in TECHNOLOGY else "Business"
        return {"department": department(person.team), "division": division, "employment": "employee"}

    def signed_in_at(self, person: Person, moment: int) -> int:
        """Return when the session that goes on at the moment began, if it began before the person was switched off."""
        leave = self.leave(person, moment)
        return leave.since - 1 if leave else moment

    def leave(self, person: Person, moment: int) -> Leave | None:
        """Return the leave that the person is on, if sessions go on in it."""
        absences = self.story.absences(moment // DAY)
        return next(
            (off for off in absences if isinstance(off, Leave) and off.person is person and off.covers(moment)), None
        )

    def is_refused(self, person: Person, app: Application, connection: str, allowed: object, moment: int) -> bool:
        """Return whether the app denied the login of someone who is otherwise let in."""
        return (
            allowed is False
            and app.admits(person)
            and self.story.is_active(person, moment)
            and not self.story.denies(person, app, connection, moment)
        )

    def fails_device(self, app: Application, connection: str) -> bool:
        """Return whether a refusal is that of a device: any is, if a member of staff uses a one-time PIN."""
        return app.name in ASK_FOR_A_DEVICE or connection == ONE_TIME_PIN


def department(team: str) -> str:
    return "SRE" if team == "sre" else team.title()
