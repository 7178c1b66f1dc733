"""The Django application that holds the models and the tasks."""

import stamina
from django.apps import AppConfig


class LogsyncConfig(AppConfig):
    name = "logsync"
    verbose_name = "Log sync"

    def ready(self) -> None:
        # Where structlog is installed, stamina would print its lines past the settings of the log.
        stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
