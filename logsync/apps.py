"""The Django application that holds the models and the tasks."""

from django.apps import AppConfig


class LogsyncConfig(AppConfig):
    name = "logsync"
    verbose_name = "Log sync"
