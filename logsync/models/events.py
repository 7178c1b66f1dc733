"""The two logs, one row per event, under Cloudflare's own field names.

Text that Cloudflare left out is blank. Words of open sets are upper-cased; the original, if it differed, is in
`extra`, with every field that has no column of its own and every value that its column cannot hold.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import product
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Func, Q, When
from django.db.models.functions import Coalesce

from logsync.models.directory import Account
from logsync.models.masking import AddressField, BodyField, ExtraField
from logsync.models.visible import VisibleManager
from logsync.spans import BEGINNING, END

# The reference says FAILURE, the documentation ERROR; any other word is neither a failure nor a success.
FAILED_STATUSES = ("FAILURE", "ERROR")
SUCCESS = "SUCCESS"


# "login" in any case, and nothing. It is a list of words so that upper and lower case mean the same on both databases,
# and PostgreSQL can estimate how many rows match.
LOGIN_ACTIONS = ["", *map("".join, product(*zip("login", "LOGIN", strict=True)))]
# A row without an action counts as a login, as Cloudflare may leave a field out. Any other action, such as "logout",
# is no login, whatever its `allowed` says.
IS_LOGIN = Q(action__in=LOGIN_ACTIONS)
# How Cloudflare names the connection of a service: of a service token, or of a caller whom nobody asked who they are.
SERVICE_CONNECTIONS = ["nonidentity", "service_token"]
# All services of a team share these addresses, at the team's own domain. They are nobody's.
_SERVICE_NAMES = ("non_identity@", "warp_connector@")
_TEAM_DOMAIN = ".cloudflareaccess.com"
_SERVICE_ADDRESS = Q(person__endswith=_TEAM_DOMAIN) & (
    Q(person__startswith=_SERVICE_NAMES[0]) | Q(person__startswith=_SERVICE_NAMES[1])
)
BY_SERVICE = Q(connection__in=SERVICE_CONNECTIONS) | _SERVICE_ADDRESS
# The part of OF_PERSON that an index can have as its condition.
_NAMES_PERSON = ~Q(person="") & ~Q(connection__in=SERVICE_CONNECTIONS)
# By a person: with an e-mail address, and not by a service.
OF_PERSON = _NAMES_PERSON & ~_SERVICE_ADDRESS
# Without an e-mail address, and not known to be a service: someone who was stopped before they had to sign in.
WITHOUT_EMAIL = Q(person="") & ~Q(connection__in=SERVICE_CONNECTIONS)
LOGIN_OF_PERSON = IS_LOGIN & OF_PERSON
# Rows of people that are equal in these fields, and in the second of `created_at`, are one attempt: a page that loads
# thirty files is denied once, in thirty rows.
ATTEMPT = ("account", "app_uid", "person", "allowed", "second")


class Caller(models.TextChoices):
    """Who made a request, as far as its row says."""

    PERSON = "people"
    SERVICE = "service"
    # Neither an e-mail address nor a sign of a service.
    UNKNOWN = "unknown"


class Second(Func):
    """The second that a time falls into, for grouping. Both databases find it without calling Python."""

    output_field = models.DateTimeField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="date_trunc('second', %(expressions)s)", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 19)", **context)


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """Events with since <= created_at < until; an end that is None, BEGINNING or END is open."""
        return self.filter(_between("created_at", since, until))

    def logins(self) -> Self:
        """Logins of anyone; log-outs and other actions are none."""
        return self.filter(IS_LOGIN)

    def denied(self) -> Self:
        """Logins that Cloudflare says were denied; where it did not say, a login is neither denied nor allowed."""
        return self.filter(IS_LOGIN, allowed=False)

    def of_other_actions(self) -> Self:
        """Events that are no login, such as log-outs."""
        return self.filter(~IS_LOGIN)

    def logins_of_people(self) -> Self:
        """Login attempts by a person with an e-mail address; see `count_attempts` for how many they are."""
        return self.filter(LOGIN_OF_PERSON)

    def by_services(self) -> Self:
        """Events of service tokens, certificates, bypassed paths."""
        return self.filter(BY_SERVICE)

    def not_by_people(self) -> Self:
        """Events of services, and events that name nobody."""
        return self.filter(~OF_PERSON)

    def without_email(self) -> Self:
        """Events that name nobody, and are not known to be of a service."""
        return self.filter(WITHOUT_EMAIL)

    def with_second(self) -> Self:
        """The events, each with the `second` that it happened in."""
        return self.annotate(second=Second("created_at"))

    def count_attempts(self) -> int:
        """How many attempts of people these rows are; see ATTEMPT."""
        return int(self.logins_of_people().with_second().order_by().values(*ATTEMPT).distinct().count())


class AccessRequest(models.Model):
    """One row of the Access authentication log.

    `key` is the row's identity, see `logsync.ingest.store`. `created_at` is Cloudflare's time. A row that came without
    a readable one `lacks_time`: its `created_at` is the start of the window that it was read in, good for sorting and
    for nothing else (what came instead is in `extra`, see `given_time`).
    `allowed` is None where Cloudflare did not say. `arrived_at` is when the row was stored here. `person` is derived:
    `user_email` in lower case.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="access_requests", db_index=False)
    arrived_at = models.DateTimeField()
    created_at = models.DateTimeField()
    lacks_time = models.BooleanField(default=False)
    user_email = models.TextField(blank=True)
    user_id = models.TextField(blank=True)
    app_name = models.TextField(blank=True)
    app_uid = models.TextField(blank=True)
    app_domain = models.TextField(blank=True)
    app_type = models.TextField(blank=True)
    action = models.TextField(blank=True)
    connection = models.TextField(blank=True)
    allowed = models.BooleanField(null=True)
    ip_address = AddressField(blank=True)
    country = models.TextField(blank=True)
    ray_id = models.TextField(blank=True)
    extra = ExtraField(default=dict, blank=True)
    person = models.TextField(blank=True, default="")

    objects = VisibleManager.from_queryset(AccessRequestQuerySet)()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["created_at", "id"], name="login_by_time"),
            # Most pages ask for denials, which are a few of a hundred rows. Sums by application and by person are
            # read from these two alone, without a look at the rows. The first has all that tells logins of people.
            models.Index(
                fields=["created_at", "id", "account", "app_uid", "person", "action", "connection"],
                name="denied_by_time",
                condition=Q(allowed=False),
            ),
            models.Index(
                fields=["created_at", "account", "app_uid", "person"],
                name="denied_people_by_time",
                condition=Q(allowed=False) & IS_LOGIN & _NAMES_PERSON,
            ),
            models.Index(fields=["app_uid", "created_at"], name="login_by_app"),
            models.Index(fields=["person", "created_at"], name="login_by_person"),
            models.Index(fields=["ip_address", "created_at"], name="login_by_ip"),
            models.Index(fields=["ray_id"], name="login_by_ray"),
        ]

    def __str__(self) -> str:
        return f"{_time_words(self.created_at, self.lacks_time)} {self.user_email} {self.app_name}"

    @property
    def is_login(self) -> bool:
        """Whether this is a login, and not a log-out or another action."""
        return self.action.lower() in ("login", "")

    @property
    def is_denied(self) -> bool:
        """Whether `AccessRequestQuerySet.denied` would find this row."""
        return self.is_login and self.allowed is False

    @property
    def caller(self) -> Caller:
        """Who made the request."""
        return caller_of(self.person, self.connection)

    @property
    def is_login_of_person(self) -> bool:
        """Whether `AccessRequestQuerySet.logins_of_people` would find this row."""
        return self.is_login and self.caller is Caller.PERSON


