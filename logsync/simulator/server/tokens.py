"""Tokens whose names say what they may not do. Every other bearer token may do everything.

| token            | what it meets                                                                      |
|------------------|------------------------------------------------------------------------------------|
| none, `wrong`    | 403, code 9109 everywhere                                                          |
| `no-logins`      | 403, code 10000 at the login log                                                   |
| `no-scim`        | 403, code 10000 at the SCIM log                                                    |
| `no-names`       | 403, code 10000 at the lookups, except for applications: 200 with an empty list    |
| `no-zero-trust`  | 403, code 9999 at everything of Access: the account never enabled it               |
"""

from enum import Enum, auto

WRONG = "wrong"
NO_LOGINS = "no-logins"
NO_SCIM = "no-scim"
NO_NAMES = "no-names"
NO_ZERO_TRUST = "no-zero-trust"


class Permission(Enum):
    AUDIT_LOGS_READ = auto()
    SCIM_LOGS_READ = auto()
    NAMES_READ = auto()


WITHHELD = {
    NO_LOGINS: Permission.AUDIT_LOGS_READ,
    NO_SCIM: Permission.SCIM_LOGS_READ,
    NO_NAMES: Permission.NAMES_READ,
}


def permits(token: str, permission: Permission) -> bool:
    return WITHHELD.get(token) is not permission
