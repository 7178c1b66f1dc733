"""The addresses for signing in and out and for your own account, under the names by which allauth looks for them."""

from allauth.account import views as account_views
from django.urls import path

from dashboard.permissions.declare import public, signed_in
from dashboard.sign_in import account
from dashboard.sign_in.oidc.views import from_provider, to_provider
from dashboard.sign_in.views import SignInView

urlpatterns = [
    path("sign-in/", public(SignInView.as_view()), name="account_login"),
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
    path(
        "account/confirm/",
        signed_in(account_views.ReauthenticateView.as_view(template_name="sign_in/reauthenticate.html")),
        name="account_reauthenticate",
    ),
]
