"""What is masked, revealed: of one event or one person, to one session, for a short time, and written down.

A subject is an event (`event_subject`) or the e-mail address of a person, in lower case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record, record_once
from dashboard.permissions.masking import SightOfUser
from dashboard.permissions.permission import Permission, may
from logsync.models import AccessRequest, ScimUpdate
from logsync.models.sight import seeing, sight
from logsync.words import rfc3339

REVEALED_FOR = timedelta(minutes=15)
# Where a session keeps its subjects, each with the time until which it is revealed.
_KEPT = "revealed"


def event_subject(event: AccessRequest | ScimUpdate) -> str:
    """What an event is called in the audit log."""
    return f"{'Login' if isinstance(event, AccessRequest) else 'SCIM update'} {event.key.hex}"


def subjects_of(event: AccessRequest | ScimUpdate) -> list[str]:
    """An event is revealed by itself, or with its person."""
    return [event_subject(event), *filter(None, [event.person])]


def is_needed(request: HttpRequest) -> bool:
    """Whether the user sees things masked, and may have them revealed."""
    return may(request, Permission.REVEAL) and not may(request, Permission.VIEW_UNMASKED)


def reveal(request: HttpRequest, subjects: Sequence[str], reason: str) -> datetime:
    """Reveal subjects to the session of a request, and write down why; returns until when. The first names the rest."""
    until = timezone.now() + REVEALED_FOR
    record(request, Action.REVEALED, subjects[0], reason=reason, until=until)
    request.session[_KEPT] = _kept(request) | dict.fromkeys(subjects, rfc3339(until))
    return until


def hide(request: HttpRequest, subjects: Iterable[str]) -> None:
    """Mask subjects again."""
    hidden = set(subjects)
    request.session[_KEPT] = {subject: until for subject, until in _kept(request).items() if subject not in hidden}


def revealed_until(request: HttpRequest, subjects: Iterable[str]) -> datetime | None:
    """Until when one of these subjects is revealed to the user; None if none is."""
    kept = _kept(request) if is_needed(request) else {}
    return max((datetime.fromisoformat(kept[subject]) for subject in subjects if subject in kept), default=None)


@contextmanager
def revealed(subjects: Sequence[str]) -> Iterator[bool]:
    """See whole what one of these subjects is about, if it was revealed to the user; it is written down that they look.

    Gives whether it is seen whole where it otherwise would not be.
    """
    own = sight()
    if not (isinstance(own, SightOfUser) and own.is_masked and revealed_until(own.request, subjects)):
        yield False
        return
    record_once(own.request, Action.REVEALED_VIEWED, subjects[0], shown=own.request.path)
    with seeing(own.whole()):
        yield True


def _kept(request: HttpRequest) -> dict[str, str]:
    """The subjects that are still revealed to a session."""
    kept: dict[str, str] = request.session.get(_KEPT, {})
    now = timezone.now()
    return {subject: until for subject, until in kept.items() if datetime.fromisoformat(until) > now}
