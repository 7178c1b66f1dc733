"""The Django application for users and their roles."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "dashboard.users"
    label = "users"
