"""Whether a provider revokes a user's sessions when SCIM changes the user: on, off or unknown."""

from __future__ import annotations

from logsync.models import IdentityProvider


def revokes_on_deprovisioning(idp: IdentityProvider | None) -> str:
    """When SCIM deactivates or deletes a user."""
    return in_words(idp.user_deprovision if idp else None)


def revokes_on_group_change(idp: IdentityProvider | None) -> str:
    """When SCIM changes a user's groups; only the behaviour "reauth" does."""
    value = idp.identity_update_behavior.lower() if idp else ""
    return in_words(value == "reauth" if value else None)


def in_words(setting: bool | None) -> str:
    """The setting as one word; None is unknown."""
    return {True: "on", False: "off", None: "unknown"}[setting]
