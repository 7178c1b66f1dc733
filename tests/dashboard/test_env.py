"""What the operator may decide, and what is said when that cannot be used."""

from __future__ import annotations

import ast
import stat
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from runpy import run_path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from dashboard.env import Env
from tests.examples import examples

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = ["manage.py", "dashboard/celery.py", "dashboard/wsgi.py"]
SECRETS = {
    "CLOUDFLARE_API_TOKEN": "the-token",
    "SECRET_KEY": "the-secret-key",
    "IDENTITY_KEY": "the-identity-key",
    "DATABASE_URL": "postgres://gatehouse:the-password@db/gatehouse",
    "REDIS_URL": "redis://:the-password@redis/0",
}
NUMBERS = {
    "SYNC_EVERY_SECONDS": 5,
    "SYNC_OVERLAP_MINUTES": 1,
    "BACKFILL_DAYS": 1,
    "KEEP_EVENTS_DAYS": 30,
    "KEEP_AUDIT_DAYS": 30,
    "RATE_LIMIT_PERCENT": 10,
    "POLICIES_EVERY_MINUTES": 1,
    "POLICY_CALLS_PERCENT": 1,
    "EXPORTS_AT_ONCE": 1,
}


@pytest.fixture
def read(tmp_path):
    """The environment as it is understood; files are made below a folder of the test's own."""
    return lambda **environ: Env.from_environ(environ, tmp_path / "var")


@pytest.fixture
def wrong(read):
    """What is said of an environment that cannot be used."""

    def wrong(**environ):
        with pytest.raises(ImproperlyConfigured) as raised:
            read(**environ)
        return str(raised.value)

    return wrong


@pytest.fixture
def secret_file(tmp_path):
    def write(content):
        path = tmp_path / "secret"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


# Defaults


def test_nothing_needs_to_be_set(read):
    env = read()
    assert env.simulated
    assert env.embedded
    assert env.cloudflare_api_base_url == "http://127.0.0.1:8788/client/v4"
    assert (env.sync_every_seconds, env.sync_overlap_minutes) == (60, 15)
    assert (env.backfill_days, env.keep_events_days) == (30, 400)
    assert (env.cloudflare_api_token, env.rate_limit_percent) == ({}, 80)
    assert env.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert (env.cloudflare_account_ids, env.csrf_trusted_origins, env.database_url, env.redis_url) == ((), (), "", "")


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_an_empty_value_means_the_default(read, blank):
    names = [field.name.upper() for field in fields(Env)]
    given, default = read(**dict.fromkeys([*names, "SECRET_KEY_FILE", "CLOUDFLARE_API_TOKEN_FILE"], blank)), read()
    assert given == default


def test_token_selects_real_cloudflare(read):
    env = read(CLOUDFLARE_API_TOKEN="the-token")
    assert not env.simulated
    assert env.cloudflare_api_base_url == "https://api.cloudflare.com/client/v4"


@pytest.mark.parametrize("token", ["", "the-token"])
def test_api_base_url_can_be_changed(read, token):
    env = read(CLOUDFLARE_API_TOKEN=token, CLOUDFLARE_API_BASE_URL="https://proxy.example/v4")
    assert env.cloudflare_api_base_url == "https://proxy.example/v4"


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_with_a_server_nothing_is_embedded(read, name):
    assert not read(**{name: SECRETS[name], "SECRET_KEY": "x"}).embedded


