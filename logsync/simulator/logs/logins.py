"""The Access authentication log: who tried to enter which application, and whether they got in.

Fields: https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/logs/
Beside the documented ones, the real log also carries user_id, country, app_name, app_type, and the
purpose_justification_* and temporary_access_* fields of applications that ask for a reason.
"""

from collections.abc import Iterator, Sequence
from random import Random

from logsync.simulator.company.company import ONE_TIME_PIN, Application, Company, Person
from logsync.simulator.logs.log import Planned
from logsync.simulator.logs.timeline import BUCKET, Row
from logsync.simulator.nanoseconds import HOUR, MINUTE, at, date_of
from logsync.simulator.story.activity import Activity
from logsync.simulator.story.facts import Deprovisioning, Incident, Leave, Removal
from logsync.simulator.story.story import Story

# Shares of the ordinary logins.
NON_IDENTITY = 0.14
NOT_ADMITTED = 0.02
REFUSED = 0.024
PIN_INSTEAD = 0.015
AWAY = 0.06
LOGOUT = 0.02
LOWER_CASE = 0.08
INCOMPLETE = 0.004
APPROVED_FOR_A_WHILE = 0.3
# Share of the rows of one timestamp that also share the Ray ID.
SAME_RAY = 0.5

SERVICE_ADDRESSES = ("198.51.100.201", "198.51.100.202", "2001:db8:c1::7")
SERVICE_PATHS = {"Grafana": "/api/health", "GitLab": "/api/v4/runners", "Argo CD": "/api/v1/applications"}
ASKS_FOR_A_REASON = ("Vault", "Bastion")
REASONS = ("Rotate the database password.", "Incident INC-2291", "on call", "Prüfung der Zertifikate")
# Their addresses, without the domain.
APPROVERS = ("sam.ortega", "emily.carter")

# Strangers can write log text: markup, a spreadsheet formula, characters that change the reading direction.
HOSTILE = (
    ("10:21:07", '"><img src=x onerror=alert(1)>@evil.example', "/login"),
    ("14:37:51", '=HYPERLINK("http://evil.example","x")@evil.example', "/login"),
    ("16:05:33", "mallory@evil.example", "/download/\u202efdp.exe.\u2066invoice\u2069"),
)


