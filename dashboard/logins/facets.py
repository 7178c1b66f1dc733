"""The facets of the list of logins."""

from __future__ import annotations

from dashboard.lists.facets import FacetField

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
        fields=("user_email", "connection"),
        value_of=lambda email, connection: "service" if not email or connection == "nonidentity" else "people",
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
