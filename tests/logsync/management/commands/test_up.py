"""`manage.py up`, but for the processes: what would be started, and how the first person signs in."""

from __future__ import annotations

import shlex
import socket
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from logsync.management.commands import up
from logsync.management.commands.up import (
    Command,
    _first_sign_in,
    _is_beyond_this_machine,
    _refuse_made_up_password,
)

SIMULATOR = "http://127.0.0.1:{port}/client/v4"


@pytest.fixture
def simulated(settings):
    """No token: a simulator is to be started as well, upon a port that is free."""
    settings.SIMULATED = True
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.CLOUDFLARE_API_BASE_URL = SIMULATOR.format(port=port)
    return port


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def note(tmp_path):
    return tmp_path / "first-sign-in"


def commands(host="127.0.0.1", port=8000):
    return {name: shlex.split(command) for name, command in Command()._commands(host, port).items()}


# What is started


def test_token_starts_web_and_worker(settings):
    settings.SIMULATED = False
    assert list(commands()) == ["web", "worker"]


def test_missing_token_starts_simulator(simulated):
    assert list(commands()) == ["web", "worker", "simulator"]
    assert f"127.0.0.1:{simulated}" in commands()["simulator"]


def test_web_server_uses_given_address(settings):
    settings.SIMULATED = False
    web = commands("0.0.0.0", 8123)["web"]
    assert web[web.index("--bind") + 1] == "0.0.0.0:8123"


def test_folder_names_may_contain_spaces(settings, simulated, monkeypatch):
    monkeypatch.setattr("sys.executable", "/opt/my tools/python")
    settings.VAR_DIR = Path("/srv/my data/var")
    assert {command[0] for command in commands().values()} == {"/opt/my tools/python"}
    worker = commands()["worker"]
    assert worker[worker.index("--schedule") + 1] == "/srv/my data/var/beat"


@pytest.mark.django_db
def test_taken_port_is_reported_first(busy_port):
    with pytest.raises(CommandError, match=rf"Cannot listen on 127\.0\.0\.1:{busy_port} .* choose another with --port"):
        call_command("up", port=busy_port)


def test_taken_simulator_port_is_reported(settings, busy_port):
    settings.SIMULATED = True
    settings.CLOUDFLARE_API_BASE_URL = SIMULATOR.format(port=busy_port)
    with pytest.raises(CommandError, match="choose another with CLOUDFLARE_API_BASE_URL"):
        commands()


# What is said


@pytest.mark.django_db
@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "localhost"), ("gate.example", "gate.example")])
def test_shows_address_and_sign_in(settings, tmp_path, host, shown):
    settings.SIMULATED = True
    settings.VAR_DIR = tmp_path
    out = StringIO()
    Command(stdout=out)._say_where(host, 8000)
    assert f"http://{shown}:8000/" in out.getvalue()
    assert f"admin / {(tmp_path / 'first-sign-in-demo').read_text()}" in out.getvalue()
    assert "a simulated company" in out.getvalue()


@pytest.mark.django_db
def test_real_token_mentions_no_simulation(settings, tmp_path):
    settings.SIMULATED = False
    settings.VAR_DIR = tmp_path
    out = StringIO()
    Command(stdout=out)._say_where("127.0.0.1", 8000)
    assert "simulated" not in out.getvalue()
    assert (tmp_path / "first-sign-in-own").exists()


# Beyond this machine

BEYOND = ["0.0.0.0", "::", "192.0.2.1"]


@pytest.mark.parametrize("host", BEYOND)
def test_networks_are_beyond_this_machine(host):
    assert _is_beyond_this_machine(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_this_machine(host):
    assert not _is_beyond_this_machine(host)


def test_unknown_host_is_reported():
    with pytest.raises(CommandError, match="is no address to listen on"):
        _is_beyond_this_machine("nowhere.invalid")


@pytest.mark.django_db
def test_network_needs_own_account(note):
    with pytest.raises(
        CommandError, match=r"does not listen beyond this machine yet\. Make an account .*createsuperuser"
    ):
        _refuse_made_up_password(note)


def test_network_refuses_made_up_password(note, django_user_model, db):
    _first_sign_in(note)
    with pytest.raises(CommandError, match=r"admin still has the password that was made up .*changepassword admin"):
        _refuse_made_up_password(note)
    admin = django_user_model.objects.get()
    admin.set_password("one of my own choice")
    admin.save()
    _refuse_made_up_password(note)


@pytest.mark.django_db
def test_refusal_starts_nothing(settings, tmp_path, monkeypatch):
    settings.VAR_DIR, settings.SIMULATED = tmp_path, False
    monkeypatch.setattr(up, "Manager", lambda: pytest.fail("It was started."))
    monkeypatch.setattr("os.umask", lambda mask: 0)
    with pytest.raises(CommandError, match="password of your own"):
        call_command("up", bind="0.0.0.0", port=0)


def test_warning_names_address_and_remedy():
    err = StringIO()
    Command(stderr=err)._warn("0.0.0.0", 8000)
    assert "listens on 0.0.0.0:8000, beyond this machine" in err.getvalue()
    assert "leave BIND out" in err.getvalue()


def test_ipv6_address_is_in_brackets(settings):
    settings.SIMULATED = False
    web = commands("::1", 8123)["web"]
    assert web[web.index("--bind") + 1] == "[::1]:8123"


# The first person


def test_first_password_is_private_to_owner(note, client, db):
    name, password = _first_sign_in(note).split(" / ")
    assert client.login(username=name, password=password)
    assert len(password) >= 12
    assert stat.S_IMODE(note.stat().st_mode) == 0o600


def test_password_is_shown_until_changed(note, django_user_model, db):
    told = _first_sign_in(note)
    assert _first_sign_in(note) == told
    admin = django_user_model.objects.get()
    admin.set_password("one of my own choice")
    admin.save()
    assert _first_sign_in(note) == "with your own account (manage.py createsuperuser makes one)"


def test_existing_users_prevent_first_user(note, django_user_model, db):
    django_user_model.objects.create_user("ada", password="one of my own choice")
    assert _first_sign_in(note).startswith("with your own account")
    assert django_user_model.objects.count() == 1
    assert not note.exists()
