"""URLs of the pages about SCIM updates and SCIM problems."""

from django.urls import path

from dashboard.scim import views
from dashboard.scim.problems import resources
from dashboard.scim.problems import views as problems

app_name = "scim"

urlpatterns = [
    path("scim/", views.ScimListView.as_view(), name="list"),
    path("scim.csv", views.ScimExportView.as_view(format="csv"), name="csv"),
    path("scim.json", views.ScimExportView.as_view(format="json"), name="json"),
    path("scim/problems/", problems.ProblemListView.as_view(), name="problems"),
    path("scim/problems.csv", problems.ProblemExportView.as_view(format="csv"), name="problems-csv"),
    path("scim/problems.json", problems.ProblemExportView.as_view(format="json"), name="problems-json"),
    path("scim/problems/without-login.csv", resources.WithoutLoginExportView.as_view(format="csv"), name="never-csv"),
    path(
        "scim/problems/without-login.json", resources.WithoutLoginExportView.as_view(format="json"), name="never-json"
    ),
    path("scim/problems/<slug:key>.csv", resources.ProblemResourcesView.as_view(format="csv"), name="problem-csv"),
    path("scim/problems/<slug:key>.json", resources.ProblemResourcesView.as_view(format="json"), name="problem-json"),
    path("scim/problems/without-login/", problems.WithoutLoginView.as_view(), name="never-logged-in"),
    path("scim/problems/<slug:key>/", problems.ProblemView.as_view(), name="problem"),
    path("scim/problems/<slug:key>/note/", problems.note, name="note"),
    path("scim/<slug:key>/body.txt", views.ScimBodyView.as_view(), name="body"),
    path("scim/<slug:key>/", views.ScimEventView.as_view(), name="event"),
]
