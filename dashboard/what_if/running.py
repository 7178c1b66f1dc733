"""Starting a replay: at once if there are few logins, else by a worker; one at a time for each person."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from kombu.exceptions import OperationalError

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.what_if.scope import Editing
from logsync import tasks
from logsync.insight.explain.edit import Edit
from logsync.insight.explain.replayed import logins_of, run
from logsync.models import Replay
from logsync.models.lease import new_owner

# So many logins are judged while the page is awaited.
AT_ONCE = 20_000
NO_BROKER = "It didn’t start: the broker is not answering. Check that Redis is running at REDIS_URL."


class AlreadyRunningError(Exception):
    """A person's other replay is still under way."""

    def __init__(self, other: Replay) -> None:
        super().__init__("You have another one running.")
        self.other = other


def start(request: HttpRequest, editing: Editing, edit: Edit) -> Replay:
    """Start a replay. Raises AlreadyRunningError if this person has one that is under way."""
    scope, range = editing.scope, editing.range
    app_uids = scope.app_uids
    reading = scope.configuration.app(app_uids[0], None).read_at if app_uids else None
    values = {
        "account": scope.account,
        "app_uid": scope.app_uid,
        "policy_id": scope.policy_id,
        "since": range.since,
        "until": range.until or range.now,
        "edit": edit,
        "before": scope.before.to_json(),
        "read_at": reading,
    }
    with transaction.atomic():
        # Two requests at once look one after the other. On SQLite the transaction alone makes them wait.
        User.objects.select_for_update(no_key=True).get(pk=cast(User, request.user).pk)
        username = request.user.get_username()
        if other := Replay.objects.filter(asked_by=username).under_way().first():
            raise AlreadyRunningError(other)
        asked = Replay.objects.create(**values, asked_by=username, asked_at=timezone.now(), state=Replay.State.WAITING)
        changed = {name: len(part) for name, part in edit.items()}
        ends = {"since": values["since"], "until": values["until"], "account": scope.account.account_id}
        details: dict[str, Any] = {"changed": changed, "replay": asked.key.hex, **ends}
        record(request, Action.WHAT_IF_STARTED, scope.name, **details)
    begin(asked, app_uids)
    return asked


def start_again(asked: Replay) -> None:
    """Start a replay anew that failed, was cancelled, or whose worker is gone."""
    values = {"state": Replay.State.WAITING, "asked_at": timezone.now(), "judged": 0, "error": "", "finished_at": None}
    if Replay.objects.filter(pk=asked.pk).exclude(Replay.held()).update(**values):
        begin(asked, ())


def begin(asked: Replay, app_uids: list[str] | tuple[()]) -> None:
    """Run it now if it is short, else have a worker run it."""
    few = logins_of(asked, app_uids)[: AT_ONCE + 1].count() <= AT_ONCE
    owner = new_owner()
    if few and asked.take_lease(owner):
        run(asked)
        asked.release_lease(owner)
    else:
        try:
            tasks.run_replay.apply_async((asked.pk,), expires=settings.LEASE.total_seconds() * 10)
        except OperationalError:
            Replay.objects.filter(pk=asked.pk).update(state=Replay.State.FAILED, error=NO_BROKER)
