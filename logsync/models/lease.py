"""A lease on a row, which one worker at a time can hold."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def new_owner() -> str:
    """A name that no other worker has."""
    return secrets.token_hex(8)


class Lease(models.Model):
    """A row that one worker at a time can hold: `lease_owner`, until `lease_expires_at` by the database's clock.

    The lease of a worker that was killed expires. One that ends much later than any lease can was taken before the
    clock was set back, and does not count.
    """

    lease_owner = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @classmethod
    def held(cls) -> Q:
        """Rows with a lease that has not expired."""
        # A statement that waits for a row lock compares its own, older "now" with a lease written later; so a lease
        # that is a little too long does not mean that the clock was set back.
        latest = _from_now(2 * settings.LEASE)
        return Q(lease_expires_at__gte=Now(), lease_expires_at__lte=latest) & ~Q(lease_owner="")

    def take_lease(self, owner: str) -> bool:
        """Return True if `owner` now holds the lease, False if another worker does."""
        return self._prolong(~self.held(), owner)

    def keep_lease(self, owner: str) -> bool:
        """Extend the lease; return False if another worker has taken it over."""
        return self._prolong(Q(lease_owner=owner), owner)

    def release_lease(self, owner: str) -> None:
        mine = type(self)._default_manager.filter(pk=self.pk, lease_owner=owner)
        mine.update(lease_owner="", lease_expires_at=None)

    def _prolong(self, condition: Q, owner: str) -> bool:
        row = type(self)._default_manager.filter(condition, pk=self.pk)
        return row.update(lease_owner=owner, lease_expires_at=_from_now(settings.LEASE)) == 1


def _from_now(duration: timedelta) -> ExpressionWrapper[CombinedExpression]:
    return ExpressionWrapper(Now() + duration, output_field=DateTimeField())
