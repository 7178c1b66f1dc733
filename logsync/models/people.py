"""Who occurs in the logs: written with the rows, and checked against them by `manage.py recount`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from logsync.models.directory import Account
from logsync.models.visible import VisibleManager

# The longest e-mail address there is (RFC 5321 4.5.3.1): 64 letters, the sign, and a domain of 255.
LONGEST_ADDRESS = 320


def person_of(email: str) -> str:
    """The e-mail address that identifies a person: in lower case, so that both databases compare it in the same way.

    What is longer than an address can be is cut, as an index could not hold it.
    """
    return email.lower()[:LONGEST_ADDRESS]


class PersonAddress(models.Model):
    """An e-mail address that occurs in a log of an account, and when it was last seen there.

    Each time is the newest of its kind on record, None if there is none: `login_at` of any login of a person,
    `allowed_at` and `denied_at` of those that were allowed or denied, `update_at` of a SCIM update of the person,
    `other_at` of any other row of the login log, such as a log-out or a request by a service.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="person_addresses", db_index=False)
    person = models.TextField()
    login_at = models.DateTimeField(null=True)
    allowed_at = models.DateTimeField(null=True)
    denied_at = models.DateTimeField(null=True)
    update_at = models.DateTimeField(null=True)
    other_at = models.DateTimeField(null=True)

    objects = VisibleManager()

    class Meta:
        ordering = ["person"]
        constraints = [models.UniqueConstraint(fields=["account", "person"], name="one_row_per_address")]
        indexes = [models.Index(fields=["person"], name="address_by_person")]

    def __str__(self) -> str:
        return self.person


class PersonAtApp(models.Model):
    """When a person was last allowed, and last denied, at an application; it tells who is still locked out.

    Only login attempts by a person count (see `logsync.models.events`); None if there is none on record.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="people_at_apps", db_index=False)
    app_uid = models.TextField(blank=True)
    person = models.TextField()
    allowed_at = models.DateTimeField(null=True)
    denied_at = models.DateTimeField(null=True)

    objects = VisibleManager()

    class Meta:
        ordering = ["app_uid", "person"]
        constraints = [
            models.UniqueConstraint(fields=["account", "app_uid", "person"], name="one_row_per_person_at_app")
        ]
        indexes = [
            models.Index(fields=["denied_at"], name="person_at_app_by_denial", condition=Q(denied_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.app_uid}"


class UserId(models.Model):
    """An address in logins with a `user_id`, last at `login_at`: addresses that share an id are one person."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="user_ids", db_index=False)
    user_id = models.TextField()
    person = models.TextField()
    login_at = models.DateTimeField()

    objects = VisibleManager()

    class Meta:
        ordering = ["user_id", "person"]
        constraints = [
            models.UniqueConstraint(fields=["account", "user_id", "person"], name="one_row_per_id_and_address")
        ]
        indexes = [models.Index(fields=["person"], name="user_id_by_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.person}"
