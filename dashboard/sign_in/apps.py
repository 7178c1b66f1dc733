"""The Django application for signing in."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "dashboard.sign_in"
    label = "sign_in"

    def ready(self) -> None:
        from dashboard.sign_in import receivers  # noqa: F401  # connects itself
