"""Addresses of the pages about exports."""

from django.urls import path

from dashboard.exports import views
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission

app_name = "exports"

urlpatterns = [
    path("exports/", requires(Permission.EXPORT, views.ExportListView.as_view()), name="list"),
    path("exports.csv", requires(Permission.EXPORT, views.ExportExportView.as_view(format="csv")), name="csv"),
    path("exports.json", requires(Permission.EXPORT, views.ExportExportView.as_view(format="json")), name="json"),
    path("exports/<int:number>/", requires(Permission.EXPORT, views.ExportView.as_view()), name="export"),
    path("exports/<int:number>/again/", requires(Permission.EXPORT, views.AgainView.as_view()), name="again"),
    path(
        "exports/<int:number>/manifest.json",
        requires(Permission.EXPORT, views.ManifestView.as_view()),
        name="manifest",
    ),
]
