"""Addresses of the pages about logins."""

from django.urls import path

from dashboard.logins import app_views, by_person, views

app_name = "logins"

urlpatterns = [
    path("logins/", views.LoginListView.as_view(), name="list"),
    path("logins.csv", views.LoginCsvView.as_view(), name="csv"),
    path("logins/by-app/", app_views.AppListView.as_view(), name="by-app"),
    path("logins/by-app.csv", app_views.AppCsvView.as_view(), name="by-app-csv"),
    path("logins/by-app/app/", app_views.AppView.as_view(), name="app"),
    path("logins/by-person/", by_person.PersonListView.as_view(), name="by-person"),
    path("logins/<slug:key>/", views.LoginEventView.as_view(), name="event"),
]
