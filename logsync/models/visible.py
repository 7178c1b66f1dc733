"""Rows of the accounts that may be seen now: what every look at a table begins with."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from logsync.models.sight import sight

Row = TypeVar("Row", bound=models.Model)


class VisibleManager(models.Manager[Row]):
    """Finds only rows of accounts that may be seen; a model says by `account_path` how it leads to its account."""

    def get_queryset(self) -> models.QuerySet[Row]:
        rows = super().get_queryset()
        accounts = sight().accounts
        if accounts is None:
            return rows
        path: Any = getattr(self.model, "account_path", "account")
        return rows.filter(**{f"{path}__in": accounts})
