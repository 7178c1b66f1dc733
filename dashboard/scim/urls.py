"""Addresses of the pages about SCIM updates."""

from django.urls import path

from dashboard.scim import views

app_name = "scim"

urlpatterns = [
    path("scim/", views.ScimListView.as_view(), name="list"),
    path("scim.csv", views.ScimCsvView.as_view(), name="csv"),
    path("scim/<slug:key>/", views.ScimEventView.as_view(), name="event"),
]
