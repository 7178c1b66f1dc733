"""The page to sign in on, and what becomes of a form that was sent without a sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import redirect_to_pending_stage
from allauth.account.stages import LoginStage
from allauth.account.views import LoginView
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import LONGEST_NAME
from dashboard.page.errors import session_changed
from dashboard.page.views import LONGEST_PASTED, PASTED, way_back
from dashboard.sign_in.rate_limits import TOO_MANY, WAIT_SECONDS, TooManyTriesError
from dashboard.sign_in.recorded import record_sometimes
from dashboard.sign_in.session_limits import NOTICE


class SignInView(LoginView):
    """Signing in, and then going on with what was asked for: a page, or a search for a text that was pasted."""

    template_name = "sign_in/sign_in.html"

    @classmethod
    def asked_by_form(
        cls, request: HttpRequest, pasted: str = "", *, is_stale: bool = False, is_unknown_passkey: bool = False
    ) -> HttpResponse:
        """The page as the answer to a form that needs a sign-in first; it carries the text that was sent."""
        view = cls()
        view.setup(request)
        form = view.get_form_class()(request=request)
        context = view.get_context_data(
            form=form, pasted=pasted, is_stale=is_stale, is_unknown_passkey=is_unknown_passkey
        )
        if is_unknown_passkey:
            return view.render_to_response(context)
        if is_stale:
            return view.render_to_response(context, status=403)
        return view.render_to_response(context | {"next": request.path}, status=401)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**{"pasted": self.request.POST.get(PASTED, "")[:LONGEST_PASTED]} | kwargs)
        typed = self.request.POST.get("username", "")[:LONGEST_NAME]
        notice = self.request.session.pop(NOTICE, "")
        return context | {
            "next": context["redirect_field_value"] or "",
            "username": typed,
            "notice": notice,
            "identity_provider": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        }

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(*args, **kwargs)
        except TooManyTriesError:
            # The page itself rather than one about it: it keeps what was typed.
            context = self.get_context_data(form=self.get_form_class()(request=self.request), too_many=TOO_MANY)
            response = self.render_to_response(context, status=429)
            response["Retry-After"] = str(WAIT_SECONDS)
            return response

    def form_valid(self, form: Any) -> HttpResponse:
        _keep_pasted(self.request)
        return super().form_valid(form)

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponse | None:
        """Back to the second factor that a sign-in still waits for, unless this is a new one."""
        return None if request.method == "POST" else redirect_to_pending_stage(request, stage)


class PasskeySignInView(LoginWebAuthnView):
    """Signing in by a passkey alone; `static/passkeys.js` asks the browser for it."""

    def form_valid(self, form: Any) -> HttpResponse:
        _keep_pasted(self.request)
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        record_sometimes(self.request, Action.SIGN_IN_FAILED, by="passkey", reason="unknown")
        return SignInView.asked_by_form(self.request, self.request.POST.get(PASTED, ""), is_unknown_passkey=True)


class PasskeyConfirmView(ReauthenticateWebAuthnView):
    """Showing a passkey again before something changes about how somebody signs in."""

    template_name = "sign_in/confirm_passkey.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask again, on the same page."""
        return self.render_to_response(self.get_context_data(form=form))


def _keep_pasted(request: HttpRequest) -> None:
    """Keep a text that was searched for: a second factor may have to be shown first, on another page."""
    if pasted := request.POST.get(PASTED):
        request.session[PASTED] = pasted[:LONGEST_PASTED]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of a page from before somebody signed in or out; signing in itself goes on."""
    if request.path != reverse("account_login"):
        return session_changed(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(way_back(request))
    return SignInView.asked_by_form(request, request.POST.get(PASTED, ""), is_stale=True)
