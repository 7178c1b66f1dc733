"""What can be recognised in a pasted text."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds by precedence: what names one event comes before what names many."""

    RAY_ID = "ray_id"
    # The first characters of a Ray ID that was cut off: search for it as a prefix.
    RAY_ID_START = "ray_id_start"
    USER_EMAIL = "user_email"
    # Cloudflare's and Entra's ids look alike: this can be a resource, a person, an app, a provider or an account.
    GUID = "guid"
    # Okta's ids of users and groups.
    IDP_RESOURCE_ID = "idp_resource_id"
    AUD = "aud"
    # Also a network, as in 198.51.100.0/24.
    IP_ADDRESS = "ip_address"
    APP_DOMAIN = "app_domain"
    # A word that may be an id, of whatever.
    ID = "id"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was recognised: its value as the logs write it, and a note if it is uncertain."""

    kind: Kind
    value: str
    note: str = ""
