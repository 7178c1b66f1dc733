"""Addresses of the pages about logins."""

from django.urls import path

from dashboard.logins import by_person, views
from dashboard.logins.by_app import compared_people
from dashboard.logins.by_app import views as apps
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission

app_name = "logins"

urlpatterns = [
    path("logins/", requires(Permission.VIEW_EVENTS, views.LoginListView.as_view()), name="list"),
    path("logins.csv", requires(Permission.EXPORT, views.LoginExportView.as_view(format="csv")), name="csv"),
    path("logins.json", requires(Permission.EXPORT, views.LoginExportView.as_view(format="json")), name="json"),
    path("logins/by-app/", requires(Permission.VIEW_EVENTS, apps.AppListView.as_view()), name="by-app"),
    path("logins/by-app.csv", requires(Permission.EXPORT, apps.AppExportView.as_view(format="csv")), name="by-app-csv"),
    path(
        "logins/by-app.json", requires(Permission.EXPORT, apps.AppExportView.as_view(format="json")), name="by-app-json"
    ),
    path(
        "logins/lockouts.csv",
        requires(Permission.EXPORT, apps.LockoutExportView.as_view(format="csv")),
        name="lockouts-csv",
    ),
    path(
        "logins/lockouts.json",
        requires(Permission.EXPORT, apps.LockoutExportView.as_view(format="json")),
        name="lockouts-json",
    ),
    path("logins/by-app/app/", requires(Permission.VIEW_EVENTS, apps.AppView.as_view()), name="app"),
    path(
        "logins/by-app/people/",
        requires(Permission.VIEW_EVENTS, compared_people.ComparedPeopleView.as_view()),
        name="compared-people",
    ),
    path(
        "logins/by-app/people.csv",
        requires(Permission.EXPORT, compared_people.ComparedPeopleExportView.as_view(format="csv")),
        name="compared-csv",
    ),
    path(
        "logins/by-app/people.json",
        requires(Permission.EXPORT, compared_people.ComparedPeopleExportView.as_view(format="json")),
        name="compared-json",
    ),
    path("logins/by-person/", requires(Permission.VIEW_EVENTS, by_person.PersonListView.as_view()), name="by-person"),
    path(
        "logins/by-person.csv",
        requires(Permission.EXPORT, by_person.PersonExportView.as_view(format="csv")),
        name="by-person-csv",
    ),
    path(
        "logins/by-person.json",
        requires(Permission.EXPORT, by_person.PersonExportView.as_view(format="json")),
        name="by-person-json",
    ),
    path("logins/<slug:key>/reveal/", requires(Permission.REVEAL, views.LoginRevealView.as_view()), name="reveal"),
    path("logins/<slug:key>.json", requires(Permission.VIEW_EVENTS, views.LoginJsonView.as_view()), name="event-json"),
    path("logins/<slug:key>/", requires(Permission.VIEW_EVENTS, views.LoginEventView.as_view()), name="event"),
]