def test_every_variable_uses_own_name(read):
    environ = {
        **SECRETS,
        "CLOUDFLARE_ACCOUNT_IDS": "a1, a2 ,",
        "CLOUDFLARE_API_BASE_URL": "https://proxy.example",
        "BIND": "192.0.2.1",
        "ALLOWED_HOSTS": "gate.example",
        "CSRF_TRUSTED_ORIGINS": "https://gate.example,https://gate2.example",
        "TRUSTED_PROXY": "true",
        "CLIENT_IP_HEADER": "X-Real-IP",
        "REQUIRE_MFA": "admin, security",
        "SESSION_IDLE_MINUTES": "30",
        "SESSION_HOURS": "8",
        "SECURITY_CONTACT": "https://gate.example/security",
        "SYNC_EVERY_SECONDS": "61",
        "SYNC_OVERLAP_MINUTES": "16",
        "BACKFILL_DAYS": "31",
        "KEEP_EVENTS_DAYS": "401",
        "KEEP_AUDIT_DAYS": "731",
        "RATE_LIMIT_PERCENT": "81",
        "POLICIES_EVERY_MINUTES": "11",
        "POLICY_CALLS_PERCENT": "12",
        "CF_ACCESS_TEAM_DOMAIN": "meridian.cloudflareaccess.com/",
        "CF_ACCESS_AUD": "32eafc76",
        "OIDC_ISSUER": "https://id.meridian.example/realms/staff/",
        "OIDC_CLIENT_ID": "gatehouse",
        "OIDC_CLIENT_SECRET": "the-client-secret",
        "OIDC_NAME": "Meridian ID",
        "OIDC_SCOPES": "openid,email,groups",
        "OIDC_GROUPS_CLAIM": "teams",
        "ROLE_GROUPS": "helpdesk=it-support, analyst=data-team | audit, helpdesk=it-night",
        "EXPORTS_AT_ONCE": "3",
        "ACCESS_CONTACT": "#access-help",
    }
    assert set(environ) == {field.name.upper() for field in fields(Env)}
    words = ("CLOUDFLARE_ACCOUNT_IDS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "OIDC_SCOPES")
    expected = {
        **environ,
        **{name: int(value) for name, value in environ.items() if value.isdigit()},
        **{name: tuple(environ[name].replace(" ", "").rstrip(",").split(",")) for name in words},
        "CLOUDFLARE_API_TOKEN": {"": "the-token"},
        "TRUSTED_PROXY": True,
        "CLIENT_IP_HEADER": "X-Real-IP",
        "REQUIRE_MFA": ("admin", "security"),
        "SESSION_IDLE_MINUTES": 30,
        "SESSION_HOURS": 8,
        "CF_ACCESS_TEAM_DOMAIN": "https://meridian.cloudflareaccess.com",
        "ROLE_GROUPS": {"helpdesk": {"it-support", "it-night"}, "analyst": {"data-team", "audit"}},
    }
    env = read(**environ)
    assert {field.name.upper(): getattr(env, field.name) for field in fields(Env)} == expected


@pytest.mark.parametrize(
    ("origins", "is_secure"),
    [("https://gate.example", True), ("http://a.example,https://b.example", True), ("http://a.example", False)],
    ids=["HTTPS", "one of two", "HTTP"],
)
def test_https_origin_makes_cookies_secure(monkeypatch, origins, is_secure):
    for name, value in {**SECRETS, "CSRF_TRUSTED_ORIGINS": origins}.items():
        monkeypatch.setenv(name, value)
    settings = run_path(str(ROOT / "dashboard/settings.py"))
    assert (settings["SESSION_COOKIE_SECURE"], settings["CSRF_COOKIE_SECURE"]) == (is_secure, is_secure)
    assert settings["SECURE_HSTS_SECONDS"] == (31_536_000 if is_secure else 0)
    names = {settings.get("SESSION_COOKIE_NAME"), settings.get("CSRF_COOKIE_NAME")}
    assert names == ({"__Host-sessionid", "__Host-csrftoken"} if is_secure else {None})


@pytest.mark.parametrize(("trusted", "is_trusted"), [("true", True), ("false", False), ("", False)])
def test_only_a_trusted_proxy_names_scheme(monkeypatch, trusted, is_trusted):
    for name, value in {**SECRETS, "CSRF_TRUSTED_ORIGINS": "https://gate.example", "TRUSTED_PROXY": trusted}.items():
        monkeypatch.setenv(name, value)
    settings = run_path(str(ROOT / "dashboard/settings.py"))
    assert ("SECURE_PROXY_SSL_HEADER" in settings, settings["SECURE_SSL_REDIRECT"]) == (is_trusted, is_trusted)


def test_flag_is_true_or_false(read, wrong):
    assert (read(TRUSTED_PROXY="true").trusted_proxy, read(TRUSTED_PROXY="false").trusted_proxy) == (True, False)
    assert "TRUSTED_PROXY='yes' is neither true nor false." in wrong(TRUSTED_PROXY="yes")


# Signing in


@pytest.mark.parametrize(
    "address",
    [
        "http://meridian.cloudflareaccess.com",
        "https://a.example/path",
        "https://a b.example",
        "https://u@a.example",
        ":",
    ],
)
def test_odd_team_domain_is_reported(wrong, address):
    assert f"CF_ACCESS_TEAM_DOMAIN={address!r} is not an address" in wrong(CF_ACCESS_TEAM_DOMAIN=address)


def test_access_settings_belong_together(wrong):
    assert "belong together" in wrong(CF_ACCESS_AUD="32eafc76")
    assert "belong together" in wrong(CF_ACCESS_TEAM_DOMAIN="meridian.cloudflareaccess.com")


def test_signing_out_leaves_access_too(monkeypatch):
    values = {"CF_ACCESS_TEAM_DOMAIN": "meridian.cloudflareaccess.com", "CF_ACCESS_AUD": "32eafc76"}
    for name, value in {**SECRETS, **values}.items():
        monkeypatch.setenv(name, value)
    settings = run_path(str(ROOT / "dashboard/settings.py"))
    assert settings["LOGOUT_REDIRECT_URL"] == "/cdn-cgi/access/logout"
    # The browser follows Cloudflare's redirect only to where the policy lets a form lead.
    allowed = settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"]
    assert allowed == ["'self'", "https://meridian.cloudflareaccess.com"]


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
def test_oidc_settings_belong_together(wrong, name):
    assert "belong together" in wrong(**{name: "https://id.meridian.example"})


@pytest.mark.parametrize("groups", ["helpdsk=it", "helpdesk", "helpdesk=", "=it", "helpdesk=|", "Helpdesk=it"])
def test_odd_role_groups_are_reported(wrong, groups):
    message = wrong(ROLE_GROUPS=groups)
    assert f"ROLE_GROUPS has {groups!r}" in message
    assert "the roles are helpdesk, analyst, security, admin" in message


# Secrets


def test_secret_from_file_wins(read, secret_file):
    path = secret_file("from-the-file\n")
    assert read(SECRET_KEY="from-the-variable", SECRET_KEY_FILE=path).secret_key == "from-the-file"
    env = read(CLOUDFLARE_API_TOKEN="from-the-variable", CLOUDFLARE_API_TOKEN_FILE=path)
    assert env.cloudflare_api_token == {"": "from-the-file"}


@pytest.mark.parametrize("name", ["CLOUDFLARE_API_TOKEN", "SECRET_KEY"])
@pytest.mark.parametrize(
    ("content", "words"), [("", "is empty"), (" \n", "is empty"), (b"\xff\xfe\x00", "is not a text")]
)
def test_secret_file_without_text_is_reported(wrong, secret_file, name, content, words):
    assert f"{name}_FILE=" in wrong(**{f"{name}_FILE": secret_file(content)})
    assert words in wrong(**{f"{name}_FILE": secret_file(content)})


def test_missing_secret_file_is_reported(wrong, tmp_path):
    path = str(tmp_path / "nowhere")
    assert f"CLOUDFLARE_API_TOKEN_FILE={path!r} cannot be read (No such file" in wrong(CLOUDFLARE_API_TOKEN_FILE=path)
    assert "Is a directory" in wrong(SECRET_KEY_FILE=str(tmp_path))


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "dash–dash", "\u00a0x", "nul\x01"])
def test_unsendable_token_is_reported_but_hidden(wrong, token):
    message = wrong(CLOUDFLARE_API_TOKEN=f"secret{token}")
    assert "CLOUDFLARE_API_TOKEN holds a blank or a letter that no token has" in message
    assert "secret" not in message


