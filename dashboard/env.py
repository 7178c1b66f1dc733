"""The one place that reads the environment.

Every variable is one field of `Env`, under its own name in lower case. A secret may be given as a file instead, by
the same name with `_FILE`. Everything that is wrong is reported in one message.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from dashboard.permissions.role import Role
from dashboard.private_files import keep_private, write_once

CLOUDFLARE_API_BASE_URL = "https://api.cloudflare.com/client/v4"
SIMULATOR_BASE_URL = "http://127.0.0.1:8788/client/v4"
SIMULATOR_TOKEN = "simulator"

# So many days still fit into Python's calendar.
LARGEST_NUMBER = 100_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Env:
    """What the operator decided. Times are in the unit that the name ends in.

    `cloudflare_api_token` is by account id; the one under the empty name is for all accounts.
    """

    cloudflare_api_token: Mapping[str, str] = field(default_factory=dict, repr=False)
    cloudflare_account_ids: tuple[str, ...] = ()
    cloudflare_api_base_url: str = ""
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    identity_key: str = field(default="", repr=False)
    bind: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    csrf_trusted_origins: tuple[str, ...] = ()
    trusted_proxy: bool = False
    client_ip_header: str = ""
    require_mfa: tuple[str, ...] = ()
    session_idle_minutes: int = 60
    session_hours: int = 12
    security_contact: str = ""
    sync_every_seconds: int = 60
    sync_overlap_minutes: int = 15
    backfill_days: int = 30
    keep_events_days: int = 400
    keep_audit_days: int = 730
    rate_limit_percent: int = 80
    policies_every_minutes: int = 10
    policy_calls_percent: int = 10
    cf_access_team_domain: str = ""
    cf_access_aud: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "your company account"
    oidc_scopes: tuple[str, ...] = ("openid", "profile", "email")
    oidc_groups_claim: str = "groups"
    role_groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    exports_at_once: int = 2
    access_contact: str = ""

    @property
    def simulated(self) -> bool:
        """Whether no token is given, so that rows come from the bundled simulator."""
        return not self.cloudflare_api_token

    @property
    def embedded(self) -> bool:
        """Whether neither a database nor a broker is given, so that everything lives under `var/`."""
        return not self.database_url and not self.redis_url

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], var_dir: Path) -> Env:
        """Read and check every variable; `var_dir` is where keys may be kept.

        Raises ImproperlyConfigured with everything that is wrong.
        """
        reader = _Reader(environ)
        env = cls(
            cloudflare_api_token=reader.api_tokens("CLOUDFLARE_API_TOKEN"),
            cloudflare_account_ids=reader.words("CLOUDFLARE_ACCOUNT_IDS", cls.cloudflare_account_ids),
            cloudflare_api_base_url=reader.text("CLOUDFLARE_API_BASE_URL"),
            database_url=reader.text("DATABASE_URL"),
            redis_url=reader.text("REDIS_URL"),
            secret_key=reader.secret("SECRET_KEY"),
            identity_key=reader.secret("IDENTITY_KEY"),
            bind=reader.text("BIND") or cls.bind,
            allowed_hosts=reader.words("ALLOWED_HOSTS", cls.allowed_hosts),
            csrf_trusted_origins=reader.words("CSRF_TRUSTED_ORIGINS", cls.csrf_trusted_origins),
            trusted_proxy=reader.flag("TRUSTED_PROXY"),
            client_ip_header=reader.text("CLIENT_IP_HEADER"),
            require_mfa=reader.roles("REQUIRE_MFA"),
            session_idle_minutes=reader.number("SESSION_IDLE_MINUTES", cls.session_idle_minutes, at_least=5),
            session_hours=reader.number("SESSION_HOURS", cls.session_hours, at_least=1),
            security_contact=reader.contact("SECURITY_CONTACT"),
            sync_every_seconds=reader.number("SYNC_EVERY_SECONDS", cls.sync_every_seconds, at_least=5),
            sync_overlap_minutes=reader.number("SYNC_OVERLAP_MINUTES", cls.sync_overlap_minutes, at_least=1),
            backfill_days=reader.number("BACKFILL_DAYS", cls.backfill_days, at_least=1),
            keep_events_days=reader.number("KEEP_EVENTS_DAYS", cls.keep_events_days, at_least=1),
            # The database refuses to delete younger entries, see `audit_log/triggers.py`.
            keep_audit_days=reader.number("KEEP_AUDIT_DAYS", cls.keep_audit_days, at_least=30),
            rate_limit_percent=reader.number("RATE_LIMIT_PERCENT", cls.rate_limit_percent, at_least=10, at_most=100),
            policies_every_minutes=reader.number("POLICIES_EVERY_MINUTES", cls.policies_every_minutes, at_least=1),
            policy_calls_percent=reader.number(
                "POLICY_CALLS_PERCENT", cls.policy_calls_percent, at_least=1, at_most=100
            ),
            cf_access_team_domain=reader.https_address("CF_ACCESS_TEAM_DOMAIN", path_allowed=False),
            cf_access_aud=reader.text("CF_ACCESS_AUD"),
            oidc_issuer=reader.https_address("OIDC_ISSUER", path_allowed=True),
            oidc_client_id=reader.text("OIDC_CLIENT_ID"),
            oidc_client_secret=reader.secret("OIDC_CLIENT_SECRET"),
            oidc_name=reader.text("OIDC_NAME") or cls.oidc_name,
            oidc_scopes=reader.words("OIDC_SCOPES", cls.oidc_scopes),
            oidc_groups_claim=reader.text("OIDC_GROUPS_CLAIM") or cls.oidc_groups_claim,
            role_groups=reader.role_groups("ROLE_GROUPS"),
            exports_at_once=reader.number("EXPORTS_AT_ONCE", cls.exports_at_once, at_least=1),
            access_contact=reader.text("ACCESS_CONTACT"),
        )
        reader.wrong += _contradictions(env)
        if reader.wrong:
            raise ImproperlyConfigured(" ".join(reader.wrong))
        return _completed(env, var_dir)


class _Reader:
    """Reads variables and collects in `wrong` a sentence for each that cannot be used."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.wrong: list[str] = []

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip()) or default

    def contact(self, name: str) -> str:
        """An address to write to or to open, as RFC 9116 wants it."""
        text = self.text(name)
        if text and not re.fullmatch(r"(mailto:|tel:|https://)[!-~]+", text):
            self.wrong.append(f"{name}={text!r} is not an address; write mailto:…, https://… or tel:….")
        return text

    def number(self, name: str, default: int, *, at_least: int, at_most: int = LARGEST_NUMBER) -> int:
        text = self.text(name)
        if not text:
            return default
        if re.fullmatch("[0-9]{1,9}", text) and at_least <= int(text) <= at_most:
            return int(text)
        self.wrong.append(f"{name}={text!r} is not a whole number from {at_least} to {at_most}.")
        return default

    def flag(self, name: str) -> bool:
        text = self.text(name)
        if text not in ("", "true", "false"):
            self.wrong.append(f"{name}={text!r} is neither true nor false.")
        return text == "true"

    def secret(self, name: str) -> str:
        path = self.text(f"{name}_FILE")
        return self._content(f"{name}_FILE", Path(path)) if path else self.text(name)

    def https_address(self, name: str, *, path_allowed: bool) -> str:
        """An address with its scheme, which may be left out; HTTP is for this machine alone."""
        text = self.text(name)
        if not text:
            return ""
        address = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(address)
            is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
            is_plain = not (parts.query or parts.fragment or "@" in parts.netloc) and not re.search(r"\s", address)
            if parts.hostname and is_safe and is_plain and (path_allowed or parts.path in ("", "/")):
                return address if path_allowed else address.rstrip("/")
        except ValueError:
            pass
        self.wrong.append(f"{name}={text!r} is not an address such as https://team.cloudflareaccess.com.")
        return ""

    def roles(self, name: str) -> tuple[str, ...]:
        found = self.words(name, ())
        self.wrong += [
            f"{name} has {role!r}; the roles are {', '.join(Role.values)}." for role in found if role not in Role.values
        ]
        return found

    def role_groups(self, name: str) -> dict[str, frozenset[str]]:
        """Which groups have a role, by the role: helpdesk=it-support,analyst=data-team|audit."""
        found: dict[str, frozenset[str]] = {}
        for part in self.words(name, ()):
            role, _, groups = part.partition("=")
            names = frozenset(group.strip() for group in groups.split("|") if group.strip())
            if role.strip() in Role.values and names:
                found[role.strip()] = found.get(role.strip(), frozenset()) | names
            else:
                self.wrong.append(
                    f"{name} has {part!r}, which is not a role and its groups, such as analyst=data-team|audit; "
                    f"the roles are {', '.join(Role.values)}."
                )
        return found

    def api_tokens(self, name: str) -> dict[str, str]:
        """The token for all accounts under the empty name, or, from a folder, a token for each account by its id."""
        path = self.text(f"{name}_FILE")
        files = _files_in(Path(path)) if path else None
        if files is None:
            token = self.secret(name)
            tokens = {"": token} if token else {}
        else:
            tokens = {file.name: self._content(f"{name}_FILE", file) for file in files}
            if not files:
                self.wrong.append(f"{name}_FILE={path!r} is an empty folder; put a file named by each account id in.")
        for account_id, token in tokens.items():
            if not re.fullmatch("[!-~]*", token):
                place = f"{name}_FILE={str(Path(path, account_id))!r}" if account_id else name
                self.wrong.append(f"{place} holds a blank or a letter that no token has; copy it again.")
        return tokens

    def _content(self, name: str, path: Path) -> str:
        try:
            secret = path.read_text().strip()
        except OSError as error:
            self.wrong.append(
                f"{name}={str(path)!r} cannot be read ({error.strerror}); fix the path or its permissions."
            )
            return ""
        except UnicodeDecodeError:
            self.wrong.append(f"{name}={str(path)!r} is not a text; write the secret in letters and digits.")
            return ""
        if not secret:
            self.wrong.append(f"{name}={str(path)!r} is empty; write the secret into it.")
        return secret


