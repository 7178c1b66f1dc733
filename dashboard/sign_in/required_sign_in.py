"""Every page asks for a sign-in, but those that say otherwise; what somebody sent survives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from dashboard.page.errors import came_from
from dashboard.sign_in.required_factor import ask_for_factor, lacks_required_factor
from dashboard.sign_in.session_limits import end_if_over
from dashboard.sign_in.views import SignInView


class RequiredSignIn(LoginRequiredMiddleware):
    """Django's own, which looks up the session's user first: a health check has to work without a database."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        if request.user.is_authenticated:
            has_ended = end_if_over(request)
            if not has_ended and lacks_required_factor(request):
                return ask_for_factor(request)
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]  # Django's own always redirects
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Ask to sign in, without losing what somebody typed or the page that they are on."""
        if request.headers.get("HX-Request"):
            # A part of a page that reloads itself; the page stays, with what is typed in it, and says so.
            return HttpResponse("You’re signed out. Sign in to continue.\n", status=401, content_type="text/plain")
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        if kept := getattr(getattr(view_func, "view_class", None), "kept_field", ""):
            return SignInView.asked_by_form(request, request.POST.get(kept, ""))
        # What a form sends can't be sent again by a redirect, so the way back is to its page.
        return redirect_to_login(came_from(request) or request.get_full_path(), self.get_login_url(view_func))
