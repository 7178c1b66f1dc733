"""The users of Access: whom it knows, what it last saw of them, and which sessions they have.

https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/users/
`groups`, `amr` and `oidc_fields` are not in the reference, but come with the identity of a session.
"""

from typing import Any

from logsync.simulator.company.company import ENTRA, ONE_TIME_PIN, Application, Company, Group, Person
from logsync.simulator.logs.timeline import Event, Row, Stream, Timeline, View
from logsync.simulator.nanoseconds import DAY, MINUTE, SECOND
from logsync.simulator.policies.brought import ASKS_FOR_MFA
from logsync.simulator.policies.policies import CREATED_AT, Policies, written
from logsync.simulator.server.directory import listed, matching
from logsync.simulator.server.http import UNKNOWN_USER, Answer, Query, success
from logsync.simulator.server.last_logins import LastLogins
from logsync.simulator.server.log_endpoints import Habits

SESSION = DAY
# One person in so many has an identity without groups.
WITHOUT_GROUPS = 7
WITHOUT_CLAIMS = 4
CHECKS = (("Disk encryption", "disk_encryption"), ("Managed laptop", "serial_number"))


class Users:
    def __init__(self, company: Company, policies: Policies, logins: Stream, habits: Habits) -> None:
        self.company = company
        self.brought = policies.brought
        self.catalogue = policies.catalogue
        self.logins = Timeline([logins])
        self.habits = habits
        self.person_by_id = {person.user_id: person for person in company.people}
        self.app_by_id = {app.app_uid: app for app in company.applications}
        self.last_logins = LastLogins(logins, habits, self._signs_in)

    def users(self, query: Query) -> Answer:
        last = self._last_let_in()
        users = [self._user(person, last.get(person.user_id)) for person in self.company.people]
        wanted = (query.get("search") or [""])[-1].lower()
        found = [user for user in users if wanted in f"{user['name']} {user['email']}".lower()]
        return listed(matching(found, query, "name", "email"), query)

    def user(self, user_id: str, _: Query) -> Answer:
        person = self.person_by_id.get(user_id)
        if person is None:
            return UNKNOWN_USER
        return success(self._user(person, self._last_let_in().get(user_id)))

    def last_seen_identity(self, user_id: str, _: Query) -> Answer:
        person = self.person_by_id.get(user_id)
        event = self.last_logins.signed_in(user_id) if person else None
        if person is None or event is None:
            return UNKNOWN_USER
        return success(self._identity(person, event))

    def active_sessions(self, user_id: str, query: Query) -> Answer:
        person = self.person_by_id.get(user_id)
        if person is None:
            return UNKNOWN_USER
        return listed(self._sessions(person), query, default=100)

    def _last_let_in(self) -> dict[str, Event]:
        return self.last_logins.let_in(len(self.person_by_id))

    def _user(self, person: Person, last: Event | None) -> Row:
        last_login = written(last.at) if last else None
        return {
            "id": person.user_id,
            "uid": person.user_id,
            "email": person.email,
            "name": person.name,
            "access_seat": True,
            "gateway_seat": person.connection != ONE_TIME_PIN,
            "seat_uid": self.company.guid("seat", person.email),
            "active_device_count": 1,
            "last_successful_login": last_login,
            "created_at": CREATED_AT,
            "updated_at": last_login or CREATED_AT,
        }

    def _signs_in(self, user_id: str, moment: int) -> bool:
        person = self.person_by_id.get(user_id)
        return person is not None and self.brought.story.is_active(person, moment)

    def _identity(self, person: Person, event: Event) -> Row:
        row, app = event.row, self.app_by_id[str(event.row["app_uid"])]
        connection = str(row["connection"])
        refused = self.brought.is_refused(person, app, connection, row.get("allowed"), event.at)
        is_staff = person.team != "contractor"
        identity: Row = {
            "account_id": self.company.account_id,
            "email": person.email,
            "name": person.name,
            "user_uuid": person.user_id,
            "idp": self._provider(person, connection),
            "ip": row["ip_address"],
            "geo": {"country": person.country},
            "iat": event.at // SECOND,
            "is_warp": is_staff,
            "is_gateway": is_staff,
            "isActive": True,
            "version": 2,
            "auth_status": "NONE",
            "common_name": "",
            "service_token_id": "",
            "service_token_status": False,
            "mtls_auth": {"auth_status": "NONE", "cert_presented": False, "cert_serial": "", "cert_issuer_dn": ""},
            "device_sessions": {},
            "devicePosture": self._posture(refused and self.brought.fails_device(app, connection), event.at)
            if is_staff
            else {},
            "amr": ["pwd"] if refused and app.name == ASKS_FOR_MFA else ["mfa", "pwd"],
        }
        return identity | self._from_provider(person, connection, event.at)

    def _provider(self, person: Person, connection: str) -> Row:
        provider = person.provider if connection == person.connection else self.company.provider(ONE_TIME_PIN)
        return {"id": provider.id, "type": provider.type}

    def _from_provider(self, person: Person, connection: str, moment: int) -> Row:
        """Return groups and claims, which not everybody's identity has, and a secret that must not be stored."""
        if connection == ONE_TIME_PIN:
            return {}
        number = int(person.user_id[:4], 16)
        found: Row = {}
        if number % WITHOUT_GROUPS:
            found["groups"] = [self._group(group) for group in self.brought.groups(person, connection, moment)]
        if number % WITHOUT_CLAIMS:
            token = self.company.hexadecimal("access token", person.email)
            found["oidc_fields"] = {**self.brought.claims(person, connection), "access_token": token}
        return found

    def _group(self, group: Group) -> Row:
        row: Row = {"id": group.idp_resource_id, "name": group.name}
        return (
            row | {"email": self.company.email(group.name.lower().replace(" ", "-"))}
            if group.provider.type == ENTRA
            else row
        )

    def _posture(self, is_failed: bool, moment: int) -> Row:
        """Return the results of the device checks; disk encryption is the one that fails at times."""
        return {
            self.catalogue.check_id(name): {
                "id": self.catalogue.check_id(name),
                "rule_name": name,
                "type": type_,
                "success": not (is_failed and type_ == "disk_encryption"),
                "timestamp": written(moment),
            }
            for name, type_ in CHECKS
        }

    def _sessions(self, person: Person) -> list[dict[str, Any]]:
        """Return the newest session of each application, let in within a day; none of those revoked since."""

        def is_let_in(row: Row) -> bool:
            return row["user_id"] == person.user_id and row.get("allowed") is True and row["action"] == "login"

        now = self.habits.now()
        story = self.brought.story
        if not story.is_active(person, now) and self.brought.leave(person, now) is None:
            return []
        since = max(now - SESSION, self.habits.earliest(), story.back_since(person, now))
        view = View(since=since, until=now, now=now, delay=self.habits.delay, keep=is_let_in)
        events = self.logins.page(view, skip=0, size=1000, descending=True)
        newest: dict[str, dict[str, Any]] = {}
        for event in events:
            app = self.app_by_id[str(event.row["app_uid"])]
            newest.setdefault(app.app_uid, self._session(person, app, event))
        return [session for session in newest.values() if session["expiration"] > now // SECOND]

    def _session(self, person: Person, app: Application, event: Event) -> dict[str, Any]:
        signed_in = self.brought.signed_in_at(person, event.at)
        begun = signed_in if signed_in == event.at else signed_in - 40 * MINUTE
        opened, expires = begun // SECOND, (begun + SESSION) // SECOND
        shown = {"hostname": app.host, "name": app.name, "type": app.type, "uid": app.app_uid}
        return {
            "name": self.company.guid("session", person.email, app.name, opened),
            "expiration": expires,
            "metadata": {
                "apps": {app.app_uid: shown},
                "iat": opened,
                "expires": expires,
                "ttl": SESSION // SECOND,
                "nonce": self.company.hexadecimal("nonce", person.email, app.name, opened)[:16],
            },
        }
