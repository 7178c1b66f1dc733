"""The Celery application: which tasks run when. What a task does is in `logsync/tasks.py`."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("gatehouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["logsync"])


@app.on_after_configure.connect
def schedule(sender: Celery, **_: object) -> None:
    """Sync every stream every SYNC_EVERY_SECONDS; delete what is older than KEEP_EVENTS_DAYS every night."""
    from django.conf import settings

    every = settings.SYNC_EVERY.total_seconds()
    # A round that could not start before the next is due is dropped, so that rounds never pile up.
    sender.add_periodic_task(every, sender.signature("logsync.tasks.start_syncs"), name="sync", expires=every * 0.9)
    sender.add_periodic_task(
        crontab(hour="3", minute="17"), sender.signature("logsync.tasks.forget_old_events"), name="forget", expires=3600
    )


@worker_ready.connect
def begin(**_: object) -> None:
    """A worker that has just started asks for a round at once; beat's first comes only after its whole period."""
    app.send_task("logsync.tasks.start_syncs", expires=60)
