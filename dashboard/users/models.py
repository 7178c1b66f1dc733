"""When each user was last here."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class LastSeen(models.Model):
    """When somebody last opened a page while signed in, to within a few minutes."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="last_seen"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "last seen"

    def __str__(self) -> str:
        return f"{self.user} at {self.at}"
