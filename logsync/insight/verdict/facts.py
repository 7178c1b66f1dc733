"""The facts about one person that the verdict rules look at. Nothing here reads the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from logsync.insight.connection_names import ConnectionNames
from logsync.insight.explain.load import Explained
from logsync.insight.policy_changes.change import PolicyChange
from logsync.spans import Span

ONE_TIME_PIN = "onetimepin"
# Cloudflare gave a row no time that can be read; then its place in the log is only known roughly.
NO_TIME = "(no time given)"
# Clocks differ and rows arrive late, so a login this soon after a deactivation doesn't count as one after it.
LENIENCY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Login:
    """What a verdict needs of a login row. `key` is that of the row; `at` only sorts it if it `lacks_time`."""

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
    lacks_time: bool = False

    @property
    def time(self) -> datetime | str:
        """Its time, for a sentence."""
        return NO_TIME if self.lacks_time else self.at


@dataclass(frozen=True, slots=True)
class Update:
    """What a verdict needs of a SCIM row. `change` says in a word or two what it asked for."""

    key: str
    at: datetime
    provider: str
    status: str
    resource: str
    change: str
    setting: str
    lacks_time: bool = False

    @property
    def time(self) -> datetime | str:
        """Its time, for a sentence."""
        return NO_TIME if self.lacks_time else self.at


Row: TypeAlias = Login | Update


@dataclass(frozen=True, slots=True)
class LoginsKnown:
    """Which time of one login stream is known. `account` is blank if there is only one stream.

    `first` and `end` are the ends of all known time, None if there is none. `holes` are the unknown parts between them
    that come after the start of the range. `is_in_range` is true if any part of the range is known; if not, `needs`
    says what is needed to know it.
    """

    account: str
    first: datetime | None
    end: datetime | None
    holes: tuple[Span, ...]
    is_in_range: bool
    needs: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Time for which SCIM updates of a provider are missing; no spans if none were ever synced."""

    provider: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Attempts:
    """Login rows of one kind. Rows in the same second are one attempt; `first` and `last` are rows."""

    attempts: int
    rows: int
    first: Login
    last: Login


@dataclass(frozen=True, slots=True)
class App:
    """An application that a person tried: when they were last denied and last allowed, None for never."""

    account_id: int
    app_uid: str
    name: str
    denied_at: datetime | None
    allowed_at: datetime | None
    denied_lacks_time: bool = False
    allowed_lacks_time: bool = False

    @property
    def is_out(self) -> bool:
        """True if the newest row was denied; on a tie the denial counts as newer."""
        return self.denied_at is not None and (self.allowed_at is None or self.denied_at >= self.allowed_at)

    @property
    def is_lost(self) -> bool:
        """True if the person had access and lost it."""
        return self.is_out and self.allowed_at is not None

    @property
    def never_let_in(self) -> bool:
        """True if the person was denied and, as far as the log goes back, never let in."""
        return self.is_out and self.allowed_at is None

    @property
    def newest_at(self) -> datetime | None:
        return max(filter(None, (self.denied_at, self.allowed_at)), default=None)


@dataclass(frozen=True, slots=True)
class Others:
    """How many other people at an app were denied or allowed since a moment, each judged by their newest row.

    `denied_rows` and `allowed_rows` are the newest rows of a few of them.
    """

    since: datetime
    denied: int
    allowed: int
    denied_rows: tuple[Login, ...] = ()
    allowed_rows: tuple[Login, ...] = ()


