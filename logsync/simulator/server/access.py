"""The routes into one account, and the permission that each of them needs."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from logsync.simulator.server.applications import Applications
from logsync.simulator.server.audit_log import AuditLog
from logsync.simulator.server.directory import Directory
from logsync.simulator.server.http import (
    AUTHENTICATION_ERROR,
    NO_ROUTE,
    NOT_ENABLED,
    Answer,
    Request,
    success,
)
from logsync.simulator.server.log_endpoints import Logs
from logsync.simulator.server.tokens import NO_ZERO_TRUST, SOME_APPLICATIONS, Permission, permits
from logsync.simulator.server.users import Users

ID = "([0-9a-f-]+)"


class Route(NamedTuple):
    path: str
    permission: Permission
    answer: Callable[..., Answer]
    # Some lists are empty, not refused, without the permission to read them.
    unpermitted: Answer = AUTHENTICATION_ERROR


class Parts(NamedTuple):
    logs: Logs
    users: Users
    audit_log: AuditLog


class Access:
    """`some` are the applications that a token sees which may read only some of them."""

    def __init__(self, directory: Directory, applications: Applications, some: Applications, parts: Parts) -> None:
        self.routes = [*_routes(directory, applications, parts)]
        self.routes_to_some = [*_routes(directory, some, parts)]

    def answer(self, path: str, request: Request, token: str) -> Answer:
        for route in self.routes_to_some if token == SOME_APPLICATIONS else self.routes:
            match = re.fullmatch(route.path, path)
            if match is None:
                continue
            if token == NO_ZERO_TRUST and route.permission is not Permission.AUDIT_LOG:
                return NOT_ENABLED
            if not permits(token, route.permission):
                return route.unpermitted
            return route.answer(*match.groups(), request.query)
        return NO_ROUTE


def _routes(directory: Directory, applications: Applications, parts: Parts) -> Iterator[Route]:
    logs, users, audit_log = parts
    yield Route("access/logs/access_requests", Permission.LOGINS, logs.access_requests)
    yield Route("access/logs/scim/updates", Permission.SCIM_LOGS, logs.scim_updates)
    yield from _to_applications(applications)
    names = Permission.ORGANIZATIONS
    yield Route("access/identity_providers", names, directory.identity_providers)
    yield Route(f"access/identity_providers/{ID}", names, directory.identity_provider)
    yield Route(f"access/identity_providers/{ID}/scim/users", names, directory.scim_users)
    yield Route(f"access/identity_providers/{ID}/scim/groups", names, directory.scim_groups)
    yield Route("access/users", Permission.USERS, users.users)
    yield Route(f"access/users/{ID}", Permission.USERS, users.user)
    yield Route(f"access/users/{ID}/last_seen_identity", Permission.USERS, users.last_seen_identity)
    yield Route(f"access/users/{ID}/active_sessions", Permission.USERS, users.active_sessions)
    yield Route(f"access/users/{ID}/failed_logins", Permission.USERS, logs.failed_logins)
    yield Route("logs/audit", Permission.AUDIT_LOG, audit_log.entries)


def _to_applications(applications: Applications) -> Iterator[Route]:
    apps, groups = Permission.APPLICATIONS, Permission.ORGANIZATIONS
    tokens, lists = Permission.SERVICE_TOKENS, Permission.LISTS
    yield Route("access/apps", apps, applications.applications, unpermitted=success([]))
    yield Route(f"access/apps/{ID}", apps, applications.application)
    yield Route(f"access/apps/{ID}/policies", apps, applications.policies_of)
    yield Route(f"access/apps/{ID}/policies/{ID}", apps, applications.policy_of)
    yield Route("access/policies", apps, applications.reusable_policies)
    yield Route(f"access/policies/{ID}", apps, applications.reusable_policy)
    yield Route("access/groups", groups, applications.groups)
    yield Route(f"access/groups/{ID}", groups, applications.group)
    yield Route("access/service_tokens", tokens, applications.service_tokens)
    yield Route(f"access/service_tokens/{ID}", tokens, applications.service_token)
    yield Route("gateway/lists", lists, applications.lists)
    yield Route(f"gateway/lists/{ID}", lists, applications.list_)
    yield Route(f"gateway/lists/{ID}/items", lists, applications.items)
