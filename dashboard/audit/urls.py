"""Addresses of the pages about the audit log."""

from django.urls import path

from dashboard.audit import views
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission

app_name = "audit"

urlpatterns = [
    path("audit/", requires(Permission.VIEW_AUDIT, views.AuditView.as_view()), name="list"),
    path("audit.csv", requires(Permission.VIEW_AUDIT, views.AuditExportView.as_view(format="csv")), name="csv"),
    path("audit.json", requires(Permission.VIEW_AUDIT, views.AuditExportView.as_view(format="json")), name="json"),
    path("audit/<int:number>/", requires(Permission.VIEW_AUDIT, views.EntryView.as_view()), name="entry"),
]
