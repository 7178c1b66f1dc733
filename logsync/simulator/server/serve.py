"""Serve the simulator over HTTP from a thread of this process: for tests, and for commands when none runs yet."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

from logsync.simulator.server.api import BASE_PATH
from logsync.simulator.server.wsgi import application as simulator

LOOPBACK = "127.0.0.1"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # Every request has its own connection, and many can come at once.
    request_queue_size = 128


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests in a demo are not worth a line each."""


@contextmanager
def serving(application: WSGIApplication, port: int = 0, host: str = LOOPBACK) -> Iterator[str]:
    """Serve an application in threads while the block runs, and yield the base URL of the API, `/client/v4` included.

    Port 0 is any that is free. Every connection ends with its answer (HTTP/1.0).
    """
    with make_server(host, port, application, _Server, _QuietHandler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://{host}:{server.server_port}{BASE_PATH.rstrip('/')}"
        finally:
            server.shutdown()


@contextmanager
def simulator_at(base_url: str) -> Iterator[None]:
    """Serve the simulator at the address of `base_url` while the block runs, unless something serves there already."""
    address = urlsplit(base_url)
    host, port = address.hostname or LOOPBACK, address.port or 80
    if _is_served(host, port):
        yield
        return
    with serving(simulator, port, host):
        yield


def _is_served(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
