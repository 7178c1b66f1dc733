"""What is true of a world, worked out from its rows in the plainest way: nothing here is shared with the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.worlds.making import ACTIVE, ERRORS, INACTIVE, JOINED
from tests.worlds.world import Company, Log, Row, State, World

# Where a row without a time is kept: at the start of the window that it was read in.
TIMELESS_AGE = timedelta(minutes=30)
LENIENCY = timedelta(minutes=2)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
FAILING = ("open", "regressed")
Resource = tuple[str, str, str]  # account, provider, person
Standing = tuple[tuple[object, ...], Resource]  # a problem, and a resource
Pair = tuple[str, str, str]  # account, app, person


@dataclass(frozen=True)
class Login:
    """A row of the login log."""

    account_id: str
    at: datetime
    has_time: bool
    row_id: str
    person: str
    user_id: str
    app_uid: str
    action: str
    connection: str
    allowed: bool | None

    @property
    def is_service(self) -> bool:
        return self.connection == "nonidentity" or self.person.endswith(".cloudflareaccess.com")

    @property
    def is_try_of_person(self) -> bool:
        return self.action.lower() in ("", "login") and self.person != "" and not self.is_service

    @property
    def attempt(self) -> tuple[object, ...]:
        """Rows of one page load are one attempt."""
        return self.account_id, self.person, self.app_uid, self.allowed, self.at.replace(microsecond=0)


@dataclass(frozen=True)
class Update:
    """A row of the SCIM log."""

    account_id: str
    at: datetime
    idp_id: str
    person: str
    method: str
    body: str
    has_failed: bool
    error: str

    @property
    def resource(self) -> Resource:
        return self.account_id, self.idp_id, self.person

    @property
    def kind_of_error(self) -> int:
        return next(at for at, text in enumerate(ERRORS) if text.format(email=self.person) == self.error)

    @property
    def problem(self) -> tuple[object, ...]:
        return self.account_id, self.idp_id, self.method, self.kind_of_error

    @property
    def switches_off(self) -> bool:
        return self.method == "DELETE" or self.body == INACTIVE or '"active":false' in self.body

    @property
    def switches_on(self) -> bool:
        return self.body == ACTIVE or '"active":true' in self.body

    def heals(self, failed: Update) -> bool:
        """Whether this success, later than that failure, shows that what failed works now."""
        if failed.method == "PATCH":
            # Whoever was to be switched off is not by a request that switches them on.
            is_whole = self.method in ("PUT", "POST") and failed.switches_off in (False, self.switches_off)
            is_whole = is_whole and failed.switches_on in (False, self.switches_on)
            return is_whole or (self.method == "PATCH" and self.body == failed.body)
        answers = {"POST": ("POST", "PUT", "PATCH"), "PUT": ("PUT", "POST"), "DELETE": ("DELETE",)}
        return self.method in answers[failed.method]


class Truth:
    """Everything that is claimed of a world can be asked here."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = world.now
        self.logins = [_login(company, row, self.now) for company in world.companies for row in company.logins.rows]
        self.updates = [_update(log, row) for log in world.logs if log.is_scim for row in log.rows]

    # Time

    def logs(self, *, scim: bool, account_id: str = "", idp_id: str = "") -> list[Log]:
        return [
            log
            for log in self.world.logs
            if log.is_scim is scim and account_id in ("", log.account.account_id) and idp_id in ("", log.idp_id)
        ]

    def states(self, logs: Iterable[Log], since: datetime | None, until: datetime | None) -> set[State]:
        """What is known of a time in any of these logs."""
        return set().union(*(log.states(since, min(until or self.now, self.now)) for log in logs))

    # Logins

    def between(self, since: datetime | None, until: datetime | None, account_id: str = "") -> list[Login]:
        return [
            login
            for login in self.logins
            if (since or BEGINNING) <= login.at < (until or self.now + timedelta(days=1))
            and account_id in ("", login.account_id)
        ]

    def attempts(self, logins: Iterable[Login], *, allowed: bool) -> int:
        """How often people tried."""
        return len({login.attempt for login in logins if login.is_try_of_person and login.allowed is allowed})

    def people_denied(self, logins: Iterable[Login]) -> set[str]:
        return {login.person for login in logins if login.is_try_of_person and login.allowed is False}

    def locked_out(self, logins: Iterable[Login], as_of: datetime | None = None) -> set[Pair]:
        """Who lost an app: denied there by one of these logins, let in there earlier, and not since."""
        return {pair for pair in self.without_access(logins, as_of) if pair in self._ever_let_in(as_of)}

    def never_had_access(self, logins: Iterable[Login], as_of: datetime | None = None) -> set[Pair]:
        """Who was denied at an app by one of these logins, and was never let in there by any."""
        return {pair for pair in self.without_access(logins, as_of) if pair not in self._ever_let_in(as_of)}

    def _ever_let_in(self, as_of: datetime | None) -> set[Pair]:
        return {
            (login.account_id, login.app_uid, login.person)
            for login in self.logins
            if login.is_try_of_person and login.allowed and (as_of is None or login.at < as_of)
        }

    def without_access(self, logins: Iterable[Login], as_of: datetime | None = None) -> set[Pair]:
        """Who was denied at an app by one of these logins, and was not let in there since, up to a moment or to now."""
        last: dict[Pair, datetime] = {}
        for login in logins:
            if login.is_try_of_person and login.allowed is False:
                pair = (login.account_id, login.app_uid, login.person)
                last[pair] = max(last.get(pair, BEGINNING), login.at)
        got_in = {
            (login.account_id, login.app_uid, login.person)
            for login in self.logins
            if login.is_try_of_person
            and login.allowed
            and (as_of is None or login.at < as_of)
            and login.at > last.get((login.account_id, login.app_uid, login.person), login.at)
        }
        return set(last) - got_in

    # SCIM

    @cache  # noqa: B019  It lives as long as its world.
    def standings(self, as_of: datetime | None = None) -> dict[Standing, str]:
        """How each resource stands with each problem, at a moment; None for now."""
        by_resource: dict[Resource, list[Update]] = defaultdict(list)
        for update in self.updates:
            if update.person and (as_of is None or update.at < as_of):
                by_resource[update.resource].append(update)
        found = {}
        for resource, updates in by_resource.items():
            for problem in {update.problem for update in updates if update.has_failed}:
                found[problem, resource] = _standing(problem, updates)
        return found

    def failing(self, account_id: str = "", as_of: datetime | None = None) -> set[Resource]:
        """The resources that fail at a moment, of one account or of all."""
        return {
            resource
            for (_, resource), state in self.standings(as_of).items()
            if state in FAILING and account_id in ("", resource[0])
        }

    # People who were switched off

    def switched_off(self, since: datetime | None, account_id: str = "") -> dict[tuple[str, str], datetime]:
        """Since when each person is off who was switched off in this time, at every provider that had them on."""
        found: dict[tuple[str, str], datetime] = {}
        on_at: dict[tuple[str, str], set[str]] = defaultdict(set)
        for update in sorted(self.updates, key=lambda update: update.at):
            key = (update.account_id, person_behind(update.person))
            if update.has_failed or not update.person or account_id not in ("", update.account_id):
                continue
            if update.switches_on:
                on_at[key].add(update.idp_id)
                found.pop(key, None)
            elif update.switches_off:
                on_at[key].discard(update.idp_id)
                if not on_at[key] and update.at >= (since or BEGINNING):
                    found.setdefault(key, update.at)
        return found

    def let_in_since(self, account_id: str, person: str, moment: datetime) -> list[Login]:
        return [
            login
            for login in self.logins
            if login.account_id == account_id
            and person_behind(login.person) == person
            and login.is_try_of_person
            and login.allowed
            # A row without a time does not tell whether it is later.
            and login.has_time
            and login.at > moment + LENIENCY
        ]