class ScimUpdateQuerySet(models.QuerySet["ScimUpdate"]):
    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """Updates with since <= logged_at < until; an end that is None, BEGINNING or END is open."""
        return self.filter(_between("logged_at", since, until))

    def failed(self) -> Self:
        """Updates that Cloudflare says failed."""
        return self.filter(status__in=FAILED_STATUSES)

    def with_root(self) -> Any:
        """The updates, each with the `root` of its resource (see ScimResource); None if it names none."""
        return self.annotate(root=root_of("resource"))


class ScimUpdate(models.Model):
    """One row of the Access SCIM update log: a request of an identity provider (RFC 7644), and its result.

    `key`, `arrived_at` and a missing time are as in AccessRequest. `request_body` and `error_description` are as they
    came, with secrets redacted before storing.

    The rest is derived before the row is inserted (see `logsync.derived.scim_problems`): `person` is
    `resource_user_email` in lower case, `resource` what the update is about, `problem` which kind of failure it is,
    `touched` the attributes that it changes, one per line, and `activity` what it wants a user's account to be: active,
    inactive, or deleted.
    """

    class Activity(models.TextChoices):
        ON = "on"
        OFF = "off"
        DELETED = "deleted"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="scim_updates", db_index=False)
    arrived_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    lacks_time = models.BooleanField(default=False)
    status = models.TextField(blank=True)
    error_description = models.TextField(blank=True)
    request_method = models.TextField(blank=True)
    resource_type = models.TextField(blank=True)
    resource_user_email = models.TextField(blank=True)
    resource_group_name = models.TextField(blank=True)
    idp_id = models.TextField(blank=True)
    idp_resource_id = models.TextField(blank=True)
    cf_resource_id = models.TextField(blank=True)
    request_body = BodyField(blank=True)
    extra = ExtraField(default=dict, blank=True)
    person = models.TextField(blank=True, default="")
    touched = models.TextField(blank=True, default="")
    activity = models.CharField(max_length=8, choices=Activity, blank=True, default="")
    resource = models.ForeignKey(
        "ScimResource", on_delete=models.SET_NULL, null=True, related_name="updates", db_index=False
    )
    problem = models.ForeignKey(
        "ScimProblem", on_delete=models.SET_NULL, null=True, related_name="updates", db_index=False
    )

    objects = VisibleManager.from_queryset(ScimUpdateQuerySet)()

    class Meta:
        ordering = ["-logged_at", "-id"]
        indexes = [
            models.Index(fields=["logged_at", "id"], name="scim_by_time"),
            models.Index(
                fields=["logged_at", "id"], name="scim_failed_by_time", condition=Q(status__in=FAILED_STATUSES)
            ),
            models.Index(fields=["cf_resource_id", "logged_at"], name="scim_by_cf_resource"),
            models.Index(fields=["idp_resource_id", "logged_at"], name="scim_by_idp_resource"),
            models.Index(fields=["person", "logged_at"], name="scim_by_person"),
            models.Index(fields=["resource", "logged_at"], name="scim_by_resource"),
            models.Index(fields=["problem", "logged_at"], name="scim_by_problem"),
            models.Index(fields=["logged_at"], name="scim_deactivations", condition=Q(activity__in=["off", "deleted"])),
        ]

    def __str__(self) -> str:
        return f"{_time_words(self.logged_at, self.lacks_time)} {self.request_method} {self.resource_label}"

    @property
    def resource_label(self) -> str:
        """What the request was about, by the best name that the row has; blank if it names nothing."""
        return self.resource_user_email or self.resource_group_name or self.cf_resource_id or self.idp_resource_id or ""

    @property
    def has_failed(self) -> bool:
        return self.status in FAILED_STATUSES


