"""Meridian: the people, applications, identity providers and groups whose logs the simulator writes.

Every identifier is a hash of the seed and a name, so a restarted simulator knows everybody under the same one.
"""

import hashlib
import string
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from logsync.simulator import roster

DOMAIN = "meridian.example"
OKTA = "okta"
ENTRA = "azureAD"
ONE_TIME_PIN = "onetimepin"
BASE62 = string.digits + string.ascii_letters

# Letters that no Unicode decomposition turns into plain ones.
PLAIN_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", " ": ""})


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    given_name: str
    family_name: str
    email: str
    country: str
    utc_offset: int
    connection: str
    team: str
    title: str
    user_id: str
    ip_address: str
    other_ip_address: str
    idp_resource_id: str
    cf_resource_id: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def local_hour(self, utc_hour: int) -> int:
        return (utc_hour + self.utc_offset) % 24

    def is_awake(self, utc_hour: int) -> bool:
        return 7 <= self.local_hour(utc_hour) < 22


@dataclass(frozen=True, slots=True, eq=False)
class Application:
    name: str
    host: str
    type: str
    teams: frozenset[str]
    paths: tuple[str, ...]
    app_uid: str
    aud: str

    def admits(self, person: Person) -> bool:
        if "**" in self.teams:
            return True
        return person.team in self.teams or ("*" in self.teams and person.team != "contractor")


@dataclass(frozen=True, slots=True, eq=False)
class IdentityProvider:
    id: str
    name: str
    type: str

    @property
    def has_scim(self) -> bool:
        return self.type in (OKTA, ENTRA)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    name: str
    connection: str
    idp_resource_id: str
    cf_resource_id: str
    members: tuple[Person, ...]


class Company:
    """Everybody and everything at Meridian, under identifiers that follow from the seed."""

    name = "Meridian"

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.account_id = self.hexadecimal("account", self.name)[:32]
        self.people = tuple(self._people())
        self.applications = tuple(self._applications())
        self.identity_providers = tuple(
            IdentityProvider(self.guid("identity provider", type_), name, type_)
            for name, type_ in (("Okta", OKTA), ("Entra ID", ENTRA), ("One-time PIN", ONE_TIME_PIN))
        )
        self.groups = tuple(self._groups())

    def random(self, *names: object) -> Random:
        """Return the random numbers that belong to these names, the same ones at every call."""
        return Random("/".join(map(str, (self.seed, *names))))

    def hexadecimal(self, *names: object) -> str:
        return hashlib.sha256("/".join(map(str, (self.seed, *names))).encode()).hexdigest()

    def guid(self, *names: object) -> str:
        return str(uuid.UUID(hex=self.hexadecimal(*names)[:32], version=4))

    def idp_resource_id(self, connection: str, kind: str, name: str) -> str:
        """Return the id that the provider itself gives: 20 characters at Okta, a GUID at Entra."""
        if connection != OKTA:
            return self.guid(connection, kind, name)
        letters = self.random(connection, kind, name).choices(BASE62, k=17)
        return ("00u" if kind == "user" else "00g") + "".join(letters)

    @cached_property
    def person_by_email(self) -> dict[str, Person]:
        return {person.email: person for person in self.people}

    def people_through(self, connection: str) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.connection == connection)

    def applications_of(self, person: Person) -> tuple[Application, ...]:
        return tuple(app for app in self.applications if app.admits(person))

    def application(self, name: str) -> Application:
        return next(app for app in self.applications if app.name == name)

    def group(self, name: str) -> Group:
        return next(group for group in self.groups if group.name == name)

    def provider(self, connection: str) -> IdentityProvider:
        return next(idp for idp in self.identity_providers if idp.type == connection)

    def new_person(self, name: str, country: str, connection: str, team: str, title: str) -> Person:
        given_name, _, family_name = name.partition(" ")
        email = f"{plain(given_name)}.{plain(family_name)}@{DOMAIN}"
        return Person(
            given_name=given_name,
            family_name=family_name,
            email=email,
            country=country,
            utc_offset=roster.UTC_OFFSETS[country],
            connection=connection,
            team=team,
            title=title,
            user_id=self.guid("user", email),
            ip_address=self._office_address(email, country),
            other_ip_address=self._home_address(email),
            idp_resource_id=self.idp_resource_id(connection, "user", email),
            cf_resource_id=self.guid("scim", connection, "user", email),
        )

    def new_group(self, name: str, connection: str, *members: Person) -> Group:
        return Group(
            name=name,
            connection=connection,
            idp_resource_id=self.idp_resource_id(connection, "group", name),
            cf_resource_id=self.guid("scim", connection, "group", name),
            members=members,
        )

    def _people(self) -> Iterator[Person]:
        for name, country, connection, team, title in rows(roster.PEOPLE):
            yield self.new_person(name, country, connection, team, title)

    def _applications(self) -> Iterator[Application]:
        for name, label, type_, teams, paths in rows(roster.APPLICATIONS):
            yield Application(
                name=name,
                host=f"{label}.{DOMAIN}",
                type=type_,
                teams=frozenset(teams.split()),
                paths=tuple(paths.split()),
                app_uid=self.guid("application", name),
                aud=self.hexadecimal("aud", name),
            )

    def _groups(self) -> Iterator[Group]:
        for name, connection, teams in rows(roster.GROUPS):
            members = (p for p in self.people_through(connection) if teams == "*" or p.team in teams.split())
            yield self.new_group(name, connection, *members)

    def _office_address(self, email: str, country: str) -> str:
        """Return an address of RFC 5737 or RFC 3849; those who share a country share a network."""
        host = 1 + int(self.hexadecimal("office", email)[:4], 16) % 254
        network = ("192.0.2", "198.51.100", "203.0.113")[sum(map(ord, country)) % 3]
        if host % 6:
            return f"{network}.{host}"
        return f"2001:db8:{sum(map(ord, country)):x}::{host:x}"

    def _home_address(self, email: str) -> str:
        digits = self.hexadecimal("home", email)
        return f"2001:db8:{digits[:4]}:{digits[4:8]}::{digits[8:12]}"


def rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [cell.strip() for cell in line.split("|")]


def plain(name: str) -> str:
    """Return a name as it stands in an e-mail address: `Łukasz` is `lukasz`."""
    decomposed = unicodedata.normalize("NFKD", name.translate(PLAIN_LETTERS))
    return decomposed.encode("ascii", "ignore").decode().lower()
