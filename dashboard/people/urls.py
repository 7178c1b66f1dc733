"""Addresses of the pages about people."""

from django.urls import path, register_converter

from dashboard.people import deprovisioned, views
from dashboard.people.converters import AddressConverter

app_name = "people"

register_converter(AddressConverter, "address")

urlpatterns = [
    path("people/", views.PeopleView.as_view(), name="list"),
    path("people.csv", views.PeopleExportView.as_view(format="csv"), name="csv"),
    path("people.json", views.PeopleExportView.as_view(format="json"), name="json"),
    path("people/deprovisioned/", deprovisioned.DeprovisionedView.as_view(), name="deprovisioned"),
    path(
        "people/deprovisioned.csv",
        deprovisioned.DeprovisionedExportView.as_view(format="csv"),
        name="deprovisioned-csv",
    ),
    path(
        "people/deprovisioned.json",
        deprovisioned.DeprovisionedExportView.as_view(format="json"),
        name="deprovisioned-json",
    ),
    path("people/<address:email>.json", views.PersonJsonView.as_view(), name="person-json"),
    path("people/<address:email>/ticket.md", views.TicketView.as_view(), name="ticket"),
    path("people/<address:email>/", views.PersonView.as_view(), name="person"),
]
