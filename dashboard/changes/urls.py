"""Addresses of the pages about changes."""

from django.urls import path

from dashboard.changes import views
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission

app_name = "changes"

POLICIES = Permission.VIEW_POLICIES

urlpatterns = [
    path("changes/", requires(POLICIES, views.ChangeListView.as_view()), name="list"),
    path("changes.csv", requires(POLICIES, views.ChangeExportView.as_view(format="csv")), name="csv"),
    path("changes.json", requires(POLICIES, views.ChangeExportView.as_view(format="json")), name="json"),
    path("changes/<int:number>/", requires(POLICIES, views.ChangeView.as_view(origin="snapshot")), name="change"),
    path("changes/entry/<int:number>/", requires(POLICIES, views.ChangeView.as_view(origin="entry")), name="entry"),
    path("changes/gone/<int:number>/", requires(POLICIES, views.ChangeView.as_view(origin="gone")), name="gone"),
]
