"""Addresses of the pages about logins."""

from django.urls import path

from dashboard.logins import views

app_name = "logins"

urlpatterns = [
    path("logins/", views.LoginListView.as_view(), name="list"),
    path("logins.csv", views.LoginCsvView.as_view(), name="csv"),
    path("logins/by-app/", views.AppListView.as_view(), name="by-app"),
    path("logins/<slug:key>/", views.LoginEventView.as_view(), name="event"),
]