def given_time(field: str) -> Case:
    """The time of a row as Cloudflare gave it; NULL where it gave none."""
    return Case(When(lacks_time=False, then=F(field)), output_field=models.DateTimeField())


def root_of(resource: str) -> Coalesce:
    """The root of the resource that a lookup such as "resource" leads to; see ScimResource."""
    return Coalesce(f"{resource}__same_as", resource)


def caller_of(person: str, connection: str) -> Caller:
    """Who made a request with these values: OF_PERSON, BY_SERVICE and WITHOUT_EMAIL say the same to the database."""
    if connection in SERVICE_CONNECTIONS or is_service_address(person):
        return Caller.SERVICE
    return Caller.PERSON if person else Caller.UNKNOWN


def is_service_address(person: str) -> bool:
    """Whether an address in lower case is one that the services of a team share, and not a person's."""
    return person.startswith(_SERVICE_NAMES) and person.endswith(_TEAM_DOMAIN)


def _time_words(time: datetime, lacks_time: bool) -> str:
    return "no time given" if lacks_time else f"{time:%Y-%m-%d %H:%M:%S}"


def _between(field: str, since: datetime | None, until: datetime | None) -> Q:
    inside = Q()
    if since not in (None, BEGINNING):
        inside &= Q(**{f"{field}__gte": since})
    if until not in (None, END):
        inside &= Q(**{f"{field}__lt": until})
    return inside
