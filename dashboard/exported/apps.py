"""The Django application that records exports."""

from django.apps import AppConfig


class ExportedConfig(AppConfig):
    name = "dashboard.exported"
    label = "exported"
