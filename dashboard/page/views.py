"""Signing in, a viewer's preferences, and health checks: what belongs to no room."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dashboard.page.viewer import CLOCKS, THEMES, YEAR_SECONDS, zone_named


class SignInView(LoginView):
    """Signing in. If the session ends while a part of a page reloads itself, the whole page goes to sign in."""

    template_name = "sign_in.html"
    redirect_authenticated_user = True

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if self.request.htmx:  # type: ignore[attr-defined]
            response["HX-Refresh"] = "true"
        return response


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Save this person's preferences, and go back to the page."""
    response = HttpResponseRedirect(_way_back(request))
    chosen = {
        "theme": request.POST.get("theme") if request.POST.get("theme") in THEMES else None,
        "clock": request.POST.get("clock") if request.POST.get("clock") in CLOCKS else None,
        "time_zone": request.POST.get("time_zone") if zone_named(request.POST.get("time_zone", "")) else None,
    }
    for name, value in chosen.items():
        if value:
            response.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="Lax")
    return response


def _way_back(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours and urlsplit(address).path.startswith("/") else "/"


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers and reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
