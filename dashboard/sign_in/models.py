"""The cache that all web processes share where there is no Redis: how often a password was tried, and the like."""

from __future__ import annotations

from django.db import models


class CachedValue(models.Model):
    """A row of Django's database cache, which makes its own queries; the model only makes the table."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "cached_value"

    def __str__(self) -> str:
        return self.cache_key
