"""What is known of one person: everything that the catalogue of verdicts judges, and nothing of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

ONE_TIME_PIN = "onetimepin"
# Clocks differ, and rows come late: within this after a deactivation nothing is made of a login.
LENIENCY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Login:
    """A login row, as far as a verdict looks at it. `key` names its page."""

    key: str
    at: datetime
    person: str
    account_id: int
    app_uid: str
    app: str
    allowed: bool | None
    connection: str
    ip_address: str
    country: str
    ray_id: str


@dataclass(frozen=True, slots=True)
class Update:
    """A SCIM row, as far as a verdict looks at it. `change` is what it asked for, in a few words."""

    key: str
    at: datetime
    provider: str
    status: str
    resource: str
    change: str
    setting: str


Row: TypeAlias = Login | Update


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `since` up to, not including, `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LoginsKnown:
    """What is known of one stream of logins. `account` names it where there are several, blank otherwise.

    `first` and `end` are the ends of all covered time, None if there is none; `holes` lie between them and after the
    beginning of the range that is asked about, `is_in_range` says whether any second of that range is covered. `needs`
    says what the range needs to be known.
    """

    account: str
    first: datetime | None
    end: datetime | None
    holes: tuple[Span, ...]
    is_in_range: bool
    needs: str


@dataclass(frozen=True, slots=True)
class Gap:
    """SCIM updates of a provider that are missing; without spans none were ever synced."""

    provider: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Attempts:
    """Rows of one kind: in attempts, for rows of one second are one attempt, and in rows; the first and the last."""

    attempts: int
    rows: int
    first: Login
    last: Login


@dataclass(frozen=True, slots=True)
class App:
    """An application as a person has used it: the newest row that was denied, and that was allowed, if any."""

    account_id: int
    app_uid: str
    name: str
    denied_at: datetime | None
    allowed_at: datetime | None

    @property
    def is_out(self) -> bool:
        """True if the newest row was denied; at equal times the denial counts as the later."""
        return self.denied_at is not None and (self.allowed_at is None or self.denied_at >= self.allowed_at)

    @property
    def newest_at(self) -> datetime | None:
        return max(filter(None, (self.denied_at, self.allowed_at)), default=None)


@dataclass(frozen=True, slots=True)
class Others:
    """Other people at an app since a moment, each by their newest row: the rows of those denied, a few of each kind."""

    since: datetime
    denied: int
    allowed: int
    denied_rows: tuple[Login, ...] = ()
    allowed_rows: tuple[Login, ...] = ()


@dataclass(frozen=True, slots=True)
class Lockout:
    """An app whose newest row was denied: the denied rows after the last allowed one, and what lies near."""

    app: App
    run: Attempts
    last_allowed: Login | None
    others: Others
    elsewhere: Login | None = None
    one_time_pin: Login | None = None
    nameless: Attempts | None = None
    removal: Update | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """Denials in the range at an app that has let the person in since: all of them, and the first allowed row after."""

    app: App
    denied: Attempts
    allowed: Login
    change: Update | None = None


@dataclass(frozen=True, slots=True)
class Deactivation:
    """A deactivation or deletion that no later update took back, and the logins after it.

    `allowed` are those later than LENIENCY; `denied` all that were denied since, `others` the number of those that were
    not denied. `gaps` is the SCIM data that is missing since.
    """

    update: Update
    allowed: Attempts | None
    denied: Attempts | None
    others: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """The failed requests of one problem about one resource since it is open, and how many they are."""

    problem: str
    resource: int
    requests: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Failing:
    """SCIM requests about a person that fail, and that no later request healed.

    `lists` are those about the person's own user; the rest are of groups that name the person.
    """

    requests: int
    first: Update
    last: Update
    template: str
    further: int
    lists: tuple[Failures, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """Another address of the same person, by what both share, and its newest allowed login in the range."""

    person: str
    shared: str
    login: Login


@dataclass(frozen=True, slots=True)
class ScimSeen:
    """The SCIM updates of a person."""

    updates: int
    since: datetime
    newest: Update


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of one person, for a range of time.

    `range` is in words, blank where the range was chosen by its ends, which `span` has. `apps` are all on record,
    newest first. `in_range` counts the login rows of the range by what became of them, and where
    Cloudflare did not say (None), the attempts.
    `lockout` is the app with the newest denial among those that are out and were tried since the range began.
    """

    email: str
    now: datetime
    range: str
    span: Span
    logins: tuple[LoginsKnown, ...]
    gaps: tuple[Gap, ...] = ()
    apps: tuple[App, ...] = ()
    in_range: Mapping[bool | None, int] = field(default_factory=dict)
    newest: Login | None = None
    newest_allowed: Login | None = None
    lockout: Lockout | None = None
    recovery: Recovery | None = None
    deactivation: Deactivation | None = None
    failing: Failing | None = None
    alias: Alias | None = None
    scim: ScimSeen | None = None
    service_rows: int = 0
    similar: tuple[str, ...] = ()

    @property
    def first(self) -> datetime:
        """Since when all logins are known."""
        return max((known.first for known in self.logins if known.first), default=self.now)

    @property
    def out(self) -> tuple[App, ...]:
        """The apps that are out, newest denial first."""
        return tuple(app for app in self.apps if app.is_out)
