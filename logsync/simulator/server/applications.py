"""Applications and what they ask of a login: policies, rule groups, service tokens, Gateway lists.

https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/
"""

from collections.abc import Callable, Sequence

from logsync.simulator.company.company import Application, Company
from logsync.simulator.logs.timeline import Row
from logsync.simulator.nanoseconds import DAY, at
from logsync.simulator.policies.catalogue import EXPIRED_TOKEN, QUIET_APPLICATIONS
from logsync.simulator.policies.policies import (
    CREATED_AT,
    STATUS_PAGE,
    Configuration,
    GatewayList,
    Policies,
    tool,
    written,
)
from logsync.simulator.server.directory import by_id, listed, matching
from logsync.simulator.server.http import (
    AUTHENTICATION_ERROR,
    UNKNOWN_APPLICATION,
    UNKNOWN_GROUP,
    UNKNOWN_LIST,
    UNKNOWN_POLICY,
    UNKNOWN_SERVICE_TOKEN,
    Answer,
    Query,
    success,
)
from logsync.simulator.server.log_endpoints import Habits

LIST_PAGE = 50


class Applications:
    """`filtered`: show only every second application, as to a token that may read some of them."""

    def __init__(self, company: Company, policies: Policies, habits: Habits, *, filtered: bool = False) -> None:
        self.company = company
        self.policies = policies
        self.habits = habits
        self.step = 2 if filtered else 1

    def applications(self, query: Query) -> Answer:
        return listed(matching(self._applications(), query, "name", "domain", "aud"), query)

    def application(self, app_id: str, _: Query) -> Answer:
        return by_id(self._applications(), app_id, self._unknown(app_id))

    def _unknown(self, app_id: str) -> Answer:
        """Return how an application is refused that isn't shown: there is none, or it is another's to read."""
        return AUTHENTICATION_ERROR if app_id in self._now.of_app else UNKNOWN_APPLICATION

    def policies_of(self, app_id: str, query: Query) -> Answer:
        return self._of_application(app_id, lambda policies: listed(policies, query))

    def policy_of(self, app_id: str, policy_id: str, _: Query) -> Answer:
        return self._of_application(app_id, lambda policies: by_id(policies, policy_id, UNKNOWN_POLICY))

    def reusable_policies(self, query: Query) -> Answer:
        return listed([*self._now.reusable.values()], query)

    def reusable_policy(self, policy_id: str, _: Query) -> Answer:
        return by_id([*self._now.reusable.values()], policy_id, UNKNOWN_POLICY)

    def groups(self, query: Query) -> Answer:
        return listed(matching([*self._now.groups.values()], query, "name"), query)

    def group(self, group_id: str, _: Query) -> Answer:
        return by_id([*self._now.groups.values()], group_id, UNKNOWN_GROUP)

    def service_tokens(self, query: Query) -> Answer:
        return listed(matching(self._service_tokens(), query, "name"), query)

    def service_token(self, token_id: str, _: Query) -> Answer:
        return by_id(self._service_tokens(), token_id, UNKNOWN_SERVICE_TOKEN)

    def lists(self, query: Query) -> Answer:
        wanted = query.get("type", ())
        lists = [self._list(one) for one in self._lists if not wanted or one.type in wanted]
        return success(lists, result_info={"page": 1, "per_page": len(lists), "count": len(lists)})

    def list_(self, list_id: str, _: Query) -> Answer:
        return by_id([self._list(one) for one in self._lists], list_id, UNKNOWN_LIST)

    def items(self, list_id: str, query: Query) -> Answer:
        found = next((one for one in self._lists if one.id == list_id), None)
        if found is None:
            return UNKNOWN_LIST
        items: list[Row] = [{"value": item, "created_at": CREATED_AT} for item in found.items]
        return listed(items, query, default=LIST_PAGE)

    @property
    def _now(self) -> Configuration:
        return self.policies.at(self.habits.now())

    @property
    def _lists(self) -> tuple[GatewayList, ...]:
        return self.policies.lists(self.habits.now())

    def _of_application(self, app_id: str, answer: Callable[[Sequence[Row]], Answer]) -> Answer:
        if all(app["id"] != app_id for app in self._applications()):
            return self._unknown(app_id)
        return answer(self._now.policies_of(app_id))

    def _applications(self) -> list[Row]:
        """Return the applications, each with its policies."""
        apps = [
            *map(self._application, self.company.applications),
            self._worker(),
            *(self._quiet(name, label) for name, (label, _) in QUIET_APPLICATIONS.items()),
            *(self._quiet(tool(number), f"tool-{number:03}") for number in range(1, self.policies.tools + 1)),
        ]
        now = self._now
        return [app | {"policies": now.policies_of(str(app["id"]))} for app in apps[:: self.step]]

    def _application(self, app: Application) -> Row:
        row: Row = {
            "id": app.app_uid,
            "uid": app.app_uid,
            "name": app.name,
            "type": app.type,
            "aud": app.aud,
            "domain": app.host,
            "self_hosted_domains": [app.host],
            "session_duration": "24h",
            "allowed_idps": [],
            "created_at": CREATED_AT,
            "updated_at": CREATED_AT,
        }
        return row | self._secrets(app)

    def _secrets(self, app: Application) -> Row:
        """Return the secrets that the API may put into an application; a client must not store them."""
        secret = self.company.hexadecimal("secret of", app.name)
        if app.type == "saas":
            client_id = self.company.guid("client", app.name)
            return {"saas_app": {"auth_type": "oidc", "client_id": client_id, "client_secret": secret}}
        if app.name == "Grafana":
            credentials = {"scheme": "httpbasic", "user": "scim", "password": secret}
            return {"scim_config": {"enabled": True, "authentication": credentials}}
        return {}

    def _quiet(self, name: str, label: str) -> Row:
        """Return an application in which nobody logs in."""
        host = f"{label}.{self.company.domain}"
        return self._named(name) | {"domain": host, "self_hosted_domains": [host], "session_duration": "24h"}

    def _worker(self) -> Row:
        """Return the application of a Worker: these have destinations but no domain."""
        return self._named(STATUS_PAGE) | {"destinations": [{"type": "worker", "worker": "status-page"}]}

    def _named(self, name: str) -> Row:
        return {
            "id": self.company.guid("application", name),
            "name": name,
            "type": "self_hosted",
            "aud": self.company.hexadecimal("aud", name),
            "created_at": CREATED_AT,
            "updated_at": CREATED_AT,
        }

    def _list(self, one: GatewayList) -> Row:
        return {
            "id": one.id,
            "name": one.name,
            "type": one.type,
            "count": len(one.items),
            "created_at": CREATED_AT,
            "updated_at": one.updated_at,
        }

    def _service_tokens(self) -> list[Row]:
        """Return the service tokens with a secret, as a client must not store it though it came."""
        midnight = written(at(self.habits.now() // DAY, "00:00"))
        return [
            {
                "id": token_id,
                "name": name,
                "client_id": f"{self.company.hexadecimal('client of', name)[:32]}.access",
                "client_secret": self.company.hexadecimal("secret of token", name),
                "duration": "8760h",
                "expires_at": "2025-02-05T09:30:00Z" if name == EXPIRED_TOKEN else "2099-02-05T09:30:00Z",
                "last_seen_at": None if name == EXPIRED_TOKEN else midnight,
                "created_at": CREATED_AT,
                "updated_at": CREATED_AT,
            }
            for token_id, name in self.policies.service_tokens()
        ]
