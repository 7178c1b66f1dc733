"""The Celery application: which tasks run when. What a task does is in `logsync/tasks.py`."""

from __future__ import annotations

import os

from celery import Celery, Signature
from celery.schedules import crontab
from celery.signals import beat_init, celeryd_init, worker_ready
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

# Where no Redis is set, the broker is a folder; kombu's own transport lets workers read messages that are half written.
TRANSPORT_ALIASES["filesystem"] = "dashboard.file_broker:Transport"

app = Celery("gatehouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["logsync", "dashboard.audit_log", "dashboard.exported", "dashboard.sign_in"])


@app.on_after_configure.connect
def schedule(sender: Celery, **_: object) -> None:
    """Sync every SYNC_EVERY_SECONDS and read policies every POLICIES_EVERY_MINUTES; at night read two days again.

    Delete what is past its time.

    A deletion takes a day at most, so two of them a day catch up by themselves after a pause.
    """
    from django.conf import settings

    every = settings.SYNC_EVERY.total_seconds()
    # A round that could not start before the next is due is dropped, so that rounds never pile up.
    sender.add_periodic_task(
        every, _task("start_syncs").clone(kwargs={"by_beat": True}), name="sync", expires=every * 0.9
    )
    # Soon after a lease has expired.
    look = settings.LEASE.total_seconds() / 4
    sender.add_periodic_task(look, _task("take_over"), name="take over", expires=look * 0.9)
    sender.add_periodic_task(300, _task("ask_doctor"), name="doctor", expires=240)
    policies = settings.POLICIES_EVERY.total_seconds()
    sender.add_periodic_task(policies, _task("read_policies"), name="policies", expires=policies * 0.9)
    # Somebody may be looking at the page that wants them.
    sender.add_periodic_task(10, _task("read_users_wanted"), name="users", expires=9)
    sender.add_periodic_task(crontab(hour="2", minute="41"), _task("reread_recent_days"), name="reread", expires=3600)
    sender.add_periodic_task(crontab(hour="3,15", minute="17"), _task("forget_old_events"), name="forget", expires=3600)
    sender.add_periodic_task(600, _task("forget_replays"), name="forget replays", expires=540)
    forget_audit = app.signature("dashboard.audit_log.tasks.forget_old_audit_entries")
    sender.add_periodic_task(crontab(hour="4,16", minute="7"), forget_audit, name="forget audit", expires=3600)
    forget_sessions = app.signature("dashboard.sign_in.tasks.forget_ended_sessions")
    sender.add_periodic_task(crontab(minute="37"), forget_sessions, name="forget sessions", expires=3600)
    forget_exports = app.signature("dashboard.exported.tasks.forget_old_exports")
    sender.add_periodic_task(crontab(hour="4,16", minute="27"), forget_exports, name="forget exports", expires=3600)


def _task(name: str) -> Signature[None]:
    return app.signature(f"logsync.tasks.{name}")


@celeryd_init.connect
@beat_init.connect
def keep_files_private(**_: object) -> None:
    """What a worker or beat writes, such as the schedule, is for its owner alone."""
    os.umask(0o077)


@worker_ready.connect
def begin(**_: object) -> None:
    """A worker that has just started asks for a round at once; beat's first comes only after its whole period."""
    app.send_task("logsync.tasks.start_syncs", expires=60)
    app.send_task("logsync.tasks.ask_doctor", expires=60)
