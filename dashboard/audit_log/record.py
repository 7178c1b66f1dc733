"""Writing an entry into the audit log.

What can't be written down must not happen: an error while an entry is written ends the request, before anything is
shown, exported, revealed or changed.

In a transaction, record last: other writers wait until it ends. A refusal is recorded outside any transaction, so that
it stays when the request fails.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.chain import chain
from dashboard.audit_log.client_ip import client_ip
from dashboard.audit_log.models import LONGEST_AGENT, LONGEST_NAME, LONGEST_SUBJECT, AuditEntry, AuditHead
from logsync.cloudflare.records import storable
from logsync.models import person_of
from logsync.words import rfc3339

# A text among the details is cut after so many characters, a list after so many items, and what is nested deeper is
# left out: an entry stays small whatever somebody sends.
LONGEST_TEXT = 2_000
MOST_ITEMS = 100
DEEPEST = 4
# The same again within this time is not another entry; so a page that is reloaded does not flood the log.
AGAIN_AFTER = timedelta(minutes=10)


def record(
    request: HttpRequest | None, action: Action, subject: str = "", *, username: str = "", **details: Any
) -> AuditEntry:
    """Write down what the user of this request does; without a request it is Gatehouse itself that does it.

    `username` is for a request whose user is not signed in, such as a refused sign-in. `details` are texts, numbers,
    times, and lists or dicts of these.
    """
    entry = AuditEntry(
        at=timezone.now(),
        username=(storable(username) or _user_of(request))[:LONGEST_NAME],
        ip_address=client_ip(request) if request else "",
        user_agent=storable(request.headers.get("User-Agent", ""))[:LONGEST_AGENT] if request else "",
        action=action,
        subject=storable(subject)[:LONGEST_SUBJECT],
        details={name: _plain(value) for name, value in details.items()},
    )
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().get()
        entry.number = head.number + 1
        chain(entry, head.hash)
        # A trigger moves the head on to this entry.
        entry.save(force_insert=True)
    return entry


def record_once(request: HttpRequest, action: Action, subject: str = "", **details: Any) -> None:
    """The same, unless this user did just this from this address within the last ten minutes."""
    lately = AuditEntry.objects.filter(
        username=_user_of(request)[:LONGEST_NAME],
        at__gt=timezone.now() - AGAIN_AFTER,
        action=action,
        subject=storable(subject)[:LONGEST_SUBJECT],
        ip_address=client_ip(request),
    )
    if {name: _plain(value) for name, value in details.items()} not in lately.values_list("details", flat=True):
        record(request, action, subject, **details)


def record_view_of(request: HttpRequest, email: str, shown: str) -> None:
    """Write down that the user looks at one person; `shown` says as what: a page, a ticket, JSON, an event, a list."""
    record_once(request, Action.PERSON_VIEWED, person_of(email.strip()), shown_as=shown)


def _user_of(request: HttpRequest | None) -> str:
    user = getattr(request, "user", None)
    return user.get_username() if user is not None and user.is_authenticated else ""


def _plain(value: Any, depth: int = 0) -> Any:
    """A value as every database gives it back: numbers with a fraction, times and anything else become text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict | list | tuple | set | frozenset) and depth == DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_text(name): _plain(item, depth + 1) for name, item in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value[:MOST_ITEMS]]
    return _text(value)


def _text(value: Any) -> str:
    text: str = storable(str(value))
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
