"""Read what a page or a denial wants of a user: the last seen identity, the active sessions, the failed logins."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.configuration import ConfigurationClient
from logsync.cloudflare.errors import CloudflareError, FixAccessError, PausedError
from logsync.cloudflare.kept_content import without_secrets
from logsync.cloudflare.policies import time_of
from logsync.ingest.configuration.round import OUR_FAULT
from logsync.ingest.configuration.users import LONGEST_ID, keep_users
from logsync.ingest.snapshots import digest_of
from logsync.models import Account, CloudflareUser, LastSeenIdentity, UserReading
from logsync.privacy.erasures import Erasures

logger = logging.getLogger(__name__)

Subject = UserReading.Subject
NO_USER = "Cloudflare Access lists no user with this e-mail address."
# Read in one turn of one account.
MOST_READ = 20
# Rows of an answer that are kept.
MOST_ROWS = 500
# A field that is longer, as JSON, is not kept: then nothing is known of it.
LONGEST_FIELD = 200_000
SESSION_FIELDS = ("expiration", "metadata")
SESSION_METADATA = ("apps", "iat", "expires", "ttl")


def read_wanted(client: CloudflareClient, account: Account, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Read what is wanted of an account's users, what has waited longest first; return how many answers came.

    A subject that the token may not read is refused for everybody, so nobody else is asked about.
    """
    came = 0
    refused: set[str] = set()
    for row in UserReading.objects.filter(account=account).waiting()[:MOST_READ]:
        if row.subject in refused:
            continue
        if should_stop() or not _claim(row):
            break
        try:
            _read(client.configuration, row)
            came += 1
        except PausedError:
            # It still waits, for the next turn.
            UserReading.objects.filter(pk=row.pk).update(attempted_at=row.attempted_at)
            break
        except FixAccessError as error:
            refused.add(row.subject)
            same = UserReading.objects.filter(account=account, subject=row.subject)
            waiting = Q(pk=row.pk) | Q(pk__in=same.waiting().order_by().values("pk"))
            same.filter(waiting).update(attempted_at=timezone.now(), error=str(error))
        except CloudflareError as error:
            UserReading.objects.filter(pk=row.pk).update(error=str(error))
        except Exception:
            logger.exception("Reading the %s of a user failed", row.subject)
            UserReading.objects.filter(pk=row.pk).update(error=OUR_FAULT)
    return came


def _claim(row: UserReading) -> bool:
    """Whether this worker is the one to ask."""
    mine = UserReading.objects.filter(pk=row.pk).waiting().order_by()
    return mine.update(attempted_at=timezone.now()) == 1


def _read(client: ConfigurationClient, row: UserReading) -> None:
    user = _user_of(client, row)
    content: list[Any] = []
    if user and row.subject == Subject.IDENTITY:
        if found := client.last_seen_identity(user.access_id):
            keep_identity(user, found, timezone.now())
    elif user and row.subject == Subject.SESSIONS:
        content = [_session(session) for session in client.active_sessions(user.access_id)[:MOST_ROWS]]
    elif user:
        content = without_secrets(client.failed_logins(user.access_id)[:MOST_ROWS])
    values = {"read_at": timezone.now(), "content": content, "error": "" if user else NO_USER}
    UserReading.objects.filter(pk=row.pk).update(**values)


def _user_of(client: ConfigurationClient, row: UserReading) -> CloudflareUser | None:
    """The user with the address; one who is not in the list that was read last is asked for."""
    known = CloudflareUser.objects.filter(account=row.account_id, person=row.person)
    if user := known.order_by("-last_successful_login", "pk").first():
        return user
    found = keep_users(row.account, client.users_with(row.person), timezone.now())
    return next((user for user in found if user.person == row.person), None)


def keep_identity(user: CloudflareUser, found: dict[str, Any], at: datetime) -> None:
    """Keep what Cloudflare last saw of a user, as it came but without secrets; the same one is kept once.

    What it saw before the person was erased here is not kept.
    """
    seen_at = time_of(found, "iat")
    if Erasures.load().was_erased(user.person, seen_at or at):
        return
    content = {name: value for name, value in without_secrets(found).items() if len(json.dumps(value)) <= LONGEST_FIELD}
    uuid = content.get("user_uuid")
    LastSeenIdentity.objects.update_or_create(
        account=user.account,
        access_id=user.access_id,
        digest=digest_of(content),
        defaults={"last_read_at": at},
        create_defaults={
            "content": content,
            "user_id": uuid[:LONGEST_ID] if isinstance(uuid, str) and uuid else user.user_id,
            "person": user.person,
            "seen_at": seen_at,
            "first_read_at": at,
            "last_read_at": at,
        },
    )


def _session(session: dict[str, Any]) -> dict[str, Any]:
    """Until when a session is open, and at which applications; not its name, nor what proves it."""
    kept = {name: session[name] for name in SESSION_FIELDS if name in session}
    metadata = kept.get("metadata")
    if isinstance(metadata, dict):
        kept["metadata"] = {name: metadata[name] for name in SESSION_METADATA if name in metadata}
    cleaned: dict[str, Any] = without_secrets(kept)
    return cleaned
