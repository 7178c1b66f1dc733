"""What goes wrong at Meridian, by the calendar, so that the last 24 hours always have all of it.

Each fact is a pure function of the seed and the day (UTC):

>>> Story(Company("meridian")).incident(date(2026, 11, 19)).app.name
'Jira'
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TypeVar

from logsync.simulator.company import roster
from logsync.simulator.company.company import ENTRA, OKTA, Application, Company, Group, IdentityProvider, Person
from logsync.simulator.nanoseconds import DAY, HOUR, MINUTE, SECOND, at, date_of, day_of
from logsync.simulator.story.facts import Deprovisioning, GroupOutage, Incident, Leave, Removal

Fact = TypeVar("Fact")

# One of these applications denies people of one provider, each day the next.
INCIDENTS = (
    ("Payroll", ENTRA),
    ("Jira", OKTA),
    ("VPN portal", OKTA),
    ("Confluence", ENTRA),
    ("Grafana", OKTA),
)
SPARED = 2
LOCKED_OUT = 3
# Their addresses, without the domain.
DUPLICATES = ("omar.haddad", "nina.berg", "luca.romano")
DUPLICATE_PERIOD = 40 * MINUTE

# One of these goes on leave each day, all of them through Okta, so some of them, and no one else, are away at any time.
# Their addresses, without the domain.
ON_LEAVE = (
    "liam.byrne",
    "chloe.martin",
    "theo.grant",
    "karin.bauer",
    "maya.lind",
    "kwame.mensah",
    "peter.novotny",
    "ingrid.solberg",
)
LEAVE = timedelta(days=4)
# Sessions go on at two or three applications, in each of these times after the deactivation.
SESSION_TIMES = ((20 * MINUTE, 2 * HOUR), (2 * HOUR, 5 * HOUR))

# Each day the next of these groups has someone removed, who is then denied at the application.
# Incidents are at other applications, so that all others get in.
REMOVALS = (
    ("support-l2", "Sentry"),
    ("eng-prod", "Argo CD"),
    ("data-platform", "Metabase"),
    ("sre-oncall", "Bastion"),
    ("security", "Vault"),
)


class Story:
    def __init__(self, company: Company) -> None:
        self.company = company
        self.incident = lru_cache(maxsize=64)(self._incident)
        self.deprovisioning = lru_cache(maxsize=64)(self._deprovisioning)
        self.leave = lru_cache(maxsize=64)(self._leave)
        self.removal = lru_cache(maxsize=64)(self._removal)
        self._incidents = lru_cache(maxsize=64)(lambda day: both_days(self.incident, day))
        self._removals = lru_cache(maxsize=64)(lambda day: both_days(self.removal, day))
        self.absences = lru_cache(maxsize=64)(self._absences_around)

    def is_active(self, person: Person, moment: int) -> bool:
        """Return whether the person has an account that SCIM has not switched off."""
        return not any(person is off.person and off.covers(moment) for off in self.absences(moment // DAY))

    def back_since(self, person: Person, moment: int) -> int:
        """Return when SCIM last switched the account on again; 0 if it was not switched off in the last days."""
        absences = self.absences(moment // DAY)
        return max((off.until for off in absences if off.person is person and off.until <= moment), default=0)

    def is_member(self, person: Person, group: Group, moment: int) -> bool:
        """Return whether the person has an account and is now in a group that they belong to."""
        removals = self._removals(moment // DAY)
        is_out = any(person is out.person and group is out.group and out.covers(moment) for out in removals)
        return person in group.members and not is_out and self.is_active(person, moment)

    def is_removed(self, person: Person, app: Application, moment: int) -> bool:
        """Return whether the person is out of the group that the application asks for."""
        removals = self._removals(moment // DAY)
        return any(out.person is person and out.app is app and out.covers(moment) for out in removals)

    def denies(self, person: Person, app: Application, connection: str, moment: int) -> bool:
        """Return whether an incident, or the removal from a group, keeps the person out of the application."""
        facts = (*self._incidents(moment // DAY), *self._removals(moment // DAY))
        return any(fact.denies(person, app, connection, moment) for fact in facts)

    def deactivated_on(self, day: date) -> tuple[Deprovisioning, Leave]:
        """Return what begins on the day."""
        return self.deprovisioning(day), self.leave(day)

    def reactivated_on(self, day: date) -> tuple[Deprovisioning, Leave]:
        """Return what ends on the day."""
        return self.deprovisioning(day - timedelta(days=1)), self.leave(day - LEAVE)

    @cached_property
    def duplicates(self) -> tuple[Person, ...]:
        """Return, as Entra knows them, the people it keeps creating although Okta already created them."""
        entra = self.company.provider(ENTRA)
        known_to_okta = (self.company.person_by_email[self.company.email(name)] for name in DUPLICATES)
        return tuple(
            self.company.new_person(person.name, person.country, entra, person.team, person.title)
            for person in known_to_okta
        )

    def duplicate_attempts(self, day: date) -> Iterator[tuple[int, Person]]:
        midnight = day_of(day) * DAY
        for since_midnight in range(0, DAY, DUPLICATE_PERIOD):
            for position, person in enumerate(self.duplicates):
                yield midnight + since_midnight + (20 + 7 * position) * SECOND, person

    def group_outage(self, day: date) -> GroupOutage:
        number = day_of(day)
        first = at(number, "08:40:02")
        failures = tuple(range(first, at(number, "13:10:03"), 30 * MINUTE))
        return GroupOutage(
            since=first,
            until=failures[-1] + 30 * MINUTE,
            group=self.company.group("eng-prod"),
            member_id=self.company.guid("missing member", day),
            failures=failures,
        )

    def newcomer(self, day: date, provider: IdentityProvider) -> Person | None:
        """Return the person who is new at a provider on the day and has no login yet. No one on a weekend."""
        if day.weekday() >= 5:
            return None
        random = self.company.random("newcomer", day, provider.key)
        name = " ".join(random.choice(names.split()) for names in (roster.GIVEN_NAMES, roster.FAMILY_NAMES))
        country = random.choice(("DE", "GB", "IN", "US"))
        return self.company.new_person(name, country, provider, "support", "Trainee")

    def happens(self, what: str, day: date, *, every: int) -> bool:
        """Return whether something happens that happens by chance once in a number of days."""
        return int(self.company.hexadecimal(what, day)[:8], 16) % every == 0

    def _incident(self, day: date) -> Incident:
        number = day_of(day)
        name, key = INCIDENTS[number % len(INCIDENTS)]
        provider = self.company.provider(key)
        app = self.company.application(name)
        random = self.company.random("incident", day)
        people = self.company.people_of(provider)
        spared = {*random.sample(people, SPARED), self.deprovisioning(day).person}
        until = at(number, "11:40")
        affected = tuple(
            person for person in people if app.admits(person) and person not in spared and self.is_active(person, until)
        )
        awake = [person for person in affected if person.is_awake(utc_hour=10)]
        return Incident(
            since=at(number, "09:12"),
            until=until,
            app=app,
            connection=provider.type,
            affected=affected,
            locked_out=tuple(random.sample(awake, LOCKED_OUT)),
            locked_until=at(number + 1, "07:00"),
        )

    def _deprovisioning(self, day: date) -> Deprovisioning:
        number = day_of(day)
        candidates = [
            person
            for person in self.company.people
            if person.connection in (OKTA, ENTRA) and person.is_awake(utc_hour=13) and person.email not in self._named
        ]
        # A step that shares no factor with the number of candidates reaches everybody.
        step = next(prime for prime in (11, 13, 17, 19) if len(candidates) % prime)
        person = candidates[number * step % len(candidates)]
        return Deprovisioning(since=at(number, "13:02:17"), until=at(number + 1, "07:00:09"), person=person)

    def _leave(self, day: date) -> Leave:
        number = day_of(day)
        since = at(number, "08:58:21")
        person = self.company.person_by_email[self.company.email(ON_LEAVE[number % len(ON_LEAVE)])]
        random = self.company.random("leave", day)
        apps = random.sample(self.company.applications_of(person)[:5], random.choice((2, 3)))
        sessions = tuple((since + random.randrange(*times), app) for app in apps for times in SESSION_TIMES)
        return Leave(since=since, until=at(number + LEAVE.days, "07:15:33"), person=person, sessions=sessions)

    def _removal(self, day: date) -> Removal:
        number = day_of(day)
        turn, index = divmod(number, len(REMOVALS))
        name, app = REMOVALS[index]
        group = self.company.group(name)
        leaver = self.deprovisioning(day).person
        candidates = [
            person
            for person in group.members
            if person.is_awake(utc_hour=8) and person is not leaver and person.email not in self._named
        ]
        return Removal(
            since=at(number, "08:21:37"),
            until=at(number + 1, "07:31:12"),
            person=candidates[turn % len(candidates)],
            group=group,
            app=self.company.application(app),
        )

    def _absences_around(self, day: int) -> tuple[Deprovisioning, ...]:
        """Return every absence that can include part of the day."""
        days = (date_of(day - age) for age in range(LEAVE.days + 1))
        return tuple(off for begun in days for off in self.deactivated_on(begun))

    @cached_property
    def _named(self) -> frozenset[str]:
        """Return the addresses of people with a part of their own in the story, who get no other part."""
        return frozenset(self.company.email(name) for name in DUPLICATES + ON_LEAVE)


def both_days(fact: Callable[[date], Fact], day: int) -> tuple[Fact, Fact]:
    """Return a fact of the day and of the day before, as it may last into the next day."""
    return fact(date_of(day - 1)), fact(date_of(day))
