"""`manage.py up`: run everything that Gatehouse needs, under one supervisor, until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from honcho.manager import Manager

FIRST_USER = "admin"


class Command(BaseCommand):
    help = "Migrate, then run web server, worker and beat together, and the simulator if there is no token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--bind", "--host", default=settings.BIND, help="address to listen on (default: BIND, or this machine only)"
        )
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["bind"], options["port"]
        # Whatever is written here, also by the processes below, is for its owner alone.
        os.umask(0o077)
        _check_that_port_is_free(host, port, "--port")
        call_command("migrate", verbosity=0)
        if _is_beyond_this_machine(host):
            _refuse_made_up_password(settings.VAR_DIR / _note_name())
            self._warn(host, port)
        call_command("collectstatic", interactive=False, verbosity=0)
        manager = Manager()
        for name, command in self._commands(host, port).items():
            manager.add_process(name, command, cwd=str(settings.BASE_DIR))
        self._say_where(host, port)
        manager.loop()
        sys.exit(0 if manager.returncode in (None, 0, 130, -2, -15) else 1)

    def _commands(self, host: str, port: int) -> dict[str, str]:
        python = f'"{sys.executable}" -m'
        beat = settings.VAR_DIR / "beat"
        serve = f"{python} gunicorn --log-level warning --worker-class gthread"
        commands = {
            "web": f"{serve} --workers 2 --threads 4 --bind {_in_url(host)}:{port} dashboard.wsgi:application",
            "worker": (
                f'{python} celery --quiet --app dashboard worker --beat --schedule "{beat}" '
                "--pool threads --concurrency 4 --loglevel warning --without-gossip --without-mingle"
            ),
        }
        if settings.SIMULATED:
            address = urlsplit(settings.CLOUDFLARE_API_BASE_URL)
            _check_that_port_is_free(str(address.hostname), address.port or 80, "CLOUDFLARE_API_BASE_URL")
            commands["simulator"] = (
                f"{serve} --threads 4 --bind {address.netloc} logsync.simulator.server.wsgi:application"
            )
        return commands

    def _say_where(self, host: str, port: int) -> None:
        self.stdout.write(f"\n  Gatehouse   http://{'localhost' if host == '127.0.0.1' else _in_url(host)}:{port}/")
        self.stdout.write(f"  Sign in     {_first_sign_in(settings.VAR_DIR / _note_name())}")
        if settings.SIMULATED:
            self.stdout.write("  Data        a simulated company, since CLOUDFLARE_API_TOKEN is not set")
        self.stdout.write("  Stop        Ctrl-C\n\n")
        self.stdout.flush()

    def _warn(self, host: str, port: int) -> None:
        """Say what listening on this address means."""
        line = "!" * 78
        self.stderr.write(
            f"\n{line}\n"
            f"  Gatehouse listens on {host}:{port}, beyond this machine. Whoever reaches that port\n"
            "  can try to sign in, and what is sent can be read on the way: this is HTTP.\n"
            "  Put a proxy with TLS in front, name its host in ALLOWED_HOSTS and its origin in\n"
            "  CSRF_TRUSTED_ORIGINS, or leave BIND out to listen on this machine only.\n"
            f"{line}\n"
        )


def _is_beyond_this_machine(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None)
    except OSError as error:
        raise CommandError(f"{host!r} is no address to listen on ({error}). Choose another with --bind.") from error
    return not all(ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


def _refuse_made_up_password(note: Path) -> None:
    """Refuse to serve a network while nobody has a password of their own."""
    command = f'"{sys.executable}" manage.py'
    users = get_user_model().objects
    user = users.filter(username=FIRST_USER).first()
    if not users.exists():
        do = f"Make an account with a password of your own: {command} createsuperuser"
    elif user and user.is_active and note.exists() and user.check_password(note.read_text()):
        do = (
            f"{FIRST_USER} still has the password that was made up and printed. "
            f"Change it: {command} changepassword {FIRST_USER}"
        )
    else:
        return
    raise CommandError(f"Gatehouse does not listen beyond this machine yet. {do} Then start it again.")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _note_name() -> str:
    """The file with the first password: the demo and your own data have different users."""
    return f"first-sign-in-{'demo' if settings.SIMULATED else 'own'}"


def _check_that_port_is_free(host: str, port: int, option: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error.strerror}). Free it, or choose another with {option}."
            ) from error


def _first_sign_in(note: Path) -> str:
    """How to sign in, creating the first user if there is none; the password only until it was changed."""
    users = get_user_model().objects
    user = users.filter(username=FIRST_USER).first()
    if user is None and not users.exists():
        password = secrets.token_urlsafe(9)
        user = users.create_superuser(FIRST_USER, password=password)
        note.touch(mode=0o600)
        note.write_text(password)
    if user and note.exists() and user.check_password(note.read_text()):
        return f"{FIRST_USER} / {note.read_text()}"
    return "with your own account (manage.py createsuperuser makes one)"
