"""Django's settings. What the operator can set is read in `env.py`; everything else is set here."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.urls import reverse

from dashboard.env import SIMULATOR_TOKEN, Env
from dashboard.private_files import keep_private, make_empty

BASE_DIR: Path = Path(__file__).resolve().parent.parent
VAR_DIR: Path = BASE_DIR / "var"

env = Env.from_environ(os.environ, VAR_DIR)

# What the operator sets

SECRET_KEY = env.secret_key
# The key of the hash that identifies rows, see `logsync.ingest.store`. It may be made from SECRET_KEY, but is not that.
IDENTITY_KEY = hmac.digest(env.identity_key.encode(), b"gatehouse identity of rows", "sha256")
# Loopback is always allowed, so that health checks need no host name.
ALLOWED_HOSTS = [*env.allowed_hosts, "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = list(env.csrf_trusted_origins)
SECURITY_CONTACT = env.security_contact
SIMULATED = env.simulated
# Where `manage.py up` listens.
BIND = env.bind
# By account id. The token under the empty name reads every account that has no token of its own.
CLOUDFLARE_API_TOKENS = dict(env.cloudflare_api_token) or {"": SIMULATOR_TOKEN}
CLOUDFLARE_API_BASE_URL = env.cloudflare_api_base_url
CLOUDFLARE_ACCOUNT_IDS = env.cloudflare_account_ids
SYNC_EVERY = timedelta(seconds=env.sync_every_seconds)
SYNC_OVERLAP = timedelta(minutes=env.sync_overlap_minutes)
BACKFILL = timedelta(days=env.backfill_days)
KEEP_EVENTS = timedelta(days=env.keep_events_days)
KEEP_AUDIT = timedelta(days=env.keep_audit_days)
RATE_LIMIT_PERCENT = env.rate_limit_percent
POLICIES_EVERY = timedelta(minutes=env.policies_every_minutes)
# How many of the calls of RATE_LIMIT_PERCENT reading policies and users may use.
POLICY_CALLS_PERCENT = env.policy_calls_percent
CF_ACCESS_TEAM_DOMAIN = env.cf_access_team_domain
CF_ACCESS_AUD = env.cf_access_aud
OIDC_ISSUER = env.oidc_issuer
OIDC_NAME = env.oidc_name
OIDC_GROUPS_CLAIM = env.oidc_groups_claim
ROLE_GROUPS = env.role_groups
EXPORTS_AT_ONCE = env.exports_at_once
# Whom people ask who have no role, or lack a permission: an address, a channel. Blank: whoever runs Gatehouse.
ACCESS_CONTACT = env.access_contact
# A running worker renews its lease all the time; a worker that was killed loses it within this time.
LEASE = timedelta(minutes=1)

# Django

DEBUG = False
ROOT_URLCONF = "dashboard.urls"
# The page of a row, which Django adds to the models as `get_absolute_url`. So logsync knows no page.
ABSOLUTE_URL_OVERRIDES: dict[str, Callable[[Any], str]] = {
    "logsync.accessrequest": lambda login: reverse("logins:event", args=[login.key.hex]),
    "logsync.scimupdate": lambda update: reverse("scim:event", args=[update.key.hex]),
}
WSGI_APPLICATION = "dashboard.wsgi.application"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "logsync",
    "dashboard.audit_log",
    "dashboard.permissions",
    "dashboard.exported",
    "dashboard.page",
    "dashboard.privacy",
    "dashboard.saved",
    "dashboard.sign_in",
    "dashboard.users",
]

MIDDLEWARE = [
    "dashboard.page.headers.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.page.log_lines.AccessLog",
    "dashboard.page.compression.CompressedPages",
    "dashboard.page.marks.MarkedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.sign_in.cloudflare_access.middleware.CloudflareAccess",
    "dashboard.permissions.masking.OwnSight",
    "dashboard.page.errors.MethodNotAllowedPage",
    "dashboard.page.limits.AddressLimits",
    "allauth.account.middleware.AccountMiddleware",
    "dashboard.sign_in.required_sign_in.RequiredSignIn",
    "dashboard.page.limits.RequestLimit",
    "dashboard.users.last_seen.NoteLastSeen",
    "dashboard.permissions.required.RequiredPermission",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["dashboard.page.loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.permissions.context.allowed",
                "dashboard.navigation.frame",
            ],
            "libraries": {
                "lists": "dashboard.lists.tags",
                "overview": "dashboard.overview.tags",
                "people": "dashboard.people.tags",
            },
        },
    },
]

# Database and cache


def _database() -> dict[str, Any]:
    """The operator's database, or else an SQLite file; the demo has a file of its own."""
    if env.database_url:
        return {**environ.Env.db_url_config(env.database_url), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    keep_private(VAR_DIR)
    path = VAR_DIR / ("demo.sqlite3" if env.simulated else "gatehouse.sqlite3")
    make_empty(path)
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}


