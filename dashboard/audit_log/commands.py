"""Commands that somebody runs on the server: `manage.py` writes down those that read or change what is stored."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Sequence

import django
from django.db import DatabaseError

# How the account of the operating system that ran a command stands among the names of users.
ON_SERVER = "server:"
# `person` writes its own entries, which may not hold the address.
RECORDED = frozenset(
    {
        "backfill",
        "changepassword",
        "createsuperuser",
        "dbshell",
        "doctor",
        "dumpdata",
        "flush",
        "forget",
        "loaddata",
        "recount",
        "redact",
        "shell",
        "sync",
    }
)


def record_command(argv: Sequence[str]) -> None:
    """Write down the command of a command line before it runs; without an entry it does not run."""
    name, arguments = (argv[1], argv[2:]) if len(argv) > 1 else ("", argv[1:])
    if name not in RECORDED or {"-h", "--help"} & set(arguments):
        return
    django.setup()
    from dashboard.audit_log.actions import Action
    from dashboard.audit_log.record import record

    by = {"sudo_user": sudo_user} if (sudo_user := os.environ.get("SUDO_USER")) else {}
    try:
        record(None, Action.COMMAND_RUN, name, username=on_server(), arguments=list(arguments), **by)
    except DatabaseError as error:
        sys.exit(f"Nothing was done, as the audit log can’t be written ({error}). Has `manage.py migrate` been run?")


def on_server() -> str:
    """The account of the operating system that this process runs under, by its name if it has one."""
    try:
        return ON_SERVER + pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ON_SERVER + str(os.getuid())
