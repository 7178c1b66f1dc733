"""Tokens whose names say what they may not do. Every other bearer token may do everything.

| token                | what it meets                                                                   |
|----------------------|---------------------------------------------------------------------------------|
| none, `wrong`        | 403, code 9109 everywhere                                                       |
| `no-logins`          | 403, code 10000 at the login log, and at the users of Access                    |
| `no-scim`            | 403, code 10000 at the SCIM log                                                 |
| `no-names`           | 403, code 10000 at all lookups, except for applications: 200 with an empty list |
| `no-policies`        | the same at applications and their policies only                                |
| `no-groups`          | 403, code 10000 at identity providers, and rule groups                          |
| `no-users`           | 403, code 10000 at the users of Access only                                     |
| `no-service-tokens`  | 403, code 10000 at service tokens                                               |
| `no-lists`           | 403, code 10000 at Gateway lists                                                |
| `no-audit-log`       | 403, code 10000 at the account's audit log                                      |
| `some-applications`  | only every second application is listed; 403, code 10000 at the others          |
| `no-zero-trust`      | 403, code 9999 at everything of Access: the account never enabled it            |
"""

from collections.abc import Mapping
from enum import Enum, auto

WRONG = "wrong"
NO_ZERO_TRUST = "no-zero-trust"
SOME_APPLICATIONS = "some-applications"


class Permission(Enum):
    LOGINS = auto()
    SCIM_LOGS = auto()
    APPLICATIONS = auto()
    ORGANIZATIONS = auto()
    USERS = auto()
    SERVICE_TOKENS = auto()
    LISTS = auto()
    AUDIT_LOG = auto()


_LOOKUPS = frozenset(
    {
        Permission.APPLICATIONS,
        Permission.ORGANIZATIONS,
        Permission.USERS,
        Permission.SERVICE_TOKENS,
        Permission.LISTS,
    }
)

WITHHELD: Mapping[str, frozenset[Permission]] = {
    "no-logins": frozenset({Permission.LOGINS, Permission.USERS}),
    "no-scim": frozenset({Permission.SCIM_LOGS}),
    "no-names": _LOOKUPS,
    "no-policies": frozenset({Permission.APPLICATIONS}),
    "no-groups": frozenset({Permission.ORGANIZATIONS}),
    "no-users": frozenset({Permission.USERS}),
    "no-service-tokens": frozenset({Permission.SERVICE_TOKENS}),
    "no-lists": frozenset({Permission.LISTS}),
    "no-audit-log": frozenset({Permission.AUDIT_LOG}),
    SOME_APPLICATIONS: frozenset(),
}


def permits(token: str, permission: Permission) -> bool:
    return permission not in WITHHELD.get(token, ())
