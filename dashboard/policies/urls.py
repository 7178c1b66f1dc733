"""Addresses of the pages about policies."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.policies.list import ObjectExportView, ObjectListView
from dashboard.policies.object import ObjectView

app_name = "policies"

urlpatterns = [
    path("policies/", requires(Permission.VIEW_POLICIES, ObjectListView.as_view()), name="list"),
    path("policies.csv", requires(Permission.VIEW_POLICIES, ObjectExportView.as_view(format="csv")), name="csv"),
    path("policies.json", requires(Permission.VIEW_POLICIES, ObjectExportView.as_view(format="json")), name="json"),
    path(
        "policies/<slug:kind>/<str:object_id>/",
        requires(Permission.VIEW_POLICIES, ObjectView.as_view()),
        name="object",
    ),
]
