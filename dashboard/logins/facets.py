"""The facets of the list of logins."""

from __future__ import annotations

from dashboard.lists.facets import FacetField
from logsync.models.events import is_of_person

FACETS = (
    FacetField(
        "allowed",
        "Result",
        value_of=lambda allowed: {True: "true", False: "false", None: "unknown"}[allowed],
        words={"true": "Allowed", "false": "Denied", "unknown": "Not said"},
    ),
    FacetField(
        "identity",
        "Identity",
        fields=("person", "connection"),
        value_of=lambda person, connection: "people" if is_of_person(person, connection) else "service",
        words={"people": "People", "service": "Services"},
        hides={"people": "logins of people", "service": "service logins"},
    ),
    FacetField("app_uid", "App", name_field="app_name"),
    FacetField("connection", "Provider"),
    FacetField("country", "Country"),
    FacetField("person", "Person", name_field="user_email", most=5),
    FacetField("action", "Action", is_open=False),
    FacetField("app_type", "App type", is_open=False),
)