class Logins:
    """The author of the login log."""

    name = "access_requests"
    time_field = "created_at"

    def __init__(self, company: Company, story: Story) -> None:
        self.company = company
        self.story = story
        self.activity = Activity(company)
        self.admitted = {person: company.applications_of(person) for person in company.people}
        self.coveted = {person: self._coveted(person) for person in company.people}
        self.services = tuple((company.application(name), path) for name, path in SERVICE_PATHS.items())

    def rate(self, random: Random, bucket: int) -> float:
        return self.activity.rate(bucket * BUCKET) * random.uniform(0.7, 1.3)

    def ordinary(self, random: Random, moments: Sequence[int]) -> list[Row]:
        rows: list[Row] = []
        for index, moment in enumerate(moments):
            if index and moment == moments[index - 1] and random.random() < SAME_RAY:
                rows.append(same_ray(rows[-1]))
            elif random.random() < NON_IDENTITY:
                rows.append(self._service_login(random, moment))
            else:
                rows.append(self._login(random, moment))
        return rows

    def planned(self, day: int) -> list[Planned]:
        today, yesterday = date_of(day), date_of(day - 1)
        return [
            *self._denied_by(self.story.incident(today)),
            *self._let_in_after(self.story.incident(yesterday)),
            *self._without_account(self.story.deprovisioning(today)),
            *self._in_sessions(self.story.leave(today)),
            *(login for off in self.story.reactivated_on(today) for login in self._back_after(off)),
            *self._out_of_group(self.story.removal(today)),
            *self._back_in_group(self.story.removal(yesterday)),
            *self._hostile(day),
        ]

    def _login(self, random: Random, moment: int) -> Row:
        person = self._someone(random, moment)
        connection = ONE_TIME_PIN if random.random() < PIN_INSTEAD else person.connection
        app, allowed = self._attempt(random, person)
        allowed = allowed and not self.story.denies(person, app, connection, moment)
        row = self._row(random, moment, person, app, connection, allowed=allowed)
        return incomplete(random, row) if random.random() < INCOMPLETE else row

    def _someone(self, random: Random, moment: int) -> Person:
        """Return who logs in. Attempts by people without an account come from the story."""
        while True:
            [person] = random.choices(self.company.people, cum_weights=self.activity.weights(moment))
            if self.story.is_active(person, moment):
                return person

    def _attempt(self, random: Random, person: Person) -> tuple[Application, bool]:
        """Return the application that the person tries, and whether they get in on an ordinary day."""
        apps, coveted = self.admitted[person], self.coveted[person]
        if coveted and random.random() < NOT_ADMITTED:
            return coveted, False
        if random.random() < REFUSED:
            # Only where they come often, so that they soon get in again.
            return random.choice(apps[:3]), False
        # The square favours the applications that come first in the roster.
        return apps[int(random.random() ** 2 * len(apps))], True

    def _coveted(self, person: Person) -> Application | None:
        """Return the application that one person in four tries again and again without being admitted."""
        forbidden = [app for app in self.company.applications if not app.admits(person)]
        random = self.company.random("coveted", person.email)
        return random.choice(forbidden) if forbidden and random.random() < 0.25 else None

    def _row(
        self, random: Random, moment: int, person: Person, app: Application, connection: str, *, allowed: bool
    ) -> Row:
        row: Row = {
            "user_email": person.email,
            "user_id": person.user_id,
            "ip_address": person.other_ip_address if random.random() < AWAY else person.ip_address,
            "country": person.country.lower() if random.random() < LOWER_CASE else person.country,
            **app_fields(app, random.choice(app.paths)),
            "action": "logout" if allowed and random.random() < LOGOUT else "login",
            "connection": connection,
            "allowed": allowed,
            "ray_id": ray_id(random, moment),
        }
        return row | self._justification(random) if app.name in ASKS_FOR_A_REASON else row

    def _justification(self, random: Random) -> Row:
        row: Row = {
            "purpose_justification_prompt": "Please provide your reason for accessing the application.",
            "purpose_justification_response": random.choice(REASONS),
        }
        if random.random() < APPROVED_FOR_A_WHILE:
            row["temporary_access_approvers"] = [self.company.email(name) for name in APPROVERS]
            row["temporary_access_duration"] = random.choice((1800, 3600, 7200))
        return row

    def _service_login(self, random: Random, moment: int) -> Row:
        app, path = random.choice(self.services)
        return {
            "user_email": "",
            "user_id": "",
            "ip_address": random.choice(SERVICE_ADDRESSES),
            "country": "NL",
            **app_fields(app, path),
            "action": "login",
            "connection": "nonidentity",
            "allowed": random.random() >= REFUSED,
            "ray_id": ray_id(random, moment),
        }

    def _denied_by(self, incident: Incident) -> Iterator[Planned]:
        """Yield the attempts of those who are at work then, and whether they get in afterwards."""
        random = self.company.random("tries", incident.since)
        for person in incident.affected:
            if not person.is_awake(utc_hour=10):
                continue
            for _ in range(random.randint(1, 4)):
                moment = random.randrange(incident.since, incident.until)
                yield self._plan(moment, person, incident.app, allowed=False)
            if person not in incident.locked_out:
                moment = incident.until + random.randrange(80 * MINUTE)
                yield self._plan(moment, person, incident.app, allowed=True)
                continue
            for _ in range(random.randint(2, 4)):
                moment = incident.until + random.randrange(6 * HOUR)
                yield self._plan(moment, person, incident.app, allowed=False)

    def _let_in_after(self, incident: Incident) -> Iterator[Planned]:
        random = self.company.random("let in", incident.since)
        for person in incident.locked_out:
            moment = incident.locked_until + random.randrange(50 * MINUTE)
            yield self._plan(moment, person, incident.app, allowed=True)

    def _without_account(self, deprovisioning: Deprovisioning) -> Iterator[Planned]:
        person = deprovisioning.person
        _, other, usual, *_ = self.admitted[person]
        for minutes, app in ((7.6, usual), (8.9, usual), (16.4, other), (21.7, other), (301.2, usual)):
            yield self._plan(deprovisioning.since + int(minutes * MINUTE), person, app, allowed=False)

    def _back_after(self, deprovisioning: Deprovisioning) -> Iterator[Planned]:
        person = deprovisioning.person
        for minutes, app in zip((6.3, 7.1, 19.8), self.admitted[person], strict=False):
            yield self._plan(deprovisioning.until + int(minutes * MINUTE), person, app, allowed=True)

    def _in_sessions(self, leave: Leave) -> Iterator[Planned]:
        for moment, app in leave.sessions:
            yield self._plan(moment, leave.person, app, allowed=True)

    def _out_of_group(self, removal: Removal) -> Iterator[Planned]:
        """Yield the last login that is allowed, just before the removal, and those that are denied."""
        yield self._plan(removal.since - 4 * MINUTE, removal.person, removal.app, allowed=True)
        for minutes in (9.3, 10.1, 42.7, 171.4):
            yield self._plan(removal.since + int(minutes * MINUTE), removal.person, removal.app, allowed=False)

    def _back_in_group(self, removal: Removal) -> Iterator[Planned]:
        yield self._plan(removal.until + 11 * MINUTE, removal.person, removal.app, allowed=True)

    def _plan(self, moment: int, person: Person, app: Application, *, allowed: bool) -> Planned:
        return Planned(
            moment, lambda random: self._row(random, moment, person, app, person.connection, allowed=allowed)
        )

    def _hostile(self, day: int) -> Iterator[Planned]:
        for clock, email, path in HOSTILE:
            yield self._plan_stranger(at(day, clock), email, path)

    def _plan_stranger(self, moment: int, email: str, path: str) -> Planned:
        row: Row = {
            "user_email": email,
            "user_id": self.company.guid("stranger", email),
            "ip_address": "203.0.113.66",
            # Cloudflare's code for Tor.
            "country": "T1",
            **app_fields(self.company.applications[0], path),
            "action": "login",
            "connection": ONE_TIME_PIN,
            "allowed": False,
        }
        return Planned(moment, lambda random: row | {"ray_id": ray_id(random, moment)})


def app_fields(app: Application, path: str) -> Row:
    return {"app_uid": app.app_uid, "app_name": app.name, "app_domain": app.host + path, "app_type": app.type}


def incomplete(random: Random, row: Row) -> Row:
    """Return the row without one of its fields, or with a null, as Cloudflare promises none of them."""
    missing = random.choice(("allowed", "app_name", "country"))
    if missing == "country":
        return row | {"country": None}
    return {name: value for name, value in row.items() if name != missing}


def same_ray(row: Row) -> Row:
    """Return a second row for the same request, with another address of the application."""
    return row | {"app_domain": f"{str(row['app_domain']).rstrip('/')}/favicon.ico"}


def ray_id(random: Random, moment: int) -> str:
    """Return 16 hexadecimal digits. As in the real log, all of one day begin alike."""
    return f"{0x6900 + (moment >> 47):04x}{random.getrandbits(48):012x}"
