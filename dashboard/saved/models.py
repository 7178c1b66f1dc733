"""What is saved for a person. `page` is the name of a page's address, such as "logins:list".

When a user is deleted, everything they saved goes too, even what they shared.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from dashboard.lists.layout import LAYOUT
from dashboard.page.query_string import QueryString

NAME_LENGTH = 80
QUERY_LENGTH = 4000
PAGE_LENGTH = 64
# Looks that start within this time of each other are one look.
ONE_LOOK = timedelta(minutes=5)


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def open_to(self, user: User) -> Self:
        """A user's own views, and those that others share."""
        return self.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


class SavedView(models.Model):
    """An address of a page, saved under a name.

    `query` is the query string without the place in the list. A range such as `24h` stays relative, and the layout of
    the list is part of the view only if the address has it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=NAME_LENGTH)
    page = models.CharField(max_length=PAGE_LENGTH)
    query = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="one_view_of_a_name")]
        indexes = [models.Index(fields=["page", "is_shared"], name="view_by_page")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse(self.page) + self.query_string.replacing()

    @property
    def query_string(self) -> QueryString:
        return QueryString(QueryDict(self.query))


class Layout(models.Model):
    """How a person has a list laid out, by the names of the address's parameters; blank means the default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="layouts")
    page = models.CharField(max_length=PAGE_LENGTH)
    # Separated by commas, in the order shown.
    columns = models.TextField(blank=True)
    sort = models.CharField(max_length=64, blank=True)
    density = models.CharField(max_length=16, blank=True)
    per_page = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="one_layout_of_a_page")]

    def __str__(self) -> str:
        return f"{self.page}: {self.columns or 'the usual columns'}"

    @property
    def parameters(self) -> dict[str, str]:
        """The layout as parameters of an address."""
        return {name: getattr(self, name) for name in LAYOUT}


class LastLook(models.Model):
    """When a person last looked at a list: `looked_at` is when the latest look started, `before_at` the one before it.

    A look starts when the list's default address is opened at least ONE_LOOK after the last one started. Until the next
    one, rows that arrived since `before_at` are new. So reloading changes nothing for some minutes, and a row that came
    in during a look is marked once too often rather than missed.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="last_looks")
    page = models.CharField(max_length=PAGE_LENGTH)
    looked_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="one_last_look_at_a_page")]

    def __str__(self) -> str:
        return f"{self.page} at {self.looked_at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def note(cls, user: User, page: str, now: datetime) -> datetime | None:
        """Note that a user looks at a list's default address, and return what `new_since` is now."""
        now = now.replace(microsecond=0)
        look, _ = cls.objects.get_or_create(user=user, page=page, defaults={"looked_at": now})
        if look.looked_at > now - ONE_LOOK:
            return look.before_at
        # If two pages are opened at once, only one of them starts the look.
        same = cls.objects.filter(pk=look.pk, looked_at=look.looked_at)
        same.update(before_at=look.looked_at, looked_at=now)
        return look.looked_at

    @classmethod
    def new_since(cls, user: User, page: str) -> datetime | None:
        """Since when arriving rows are new to this user; None until they have looked twice."""
        return cls.objects.filter(user=user, page=page).values_list("before_at", flat=True).first()


def signed_in_user(request: HttpRequest) -> User:
    """The user of a request; every page requires signing in."""
    return cast(User, request.user)
