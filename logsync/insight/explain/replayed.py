"""Running a replay that somebody asked for, and what is kept of it: sums, and the people for whom something changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from logsync.insight.explain.configuration import Configuration
from logsync.insight.explain.edit import alternatives, apps_with
from logsync.insight.explain.identities import identities_of
from logsync.insight.explain.memberships import memberships_of
from logsync.insight.explain.references import references_of
from logsync.insight.explain.replay import (
    CancelledError,
    Outcome,
    PersonAtApp,
    Tally,
    logins_in,
    newest_logins,
    replay,
)
from logsync.insight.why.compiled import Admission, Alternatives, Decision, Effect, Known
from logsync.models import AccessRequest, Account, Replay, ReplayedPerson
from logsync.models.replays import KEPT
from logsync.models.sight import Unmasked, seeing, sight
from logsync.spans import BEGINNING, END, Span

logger = logging.getLogger(__name__)

FAILED = "Gatehouse could not finish this. Nothing was changed; start it again, and look at the log if it fails again."


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept of a Tally."""

    people: Mapping[Outcome, int]
    logins: Mapping[Effect, int]
    # What the policies now make of logins that the log says were allowed, and of those that were denied.
    allowed: Mapping[Admission, int]
    denied: Mapping[Admission, int]

    @classmethod
    def of(cls, replay: Replay) -> Sums:
        """Those of a replay that is done."""
        kept = replay.result
        return cls(
            people={one: kept.get("people", {}).get(one.value, 0) for one in Outcome},
            logins={one: kept.get("logins", {}).get(one.value, 0) for one in Effect},
            allowed={one: kept.get("allowed", {}).get(one.value, 0) for one in Admission},
            denied={one: kept.get("denied", {}).get(one.value, 0) for one in Admission},
        )


def _kept(tally: Tally) -> dict[str, dict[str, int]]:
    agrees = tally.log_agrees
    return {
        "people": {one.value: count for one, count in tally.people.items()},
        "logins": {one.value: count for one, count in tally.logins.items()},
        "allowed": {one.value: agrees[True, one] for one in Admission},
        "denied": {one.value: agrees[False, one] for one in Admission},
    }


def logins_of(asked: Replay, app_uids: Sequence[str] = ()) -> Any:
    """The logins that a replay is about."""
    uids = app_uids or apps_of(Configuration(asked.account), asked)
    return logins_in(asked.account, uids, Span(asked.since or BEGINNING, asked.until or END))


def apps_of(configuration: Configuration, asked: Replay) -> list[str]:
    """The ids of the applications that a replay is about."""
    return [asked.app_uid] if asked.app_uid else apps_with(configuration, asked.policy_id)


def run(asked: Replay) -> None:
    """Judge all logins of a replay, and keep what comes out. A replay that was cancelled meanwhile stays so.

    Policies are judged by what nobody sees masked, whoever asked; only their accounts bound what is read.
    """
    try:
        asked.people.all().delete()
        _note(asked, state=Replay.State.RUNNING, judged=0)
        with seeing(Unmasked(sight().accounts)):
            _run(asked)
    except CancelledError:
        asked.people.all().delete()
    except Exception as error:
        # The page says that it failed; the log has why.
        logger.exception("A replay failed")
        _note(asked, state=Replay.State.FAILED, finished_at=timezone.now(), error=FAILED)
        if isinstance(error, DatabaseError):
            raise


def _run(asked: Replay) -> None:
    configuration = Configuration(asked.account)
    apps = {app_uid: alternatives(configuration, app_uid, asked.edit) for app_uid in apps_of(configuration, asked)}
    logins = logins_of(asked, list(apps))
    _note(asked, total=logins.count())
    tally = Tally()
    is_cancelled = _cancelled(asked)
    known_of = _known_of(asked.account, apps)
    for part in replay(logins, apps, tally, known_of=known_of, is_cancelled=is_cancelled):
        rows = list(_rows(asked, part, logins))
        with transaction.atomic():
            ReplayedPerson.objects.bulk_create(rows)
            _note(asked, judged=sum(tally.logins.values()))
    with transaction.atomic():
        _note(asked, state=Replay.State.DONE, finished_at=timezone.now(), result=_kept(tally))


def _note(asked: Replay, **values: Any) -> None:
    """Note how far it is. Raises CancelledError if nobody wants it any more."""
    is_wanted = Replay.objects.filter(pk=asked.pk).exclude(state=Replay.State.CANCELLED)
    if not is_wanted.update(**values):
        raise CancelledError


def _cancelled(asked: Replay) -> Callable[[], bool]:
    return lambda: not Replay.objects.filter(pk=asked.pk, state=Replay.State.RUNNING).exists()


def _rows(asked: Replay, part: Sequence[PersonAtApp], logins: Any) -> Iterator[ReplayedPerson]:
    """What is kept of people: nothing of those for whom nothing changes."""
    changed = [one for one in part if one.outcome is not Outcome.UNCHANGED]
    newest = newest_logins(logins, changed) if changed else {}
    for one in changed:
        login = newest.get((one.app_uid, one.person))
        deciding = one.deciding
        yield ReplayedPerson(
            replay=asked,
            person=one.person,
            app_uid=one.app_uid,
            outcome=one.outcome,
            logins=sum(one.logins.values()),
            gained=one.logins.get(Effect.GAINED, 0),
            lost=one.logins.get(Effect.LOST, 0),
            untold=one.logins.get(Effect.UNTOLD, 0),
            at=deciding.newest_at,
            login_key=login.key if login else None,
            now=deciding.now.admission,
            now_policy=_name(deciding.now),
            edited=deciding.edited.admission,
            edited_policy=_name(deciding.edited),
        )


def _name(decision: Decision) -> str:
    policy = decision.policy
    return (policy.name or policy.policy_id) if policy else ""


def _known_of(
    account: Account, apps: Mapping[str, Alternatives]
) -> Callable[[Sequence[tuple[str, str]]], dict[tuple[str, str], Known]]:
    """What is known of people as last seen: their identity, and what SCIM said of the groups that rules mention."""
    books = [book for one in apps.values() for book in (one.now, one.edited)]
    if not any("user_id" in book.fields for book in books):
        return lambda people: {}
    rules = (lists for book in books for lists in book.rules)
    mentioned = {account.pk: {name for lists in rules for name in references_of(lists).provider_groups}}

    def known_of(people: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Known]:
        # Of no moment, so what was seen last is taken.
        logins = [
            AccessRequest(pk=number, account=account, person=person, user_id=user_id, lacks_time=True)
            for number, (person, user_id) in enumerate(people)
        ]
        identities, groups = identities_of(logins), memberships_of(logins, mentioned)
        return {pair: Known(identities.get(number), groups.get(number, ())) for number, pair in enumerate(people)}

    return known_of


def forget_old_replays() -> int:
    """Delete what was asked, or was done, more than KEPT ago; return how many replays."""
    now = timezone.now()
    old = Replay.objects.filter(asked_at__lt=now - KEPT).exclude(finished_at__gte=now - KEPT)
    number, _ = old.exclude(Replay.held()).delete()
    return number
