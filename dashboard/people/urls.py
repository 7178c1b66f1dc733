"""Addresses of the pages about people."""

from django.urls import path, register_converter

from dashboard.people import at_cloudflare, deprovisioned, views
from dashboard.people.converters import AddressConverter
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.privacy.views import EraseView, EverythingView

app_name = "people"

register_converter(AddressConverter, "address")

urlpatterns = [
    path("people/", requires(Permission.VIEW_EVENTS, views.PeopleView.as_view()), name="list"),
    path("people.csv", requires(Permission.EXPORT, views.PeopleExportView.as_view(format="csv")), name="csv"),
    path("people.json", requires(Permission.EXPORT, views.PeopleExportView.as_view(format="json")), name="json"),
    path(
        "people/deprovisioned/",
        requires(Permission.VIEW_EVENTS, deprovisioned.DeprovisionedView.as_view()),
        name="deprovisioned",
    ),
    path(
        "people/deprovisioned.csv",
        requires(Permission.EXPORT, deprovisioned.DeprovisionedExportView.as_view(format="csv")),
        name="deprovisioned-csv",
    ),
    path(
        "people/deprovisioned.json",
        requires(Permission.EXPORT, deprovisioned.DeprovisionedExportView.as_view(format="json")),
        name="deprovisioned-json",
    ),
    path(
        "people/<address:email>/everything.json",
        requires(Permission.ERASE_PERSON, EverythingView.as_view()),
        name="everything",
    ),
    path("people/<address:email>/erase/", requires(Permission.ERASE_PERSON, EraseView.as_view()), name="erase"),
    path(
        "people/<address:email>.json",
        requires(Permission.VIEW_EVENTS, views.PersonJsonView.as_view()),
        name="person-json",
    ),
    path(
        "people/<address:email>/ticket.md", requires(Permission.VIEW_EVENTS, views.TicketView.as_view()), name="ticket"
    ),
    path(
        "people/<address:email>/at-cloudflare/",
        requires(Permission.VIEW_EVENTS, at_cloudflare.AtCloudflareView.as_view()),
        name="at-cloudflare",
    ),
    path(
        "people/<address:email>/reveal/", requires(Permission.REVEAL, views.PersonRevealView.as_view()), name="reveal"
    ),
    path("people/<address:email>/", requires(Permission.VIEW_EVENTS, views.PersonView.as_view()), name="person"),
]
