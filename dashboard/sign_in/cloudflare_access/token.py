"""The token of Cloudflare Access: whose it is, once its signature and every claim are checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt
from django.conf import settings

from dashboard.permissions.group_roles import roles_for
from dashboard.permissions.role import Role
from dashboard.sign_in.cloudflare_access.keys import SharedKeys
from dashboard.sign_in.groups import groups_in
from dashboard.sign_in.vouched_accounts import user_name_of

# gunicorn takes no longer header either.
LONGEST_TOKEN = 16_000
# How far the clocks here and at Cloudflare may be apart.
CLOCK_SKEW = timedelta(seconds=30)
REQUIRED = ["aud", "exp", "iat", "iss", "sub"]


class Refusal(StrEnum):
    """Why a request is refused, as its sentence says it; the audit log has the name."""

    MISSING = "This request did not come through Cloudflare Access. Open Gatehouse at its usual address."
    INVALID = "Cloudflare Access sent a token that is not valid for Gatehouse. Sign in to Cloudflare Access again."
    EXPIRED = "Your Cloudflare Access session has expired. Reload the page to sign in again."
    SERVICE_TOKEN = "A service token can’t open Gatehouse: it names no person. Sign in as yourself."
    NO_ADDRESS = "Your identity provider sends no e-mail address that Gatehouse can use. Ask whoever runs it."
    DISABLED = "Your account in Gatehouse is disabled. Ask an admin of Gatehouse if you need it."
    NO_KEYS = "Cloudflare’s public keys can’t be fetched at the moment, so nobody can be let in. Try again in a minute."

    @property
    def status(self) -> int:
        return 503 if self is Refusal.NO_KEYS else 403


class AccessRefusedError(Exception):
    """A request that Cloudflare Access does not vouch for."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom Cloudflare Access vouches for, since when, and the roles that their groups give them."""

    username: str
    roles: frozenset[Role]
    as_of: datetime


def identity_of(token: str, keys: SharedKeys) -> Identity:
    """Whose token it is. Raises AccessRefusedError unless Cloudflare signed it for Gatehouse, and it is valid now."""
    claims = _checked(token, keys)
    if not claims["sub"] and claims.get("common_name"):
        raise AccessRefusedError(Refusal.SERVICE_TOKEN)
    username = user_name_of(claims.get("email"))
    if not username:
        raise AccessRefusedError(Refusal.NO_ADDRESS)
    custom = claims.get("custom")
    # Cloudflare puts what it passes on from the identity provider into `custom`.
    groups = groups_in(custom if isinstance(custom, dict) else claims, settings.OIDC_GROUPS_CLAIM)
    return Identity(username=username, roles=roles_for(groups), as_of=datetime.fromtimestamp(int(claims["iat"]), UTC))


def _checked(token: str, keys: SharedKeys) -> dict[str, Any]:
    """The claims of a token whose signature, audience, issuer and times are right."""
    if len(token) > LONGEST_TOKEN:
        raise AccessRefusedError(Refusal.INVALID)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.get_signing_key(_key_id_of(token)),
            algorithms=["RS256"],
            audience=settings.CF_ACCESS_AUD,
            issuer=settings.CF_ACCESS_TEAM_DOMAIN,
            leeway=CLOCK_SKEW,
            options={"require": REQUIRED},
        )
    except jwt.ExpiredSignatureError as error:
        raise AccessRefusedError(Refusal.EXPIRED) from error
    except jwt.PyJWKClientConnectionError as error:
        raise AccessRefusedError(Refusal.NO_KEYS) from error
    except (jwt.PyJWTError, ValueError) as error:
        raise AccessRefusedError(Refusal.INVALID) from error
    if claims.get("type", "app") != "app":
        raise AccessRefusedError(Refusal.INVALID)
    return claims


def _key_id_of(token: str) -> str:
    """The key that the token says it is signed with. Raises PyJWTError if it names none, or another algorithm."""
    header = jwt.get_unverified_header(token)
    key_id = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(key_id, str):
        raise jwt.InvalidTokenError
    return key_id
