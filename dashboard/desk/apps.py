"""The Django application that holds what people keep."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "dashboard.desk"
    label = "desk"
