"""The part of the suite that runs inside Gatehouse's own processes."""

from datetime import timedelta

from django.apps import AppConfig


class FaultsConfig(AppConfig):
    name = "tests.faults"

    def ready(self) -> None:
        """Retry time that could not be read after seconds instead of minutes and hours."""
        from logsync import coverage  # Models can be imported only now.

        coverage._FIRST_PAUSE = timedelta(seconds=2)
        coverage._LONGEST_PAUSE = timedelta(seconds=5)
