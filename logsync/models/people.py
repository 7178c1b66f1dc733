"""Who occurs in the logs: written in the transaction that stores the rows, held against them by `manage.py recount`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from logsync.models.directory import Account

# The longest e-mail address there is (RFC 5321 4.5.3.1): 64 letters, the sign, and a domain of 255.
LONGEST_ADDRESS = 320


def person_of(email: str) -> str:
    """An e-mail address as people are told apart by: in lower case, which both databases then compare alike.

    What is longer than an address can be is cut, since an index could not hold it.
    """
    return email.lower()[:LONGEST_ADDRESS]


class PersonAddress(models.Model):
    """An e-mail address that occurs in a log of an account, and when it last did, by what the row says.

    Each time is the newest of its kind on record, None where there is none: `login_at` any login, `allowed_at` and
    `denied_at` those that were allowed or denied, `update_at` a SCIM update of the person.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="person_addresses", db_index=False)
    person = models.TextField()
    login_at = models.DateTimeField(null=True)
    allowed_at = models.DateTimeField(null=True)
    denied_at = models.DateTimeField(null=True)
    update_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["person"]
        constraints = [models.UniqueConstraint(fields=["account", "person"], name="one_row_per_address")]
        indexes = [models.Index(fields=["person"], name="address_by_person")]

    def __str__(self) -> str:
        return self.person


class PersonAtApp(models.Model):
    """When a person was last allowed, and last denied, at an application: who is still locked out, at a glance.

    Of the rows that are tries of a person to log in (see `logsync.models.events`); None where there is none on record.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="people_at_apps", db_index=False)
    app_uid = models.TextField(blank=True)
    person = models.TextField()
    allowed_at = models.DateTimeField(null=True)
    denied_at = models.DateTimeField(null=True)

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
    """That logins of an account's `user_id` bore an address, last at `login_at`: addresses of one id are one person."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="user_ids", db_index=False)
    user_id = models.TextField()
    person = models.TextField()
    login_at = models.DateTimeField()

    class Meta:
        ordering = ["user_id", "person"]
        constraints = [
            models.UniqueConstraint(fields=["account", "user_id", "person"], name="one_row_per_id_and_address")
        ]
        indexes = [models.Index(fields=["person"], name="user_id_by_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.person}"
