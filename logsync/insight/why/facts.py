"""What is known when a login is judged again: the login, the person as last seen, the policies and what they refer to.

Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from logsync.cloudflare.policies import Policy, RuleGroup


class Who(StrEnum):
    """Who made a request: a person, a service, or somebody whom the row doesn't name."""

    PERSON = "person"
    SERVICE = "service"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What the row of a login says it brought. Texts are as in the log, blank where it says nothing.

    `at` is None if Cloudflare gave the row no time. `ip_address` may be a text that shows only a part of the address;
    then the whole of it, for comparisons only, is its attribute `whole`. `allowed` is None if there is no result.
    """

    at: datetime | None
    user_email: str
    user_id: str
    ip_address: str
    country: str
    connection: str
    who: Who = Who.PERSON
    allowed: bool | None = False


@dataclass(frozen=True, slots=True)
class Posture:
    """The result of one device posture check; `success` None if Cloudflare did not say."""

    name: str
    success: bool | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What Cloudflare last saw of the person. `seen_at` is when (`iat`), `read_at` when Gatehouse read it.

    `user_id` is the person's id in the login log (`user_uuid`), blank if the answer has none.
    `groups` None if the answer has none: then nothing is known of them. A group may be given by its name, id or e-mail.
    `claims` are attributes and claims by name, each with its values; None if the answer has none.
    """

    seen_at: datetime | None
    read_at: datetime
    user_email: str
    idp_id: str
    idp_type: str
    groups: frozenset[str] | None = None
    claims: Mapping[str, tuple[str, ...]] | None = None
    device_posture: Mapping[str, Posture] = field(default_factory=dict)
    certificate: Mapping[str, Any] | None = None
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class ScimGroup:
    """What SCIM last said of the person and a group: `is_member`, by an update at `at` through the provider `idp_id`.

    `names` are all by which a rule may call the group: its display name, its id at the provider, its id at Cloudflare.
    """

    names: frozenset[str]
    idp_id: str
    is_member: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ListItems:
    """A Gateway list: its items as they were read; None if they could not be, and `reason` says why."""

    name: str
    items: frozenset[str] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What policies of an account refer to, as it was when the login happened, all by id.

    `provider_types` are the types of the account's identity providers, None if they could not be listed.
    `missing` says why a part could not be read, by its name ("groups", "lists", "users"), for the sentence.
    `names` are names for ids that rules mention: groups of providers, posture checks, service tokens.
    """

    groups: Mapping[str, RuleGroup] = field(default_factory=dict)
    provider_types: Mapping[str, str] | None = None
    provider_names: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, ListItems] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of something that the judgement rests on, between two readings.

    It happened after `after` (None if nothing older is known) and no later than `by`; at `at` if Cloudflare says when.
    """

    kind: str
    object_id: str
    name: str
    after: datetime | None
    by: datetime
    at: datetime | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class AppPolicies:
    """The policies of an application as far as they are known for the moment of the login.

    `policies` None if they could not be read; then `unreadable` says what to grant. `read_at` is when they were last
    read. `as_of_login` is true if these are proved to be the policies at the moment of the login, not only later ones.
    `changed_since` are changes after the login, and those of which it isn't known whether they came before it.
    `allowed_idps` as in AppSettings. `unread` are the ids of those of the policies that could not be read, for the
    reason that `unreadable` gives: they have neither a decision nor rules.
    """

    account_id: int
    app_uid: str
    app: str
    policies: tuple[Policy, ...] | None
    read_at: datetime | None
    as_of_login: bool = False
    changed_since: tuple[Change, ...] = ()
    unreadable: str = ""
    allowed_idps: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one login, for `judge.explain`."""

    login: LoginFacts
    app: AppPolicies
    surroundings: Surroundings
    identity: Identity | None = None
    scim_groups: tuple[ScimGroup, ...] = ()

    @property
    def own_identity(self) -> Identity | None:
        """The identity if it is that of the person who logged in: by the id of the user, else by the e-mail address."""
        login, identity = self.login, self.identity
        if identity is None:
            return None
        if identity.user_id and login.user_id:
            return identity if identity.user_id.casefold() == login.user_id.casefold() else None
        email = login.user_email.strip().casefold()
        return identity if email and email == identity.user_email.strip().casefold() else None
