"""The Django application that holds what people keep."""

from django.apps import AppConfig


class SavedConfig(AppConfig):
    name = "dashboard.saved"
    label = "saved"