DATABASES = {"default": _database()}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Make writers wait for each other instead of failing: 396 of 800 contended transactions failed without this.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# All web processes count tries to sign in together, so they share a cache.
if env.redis_url:
    CACHES: dict[str, Any] = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.redis_url}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cached_value",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }

# Celery

CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A sync has its own deadline; this only stops a worker that hangs. Must be below the visibility timeout.
CELERY_TASK_TIME_LIMIT = 480

if env.redis_url:
    CELERY_BROKER_URL = env.redis_url
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
else:
    _broker_dir = VAR_DIR / "broker"
    for _folder in (VAR_DIR, _broker_dir):
        keep_private(_folder)
    for _folder in (_broker_dir / "messages", _broker_dir / "control"):
        _folder.mkdir(mode=0o700, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker_dir / "messages"),
        "data_folder_out": str(_broker_dir / "messages"),
        "control_folder": str(_broker_dir / "control"),
    }

# Signing in

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
# Cloudflare answers this address itself, and ends the session there as well.
LOGOUT_REDIRECT_URL = "/cdn-cgi/access/logout" if env.cf_access_aud else "account_login"
CSRF_FAILURE_VIEW = "dashboard.sign_in.views.csrf_failure"
ACCOUNT_ADAPTER = "dashboard.sign_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "dashboard.sign_in.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_SESSION_REMEMBER = True
SESSION_IDLE = timedelta(minutes=env.session_idle_minutes)
SESSION_LENGTH = timedelta(hours=env.session_hours)
SESSION_COOKIE_AGE = int(SESSION_LENGTH.total_seconds())
# No e-mail is sent: an admin's link sets a password, once and within this time.
PASSWORD_RESET_TIMEOUT = int(timedelta(days=3).total_seconds())
ACCOUNT_EMAIL_VERIFICATION = "none"
# Wrong passwords are limited in `sign_in/rate_limits.py`, right ones are not: an office may share one address.
ACCOUNT_RATE_LIMITS = {"login": None}
MFA_ADAPTER = "dashboard.sign_in.mfa_adapter.MFAAdapter"
MFA_FORMS = {
    "login_webauthn": "dashboard.sign_in.forms.PasskeySignInForm",
    "authenticate_webauthn": "dashboard.sign_in.forms.PasskeySecondForm",
    "reauthenticate_webauthn": "dashboard.sign_in.forms.PasskeyConfirmForm",
    "add_webauthn": "dashboard.sign_in.forms.PasskeyAddForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Gatehouse"
# Clocks of telephones are off by some seconds.
MFA_TOTP_TOLERANCE = 1
# A passkey can't be guessed; an office may share one address.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
REQUIRE_MFA = env.require_mfa
CLIENT_IP_HEADER = env.client_ip_header
# A link by which somebody sets a password works so long.
PASSWORD_RESET_TIMEOUT = int(timedelta(days=3).total_seconds())
# One identity provider, if there is one. Its tokens are never stored; a link on our own page leads to it.
SOCIALACCOUNT_ADAPTER = "dashboard.sign_in.oidc.adapter.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "dashboard.sign_in.oidc.provider.Provider",
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": ["openid", *(scope for scope in env.oidc_scopes if scope != "openid")],
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.oidc_name,
                "client_id": env.oidc_client_id,
                "secret": env.oidc_client_secret,
                "settings": {"server_url": env.oidc_issuer.rstrip("/")},
            }
        ][: bool(env.oidc_issuer)],
    }
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "dashboard.accounts.password_strength.GuessablePasswordValidator"},
]

# Safety in the browser: log text may be hostile, so never run inline scripts.

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Signing out of Cloudflare Access leads on to the team's own address.
        "form-action": [SELF, *filter(None, [env.cf_access_team_domain])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
_https = any(origin.startswith("https://") for origin in env.csrf_trusted_origins)
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
if _https:
    # Browsers take a cookie of such a name only over HTTPS and from this very host, so no neighbour can set it.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
# Only whoever owns the whole domain can decide that it goes on the list that browsers bring along.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if env.trusted_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Without a proxy that is trusted, every request would look as if it came over http, and be redirected for ever.
SECURE_SSL_REDIRECT = _https and env.trusted_proxy
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
# An own page takes where somebody came from out of it; other sites learn nothing.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Limits: a form holds a note, a name or a pasted text; a session, however many tabs it has, asks for less than this.

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
REQUESTS_PER_MINUTE = 600

# Files for the browser

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dashboard.page.static_files.OneStylesheetStorage"},
}

# Logging

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dashboard.page.log_lines.json_lines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "logsync": {"level": "INFO"},
        "dashboard": {"level": "INFO"},
        # Pages ask for news every few seconds: too much for the console of `make run`.
        "dashboard.access": {"level": "WARNING" if env.embedded else "INFO"},
    },
}
