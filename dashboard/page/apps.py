"""The Django application that holds the template tags."""

from django.apps import AppConfig


class PageConfig(AppConfig):
    name = "dashboard.page"
    label = "page"
