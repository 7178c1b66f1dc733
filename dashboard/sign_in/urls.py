"""The addresses for signing in and out and for your own account, under the names by which allauth looks for them."""

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import path, reverse_lazy

from dashboard.permissions.declare import public, signed_in
from dashboard.sign_in import account
from dashboard.sign_in.oidc.views import from_provider, to_provider
from dashboard.sign_in.views import PasskeyConfirmView, PasskeySignInView, SignInView

BACK = {"success_url": reverse_lazy("mfa_index")}

urlpatterns = [
    path("sign-in/", public(SignInView.as_view()), name="account_login"),
    path(
        "sign-in/code/",
        public(mfa_views.AuthenticateView.as_view(template_name="sign_in/second_step.html")),
        name="mfa_authenticate",
    ),
    path("sign-in/passkey/", public(PasskeySignInView.as_view()), name="mfa_login_webauthn"),
    path("sign-in/oidc/", public(to_provider), {"provider_id": "oidc"}, name="openid_connect_login"),
    path("sign-in/oidc/callback/", public(from_provider), {"provider_id": "oidc"}, name="openid_connect_callback"),
    # Whoever gave up before the second factor isn't signed in yet, and signs out as well.
    path("sign-out/", public(account_views.LogoutView.as_view(http_method_names=["post"])), name="account_logout"),
    path(
        "password/<slug:uidb64>/<slug:token>/",
        public(account.PasswordLinkView.as_view()),
        name="password-link",
    ),
    path("account/", signed_in(account.account), name="account"),
    path(
        "account/password/",
        signed_in(account.ChangePasswordView.as_view(template_name="sign_in/password.html")),
        name="account_change_password",
    ),
    path("account/sessions/", signed_in(account.sessions), name="usersessions_list"),
    # Whoever changes how they sign in shows first that it is really they who are signed in.
    path(
        "account/confirm/",
        signed_in(account_views.ReauthenticateView.as_view(template_name="sign_in/confirm.html")),
        name="account_reauthenticate",
    ),
    path(
        "account/confirm/code/",
        signed_in(mfa_views.ReauthenticateView.as_view(template_name="sign_in/confirm_code.html")),
        name="mfa_reauthenticate",
    ),
    path("account/confirm/passkey/", signed_in(PasskeyConfirmView.as_view()), name="mfa_reauthenticate_webauthn"),
    path(
        "account/two-step/",
        signed_in(mfa_views.IndexView.as_view(template_name="sign_in/two_step.html")),
        name="mfa_index",
    ),
    path(
        "account/two-step/app/",
        signed_in(totp_views.ActivateTOTPView.as_view(template_name="sign_in/app_add.html")),
        name="mfa_activate_totp",
    ),
    path(
        "account/two-step/app/remove/",
        signed_in(totp_views.DeactivateTOTPView.as_view(template_name="sign_in/app_remove.html")),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/two-step/passkeys/add/",
        signed_in(passkey_views.AddWebAuthnView.as_view(template_name="sign_in/passkey_add.html")),
        name="mfa_add_webauthn",
    ),
    path(
        "account/two-step/passkeys/<int:pk>/name/",
        signed_in(passkey_views.EditWebAuthnView.as_view(template_name="sign_in/passkey_name.html", **BACK)),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/two-step/passkeys/<int:pk>/remove/",
        signed_in(passkey_views.RemoveWebAuthnView.as_view(template_name="sign_in/passkey_remove.html", **BACK)),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/two-step/recovery-codes/",
        signed_in(recovery_views.ViewRecoveryCodesView.as_view(template_name="sign_in/recovery_codes.html")),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/two-step/recovery-codes.txt",
        signed_in(recovery_views.DownloadRecoveryCodesView.as_view()),
        name="mfa_download_recovery_codes",
    ),
    path(
        "account/two-step/recovery-codes/new/",
        signed_in(recovery_views.GenerateRecoveryCodesView.as_view(template_name="sign_in/recovery_codes_new.html")),
        name="mfa_generate_recovery_codes",
    ),
]
