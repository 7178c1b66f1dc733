"""The routes of Access in one account, and the permission that each of them needs."""

import re
from collections.abc import Callable
from typing import NamedTuple

from logsync.simulator.server.directory import Directory
from logsync.simulator.server.http import (
    AUTHENTICATION_ERROR,
    NO_ROUTE,
    NOT_ENABLED,
    UNKNOWN_APPLICATION,
    Answer,
    Request,
    success,
)
from logsync.simulator.server.log_endpoints import Logs
from logsync.simulator.server.tokens import NO_ZERO_TRUST, Permission, permits

ID = "([0-9a-f-]+)"
NO_APPLICATION = "00000000-0000-4000-8000-000000000000"


class Route(NamedTuple):
    path: str
    permission: Permission
    answer: Callable[..., Answer]
    # Some lists are empty, not refused, without the permission to read them.
    unpermitted: Answer = AUTHENTICATION_ERROR


class Access:
    def __init__(self, directory: Directory, logs: Logs) -> None:
        names = Permission.NAMES_READ
        self.routes = (
            Route("logs/access_requests", Permission.AUDIT_LOGS_READ, logs.access_requests),
            Route("logs/scim/updates", Permission.SCIM_LOGS_READ, logs.scim_updates),
            Route("apps", names, directory.applications, unpermitted=success([])),
            Route(f"apps/{ID}", names, directory.application),
            Route(f"apps/{NO_APPLICATION}/policies", names, lambda _: UNKNOWN_APPLICATION),
            Route("identity_providers", names, directory.identity_providers),
            Route(f"identity_providers/{ID}", names, directory.identity_provider),
            Route(f"identity_providers/{ID}/scim/users", names, directory.scim_users),
            Route(f"identity_providers/{ID}/scim/groups", names, directory.scim_groups),
            Route("users", names, directory.users),
            Route(f"users/{ID}/failed_logins", names, logs.failed_logins),
        )

    def answer(self, path: str, request: Request, token: str) -> Answer:
        for route in self.routes:
            match = re.fullmatch(route.path, path)
            if match is None:
                continue
            if token == NO_ZERO_TRUST:
                return NOT_ENABLED
            if not permits(token, route.permission):
                return route.unpermitted
            return route.answer(*match.groups(), request.query)
        return NO_ROUTE
