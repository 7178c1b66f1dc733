"""Whom the identity provider names, and which account is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import Provider
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from dashboard.permissions.group_roles import roles_for
from dashboard.permissions.role import Role
from dashboard.sign_in.groups import groups_in
from dashboard.sign_in.vouched_accounts import account_named, user_name_of

NO_ADDRESS = (
    "Your identity provider sends no e-mail address that it has verified, so Gatehouse doesn’t know which account is "
    "yours. Ask whoever runs Gatehouse; docs/sign-in.md says what the provider must send."
)
HAS_PASSWORD = (
    "There is already an account with your address, and it has a password. Sign in with the password, or ask an admin "
    "of Gatehouse."
)
IS_OTHERS = (
    "The account with your address belongs to another identity at your identity provider. Ask an admin of Gatehouse to "
    "sort it out."
)
DISABLED = "Your account in Gatehouse is disabled. Ask an admin of Gatehouse if you need it."


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the provider's claims say; `username` is blank without a verified e-mail address."""

    username: str
    roles: frozenset[Role]
    as_of: datetime
    nonce: Any

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Identity:
        return cls(
            username=user_name_of(claims.get("email")) if _is_verified(claims) else "",
            roles=roles_for(groups_in(claims, settings.OIDC_GROUPS_CLAIM)),
            as_of=datetime.fromtimestamp(int(claims["iat"]), UTC),
            nonce=claims.get("nonce"),
        )


class OidcLogin(SocialLogin):
    """A sign-in as allauth handles it. Of the claims only a digest is stored, and no token."""

    identity: Identity

    @classmethod
    def of(cls, provider: Provider, claims: Mapping[str, Any]) -> OidcLogin:
        # A subject means somebody only together with its issuer, and may be longer than the column.
        uid = sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()
        account = SocialAccount(provider=provider.sub_id, uid=uid, extra_data={"issuer": claims["iss"]})
        login = cls(user=User(), account=account, provider=provider)
        login.identity = Identity.of(claims)
        return login


def account_of(login: OidcLogin) -> User:
    """The account that this identity has already, or else the one of its verified e-mail address.

    Raises PermissionDenied with a sentence. An account with a password is never taken over: whoever made it may not be
    the person who has the address now. Nor is one that another identity of the same provider has: addresses are reused.
    """
    user = login.user
    if user is None or user.pk is None:
        if not login.identity.username:
            raise PermissionDenied(NO_ADDRESS)
        user = account_named(login.identity.username)
        if user.has_usable_password():
            raise PermissionDenied(HAS_PASSWORD)
        if SocialAccount.objects.filter(user=user, extra_data__issuer=settings.OIDC_ISSUER).exists():
            raise PermissionDenied(IS_OTHERS)
    if not user.is_active:
        raise PermissionDenied(DISABLED)
    return user


def _is_verified(claims: Mapping[str, Any]) -> bool:
    """Whether the provider has verified the address; Microsoft Entra ID says it of the address's domain."""
    return any(claims.get(name) in (True, "true", "1") for name in ("email_verified", "xms_edov"))
