"""Addresses of the pages about SCIM updates, and of those about what keeps failing."""

from django.urls import path

from dashboard.scim import problem_views, views

app_name = "scim"

urlpatterns = [
    path("scim/", views.ScimListView.as_view(), name="list"),
    path("scim.csv", views.ScimCsvView.as_view(), name="csv"),
    path("scim/problems/", problem_views.ProblemListView.as_view(), name="problems"),
    path("scim/problems.csv", problem_views.ProblemCsvView.as_view(), name="problems-csv"),
    path("scim/problems/without-login/", problem_views.WithoutLoginView.as_view(), name="without-login"),
    path("scim/problems/<slug:key>/", problem_views.ProblemView.as_view(), name="problem"),
    path("scim/problems/<slug:key>/note/", problem_views.note, name="note"),
    path("scim/<slug:key>/", views.ScimEventView.as_view(), name="event"),
]
