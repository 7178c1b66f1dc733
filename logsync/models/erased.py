"""Who was erased: known again, but named nowhere."""

from __future__ import annotations

from django.db import models


class ErasedIdentity(models.Model):
    """A keyed hash of an address, or of an id, of somebody whose rows were erased at `erased_at`.

    Cloudflare still has those rows. By this they are known when they arrive again (see `logsync.privacy.erasures`). The
    key is in no table, so nobody finds out from here who it was.
    """

    digest = models.CharField(max_length=64, unique=True)
    erased_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "erased identities"

    def __str__(self) -> str:
        return f"erased {self.erased_at:%Y-%m-%d %H:%M}"
