"""The Django application for signing in."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "dashboard.sign_in"
    label = "sign_in"
