"""The settings of the tests: the product's own, quick to sign in to and without collected static files."""

from datetime import timedelta

from dashboard.settings import *  # noqa: F403

# Tests move the clock by days; those about sessions set their own limits.
SESSION_IDLE = SESSION_LENGTH = timedelta(days=1000)
SESSION_COOKIE_AGE = int(SESSION_LENGTH.total_seconds())

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The clock of most tests stands still, so that all their requests are within a minute.
REQUESTS_PER_MINUTE = 10**9
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# WhiteNoise looks through it for every client of a test, and warns where it is missing, and a warning is an error here.
# What `manage.py up` collects, perhaps at this moment, is elsewhere.
STATIC_ROOT = VAR_DIR / "tests" / "static"  # noqa: F405
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# Many tests look only at the head of an export, and leave its body unread.
EXPORTS_AT_ONCE = 1_000
