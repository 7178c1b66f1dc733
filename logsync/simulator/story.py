"""What goes wrong at Meridian, by the calendar, so that the last 24 hours always hold all of it.

Each fact is a pure function of the seed and the day (UTC), for the logs, the tests and the reader:

>>> Story(Company("meridian")).incident(date(2026, 11, 19)).app.name
'Jira'
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import TypeVar

from logsync.simulator import roster
from logsync.simulator.company import ENTRA, OKTA, Application, Company, Group, IdentityProvider, Person
from logsync.simulator.moments import DAY, MINUTE, SECOND, at, date_of, day_of, to_datetime

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


@dataclass(frozen=True)
class Span:
    """A part of the story with a beginning and an end; the end no longer belongs to it."""

    since: int
    until: int

    @property
    def starts_at(self) -> datetime:
        return to_datetime(self.since)

    @property
    def ends_at(self) -> datetime:
        return to_datetime(self.until)

    def covers(self, moment: int) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True)
class Incident(Span):
    """One application denies most people of one connection; some stay locked out until `locked_until`."""

    app: Application
    connection: str
    affected: tuple[Person, ...]
    locked_out: tuple[Person, ...]
    locked_until: int

    def denies(self, person: Person, app: Application, connection: str, moment: int) -> bool:
        if app is not self.app:
            return False
        if person in self.locked_out:
            return self.since <= moment < self.locked_until
        return self.covers(moment) and connection == self.connection and person in self.affected


@dataclass(frozen=True)
class GroupOutage(Span):
    """The same PATCH of a group fails at each of `failures` and succeeds at `until`."""

    group: Group
    member_id: str
    failures: tuple[int, ...]


@dataclass(frozen=True)
class Deprovisioning(Span):
    """A person is deactivated at `since` and reactivated at `until`, the next morning."""

    person: Person


class Story:
    def __init__(self, company: Company) -> None:
        self.company = company
        self.incident = lru_cache(maxsize=64)(self._incident)
        self.deprovisioning = lru_cache(maxsize=64)(self._deprovisioning)
        self._incidents = lru_cache(maxsize=64)(lambda day: both_days(self.incident, day))
        self._deprovisionings = lru_cache(maxsize=64)(lambda day: both_days(self.deprovisioning, day))

    def is_active(self, person: Person, moment: int) -> bool:
        """Return whether the person has an account that SCIM has not switched off."""
        return not any(
            person is deprovisioning.person and deprovisioning.covers(moment)
            for deprovisioning in self._deprovisionings(moment // DAY)
        )

    def denies(self, person: Person, app: Application, connection: str, moment: int) -> bool:
        """Return whether an incident keeps the person out of the application."""
        return any(incident.denies(person, app, connection, moment) for incident in self._incidents(moment // DAY))

    @cached_property
    def duplicates(self) -> tuple[Person, ...]:
        """Return those whom Entra creates again and again, though Okta did already, as Entra knows them."""
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
        """Return whom a provider gets to know on the day: a person without a login. Nobody on a weekend."""
        if day.weekday() >= 5:
            return None
        random = self.company.random("newcomer", day, provider.key)
        name = " ".join(random.choice(names.split()) for names in (roster.GIVEN_NAMES, roster.FAMILY_NAMES))
        country = random.choice(("DE", "GB", "IN", "US"))
        return self.company.new_person(name, country, provider, "support", "Trainee")

    def happens(self, what: str, day: date, *, every: int) -> bool:
        """Return whether a thing happens that does so once in so many days, by chance."""
        return int(self.company.hexadecimal(what, day)[:8], 16) % every == 0

    def _incident(self, day: date) -> Incident:
        number = day_of(day)
        name, key = INCIDENTS[number % len(INCIDENTS)]
        provider = self.company.provider(key)
        app = self.company.application(name)
        random = self.company.random("incident", day)
        people = self.company.people_of(provider)
        spared = {*random.sample(people, SPARED), self.deprovisioning(day).person}
        affected = tuple(person for person in people if app.admits(person) and person not in spared)
        awake = [person for person in affected if person.is_awake(utc_hour=10)]
        return Incident(
            since=at(number, "09:12"),
            until=at(number, "11:40"),
            app=app,
            connection=provider.type,
            affected=affected,
            locked_out=tuple(random.sample(awake, LOCKED_OUT)),
            locked_until=at(number + 1, "07:00"),
        )

    def _deprovisioning(self, day: date) -> Deprovisioning:
        number = day_of(day)
        spared = {self.company.email(name) for name in DUPLICATES}
        candidates = [
            person
            for person in self.company.people
            if person.connection in (OKTA, ENTRA) and person.is_awake(utc_hour=13) and person.email not in spared
        ]
        # A step that shares no factor with the number of candidates lets everybody come round.
        step = next(prime for prime in (11, 13, 17, 19) if len(candidates) % prime)
        person = candidates[number * step % len(candidates)]
        return Deprovisioning(since=at(number, "13:02:17"), until=at(number + 1, "07:00:09"), person=person)


def both_days(fact: Callable[[date], Fact], day: int) -> tuple[Fact, Fact]:
    """Return a fact of the day before and of the day: what begins on a day may last into the next one."""
    return fact(date_of(day - 1)), fact(date_of(day))
