"""Every address: the rooms' and the answers to machines."""

from django.urls import include, path

from dashboard.navigation import freshness
from dashboard.page import views
from dashboard.page.glossary import glossary
from dashboard.page.security_txt import security_txt
from dashboard.permissions.declare import public, requires
from dashboard.permissions.permission import Permission

urlpatterns = [
    path("", include("dashboard.overview.urls")),
    path("", include("dashboard.logins.urls")),
    path("", include("dashboard.scim.urls")),
    path("", include("dashboard.people.urls")),
    path("", include("dashboard.policies.urls")),
    path("", include("dashboard.changes.urls")),
    path("", include("dashboard.what_if.urls")),
    path("", include("dashboard.sync.urls")),
    path("", include("dashboard.search.urls")),
    path("", include("dashboard.saved.urls")),
    path("", include("dashboard.audit.urls")),
    path("", include("dashboard.users.urls")),
    path("", include("dashboard.exports.urls")),
    path("", include("dashboard.sign_in.urls")),
    path("freshness/", requires(Permission.VIEW_EVENTS, freshness), name="freshness"),
    path("preferences/", public(views.preferences), name="preferences"),
    path("glossary/", requires(Permission.VIEW_EVENTS, glossary), name="glossary"),
    path(".well-known/security.txt", public(security_txt), name="security-txt"),
    path("healthz", public(views.healthz), name="healthz"),
    path("readyz", public(views.readyz), name="readyz"),
]

handler400 = "dashboard.page.errors.bad_request"
handler403 = "dashboard.page.errors.forbidden"
handler404 = "dashboard.page.errors.not_found"
handler500 = "dashboard.page.errors.server_error"
handler429 = "dashboard.sign_in.rate_limits.too_many_requests"
