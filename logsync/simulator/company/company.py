"""Meridian and its sisters: the people, applications, identity providers and groups whose logs are written.

Every identifier is a hash of the seed and a name, so it stays the same after a restart.
"""

import hashlib
import string
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from logsync.simulator.company import roster

OKTA = "okta"
ENTRA = "azureAD"
ONE_TIME_PIN = "onetimepin"
BASE62 = string.digits + string.ascii_letters

# Letters that no Unicode decomposition turns into plain ones.
PLAIN_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", " ": ""})


@dataclass(frozen=True, slots=True, eq=False)
class IdentityProvider:
    """`key` names it within its company: its type, or its name if it is not the first one of its type."""

    id: str
    key: str
    name: str
    type: str
    has_scim: bool


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    given_name: str
    family_name: str
    email: str
    country: str
    utc_offset: int
    provider: IdentityProvider
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

    @property
    def connection(self) -> str:
        """Return what the login log calls the way in which the person signs in: the type of the provider."""
        return self.provider.type

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
class Group:
    name: str
    provider: IdentityProvider
    idp_resource_id: str
    cf_resource_id: str
    members: tuple[Person, ...]


class Company:
    """Everybody and everything at one company, with identifiers that follow from the seed.

    `providers`: how many identity providers push over SCIM; each after the second has people and groups of its own.
    """

    def __init__(self, seed: str, name: str = "Meridian", providers: int = 2) -> None:
        self.seed = seed
        self.name = name
        self.label = name.lower().replace(" ", "-")
        self.domain = f"{self.label}.example"
        self.account_id = self.hexadecimal("account", name)[:32]
        self.identity_providers = tuple(self._identity_providers(providers))
        self.people = tuple(self._people())
        self.applications = tuple(self._applications())
        self.groups = tuple(self._groups())

    def random(self, *names: object) -> Random:
        """Return the random numbers that belong to these names, the same ones at every call."""
        return Random("/".join(map(str, (self.seed, *names))))

    def hexadecimal(self, *names: object) -> str:
        return hashlib.sha256("/".join(map(str, (self.seed, *names))).encode()).hexdigest()

    def guid(self, *names: object) -> str:
        return str(uuid.UUID(hex=self.hexadecimal(*names)[:32], version=4))

    def idp_resource_id(self, provider: IdentityProvider, kind: str, name: str) -> str:
        """Return the id that the provider itself gives: 20 characters at Okta, a GUID at Entra."""
        if provider.type != OKTA:
            return self.guid(provider.key, kind, name)
        letters = self.random(provider.key, kind, name).choices(BASE62, k=17)
        return ("00u" if kind == "user" else "00g") + "".join(letters)

    @cached_property
    def person_by_email(self) -> dict[str, Person]:
        return {person.email: person for person in self.people}

    def email(self, account_name: str) -> str:
        return f"{account_name}@{self.domain}"

    def people_of(self, provider: IdentityProvider) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.provider is provider)

    def groups_of(self, provider: IdentityProvider) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.provider is provider)

    def applications_of(self, person: Person) -> tuple[Application, ...]:
        return tuple(app for app in self.applications if app.admits(person))

    def application(self, name: str) -> Application:
        return next(app for app in self.applications if app.name == name)

    def group(self, name: str) -> Group:
        return next(group for group in self.groups if group.name == name)

    def provider(self, key: str) -> IdentityProvider:
        return next(idp for idp in self.identity_providers if idp.key == key)

    def new_person(self, name: str, country: str, provider: IdentityProvider, team: str, title: str) -> Person:
        given_name, _, family_name = name.partition(" ")
        email = self.email(f"{plain(given_name)}.{plain(family_name)}")
        return Person(
            given_name=given_name,
            family_name=family_name,
            email=email,
            country=country,
            utc_offset=roster.UTC_OFFSETS[country],
            provider=provider,
            team=team,
            title=title,
            user_id=self.guid("user", email),
            ip_address=self._office_address(email, country),
            other_ip_address=self._home_address(email),
            idp_resource_id=self.idp_resource_id(provider, "user", email),
            cf_resource_id=self.guid("scim", provider.key, "user", email),
        )

    def new_group(self, name: str, provider: IdentityProvider, *members: Person) -> Group:
        return Group(
            name=name,
            provider=provider,
            idp_resource_id=self.idp_resource_id(provider, "group", name),
            cf_resource_id=self.guid("scim", provider.key, "group", name),
            members=members,
        )

    def _identity_providers(self, with_scim: int) -> Iterator[IdentityProvider]:
        yield self._identity_provider("Okta", OKTA, key=OKTA, has_scim=with_scim > 0)
        yield self._identity_provider("Entra ID", ENTRA, key=ENTRA, has_scim=with_scim > 1)
        for division in range(with_scim - 2):
            brand, type_ = (("Okta", OKTA), ("Entra", ENTRA))[division % 2]
            name = f"{brand} {numbered(roster.DIVISIONS, division)}"
            yield self._identity_provider(name, type_, key=name, has_scim=True)
        yield self._identity_provider("One-time PIN", ONE_TIME_PIN, key=ONE_TIME_PIN, has_scim=False)

    def _identity_provider(self, name: str, type_: str, *, key: str, has_scim: bool) -> IdentityProvider:
        return IdentityProvider(self.guid("identity provider", key), key, name, type_, has_scim)

    def _people(self) -> Iterator[Person]:
        for name, country, key, team, title in rows(roster.PEOPLE):
            yield self.new_person(name, country, self.provider(key), team, title)
        yield from self._people_of_divisions()

    def _people_of_divisions(self) -> Iterator[Person]:
        random = self.random("divisions")
        given_names, family_names = roster.DIVISION_GIVEN_NAMES.split(), roster.DIVISION_FAMILY_NAMES.split()
        names = [f"{given} {family}" for given in given_names for family in family_names]
        random.shuffle(names)
        for provider in self._of_divisions:
            division = provider.name.partition(" ")[2]
            team = "contractor" if division in roster.DIVISIONS_OF_CONTRACTORS else plain(division)
            for title in roster.DIVISION_TITLES:
                country = random.choice(list(roster.UTC_OFFSETS))
                yield self.new_person(names.pop(), country, provider, team, title)

    @property
    def _of_divisions(self) -> tuple[IdentityProvider, ...]:
        return tuple(idp for idp in self.identity_providers if idp.key == idp.name)

    def _applications(self) -> Iterator[Application]:
        for name, label, type_, teams, paths in rows(roster.APPLICATIONS):
            yield Application(
                name=name,
                host=f"{label}.{self.domain}",
                type=type_,
                teams=frozenset(teams.split()),
                paths=tuple(paths.split()),
                app_uid=self.guid("application", name),
                aud=self.hexadecimal("aud", name),
            )

    def _groups(self) -> Iterator[Group]:
        for name, key, teams in rows(roster.GROUPS):
            provider = self.provider(key)
            members = (p for p in self.people_of(provider) if teams == "*" or p.team in teams.split())
            yield self.new_group(name, provider, *members)
        for provider in self._of_divisions:
            yield from self._groups_of_division(provider)

    def _groups_of_division(self, provider: IdentityProvider) -> Iterator[Group]:
        people = self.people_of(provider)
        for name, members in (("leads", people[:3]), ("tools", people[::2]), ("everybody", people)):
            yield self.new_group(f"{provider.name} {name}".lower().replace(" ", "-"), provider, *members)

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


def companies(seed: str, accounts: int, providers: int) -> tuple[Company, ...]:
    """Return Meridian, and after it as many sisters, each with a seed of its own, as there are further accounts."""
    sisters = (
        Company(f"{seed}/{number}", f"Meridian {numbered(roster.SISTERS, number - 2)}", providers)
        for number in range(2, accounts + 1)
    )
    return (Company(seed, providers=providers), *sisters)


def numbered(names: Sequence[str], position: int) -> str:
    """Return the name at a position; after the last name they begin again, with a number."""
    round_, index = divmod(position, len(names))
    return f"{names[index]} {round_ + 1}" if round_ else names[index]


def rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [cell.strip() for cell in line.split("|")]


def plain(name: str) -> str:
    """Return a name as it is written in an e-mail address: `Łukasz` is `lukasz`."""
    decomposed = unicodedata.normalize("NFKD", name.translate(PLAIN_LETTERS))
    return decomposed.encode("ascii", "ignore").decode().lower()
