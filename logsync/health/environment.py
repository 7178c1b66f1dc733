"""What runs here: the database, the disk under it, the broker, the workers, and beat."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Sum
from django.utils import timezone
from kombu import Connection

from logsync.health.checks import Check, bad, day, describe_error, good, moment, parted, warn
from logsync.models import HourlyCount, Installation, WrongIdentityKeyError
from logsync.words import counted, duration

# A database that takes longer to answer at all makes every page slow.
SLOW_SECONDS = 1.0
NEARLY_FULL_BYTES = 2 * 10**9
FULL_BYTES = 200 * 10**6
BROKER_SECONDS = 2.0
# With the embedded broker, the worker and its caller each look for messages once a second.
PING_SECONDS = 2.0
# Workers may be busy when a round is due.
BEAT_MARGIN = timedelta(minutes=2)


def database() -> Iterator[Check]:
    """Whether the database answers and has its tables, and roughly how many rows it holds."""
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        yield bad(
            "database", f"The database is not answering ({describe_error(error)}).", "Start it, or check DATABASE_URL."
        )
        return
    seconds = time.monotonic() - began
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield bad(
            "database", f"The database is missing {counted(len(plan), 'migration')}.", "Run: python manage.py migrate"
        )
        return
    try:
        Installation.identity_key()
    except WrongIdentityKeyError as error:
        yield bad("database", *parted(str(error), ""))
        return
    rows = HourlyCount.objects.aggregate(rows=Sum("total"))["rows"] or 0
    size = f"{rows / 10**6:,.1f} million rows" if rows >= 10**6 else counted(rows, "row")
    version = ".".join(map(str, connection.get_database_version()))
    words = f"Database ({connection.display_name} {version}), {size}, {seconds * 1000:.0f} ms."
    if seconds > SLOW_SECONDS:
        yield warn("database", words, "Check what else the database is doing, and the network in between.")
    else:
        yield good("database", words)


def disk() -> Iterator[Check]:
    """How much room an SQLite file has to grow; we cannot see the disk of a database server."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return
    name = connection.settings_dict["NAME"]
    free = shutil.disk_usage(name).free
    words = f"The disk under the database has {free / 10**9:.1f} GB left."
    hint = f"Free up space on the disk that holds {name}, or lower KEEP_EVENTS_DAYS."
    if free < FULL_BYTES:
        yield bad("disk", words, hint)
    elif free < NEARLY_FULL_BYTES:
        yield warn("disk", words, hint)
    else:
        yield good("disk", words)


def retention() -> Iterator[Check]:
    """Whether events are kept that are too old to be kept."""
    if before := Installation.get().held_back_before:
        days = settings.KEEP_EVENTS // timedelta(days=1)
        words = (
            f"Events from before {day(before)} are older than KEEP_EVENTS_DAYS ({days}) and have not been deleted yet: "
        )
        words += "each run deletes at most one day, in case a clock is wrong."
        hint = "They are deleted day by day. To delete them all now: python manage.py forget --confirm"
        yield warn("retention", words, hint)


def broker_and_workers() -> Iterator[Check]:
    """Whether the broker answers, and whether a worker and beat run: by the last round, or by asking the workers."""
    options = {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS, transport_options=options) as broker:
        trouble = _trouble_with(broker)
        yield trouble or good("broker", "The embedded broker works." if _is_embedded() else "The broker answers.")
        seen_at = Installation.get().beat_seen_at
        ago = timezone.now() - seen_at if seen_at else None
        if ago is not None and abs(ago) < 3 * settings.SYNC_EVERY + BEAT_MARGIN:
            yield good("worker", "A worker is running.")
            yield good("beat", f"Beat is running: it last started a round {duration(ago)} ago.")
        elif trouble:
            words = "Can't tell whether a worker and beat are running: the broker is not answering."
            yield warn("worker", words, "Fix the broker, then check again.")
        else:
            last = f"its last round started {moment(seen_at)}" if seen_at else "it has never started a round"
            yield from _workers(broker, last)


def _trouble_with(broker: Connection) -> Check | None:
    try:
        broker.connect()
        if _is_embedded():
            with tempfile.TemporaryFile(dir=_folder()):
                pass
    except Exception as error:
        # Every transport has its own errors.
        if _is_embedded():
            words = f"The folder of the embedded broker can't be written to ({describe_error(error)})."
            return bad("broker", words, f"Let Gatehouse's user write into {_folder()}, or make room on its disk.")
        return bad(
            "broker", f"The broker is not answering ({describe_error(error)}).", "Start Redis, or check REDIS_URL."
        )
    return None


def _workers(broker: Connection, last: str) -> Iterator[Check]:
    """Ask the workers. If one runs and has nothing to do, beat is not asking for rounds."""
    not_known = f"Can't tell whether beat is running: {last}"
    if not _ping(broker):
        yield bad("worker", "No worker answers.", _start("worker"))
        yield warn("beat", f"{not_known}, and each round needs a worker.", "Start a worker, then check again.")
    elif waiting := _waiting(broker):
        more = "docker compose up --detach --scale worker=3"
        hint = "Restart everything: python manage.py up" if _is_embedded() else f"Start more workers: {more}"
        yield warn(
            "worker", f"A worker answers; waiting: {counted(waiting, 'task')}.", f"If it keeps happening: {hint}"
        )
        yield warn("beat", f"{not_known}, and each round waits for a worker.", "Check again once no task is waiting.")
    else:
        yield good("worker", "A worker answers.")
        yield bad("beat", f"Beat is not running: {last}.", _start("beat"))


def _start(what: str) -> str:
    if _is_embedded():
        return "Start everything: python manage.py up"
    return f"Start it: docker compose up --detach {what} (or by hand: celery -A dashboard {what})"


def _ping(broker: Connection) -> bool:
    """Whether any worker answers."""
    control: Any = current_app.control
    if control.ping(timeout=PING_SECONDS, connection=broker, limit=1):
        return True
    if _is_embedded():
        # Unanswered messages would stay in the folder, even for workers that never come back.
        channel: Any = broker.default_channel
        for binding in channel.get_table(control.mailbox.exchange.name):
            channel.queue_purge(binding.queue)
    return False


def _waiting(broker: Connection) -> int:
    """How many tasks wait for a worker."""
    # Declare it first, as Redis has no empty queues.
    channel: Any = broker.default_channel
    return int(channel.queue_declare(current_app.conf.task_default_queue).message_count)


def _is_embedded() -> bool:
    return str(current_app.conf.broker_url).startswith("filesystem:")


def _folder() -> str:
    """Where the embedded broker keeps its messages."""
    return str(current_app.conf.broker_transport_options["data_folder_out"])
