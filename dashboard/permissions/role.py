"""The names of the roles. The environment maps groups to them, so this module needs no database."""

from __future__ import annotations

from django.db.models import TextChoices


class Role(TextChoices):
    """A role by the name of its group."""

    HELPDESK = "helpdesk", "Helpdesk"
    ANALYST = "analyst", "Analyst"
    SECURITY = "security", "Security"
    ADMIN = "admin", "Admin"
