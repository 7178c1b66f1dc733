"""Random worlds: each has a few of the oddities that real logs have, and most have unknown time somewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.worlds.world import OVERLAP, Company, Log, Provider, Row, State, Stretch, World

WANTED = timedelta(days=30)
# No name is a part of another, or of any word on a page.
COMPANIES = ("Ardent Brewing", "Bluebird Foods", "Cormorant Rail")
PEOPLE = ("ada@example.com", "bob@example.com", "cem@example.com", "dee@example.com")
# Two addresses of one person.
JOINED = ("kim@example.com", "kim.lee@example.com")
CROWD = tuple(f"guest{number}@example.com" for number in range(1, 9))
PSEUDO = ("non_identity@team.cloudflareaccess.com", "warp_connector@team.cloudflareaccess.com")
PROVIDER_NAMES = ("Okta", "Azure AD", "Okta")
ERRORS = (
    'userName "{email}" already exists',
    "Attribute 'userName' is required",
    "HTTP 503 from upstream after 3 retries",
)
REFUSAL = "Cloudflare refused (403, code 10000, “Authentication error”)."
OUTAGE = "Cloudflare answered 500; it is retried automatically."
ADDRESSES = ("192.0.2.7", "198.51.100.23", "203.0.113.9")
# How long ago rows happen, and how often.
AGES = ((0, 0.25, 15), (0.25, 24, 50), (24, 48, 15), (48, 168, 12), (168, 690, 8))
INACTIVE = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
ACTIVE = '{"Operations":[{"op":"replace","path":"active","value":true}]}'
TITLE = '{"Operations":[{"op":"replace","path":"title","value":"Engineer"}]}'


@dataclass
class App:
    uid: str
    name: str
    host: str


@dataclass
class Maker:
    """Makes one world."""

    random: Random
    now: datetime
    serial: Any = field(default_factory=lambda: count(1))

    def world(self, seed: str) -> World:
        companies = [self._company(at) for at in range(self.random.choice((1, 1, 2, 2, 3)))]
        for company in companies:
            self._fill(company)
        return World(seed, self.now, companies)

    # Accounts, and what is known of their logs

    def _company(self, at: int) -> Company:
        company = Company("abc"[at] * 32, COMPANIES[at])
        for number in range(self.random.choice((0, 1, 1, 2, 2))):
            # Two accounts may have a provider of the same id.
            id = f"{number}1d2f50-92ce-442f-a163-86611{0 if self.random.random() < 0.2 else at}f28168"
            company.providers.append(Provider(id, self.random.choice(PROVIDER_NAMES), self.random.random() < 0.9))
        company.logs = [self._log(company, "")]
        company.logs += [self._log(company, provider.idp_id) for provider in company.providers if provider.has_scim]
        return company

    def _log(self, company: Company, idp_id: str) -> Log:
        known: Callable[[], tuple[list[Stretch], str]] = self.random.choices(
            (
                self._complete,
                self._with_hole,
                self._not_read_back,
                self._stale,
                self._refused,
                self._gone,
                self._new,
                self._late,
                self._deleted,
            ),
            (36, 14, 9, 8, 11, 7, 5, 6, 4),
        )[0]
        stretches, error = known()
        return Log(company, idp_id, stretches, error=error)

    @property
    def _wanted(self) -> datetime:
        return self.now - WANTED

    def _complete(self) -> tuple[list[Stretch], str]:
        return self._read(self._wanted, self.now), ""

    def _read(self, since: datetime, until: datetime) -> list[Stretch]:
        """Time that was read up to `until`, at that moment."""
        return [
            Stretch(since, until - OVERLAP, State.SETTLED),
            Stretch(until - OVERLAP, until, State.PROVISIONAL),
        ]

    def _with_hole(self) -> tuple[list[Stretch], str]:
        since = self.now - timedelta(minutes=self.random.randrange(60, 50 * 60))
        until = min(since + timedelta(minutes=self.random.randrange(30, 20 * 60)), self.now - 2 * OVERLAP)
        state = self.random.choice((State.FAILED, State.FAILED, State.UNREAD))
        return [
            Stretch(self._wanted, since, State.SETTLED),
            Stretch(since, until, state),
            *self._read(until, self.now),
        ], ""

    def _not_read_back(self) -> tuple[list[Stretch], str]:
        since = self.now - timedelta(minutes=self.random.randrange(60, 60 * 60))
        return [Stretch(self._wanted, since, State.UNREAD), *self._read(since, self.now)], ""

    def _stale(self) -> tuple[list[Stretch], str]:
        until = self.now - timedelta(minutes=self.random.randrange(40, 30 * 60))
        return [*self._read(self._wanted, until), Stretch(until, self.now, State.FAILED)], OUTAGE

    def _refused(self) -> tuple[list[Stretch], str]:
        if self.random.random() < 0.6:
            newest = self.now - 2 * OVERLAP
            return [
                Stretch(self._wanted, newest, State.UNREAD),
                Stretch(newest, self.now, State.FAILED),
            ], REFUSAL
        until = self.now - timedelta(minutes=self.random.randrange(40, 30 * 60))
        return [*self._read(self._wanted, until), Stretch(until, self.now, State.FAILED)], REFUSAL

    def _gone(self) -> tuple[list[Stretch], str]:
        since = self.now - timedelta(hours=self.random.randrange(20, 200))
        return [Stretch(self._wanted, since, State.GONE), *self._read(since, self.now)], ""

    def _late(self) -> tuple[list[Stretch], str]:
        since = (self.now - timedelta(hours=self.random.randrange(2, 60))).replace(minute=0, second=0)
        return [
            Stretch(self._wanted, since, State.SETTLED),
            Stretch(since, since + timedelta(hours=1), State.LATE),
            *self._read(since + timedelta(hours=1), self.now),
        ], ""

    def _deleted(self) -> tuple[list[Stretch], str]:
        since = self.now - timedelta(days=self.random.randrange(2, 20))
        return [Stretch(self._wanted, since, State.DELETED), *self._read(since, self.now)], ""

    def _new(self) -> tuple[list[Stretch], str]:
        return [Stretch(self._wanted, self.now, State.UNREAD)], ""

    # Rows

    def _fill(self, company: Company) -> None:
        apps = self._apps(company)
        people = self.random.sample(PEOPLE, self.random.randrange(1, 4))
        for _ in range(self.random.choice((0, 3, 8, 15, 25))):
            self._login_event(company, people, apps)
        if self.random.random() < 0.12:
            self._crowd(company, apps[0])
        if self.random.random() < 0.25:
            self._joined(company, apps)
        for log in company.logs:
            if log.is_scim:
                for person in self.random.sample(people, self.random.randrange(len(people) + 1)):
                    self._resource(log, person)
                if self.random.random() < 0.2:
                    self._unnamed(log)
        for log in company.logs:
            self.random.shuffle(log.rows)

    def _apps(self, company: Company) -> list[App]:
        shared = self.random.random() < 0.3
        own = "0" if shared else company.account_id[0]
        name = self.random.choice(("Wiki", "Wiki", "Notes"))
        return [
            App(f"{own}8a35b8-def0-45de-9d2f-f65d514fa761", "Wiki", f"wiki.{own}.example.net"),
            App(f"{own}8a35b8-def0-45de-9d2f-f65d514fa762", name, f"notes.{own}.example.net"),
        ]

    def _moment(self, log: Log) -> datetime | None:
        """A moment at which a row can be on record; None if there is none."""
        for _ in range(20):
            since, until, _ = self.random.choices(AGES, [weight for *_, weight in AGES])[0]
            moment = self.now - timedelta(seconds=self.random.randrange(int(since * 3600) + 1, int(until * 3600)))
            stretch = next(part for part in log.stretches if part.since <= moment < part.until)
            # What a window held before it failed is kept.
            if stretch.is_known or (stretch.state is State.FAILED and self.random.random() < 0.2):
                return moment
        return None

    def _login_event(self, company: Company, people: list[str], apps: list[App]) -> None:
        moment = self._moment(company.logins)
        if moment is None:
            return
        person, app = self.random.choice(people), self.random.choice(apps)
        kind = self.random.choices(
            ("login", "assets", "service", "pseudo", "blank", "logout", "register", "timeless", "unjudged"),
            (66, 8, 6, 4, 5, 4, 3, 2, 2),
        )[0]
        allowed: bool | None = self.random.random() < 0.45
        row = self._login(company, moment, person, app, allowed=allowed)
        if kind == "assets":
            for number in range(self.random.randrange(2, 6)):
                extra = self._login(company, moment, person, app, allowed=allowed)
                extra["app_domain"] = f"{app.host}/assets/main{number}.js"
                extra["connection"] = row["connection"]
                company.logins.rows.append(extra)
        oddities: dict[str, Row] = {
            "service": {"user_email": "", "user_id": "", "connection": "nonidentity"},
            "pseudo": {"user_email": self.random.choice(PSEUDO), "user_id": "", "connection": "service_token"},
            "blank": {"user_email": "", "user_id": "", "connection": "", "allowed": False},
            "logout": {"action": "logout"},
            "register": {"action": "register"},
            "unjudged": {"allowed": None},
        }
        row |= oddities.get(kind, {})
        if kind == "timeless":
            del row["created_at"]
        company.logins.rows.append(row)

    def _login(self, company: Company, moment: datetime, person: str, app: App, **values: Any) -> Row:
        number = next(self.serial)
        return {
            "created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "user_email": person,
            "user_id": user_id(company, person),
            "ip_address": self.random.choice(ADDRESSES),
            "country": self.random.choice(("US", "NL")),
            "app_domain": app.host,
            "app_name": app.name,
            "app_uid": app.uid,
            "app_type": "self_hosted",
            "action": "login",
            "connection": self.random.choice(("okta", "azureAD")),
            "ray_id": f"{number:016x}",
        } | values

    def _crowd(self, company: Company, app: App) -> None:
        """Many people are denied at one app within minutes."""
        moment = self._moment(company.logins)
        if moment is None:
            return
        for person in CROWD:
            company.logins.rows.append(self._login(company, moment, person, app, allowed=False))

    def _joined(self, company: Company, apps: list[App]) -> None:
        """A person has two addresses, each with an app of its own."""
        for person, app in zip(JOINED, apps, strict=True):
            for _ in range(2):
                if moment := self._moment(company.logins):
                    allowed = self.random.random() < 0.5
                    company.logins.rows.append(self._login(company, moment, person, app, allowed=allowed))

    def _resource(self, log: Log, person: str) -> None:
        """Some requests about one user. Those that change a part of it and fail all change the same part."""
        failing = self.random.choice((INACTIVE, ACTIVE, TITLE))
        for _ in range(self.random.randrange(1, 5)):
            if moment := self._moment(log):
                failed = self.random.random() < 0.5
                part = failing if failed else self.random.choice((INACTIVE, ACTIVE, TITLE))
                method, body = self.random.choice(
                    (("POST", self._user(person)), ("PUT", self._user(person)), ("DELETE", ""), *[("PATCH", part)] * 3)
                )
                log.rows.append(self._update(log, moment, person, method, body, failed=failed))

    def _user(self, person: str) -> str:
        return f'{{"userName":"{person}","active":{self.random.choice(("true", "true", "false"))}}}'

    def _update(self, log: Log, moment: datetime, person: str, method: str, body: str, *, failed: bool) -> Row:
        # Cloudflare's id of a user may be the same at two providers.
        return {
            "logged_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "idp_id": log.idp_id,
            "cf_resource_id": f"cf-{person}",
            "idp_resource_id": f"{log.idp_id[:2]}-{person}",
            "request_method": method,
            "resource_type": "USER",
            "resource_user_email": person,
            "request_body": body,
            "status": "FAILURE" if failed else "SUCCESS",
            "error_description": self.random.choice(ERRORS).format(email=person) if failed else "",
        }

    def _unnamed(self, log: Log) -> None:
        """A request that names nothing."""
        if moment := self._moment(log):
            row = self._update(log, moment, "", "POST", "{}", failed=True)
            log.rows.append(row | {"cf_resource_id": "", "idp_resource_id": "", "resource_user_email": ""})


def user_id(company: Company, person: str) -> str:
    name = JOINED[0] if person in JOINED else person
    return f"{company.account_id[:8]}-{name.partition('@')[0]}"


def world_of(seed: str, now: datetime) -> World:
    """The world that this seed makes."""
    return Maker(Random(seed), now.astimezone(UTC)).world(seed)