# One token for each account


@pytest.fixture
def folder(tmp_path):
    """Make a folder of these files."""

    def make(**content_by_name):
        path = tmp_path / "tokens"
        path.mkdir()
        for name, content in content_by_name.items():
            (path / name).write_text(content)
        return path

    return make


def test_folder_holds_token_per_account(read, folder):
    env = read(CLOUDFLARE_API_TOKEN="for-all", CLOUDFLARE_API_TOKEN_FILE=str(folder(a2="token-two\n", a1="token-one")))
    assert env.cloudflare_api_token == {"a1": "token-one", "a2": "token-two"}
    assert not env.simulated


def test_hidden_files_hold_no_token(read, folder):
    path = folder(**{"a1": "token-one", ".gitkeep": ""})
    # What Kubernetes mounts: each file is a link through a hidden link to a hidden folder.
    (path / "..2026_11_19").mkdir()
    (path / "..2026_11_19" / "a2").write_text("token-two")
    (path / "..data").symlink_to("..2026_11_19")
    (path / "a2").symlink_to("..data/a2")
    assert read(CLOUDFLARE_API_TOKEN_FILE=str(path)).cloudflare_api_token == {"a1": "token-one", "a2": "token-two"}


@pytest.mark.parametrize("files", [{}, {".hidden": "token"}])
def test_an_empty_folder_is_no_simulation(wrong, folder, files):
    path = folder(**files)
    assert f"CLOUDFLARE_API_TOKEN_FILE={str(path)!r} is an empty folder" in wrong(CLOUDFLARE_API_TOKEN_FILE=str(path))


