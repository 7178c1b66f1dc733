"""The facets of the list of logins."""

from __future__ import annotations

from dashboard.lists.facets import FacetField
from dashboard.logins.filters import result_of, result_of_action
from logsync.models.events import caller_of

FACETS = (
    FacetField(
        "allowed",
        "Result",
        fields=("allowed", "action"),
        value_for=lambda filterset: result_of_action if filterset.asks_for_action else result_of,
        words={"true": "Allowed", "false": "Denied", "unknown": "No result recorded", "other": "Other action"},
        hides={"other": "log-outs and other actions"},
    ),
    FacetField(
        "identity",
        "Identity",
        fields=("person", "connection"),
        value_of=lambda person, connection: caller_of(person, connection).value,
        words={"people": "People", "service": "Services", "unknown": "No e-mail address"},
        hides={
            "people": "logins of people",
            "service": "service logins",
            "unknown": "logins without an e-mail address",
        },
    ),
    FacetField("app_uid", "App", name_field="app_name", apart_field="app_domain"),
    FacetField("connection", "Provider"),
    FacetField("country", "Country"),
    FacetField("person", "Person", name_field="user_email", most=5),
    FacetField("action", "Action", is_open=False),
    FacetField("app_type", "App type", is_open=False),
)
