"""The settings of the fault suite: the product's own, but what is lost is missed after seconds instead of minutes."""

from datetime import timedelta

from dashboard.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults"]  # noqa: F405
# Still longer than a call takes with all its retries, as in production: the pauses of these tests are short.
LEASE = timedelta(seconds=20)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,  # noqa: F405
    "visibility_timeout": 25,
    "unacked_restore_interval": 1,
}
