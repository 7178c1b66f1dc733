"""The production files, which no other test runs, agree with the code and with one another."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dashboard.env import Env

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
EXAMPLE_NAMES = re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)


class Listening(dict[str, str]):
    """An environment that remembers which variables were asked for."""

    def get(self, name, default=None):
        self.setdefault(name, "")
        return super().get(name) or default


def names_that_env_reads(var_dir):
    environ = Listening()
    Env.from_environ(environ, var_dir)
    return set(environ)


def names_that_compose_fills_in():
    return set(re.findall(r"\$\{(\w+)", COMPOSE))


def test_example_lists_exactly_variables_read(tmp_path):
    assert set(EXAMPLE_NAMES) == names_that_env_reads(tmp_path) | names_that_compose_fills_in()


def test_example_explains_each_variable_once():
    assert sorted(EXAMPLE_NAMES) == sorted(set(EXAMPLE_NAMES))
    assert len(re.findall(r"^#.*\n[A-Z_]+=", EXAMPLE, re.MULTILINE)) == len(EXAMPLE_NAMES)


def test_the_example_shows_the_defaults():
    given = dict(re.findall(r"^([A-Z_]+)=(\d+)$", EXAMPLE, re.MULTILINE))
    assert given == {name: str(Env.__dataclass_fields__[name.lower()].default) for name in given}


def test_own_services_share_one_image():
    ours = {name for name, service in SERVICES.items() if "build" in service}
    assert ours == {"web", "worker", "beat", "migrate"}
    assert {SERVICES[name]["image"] for name in ours} == {"gatehouse:local"}


@pytest.mark.parametrize("name", SERVICES)
def test_service_image_has_version(name):
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert tag not in ("", "latest")


# Set for this process, or by a library that drives browsers.
OF_TESTS = ("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE")


def test_production_settings_pass_deployment_checks():
    environ = {
        **{name: value for name, value in os.environ.items() if name not in {*EXAMPLE_NAMES, *OF_TESTS}},
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": "postgres://gatehouse@db.example/gatehouse",
        "REDIS_URL": "redis://redis.example:6379/0",
        "ALLOWED_HOSTS": "gatehouse.example",
        "CSRF_TRUSTED_ORIGINS": "https://gatehouse.example",
        "TRUSTED_PROXY": "true",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    found = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate"])
def test_own_containers_change_nothing(name):
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_image_runs_without_root():
    [user] = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert "0" not in user
