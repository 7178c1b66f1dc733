"""The identity provider: how a browser is sent there, and which of its answers count.

allauth brings the code flow with PKCE and `state`. What is stricter here: a nonce, the signature of the ID token, and
an issuer and a subject that must be the same everywhere.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from dashboard.env import LOOPBACK
from dashboard.sign_in.oidc.identity import OidcLogin

# Signed with a private key that only the provider has; with the others, whoever checks could sign as well.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCK_SKEW_SECONDS = 30
TIMEOUT_SECONDS = 5
FRESH_SECONDS = 300
UNREACHABLE_SECONDS = 10
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAnswerError(OAuth2Error):
    """An answer of the provider that can't be used, in words that hold nothing of it."""


class CheckedAdapter(OpenIDConnectOAuth2Adapter):
    """Asks the provider, and raises ProviderAnswerError for any answer that is not as OpenID Connect has it."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider publishes of itself; it must be about the configured issuer.

        It is read again after five minutes, and after an error in ten seconds: anyone can begin a sign-in.
        """
        name = f"oidc-configuration:{sha256(settings.OIDC_ISSUER.encode()).hexdigest()}"
        if (kept := cache.get(name)) is None:
            try:
                kept = self._published()
            except ProviderAnswerError:
                cache.set(name, {}, UNREACHABLE_SECONDS)
                raise
            cache.set(name, kept, FRESH_SECONDS)
        if not kept:
            raise ProviderAnswerError("The provider’s configuration could not be read a moment ago.")
        found: dict[str, Any] = kept
        return found

    def _published(self) -> dict[str, Any]:
        try:
            config: dict[str, Any] = super().openid_config
            is_right = config["issuer"] == settings.OIDC_ISSUER and all(is_safe(config[name]) for name in ENDPOINTS)
        except (requests.RequestException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderAnswerError("The provider’s configuration can’t be read.") from error
        if not is_right:
            raise ProviderAnswerError(
                "The provider’s configuration is another issuer’s, or has an address without HTTPS."
            )
        return config

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> OidcLogin:
        """Who signed in, after every check but that of the nonce, which belongs to the state of this browser."""
        claims = self._checked(kwargs["response"].get("id_token"), app.client_id)
        told = self._told(token.token) if "userinfo_endpoint" in self.openid_config else {}
        if told and told.get("sub") != claims["sub"]:
            raise ProviderAnswerError("The user information is about another person than the ID token.")
        return OidcLogin.of(self.get_provider(), {**told, **claims})

    def _checked(self, id_token: Any, client_id: str) -> dict[str, Any]:
        """The claims of the ID token, whose signature, audience, issuer and times are right."""
        try:
            keys = jwt.PyJWKClient(self.openid_config["jwks_uri"], cache_jwk_set=False, timeout=TIMEOUT_SECONDS)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                keys.get_signing_key_from_jwt(id_token),
                algorithms=ALGORITHMS,
                audience=client_id,
                issuer=settings.OIDC_ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["aud", "exp", "iat", "iss", "sub"]},
            )
        except (jwt.PyJWTError, OSError, ValueError) as error:
            raise ProviderAnswerError("The ID token is not valid.") from error
        if claims.get("azp", client_id) != client_id:
            raise ProviderAnswerError("The ID token was made for another client.")
        return claims

    def _told(self, access_token: str) -> dict[str, Any]:
        """What the provider says about the person besides the ID token."""
        try:
            with get_adapter().get_requests_session() as session:
                address = self.openid_config["userinfo_endpoint"]
                response = session.get(address, headers={"Authorization": f"Bearer {access_token}"})
                response.raise_for_status()
                told = response.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderAnswerError("The user information can’t be read.") from error
        if not isinstance(told, dict):
            raise ProviderAnswerError("The user information is no JSON object.")
        return told


class Provider(OpenIDConnectProvider):
    """allauth's, with a nonce; nothing about the request to the provider can be chosen by an address."""

    oauth2_adapter_class = CheckedAdapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        nonce = get_random_string(32)
        return {
            "process": AuthProcess.LOGIN,
            "next_url": kwargs.get("next_url"),
            "auth_params": {"nonce": nonce},
            # Kept in the session beside `state`, until the browser comes back.
            "nonce": nonce,
        }

    def redirect(self, request: HttpRequest, process: str, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().redirect(request, process, **kwargs)
        return response


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read or change what is sent there."""
    return address.startswith("https://") or any(address.startswith(f"http://{host}:") for host in LOOPBACK)
