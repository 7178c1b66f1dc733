"""What the SCIM updates are about, and which of their failures are the same problem.

All of it is derived from the updates, in the transaction that stores them, and checked against them by `manage.py
recount`; except for what people write about a problem.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from logsync.models.directory import Account
from logsync.models.events import ScimUpdate, root_of
from logsync.models.visible import VisibleManager


class ScimProblem(models.Model):
    """Failures with the same error, of one kind of request of one identity provider; see `logsync.scim.fingerprint`.

    `key` is a hash of the other fields. `is_ignored` is set by the newest note about ignoring.
    """

    key = models.CharField(max_length=32, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="scim_problems")
    idp_id = models.TextField(blank=True)
    resource_type = models.TextField(blank=True)
    request_method = models.TextField(blank=True)
    template = models.TextField()
    is_ignored = models.BooleanField(default=False)

    objects = VisibleManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.template


class ProblemNote(models.Model):
    """What someone did or wrote about a problem; together, the history of the problem."""

    class Act(models.TextChoices):
        NOTE = "note", "Note"
        IGNORE = "ignore", "Ignored"
        WATCH = "watch", "Stopped ignoring"

    problem = models.ForeignKey(ScimProblem, on_delete=models.CASCADE, related_name="notes")
    act = models.CharField(max_length=10, choices=Act)
    text = models.TextField(blank=True)
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField()

    account_path = "problem__account"
    objects = VisibleManager()

    class Meta:
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_act_display()} by {self.written_by}"


class ScimResourceQuerySet(models.QuerySet["ScimResource"]):
    def of_roots(self, roots: Collection[int]) -> Self:
        """These resources, and all that are the same as one of them."""
        return self.filter(Q(pk__in=roots) | Q(same_as__in=roots))

    def roots(self) -> set[int]:
        """The root of each of these resources."""
        return set(self.order_by().values_list(Coalesce("same_as", "pk"), flat=True))


class ScimResource(models.Model):
    """A user or a group that updates are about.

    It belongs to one provider: updates with ids are about one resource if they share Cloudflare's id, or the
    provider's, and came through the same provider. Updates without any id, under one name at one provider, are a
    resource of their own. If exactly one resource with ids bears the name, it is the `same_as` of that resource, and
    so its root: what is found out about both is kept with the root. Every other resource is its own root.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="scim_resources")
    resource_type = models.TextField(blank=True)
    same_as = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="nameless")

    objects = VisibleManager.from_queryset(ScimResourceQuerySet)()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.resource_type} {self.pk}"

    @property
    def root_id(self) -> int:
        return self.same_as_id or self.pk


class ScimIdentifier(models.Model):
    """An id or a name of a resource, in updates of the provider whose id is `scope`."""

    class Kind(models.TextChoices):
        CF = "cf_resource_id"
        IDP = "idp_resource_id"
        # The name in rows with ids, and the name in rows without any id.
        NAME = "name"
        ONLY_NAME = "only_name"

    resource = models.ForeignKey(ScimResource, on_delete=models.CASCADE, related_name="identifiers")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    resource_type = models.TextField(blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    scope = models.TextField(blank=True)
    value = models.TextField()

    objects = VisibleManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "resource_type", "kind", "scope", "value"],
                condition=~Q(kind="name"),
                name="one_resource_per_id",
            ),
            models.UniqueConstraint(fields=["resource", "kind", "scope", "value"], name="one_row_per_identifier"),
        ]
        indexes = [
            models.Index(fields=["account", "resource_type", "kind", "scope", "value"], name="resource_by_identifier"),
            models.Index(fields=["value"], name="identifier_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class ScimProblemStatus(models.Model):
    """The status of one problem of one resource; see `logsync.scim.history.problem_lifecycle`.

    `state` is one of its State. `tries` counts the failures. `proof` is the success that healed or deleted the problem,
    `other_success` the newest later success that did not.
    """

    problem = models.ForeignKey(ScimProblem, on_delete=models.CASCADE, related_name="statuses", db_index=False)
    resource = models.ForeignKey(ScimResource, on_delete=models.CASCADE, related_name="statuses")
    state = models.CharField(max_length=16)
    tries = models.PositiveIntegerField()
    first_failed = models.ForeignKey(ScimUpdate, on_delete=models.CASCADE, related_name="+")
    last_failed = models.ForeignKey(ScimUpdate, on_delete=models.CASCADE, related_name="+")
    proof = models.ForeignKey(ScimUpdate, on_delete=models.SET_NULL, null=True, related_name="+")
    other_success = models.ForeignKey(ScimUpdate, on_delete=models.SET_NULL, null=True, related_name="+")

    account_path = "problem__account"
    objects = VisibleManager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["problem", "resource"], name="one_status_per_resource")]
        indexes = [models.Index(fields=["state", "problem"], name="status_by_state")]

    def __str__(self) -> str:
        return f"{self.state} {self.problem_id} {self.resource_id}"


class ScimMemberQuerySet(models.QuerySet["ScimMember"]):
    def with_root(self) -> Any:
        """The members, each with the `root` of its group."""
        return self.annotate(root=root_of("update__resource"))


class ScimMember(models.Model):
    """A member that an update of a group names by its id: as added, as removed, or in the whole list."""

    class Way(models.TextChoices):
        ADDED = "added"
        REMOVED = "removed"
        LISTED = "listed"

    update = models.ForeignKey(ScimUpdate, on_delete=models.CASCADE, related_name="members", db_index=False)
    member_id = models.TextField()
    way = models.CharField(max_length=8, choices=Way)

    account_path = "update__account"
    objects = VisibleManager.from_queryset(ScimMemberQuerySet)()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["update", "member_id", "way"], name="one_row_per_member")]
        indexes = [models.Index(fields=["member_id"], name="member_by_id")]

    def __str__(self) -> str:
        return f"{self.way} {self.member_id}"
