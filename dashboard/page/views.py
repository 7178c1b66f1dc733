"""A viewer's preferences, the way back from a form, and health checks: what belongs to no room."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dashboard.page.viewer import CLOCKS, SIDEBARS, THEMES, YEAR_SECONDS, zone_named

# A text that somebody searched for while they were signed out, in the form of the sign-in page and in the session.
PASTED = "pasted"
LONGEST_PASTED = 20_000


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Save this person's preferences, and go back to the page."""
    response = HttpResponseRedirect(way_back(request))
    chosen = {
        "theme": request.POST.get("theme") if request.POST.get("theme") in THEMES else None,
        "clock": request.POST.get("clock") if request.POST.get("clock") in CLOCKS else None,
        "sidebar": request.POST.get("sidebar") if request.POST.get("sidebar") in SIDEBARS else None,
        "time_zone": request.POST.get("time_zone") if zone_named(request.POST.get("time_zone", "")) else None,
    }
    for name, value in chosen.items():
        if value:
            response.set_cookie(
                name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
    return response


def way_back(request: HttpRequest) -> str:
    """The page that a form leads back to, if it is one of ours."""
    address = request.POST.get("next", "")
    return address if is_own_address(request, address) else "/"


def is_own_address(request: HttpRequest, address: str) -> bool:
    """Whether an address that anybody may have written leads to a page of Gatehouse."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return is_ours and urlsplit(address).path.startswith("/")


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
