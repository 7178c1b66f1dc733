"""The part of the suite that runs inside Gatehouse's own processes."""

from datetime import timedelta

from django.apps import AppConfig


class FaultsConfig(AppConfig):
    name = "tests.faults"

    def ready(self) -> None:
        """Have time that could not be read tried again after seconds instead of minutes and hours."""
        from logsync import coverage  # Its models are there only now.

        coverage._FIRST_PAUSE = timedelta(seconds=2)
        coverage._LONGEST_PAUSE = timedelta(seconds=5)
