"""Every address: the rooms', signing in and out, and the answers to machines."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from dashboard.navigation import freshness
from dashboard.page import views
from dashboard.page.glossary import glossary

urlpatterns = [
    path("", include("dashboard.overview.urls")),
    path("", include("dashboard.logins.urls")),
    path("", include("dashboard.scim.urls")),
    path("", include("dashboard.people.urls")),
    path("", include("dashboard.sync.urls")),
    path("", include("dashboard.search.urls")),
    path("", include("dashboard.saved.urls")),
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("freshness/", freshness, name="freshness"),
    path("preferences/", views.preferences, name="preferences"),
    path("glossary/", glossary, name="glossary"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "dashboard.page.errors.bad_request"
handler403 = "dashboard.page.errors.forbidden"
handler404 = "dashboard.page.errors.not_found"
handler500 = "dashboard.page.errors.server_error"
