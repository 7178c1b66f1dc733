"""The parts of the story: spans of time in which something is out of the ordinary."""

from dataclasses import dataclass
from datetime import datetime

from logsync.simulator.company.company import Application, Group, Person
from logsync.simulator.nanoseconds import to_datetime


@dataclass(frozen=True)
class Span:
    """A part of the story, from its beginning until just before its end."""

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
    """A person is deactivated at `since` and reactivated at `until`."""

    person: Person


@dataclass(frozen=True)
class Leave(Deprovisioning):
    """A deprovisioning for some days, after which sessions go on: `sessions` says when, and at which applications."""

    sessions: tuple[tuple[int, Application], ...]


@dataclass(frozen=True)
class Removal(Span):
    """A person is out of a group, and meanwhile one application denies them."""

    person: Person
    group: Group
    app: Application

    def denies(self, person: Person, app: Application, connection: str, moment: int) -> bool:
        return person is self.person and app is self.app and self.covers(moment)
