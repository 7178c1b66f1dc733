"""Addresses of the page about the sync."""

from django.urls import path

from dashboard.coverage import views

app_name = "coverage"

urlpatterns = [
    path("sync/", views.sync, name="sync"),
    path("sync/now/", views.sync_now, name="now"),
    path("sync/backfill/", views.backfill, name="backfill"),
    path("sync/doctor/", views.doctor, name="doctor"),
]
