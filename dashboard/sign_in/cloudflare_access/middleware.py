"""Where Cloudflare Access is required, every request is that of the person whom its token names, or is refused."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.page.errors import error_page
from dashboard.permissions.group_roles import apply_groups
from dashboard.sign_in.cloudflare_access.keys import SharedKeys
from dashboard.sign_in.cloudflare_access.token import AccessRefusedError, Identity, Refusal, identity_of
from dashboard.sign_in.recorded import record_sometimes
from dashboard.sign_in.vouched_accounts import account_named

HEADER = "Cf-Access-Jwt-Assertion"
# What machines ask from inside the network, and what shows nothing.
FOR_MACHINES = frozenset({"/healthz", "/readyz"})
# In the session: the roles that the token's groups gave when they were last applied.
APPLIED_ROLES = "access_roles"


class CloudflareAccess:
    """Signs in whom the token of a request names, if CF_ACCESS_TEAM_DOMAIN and CF_ACCESS_AUD are set.

    A session counts only together with a token of the same person, and no other way of signing in counts at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._keys: dict[str, SharedKeys] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.CF_ACCESS_AUD or request.path_info in FOR_MACHINES:
            return self.get_response(request)
        try:
            _sign_in(request, self._identity_of(request))
        except AccessRefusedError as refused:
            return _refuse(request, refused.refusal)
        return self.get_response(request)

    def _identity_of(self, request: HttpRequest) -> Identity:
        token = request.headers.get(HEADER)
        if not token:
            raise AccessRefusedError(Refusal.MISSING)
        team = settings.CF_ACCESS_TEAM_DOMAIN
        if team not in self._keys:
            self._keys = {team: SharedKeys(team)}
        return identity_of(token, self._keys[team])


def _sign_in(request: HttpRequest, identity: Identity) -> None:
    """Make this the request of the person whom Cloudflare names, with the roles that their groups give them now."""
    user = request.user
    if user.is_authenticated and user.get_username() != identity.username:
        record(request, Action.SIGNED_OUT, by="Cloudflare Access", reason="the token names another person")
        logout(request)
    if isinstance(request.user, AnonymousUser):
        # Cloudflare Access is the only way in, so an account whose name is this address is this person's.
        account = account_named(identity.username)
        if not account.is_active:
            raise AccessRefusedError(Refusal.DISABLED)
        apply_groups(request, account, identity.roles, identity.as_of)
        login(request, account, backend="django.contrib.auth.backends.ModelBackend")
        record(request, Action.SIGNED_IN, by="Cloudflare Access")
    elif request.session.get(APPLIED_ROLES) != sorted(identity.roles):
        apply_groups(request, request.user, identity.roles, identity.as_of)
    else:
        return
    request.session[APPLIED_ROLES] = sorted(identity.roles)


def _refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer with the sentence, whatever session the request has; write it down, but not every time."""
    request.user = AnonymousUser()
    record_sometimes(request, Action.REFUSED, by="Cloudflare Access", reason=refusal.name.lower())
    if request.headers.get("HX-Request") or not request.path.endswith("/"):
        return HttpResponse(f"{refusal}\n", status=refusal.status, content_type="text/plain; charset=utf-8")
    return error_page(request, refusal.status, "You can’t be signed in", [refusal], can_repeat=request.method == "GET")
