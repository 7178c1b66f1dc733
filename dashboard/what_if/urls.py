"""Addresses of what-ifs. The exports need the permission to export as well, see `result`."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.what_if import result, views

app_name = "what-if"

urlpatterns = [
    path("what-if/", requires(Permission.VIEW_POLICIES, views.EditView.as_view()), name="edit"),
    path("what-if/<slug:key>/", requires(Permission.VIEW_POLICIES, result.ResultView.as_view()), name="result"),
    path("what-if/<slug:key>/cancel/", requires(Permission.VIEW_POLICIES, result.cancel), name="cancel"),
    path("what-if/<slug:key>/again/", requires(Permission.VIEW_POLICIES, result.again), name="again"),
    path(
        "what-if/<slug:key>/people.csv",
        requires(Permission.VIEW_POLICIES, result.PeopleExportView.as_view(format="csv")),
        name="csv",
    ),
    path(
        "what-if/<slug:key>/people.json",
        requires(Permission.VIEW_POLICIES, result.PeopleExportView.as_view(format="json")),
        name="json",
    ),
]
