"""The Django application for what is done about one person's data."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "dashboard.privacy"
    label = "privacy"
