"""Addresses of the page about the sync."""

from django.urls import path

from dashboard.sync import exports, views

app_name = "sync"

urlpatterns = [
    path("sync/", views.sync, name="page"),
    path("sync/streams.csv", exports.StreamExportView.as_view(format="csv"), name="streams-csv"),
    path("sync/streams.json", exports.StreamExportView.as_view(format="json"), name="streams-json"),
    path("sync/runs.csv", exports.RunExportView.as_view(format="csv"), name="runs-csv"),
    path("sync/runs.json", exports.RunExportView.as_view(format="json"), name="runs-json"),
    path("sync/now/", views.sync_now, name="now"),
    path("sync/backfill/", views.backfill, name="backfill"),
    path("sync/doctor/", views.doctor, name="doctor"),
]
