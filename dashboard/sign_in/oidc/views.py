"""The two addresses of a sign-in by the identity provider: to it, and back."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard.page.errors import error_page
from dashboard.sign_in.oidc.provider import CheckedAdapter, ProviderAnswerError

# Each sign-in asks the provider and makes a session, for anyone who comes; an office may share one address.
LIMIT = "200/5m/ip"
TOO_MANY = "Too many sign-ins came from your network in the last five minutes. Wait a few minutes, then try again."


@require_GET
def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the identity provider. A link does that, but only one of our own page."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse("home"))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return HttpResponseRedirect(reverse("account_login"))
    return _answer(OAuth2LoginView, request, provider_id)


@require_GET
def from_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The browser comes back, with a code that is exchanged for the ID token."""
    return _answer(OAuth2CallbackView, request, provider_id)


def _answer(
    view: type[OAuth2LoginView] | type[OAuth2CallbackView], request: HttpRequest, provider_id: str
) -> HttpResponse:
    config = {"oidc": LIMIT}
    if ratelimit.consume(request, app="sign_in", action="oidc", config=config, limit_get=True) is None:
        return error_page(request, 429, "Too many sign-ins", [TOO_MANY])
    adapter = CheckedAdapter(request, provider_id)
    try:
        response: HttpResponse = view.adapter_view(adapter)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404("Nobody signs in here by an identity provider: OIDC_ISSUER is not set.") from error
    except ProviderAnswerError as error:
        # allauth expects errors of the exchange, and none of the configuration that it needs first.
        response = render_authentication_error(request, adapter.get_provider(), exception=error)
    return response
