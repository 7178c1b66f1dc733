"""The addresses for signing in and out, under the names by which allauth looks for them."""

from allauth.account.views import LogoutView
from django.urls import path

from dashboard.permissions.declare import public
from dashboard.sign_in.views import SignInView

urlpatterns = [
    path("sign-in/", public(SignInView.as_view()), name="account_login"),
    # Whoever gave up before the second factor isn't signed in yet, and signs out as well.
    path("sign-out/", public(LogoutView.as_view(http_method_names=["post"])), name="account_logout"),
]
