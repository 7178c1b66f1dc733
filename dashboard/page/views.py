"""Signing in, a viewer's preferences, and health checks: what belongs to no room."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dashboard.page.errors import session_changed
from dashboard.page.viewer import CLOCKS, SIDEBARS, THEMES, YEAR_SECONDS, zone_named

# A text that somebody searched for while they were signed out, in the form of the sign-in page and in the session.
PASTED = "pasted"
LONGEST_PASTED = 20_000


class SignInView(LoginView):
    """Signing in, and then going on with what was asked for: a page, or a search for a text that was pasted."""

    template_name = "sign_in.html"
    redirect_authenticated_user = True

    @classmethod
    def asked_by_form(cls, request: HttpRequest, pasted: str = "", *, is_stale: bool = False) -> HttpResponse:
        """The page as the answer to a form that needs a sign-in first; it carries the text that was sent."""
        view = cls()
        view.setup(request)
        form = view.get_form_class()(request)
        context = view.get_context_data(form=form, pasted=pasted, is_stale=is_stale)
        if not is_stale:
            context["next"] = request.path
        return view.render_to_response(context, status=403 if is_stale else 401)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"pasted": self.request.POST.get(PASTED, "")[:LONGEST_PASTED]} | kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        if pasted := self.request.POST.get(PASTED):
            self.request.session[PASTED] = pasted[:LONGEST_PASTED]
        return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of a page from before somebody signed in or out; signing in itself goes on."""
    if request.path != reverse("sign-in"):
        return session_changed(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_way_back(request))
    return SignInView.asked_by_form(request, request.POST.get(PASTED, ""), is_stale=True)


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Save this person's preferences, and go back to the page."""
    response = HttpResponseRedirect(_way_back(request))
    chosen = {
        "theme": request.POST.get("theme") if request.POST.get("theme") in THEMES else None,
        "clock": request.POST.get("clock") if request.POST.get("clock") in CLOCKS else None,
        "sidebar": request.POST.get("sidebar") if request.POST.get("sidebar") in SIDEBARS else None,
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
