"""URLs of the pages about SCIM updates and SCIM problems."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.scim import views
from dashboard.scim.problems import resources
from dashboard.scim.problems import views as problems

app_name = "scim"

urlpatterns = [
    path("scim/", requires(Permission.VIEW_EVENTS, views.ScimListView.as_view()), name="list"),
    path("scim.csv", requires(Permission.EXPORT, views.ScimExportView.as_view(format="csv")), name="csv"),
    path("scim.json", requires(Permission.EXPORT, views.ScimExportView.as_view(format="json")), name="json"),
    path("scim/problems/", requires(Permission.VIEW_EVENTS, problems.ProblemListView.as_view()), name="problems"),
    path(
        "scim/problems.csv",
        requires(Permission.EXPORT, problems.ProblemExportView.as_view(format="csv")),
        name="problems-csv",
    ),
    path(
        "scim/problems.json",
        requires(Permission.EXPORT, problems.ProblemExportView.as_view(format="json")),
        name="problems-json",
    ),
    path(
        "scim/problems/without-login.csv",
        requires(Permission.EXPORT, resources.WithoutLoginExportView.as_view(format="csv")),
        name="never-csv",
    ),
    path(
        "scim/problems/without-login.json",
        requires(Permission.EXPORT, resources.WithoutLoginExportView.as_view(format="json")),
        name="never-json",
    ),
    path(
        "scim/problems/<slug:key>.csv",
        requires(Permission.EXPORT, resources.ProblemResourcesView.as_view(format="csv")),
        name="problem-csv",
    ),
    path(
        "scim/problems/<slug:key>.json",
        requires(Permission.EXPORT, resources.ProblemResourcesView.as_view(format="json")),
        name="problem-json",
    ),
    path(
        "scim/problems/without-login/",
        requires(Permission.VIEW_EVENTS, problems.WithoutLoginView.as_view()),
        name="never-logged-in",
    ),
    path("scim/problems/<slug:key>/", requires(Permission.VIEW_EVENTS, problems.ProblemView.as_view()), name="problem"),
    path("scim/problems/<slug:key>/note/", requires(Permission.CHANGE_PROBLEMS, problems.note), name="note"),
    path("scim/<slug:key>/body.txt", requires(Permission.VIEW_UNMASKED, views.ScimBodyView.as_view()), name="body"),
    path("scim/<slug:key>/reveal/", requires(Permission.REVEAL, views.ScimRevealView.as_view()), name="reveal"),
    path("scim/<slug:key>/", requires(Permission.VIEW_EVENTS, views.ScimEventView.as_view()), name="event"),
]