def person_behind(address: str) -> str:
    """The first address of the person who has this one."""
    return JOINED[0] if address in JOINED else address


def _login(company: Company, row: Row, now: datetime) -> Login:
    written = row.get("created_at")
    return Login(
        account_id=company.account_id,
        at=datetime.fromisoformat(written) if written else now - TIMELESS_AGE,
        has_time=written is not None,
        row_id=row["ray_id"],
        person=row["user_email"].lower(),
        user_id=row["user_id"],
        app_uid=row["app_uid"],
        action=row["action"],
        connection=row["connection"],
        allowed=row["allowed"],
    )


def _update(log: Log, row: Row) -> Update:
    return Update(
        account_id=log.account.account_id,
        at=datetime.fromisoformat(row["logged_at"]),
        idp_id=log.idp_id,
        person=row["resource_user_email"],
        method=row["request_method"],
        body=row["request_body"],
        has_failed=row["status"] == "FAILURE",
        error=row["error_description"],
    )


def _standing(problem: tuple[object, ...], updates: list[Update]) -> str:
    """How a resource stands with a problem after all of its updates, oldest first, a failure after a success."""
    state, was_healed = "", False
    failed: Update | None = None
    for update in sorted(updates, key=lambda update: (update.at, update.has_failed)):
        if update.has_failed and update.problem == problem:
            state = "regressed" if was_healed else "open"
            failed = update
        elif failed is None or state not in FAILING:
            continue
        elif update.has_failed:
            same_request = update.method == failed.method and update.body == failed.body
            state = "moved" if same_request or update.method == failed.method != "PATCH" else state
        elif update.method == "DELETE":
            state, was_healed = "deleted", True
        elif update.heals(failed):
            state, was_healed = "healed", True
    return state
