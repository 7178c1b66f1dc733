"""The settings of the fault suite: the real ones, but lost work is noticed after seconds instead of minutes."""

from datetime import timedelta

from dashboard.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults"]  # noqa: F405
# Shorter than a call with all its retries, as in production: running workers renew it.
LEASE = timedelta(seconds=20)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,  # noqa: F405
    "visibility_timeout": 25,
    "unacked_restore_interval": 1,
}
