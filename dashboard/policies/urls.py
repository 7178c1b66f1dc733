"""Addresses of the pages about policies."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.policies import views

app_name = "policies"

urlpatterns = [
    path("policies/", requires(Permission.VIEW_POLICIES, views.ObjectListView.as_view()), name="list"),
    path("policies.csv", requires(Permission.VIEW_POLICIES, views.ObjectExportView.as_view(format="csv")), name="csv"),
    path(
        "policies.json", requires(Permission.VIEW_POLICIES, views.ObjectExportView.as_view(format="json")), name="json"
    ),
    path(
        "policies/<slug:kind>/<str:object_id>/",
        requires(Permission.VIEW_POLICIES, views.ObjectView.as_view()),
        name="object",
    ),
]
