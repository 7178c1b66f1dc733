"""The Django application for what people save."""

from django.apps import AppConfig


class SavedConfig(AppConfig):
    name = "dashboard.saved"
    label = "saved"
