"""The users that Access lists, as far as the logs have rows about them.

Of anybody else there is nothing to say here, so nothing is kept of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from logsync.cloudflare.configuration import ConfigurationClient
from logsync.cloudflare.policies import time_of
from logsync.cloudflare.records import storable
from logsync.models import Account, CloudflareUser, PersonAddress, Reading, person_of

# Users change seldom, and one who is needed sooner is asked for by the address.
USERS_EVERY = timedelta(hours=6)
LONGEST_ID = 64
LONGEST_NAME = 500


def are_users_due(account: Account, now: datetime) -> bool:
    """Whether the list of users is to be read again."""
    recently = {"read_at__gt": now - USERS_EVERY, "read_at__lte": now}
    return not Reading.objects.filter(account=account, part=Reading.Part.USERS, **recently).exists()


def read_users(client: ConfigurationClient, account: Account, should_stop: Callable[[], bool]) -> str | None:
    """Read the list of users, page by page; return what is wrong with it, which is nothing, None if it was stopped."""
    for page in client.users():
        keep_users(account, page, timezone.now())
        if should_stop():
            return None
    return ""


def keep_users(account: Account, rows: Iterable[dict[str, Any]], at: datetime) -> list[CloudflareUser]:
    """Keep the users on record among these rows; return them."""
    users = {user.access_id: user for row in rows if (user := _user(account, row, at))}
    addresses = {user.person for user in users.values()}
    on_record = set(
        PersonAddress.objects.filter(account=account, person__in=addresses).values_list("person", flat=True)
    )
    kept = [user for user in users.values() if user.person in on_record]
    CloudflareUser.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["account", "access_id"],
        update_fields=["user_id", "email", "person", "name", "last_successful_login", "read_at"],
        batch_size=1000,
    )
    return kept


def _user(account: Account, row: dict[str, Any], at: datetime) -> CloudflareUser | None:
    access_id, email = _text(row, "id", LONGEST_ID + 1), _text(row, "email", LONGEST_NAME)
    if not 0 < len(access_id) <= LONGEST_ID or not email:
        return None
    return CloudflareUser(
        account=account,
        access_id=access_id,
        user_id=_text(row, "uid", LONGEST_ID),
        email=email,
        person=person_of(email),
        name=_text(row, "name", LONGEST_NAME),
        last_successful_login=time_of(row, "last_successful_login"),
        read_at=at,
    )


def _text(row: dict[str, Any], name: str, longest: int) -> str:
    value = row.get(name)
    return str(storable(value.strip()[:longest])) if isinstance(value, str) else ""
