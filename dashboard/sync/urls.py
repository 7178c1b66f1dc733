"""Addresses of the page about the sync."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.sync import exports, views

app_name = "sync"

urlpatterns = [
    path("sync/", requires(Permission.VIEW_EVENTS, views.sync), name="page"),
    path(
        "sync/streams.csv",
        requires(Permission.EXPORT, exports.StreamExportView.as_view(format="csv")),
        name="streams-csv",
    ),
    path(
        "sync/streams.json",
        requires(Permission.EXPORT, exports.StreamExportView.as_view(format="json")),
        name="streams-json",
    ),
    path("sync/runs.csv", requires(Permission.EXPORT, exports.RunExportView.as_view(format="csv")), name="runs-csv"),
    path("sync/runs.json", requires(Permission.EXPORT, exports.RunExportView.as_view(format="json")), name="runs-json"),
    path("sync/now/", requires(Permission.MANAGE_SYNC, views.sync_now), name="now"),
    path("sync/backfill/", requires(Permission.MANAGE_SYNC, views.backfill), name="backfill"),
    path("sync/doctor/", requires(Permission.MANAGE_SYNC, views.doctor), name="doctor"),
]