def test_every_invalid_token_file_is_named(wrong, folder):
    path = folder(good="token", empty=" \n", wordy="two words")
    (path / "nested").mkdir()
    message = wrong(CLOUDFLARE_API_TOKEN_FILE=str(path))
    assert f"{str(path / 'empty')!r} is empty" in message
    assert f"{str(path / 'wordy')!r} holds a blank or a letter that no token has" in message
    assert f"{str(path / 'nested')!r} cannot be read (Is a directory)" in message
    assert "good" not in message
    assert "two words" not in message


def test_unreadable_folder_is_reported(wrong, folder, monkeypatch):
    path = folder(a1="token")

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    # The tests may run as root, whom no folder refuses.
    monkeypatch.setattr(Path, "iterdir", refuse)
    assert f"CLOUDFLARE_API_TOKEN_FILE={str(path)!r} cannot be read" in wrong(CLOUDFLARE_API_TOKEN_FILE=str(path))


def test_impossible_path_is_reported(wrong):
    assert "cannot be read (File name too long)" in wrong(CLOUDFLARE_API_TOKEN_FILE="x" * 5000)


def test_folder_tokens_are_not_in_repr(read, folder):
    assert "token-one" not in repr(read(CLOUDFLARE_API_TOKEN_FILE=str(folder(a1="token-one"))))


def test_client_secret_is_not_in_repr(read):
    client = {"OIDC_ISSUER": "id.meridian.example", "OIDC_CLIENT_ID": "gatehouse", "OIDC_CLIENT_SECRET": "hush"}
    assert "hush" not in repr(read(**client))


def test_repr_contains_no_secret(read):
    shown = repr(read(**SECRETS)) + str(read(**SECRETS))
    assert "cloudflare_api_base_url" in shown
    assert not [value for value in [*SECRETS.values(), "the-password"] if value in shown]


def test_no_secret_is_in_a_message(wrong):
    message = wrong(**SECRETS, SYNC_EVERY_SECONDS="often")
    assert not [value for value in [*SECRETS.values(), "the-password"] if value in message]


# The secret key


def test_generated_key_is_private_and_kept(read, tmp_path):
    key = read().secret_key
    path = tmp_path / "var" / "secret-key"
    assert len(key) >= 50
    assert read().secret_key == key == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_installation_generates_own_key(tmp_path):
    assert Env.from_environ({}, tmp_path / "one").secret_key != Env.from_environ({}, tmp_path / "two").secret_key


def test_given_key_is_used(read, tmp_path):
    assert read(SECRET_KEY="given").secret_key == "given"
    assert not (tmp_path / "var" / "secret-key").exists()


# The key that identifies rows


def test_embedded_rows_have_own_key(read, tmp_path):
    key = read().identity_key
    assert key == (tmp_path / "var" / "identity-key").read_text()
    assert len(key) >= 50
    assert key != read().secret_key
    assert read(SECRET_KEY="a new one").identity_key == key


def test_identity_survives_new_secret_key(read):
    servers = {"DATABASE_URL": SECRETS["DATABASE_URL"], "REDIS_URL": SECRETS["REDIS_URL"]}
    before = read(**servers, SECRET_KEY="old")
    after = read(**servers, SECRET_KEY="new", IDENTITY_KEY="old")
    assert before.identity_key == after.identity_key
    assert read(**servers, SECRET_KEY="new").identity_key != before.identity_key


def test_identity_key_may_be_file(read, secret_file):
    path = secret_file("from-the-file\n")
    assert read(IDENTITY_KEY="variable", IDENTITY_KEY_FILE=path).identity_key == "from-the-file"


