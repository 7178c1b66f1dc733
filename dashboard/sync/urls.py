"""Addresses of the page about the sync."""

from django.urls import path

from dashboard.sync import views

app_name = "sync"

urlpatterns = [
    path("sync/", views.sync, name="page"),
    path("sync/now/", views.sync_now, name="now"),
    path("sync/backfill/", views.backfill, name="backfill"),
    path("sync/doctor/", views.doctor, name="doctor"),
]