def _files_in(path: Path) -> list[Path] | None:
    """The files of a folder; None if it is no folder, or cannot be opened.

    Names that begin with a dot are skipped: mounted secrets have such files beside them.
    """
    try:
        return sorted(file for file in path.iterdir() if not file.name.startswith(".")) if path.is_dir() else None
    except OSError:
        # Reading it as a file says why.
        return None


def _contradictions(env: Env) -> Iterator[str]:
    """A sentence for each variable that is missing, or that does not go together with another."""
    if not env.secret_key and not env.embedded:
        yield "SECRET_KEY is not set; give it 50 random characters, or a file in SECRET_KEY_FILE."
    if bool(env.cf_access_team_domain) != bool(env.cf_access_aud):
        yield (
            "CF_ACCESS_TEAM_DOMAIN and CF_ACCESS_AUD belong together; set both, or neither to sign in without "
            "Cloudflare Access."
        )
    if len({bool(value) for value in (env.oidc_issuer, env.oidc_client_id, env.oidc_client_secret)}) > 1:
        yield (
            "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together; set all three, or none to sign in "
            "without an identity provider."
        )
    if env.keep_events_days < env.backfill_days:
        yield (
            f"KEEP_EVENTS_DAYS ({env.keep_events_days}) is less than BACKFILL_DAYS ({env.backfill_days}): "
            "rows would be deleted as fast as they come. Make it at least as large."
        )


def _completed(env: Env, var_dir: Path) -> Env:
    """Fill in what depends on other variables.

    Rows must stay the same rows when SECRET_KEY changes. So where everything is under `var/`, what identifies them has
    a key of its own there; elsewhere it is made from SECRET_KEY, unless the operator gives one.
    """
    default_url = SIMULATOR_BASE_URL if env.simulated else CLOUDFLARE_API_BASE_URL
    secret_key = env.secret_key or _kept_key(var_dir / "secret-key")
    identity_key = env.identity_key or (_kept_key(var_dir / "identity-key") if env.embedded else secret_key)
    return replace(
        env,
        cloudflare_api_base_url=env.cloudflare_api_base_url or default_url,
        secret_key=secret_key,
        identity_key=identity_key,
    )


def _kept_key(path: Path) -> str:
    """Make a key once, and keep it where only its owner can read it."""
    keep_private(path.parent)
    if not path.exists():
        write_once(path, secrets.token_urlsafe(50))
    return path.read_text()