def test_row_key_is_no_secret_key(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    key = run_path(str(ROOT / "dashboard/settings.py"))["IDENTITY_KEY"]
    assert len(key) == 32
    assert key != SECRETS["IDENTITY_KEY"].encode()


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_servers_need_explicit_key(wrong, tmp_path, name):
    assert "SECRET_KEY is not set" in wrong(**{name: SECRETS[name]})
    assert not (tmp_path / "var").exists()


# Values that cannot be used


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "text", ["-1", "0", "1.5", "1e3", "ten", "0x10", "100001", "9" * 5000, "\u0663", "1 000", "1_000"]
)
def test_invalid_number_names_valid_range(wrong, name, text):
    assert f"{name}={text!r} is not a whole number from " in wrong(**{name: text})


@pytest.mark.parametrize(("name", "least"), NUMBERS.items())
def test_smallest_number_is_accepted(read, wrong, name, least):
    environ = {"BACKFILL_DAYS": "30"} | {name: str(least)}
    assert getattr(read(**environ), name.lower()) == least
    assert name in wrong(**environ | {name: str(least - 1)})


def test_largest_rate_limit_is_100_percent(read, wrong):
    assert read(RATE_LIMIT_PERCENT="100").rate_limit_percent == 100
    assert "RATE_LIMIT_PERCENT='101' is not a whole number from 10 to 100." in wrong(RATE_LIMIT_PERCENT="101")


def test_rows_are_kept_beyond_backfill(read, wrong):
    assert read(BACKFILL_DAYS="30", KEEP_EVENTS_DAYS="30").keep_events_days == 30
    assert "KEEP_EVENTS_DAYS (29) is less than BACKFILL_DAYS (30)" in wrong(KEEP_EVENTS_DAYS="29")


def test_all_mistakes_are_in_one_message(wrong):
    message = wrong(
        CLOUDFLARE_API_TOKEN="two words",
        SECRET_KEY_FILE="/nowhere",
        DATABASE_URL="postgres://db/gatehouse",
        SYNC_EVERY_SECONDS="often",
        SYNC_OVERLAP_MINUTES="0",
        BACKFILL_DAYS="500",
        KEEP_EVENTS_DAYS="-1",
    )
    names = [
        "CLOUDFLARE_API_TOKEN",
        "SECRET_KEY_FILE",
        "SYNC_EVERY_SECONDS",
        "SYNC_OVERLAP_MINUTES",
        "KEEP_EVENTS_DAYS",
    ]
    assert [name for name in [*names, "BACKFILL_DAYS (500)"] if name not in message] == []


environs = st.dictionaries(
    st.sampled_from([field.name.upper() for field in fields(Env)] + ["SECRET_KEY_FILE", "CLOUDFLARE_API_TOKEN_FILE"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20) | st.integers().map(str),
)


@given(environ=environs)
@examples(150)
def test_any_environment_is_read_or_refused(tmp_path, environ):
    with suppress(ImproperlyConfigured):
        env = Env.from_environ(environ, tmp_path / "var")
        assert env.secret_key
        assert env.cloudflare_api_base_url
        assert env.backfill_days <= env.keep_events_days


# The one place that reads the environment


def uses_of_the_environment(path):
    """The calls and subscripts, as text, by which a module reads or changes `os.environ`."""
    for node in ast.walk(ast.parse(path.read_text())):
        text = ast.unparse(node)
        if isinstance(node, ast.Attribute) and text in ("os.environ", "os.environb", "os.getenv", "os.getenvb"):
            yield text
        if isinstance(node, ast.ImportFrom) and node.module == "os" and "env" in text:
            yield text


def test_environment_is_read_in_one_place():
    files = [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "logsync").rglob("*.py"), ROOT / "manage.py"]
    assert {str(path.relative_to(ROOT)) for path in files if any(uses_of_the_environment(path))} == {
        "dashboard/settings.py",
        # Who used sudo, which is no setting.
        "dashboard/audit_log/commands.py",
        "logsync/simulator/server/wsgi.py",
        *ENTRY_POINTS,
    }


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_entry_points_only_set_settings_module(name):
    assert len(list(uses_of_the_environment(ROOT / name))) == 1
    assert 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")' in (ROOT / name).read_text()


def test_settings_pass_environment_on_unread():
    assert list(uses_of_the_environment(ROOT / "dashboard/settings.py")) == ["os.environ"]
    assert "Env.from_environ(os.environ, VAR_DIR)" in (ROOT / "dashboard/settings.py").read_text()
