#!/usr/bin/env python
"""Django's command line for Gatehouse."""

import os
import sys

from django.core.management import execute_from_command_line

from dashboard.audit_log.commands import record_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    record_command(sys.argv)
    execute_from_command_line(sys.argv)
