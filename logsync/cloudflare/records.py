"""One validated record of each kind: API JSON in, typed fields out.

Cloudflare declares every field of both logs optional, so a field may be absent, null or empty: absent and null text
is `""` here, an absent flag or time is `None`. Nothing is dropped: what Cloudflare adds tomorrow, and any value that
its typed field cannot hold, is kept under its own name in `extra`.

Sources: the API reference pages "Get Access authentication logs" and "List Access SCIM update logs".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, Self, TypeVar

from logsync.cloudflare.deep_json import DEEPEST_ROW, DeepItem
from logsync.cloudflare.errors import UnexpectedAnswerError

# RFC 3339, with the 0 to 9 fractional digits that Cloudflare really sends.
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
# A float of so many nanoseconds is written with an exponent.
_NUMBER = re.compile(r"[1-9]\d{0,18}(\.\d{1,20})?(e\+1\d)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# In nanoseconds: a count of seconds has ten digits in between.
_FIRST_SECOND, _LAST_SECOND = 10**9 * 10**9, 10**10 * 10**9
# A database holds neither NUL nor half a surrogate pair; both can be written into a log by anyone.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Far deeper than any real value, and far from Python's recursion limit: a log can be written by anyone.
_DEEPEST = 100
# Ids are looked up by an index, and one of PostgreSQL's holds 2,704 bytes in all; real ids have up to 64 letters.
LONGEST_ID = 200


class _Logged(Protocol):
    """A record of a row of a log: its identity among rows, and when it happened (None if unreadable)."""

    @property
    def identity(self) -> str: ...
    @property
    def time(self) -> datetime | None: ...
    @classmethod
    def from_json(cls, item: object) -> Self: ...


Record = TypeVar("Record", bound=_Logged)


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in UTC: `time` cut to microseconds, `text` with all nine fractional digits."""

    time: datetime
    text: str

    @classmethod
    def parse(cls, value: object) -> Self | None:
        """Read an RFC 3339 date-time, or the time since 1970 as Logpush writes it; None for anything else."""
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            nanoseconds = _since_1970(value)
            return cls._of(nanoseconds) if nanoseconds is not None else None
        day, clock, fraction, zone = match.groups()
        digits = (fraction or "").ljust(9, "0")
        try:
            whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}").astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return cls(whole + timedelta(microseconds=int(digits[:6])), f"{whole:%Y-%m-%dT%H:%M:%S}.{digits}Z")

    @classmethod
    def _of(cls, nanoseconds: int) -> Self:
        seconds, rest = divmod(nanoseconds, 10**9)
        whole = _EPOCH + timedelta(seconds=seconds)
        return cls(whole + timedelta(microseconds=rest // 1000), f"{whole:%Y-%m-%dT%H:%M:%S}.{rest:09}Z")


def _since_1970(value: object) -> int | None:
    """A number of seconds, milliseconds, microseconds or nanoseconds since 1970, in nanoseconds; None for any other.

    Which unit it is shows in its size: each has ten digits for the second, from 2001 until 2286, and a unit of its own
    for the rest. A number of any other size is no time.
    """
    if isinstance(value, bool) or (isinstance(value, int) and value >= _LAST_SECOND):
        return None
    match = _NUMBER.fullmatch(str(value)) if isinstance(value, int | float | str) else None
    if match is None:
        return None
    number = Decimal(match[0])
    for unit in (10**9, 10**6, 10**3, 1):
        if _FIRST_SECOND <= number * unit < _LAST_SECOND:
            return int(number * unit)
    return None


def storable(value: Any) -> Any:
    """Replace what no database can hold (NUL, half surrogates) by U+FFFD, in text at any depth."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    return value


def cut_deep(value: Any, depth: int = 0) -> Any:
    """The value with U+FFFD in place of what is nested too deep to be walked."""
    if not isinstance(value, list | dict):
        return value
    if depth == _DEEPEST:
        return "\ufffd"
    if isinstance(value, list):
        return [cut_deep(item, depth + 1) for item in value]
    return {name: cut_deep(item, depth + 1) for name, item in value.items()}


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row of a log that cannot be kept as what it is: `reason` is a sentence.

    `value` is what came, as far as it may be kept; `identity` and `time` are as those of a record.
    """

    reason: str
    value: Any
    identity: str
    time: datetime | None = None


class _Fields:
    """Takes the fields of one JSON object, and keeps in `extra` what the typed fields cannot hold."""

    def __init__(self, item: object) -> None:
        if not isinstance(item, dict):
            raise UnexpectedAnswerError(
                "A row of Cloudflare's answer is not a JSON object; nothing of that page was stored. "
                "It is retried automatically; if it keeps happening, ask Cloudflare's support."
            )
        self._left: dict[str, Any] = {name: cut_deep(value) for name, value in item.items()}
        self._extra: dict[str, Any] = {}

    def text(self, name: str) -> str:
        value = self._left.pop(name, None)
        if isinstance(value, str):
            return str(storable(value))
        if value is not None:
            self._extra[name] = value
        return ""

    def document(self, name: str) -> str:
        """Text that is JSON or a sentence; where it comes decoded, as an object or a list, it is written as JSON."""
        if isinstance(self._left.get(name), dict | list):
            return json.dumps(storable(self._left.pop(name)), ensure_ascii=False)
        return self.text(name)

    def id(self, name: str) -> str:
        """Text by which rows are looked up: as long as an index can hold, whatever came."""
        value = self.text(name)
        if len(value) > LONGEST_ID:
            self._extra[name] = value
        return value[:LONGEST_ID]

    def word(self, name: str) -> str:
        """A word of an open set, upper-cased, because Cloudflare's own case varies."""
        value = self.text(name)
        if value != value.upper():
            self._extra[name] = value
        return value.upper()

    def flag(self, name: str) -> bool | None:
        value = self._left.pop(name, None)
        if isinstance(value, bool):
            return value
        if value is not None:
            self._extra[name] = value
        return None

    def time(self, name: str) -> datetime | None:
        value = self._left.pop(name, None)
        instant = Instant.parse(value)
        if instant is None or not instant.text.endswith("000Z"):
            # Missing, unreadable, or finer than a microsecond: the row then keeps what came instead.
            self._extra[name] = value
        return instant.time if instant else None

    def rest(self) -> dict[str, Any]:
        extra: dict[str, Any] = storable(self._left | self._extra)
        return extra


# The fields that identify a row, version 1: those that were documented when the first row was stored. They stay as they
# are, whatever Cloudflare documents later: the key of every stored row is a hash of just these, so with any other list
# each row would be stored once more. Another version has to come with a way to recognise the rows of this one.
LOGIN_IDENTITY_V1 = (
    "action",
    "allowed",
    "app_domain",
    "app_uid",
    "connection",
    "created_at",
    "ip_address",
    "ray_id",
    "user_email",
)
SCIM_IDENTITY_V1 = (
    "cf_resource_id",
    "error_description",
    "idp_id",
    "idp_resource_id",
    "logged_at",
    "request_body",
    "request_method",
    "resource_group_name",
    "resource_type",
    "resource_user_email",
    "status",
)


def _identity(item: dict[str, Any], names: tuple[str, ...], time: str) -> str:
    """The named fields as they came, in one canonical spelling; an absent field and null are the same.

    The time is spelled one way, because a server may write one instant with more or fewer digits.
    """
    known = {name: cut_deep(item[name]) for name in names if item.get(name) is not None}
    if instant := Instant.parse(known.get(time)):
        known[time] = instant.text
    return json.dumps(known, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One row of the Access authentication log. `allowed` is None where Cloudflare did not say.

    `identity` is the canonical JSON of the fields of LOGIN_IDENTITY_V1 as they came.
    """

    created_at: datetime | None
    user_email: str
    user_id: str
    app_name: str
    app_uid: str
    app_domain: str
    app_type: str
    action: str
    connection: str
    allowed: bool | None
    ip_address: str
    country: str
    ray_id: str
    extra: dict[str, Any]
    identity: str

    @property
    def time(self) -> datetime | None:
        """When the event happened."""
        return self.created_at

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded JSON object. Raises UnexpectedAnswerError if it is not an object."""
        fields = _Fields(item)
        assert isinstance(item, dict)
        return cls(
            identity=_identity(item, LOGIN_IDENTITY_V1, "created_at"),
            created_at=fields.time("created_at"),
            user_email=fields.text("user_email"),
            user_id=fields.id("user_id"),
            app_name=fields.text("app_name"),
            app_uid=fields.id("app_uid"),
            app_domain=fields.text("app_domain"),
            app_type=fields.text("app_type"),
            action=fields.text("action"),
            connection=fields.text("connection"),
            allowed=fields.flag("allowed"),
            ip_address=fields.id("ip_address"),
            country=fields.word("country"),
            ray_id=fields.id("ray_id"),
            extra=fields.rest(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimUpdate:
    """One row of the Access SCIM update log: a provisioning request and what became of it.

    `request_body` is text as it came: JSON, broken JSON, or nothing. It may hold secrets.
    `identity` is the canonical JSON of the fields of SCIM_IDENTITY_V1 as they came, and so may hold secrets too.
    """

    logged_at: datetime | None
    status: str
    error_description: str
    request_method: str
    resource_type: str
    resource_user_email: str
    resource_group_name: str
    idp_id: str
    idp_resource_id: str
    cf_resource_id: str
    request_body: str
    extra: dict[str, Any]
    identity: str

    @property
    def time(self) -> datetime | None:
        """When the request was logged."""
        return self.logged_at

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded JSON object. Raises UnexpectedAnswerError if it is not an object."""
        if isinstance(item, dict) and "http_method" in item and item.get("request_method") is None:
            # Some answers have been seen to name the method so; the reference says request_method.
            item = {**item, "request_method": item["http_method"]}
            del item["http_method"]
        fields = _Fields(item)
        assert isinstance(item, dict)
        return cls(
            identity=_identity(item, SCIM_IDENTITY_V1, "logged_at"),
            logged_at=fields.time("logged_at"),
            status=fields.word("status"),
            error_description=fields.document("error_description"),
            request_method=fields.word("request_method"),
            resource_type=fields.word("resource_type"),
            resource_user_email=fields.text("resource_user_email"),
            resource_group_name=fields.text("resource_group_name"),
            idp_id=fields.id("idp_id"),
            idp_resource_id=fields.id("idp_resource_id"),
            cf_resource_id=fields.id("cf_resource_id"),
            request_body=fields.document("request_body"),
            extra=fields.rest(),
        )


def row_of(kind: type[Record], item: object) -> Record | UnreadableRow:
    """Read one row of a log. What is wrong with one row must not cost the others."""
    if isinstance(item, DeepItem) and isinstance(item.value, dict):
        record = kind.from_json(item.value)
        reason = f"A value in it is nested more than {DEEPEST_ROW:,} levels deep."
        return UnreadableRow(reason, storable(item.value), record.identity, record.time)
    if isinstance(item, dict):
        return kind.from_json(item)
    value = storable(item.value if isinstance(item, DeepItem) else cut_deep(item))
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return UnreadableRow(f"It is not a JSON object, but {_TYPES[type(value)]}.", value, text)


_TYPES = {list: "a list", str: "text", bool: "a flag", int: "a number", float: "a number", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account that the token can see."""

    account_id: str
    name: str

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded JSON object. Raises UnexpectedAnswerError if it is not an object."""
        fields = _Fields(item)
        return cls(account_id=fields.text("id"), name=fields.text("name"))


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """An identity provider without its secrets: nothing of `config` is read, and three fields of `scim_config`.

    `user_deprovision` and `identity_update_behavior` are None and "" where Cloudflare did not say.
    """

    idp_id: str
    name: str
    type: str
    scim_enabled: bool
    user_deprovision: bool | None
    identity_update_behavior: str

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded JSON object. Raises UnexpectedAnswerError if it is not an object."""
        fields = _Fields(item)
        assert isinstance(item, dict)
        config = item.get("scim_config")
        scim = _Fields(config if isinstance(config, dict) else {})
        return cls(
            idp_id=fields.text("id"),
            name=fields.text("name"),
            type=fields.text("type"),
            scim_enabled=scim.flag("enabled") is True,
            user_deprovision=scim.flag("user_deprovision"),
            identity_update_behavior=scim.text("identity_update_behavior"),
        )


@dataclass(frozen=True, slots=True)
class Application:
    """An Access application; `app_uid` is what the login log calls it.

    `domain` is blank where an app has none, as that of a Worker. `hosts` are all hosts at which it is reached, or
    hosts with a path, in lower case and without a scheme: `domain`, the further ones of a self-hosted app, its
    destinations, and the sign-in address of a SaaS app.
    """

    app_uid: str
    name: str
    domain: str
    type: str
    aud: str
    hosts: tuple[str, ...]

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded JSON object. Raises UnexpectedAnswerError if it is not an object."""
        fields = _Fields(item)
        assert isinstance(item, dict)
        return cls(
            app_uid=fields.text("id"),
            name=fields.text("name"),
            domain=fields.text("domain"),
            type=fields.text("type"),
            aud=fields.text("aud"),
            hosts=_hosts_of(item),
        )


def _hosts_of(application: dict[str, Any]) -> tuple[str, ...]:
    saas = application.get("saas_app")
    places = [
        application.get("domain"),
        *_items(application.get("self_hosted_domains")),
        *(
            destination.get(name)
            for destination in _items(application.get("destinations"))
            if isinstance(destination, dict)
            for name in ("uri", "hostname")
        ),
        *([saas.get("sso_endpoint")] if isinstance(saas, dict) else []),
    ]
    hosts = [_host_in(place) for place in places if isinstance(place, str)]
    return tuple(dict.fromkeys(host for host in hosts if host))


def _host_in(place: str) -> str:
    """A host, with its path, as it is compared: in lower case, without a scheme and without what follows the path."""
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", str(storable(place)).strip().lower())
    return re.split(r"[?#\s]", text, maxsplit=1)[0].rstrip("/")


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class TokenState:
    """What Cloudflare says of a token: `status` is active, disabled or expired; `expires_on` None if it never does."""

    status: str
    expires_on: datetime | None

    @classmethod
    def from_json(cls, item: object) -> Self:
        """Read one decoded JSON object. Raises UnexpectedAnswerError if it is not an object."""
        fields = _Fields(item)
        return cls(status=fields.text("status"), expires_on=fields.time("expires_on"))