@dataclass(frozen=True, slots=True)
class Lockout:
    """An app whose newest row was denied: the denials since the last allowed login, and what happened around them.

    `elsewhere` is an allowed login at another app, `one_time_pin` a denial by one-time PIN, `nameless` denials without
    an e-mail from the same IP address, `removal` a removal from a group between `last_allowed` and the first denial,
    `changes` what changed of the app's policies in the day before the first denial, the latest first.
    """

    app: App
    run: Attempts
    last_allowed: Login | None
    others: Others
    elsewhere: Login | None = None
    one_time_pin: Login | None = None
    nameless: Attempts | None = None
    removal: Update | None = None
    changes: tuple[PolicyChange, ...] = ()
    connection_names: ConnectionNames = field(default_factory=ConnectionNames)

    def provider(self, login: Login) -> str:
        """What the connection of a login is called."""
        return self.connection_names.name(login.connection, login.account_id)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Denials in the range at an app that has let the person in since.

    `allowed` is the first login it allowed after them, `change` a SCIM update that may have revoked sessions before.
    """

    app: App
    denied: Attempts
    allowed: Login
    change: Update | None = None


@dataclass(frozen=True, slots=True)
class Deactivation:
    """A deactivation or deletion that no later update undid, and the logins after it.

    `still_on` names the providers that have the person active all the same.
    `allowed` are logins more than LENIENCY later, `denied` all denials since, `others` the number of rows that were not
    denied. `gaps` is the SCIM data missing since then.
    """

    update: Update
    allowed: Attempts | None
    denied: Attempts | None
    others: int
    gaps: tuple[Gap, ...]
    still_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failures:
    """How many requests of one problem about one resource have failed since it opened."""

    problem: str
    resource: int
    requests: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Failing:
    """Failed SCIM requests about a person that no later request made good.

    `template` is the error of the newest, `further` how many other errors there are. `lists` are the failures about the
    person's own user; the rest are about groups that name the person.
    """

    requests: int
    first: Update
    last: Update
    template: str
    further: int
    lists: tuple[Failures, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """Another address of the same person, what both share, and its newest allowed login in the range."""

    person: str
    shared: str
    login: Login


@dataclass(frozen=True, slots=True)
class ScimSeen:
    """How many SCIM updates name a person, with the oldest and the newest."""

    updates: int
    oldest: Update
    newest: Update


@dataclass(frozen=True, slots=True)
class OtherRows:
    """Rows of the login log with the person's addresses that are no login of a person.

    `by_services` counts those of service tokens and the like, `actions` the others by their action.
    """

    by_services: int = 0
    actions: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_services or self.actions)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about one person in a range of time, `span`; `range` names it in words if it has a name.

    `without_scim` names the accounts none of whose identity providers has SCIM; blank if there is only one account.
    `apps` are all the apps the logs have, newest first. `in_range` counts the range's login rows by result; where the
    result is unknown (None) it counts attempts. `lockout` is about the app with the newest denial, of those the person
    is out of and has tried since the range began. `is_service` is true of an address that services share; it has no
    facts of a person. `other_rows` is only known of people without a login. `explained` is what the policies asked of
    the newest denied login of `lockout`, `explained_beside` of the login beside which the verdict is shown, if any.
    """

    email: str
    now: datetime
    range: str
    span: Span
    logins: tuple[LoginsKnown, ...]
    gaps: tuple[Gap, ...] = ()
    without_scim: tuple[str, ...] = ()
    apps: tuple[App, ...] = ()
    in_range: Mapping[bool | None, int] = field(default_factory=dict)
    newest: Login | None = None
    newest_allowed: Login | None = None
    lockout: Lockout | None = None
    explained: Explained | None = None
    explained_beside: Explained | None = None
    recovery: Recovery | None = None
    deactivation: Deactivation | None = None
    failing: Failing | None = None
    alias: Alias | None = None
    scim: ScimSeen | None = None
    other_rows: OtherRows = OtherRows()
    is_service: bool = False
    similar: tuple[str, ...] = ()
    connection_names: ConnectionNames = field(default_factory=ConnectionNames)

    @property
    def first(self) -> datetime:
        """The moment since which all login streams are known."""
        return max((known.first for known in self.logins if known.first), default=self.now)

    @property
    def out(self) -> tuple[App, ...]:
        """The apps the person is out of, newest denial first."""
        return tuple(app for app in self.apps if app.is_out)
