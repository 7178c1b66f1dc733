"""The facets of the list of SCIM updates."""

from __future__ import annotations

from dashboard.lists.facets import FacetField

FACETS = (
    FacetField("status", "Status", words={"FAILURE": "Failure", "ERROR": "Error", "SUCCESS": "Success"}),
    FacetField("idp_id", "Identity provider"),
    FacetField("resource_type", "Resource type"),
    FacetField("request_method", "Method"),
    FacetField("resource_group_name", "Group", most=5),
    FacetField("resource_user_email", "Person", most=5),
)
