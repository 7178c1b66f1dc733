"""Addresses of the pages about logins."""

from django.urls import path

from dashboard.logins import by_person, views
from dashboard.logins.by_app import compared_people
from dashboard.logins.by_app import views as apps

app_name = "logins"

urlpatterns = [
    path("logins/", views.LoginListView.as_view(), name="list"),
    path("logins.csv", views.LoginExportView.as_view(format="csv"), name="csv"),
    path("logins.json", views.LoginExportView.as_view(format="json"), name="json"),
    path("logins/by-app/", apps.AppListView.as_view(), name="by-app"),
    path("logins/by-app.csv", apps.AppExportView.as_view(format="csv"), name="by-app-csv"),
    path("logins/by-app.json", apps.AppExportView.as_view(format="json"), name="by-app-json"),
    path("logins/lockouts.csv", apps.LockoutExportView.as_view(format="csv"), name="lockouts-csv"),
    path("logins/lockouts.json", apps.LockoutExportView.as_view(format="json"), name="lockouts-json"),
    path("logins/by-app/app/", apps.AppView.as_view(), name="app"),
    path("logins/by-app/people/", compared_people.ComparedPeopleView.as_view(), name="compared-people"),
    path(
        "logins/by-app/people.csv", compared_people.ComparedPeopleExportView.as_view(format="csv"), name="compared-csv"
    ),
    path(
        "logins/by-app/people.json",
        compared_people.ComparedPeopleExportView.as_view(format="json"),
        name="compared-json",
    ),
    path("logins/by-person/", by_person.PersonListView.as_view(), name="by-person"),
    path("logins/by-person.csv", by_person.PersonExportView.as_view(format="csv"), name="by-person-csv"),
    path("logins/by-person.json", by_person.PersonExportView.as_view(format="json"), name="by-person-json"),
    path("logins/<slug:key>/", views.LoginEventView.as_view(), name="event"),
]
